"""What a file tells of its past: told where it was put in, and not told of sound that was left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import soundfile
import soxr
from intake_sessions import Files, clean, found
from null_faults import song
from null_sessions import RATE, Doubles

from engine.intake.check import check_session
from engine.intake.levels import level_findings
from engine.intake.provenance import provenance_findings
from engine.intake.scan import StemScan, scan_stem
from engine.report.findings import Finding

#: Long enough for a limiter to work more than ten times, s.
SECONDS = 20.0
STEMS = ("S1", "S2", "S3")


def scan(folder: Path, x: Doubles, subtype: str = "PCM_24", rate: int = RATE) -> StemScan:
    path = folder / "x.wav"
    bits = {"PCM_16": 16, "PCM_24": 24}.get(subtype)
    if bits is not None:
        # soundfile floors
        x = np.round(x * 2.0 ** (bits - 1)) / 2.0 ** (bits - 1)
    soundfile.write(path, x, rate, subtype)
    return scan_stem(path, lambda frames: None)


def past(folder: Path, x: Doubles, subtype: str = "PCM_24", rate: int = RATE) -> dict[str, Finding]:
    """Findings about a stem's past, by kind."""
    return {finding.kind: finding for finding in provenance_findings("x", scan(folder, x, subtype, rate))}


def played(name: str) -> Doubles:
    return song(900, SECONDS, len(STEMS))[name]


def limited(x: Doubles, by_db: float, release_s: float = 0.08) -> Doubles:
    """Look-ahead of 2 ms, exponential release, one gain for both channels: no flat top anywhere."""
    peaks = np.abs(x).max(axis=1)
    ceiling = peaks.max() * 10.0 ** (-by_db / 20.0)
    wanted = scipy.ndimage.minimum_filter1d(np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9)), 193)
    pole, now, gains = np.exp(-1.0 / (release_s * RATE)), 1.0, np.empty(len(x))
    for index, value in enumerate(wanted.tolist()):
        now = min(value, 1.0 - (1.0 - now) * pole)
        gains[index] = now
    return x * scipy.ndimage.uniform_filter1d(gains, 96)[:, None]


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize("by_db", [3.0, 6.0])
def test_a_limited_stem_is_told(tmp_path: Path, stem: str, by_db: float) -> None:
    """Three decibels leave 0.003 to 0.02 % of the samples at the maximum, but 11 to 29 of 400 blocks."""
    finding = past(tmp_path, limited(played(stem), by_db))["limiter"]
    assert finding.severity == "warning"
    assert "limited" in finding.message


@pytest.mark.parametrize("stem", STEMS)
def test_a_stem_left_alone_is_not_limited(tmp_path: Path, stem: str) -> None:
    """These end at 19 kHz, as sound from converters and coders does; that is all there is to tell."""
    assert past(tmp_path, played(stem)).keys() == {"cut_off"}


def one_shots(random: np.random.Generator) -> Doubles:
    """Two drum recordings, both at full level, again and again."""
    t = np.arange(12_000) / RATE
    drums = (
        np.sin(2 * np.pi * (50.0 * t + 10.0 * (1.0 - np.exp(-30.0 * t)))) * np.exp(-9.0 * t),
        random.standard_normal(len(t)) * np.exp(-20.0 * t),
    )
    x = np.zeros(round(SECONDS * RATE))
    for number in range(37):
        drum, first = drums[number % 2], round(number * 24_888)
        x[first : first + len(t)] += 0.5 * drum / np.abs(drum).max()
    return np.stack([x, x], axis=1)


def synth_notes(random: np.random.Generator) -> Doubles:
    """Saw-tooth notes that all begin at the same level and fade at a rate of their own."""
    t = np.arange(12_000) / RATE
    notes = [
        0.4
        * (2.0 * (110.0 * 2.0 ** (random.integers(0, 24) / 12.0) * t % 1.0) - 1.0)
        * np.exp(-random.uniform(0.5, 8.0) * t)
        for _ in range(80)
    ]
    x = np.concatenate(notes)
    return np.stack([x, x], axis=1)


def beating(random: np.random.Generator) -> Doubles:
    """Two saw-teeth a little apart."""
    t = np.arange(round(SECONDS * RATE)) / RATE
    x = 0.2 * sum(2.0 * (hz * t % 1.0) - 1.0 for hz in (110.0, 110.7))
    return np.stack([np.asarray(x)] * 2, axis=1)


def steady_noise(random: np.random.Generator) -> Doubles:
    return 0.1 * random.standard_normal((round(SECONDS * RATE), 2))


@pytest.mark.parametrize("sound", [one_shots, synth_notes, beating, steady_noise])
def test_sound_that_repeats_its_peak_is_not_limited(
    tmp_path: Path, sound: Callable[[np.random.Generator], Doubles]
) -> None:
    """Up to 52 of 400 blocks reach the maximum here, as behind a limiter; what follows the peak is alike."""
    assert "limiter" not in past(tmp_path, sound(np.random.default_rng(1)))


