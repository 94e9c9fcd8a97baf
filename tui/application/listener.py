"""What comes in from the terminal, as messages: whatever it is, it ends nothing and blocks nothing.

Textual's parser knows the names of keys. Before it stands this: it cuts what comes in into characters,
pastes and control sequences (ECMA-48, 5.4 and 5.6; DEC's `ESC O` and xterm's mouse reports besides),
and hands over only what is whole. Three things follow that a console over SSH needs:

- what is no UTF-8, a sequence nobody knows, a report of an absurd size or character is dropped;
- a sequence or a paste that never ends is given up after a moment, and the keys behind it work;
- escape is a key of its own, whatever follows it in the same read: no key of ours is typed with alt.

Made for Textual 8.2 (pyproject pins it): a parser that hangs in the midst of a sequence is told by its
private `_awaiting`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

#: How long the rest of a sequence may take, s: a slow link cuts them anywhere.
SEQUENCE_S = 0.1
#: A paste whose end does not come within this time is over, s.
PASTE_S = 0.3
#: More than this of a sequence, of a string and of a paste is not kept, characters.
_LONGEST_SEQUENCE, _LONGEST_STRING, _LONGEST_PASTE = 64, 1024, 1 << 16
#: Nothing that means something is longer (`textual._xterm_parser._MAX_SEQUENCE_SEARCH_THRESHOLD` less one).
_KNOWN_LENGTH = 31
#: Characters that may come at once, and that go on a second: a key that is held makes thirty.
#: What is faster has not been typed.
FLOOD, _TYPED_PER_S = 400.0, 150.0
#: After a flood, keys are believed again when nothing has come for this long, s.
_FLOOD_OVER_S = 0.3

_PASTE_BEGIN, _PASTE_END = "\x1b[200~", "\x1b[201~"
# where the cursor is: the terminal's answer to the flow control
_POSITION = re.compile(r"\x1b\[\d{1,6};(\d{1,6})R")
_ANSWER = re.compile(_POSITION.pattern.encode())
# in the order in which they are tried; the function keys of the Linux console, xterm's X10 mouse report
_WHOLE = re.compile(
    r"\x1b\[\[[A-E]"
    r"|\x1b\[M(?s:...)"
    r"|\x1b\[(?![\[M])[0-?]*[ -/]*[@-~]"
    r"|\x1bO[0-9;]*[A-Za-z]"
    r"|\x1b[\]P_](?=[0-9>!$+=G])[^\x07\x1b]*(?:\x07|\x1b\\)"
)
_BEGUN = re.compile(
    r"\x1b\Z|\x1b\[\[\Z|\x1b\[M(?s:.{0,2})\Z|\x1b\[[0-?]*[ -/]*\Z|\x1bO[0-9;]*\Z"
    r"|\x1b[\]P_]\Z|\x1b[\]P_](?=[0-9>!$+=G])[^\x07\x1b]*\x1b?\Z"
)
# eight-bit controls that are no part of a broken character; and what the terminal made of enter before
# the console had set it up
_MEANT = {chr(0xDC9B): "\x1b[", chr(0xDC8F): "\x1bO", "\n": "\r"}
_CONTROLS = re.compile("(?<![\udc80-\udcff])[\udc9b\udc8f]|\n")
# what a person may have typed behind escape
_TYPED = re.compile(r"\x1b[\[O\]P_]?")
# and what cannot be typed: the next sequence has cut it off
_CUT = re.compile(r"\x1b\[[0-?]|\x1b[\]P_][0-9>!$+=G]")
# in a paste, what may become its end or an answer
_MAYBE_END = re.compile(r"\x1b(?:\[[\d;]{0,12})?\Z")


#: The question for the background's colour (xterm, OSC 11), and its answer.
BACKGROUND_QUERY = "\x1b]11;?\x1b\\"
_BACKGROUND = re.compile(r"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")


class Background(Message):
    """The terminal has told its background.

    Args:
        light: it is.
    """

    def __init__(self, light: bool) -> None:
        super().__init__()
        self.light = light


def _is_light(parts: Sequence[str]) -> bool:
    """Whether a colour of three hexadecimal parts is nearer to white (weights of ITU-R BT.709)."""
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in parts)
    return bool(0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5)


class Listener:
    """Cuts bytes into messages; of one thread.

    Args:
        flooded: called once when more comes in than anybody types.
    """

    def __init__(self, flooded: Callable[[], None] = lambda: None) -> None:
        self._flooded = flooded
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._parser = XTermParser()
        self._pending = ""
        self._paste: list[str] | None = None
        self._heard_s = 0.0
        self._tokens, self._is_flood = FLOOD, False

    @property
    def waits(self) -> bool:
        """Whether it waits for the rest of something: `tick` is due soon."""
        return bool(self._pending) or self._paste is not None

    def feed(self, data: bytes, now_s: float) -> list[Message]:
        """Takes what was read.

        Args:
            data: bytes.
            now_s: CLOCK_MONOTONIC.
        """
        if not self._pending and self._paste is None and (answer := _ANSWER.fullmatch(data)) is not None:
            # one comes with every frame, and as a rule nothing else does
            return [events.CursorPosition(int(answer[1]), 0)]
        found = self.tick(now_s)
        silence_s = now_s - self._heard_s
        self._tokens = min(FLOOD, self._tokens + silence_s * _TYPED_PER_S)
        if silence_s > _FLOOD_OVER_S:
            self._is_flood = False
        come = self._pending + _meant(self._decoder.decode(data))
        columns, text = _POSITION.findall(come), _POSITION.sub("", come)
        # answers come with every frame, and must keep nothing waiting
        found += [events.CursorPosition(int(column), 0) for column in columns]
        if text != self._pending or self._decoder.getstate()[0]:
            self._heard_s = now_s
            self._take(text, found)
        return found

    def tick(self, now_s: float) -> list[Message]:
        """Gives up what has waited too long for its rest."""
        found: list[Message] = []
        silence_s = now_s - self._heard_s
        if silence_s > SEQUENCE_S:
            self._decoder.reset()  # half a character
        if self._paste is not None and silence_s > PASTE_S:
            self._end_paste(self._pending, found)
            self._pending = ""
        elif self._paste is None and self._pending and silence_s > SEQUENCE_S:
            pending, self._pending = self._pending, ""
            if _TYPED.fullmatch(pending):
                found += self._as_typed(pending)
        return found

    def _take(self, text: str, found: list[Message]) -> None:
        """Takes as much of a text as is whole; the rest waits."""
        at = 0
        while at < len(text):
            if self._paste is not None:
                at = self._go_on_pasting(text, at, found)
                if self._paste is not None:
                    self._pending = text[at:]
                    return
                continue
            if text[at] != "\x1b":
                found += self._typed(text[at])
                at += 1
                continue
            whole = _WHOLE.match(text, at)
            if whole is not None:
                at = whole.end()
                if whole.group() == _PASTE_BEGIN:
                    self._paste = []
                elif (told := _BACKGROUND.match(whole.group())) is not None:
                    found.append(Background(_is_light(told.groups())))
                elif not whole.group().startswith(("\x1b[M", "\x1b]", "\x1bP", "\x1b_")):
                    found += self._parsed(whole.group())
            elif _BEGUN.match(text, at):
                self._pending = _shortened(text[at:])
                return
            else:
                at = self._broken(text, at, found)
        self._pending = ""

    def _broken(self, text: str, at: int, found: list[Message]) -> int:
        """Takes an escape that begins no sequence, or one that breaks off; returns how far."""
        end = text.find("\x1b", at + 1)
        begun = text[at : end if end >= 0 else len(text)]
        if _TYPED.fullmatch(begun):
            found += self._as_typed(begun)
            return at + len(begun)
        if _CUT.match(begun) and end >= 0:
            return end
        found.append(_escape())
        return at + 1

    def _as_typed(self, keys: str) -> list[Message]:
        return [_escape(), *(one for letter in keys[1:] for one in self._parsed(letter))]

    def _typed(self, letter: str) -> list[Message]:
        """A character of its own, unless too many come."""
        if self._is_flood or "\udc80" <= letter <= "\udcff":
            return []
        self._tokens -= 1.0
        if self._tokens < 0.0:
            self._is_flood = True
            self._flooded()
            return []
        return self._parsed(letter)

    def _parsed(self, whole: str) -> list[Message]:
        """What Textual calls a character or a whole sequence; nothing where it knows none."""
        if whole == "\x1b":
            return [_escape()]
        if len(whole) > _KNOWN_LENGTH:  # Textual would take it for typed letters
            return []
        try:
            found = list(self._parser.feed(whole)) if whole else []
            is_done = self._parser._awaiting.timeout is None
        except Exception:  # a code point beyond Unicode, say: there is no list of what it may raise
            found, is_done = [], False
        if not is_done:
            self._parser = XTermParser()
        unwanted = (events.MouseEvent, events.Resize, events.AppFocus, events.AppBlur)
        return [message for message in found if not isinstance(message, unwanted)]

    def _go_on_pasting(self, text: str, at: int, found: list[Message]) -> int:
        """Takes pasted text; returns how far."""
        assert self._paste is not None
        end = text.find(_PASTE_END, at)
        if end >= 0:
            self._end_paste(text[at:end], found)
            return end + len(_PASTE_END)
        maybe = _MAYBE_END.search(text, at)
        to = len(text) if maybe is None else maybe.start()
        if sum(map(len, self._paste)) < _LONGEST_PASTE:
            self._paste.append(text[at:to])
        return to

    def _end_paste(self, rest: str, found: list[Message]) -> None:
        assert self._paste is not None
        text = "".join([*self._paste, rest])[:_LONGEST_PASTE].replace("\x00", "")
        text = text.encode("utf-8", "ignore").decode("utf-8")
        self._paste = None
        if text:
            found.append(events.Paste(text))


def _escape() -> events.Key:
    return events.Key("escape", "\x1b")


def _meant(text: str) -> str:
    """What decoded text stands for."""
    return _CONTROLS.sub(lambda found: _MEANT[found.group()], text)


def _shortened(pending: str) -> str:
    """What has begun, without what would make it endless; a cut sequence means nothing when it ends."""
    if pending[1:2] in ("]", "P", "_"):
        return pending if len(pending) <= _LONGEST_STRING else pending[:2] + "0"
    return pending if len(pending) <= _LONGEST_SEQUENCE else "\x1b[999999"
