"""A session as a tree that uses every section, changes to it, and how a wrong one has to be refused."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ExitCode, SessionError
from engine.session.validate import session_from_tree

FILE = Path("/music/song.toml")


def song() -> dict[str, Any]:
    """A session that uses every section."""
    band = {"shape": "high_pass", "frequency_hz": 30.0, "q": 0.7071}
    return {
        "format": 1,
        "title": "Falling Water",
        "sample_rate": 48000,
        "reference": {"path": "mix.wav", "sha256": "A" * 64},
        "stems": [
            {
                "name": "Drums",
                "role": "drums",
                "path": "drums.wav",
                "chain": [{"type": "eq", "bands": [band]}],
            },
            {"path": "takes/Bass.wav", "role": "bass"},
        ],
        "master": {
            "chain": [
                {"type": "multiband", "crossovers_hz": [200, 2000], "bands": [{}, {"ratio": 1.5}, {}]},
                {"type": "limiter", "ceiling_dbtp": -1.0},
            ]
        },
        "deliverables": [{"name": "streaming", "preset": "spotify", "versions": ["master", "club"]}],
        "versions": {"club": {"trims_db": {"bass": 1}}},
    }


def put(tree: Any, *path_and_value: Any) -> Any:
    """`tree` with one value replaced or added."""
    tree = copy.deepcopy(tree)
    *path, last, value = path_and_value
    place = tree
    for part in path:
        place = place[part]
    place[last] = value
    return tree


def refusal(tree: Any) -> SessionError:
    """The error of a wrong tree, told as every one has to be: file, key, one line."""
    with pytest.raises(SessionError) as caught:
        session_from_tree(tree, FILE)
    error = caught.value
    assert str(FILE) in error.message
    assert "\n" not in error.message
    assert error.exit_code is ExitCode.INPUT
    if error.key is not None:
        assert error.key in error.message
    return error
