"""Causes: what the fault injector puts in is what the null test names, and what it corrects is right."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile
from null_faults import FAULTS, RATE, Case, Doubles, inject, later, on_another_clock, song, total
from null_sessions import make_session

from engine.cli.null import execute
from engine.nulltest.bus_causes import STRANGE
from engine.nulltest.bus_models import fit_filter
from engine.nulltest.conversion import conversion_edge
from engine.nulltest.lanes import session_specs
from engine.nulltest.nulltest import null_test
from engine.nulltest.placed_excerpt import Stage
from engine.nulltest.placing import Placing
from engine.nulltest.search import Search
from engine.report.null import NullReport
from engine.report.null_causes import CAUSES
from engine.session.corrections import corrections
from engine.session.recipes import recipes

#: One of every family; the bench runs all of them on many songs.
_SINGLES = [*FAULTS]
_PAIRS = [
    *("gain+offset", "fraction+extra", "offset+missing", "swap+bus_eq", "polarity+clipper", "gain+length"),
    *("fraction+resampled", "pan_law+resampled", "bus_eq+resampled", "stem_drift+bus_eq"),
    *("swap+drift", "pan_law+drift", "pan_law+missing"),
]


def diagnosed(folder: Path, case: Case) -> NullReport:
    return null_test(make_session(folder, case.stems, case.mix, subtype="FLOAT"))


@pytest.mark.parametrize("fault", _SINGLES)
def test_the_fault_is_named_first_and_alone(tmp_path: Path, fault: str) -> None:
    # a clock shows in stretches that lie apart
    case = inject(4, fault, seconds=9.0 if "drift" in fault else 6.0)
    session = make_session(tmp_path, case.stems, case.mix, subtype="FLOAT")
    report = null_test(session)
    kind, stem, amount = case.expected[0]
    assert [(cause.kind, cause.stem) for cause in report.causes] == [(kind, stem)]
    if amount is not None:
        assert report.causes[0].amount == pytest.approx(amount, abs=1.0 if kind == "clock_drift" else 1e-3)
    assert bool(corrections(session, report.causes)) == CAUSES[kind].correctable
    if CAUSES[kind].correctable:
        assert report.residual_after_fix_rms_dbfs <= (-60.0 if fault == "fraction" else -100.0)
    assert report.causes[0].confidence < 1.0
    assert len(report.causes[0].evidence) > 20
    assert report.causes[0].fix


@pytest.mark.parametrize("pair", _PAIRS)
def test_of_two_faults_one_is_first_and_nothing_else_is_told(tmp_path: Path, pair: str) -> None:
    case = inject(4, *pair.split("+"), seconds=6.0)
    report = diagnosed(tmp_path, case)
    wanted = {(kind, stem) for kind, stem, _ in case.expected}
    told = [(cause.kind, cause.stem) for cause in report.causes]
    assert told
    assert set(told) <= wanted


@pytest.mark.parametrize("before", [1e-3, 0.0])
def test_a_late_stem_that_drifts_is_not_missing(tmp_path: Path, before: float) -> None:
    stems = dict(song(1001, 12.0, 4))
    name = next(iter(stems))
    stems[name] = stems[name].copy()
    stems[name][: round(9.0 * RATE)] *= before
    mix = total(stems) - stems[name] + on_another_clock(stems[name], 60.0)
    told = [(cause.kind, cause.stem) for cause in diagnosed(tmp_path, Case(stems, mix)).causes]
    # where it is silent before, its lags lie too near together for a line
    assert told in ([("clock_drift", name)], [] if before else [("unknown", None)])


@pytest.mark.parametrize("everyone", [True, False])
def test_a_clock_is_that_of_all_where_most_are_better_off_with_it(tmp_path: Path, everyone: bool) -> None:
    """Also where one of them stands elsewhere, and is worse off until it is found."""
    stems = song(4, 9.0, 4)
    mix = total({**stems, "S4": later(stems["S4"], 5.3)})
    if everyone:
        mix = on_another_clock(mix, 60.0)
    else:
        mix += on_another_clock(stems["S1"], 60.0) - stems["S1"]
    stage = Stage(
        session_specs(make_session(tmp_path, stems, mix, subtype="FLOAT")), (20_000, 250_000), 1 << 17
    )
    search = Search(stage)
    stage.place({0: Placing(ppm=60.0)})
    assert search.share() is everyone
    assert [place.ppm for place in stage.places] == [60.0] + [60.0 * everyone] * 3
    before = stage.gains()[1]
    search.run()
    # the nearest sample at least; the rest of its fraction comes later
    assert stage.places[3].offset == pytest.approx(5.3, abs=0.5)
    assert stage.gains()[1] < 0.2 * before


def split(samples: Doubles, at_hz: float, taps: int) -> Doubles:
    """What lies below a frequency."""
    low = scipy.signal.firwin(taps, at_hz, fs=RATE)
    return np.asarray(scipy.signal.fftconvolve(samples, low[:, None], "same", axes=0))


def test_the_missing_half_of_an_instrument_is_missing(tmp_path: Path) -> None:
    """The half that is there leaks into its band, 50 dB down: turned up by that it would explain all."""
    stems = dict(song(4, 6.0, 4))
    mix, low = total(stems), split(stems["S1"], 700.0, 1023)
    stems["S1"] = low
    told = [cause.kind for cause in diagnosed(tmp_path, Case(stems, mix)).causes]
    assert told == ["missing_stem"]


def test_a_stem_that_alone_goes_on_above_an_edge_is_extra(tmp_path: Path) -> None:
    """The edge of such a mix is none of a conversion, also where another fault is to be found first."""
    stems = dict(song(4, 6.0, 4))
    others = {name: split(samples, 12_000.0, 511) for name, samples in stems.items() if name != "S2"}
    mix = total(others) - others["S1"] + np.roll(others["S1"], 100, axis=0)
    told = diagnosed(tmp_path, Case({**others, "S2": stems["S2"]}, mix)).causes
    assert {(cause.kind, cause.stem) for cause in told} == {("extra_stem", "S2"), ("offset", "S1")}


@pytest.mark.parametrize(
    ("design", "edge_hz"),
    [
        (scipy.signal.ellip(12, 0.01, 90, 12_000, fs=RATE, output="sos"), 12_000.0),
        (scipy.signal.butter(4, 12_000, fs=RATE, output="sos"), None),
        (scipy.signal.butter(2, [11_900, 12_100], "bandstop", fs=RATE, output="sos"), None),
    ],
)
def test_only_what_falls_steeply_and_stays_there_is_an_edge(design: Doubles, edge_hz: float | None) -> None:
    """Also where a stem stands at another level and place."""
    stems = list(song(4, 6.0, 4).values())
    moved = 0.3 * np.roll(stems[0], 1234, axis=0) - stems[1] + stems[2] + stems[3]
    bent = scipy.signal.sosfilt(design, moved, axis=0)
    sound, mix = (np.ascontiguousarray(x).view(np.complex128).T for x in (sum(stems), bent))
    found = conversion_edge(sound, mix, RATE)
    assert found is None if edge_hz is None else found == pytest.approx(edge_hz, rel=0.05)


@pytest.mark.parametrize(("fault", "at_most"), [("bus_eq", 0.05), ("high_pass", 0.45), ("fraction", 1.0)])
def test_a_late_stem_makes_a_filter_strange(fault: str, at_most: float) -> None:
    case = inject(4, *([] if fault == "high_pass" else [fault]), seconds=7.0)
    sound = total(song(4, 7.0, 4))
    if fault == "high_pass":
        case.mix = scipy.signal.sosfilt(
            scipy.signal.butter(2, 30.0, "high", fs=RATE, output="sos"), case.mix, 0
        )
    one, two = (np.ascontiguousarray(x).view(np.complex128).T for x in (sound, case.mix))
    strange = fit_filter(one, two, RATE).strange
    assert strange <= at_most
    assert (strange > STRANGE) == (fault == "fraction")


def test_reverb_on_the_bus_is_not_corrected(tmp_path: Path) -> None:
    case = inject(4, seconds=4.0)
    tail = np.random.default_rng(5).standard_normal((RATE, 2)) * np.exp(-np.arange(RATE) / 9000.0)[:, None]
    size = 2 * len(case.mix)
    wet = np.fft.irfft(np.fft.rfft(case.mix, size, axis=0) * np.fft.rfft(tail, size, axis=0), axis=0)
    case.mix = case.mix + 0.01 * wet[: len(case.mix)]
    session = make_session(tmp_path, case.stems, case.mix)
    assert corrections(session, null_test(session).causes) == []


def test_noise_of_its_own_moves_no_stem(tmp_path: Path) -> None:
    case = inject(4, seconds=4.0)
    case.mix = case.mix + 0.02 * np.random.default_rng(6).standard_normal(case.mix.shape)
    session = make_session(tmp_path, case.stems, case.mix)
    assert corrections(session, null_test(session).causes) == []


def write_session(folder: Path, case: Case) -> Path:
    """Stems, mix and a session file of them."""
    lines = ["format = 1", 'title = "Song"', f"sample_rate = {RATE}", "[reference]", 'path = "mix.wav"']
    soundfile.write(folder / "mix.wav", case.mix, RATE, "DOUBLE")
    for name, samples in case.stems.items():
        soundfile.write(folder / f"{name}.wav", samples, RATE, "DOUBLE")
        lines += ["[[stems]]", f'name = "{name}"', 'role = "other"', f'path = "{name}.wav"']
    path = folder / "song.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def run_null(path: Path, **options: bool) -> int:
    chosen = {"json": False, "apply": False, "note": False, "stdin": False} | options
    return execute(argparse.Namespace(session=path, **chosen))


@pytest.mark.parametrize(
    ("fault", "seed", "at_most_dbfs"),
    [
        *[("gain", seed, -100.0) for seed in (11, 12)],
        *[("polarity", seed, -100.0) for seed in (13,)],
        *[("offset", seed, -100.0) for seed in (14, 15)],
        *[("fraction", seed, -60.0) for seed in (16, 17)],
        ("pan_law", 18, -100.0),
    ],
)
def test_apply_on_the_command_line_nulls(
    tmp_path: Path, fault: str, seed: int, at_most_dbfs: float, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_session(tmp_path, inject(seed, fault, seconds=5.0))
    before = {file: file.read_bytes() for file in tmp_path.glob("*.wav")}
    assert run_null(path, apply=True, json=True) == 0
    report = json.loads(capsys.readouterr().out)
    level = report["residual_rms_dbfs"]
    assert level is None or level <= at_most_dbfs
    assert {file: file.read_bytes() for file in tmp_path.glob("*.wav")} == before


def test_the_note_is_a_whole_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_session(tmp_path, inject(20, "swap", seconds=5.0))
    run_null(path, note=True)
    text = capsys.readouterr().out
    assert text.startswith("Subject: Song: ")
    assert text.rstrip().endswith("Thank you.")
    for part in ("What I found", "channel swap, S", "dBFS", "What I ask for", "Ableton Live", "FL Studio"):
        assert part in text
    for part in ("Logic Pro", "Pro Tools", "Reaper", "from the same start to the same end"):
        assert part in " ".join(text.split())
    assert max(len(line) for line in text.splitlines()) <= 78


def test_the_note_parts_what_is_corrected_here_from_what_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_session(tmp_path, inject(14, "offset", "swap", seconds=5.0))
    run_null(path, note=True, json=True)
    document = json.loads(capsys.readouterr().out)
    left = document["residual_after_fix_rms_dbfs"]
    corrected, asked = document["note"].split("What I ask for:")
    assert f"What I correct here; {left:.1f}".replace("-", "−") in corrected
    assert "samples" in corrected.split("What I correct here")[1]
    whole = " ".join(asked.split())
    assert "with left and right as in the mix" in whole
    # every recipe names where its steps were read, and what to mind for what was found
    assert all(f"{recipe.title} (after: {recipe.source}):" in whole for recipe in recipes())
    assert all(recipe.mind["offset"] in whole for recipe in recipes())
    assert {kind for recipe in recipes() for kind in recipe.mind} <= set(CAUSES)
