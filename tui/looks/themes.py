"""Colour themes: data files of the program and of the user.

A theme is a TOML file: `name`, optionally `dark` (default true), and a table `[colours]` with the names
of `NAMES`, each `#rrggbb`, `ansi_red`, `ansi_bright_red` … or `ansi_default`. What a theme leaves out is
as in studio-dark. A file that cannot be used is named and skipped.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.paths import config_dir, data_dir
from tui.display.styles import parse_ansi, parse_rgb

#: Every colour a theme gives, by subject.
NAMES: tuple[str, ...] = (
    *("text", "dim", "faint", "title", "accent", "label", "value"),
    *("good", "warn", "bad", "over", "note"),
    *("focus", "selected", "background", "panel", "border"),
    *("meter_low", "meter_mid", "meter_high", "meter_rms", "hold", "reduction", "share"),
    *("mute", "solo", "polarity", "bypass"),
    *("spectrum", "reference", "residual", "loudness", "target", "unheard", "waveform"),
    *("playhead", "loop", "marker"),
)
#: What a theme falls back to, and what is shown until somebody chooses.
DEFAULT_NAME = "studio-dark"
#: The one that lives on the terminal's own sixteen colours.
TERMINAL_NAME = "terminal"
#: The same where the background is white.
TERMINAL_LIGHT_NAME = "terminal-light"
#: The same where nobody knows the background.
TERMINAL_ANY_NAME = "terminal-any"

_LARGEST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Theme:
    """A theme.

    Attributes:
        name: what `:theme` takes.
        dark: whether its background is.
        colours: every one of `NAMES`.
        path: of its file.
    """

    name: str
    dark: bool
    colours: Mapping[str, str]
    path: Path


@dataclass(frozen=True)
class Themes:
    """All there are.

    Attributes:
        by_name: the usable ones; a user's replaces one of the program's of the same name.
        problems: a sentence for each file that was skipped, and for each colour that was.
    """

    by_name: Mapping[str, Theme]
    problems: tuple[str, ...]

    def get(self, name: str) -> Theme:
        """The theme of that name, else studio-dark."""
        return self.by_name.get(name) or self.by_name[DEFAULT_NAME]


def load_themes() -> Themes:
    """Reads the program's themes and the user's (`themes/` in the configuration folder)."""
    problems: list[str] = []
    shipped = data_dir("themes")
    base = _read(shipped / f"{DEFAULT_NAME}.toml", {}, problems)
    if base is None:
        raise FileNotFoundError(f"{shipped}: {DEFAULT_NAME}.toml is missing: install stemlathe again")
    found = {base.name: base}
    for folder in (shipped, config_dir() / "themes"):
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            theme = _read(path, base.colours, problems)
            if theme is not None:
                found[theme.name] = theme
    return Themes(found, tuple(problems))


def load_theme(name: str) -> Theme:
    """One theme, without reading the others; studio-dark where it cannot be used. For a quick start."""
    ignored: list[str] = []
    shipped = data_dir("themes")
    base = _read(shipped / f"{DEFAULT_NAME}.toml", {}, ignored)
    if base is None:
        raise FileNotFoundError(f"{shipped}: {DEFAULT_NAME}.toml is missing: install stemlathe again")
    if "/" in name or name in ("", "."):
        return base
    for folder in (config_dir() / "themes", shipped):
        path = folder / f"{name}.toml"
        if path.is_file() and (theme := _read(path, base.colours, ignored)) is not None:
            return theme
    return base


def _read(path: Path, base: Mapping[str, str], problems: list[str]) -> Theme | None:
    """A theme file; None where it cannot be used, which is told in `problems`."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ValueError("is too large for a theme")
        tree = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        return _theme(tree, path, base, problems)
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problems.append(f"theme {path}: {reason}: it is left out")
        return None


def _theme(tree: Mapping[str, Any], path: Path, base: Mapping[str, str], problems: list[str]) -> Theme:
    name, dark, given = tree.get("name", path.stem), tree.get("dark", True), tree.get("colours")
    if not isinstance(name, str) or not name or not name.isprintable():
        raise ValueError("'name' is no text")
    if not isinstance(dark, bool):
        raise ValueError("'dark' is neither true nor false")
    if not isinstance(given, Mapping):
        raise ValueError("has no table [colours]")
    colours = dict(base)
    for key, value in given.items():
        if key not in NAMES:
            problems.append(f"theme {path}: there is no colour '{key}': it is left out")
            continue
        if not isinstance(value, str) or parse_ansi(value) is None:
            colours[key] = _checked(key, value)
        else:
            colours[key] = value
    missing = [key for key in NAMES if key not in colours]
    if missing:
        raise ValueError(f"lacks the colours {', '.join(missing)}")
    return Theme(name, dark, colours, path)


def _checked(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"colours.{key} is no text")
    try:
        parse_rgb(value)
    except ValueError as error:
        raise ValueError(f"colours.{key}: {error}") from error
    return value.lower()
