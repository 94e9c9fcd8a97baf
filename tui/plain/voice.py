"""What is told, a line at a time; held back while somebody types, so that no line is broken by another."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

from tui.plain.speech import spoken

#: Lines that are kept while a line is being typed; of more the oldest are dropped.
_HELD = 200


class Voice:
    """Writes lines.

    Args:
        write: puts a text on its way.
        ascii_only: nothing beyond ASCII is written.

    Attributes:
        signs: signs of numbers stay signs.
        count: lines told so far.
        last: the lines told since `begin`.
    """

    def __init__(
        self, write: Callable[[str], None], *, ascii_only: bool = False, signs: bool = False
    ) -> None:
        self._write, self._ascii = write, ascii_only
        self.signs = signs
        self.count = 0
        self.last: list[str] = []
        self._held: list[str] | None = None
        self._explained: frozenset[str] = frozenset()

    def words(self, text: str) -> str:
        """A text as it would be told."""
        return spoken(text, signs=self.signs, ascii_only=self._ascii)

    def say(self, text: str, level: str = "note") -> None:
        """Tells a line; `level` other than `note` is said first."""
        for line in text.splitlines() or [""]:
            told = self.words(line)
            if not told:
                continue
            told = told if level == "note" else f"{level}: {told}"
            self.count += 1
            self.last.append(told)
            if self._held is None:
                self._write(f"{told}\n")
            else:
                self._held = [*self._held[1 - _HELD :], told]

    def once(self, how: str) -> str:
        """How something is done, the first time; afterwards empty."""
        known, self._explained = how in self._explained, self._explained | {how}
        return "" if known else how

    def begin(self) -> None:
        """Somebody has asked for something: what follows is the answer."""
        self.last.clear()

    def raw(self, text: str) -> None:
        """The echo of typing."""
        self._write(text)

    def hold(self) -> None:
        """A line is being typed: others wait."""
        if self._held is None:
            self._held = []

    def release(self) -> None:
        """It is typed."""
        held, self._held = self._held or [], None
        for line in held:
            self._write(f"{line}\n")


class Descriptor:
    """Writes to a file descriptor as it is; notes when nobody reads any more.

    Args:
        number: of the descriptor.
        gone: called once, when writing has failed.
        encoding: of the terminal.
    """

    def __init__(self, number: int, gone: Callable[[], None], encoding: str = "utf-8") -> None:
        self._number, self._gone, self._encoding = number, gone, encoding
        self._failed = False

    def __call__(self, text: str) -> None:
        data = memoryview(text.encode(self._encoding, "backslashreplace"))
        while data and not self._failed:
            try:
                data = data[os.write(self._number, data) :]
            except BlockingIOError:
                with contextlib.suppress(OSError):
                    os.set_blocking(self._number, True)
            except OSError:
                self._failed = True
                self._gone()
