"""How the console looks: settings, themes, and the palette that follows from both on this terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.errors import InputError
from tui.display.plain_glyphs import CURE, Glyphs, glyphs_for, speaks_utf8
from tui.display.styles import Depth, Palette, parse_ansi
from tui.looks.themes import (
    DEFAULT_NAME,
    TERMINAL_ANY_NAME,
    TERMINAL_LIGHT_NAME,
    TERMINAL_NAME,
    Theme,
    Themes,
    load_theme,
    load_themes,
)
from tui.settings import Settings, keep_theme, load_settings

if TYPE_CHECKING:
    from textual.theme import Theme as TextualTheme


# What Textual's style sheets ask of a theme that lives on the terminal's own colours.
_ANSI_VARIABLES = {
    "ansi-background": "ansi_black",
    "ansi-foreground": "ansi_white",
    "border-blurred": "ansi_bright_black",
    "block-cursor-foreground": "ansi_black",
    "block-cursor-background": "ansi_yellow",
    "input-cursor-background": "ansi_white",
    "input-cursor-foreground": "ansi_black",
    "input-cursor-text-style": "none",
    "input-selection-background": "ansi_blue",
    "input-selection-foreground": "ansi_white",
    "screen-selection-background": "ansi_blue",
    "screen-selection-foreground": "ansi_white",
}


def _fitting(wanted: str, depth: Depth) -> Theme:
    """The wanted theme, or the default; where there are sixteen colours, one made of those.

    RGB colours squeezed into sixteen are mostly grey. A theme that is asked for while the console runs is
    shown as it is.
    """
    theme = load_theme(wanted or DEFAULT_NAME)
    if depth is not Depth.ANSI or all(parse_ansi(value) is not None for value in theme.colours.values()):
        return theme
    return load_theme(_of_sixteen(os.environ))


def _of_sixteen(environment: Mapping[str, str]) -> str:
    """The theme that fits the background, as far as it is known."""
    if is_light(environment):
        return TERMINAL_LIGHT_NAME
    # GNU screen neither tells it nor passes the question on
    unknown = environment.get("TERM", "").startswith("screen") and "COLORFGBG" not in environment
    return TERMINAL_ANY_NAME if unknown else TERMINAL_NAME


def is_light(environment: Mapping[str, str]) -> bool:
    """Whether the terminal says that its background is light: COLORFGBG, as rxvt and konsole set it."""
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return background in ("7", "15")


class Looks:
    """The chosen theme; all others are read only when they are asked for.

    Args:
        depth: of the terminal.
        settings: of the user; None: those in `config.toml`.

    Attributes:
        settings: of the user.
        theme: the chosen one.
        palette: its colours on this terminal.
    """

    def __init__(self, depth: Depth, settings: Settings | None = None) -> None:
        self.settings = load_settings() if settings is None else settings
        self._depth = depth
        self._themes: Themes | None = None
        self.theme: Theme = _fitting(self.settings.theme, depth)
        self._glyphs = glyphs_for(os.environ)
        self.palette = Palette(self.theme.colours, depth, self._glyphs)

    @property
    def themes(self) -> Themes:
        """All themes."""
        if self._themes is None:
            self._themes = load_themes()
        return self._themes

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with settings and themes, a sentence each."""
        wanted = self.settings.theme
        missing: tuple[str, ...] = ()
        if wanted and wanted not in self.themes.by_name:
            missing = (f"there is no theme '{wanted}': {self._known()}",)
        cure = () if speaks_utf8(os.environ) else (CURE,)
        return (*self.settings.problems, *self.themes.problems, *missing, *cure)

    @property
    def asks_background(self) -> bool:
        """Whether it matters what the terminal's background is, and the terminal may be asked."""
        # the Linux console and GNU screen show the question instead of answering it
        can = not os.environ.get("TERM", "").startswith(("linux", "screen", "vt"))
        return can and self._depth is Depth.ANSI and self.theme.name == TERMINAL_NAME != self.settings.theme

    def background_is(self, light: bool | None) -> bool:
        """The terminal gets those of its colours that are seen there; whether that is a change.

        Args:
            light: as it has told; None: it was asked, and does not answer.
        """
        fitting = {True: TERMINAL_LIGHT_NAME, False: TERMINAL_NAME, None: TERMINAL_ANY_NAME}[light]
        own = self.theme.name in (TERMINAL_NAME, TERMINAL_ANY_NAME) and self.settings.theme != self.theme.name
        if not own or fitting == self.theme.name:
            return False
        self.choose(fitting)
        return True

    def take_plain_signs(self) -> None:
        """The terminal has none of our glyphs: plain ASCII from now on."""
        self._glyphs = Glyphs(console=False)
        self.palette = Palette(self.theme.colours, self._depth, self._glyphs)

    def choose(self, name: str) -> None:
        """Takes another theme.

        Raises:
            InputError: there is none of that name.
        """
        if name == self.theme.name:
            return
        if name not in self.themes.by_name:
            raise InputError(f"there is no theme '{name}': {self._known()}", kind="no_theme")
        self.theme = self.themes.by_name[name]
        self.palette = Palette(self.theme.colours, self._depth, self._glyphs)

    def keep(self) -> None:
        """Writes the choice into `config.toml`.

        Raises:
            MachineError: it cannot be written.
        """
        keep_theme(self.theme.name)

    def _known(self) -> str:
        return f"known are {', '.join(sorted(self.themes.by_name))}"

    def textual_theme(self) -> TextualTheme:
        """The theme for dialogs, palette and input line."""
        from textual.theme import Theme as TextualTheme

        colours = self.theme.colours
        ansi = all(parse_ansi(value) is not None for value in colours.values())
        return TextualTheme(
            name=f"stemlathe-{self.theme.name}",
            primary=colours["accent"],
            secondary=colours["note"],
            warning=colours["warn"],
            error=colours["bad"],
            success=colours["good"],
            accent=colours["accent"],
            foreground=colours["text"],
            background=colours["background"],
            surface=colours["panel"],
            panel=colours["panel"],
            dark=self.theme.dark,
            ansi=ansi,
            variables=_ANSI_VARIABLES if ansi else {},
        )
