"""Themes are data: complete, readable, forgiving, and told apart without colours."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from desk_pictures import changed
from desk_views import Studio

from engine.errors import InputError
from engine.paths import data_dir
from tui.desk.desk import Desk
from tui.display.cells import CellBuffer
from tui.display.styles import ANSI_NAMES, Depth, Palette, parse_ansi, parse_rgb
from tui.display.styles import contrast as ratio_of
from tui.looks.looks import Looks
from tui.looks.themes import DEFAULT_NAME, NAMES, load_theme, load_themes
from tui.screen.layout import Screen
from tui.settings import Settings, load_settings, settings_path
from tui.view import MASTER, Focus, Panel

SHIPPED = ("high-contrast", "paper", "studio-dark", "terminal", "terminal-any", "terminal-light")
#: Colours of words and figures; what is faint is not needed to understand anything.
WORDS = (
    *("text", "dim", "title", "accent", "label", "value", "good", "warn", "bad", "over", "note", "focus"),
    *("mute", "solo", "polarity"),
)
#: The sixteen as xterm shows them (XTerm-col.ad).
XTERM = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205)),
    *((229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255)),
    *((255, 0, 255), (0, 255, 255), (255, 255, 255)),
)
LINES = ("meter_low", "meter_mid", "meter_high", "hold", "reduction", "spectrum", "loudness", "target")


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours of a theme, 1 to 21."""
    return ratio_of(parse_rgb(one), parse_rgb(other))


