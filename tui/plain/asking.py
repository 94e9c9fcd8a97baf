"""Questions without a picture: a line to type, yes or no, one of a list; by keys, or by whole lines."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from tui.overlay.chooser import Item, is_path, matching
from tui.overlay.line_editor import LineEditor
from tui.overlay.overlay import Then, nothing
from tui.overlay.prompt import Memory
from tui.plain.voice import Voice

#: A list longer than this is not read out as a whole.
_READ_OUT = 40
_LISTED = 12


class Asked(Protocol):
    """Something that takes the keys, or the next line."""

    def open(self, voice: Voice, *, lines: bool) -> None:
        """Says what is asked; `lines`: the answer comes as a whole line."""

    def key(self, key: str, character: str | None, voice: Voice) -> Then | None:
        """Takes a key; None: it still asks."""

    def line(self, text: str, voice: Voice) -> Then | None:
        """Takes a line; None: it still asks."""


class LineAsked:
    """A line is asked for.

    Args:
        prompt: what for.
        initial: what an empty line stands for.
        entered: gets the line.
        complete: whole lines that begin as typed.
        memory: lines entered before.
        back: done when it is given up; None: nothing.
    """

    def __init__(
        self,
        prompt: str,
        initial: str,
        entered: Callable[[str], None],
        *,
        complete: Callable[[str], Sequence[str]] | None = None,
        memory: Memory | None = None,
        back: Then | None = None,
    ) -> None:
        self._given_up = back or nothing
        self._prompt, self._initial, self._entered = prompt, initial, entered
        self._complete, self._memory, self._back = complete, memory, 0
        self._edited = LineEditor()

    @property
    def text(self) -> str:
        """What is typed so far."""
        return self._edited.text

    def open(self, voice: Voice, *, lines: bool) -> None:
        """The prompt; by keys the line is typed behind it."""
        keeps = f" (enter keeps {self._initial})" if self._initial else ""
        if lines:
            voice.say(f"{self._prompt}{keeps}; a point alone gives up")
        else:
            voice.raw(f"{voice.words(self._prompt + keeps)}: ")
            voice.hold()

    def line(self, text: str, voice: Voice) -> Then | None:
        """A point alone gives up."""
        if text.strip() == ".":
            voice.say("given up")
            return self._given_up
        return self._enter(text)

    def _enter(self, text: str) -> Then:
        if self._memory is not None:
            self._memory.add(text)
        return partial(self._entered, text if text.strip() else self._initial)

    def key(self, key: str, character: str | None, voice: Voice) -> Then | None:
        """Types; tab completes, up brings back what was entered before."""
        if key == "enter":
            voice.raw("\n")
            voice.release()
            return self._enter(self._edited.text)
        if key in ("escape", "ctrl+c") or (key == "backspace" and not self._edited.text):
            voice.raw("\n")
            voice.release()
            voice.say("given up")
            return self._given_up
        before = self._edited.text
        if key == "tab":
            self._tab(voice)
        elif key in ("up", "ctrl+p", "down", "ctrl+n"):
            self._remember(1 if key in ("up", "ctrl+p") else -1)
        elif key in ("left", "right", "home", "end", "ctrl+a", "ctrl+e", "ctrl+b", "ctrl+f"):
            return None  # the cursor stays at the end: nothing is written twice
        else:
            self._edited.key(key, character)
        self._echo(before, voice)
        return None

    def _echo(self, before: str, voice: Voice) -> None:
        """Only what was typed, or rubbed out, is written; another line is begun on a line of its own."""
        now = self._edited.text
        if now.startswith(before):
            voice.raw(now[len(before) :])
        elif before.startswith(now):
            voice.raw("\b \b" * (len(before) - len(now)))
        else:
            voice.raw(f"\n{voice.words(self._prompt)}: {now}")

    def _tab(self, voice: Voice) -> None:
        text = self._edited.text
        if not text:
            self._edited.set(self._initial)
            return
        found = [one for one in self._complete(text) if one.startswith(text)] if self._complete else []
        if not found:
            return
        first, last = min(found), max(found)
        same = next(
            (at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), None
        )
        common = first[: len(first) if same is None else same]
        if len(common) > len(text) or len(found) == 1:
            self._edited.set(common)
            return
        shown = ", ".join(found[:_LISTED]) + (
            f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        )
        voice.raw(f"\n{voice.words(shown)}\n{voice.words(self._prompt)}: {text}")

    def _remember(self, step: int) -> None:
        lines = self._memory.lines if self._memory is not None else []
        self._back = min(max(self._back + step, 0), len(lines))
        self._edited.set(lines[-self._back] if self._back else "")


class TextAsked:
    """Several lines are asked for, behind those that are there already.

    Args:
        title: of the text.
        text: so far.
        entered: gets all of it.
    """

    def __init__(self, title: str, text: str, entered: Callable[[str], None]) -> None:
        self._title, self._former, self._entered = title, text, entered
        self._lines = text.splitlines()
        self._typed = LineAsked("line", "", self._take)
        self._ended = False

    def open(self, voice: Voice, *, lines: bool) -> None:
        """What is there, and how it is ended."""
        voice.say(f"{self._title}: {len(self._lines) or 'no'} lines so far")
        for line in self._lines:
            voice.say(line)
        ends = "a point alone ends" if lines else "tab or escape keeps it, control c does not"
        voice.say(f"what you type is added; a minus alone takes the last line away, {ends}")
        if not lines:
            self._typed.open(voice, lines=False)

    def _take(self, text: str) -> None:
        if text.strip() == ".":
            self._ended = True
        elif text.strip() == "-":
            self._lines = self._lines[:-1]
        else:
            self._lines.append(text)

    def line(self, text: str, voice: Voice) -> Then | None:
        """One more; a point alone ends."""
        self._take(text)
        if self._ended:
            return partial(self._entered, "\n".join(self._lines))
        if text.strip() == "-":
            voice.say(f"{len(self._lines)} lines left")
        return None

    def key(self, key: str, character: str | None, voice: Voice) -> Then | None:
        """Types a line; tab and escape keep all of it, ctrl+c does not, as on the full console."""
        if key in ("tab", "escape"):
            typed = self._typed.text
            if typed.strip():
                self._take(typed)
            voice.raw("\n")
            voice.release()
            return partial(self._entered, "\n".join(self._lines))
        then = self._typed.key(key, character, voice)
        if then is None:
            return None
        if key == "ctrl+c":
            return nothing
        if key == "backspace":  # of an empty line: nothing is given up by that
            then = nothing
        then()
        if self._ended:
            return partial(self._entered, "\n".join(self._lines))
        self._typed = LineAsked("line", "", self._take)
        self._typed.open(voice, lines=False)
        return None


class YesAsked:
    """Yes or no.

    Args:
        question: what is asked.
        yes: done for yes.
    """

    def __init__(self, question: str, yes: Then) -> None:
        self._question, self._yes = question, yes

    def open(self, voice: Voice, *, lines: bool) -> None:
        """Words, then the answers."""
        voice.say(f"question: {self._question} y yes, {'anything' if lines else 'any key'} else no")

    def key(self, key: str, character: str | None, voice: Voice) -> Then | None:
        """Every key is an answer."""
        return self._answer(key in ("y", "Y"), voice)

    def line(self, text: str, voice: Voice) -> Then | None:
        """`y` or `yes`."""
        return self._answer(text.strip().lower() in ("y", "yes"), voice)

    def _answer(self, yes: bool, voice: Voice) -> Then:
        voice.say("yes" if yes else "no")
        return self._yes if yes else nothing


class ChoiceAsked:
    """One of a list.

    Args:
        title: of the list.
        items: all of them; asked again for every search.
        chosen: number of the one to begin with.
        by_path: gets a path that is typed instead; None: paths mean nothing here.
        back: done when it is given up; None: nothing.
    """

    def __init__(
        self,
        title: str,
        items: Callable[[], Sequence[Item]],
        chosen: int = 0,
        by_path: Callable[[str], None] | None = None,
        back: Then | None = None,
    ) -> None:
        self._given_up = back or nothing
        self._title, self._items, self._by_path = title, items, by_path
        self._typed = LineEditor()
        self.found = list(items())
        self.at = max(0, min(chosen, len(self.found) - 1))

    def open(self, voice: Voice, *, lines: bool) -> None:
        """How many there are; by lines, all of a short list."""
        count = f"{self._title}, {len(self.found)} entries"
        if lines:
            voice.say(f"{count}: type a number or words, a point alone gives up")
            self._read_out(voice)
        else:
            how = ": j and k are letters here, up and down move, letters narrow, enter chooses"
            voice.say(f"{count}{voice.once(how)}")
            self._say(voice)

    def _read_out(self, voice: Voice) -> None:
        for number, item in enumerate(self.found[:_READ_OUT], 1):
            voice.say(f"{number} {_words(item)}")
        if len(self.found) > _READ_OUT:
            voice.say(f"and {len(self.found) - _READ_OUT} more: type words")

    def _say(self, voice: Voice) -> None:
        voice.say(self._told())

    def _told(self) -> str:
        if self.found:
            return f"{self.at + 1} of {len(self.found)}: {_words(self.found[self.at])}"
        return f"nothing fits {self._typed.text}"

    def key(self, key: str, character: str | None, voice: Voice) -> Then | None:
        """Moves, narrows, chooses."""
        if key == "enter" and self._is_path(self._typed.text):
            return self._go(self._typed.text)
        if key == "enter" and self.found:
            return self.found[self.at].done
        if key == "enter" and self._items():
            # where nothing fits it stays: keys typed ahead would be the desk's
            self._say(voice)
            return None
        if key in ("escape", "ctrl+c", "enter") or (key == "backspace" and not self._typed.text):
            voice.say("given up")
            return self._given_up
        steps = {"down": 1, "tab": 1, "ctrl+n": 1, "up": -1, "shift+tab": -1, "ctrl+p": -1}
        steps |= {"pagedown": 10, "pageup": -10}
        if key in steps:
            self.at = max(0, min(self.at + steps[key], len(self.found) - 1))
        elif self._typed.key(key, character):
            before = self._told()
            self.found, self.at = matching(self._items(), self._typed.text), 0
            if self._told() == before:
                return None  # a letter more that changes nothing
        self._say(voice)
        return None

    def _is_path(self, typed: str) -> bool:
        """Words to search for may begin with a slash too: a path is one that is there."""
        return self._by_path is not None and is_path(typed) and os.path.exists(os.path.expanduser(typed))

    def _go(self, typed: str) -> Then:
        assert self._by_path is not None
        return partial(self._by_path, typed)

    def line(self, text: str, voice: Voice) -> Then | None:
        """A number, or words that only one fits."""
        if self._is_path(text.strip()):
            return self._go(text.strip())
        typed = text.strip().removeprefix("/")
        if typed in ("", "."):
            voice.say("given up")
            return self._given_up
        if typed.isdecimal() and 1 <= int(typed) <= len(self.found):
            return self.found[int(typed) - 1].done
        found = matching(self._items(), typed)
        exact = [item for item in found if item.label.casefold() == typed.casefold()]
        # what begins so is meant before what only has it somewhere, such as a remark about it
        exact = exact or [item for item in found if item.label.casefold().startswith(typed.casefold())]
        if len(exact) == 1 or len(found) == 1:
            return (exact or found)[0].done
        if found:
            self.found = found
            voice.say(f"{len(found)} fit: type a number, more words, or a point alone")
            self._read_out(voice)
            return None
        # it goes on asking: the next lines were meant for it too, and would be commands
        voice.say(f"nothing fits {typed}: type a number, other words, or a point alone")
        return None


def _words(item: Item) -> str:
    same = item.about.casefold() == item.label.casefold()
    return ", ".join(filter(None, (item.label, "" if same else item.about)))
