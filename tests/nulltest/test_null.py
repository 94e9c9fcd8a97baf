"""The null test: levels, verdict, worst place, bands, padding and corrections."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from null_sessions import RATE, Doubles, make_session, noise, three_stems, total

from engine.errors import InputError
from engine.nulltest.lanes import session_specs
from engine.nulltest.nulltest import null_test, plain_null
from engine.report.null import NullBand, NullReport, null_verdict
from engine.report.plain import as_json
from engine.session.model import Master, Session


@pytest.fixture(scope="module")
def three() -> dict[str, Doubles]:
    return three_stems()


def band_of(report: NullReport, frequency_hz: float) -> NullBand:
    return next(band for band in report.bands if band.low_hz <= frequency_hz < band.high_hz)


# --- exact ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("subtype", ["PCM_24", "FLOAT", "DOUBLE"])
def test_stems_that_sum_to_the_mix_are_exact(tmp_path: Path, three: dict[str, Doubles], subtype: str) -> None:
    session = make_session(tmp_path, three, total(three), subtype=subtype)
    report = null_test(session)
    assert (report.verdict, report.exact, report.causes) == ("pass", True, ())
    assert report.residual_peak_dbfs <= -120.0
    assert abs(report.level_difference_db) < 1e-4
    assert all(fit.present and fit.polarity == "normal" and fit.fitted_gain_db == 0.0 for fit in report.stems)


def test_sixteen_bit_rounding_passes_but_is_not_exact(tmp_path: Path, three: dict[str, Doubles]) -> None:
    session = make_session(tmp_path, three, total(three))
    rounded = np.round(total(three) * 2**15).astype(np.int16)
    soundfile.write(tmp_path / "mix.wav", rounded, RATE, "PCM_16")
    report = null_test(session)
    assert (report.verdict, report.exact) == ("pass", False)
    # rounding errors of a step q are uniform: variance q²/12; a quarter of the song is silent
    assert report.residual_rms_dbfs == pytest.approx(10 * math.log10(2.0**-30 / 12 * 0.75), abs=0.05)
    assert all(abs(fit.fitted_gain_db) < 1e-3 for fit in report.stems)


def test_json_is_the_contracts(tmp_path: Path, three: dict[str, Doubles]) -> None:
    plain = as_json(null_test(make_session(tmp_path, three, total(three))))
    json.dumps(plain, allow_nan=False)
    assert len(plain.pop("residual_over_time")["rms_dbfs"]) <= 400  # for the console, not for scripts
    assert list(plain) == [
        *("verdict", "exact", "residual_rms_dbfs", "residual_peak_dbfs", "residual_relative_db"),
        *("worst_window_rms_dbfs", "worst_at_s", "level_difference_db", "bands", "stems", "causes"),
        "residual_after_fix_rms_dbfs",
    ]
    assert list(plain["bands"][0]) == [
        *("low_hz", "high_hz", "residual_rms_dbfs", "level_difference_db", "carries_signal")
    ]
    assert list(plain["stems"][0]) == [
        *("name", "fitted_gain_db", "fitted_offset_samples", "polarity", "present")
    ]
    assert plain["worst_at_s"] is None or plain["worst_at_s"] >= 0.0


# --- the verdict's rule --------------------------------------------------------------------------

FLAT = (NullBand(500.0, 1000.0, -100.0, 0.0, True),)


@pytest.mark.parametrize(
    ("levels", "bands", "verdict"),
    [
        ((-60.0, -40.0, -40.0), FLAT, "pass"),
        ((-59.9, -59.0, -50.0), FLAT, "warn"),
        ((-70.0, -39.9, -50.0), FLAT, "warn"),
        ((-70.0, -60.0, -39.9), FLAT, "warn"),
        ((-40.0, -30.0, -20.0), FLAT, "warn"),
        ((-39.9, -39.0, -50.0), FLAT, "fail"),
        ((-70.0, -60.0, -50.0), (NullBand(1.0, 2.0, -80.0, 0.11, True),), "warn"),
        ((-70.0, -60.0, -50.0), (NullBand(1.0, 2.0, -80.0, -0.11, True),), "warn"),
        ((-70.0, -60.0, -50.0), (NullBand(1.0, 2.0, -80.0, -math.inf, True),), "warn"),
        ((-70.0, -60.0, -50.0), (NullBand(1.0, 2.0, -80.0, 5.0, False),), "pass"),
        ((-70.0, -60.0, -50.0), (NullBand(1.0, 2.0, -math.inf, math.nan, False),), "pass"),
        ((-math.inf, -math.inf, -math.inf), (), "pass"),
    ],
)
def test_verdict_rule(levels: tuple[float, float, float], bands: tuple[NullBand, ...], verdict: str) -> None:
    assert null_verdict(*levels, bands) == verdict


@settings(max_examples=12, deadline=None)
@given(
    residual_dbfs=st.floats(-110.0, -20.0),
    frames=st.integers(2, 40000),
    seed=st.integers(0, 2**31),
)
def test_residual_of_known_level(
    tmp_path_factory: pytest.TempPathFactory, residual_dbfs: float, frames: int, seed: int
) -> None:
    """RMS and relative level are those of what was added to the mix; the verdict follows from them."""
    stem = noise(seed, frames, 0.2)
    mix = stem - noise(seed + 1, frames, 10.0 ** (residual_dbfs / 20.0))
    report = null_test(make_session(tmp_path_factory.mktemp("null"), {"A": stem}, mix))
    mix_dbfs = 10.0 * math.log10(np.mean(mix**2))
    assert report.residual_rms_dbfs == pytest.approx(residual_dbfs, abs=1e-6)
    assert report.residual_relative_db == pytest.approx(residual_dbfs - mix_dbfs, abs=1e-6)
    assert report.residual_peak_dbfs == pytest.approx(20.0 * math.log10(np.abs(stem - mix).max()), abs=1e-6)
    assert report.worst_window_rms_dbfs >= report.residual_rms_dbfs - 0.05
    assert (report.verdict == "fail") == (report.residual_rms_dbfs > -40.0)
    expected = null_verdict(
        report.residual_rms_dbfs, report.worst_window_rms_dbfs, report.residual_relative_db, report.bands
    )
    assert report.verdict == expected


def test_quiet_song_fails_relative_not_absolute(tmp_path: Path) -> None:
    stem = noise(1, RATE, 10.0 ** (-75 / 20))
    report = null_test(make_session(tmp_path, {"A": stem}, 0.9 * stem))
    assert report.residual_rms_dbfs == pytest.approx(-95.0, abs=1e-6)
    assert report.verdict == "warn"


@pytest.mark.parametrize("silent", ["mix", "stems", "both"])
def test_silence_has_defined_answers(tmp_path: Path, silent: str) -> None:
    sound, nothing = noise(1, RATE), np.zeros((RATE, 2))
    stem = nothing if silent in ("stems", "both") else sound
    mix = nothing if silent in ("mix", "both") else sound
    report = null_test(make_session(tmp_path, {"A": stem}, mix))
    json.dumps(as_json(report), allow_nan=False)
    assert report.verdict == ("pass" if silent == "both" else "fail")
    assert report.exact == (silent == "both")


# --- worst window --------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
@pytest.mark.parametrize("burst_s", [0.0, 0.7777, 3.1, 5.55])
def test_worst_window_is_found_where_it_is(tmp_path: Path, rate: int, burst_s: float) -> None:
    """A burst of 400 ms gives its own level and start; the sum over the whole song stays below."""
    frames, first, length = 6 * rate, round(burst_s * rate), round(0.4 * rate)
    stem = noise(1, frames)
    error = np.zeros_like(stem)
    tone = np.sin(2 * np.pi * 1000.0 * np.arange(length) / rate)
    error[first : first + length] = 0.02 * math.sqrt(2.0) * tone[:, None]
    session = make_session(tmp_path, {"A": stem}, stem + error, rate=rate)
    session = Session(session.path, "", rate, session.reference, session.stems, Master(), ())
    report = plain_null(session)
    assert report.worst_window_rms_dbfs == pytest.approx(20 * math.log10(0.02), abs=0.03)
    assert report.worst_at_s == pytest.approx(burst_s, abs=0.0011)
    assert report.residual_rms_dbfs == pytest.approx(20 * math.log10(0.02) - 11.76, abs=0.03)


def test_the_plain_null_test_has_the_levels_of_the_whole_one(
    tmp_path: Path, three: dict[str, Doubles]
) -> None:
    session = make_session(tmp_path, three, 0.9 * total(three) + noise(77, 4 * RATE, 0.01))
    plain, whole = plain_null(session), null_test(session)
    assert whole.causes
    assert replace(whole, causes=(), stems=plain.stems, residual_after_fix_rms_dbfs=0.0) == replace(
        plain, residual_after_fix_rms_dbfs=0.0
    )


def test_a_short_fault_is_where_the_worst_window_begins(tmp_path: Path) -> None:
    stem = noise(1, 3 * RATE)
    mix = stem.copy()
    mix[70000:71000] += 0.1
    report = plain_null(make_session(tmp_path, {"A": stem}, mix))
    assert report.worst_at_s == pytest.approx(70000 / RATE, abs=0.0011)


def test_song_shorter_than_a_window_is_one_window(tmp_path: Path) -> None:
    stem = noise(1, 1000)
    report = null_test(make_session(tmp_path, {"A": stem}, 0.5 * stem))
    assert report.worst_window_rms_dbfs == pytest.approx(report.residual_rms_dbfs, abs=1e-9)
    assert report.worst_at_s == 0.0


# --- bands ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("frequency_hz", [31.5, 63.0, 125.0, 1000.0, 8000.0, 16000.0])
@pytest.mark.parametrize("gain_db", [-0.3, 0.05])
def test_band_levels_of_a_tone(tmp_path: Path, frequency_hz: float, gain_db: float) -> None:
    """A tone is read in its own band only, at its level, and so are difference and residual."""
    t = np.arange(5 * RATE) / RATE
    # faded in and out: a tone switched on sounds in every band
    fade = math.sqrt(8 / 3) * np.sin(np.pi * t / 5) ** 2
    tone = 0.1 * (fade * np.sin(2 * np.pi * frequency_hz * t))[:, None] * np.ones(2)
    gain = 10.0 ** (gain_db / 20.0)
    report = plain_null(make_session(tmp_path, {"A": tone * gain}, tone))
    band = band_of(report, frequency_hz)
    residual_dbfs = 20 * math.log10(0.1 / math.sqrt(2) * abs(gain - 1.0))
    assert band.carries_signal
    assert band.level_difference_db == pytest.approx(gain_db, abs=1e-3)
    assert band.residual_rms_dbfs == pytest.approx(residual_dbfs, abs=0.02)
    assert sum(other.carries_signal for other in report.bands) == 1
    assert (band.holds, report.level_difference_db) == (abs(gain_db) < 0.1, pytest.approx(gain_db, abs=1e-9))


def test_bands_of_noise_agree_with_one_transform_of_the_whole_song(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    # slowly varying noise with a spectrum that falls: what leaks or weighs wrongly would show
    stem = np.cumsum(rng.standard_normal((7 * RATE + 123, 2)), axis=0)
    stem = np.diff(stem - 0.999 * np.roll(stem, 1, axis=0), axis=0) + 0.01 * rng.standard_normal(
        (7 * RATE + 122, 2)
    )
    stem *= np.linspace(0.2, 1.0, len(stem))[:, None] * 0.01
    mix = stem * 0.99 + noise(9, len(stem), 1e-5)
    report = plain_null(make_session(tmp_path, {"A": stem}, mix))
    frequencies = np.fft.rfftfreq(len(stem), 1 / RATE)

    def levels(x: Doubles) -> list[float]:
        power = np.sum(np.abs(np.fft.rfft(x, axis=0)) ** 2, axis=1) * 2 / len(x) / (2 * len(x))
        return [
            10 * math.log10(power[(frequencies >= b.low_hz) & (frequencies < b.high_hz)].sum())
            for b in report.bands
        ]

    residual, ours, theirs = levels(stem - mix), levels(stem), levels(mix)
    for number, band in enumerate(report.bands):
        assert band.residual_rms_dbfs == pytest.approx(residual[number], abs=0.1)
        assert band.level_difference_db == pytest.approx(ours[number] - theirs[number], abs=0.01)


def test_band_edges_are_octaves_around_the_nominal_frequencies(tmp_path: Path) -> None:
    report = plain_null(make_session(tmp_path, {"A": noise(1, RATE)}, noise(1, RATE)))
    assert len(report.bands) == 10
    for band, nominal in zip(report.bands, (31.5, 63, 125, 250, 500, 1e3, 2e3, 4e3, 8e3, 16e3), strict=True):
        assert math.sqrt(band.low_hz * band.high_hz) == pytest.approx(nominal, rel=0.011)
        assert band.high_hz / band.low_hz == pytest.approx(2.0, rel=0.003)


@pytest.mark.parametrize(("level_dbfs", "carries"), [(-69.5, True), (-70.5, False)])
def test_a_band_carries_signal_from_minus_70_dbfs(tmp_path: Path, level_dbfs: float, carries: bool) -> None:
    t = np.arange(4 * RATE) / RATE
    tone = 10 ** (level_dbfs / 20) * math.sqrt(2) * np.sin(2 * np.pi * 1000 * t)[:, None] * np.ones(2)
    report = plain_null(make_session(tmp_path, {"A": tone}, tone))
    assert band_of(report, 1000.0).carries_signal is carries


@pytest.mark.parametrize(("below_db", "carries"), [(49.5, True), (50.5, False)])
def test_a_band_carries_signal_within_50_db_of_the_loudest(
    tmp_path: Path, below_db: float, carries: bool
) -> None:
    t = np.arange(4 * RATE) / RATE
    loud, soft = (np.sin(2 * np.pi * f * t)[:, None] * np.ones(2) for f in (125.0, 4000.0))
    mix = 0.9 * (loud + 10 ** (-below_db / 20) * soft)
    report = plain_null(make_session(tmp_path, {"A": mix}, mix))
    assert band_of(report, 4000.0).carries_signal is carries


# --- lengths, channels, corrections --------------------------------------------------------------


@pytest.mark.parametrize("longer", ["mix", "stem"])
def test_the_shorter_is_padded_with_zeros(tmp_path: Path, longer: str) -> None:
    whole = noise(1, 3 * RATE)
    half = whole[: 2 * RATE]
    stem, mix = (half, whole) if longer == "mix" else (whole, half)
    report = null_test(make_session(tmp_path, {"A": stem}, mix))
    expected = 10 * math.log10(np.sum(whole[2 * RATE :] ** 2) / (2 * len(whole)))
    assert report.residual_rms_dbfs == pytest.approx(expected, abs=1e-9)
    assert report.worst_at_s >= 2.0 - 0.001


def test_a_mono_stem_feeds_both_sides_at_unity(tmp_path: Path) -> None:
    mono, stereo = noise(1, RATE, channels=1), noise(2, RATE)
    report = null_test(make_session(tmp_path, {"A": mono, "B": stereo}, mono + stereo))
    assert report.exact


def test_one_frame_is_enough(tmp_path: Path) -> None:
    sample = np.array([[0.5, -0.25]])
    assert null_test(make_session(tmp_path, {"A": sample}, sample)).exact


@pytest.mark.parametrize("offset", [0.0, 480.0, -37.0, 100000.0, 0.5, -12.37])
def test_corrections_are_applied(tmp_path: Path, offset: float) -> None:
    """Gain, polarity and offset undo what was done to a band-limited stem."""
    frames = 3 * RATE
    t = np.arange(-RATE, frames + 3 * RATE) / RATE

    def song(delay: float) -> Doubles:
        at = t - delay / RATE
        envelope = np.exp(-(((at - 1.5) / 0.25) ** 2))
        waves = [np.sin(2 * np.pi * f * at + f) for f in (110.0, 997.0, 6000.0, 15000.0)]
        return (0.1 * envelope * np.sum(waves, axis=0))[:, None] * np.array([1.0, 0.7])

    begin = RATE
    stem = song(0.0)[begin : begin + frames]
    mix = song(offset)[begin : begin + frames + 3 * RATE]
    bent = -stem * 10 ** (-2.5 / 20)
    corrections = {"source_gain_db": 2.5, "polarity_inverted": True, "offset_samples": offset}
    report = null_test(make_session(tmp_path, {"A": bent}, mix, A=corrections))
    assert report.residual_peak_dbfs < (-200.0 if offset == int(offset) else -85.0)


def test_trim_mute_and_solo_never_take_part(tmp_path: Path, three: dict[str, Doubles]) -> None:
    """`make_session` mutes every stem and trims it by 3 dB."""
    session = make_session(tmp_path, three, total(three), A={"solo": True})
    assert null_test(session).exact


# --- what cannot be compared ---------------------------------------------------------------------


def test_no_reference(tmp_path: Path) -> None:
    session = make_session(tmp_path, {"A": noise(1, 100)}, None)
    with pytest.raises(InputError) as raised:
        null_test(session)
    assert raised.value.kind == "no_reference"


@pytest.mark.parametrize("culprit", ["A", "mix"])
def test_another_sample_rate_is_refused(tmp_path: Path, culprit: str) -> None:
    session = make_session(tmp_path, {"A": noise(1, 100)}, noise(1, 100))
    soundfile.write(tmp_path / f"{culprit}.wav", noise(1, 100), 44100)
    with pytest.raises(InputError, match=culprit) as raised:
        null_test(session)
    assert raised.value.kind == "sample_rate"


@pytest.mark.parametrize("culprit", ["A", "mix"])
def test_six_channels_are_refused(tmp_path: Path, culprit: str) -> None:
    session = make_session(tmp_path, {"A": noise(1, 100)}, noise(1, 100))
    soundfile.write(tmp_path / f"{culprit}.wav", noise(1, 100, channels=6), RATE)
    with pytest.raises(InputError, match=culprit) as raised:
        null_test(session)
    assert raised.value.kind == "channels"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_samples_that_are_no_numbers_are_refused(tmp_path: Path, value: float) -> None:
    stem = noise(1, 2 * RATE)
    stem[70000, 1] = value
    session = make_session(tmp_path, {"A": stem}, noise(1, 100))
    with pytest.raises(InputError, match=r"A\.wav.*70000"):
        null_test(session)


def test_no_audio_at_all_is_refused(tmp_path: Path) -> None:
    session = make_session(tmp_path, {"A": np.zeros((0, 2))}, np.zeros((0, 2)))
    with pytest.raises(InputError, match=r"mix\.wav"):
        null_test(session)


def test_progress_reaches_its_end(tmp_path: Path) -> None:
    stem = noise(1, 30 * RATE, channels=1)
    calls: list[tuple[str, float, float]] = []
    null_test(make_session(tmp_path, {"A": stem}, stem), lambda *call: calls.append(call))
    assert calls[-1][1] == calls[-1][2]
    assert [done for _, done, _ in calls] == sorted(done for _, done, _ in calls)


def test_session_specs_hold_corrections(tmp_path: Path) -> None:
    corrections = {"source_gain_db": -6.0, "polarity_inverted": True, "offset_samples": 2.5}
    specs = session_specs(make_session(tmp_path, {"A": noise(1, 9)}, noise(1, 9), A=corrections))
    assert specs.stems[0].gain == pytest.approx(-(10 ** (-0.3)))
    assert specs.stems[0].offset_frames == 2.5
    assert (specs.reference.gain, specs.reference.offset_frames) == (1.0, 0.0)
