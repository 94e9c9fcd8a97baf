"""The console's part of `config.toml`: read at the start, the chosen theme written back."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import MachineError, StemlatheError, machine_error
from engine.paths import config_dir

_FILE = "config.toml"
_SECTION = "console"
#: Frames per second unless the file says otherwise, and what it may say.
_FPS, _SLOWEST_FPS, _FASTEST_FPS = 30.0, 1.0, 60.0
_KNOWN = (
    f"theme (text), fps ({_SLOWEST_FPS:.0f} to {_FASTEST_FPS:.0f}), "
    "stock_screen, clipboard and signs (true or false)"
)


@dataclass(frozen=True)
class Settings:
    """What the user has set.

    Attributes:
        theme: name of the theme; "" none chosen.
        fps: frames per second on a link that carries them; None: not given.
        stock_screen: leave the screen to Textual.
        clipboard: what is copied may be sent to the terminal.
        signs: without a picture, numbers have signs (-14.0) instead of words (minus 14.0).
        problems: a sentence for each entry that was left out.
    """

    theme: str = ""
    fps: float | None = None
    stock_screen: bool = False
    clipboard: bool = True
    signs: bool = False
    problems: tuple[str, ...] = ()

    def frames_per_second(self, *, capped: bool) -> float:
        """The rate to begin with; `capped`: behind a multiplexer, which hides how slow the link is."""
        if self.fps is not None:
            return self.fps
        return 15.0 if capped else _FPS


def settings_path() -> Path:
    """The file; it need not exist."""
    return config_dir() / _FILE


def load_settings() -> Settings:
    """Reads the file; what is wrong in it is named and left out."""
    path = settings_path()
    try:
        tree = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Settings(problems=(f"{path}: {reason}: it is left out",))
    section = tree.get(_SECTION, {})
    if not isinstance(section, Mapping):
        return Settings(problems=(f"{path}: '{_SECTION}' is no table: it is left out",))
    return _settings(section, path)


def _settings(section: Mapping[str, Any], path: Path) -> Settings:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for key, value in section.items():
        if key == "theme" and isinstance(value, str):
            values[key] = value
        elif key == "fps" and _is_fps(value):
            values[key] = float(value)
        elif key in ("stock_screen", "clipboard", "signs") and isinstance(value, bool):
            values[key] = value
        else:
            problems.append(f"{path}: {_SECTION}.{key}: is left out: known are {_KNOWN}")
    return Settings(**values, problems=tuple(problems))


def _is_fps(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and (_SLOWEST_FPS <= value <= _FASTEST_FPS)
    )


def keep_theme(name: str) -> None:
    """Writes the chosen theme into the file; the rest of it stays as it is.

    Raises:
        MachineError: it cannot be read or written.
    """
    import tomlkit
    import tomlkit.exceptions

    from engine.session.atomic import lock, write_atomic

    path = settings_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with lock(path):
            text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
            document = tomlkit.parse(text)
            if _SECTION not in document:
                document[_SECTION] = tomlkit.table()
            document[_SECTION]["theme"] = name
            write_atomic(path, tomlkit.dumps(document).encode(), replace=True)
    except StemlatheError:
        raise
    except OSError as error:
        raise machine_error(error, path, "keep the theme") from error
    except (ValueError, TypeError, tomlkit.exceptions.TOMLKitError) as error:
        raise MachineError(
            f"{path}: the theme is not kept: the file cannot be read: correct it", path=path
        ) from error