def _theme_file(folder: Path, name: str, text: str) -> Path:
    path = folder / "stemlathe" / "themes" / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def config(tmp_path, monkeypatch):
    """An empty configuration folder."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_themes_give_every_colour_and_nothing_else(name):
    tree = tomllib.loads((data_dir("themes") / f"{name}.toml").read_text("utf-8"))
    assert sorted(tree["colours"]) == sorted(NAMES)


def test_shipped_themes_have_no_problems(config):
    themes = load_themes()
    assert themes.problems == ()
    assert sorted(themes.by_name) == list(SHIPPED)


@pytest.mark.parametrize(("name", "ratio"), [("studio-dark", 4.5), ("paper", 4.5), ("high-contrast", 7.0)])
@pytest.mark.parametrize("ground", ["background", "panel", "selected"])
def test_words_stand_out_from_every_ground(name, ratio, ground, config):
    colours = load_themes().by_name[name].colours
    low = {word: round(contrast(colours[word], colours[ground]), 2) for word in WORDS}
    assert {word: found for word, found in low.items() if found < ratio} == {}


@pytest.mark.parametrize("name", ["studio-dark", "paper", "high-contrast"])
def test_meters_and_curves_stand_out(name, config):
    colours = load_themes().by_name[name].colours
    low = {line: round(contrast(colours[line], colours["background"]), 2) for line in LINES}
    assert {line: found for line, found in low.items() if found < 3.0} == {}  # WCAG 2.2, 1.4.11


@pytest.mark.parametrize("name", ["studio-dark", "paper", "high-contrast"])
@pytest.mark.parametrize("ground", ["background", "panel"])
def test_what_is_faint_can_be_read(name, ground, config):
    colours = load_themes().by_name[name].colours
    assert contrast(colours["faint"], colours[ground]) >= 3.0


@pytest.mark.parametrize("word", WORDS)
def test_no_word_of_the_light_theme_is_as_bright_as_white(word, config):
    """The green, yellow and cyan of xterm are; areas may have them."""
    colour = load_themes().by_name["terminal-light"].colours[word]
    assert colour == "ansi_default" or ANSI_NAMES[parse_ansi(colour) % 8] in ("red", "blue", "magenta")


def test_nothing_is_dark_blue_on_a_terminals_black(config):
    """The blue that xterm, the Linux console and many others give is hardly seen there."""
    themes = load_themes().by_name
    assert "ansi_blue" not in themes["terminal"].colours.values()
    assert "ansi_blue" in themes["terminal-light"].colours.values()


def test_terminal_theme_names_no_colour_of_its_own(config):
    colours = load_themes().by_name["terminal"].colours
    assert all(parse_ansi(value) is not None for value in colours.values())


def test_what_a_theme_leaves_out_is_studio_darks(config):
    _theme_file(config, "mine", 'name = "mine"\n[colours]\naccent = "#00FF00"\n')
    theme = load_theme("mine")
    assert theme.colours["accent"] == "#00ff00"
    assert theme.colours["text"] == load_theme(DEFAULT_NAME).colours["text"]


@pytest.mark.parametrize(
    "text",
    [
        "[colours\n",
        'name = "x"\n',
        '[colours]\ntext = "blue"\n',
        "[colours]\ntext = 3\n",
        'name = 3\n[colours]\ntext = "#ffffff"\n',
        'name = ""\n[colours]\ntext = "#ffffff"\n',
        'name = "a\\u001bc"\n[colours]\ntext = "#ffffff"\n',
        'dark = 1\n[colours]\ntext = "#ffffff"\n',
        "\x00",
    ],
)
def test_a_broken_theme_is_named_and_skipped(text, config):
    path = _theme_file(config, "broken", text)
    themes = load_themes()
    assert sorted(themes.by_name) == list(SHIPPED)
    assert len(themes.problems) == 1
    assert str(path) in themes.problems[0]


def test_an_unknown_colour_is_named_and_the_rest_used(config):
    _theme_file(config, "mine", '[colours]\ntext = "#ffffff"\nsparkle = "#ffffff"\n')
    themes = load_themes()
    assert "mine" in themes.by_name
    assert "sparkle" in themes.problems[0]


def test_a_users_theme_replaces_one_of_that_name(config):
    _theme_file(config, "paper", 'name = "paper"\n[colours]\ntext = "#123456"\n')
    assert load_themes().by_name["paper"].colours["text"] == "#123456"
    assert load_theme("paper").colours["text"] == "#123456"


def test_the_chosen_theme_is_kept_and_comments_survive(config):
    path = settings_path()
    path.parent.mkdir(parents=True)
    path.write_text("# mine\n[console]\nfps = 20 # slow eyes\n", "utf-8")
    looks = Looks(Depth.TRUE)
    looks.choose("paper")
    looks.keep()
    assert load_settings() == Settings(theme="paper", fps=20.0)
    assert "# mine" in path.read_text("utf-8")
    assert "# slow eyes" in path.read_text("utf-8")
    assert Looks(Depth.TRUE).theme.name == "paper"


def test_settings_that_cannot_be_used_are_named(config):
    path = settings_path()
    path.parent.mkdir(parents=True)
    path.write_text('[console]\nfps = 900\ncolour = "red"\n', "utf-8")
    settings = load_settings()
    assert settings.fps is None
    assert len(settings.problems) == 2
    path.write_text("[console", "utf-8")
    assert str(path) in load_settings().problems[0]


def test_unknown_themes_are_refused_with_the_known_ones(config):
    looks = Looks(Depth.TRUE)
    with pytest.raises(
        InputError, match="high-contrast, paper, studio-dark, terminal, terminal-any, terminal-light"
    ):
        looks.choose("nope")


def test_sixteen_colours_get_the_terminals_own(config):
    assert Looks(Depth.ANSI).theme.name == "terminal"
    assert Looks(Depth.TRUE).theme.name == DEFAULT_NAME


@pytest.mark.parametrize("name", SHIPPED)
def test_without_colours_what_matters_still_differs(name, config):
    palette = Palette(load_themes().by_name[name].colours, Depth.NONE)
    plain = palette.codes("text")
    assert (plain.foreground, plain.background) == ("", "")
    assert palette.codes("text on selected") != plain
    assert palette.codes("over") not in (plain, palette.codes("bold text"))


def test_no_text_has_the_colour_of_its_ground(config):
    palette = Palette(load_themes().by_name["terminal"].colours, Depth.ANSI)
    codes = palette.codes("faint on selected")
    assert codes.foreground != "90"


@pytest.mark.parametrize("name", ["terminal", "terminal-any", "terminal-light"])
@pytest.mark.parametrize("word", [*WORDS, "faint", "reduction", "target", "share"])
def test_on_the_chosen_row_sixteen_colours_are_read_or_left_out(name, word, config):
    """A red or magenta on bright black is hardly seen: then it is the colour of text."""
    palette = Palette(load_themes().by_name[name].colours, Depth.TRUE)
    codes = palette.codes(f"{word} on selected")
    if codes.foreground:
        number = int(codes.foreground) - (30 if int(codes.foreground) < 90 else 82)
        ground = {
            "terminal": (127, 127, 127),
            "terminal-any": (127, 127, 127),
            "terminal-light": (229, 229, 229),
        }[name]
        assert ratio_of(XTERM[number], ground) >= 3.0


def test_sixteen_colours_are_the_terminals_own_whatever_was_chosen_elsewhere(config, monkeypatch):
    monkeypatch.delenv("COLORFGBG", raising=False)
    assert Looks(Depth.ANSI, Settings(theme="studio-dark")).theme.name == "terminal"
    assert Looks(Depth.TRUE, Settings(theme="studio-dark")).theme.name == "studio-dark"
    monkeypatch.setenv("COLORFGBG", "0;15")
    assert Looks(Depth.ANSI, Settings()).theme.name == "terminal-light"


def test_a_white_background_gets_no_yellow(config, monkeypatch):
    monkeypatch.delenv("COLORFGBG", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    looks = Looks(Depth.ANSI, Settings())
    assert looks.asks_background
    assert looks.background_is(True)
    assert not looks.background_is(True)
    assert "yellow" not in " ".join(looks.palette.colours.values())
    monkeypatch.setenv("TERM", "linux")
    assert not Looks(Depth.ANSI, Settings()).asks_background
    assert not Looks(Depth.TRUE, Settings()).asks_background


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("ground", [(0, 0, 0), (255, 255, 255)])
def test_where_the_background_is_not_known_words_stand_out_from_black_and_white(word, ground, config):
    number = parse_ansi(load_themes().by_name["terminal-any"].colours[word])
    assert number is not None
    assert number == -1 or ratio_of(XTERM[number], ground) >= 3.0


def test_a_terminal_that_does_not_tell_its_background_gets_colours_for_any(config, monkeypatch):
    monkeypatch.delenv("COLORFGBG", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    looks = Looks(Depth.ANSI, Settings())
    assert looks.background_is(None)
    assert looks.theme.name == "terminal-any"
    assert looks.background_is(False), "the answer came late"
    assert looks.theme.name == "terminal"
    chosen = Looks(Depth.ANSI, Settings(theme="terminal"))
    assert not chosen.background_is(None), "a choice is a choice"
    assert not Looks(Depth.TRUE, Settings()).background_is(None)
    monkeypatch.setenv("TERM", "screen")
    assert Looks(Depth.ANSI, Settings()).theme.name == "terminal-any"


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
def test_without_colour_a_blank_over_lamp_is_no_block(size):
    codes = Palette(load_themes().get("studio-dark").colours, Depth.NONE)
    studio, buffer, desk = Studio(), CellBuffer(*size), Desk()
    view = studio.view(reading=studio.reading(100.0), focus=Focus(stem=MASTER))
    view = changed(view, "master", true_peak_max_dbtp=-1.2)
    Screen().draw(buffer.canvas, view, {Panel.STEMS: desk.draw})
    for glyphs, styles in zip(buffer.glyphs, buffer.styles, strict=True):
        for glyph, style in zip(glyphs, styles, strict=True):
            assert glyph != " " or "7" not in codes.codes(style).attributes, style
