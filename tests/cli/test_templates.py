"""`templates`: what a session can start from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.session.targets import TARGETS, listed, targets


def test_json(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["templates", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    four = next(split for split in told["templates"] if split["name"] == "four-stem")
    assert [stem["role"] for stem in four["stems"]] == ["drums", "bass", "instruments", "vocals"]
    vocals = next(role for role in told["roles"] if role["name"] == "vocals")
    assert (vocals["trim_db"], vocals["ratio"], vocals["eq_maximum_db"]) == ([1.0, 2.0], [1.2, 1.5], 2.0)
    assert (vocals["attack_ms"], vocals["release_ms"]) == ([20.0, 40.0], [100.0, 250.0])
    assert [processor["enabled"] for processor in vocals["starting_chain"]] == [False, False]
    assert told["master"]["starting_chain"][-1]["type"] == "limiter"
    spotify = next(target for target in told["targets"] if target["name"] == "spotify")
    assert (spotify["loudness_lufs"], spotify["ceiling_dbtp"]) == (-14.0, -1.0)
    assert all(target["source"] and target["date"] for target in told["targets"])


def test_what_a_person_sees(
    own_folders: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert main(["templates"]) == 0
    shown = capsys.readouterr().out
    assert all(line == line.rstrip() for line in shown.splitlines())
    for target in listed(targets()).values():
        line = next(line for line in shown.splitlines() if line.startswith(f"{target.name} "))
        assert target.source in line  # into a pipe nothing is folded
        assert target.date is not None
        assert target.date in line
    assert "producers-bible-tidal" not in shown  # apple-music says the same
    assert "six-stem-electronic" in shown
    assert "−27.0 dialogue" in shown


def test_a_broken_user_file_is_told(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    TARGETS.user_path.parent.mkdir(parents=True)
    TARGETS.user_path.write_text("[targets.x]\nceiling = 1\n")
    assert main(["templates", "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["error"]["path"] == str(TARGETS.user_path)
    assert "ceiling_dbtp" in told["error"]["message"]
