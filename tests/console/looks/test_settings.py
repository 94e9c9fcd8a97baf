"""The console's part of `config.toml`: each entry at its limits, and what else stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import MachineError
from tui.settings import Settings, keep_theme, load_settings, settings_path


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file would be."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    settings_path().parent.mkdir(parents=True)
    return settings_path()


@pytest.mark.parametrize(
    ("entry", "values"),
    [
        ("fps = 1", {"fps": 1.0}),
        ("fps = 0.99", None),
        ("fps = 60.0", {"fps": 60.0}),
        ("fps = 60.01", None),
        ("fps = true", None),
        ('fps = "30"', None),
        ("theme = 3", None),
        ('theme = "x"', {"theme": "x"}),
        ("stock_screen = true", {"stock_screen": True}),
        ("stock_screen = 1", None),
        ("clipboard = false", {"clipboard": False}),
        ("signs = true", {"signs": True}),
        ("sings = true", None),
    ],
)
def test_an_entry_is_taken_or_named(file: Path, entry: str, values: dict[str, object] | None) -> None:
    file.write_text(f"[console]\n{entry}\n[other]\nfps = 900\n")
    found = load_settings()
    if values is not None:
        assert found == Settings(**values)  # type: ignore[arg-type]
        return
    (problem,) = found.problems
    assert f"{file}: console.{entry.split()[0]}: is left out" in problem
    assert "fps (1 to 60)" in problem
    assert found == Settings(problems=found.problems)


def test_without_entries_nothing_is_wrong_and_the_clipboard_is_used(file: Path) -> None:
    assert (
        load_settings() == Settings() == Settings("", None, stock_screen=False, clipboard=True, signs=False)
    )
    file.write_text("console = 3\n")
    assert load_settings().problems == (f"{file}: 'console' is no table: it is left out",)


@pytest.mark.parametrize(
    ("fps", "capped", "begins_with"),
    [(None, False, 30.0), (None, True, 15.0), (4.0, True, 4.0), (60.0, False, 60.0)],
)
def test_frames_per_second(fps: float | None, capped: bool, begins_with: float) -> None:
    assert Settings(fps=fps).frames_per_second(capped=capped) == begins_with


def test_a_theme_is_kept_in_any_file_and_not_in_a_broken_one(file: Path) -> None:
    keep_theme("paper")
    assert file.read_text() == '[console]\ntheme = "paper"\n'
    file.write_text('# mine\n[other]\nx = 1\n\n[console]\ntheme = "a" # b\n')
    keep_theme("paper")
    assert file.read_text() == '# mine\n[other]\nx = 1\n\n[console]\ntheme = "paper" # b\n'
    for broken in ("[console", "console = 3\n"):
        file.write_text(broken)
        with pytest.raises(MachineError, match="correct it"):
            keep_theme("paper")
        assert file.read_text() == broken
