"""What a processor changes, and one band alone: delta and what comes out are what went in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from engine.errors import UsageError
from engine.live.graph.graph import Listen, output_settings
from engine.live.graph.probe import Probe, lay_out_probe
from engine.live.player.changes import Programme
from engine.offline.bus import StemFiles, bus_blocks
from engine.plan.build import BusLayout, BusPlan, lay_out_bus
from engine.session.model import Master

RATE = 48_000
FRAMES = 24_000
PROCESSORS = {
    "gain": "{ type = 'gain', gain_db = -3.3 }",
    "eq": "{ type = 'eq', bands = [ { frequency_hz = 3000.0, gain_db = 2.5 }, "
    "{ shape = 'high_pass', frequency_hz = 40.0 } ] }",
    "linear eq": "{ type = 'eq', phase = 'linear', bands = [ { frequency_hz = 900.0, gain_db = -4.0 } ] }",
    "compressor": "{ type = 'compressor', threshold_db = -30.0, ratio = 3.0, attack_ms = 5.0 }",
    "multiband": "{ type = 'multiband', crossovers_hz = [200.0], bands = [ { threshold_db = -40.0 }, {} ] }",
    "linear multiband": "{ type = 'multiband', phase = 'linear', crossovers_hz = [200.0, 2000.0], "
    "bands = [ { threshold_db = -40.0 }, {}, {} ] }",
    "saturator": "{ type = 'saturator', drive_db = 9.0 }",
    "stereo": "{ type = 'stereo', width = 0.4, mono_below_hz = 120.0 }",
    "deesser": "{ type = 'deesser', threshold_db = -45.0 }",
}
BEFORE = "{ type = 'compressor', threshold_db = -25.0 }"


@pytest.fixture
def material():
    """Noise that swells, 24 bits, different on both sides."""
    random = np.random.default_rng(11)
    swell = 0.5 + 0.4 * np.sin(2.0 * np.pi * 3.0 * np.arange(FRAMES) / RATE)
    noise = 0.25 * random.standard_normal((FRAMES, 2)) * swell[:, None]
    return np.round(np.clip(noise, -0.99, 0.99) * 2.0**23) / 2.0**23


def rendered(session, layout: BusLayout) -> np.ndarray:
    """`(frames, 2)`: what an offline run of a layout gives, its latency dropped."""
    plan = BusPlan(layout.packed(), layout.inputs, layout.stem_operations, layout.stem_scratch)
    with StemFiles(session) as files:
        return np.concatenate([block[:, :2].copy() for block in bus_blocks(plan, files)])


def chain_only(session, count: int, *, on_master: bool) -> BusLayout:
    """The first processors of the chain, and nothing else."""
    if on_master:
        master = replace(session.master, chain=session.master.chain[:count])
        return lay_out_bus(replace(session, master=master), session.stems, summed=[True] * 2)
    stem = replace(session.stems[0], chain=session.stems[0].chain[:count], trim_db=0.0)
    return lay_out_bus(replace(session, master=Master()), [stem], summed=[True])


@pytest.mark.parametrize("on_master", [False, True])
@pytest.mark.parametrize("name", PROCESSORS)
def test_delta_and_what_comes_out_are_what_went_in(write_session, material, name, on_master):
    chain = f"chain = [ {BEFORE}, {PROCESSORS[name]} ]"
    session = write_session(
        {"a": material, "b": 0.5 * material[::-1]},
        stem_keys="" if on_master else chain,
        master=chain if on_master else "",
        subtype="PCM_24",
    )
    went_in = rendered(session, chain_only(session, 1, on_master=on_master))
    came_out = rendered(session, chain_only(session, 2, on_master=on_master))
    settings = output_settings(session, FRAMES)
    delta = rendered(session, lay_out_probe(session, settings, Probe(-1 if on_master else 0, 1), [True] * 2))
    assert len(delta) == len(went_in) == len(came_out)
    # the difference is the very difference of what is heard, bit for bit, and so is each sum that a
    # 64-bit float holds; the rest is one rounding of the larger of the two
    assert np.array_equal(delta, went_in - came_out)
    rounding = np.spacing(np.maximum(np.abs(came_out), np.abs(delta)))
    assert np.all(np.abs(delta + came_out - went_in) <= rounding)
    assert np.any(delta != 0.0)


@pytest.mark.parametrize("name", PROCESSORS)
def test_of_a_file_the_sum_is_the_file_bit_for_bit(write_session, material, name):
    session = write_session(
        {"a": material, "b": material},
        stem_keys=f"chain = [ {PROCESSORS[name]} ]\ntrim_db = -2.0",
        subtype="PCM_24",
    )
    came_out = rendered(session, chain_only(session, 1, on_master=False))
    delta = rendered(
        session, lay_out_probe(session, output_settings(session, FRAMES), Probe(0, 0), [True] * 2)
    )
    assert np.array_equal((delta + came_out).astype(np.float32), material.astype(np.float32))
    assert np.array_equal(np.rint((delta + came_out) * 2.0**23), material * 2.0**23)


def test_a_processor_that_is_off_changes_nothing_with_its_latency(write_session, material):
    linear = PROCESSORS["linear eq"].replace("{ type", "{ enabled = false, type", 1)
    session = write_session({"a": material, "b": material}, stem_keys=f"chain = [ {linear} ]")
    delta = rendered(
        session, lay_out_probe(session, output_settings(session, FRAMES), Probe(0, 0), [True] * 2)
    )
    assert np.all(delta == 0.0)


def test_of_the_limiter_it_is_what_is_limited(write_session, material):
    limiter = "{ type = 'limiter', ceiling_dbtp = -1.0, drive_db = 12.0 }"
    session = write_session({"a": 0.02 * material, "b": 0.02 * material}, master=f"chain = [ {limiter} ]")
    quiet = rendered(
        session, lay_out_probe(session, output_settings(session, FRAMES), Probe(-1, 0), [True] * 2)
    )
    assert np.abs(quiet).max() < 1e-12  # turned up, and never limited
    session = write_session({"a": material, "b": material}, master=f"chain = [ {limiter} ]")
    loud = rendered(
        session, lay_out_probe(session, output_settings(session, FRAMES), Probe(-1, 0), [True] * 2)
    )
    assert np.abs(loud).max() > 0.5


def level_db(signal: np.ndarray, frequency_hz: float) -> float:
    """Of a tone at a frequency, dBFS of its amplitude."""
    time = np.arange(len(signal)) / RATE
    return float(
        20.0 * np.log10(2.0 * abs(np.mean(signal[:, 0] * np.exp(-2j * np.pi * frequency_hz * time))) + 1e-15)
    )


BANDS = {
    # what is heard alone: at these frequencies unchanged, at those 20 dB down at least
    "peak": ("{ frequency_hz = 1000.0, gain_db = 3.0, q = 2.0 }", 1000.0, (60.0, 16000.0)),
    "notch": ("{ shape = 'notch', frequency_hz = 1000.0, q = 2.0 }", 1000.0, (60.0, 16000.0)),
    "low shelf": ("{ shape = 'low_shelf', frequency_hz = 400.0, gain_db = 3.0 }", 60.0, (6000.0,)),
    "high shelf": ("{ shape = 'high_shelf', frequency_hz = 4000.0, gain_db = 3.0 }", 16000.0, (60.0,)),
    "high pass": (
        "{ shape = 'high_pass', frequency_hz = 400.0, slope_db_per_octave = 24.0 }",
        60.0,
        (1000.0, 6000.0),
    ),
    "low pass": (
        "{ shape = 'low_pass', frequency_hz = 4000.0, slope_db_per_octave = 24.0 }",
        16000.0,
        (60.0,),
    ),
}
TONES = (60.0, 1000.0, 6000.0, 16000.0)


@pytest.mark.parametrize("name", BANDS)
def test_a_band_alone_is_the_part_of_the_spectrum_it_acts_on(write_session, name):
    band, heard, not_heard = BANDS[name]
    time = np.arange(RATE) / RATE
    tones = sum(0.1 * np.sin(2.0 * np.pi * tone * time) for tone in TONES)
    signal = np.stack([tones, tones], axis=1)
    bands = f"{{ frequency_hz = 200.0, gain_db = 6.0 }}, {band}"
    session = write_session(
        {"a": signal, "b": signal},
        stem_keys=f"chain = [ {{ type = 'eq', bands = [ {bands} ] }} ]",
        subtype="FLOAT",
    )
    alone = rendered(
        session, lay_out_probe(session, output_settings(session, RATE), Probe(0, 0, 1), [True] * 2)
    )[RATE // 2 :]
    assert level_db(alone, heard) == pytest.approx(-20.0, abs=0.6)
    for tone in not_heard:
        assert level_db(alone, tone) < -40.0


def test_bands_of_a_multiband_add_up_to_what_comes_out(write_session, material):
    for phase in ("minimum", "linear"):
        chain = PROCESSORS["linear multiband"].replace("'linear'", f"'{phase}'")
        session = write_session({"a": material, "b": material}, stem_keys=f"chain = [ {chain} ]")
        settings = output_settings(session, FRAMES)
        bands = [
            rendered(session, lay_out_probe(session, settings, Probe(0, 0, band), [True] * 2))
            for band in range(3)
        ]
        whole = rendered(session, chain_only(session, 1, on_master=False))
        assert np.abs(sum(bands) - whole).max() < 1e-12
        assert all(np.sqrt(np.mean(band**2)) > 1e-3 for band in bands)


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        (Probe(0, 5), "not there any more"),
        (Probe(7, 0), "not there any more"),
        (Probe(0, 0, 2), "has 2 bands"),
        (Probe(0, 1, 0), "no bands"),
        (Probe(0, 0, 1), "whole spectrum"),
    ],
)
def test_what_cannot_be_heard_is_said(write_session, material, probe, said):
    chain = "{ type = 'eq', bands = [ { frequency_hz = 900.0 }, { shape = 'tilt', frequency_hz = 900.0 } ] }"
    session = write_session(
        {"a": material, "b": material}, stem_keys=f"chain = [ {chain}, {{ type = 'gain' }} ]"
    )
    with pytest.raises(UsageError, match=said):
        lay_out_probe(session, output_settings(session, FRAMES), probe, [True] * 2)


def test_listening_reaches_no_capture_and_does_not_click(play, write_session):
    """The master bus is the same, listened into or not; what is heard changes over without a step."""
    time = np.arange(2 * RATE) / RATE
    tone = 0.3 * np.sin(2.0 * np.pi * 200.0 * time)
    signal = np.stack([tone, tone], axis=1)
    session = write_session(
        {"a": signal, "b": 0.5 * signal},
        stem_keys="chain = [ { type = 'eq', bands = [ { frequency_hz = 200.0, gain_db = -6.0 } ] } ]",
        subtype="FLOAT",
    )
    plain, tape = play(session), play(session)
    for each in (plain, tape):
        each.player.play()
    tape.until_frames(RATE // 2)
    tape.player.set_programme(Programme(session, listen=Listen.DELTA, probe=Probe(0, 0)))
    tape.until_settled()
    tape.until_frames(RATE)
    tape.player.set_programme(Programme(session, listen=Listen.BAND, probe=Probe(0, 0, 0)))
    for each in (plain, tape):
        each.until_end()
    # while two equal graphs cross-fade, (1 − w)·x + w·x is x but for a rounding
    assert np.abs(tape.signal - plain.signal).max() < 1e-15
    edges = np.diff(tape.heard[1024:-8192, 0].astype(np.float64), n=4)
    assert 10.0 * np.log10(np.convolve(edges**2, np.ones(48) / 48.0).max() + 1e-30) < -80.0
    late = (tape.heard_positions > 0.9 * RATE) & (tape.heard_positions < RATE)
    expected = 0.3 * (1.0 - 10.0 ** (-6.0 / 20.0))
    assert np.abs(tape.heard[late]).max() == pytest.approx(expected, rel=0.02)


def test_a_track_of_another_rate_is_heard_at_its_place(play, write_session, tmp_path):
    time = np.arange(44_100) / 44_100
    soundfile.write(tmp_path / "single.flac", 0.25 * np.sin(2.0 * np.pi * 440.0 * time), 44_100, "PCM_24")
    silence = np.zeros((RATE, 2))
    session = write_session({"a": silence, "b": silence})
    tape = play(Programme(session, listen=Listen.TRACK, track=tmp_path / "single.flac"))
    tape.player.play()
    tape.until_end()
    inside = (tape.heard_positions > 6000) & (tape.heard_positions < 40_000)
    expected = 0.25 * np.sin(2.0 * np.pi * 440.0 * tape.heard_positions[inside] / RATE)
    assert inside.sum() > 20_000
    assert np.abs(tape.heard[inside] - expected[:, None]).max() < 1e-4
    assert np.all(tape.signal == 0.0)
