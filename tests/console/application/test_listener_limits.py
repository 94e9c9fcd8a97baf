"""When what comes in is given up, what is no typing, and which background is light, each from both sides."""

from __future__ import annotations

import pytest
from textual import events

from tui.application.listener import FLOOD, PASTE_S, SEQUENCE_S, Background, Listener

LATER = 1e-6


def keys(messages: object) -> list[str]:
    assert isinstance(messages, list)
    return [one.key for one in messages if isinstance(one, events.Key)]


@pytest.mark.parametrize(("after_s", "given_up"), [(SEQUENCE_S, False), (SEQUENCE_S + LATER, True)])
def test_the_rest_of_a_sequence_may_take_a_moment(after_s: float, given_up: bool) -> None:
    listener = Listener()
    assert listener.feed(b"\x1b[", 0.0) == []
    assert listener.waits
    assert keys(listener.tick(after_s)) == (["escape", "left_square_bracket"] if given_up else [])
    assert listener.waits is not given_up
    assert keys(listener.feed(b"A", after_s)) == (["A"] if given_up else ["up"])


@pytest.mark.parametrize(("after_s", "given_up"), [(SEQUENCE_S, False), (SEQUENCE_S + LATER, True)])
def test_half_a_character_waits_as_long(after_s: float, given_up: bool) -> None:
    listener = Listener()
    first, second = "é".encode()[:1], "é".encode()[1:]
    listener.feed(first, 0.0)
    listener.tick(after_s)
    assert keys(listener.feed(second, after_s)) == ([] if given_up else ["é"])


@pytest.mark.parametrize(("after_s", "given_up"), [(PASTE_S, False), (PASTE_S + LATER, True)])
def test_a_paste_may_take_longer(after_s: float, given_up: bool) -> None:
    listener = Listener()
    assert listener.feed(b"\x1b[200~a song", 0.0) == []
    pasted = [one.text for one in listener.tick(after_s) if isinstance(one, events.Paste)]
    assert pasted == (["a song"] if given_up else [])
    rest = listener.feed(b"!\x1b[201~", after_s)
    assert [one.text for one in rest if isinstance(one, events.Paste)] == ([] if given_up else ["a song!"])


def test_what_is_faster_than_anybody_types_is_not_typed_until_it_is_quiet() -> None:
    told: list[int] = []
    listener = Listener(lambda: told.append(1))
    burst = int(FLOOD)
    assert len(keys(listener.feed(b"j" * burst, 0.0))) == burst
    assert not told
    # a second later 150 more may have been typed, and not one beyond them
    assert len(keys(listener.feed(b"j" * 150, 1.0))) == 150
    assert not told
    assert keys(listener.feed(b"j", 1.0)) == []
    assert told == [1]
    assert keys(listener.feed(b"j", 1.25)) == [], "it goes on"
    assert keys(listener.feed(b"j", 1.5)) == []
    assert len(keys(listener.feed(b"jk", 1.8 + LATER))) == 2
    assert told == [1]


@pytest.mark.parametrize(
    ("colour", "light"),
    [
        *(("ffff/ffff/ffff", True), ("0/0/0", False), ("7/7/7", False), ("8/8/8", True)),
        *(("7f/7f/7f", False), ("80/80/80", True), ("7fff/7fff/7fff", False), ("8000/8000/8000", True)),
        # green counts most, red less, blue hardly: WCAG's weights, 0.7152, 0.2126 and 0.0722
        *(("00/b0/00", False), ("00/b3/00", True), ("ff/60/00", False), ("ff/68/00", True)),
        *(("00/98/ff", False), ("00/9a/ff", True), ("ff/00/ff", False)),
    ],
)
def test_a_background_is_light_from_half_on(colour: str, light: bool) -> None:
    for answer in (f"\x1b]11;rgb:{colour}\x07", f"\x1b]11;rgba:{colour}/ffff\x1b\\"):
        (told,) = Listener().feed(answer.encode(), 1.0)
        assert isinstance(told, Background)
        assert told.light is light


@pytest.mark.parametrize(
    ("length", "kept"), [((1 << 16) - 1, None), (1 << 16, None), ((1 << 16) + 1, 1 << 16)]
)
def test_a_paste_has_an_end(length: int, kept: int | None) -> None:
    (pasted,) = Listener().feed(b"\x1b[200~" + b"x" * length + b"\x1b[201~", 0.0)
    assert isinstance(pasted, events.Paste)
    assert len(pasted.text) == (kept or length)