def test_stems_limited_to_one_ceiling_are_all_told(tmp_path: Path) -> None:
    """The limiter of each, and the round ceiling they share."""
    files = Files(tmp_path)
    for name, stem in zip("AB", STEMS, strict=False):
        x = limited(played(stem), 4.0)
        files.stems[name] = x * 10.0 ** (-1.0 / 20.0) / np.abs(x).max()
    report = check_session(files.write())
    assert {finding.stem for finding in found(report, "limiter")} == {"A", "B"}
    assert "A, B" in found(report, "bus_processing")[0].message


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_clipped_runs_have_their_times(tmp_path: Path, subtype: str) -> None:
    x = played("S1").copy()
    top = 0.7 * float(np.abs(x).max())
    clipped = np.clip(x, -top, top)
    flat = np.flatnonzero((np.abs(clipped) >= top).any(axis=1))
    told = scan(tmp_path, clipped, subtype)
    (finding,) = [one for one in level_findings("x", told) if one.kind == "clipping"]
    assert told.flats.runs > 10
    # the first run of three begins at a clipped sample, and its time is in the sentence
    assert told.flats.frames[0] in flat
    minutes, seconds = divmod(told.flats.frames[0] / RATE, 60)
    assert f"{minutes:.0f}:{seconds:04.1f}" in finding.message
    assert f"{told.flats.runs} flat tops" in finding.message
    assert not [one for one in level_findings("x", scan(tmp_path, x, subtype)) if one.kind == "clipping"]


def to_16_bit(x: Doubles, dither: bool) -> Doubles:
    random, step = np.random.default_rng(7), 2.0**-15
    noise = random.random(x.shape) - random.random(x.shape) if dither else 0.0
    return np.round(x / step + noise) * step


@pytest.mark.parametrize(
    ("subtype", "change", "bits", "told"),
    [
        pytest.param("PCM_24", lambda x: to_16_bit(x, False), 16, True, id="16 in 24"),
        pytest.param("FLOAT", lambda x: to_16_bit(x, False), 16, True, id="16 in float"),
        pytest.param("PCM_24", lambda x: to_16_bit(x, True), 16, True, id="16 dithered in 24"),
        pytest.param("FLOAT", lambda x: np.round(x * 2.0**23) / 2.0**23, 24, False, id="24 in float"),
        pytest.param("PCM_24", lambda x: x, 24, False, id="24"),
        pytest.param("FLOAT", lambda x: x * 0.7, None, False, id="float"),
    ],
)
def test_true_word_length(
    tmp_path: Path, subtype: str, change: Callable[[Doubles], Doubles], bits: int | None, told: bool
) -> None:
    x = change(clean(3))
    assert scan(tmp_path, x, subtype).true_bits == bits
    assert ("true_bits" in past(tmp_path, x, subtype)) is told


def test_a_dithered_source_is_told_after_a_gain(tmp_path: Path) -> None:
    """Then all 24 bits are in use; the level of the pause is that of the dither still."""
    x = clean(3).copy()
    x[RATE // 2 : RATE // 2 + RATE] = 0.0
    findings = past(tmp_path, to_16_bit(x, True) * 1.03)
    assert "dither" in findings
    assert "true_bits" not in findings
    assert "dither" not in past(tmp_path, x)


@pytest.mark.parametrize(
    ("former", "rate"), [(32000, 48000), (44100, 48000), (44100, 96000), (48000, 96000), (96000, 192000)]
)
def test_upsampled_files_are_told(tmp_path: Path, former: int, rate: int) -> None:
    """White noise falls by more than 100 dB at the former rate's half."""
    x = 0.1 * np.random.default_rng(5).standard_normal((5 * former, 2))
    finding = past(tmp_path, soxr.resample(x, former, rate, "VHQ"), rate=rate)["upsampled"]
    assert f"converted from {former / 1000:g} kHz" in finding.message
    assert "upsampled" not in past(tmp_path, x, rate=former)


@pytest.mark.parametrize("cut_hz", [16000.0, 17200.0, 18500.0])
def test_the_edge_of_a_coder_is_told(tmp_path: Path, cut_hz: float) -> None:
    taps = scipy.signal.firwin(1023, cut_hz, fs=RATE, window=("kaiser", 9.0))
    x = scipy.signal.fftconvolve(clean(2, 5 * RATE), taps[:, None], "same", axes=0)
    findings = past(tmp_path, x)
    if cut_hz == 16000.0:
        # the half of a rate that was in use
        assert "16.00 kHz" in findings["upsampled"].message
    else:
        at_khz = float(findings["cut_off"].message.split(" kHz")[0].rsplit(" ", 1)[1])
        assert at_khz * 1000.0 == pytest.approx(cut_hz, abs=400.0)


@pytest.mark.parametrize("order", [2, 4, 8])
def test_a_low_pass_of_a_mixer_is_no_edge(tmp_path: Path, order: int) -> None:
    """An equaliser's low-pass of up to 48 dB an octave; it falls faster and faster towards 24 kHz."""
    low = scipy.signal.butter(order, 15_000.0, fs=RATE, output="sos")
    assert not past(tmp_path, scipy.signal.sosfilt(low, clean(2, 5 * RATE), axis=0))


def test_a_decoded_mp3_is_told_in_a_wave_file(tmp_path: Path) -> None:
    x = clean(2, 5 * RATE)
    soundfile.write(tmp_path / "coded.mp3", x, RATE, compression_level=0.6)
    decoded, _ = soundfile.read(tmp_path / "coded.mp3")
    findings = past(tmp_path, decoded)
    assert findings.keys() & {"cut_off", "upsampled"}
