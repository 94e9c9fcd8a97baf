"""Lines as they are told: no sign that one reader says and the next leaves out."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.plain.speech import as_ascii, change_words, key_words, spoken


@pytest.mark.parametrize(
    ("drawn", "told"),
    [
        ("−14.0 LUFS", "minus 14.0 LUFS"),
        ("-14.0 LUFS", "minus 14.0 LUFS"),
        ("trim +0.5 dB", "trim plus 0.5 dB"),
        ("+0.0 dB", "0.0 dB"),
        ("peak −∞ dBFS", "peak minus infinity dBFS"),
        ("2.0:1", "2.0 to 1"),
        ("at 3:07.5 of 12:00.0", "at 3 min 7.5 s of 12 min 0.0 s"),
        ("0:07.0", "7.0 s"),
        ("14:05:33", "14:05:33"),
        ("−60…24 dB", "minus 60 to 24 dB"),
        ("snapshot A–D", "snapshot A to D"),
        ("* listens, = changes it; / finds", "asterisk listens, equals sign changes it; slash finds"),
        ("in /songs/a=b*.wav", "in /songs/a=b*.wav"),
        ("✓ 3 hold  ✖ 1 missed", "3 hold 1 missed"),
        ("saving …", "saving"),
        ("0.5 dB → 1.0 dB", "0.5 dB to 1.0 dB"),
        ("/music/Mix -1.wav", "/music/Mix -1.wav"),
        ("Bass-2, take-3", "Bass-2, take-3"),
        ("keys: ? lists", "keys: ? lists"),
        ("┃━━━ ▁▂▃ ⠿⡇", ""),
    ],
)
def test_signs_are_words(drawn: str, told: str) -> None:
    assert spoken(drawn) == told


def test_signs_may_stay_signs_of_ascii() -> None:
    assert spoken("−14.0 LUFS, +0.5 dB, 2.0:1, 1:07.5", signs=True) == "-14.0 LUFS, +0.5 dB, 2.0:1, 1:07.5"


def test_an_edit_names_its_unit_once() -> None:
    assert spoken(change_words("Vocals trim: +0.0 dB → +0.5 dB")) == "Vocals trim 0.0 to plus 0.5 dB"
    assert spoken(change_words("Bass eq band 1 frequency: 900 Hz → 1.2 kHz")) == (
        "Bass eq band 1 frequency 900 Hz to 1.2 kHz"
    )
    assert change_words("no change at all") == "no change at all"


def test_names_keep_their_letters_or_get_the_nearest() -> None:
    assert spoken("Größe, Łódź") == "Größe, Łódź"
    assert as_ascii("Größe, Łódź, 音") == "Grosse, Lodz, ?"


@given(st.text())
@example("\x1b[2J\x07")
@example("− 5")
def test_nothing_is_told_that_is_drawn_or_moves_a_cursor(text: str) -> None:
    told = spoken(text)
    assert told.isprintable()
    assert not any(unicodedata.category(letter)[0] in "SC" and not letter.isascii() for letter in told)
    assert spoken(text, ascii_only=True).isascii()


@given(st.floats(-999, 999).filter(lambda value: round(value, 1) != 0))
def test_a_level_never_loses_its_sign(level: float) -> None:
    told = spoken(f"{level:+.1f} dB".replace("-", "−"))
    assert told == f"{'minus' if level < 0 else 'plus'} {abs(round(level, 1)):.1f} dB"


def test_keys_are_said_by_name() -> None:
    assert key_words("R") == "capital R"
    assert key_words("g,s") == "g then s"
    assert key_words("less_than_sign") == "less than sign"
    assert key_words("ctrl+r") == "control r"
