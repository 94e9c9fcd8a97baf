"""An edit reads only what it touches, and the session is the one that reading everything makes."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SessionError
from engine.session.editing import changed_tree, parse_session, with_changes
from engine.session.validate import session_from_tree

TEXT = """\
format = 1
sample_rate = 48000

[[stems]]
name = "Drums"
role = "drums"
path = "drums.wav"
chain = [ { type = "eq", bands = [ { frequency_hz = 100.0, gain_db = 1.0 } ] }, { type = "compressor" } ]

[[stems]]
name = "Bass"
role = "bass"
path = "bass.wav"
trim_db = -1.0

[master]
chain = [ { type = "compressor" }, { type = "limiter" } ]

[[deliverables]]
name = "cd"
"""
FILE = Path("/songs/song.toml")
TREE = parse_session(TEXT, FILE)
SESSION = session_from_tree(TREE, FILE)

_CHANGES = st.sampled_from(
    [
        (("stems", 0, "trim_db"), -2.0),
        (("stems", 1, "trim_db"), None),
        (("stems", 1, "name"), "Sub"),
        (("stems", 0, "chain", 0, "bands", 0, "gain_db"), 2.5),
        (("stems", 0, "chain", 1, "threshold_db"), -30.0),
        (("stems", 0, "chain", 1, "enabled"), False),
        (("stems", 0, "chain"), [{"type": "compressor"}]),
        (("stems", 1, "chain"), [{"type": "gain", "gain_db": 1.0}]),
        (("stems", 2), {"name": "Vox", "role": "vocals", "path": "vox.wav"}),
        (("stems", 0), None),
        (("master", "chain", 1, "drive_db"), 3.0),
        (("master", "fade_out_s"), 2.0),
        (("sample_rate",), 44100),
        (("deliverables", 0, "encoding"), "wav16"),
        (("title",), "Other"),
        (("stems", 0, "chain", 0, "bands", 0, "frequency_hz"), 23000.0),
        (("stems", 1, "name"), "Drums"),
        (("stems", 1, "trim_db"), 999.0),
    ]
)


def outcome(make):
    """A session, or what is wrong."""
    try:
        return make()
    except SessionError as error:
        return error.message


@given(st.lists(_CHANGES, min_size=1, max_size=4))
def test_it_is_the_session_that_reading_everything_makes(changes) -> None:
    before = copy.deepcopy(TREE)
    tree = outcome(lambda: changed_tree(TREE, changes, FILE))
    text = outcome(lambda: with_changes(TEXT, changes, FILE))
    assert before == TREE
    if isinstance(tree, str):
        assert tree == text
        return
    assert parse_session(text, FILE) == tree
    plain = outcome(lambda: session_from_tree(tree, FILE))
    assert outcome(lambda: session_from_tree(tree, FILE, (TREE, SESSION))) == plain


def test_what_is_not_touched_is_the_very_same() -> None:
    tree = changed_tree(TREE, [(("stems", 0, "chain", 0, "bands", 0, "gain_db"), 2.0)], FILE)
    session = session_from_tree(tree, FILE, (TREE, SESSION))
    assert session.stems[1] is SESSION.stems[1]
    assert session.master is SESSION.master
    assert session.stems[0].chain[1] is SESSION.stems[0].chain[1]
    assert session.stems[0].chain[0].values["bands"][0]["gain_db"] == 2.0


def test_at_another_rate_everything_is_read_again() -> None:
    tree = changed_tree(TREE, [(("stems", 0, "chain", 0, "bands", 0, "frequency_hz"), 22000.0)], FILE)
    at_48 = session_from_tree(tree, FILE, (TREE, SESSION))
    slower = changed_tree(tree, [(("sample_rate",), 44100)], FILE)
    with pytest.raises(SessionError, match="frequency_hz"):
        session_from_tree(slower, FILE, (tree, at_48))
