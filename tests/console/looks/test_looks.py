"""What is taken of settings and theme files, what is told of them, and what the terminal decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.display.styles import Depth
from tui.looks.looks import Looks, is_light
from tui.looks.themes import DEFAULT_NAME, load_theme, load_themes
from tui.settings import Settings

LARGEST_BYTES = 64 * 1024
WHITE = '[colours]\ntext = "#ffffff"\n'


@pytest.fixture(autouse=True)
def themes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of themes, empty."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "stemlathe" / "themes"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize(("size", "is_taken"), [(LARGEST_BYTES, True), (LARGEST_BYTES + 1, False)])
def test_a_file_as_large_as_no_theme_is_left_out(themes: Path, size: int, is_taken: bool) -> None:
    (themes / "mine.toml").write_text(WHITE + "#" * (size - len(WHITE)))
    found = load_themes()
    assert ("mine" in found.by_name) is is_taken
    assert ("too large" in " ".join(found.problems)) is not is_taken
    assert (load_theme("mine").name == "mine") is is_taken


def test_a_theme_is_dark_unless_it_says_otherwise(themes: Path) -> None:
    (themes / "mine.toml").write_text(WHITE)
    (themes / "day.toml").write_text(f"dark = false\n{WHITE}")
    found = load_themes().by_name
    assert (found["mine"].dark, found["day"].dark) == (True, False)
    assert Looks(Depth.TRUE, Settings(theme="day")).textual_theme().dark is False


def test_what_the_system_says_of_a_file_is_told(themes: Path) -> None:
    (themes / "mine.toml").mkdir()
    (problem,) = load_themes().problems
    assert problem.endswith("mine.toml: Is a directory: it is left out")


@pytest.mark.parametrize("name", ["", ".", "sub/mine", "/mine", "nowhere"])
def test_a_name_that_leads_elsewhere_is_no_theme(themes: Path, name: str) -> None:
    (themes / "sub").mkdir()
    for file in (themes / "sub" / "mine.toml", themes / ".toml", themes / "..toml"):
        file.write_text(f'name = "odd"\n{WHITE}')
    assert load_theme(name).name == DEFAULT_NAME


def test_a_theme_that_is_not_there_is_the_default_and_told(themes: Path) -> None:
    looks = Looks(Depth.TRUE, Settings(theme="nope"))
    assert looks.theme.name == looks.themes.get("nope").name == DEFAULT_NAME
    assert looks.problems[0].startswith("there is no theme 'nope': known are high-contrast, paper")
    assert looks.themes.get("paper").name == "paper"
    for wanted in ("", "paper"):
        assert Looks(Depth.TRUE, Settings(theme=wanted)).problems == ()


def test_a_theme_that_is_chosen_again_stays_the_object_it_is(themes: Path) -> None:
    looks = Looks(Depth.TRUE, Settings())
    before = looks.palette
    looks.choose(DEFAULT_NAME)
    assert looks.palette is before
    looks.choose("paper")
    assert looks.palette is not before
    assert looks.palette.colours == looks.theme.colours


@pytest.mark.parametrize(
    ("says", "light"),
    [
        ("", False),
        ("0;15", True),
        ("0;7", True),
        ("15;0", False),
        ("0;default;15", True),
        ("15", True),
        ("0;8", False),
    ],
)
def test_a_light_background_is_known_by_its_number(says: str, light: bool) -> None:
    assert is_light({"COLORFGBG": says}) is light
    assert not is_light({})


@pytest.mark.parametrize(
    ("term", "depth", "theme", "asks"),
    [
        ("xterm", Depth.ANSI, "", True),
        ("xterm", Depth.ANSI, "studio-dark", True),
        ("xterm", Depth.ANSI, "terminal", False),
        ("xterm", Depth.ANSI, "terminal-light", False),
        ("xterm", Depth.INDEXED, "", False),
        ("xterm", Depth.TRUE, "terminal", False),
        ("linux", Depth.ANSI, "", False),
        ("screen.xterm", Depth.ANSI, "", False),
        ("vt100", Depth.ANSI, "", False),
    ],
)
def test_the_background_is_asked_for_where_it_decides_and_can_be_told(
    monkeypatch: pytest.MonkeyPatch, term: str, depth: Depth, theme: str, asks: bool
) -> None:
    monkeypatch.delenv("COLORFGBG", raising=False)
    monkeypatch.setenv("TERM", term)
    assert Looks(depth, Settings(theme=theme)).asks_background is asks


def test_what_the_user_has_chosen_stays_on_white(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLORFGBG", raising=False)
    looks = Looks(Depth.ANSI, Settings(theme="terminal"))
    for light in (True, False, None):
        assert not looks.background_is(light)
        assert looks.theme.name == "terminal"


def test_plain_signs_take_the_place_of_every_glyph_and_stay(themes: Path) -> None:
    looks = Looks(Depth.TRUE, Settings())
    assert looks.palette.cell("█", "text")[0] == "█"
    looks.take_plain_signs()
    assert looks.palette.cell("█", "text")[0].isascii()
    looks.choose("paper")
    assert looks.palette.cell("█", "text")[0].isascii()
