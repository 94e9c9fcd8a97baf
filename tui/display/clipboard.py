"""The clipboard of the person at the terminal, wherever the program runs: OSC 52, as xterm defines it.

What is sent only ever sets the clipboard; it is never asked for. Multiplexers stand between:

- tmux takes the sequence itself where `set-clipboard` is `on`, and hands a wrapped one on where
  `allow-passthrough` is; both are sent, and what is not allowed is dropped (tmux(1)).
- GNU screen hands on what a device control string holds, and cuts strings, at 256 bytes before 4.1 and at 768
  since 4.2.1; so it goes in pieces (screen's manual, String Escapes).
"""

from __future__ import annotations

import base64

#: So long a sequence terminals take at least: xterm's own limit, by which others go, bytes.
_LONGEST_SEQUENCE = 100_000
_BEFORE, _AFTER = "\x1b]52;c;", "\x07"
#: What fits as base64, bytes of UTF-8.
LONGEST_BYTES = (_LONGEST_SEQUENCE - len(_BEFORE) - len(_AFTER)) // 4 * 3
#: Bytes of one of screen's strings, those around it not counted.
_SCREEN_PIECE = 252


def clipboard_sequence(text: str, multiplexer: str = "") -> str:
    """What makes the terminal put a text on its clipboard.

    Args:
        text: what to copy.
        multiplexer: `tmux` or `screen`, where one stands between; else "".

    Raises:
        ValueError: it is longer than terminals take; the text says how long it may be.
    """
    content = text.encode("utf-8", "replace")
    if len(content) > LONGEST_BYTES:
        size, most = len(content) // 1000, LONGEST_BYTES // 1000
        raise ValueError(f"{size} kB are more than a terminal takes ({most} kB): nothing is copied")
    sequence = f"{_BEFORE}{base64.b64encode(content).decode('ascii')}{_AFTER}"
    if multiplexer == "tmux":
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"{sequence}\x1bPtmux;{doubled}\x1b\\"
    if multiplexer == "screen":
        pieces = range(0, len(sequence), _SCREEN_PIECE)
        return "".join(f"\x1bP{sequence[at : at + _SCREEN_PIECE]}\x1b\\" for at in pieces)
    return sequence
