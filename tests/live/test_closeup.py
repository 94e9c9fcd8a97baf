"""What a strip looks like closely: before and after its chain, in third octaves; the stereo image."""

from __future__ import annotations

import numpy as np
import pytest

from engine.live.loop import cells
from engine.live.metering.closeup import DIRECTIONS, directions_of
from engine.live.metering.levels import Metering
from engine.meters.spectrum import mid_band_hz
from engine.units import db_from_power

RATE = 48_000
SHELF = "{ shape = 'high_shelf', frequency_hz = 2000.0, gain_db = -12.0, q = 0.7071 }"


def noise(frames: int, seed: int, width: float = 1.0) -> np.ndarray:
    """`(frames, 2)`: white noise at −20 dBFS RMS, sides alike at width 0."""
    random = np.random.default_rng(seed)
    mid, side = random.normal(0.0, 0.1, (2, frames))
    return np.stack([mid + width * side, mid - width * side], axis=1)


def looked_at(tape, strip: int, *, image: bool = False):
    """The meters' view of a strip while the song is played, and what was heard."""
    metering, found = Metering(tape.player), []
    metering.lens.look(strip, image=image)
    tape.player.play()

    def ended() -> bool:
        found.extend(metering.collect())
        return tape.player.state.name == "ENDED"

    tape.until(ended)
    return found


def band_db(powers: np.ndarray, frequency_hz: float) -> float:
    """Level of the band around a frequency, dB."""
    return db_from_power(float(powers[np.argmin(np.abs(mid_band_hz() - frequency_hz))]))


