"""Everything that is wrong with an album file, told at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from engine.errors import SessionError

Value = TypeVar("Value")


class Faults:
    """Collects what is refused, so that the next rule is looked at too."""

    def __init__(self) -> None:
        self._found: list[SessionError] = []

    def within(self, read: Callable[[], Value], otherwise: Value) -> Value:
        """What `read` returns, or `otherwise` where it is refused."""
        try:
            return read()
        except SessionError as error:
            self._found.append(error)
            return otherwise

    def refuse(self) -> None:
        """Raises the complaint about all of it; kind, key and path are those of the first.

        Raises:
            SessionError: something was refused.
        """
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            first = self._found[0]
            told = in_one_line([error.message for error in self._found])
            raise SessionError(told, key=first.key, kind=first.kind, path=first.path)


def in_one_line(sentences: Sequence[str]) -> str:
    """What is wrong, counted where it is more than one thing; what all begin with is said once."""
    if len(sentences) == 1:
        return sentences[0]
    file = _common_file(sentences)
    told = "; ".join(f"({n}) {one[len(file) :]}" for n, one in enumerate(sentences, 1))
    return f"{file}{len(sentences)} faults: {told}"


def _common_file(sentences: Sequence[str]) -> str:
    """`album.toml: ` where every sentence begins with that."""
    begin = sentences[0].partition(": ")[0] + ": "
    return begin if all(one.startswith(begin) for one in sentences) else ""
