"""Edits while playing: continuous, without a click, and exactly what a render of the edited session is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.live.graph.codec_sound import CodecSound
from engine.live.graph.graph import Listen
from engine.live.player.changes import Programme

SECOND = 48_000
LIMITER = '{ type = "limiter", ceiling_dbtp = -1.0, drive_db = 4.0, release_ms = 100.0 }'
CHAIN = (
    'chain = [ { type = "eq", bands = [ { shape = "peak", frequency_hz = 800.0, gain_db = 2.0 } ] }, '
    '{ type = "compressor", threshold_db = -30.0, ratio = 2.0, attack_ms = 10.0 } ]'
)


def sine(frames: int, frequency_hz: float, level: float = 0.2) -> np.ndarray:
    """`(frames, 2)`: a tone in which a click shows."""
    tone = level * np.sin(2.0 * np.pi * frequency_hz * np.arange(frames) / SECOND)
    return np.stack([tone, tone], axis=1)


def click_db(signal: np.ndarray) -> float:
    """The largest energy above 5 kHz in 1 ms, dBFS: a tone of some hundred Hz has none, a click has.

    High-passed by a fourth difference, whose gain at 200 Hz is −126 dB and at 12 kHz +12 dB.
    """
    edges = np.diff(signal[:, 0], n=4)
    energy = np.convolve(edges**2, np.ones(48) / 48.0, mode="valid")
    return float(10.0 * np.log10(energy.max() + 1e-30))


@pytest.fixture
def tone(write_session):
    """Two tones through a whole chain."""
    stems = {"a": sine(4 * SECOND, 200.0), "b": sine(4 * SECOND, 310.0)}
    return write_session(stems, stem_keys=CHAIN, master=f"chain = [ {LIMITER} ]", subtype="FLOAT")


def with_stem(session, index: int, **changes):
    """The session with one stem changed."""
    stems = list(session.stems)
    stems[index] = replace(stems[index], **changes)
    return replace(session, stems=tuple(stems))


def with_processor(session, index: int, place: int, **values):
    """The session with one processor of a stem changed."""
    chain = list(session.stems[index].chain)
    chain[place] = replace(chain[place], values={**chain[place].values, **values})
    return with_stem(session, index, chain=tuple(chain))


def bypassed(session, index: int):
    """The session with the first processor of a stem switched off."""
    chain = session.stems[index].chain
    return with_stem(session, index, chain=(replace(chain[0], enabled=False), *chain[1:]))


EDITS = {
    "trim": lambda session: with_stem(session, 0, trim_db=-6.0),
    "threshold": lambda session: with_processor(session, 0, 1, threshold_db=-40.0),
    "mute": lambda session: with_stem(session, 1, mute=True),
    "solo": lambda session: with_stem(session, 0, solo=True),
    "polarity": lambda session: with_stem(session, 1, polarity_inverted=True),
    "bypass": lambda session: bypassed(session, 0),
    "chain": lambda session: with_stem(session, 0, chain=()),
    "stem": lambda session: replace(session, stems=session.stems[:1]),
    "limiter": lambda session: replace(session, master=replace(session.master, chain=())),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_does_not_click(play, tone, name):
    tape = play(tone)
    tape.player.play()
    tape.until_frames(SECOND // 2)
    before = len(tape.signal)
    tape.player.set_programme(Programme(EDITS[name](tone), revision=1))
    tape.until_settled()
    tape.until_frames(len(tape.signal) + SECOND // 4)
    around = tape.signal[before - 4800 :]
    # the crossfade of 15 ms itself leaves −125 dB; a step of the same size leaves −30
    assert click_db(around) < -105.0
    assert np.array_equal(tape.positions, np.arange(len(tape.positions)))


def test_the_measure_of_clicks_finds_one():
    signal = sine(SECOND, 200.0)
    signal[20_000:] *= 0.5
    assert click_db(signal) > -50.0
    assert click_db(sine(SECOND, 200.0)) < -115.0


def test_a_seek_does_not_click(play, tone):
    tape = play(tone)
    tape.player.play()
    tape.until_frames(SECOND // 2)
    tape.player.seek(2 * SECOND + 77)
    tape.until_settled()
    tape.until_frames(len(tape.signal) + SECOND // 4)
    assert click_db(tape.signal[SECOND // 4 :]) < -105.0


def test_what_is_not_edited_keeps_its_bits(play, tone):
    """Continuity: parameters of one stem change, the other's memory is taken over."""
    session = with_stem(tone, 1, mute=True)
    left, right = play(session), play(session)
    for tape in (left, right):
        tape.player.play()
        tape.until_frames(SECOND // 2)
    # stem b is not in the sum, so nothing that is heard changes
    left.player.set_programme(Programme(with_processor(session, 1, 1, threshold_db=-60.0), revision=1))
    left.until_settled()
    for tape in (left, right):
        tape.until_frames(2 * SECOND)
    # while both graphs run, their sum of weights may round the last bit
    assert np.abs(left.signal[: 2 * SECOND] - right.signal[: 2 * SECOND]).max() < 1e-15
    assert np.array_equal(
        left.signal[SECOND * 3 // 2 : 2 * SECOND], right.signal[SECOND * 3 // 2 : 2 * SECOND]
    )


@pytest.mark.parametrize("name", ["bypass", "chain", "stem", "limiter", "mute"])
def test_after_an_edit_it_plays_as_if_it_had_always_been_so(play, tone, name):
    edited = EDITS[name](tone)
    tape, reference = play(tone), play(edited)
    reference.player.play()
    reference.until_end()
    tape.player.play()
    tape.until_frames(SECOND)
    tape.player.set_programme(Programme(edited, revision=1))
    tape.until_settled()
    settled = len(tape.signal)
    tape.until_end()
    # dynamics have settled after a second; before, the new graph has run ahead by 100 ms
    difference = np.abs(tape.signal - reference.signal)
    assert difference[settled : settled + 4800].max() < 0.02
    assert difference[settled + SECOND :].max() < 1e-4


def test_many_edits_in_quick_succession_end_with_the_last(play, tone):
    tape = play(tone)
    tape.player.play()
    for revision in range(40):
        trim_db = -0.25 * revision
        tape.player.set_programme(Programme(with_stem(tone, 0, trim_db=trim_db), revision=revision))
        tape.until_frames(len(tape.signal) + 100)
    tape.until_settled()
    tape.until_frames(len(tape.signal) + SECOND // 4)
    assert click_db(tape.signal[4800:]) < -105.0
    reference = play(with_stem(tone, 0, trim_db=-9.75))
    reference.player.play()
    reference.until_frames(len(tape.signal))
    tail = slice(len(tape.signal) - 4800, len(tape.signal))
    assert np.abs(tape.signal[tail] - reference.signal[tail]).max() < 1e-3


def test_an_edit_that_cannot_be_played_changes_nothing(play, tone, tmp_path):
    from engine.errors import InputError

    tape = play(tone)
    tape.player.play()
    with pytest.raises(InputError, match="no such file"):
        tape.player.set_programme(Programme(with_stem(tone, 0, path=tmp_path / "gone.wav")))
    assert tape.player.programme.session is tone
    reference = play(tone)
    for each in (tape, reference):
        each.player.play()
        each.until_end()
    assert np.array_equal(tape.signal, reference.signal)


@pytest.mark.parametrize("listen", list(Listen))
def test_what_is_listened_to_never_reaches_the_master_bus(play, write_session, listen):
    stems = {"a": sine(SECOND, 200.0), "b": sine(SECOND, 310.0)}
    reference = 'reference = { path = "a.wav" }'
    session = write_session(stems, stem_keys=CHAIN, extra=reference, subtype="FLOAT")
    soloed, coded = with_stem(session, 0, solo=True), CodecSound(session.stems[1].path, 0.0)
    plain, other = play(session), play(Programme(soloed, listen=listen, codec=coded))
    for tape in (plain, other):
        tape.player.play()
        tape.until_end()
    assert np.array_equal(plain.signal, other.signal)
