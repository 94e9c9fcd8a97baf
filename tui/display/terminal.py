"""What the terminal is and can do, from its surroundings; nothing of Textual."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import MachineError, UsageError
from tui.display.styles import Depth

#: Terminals that show no full screen.
_TOO_SIMPLE = frozenset({"dumb", "unknown", "cons25", "emacs", ""})
#: What announces 24-bit colours in COLORTERM, and in the names of terminals.
_TRUE_COLOUR_WORDS = frozenset({"truecolor", "24bit"})
_TRUE_COLOUR_TERMS = ("-direct", "kitty", "alacritty", "ghostty", "foot", "wezterm")
#: Below this the console says what it needs.
COLUMNS, ROWS = 80, 24
#: No screen is larger; a size beyond is a mistake that would cost memory and time.
_LARGEST = (1000, 400)


@dataclass(frozen=True)
class Terminal:
    """The terminal of this process.

    Attributes:
        depth: colours it shows.
        multiplexed: inside tmux or screen, which answer in the far terminal's place.
        remote: over SSH.
        multiplexer: `tmux` or `screen`, the nearer one; "" for none.
    """

    depth: Depth
    multiplexed: bool
    remote: bool
    multiplexer: str = ""


def detect(environment: Mapping[str, str] | None = None) -> Terminal:
    """What the environment says about the terminal.

    Raises:
        UsageError: it can show no full screen (kind `dumb_terminal`).
    """
    values = os.environ if environment is None else environment
    term = values.get("TERM", "")
    if term in _TOO_SIMPLE:
        shown = f"TERM={term}" if term else "TERM is not set"
        raise UsageError(
            f"this terminal shows no full screen ({shown}): use another, or set TERM to what it is, "
            "for example xterm-256color; --plain needs none",
            kind="dumb_terminal",
        )
    return Terminal(
        depth=_depth(values, term),
        multiplexed=bool(_multiplexer(values, term)),
        remote=bool(values.get("SSH_CONNECTION") or values.get("SSH_TTY")),
        multiplexer=_multiplexer(values, term),
    )


def _multiplexer(values: Mapping[str, str], term: str) -> str:
    # over SSH only TERM comes along; tmux may call itself screen there, and takes screen's strings too
    if values.get("TMUX") or term.startswith("tmux"):
        return "tmux"
    return "screen" if values.get("STY") or term.startswith("screen") else ""


def _depth(values: Mapping[str, str], term: str) -> Depth:
    if values.get("NO_COLOR"):
        return Depth.NONE
    if term.endswith(("-m", "-mono")) or term in ("vt100", "vt102", "vt220"):
        return Depth.NONE
    if values.get("STY") or (term.startswith("screen") and not values.get("TMUX")):
        # GNU screen knows no 24-bit colours, whatever the terminal around it has left in COLORTERM
        return Depth.INDEXED if "256color" in term else Depth.ANSI
    if values.get("COLORTERM", "").strip().lower() in _TRUE_COLOUR_WORDS:
        return Depth.TRUE
    if any(word in term for word in _TRUE_COLOUR_TERMS):
        return Depth.TRUE
    return Depth.INDEXED if "256color" in term else Depth.ANSI


def require_terminal(verb: str) -> None:
    """Makes sure that somebody sits at keyboard and screen.

    Raises:
        MachineError: standard input or output is no terminal (kind `no_terminal`).
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise MachineError(
            f"{verb} needs a terminal: keyboard on standard input, screen on standard output; without one, "
            "use 'open --plain', 'play --headless', 'render', 'ps' or 'stop'",
            kind="no_terminal",
        )


def size(fallback: tuple[int, int] = (COLUMNS, ROWS)) -> tuple[int, int]:
    """Columns and rows of the screen on standard output."""
    try:
        columns, rows = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1)
    except (OSError, ValueError):
        return fallback
    if columns <= 0 or rows <= 0:
        return fallback
    return min(columns, _LARGEST[0]), min(rows, _LARGEST[1])