def mean(strips: list) -> np.ndarray:
    """Mean spectra, before and after, of the second half."""
    return np.mean([one.spectra for one in strips[len(strips) // 2 :]], axis=0)


def test_a_stem_before_and_after_its_chain(play, write_session):
    chain = f"chain = [ {{ type = 'gain', gain_db = 3.0 }}, {{ type = 'eq', bands = [ {SHELF} ] }} ]"
    session = write_session(
        {"a": noise(RATE, 1), "b": noise(RATE, 2)},
        stem_keys={"b": f"source_gain_db = 6.0\ntrim_db = -1.0\n{chain}"},
        master="chain = []",
    )
    strips = [one.closer.strip for one in looked_at(play(session), 1) if one.closer.strip]
    assert {one.strip for one in strips} == {1}
    before, after = mean(strips)
    for frequency_hz, change_db in ((100.0, 2.0), (10000.0, -10.0)):
        assert band_db(after, frequency_hz) - band_db(before, frequency_hz) == pytest.approx(
            change_db, abs=0.3
        )
    # corrections come before the chain: +6 dB on what the file holds, white: a third octave's share of it
    wide = 10.0**0.05 - 10.0**-0.05
    # of both channels added, each with mid and side
    whole_db = db_from_power(2.0 * 0.02 * 1000.0 * wide / (RATE / 2.0)) + 6.0
    assert band_db(before, 1000.0) == pytest.approx(whole_db, abs=1.0)
    middle = strips[len(strips) // 2]
    assert db_from_power(middle.powers[0]) == pytest.approx(-17.0 + 6.0, abs=0.7)
    assert middle.peaks[0] > middle.powers[0] ** 0.5


def test_the_master_before_its_chain_and_before_its_limiter(play, write_session):
    session = write_session(
        {"a": noise(RATE, 1), "b": noise(RATE, 2)},
        master="chain = [ { type = 'gain', gain_db = -4.0 }, { type = 'limiter', drive_db = 12.0 } ]",
    )
    strips = [one.closer.strip for one in looked_at(play(session), cells.STRIP_MASTER) if one.closer.strip]
    before, after = mean(strips)
    assert band_db(after, 1000.0) - band_db(before, 1000.0) == pytest.approx(-4.0, abs=0.05)


def test_looking_changes_nothing_that_is_heard(play, write_session):
    chain = f"chain = [ {{ type = 'eq', bands = [ {SHELF} ] }}, {{ type = 'compressor' }} ]"
    session = write_session({"a": noise(RATE // 2, 1), "b": noise(RATE // 2, 2)}, stem_keys=chain)
    heard = []
    for strip in (cells.STRIP_NONE, 0, cells.STRIP_MASTER):
        tape = play(session)
        looked_at(tape, strip)
        tape.until_end()
        heard.append(tape.signal)
    assert np.array_equal(heard[0], heard[1])
    assert np.array_equal(heard[0], heard[2])


def test_nobody_looks_and_nothing_is_measured(play, write_session):
    session = write_session({"a": noise(RATE // 4, 1)}, master="chain = []")
    levels = looked_at(play(session), cells.STRIP_NONE)
    assert all(one.closer.strip is None and one.closer.image is None for one in levels)
    # a stem that is not there (any more) has nothing to show
    assert all(one.closer.strip is None for one in looked_at(play(session), 7))


def test_the_image_by_band_and_direction(play, write_session):
    session = write_session({"a": noise(RATE, 3, width=0.5)}, master="chain = []")
    images = [one.closer.image for one in looked_at(play(session), cells.STRIP_NONE, image=True)]
    mid, side = np.mean([one.mid_side for one in images if one is not None], axis=0)
    # side at half the amplitude of mid: 6 dB below it in every band
    for frequency_hz in (1000.0, 8000.0):
        assert band_db(mid, frequency_hz) - band_db(side, frequency_hz) == pytest.approx(6.0, abs=1.0)


@pytest.mark.parametrize(
    ("left", "right", "degrees"),
    [
        (1.0, 1.0, 0.0),
        (1.0, 0.0, -45.0),
        (0.0, 1.0, 45.0),
        (-1.0, 0.0, -45.0),
        (1.0, 0.5, -18.4),
        (1.0, -0.5, -71.6),
    ],
)
def test_directions(left, right, degrees):
    turned = np.array([[left + right, left - right]]) * 0.5**0.5
    powers = directions_of(turned)
    (place,) = np.flatnonzero(powers)
    middle = (place + 0.5) * 180.0 / DIRECTIONS - 90.0
    assert middle == pytest.approx(degrees, abs=2.6)
    assert powers[place] == pytest.approx(left**2 + right**2)
    assert np.allclose(directions_of(-turned), powers)


def stems_looked_at(tape):
    """What is measured of all stems while the song is played."""
    metering, found = Metering(tape.player), []
    metering.stems_lens.look(True)
    tape.player.play()

    def ended() -> bool:
        found.extend(one.stems_closer for one in metering.collect() if one.stems_closer is not None)
        return tape.player.state.name == "ENDED"

    tape.until(ended)
    return found


def test_every_stem_has_its_loudness_after_chain_and_trim(play, write_session):
    """A 997 Hz sine in both channels, its peaks at −20 dBFS, has −20 LUFS (EBU Tech 3341, 2.9)."""
    sine = 0.1 * np.sin(2.0 * np.pi * 997.0 * np.arange(4 * RATE) / RATE)
    session = write_session(
        {"loud": np.stack([sine, sine], 1), "quiet": np.stack([sine, 0.0 * sine], 1), "mono": sine[:, None]},
        stem_keys={
            "loud": "chain = [ { type = 'gain', gain_db = 2.0 } ]\ntrim_db = 1.0",
            "quiet": "mute = true",
        },
    )
    levels = stems_looked_at(play(session))
    early, late = levels[0], levels[-4]  # the last ones end behind the song
    assert all(np.isnan(one) for one in early.short_term_lufs)
    loud, quiet, mono = late.short_term_lufs
    assert loud == pytest.approx(-17.0, abs=0.05)
    assert mono == pytest.approx(-20.0, abs=0.05)
    # one channel of two; a muted stem goes on in its meters, as its peaks do
    assert quiet == pytest.approx(-23.01, abs=0.05)
    # 997 Hz lies in the band of 1000 Hz, the eighteenth third octave: the ninth pair
    assert [int(np.argmax(bands)) for bands in late.spectra] == [8, 8, 8]
    assert db_from_power(late.spectra[2][8]) == pytest.approx(-20.0, abs=0.3)


def test_looking_at_stems_changes_nothing_that_is_heard(play, write_session):
    chain = f"chain = [ {{ type = 'eq', bands = [ {SHELF} ] }}, {{ type = 'compressor' }} ]"
    session = write_session({"a": noise(RATE // 2, 1), "b": noise(RATE // 2, 2)}, stem_keys=chain)
    plain, looked = play(session), play(session)
    looked_at(plain, cells.STRIP_NONE)
    assert stems_looked_at(looked)
    for tape in (plain, looked):
        tape.until_end()
    assert np.array_equal(plain.signal, looked.signal)


def test_nobody_looks_at_the_stems_and_nothing_is_copied(play, write_session):
    tape = play(write_session({"a": noise(RATE // 4, 1)}, master="chain = []"))
    assert all(one.stems_closer is None for one in looked_at(tape, 0))
    assert tape.player.board.looked is None
    assert int(tape.player.board.cells[cells.LOOKED]) == 0
