"""The background: what it finds is what a render or a listener would find, and it is in nobody's way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from background_session import COMPRESSOR, RATE, ROLES, TARGETS, last, of, write_all_roles

from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.live.background import checks
from engine.live.background.request import Order
from engine.live.background.results import (
    Drive,
    Filled,
    Marks,
    Match,
    Null,
    Overview,
    SelfCheck,
    Sentinel,
    Trouble,
    Working,
)
from engine.live.background.state import read_order
from engine.live.background.tasks import all_tasks
from engine.live.background.worker import Worker
from engine.live.metering.levels import Metering
from engine.live.player.changes import Programme
from engine.measure import measure_file
from engine.meters.spectrum import SpectrumMeter
from engine.nulltest.nulltest import null_test


@pytest.fixture
def session(write_session, material, tmp_path):
    return write_all_roles(write_session, material, tmp_path)


class Bench:
    """A worker without a process, and what it has told."""

    def __init__(self, folder: Path) -> None:
        self.latest: Order | None = None
        self.told: list[object] = []
        self.worker = Worker(self, self._take, all_tasks(folder))  # type: ignore[arg-type]
        self.interrupt: Callable[[object], None] = lambda _: None

    def _take(self, result: object) -> None:
        self.told.append(result)
        self.interrupt(result)

    def order(self, order: Order) -> list[object]:
        """Carries out an order; returns what was told."""
        self.latest = order
        self.told.clear()
        self.worker.carry_out(order)
        return list(self.told)


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)


def written(path: Path, deliverable: str, version: str, folder: Path) -> np.ndarray:
    """The render of that version."""
    from engine.session.files import load_session

    session = load_session(path)
    jobs = plan_jobs(session, deliverables=[deliverable], versions=[version], folder=folder, force=True)
    return soundfile.read(render(session, jobs).outputs[0].path, dtype="float32")[0]


def dry_mix(path: Path) -> np.ndarray:
    """The stems with the corrections of `KEYS`, without the fraction of an offset."""
    total = np.zeros((2 * RATE, 2))
    for name in ROLES:
        lane = soundfile.read(path.with_name(f"{name}.wav"))[0]
        if name == "voice":
            lane = 10.0 ** (-1.3 / 20.0) * np.roll(lane, 3, axis=0)
        total += -np.roll(lane, -7, axis=0) if name == "choir" else lane
    return total


def programme_of(path: Path, drive: Drive) -> Programme:
    """What the engine plays with a result."""
    from engine.session.files import load_session

    session = load_session(path)
    deliverable = next((one for one in session.deliverables if one.name == drive.target), None)
    return Programme(
        session, deliverable, drive.drive_db, ceiling_dbtp=drive.ceiling_dbtp, version=drive.version
    )


def test_what_is_only_written_about_a_song_is_no_other_sound(session):
    """Notes, other references, files of a deliverable: nothing is measured again, nothing outdated."""
    from engine.server.audio_unit import AudioUnit

    text, path = session
    noted = 'notes = "for vinyl too"\n' + text.replace("[[stems]]", '[[stems]]\nnotes = "bright"', 1)
    noted += '[[references]]\nname = "Single"\npath = "mix.wav"\n[metadata]\nartist = "A"\n'
    noted = noted.replace(
        'versions = ["master", "instrumental", "vocal_up"]', 'file_name = "{title} {version}"'
    )
    louder = text.replace("trim_db = 0.5", "trim_db = 0.6")
    states = [read_order(Order(one, path, 1, "loud", "master")) for one in (text, noted, louder)]
    assert states[0].played_key == states[1].played_key != states[2].played_key
    unit = AudioUnit.__new__(AudioUnit)
    unit._sounds, unit._sound_numbers, unit._last_number = [], [], 0
    numbers = [unit._numbered(Programme(state.session, state.deliverable, 2.0)).revision for state in states]
    assert numbers == [1, 1, 2]


@pytest.mark.parametrize("version", ["master", "instrumental", "vocal_up"])
def test_what_plays_at_the_solved_drive_is_the_render(session, bench, play, tmp_path, version):
    text, path = session
    told = bench.order(Order(text, path, 5, "loud", version))
    drive = last(Drive, told)
    assert (drive.final, drive.solved, drive.revision) == (True, True, 5)
    assert drive.integrated_lufs == pytest.approx(-13.0, abs=0.011)
    tape = play(programme_of(path, drive))
    metering = Metering(tape.player)
    tape.player.play()
    tape.until(lambda: metering.collect() is not None and tape.player.state.name == "ENDED")
    expected = written(path, "loud", version, tmp_path / "out")
    assert np.array_equal(tape.signal.astype(np.float32).view(np.uint32), expected.view(np.uint32))
    # the map that was filled is the one that was heard
    metering.collect()
    heard = metering.loudness
    powers = np.concatenate([one.powers for one in of(Filled, told)])
    assert of(Filled, told)[-1].done
    known = heard.revisions >= 0
    assert np.count_nonzero(known) == len(powers) == 200
    np.testing.assert_allclose(powers, heard.powers[known], rtol=1e-9, atol=0.0)


def test_a_file_over_its_ceiling_lowers_the_ceiling_that_plays(write_session, bench, play, tmp_path):
    """What lies above 20 kHz makes interpolators disagree: the render writes it again, lower."""
    frames = RATE
    random = np.random.default_rng(1)
    spectrum = np.fft.rfft(random.standard_normal((frames, 2)), axis=0)
    spectrum[: int(frames * 0.465)] *= 0.02
    signal = np.fft.irfft(spectrum, frames, axis=0)
    hot = TARGETS.replace("-13.0", "-6.0")
    session = write_session({"a": 0.9 * signal / np.abs(signal).max()}, subtype="FLOAT", extra=hot)
    text = session.path.read_text(encoding="utf-8")
    drive = last(Drive, bench.order(Order(text, session.path, 0, "loud", "master")))
    assert drive.ceiling_dbtp is not None
    assert drive.ceiling_dbtp < -2.0
    tape = play(programme_of(session.path, drive))
    tape.player.play()
    tape.until_end()
    expected = written(session.path, "loud", "master", tmp_path / "out")
    assert np.array_equal(tape.signal.astype(np.float32).view(np.uint32), expected.view(np.uint32))


@pytest.mark.parametrize("version", ["instrumental", "acapella", "tv", "music_effects", "vocal_up"])
def test_a_live_version_is_the_rendered_one(session, play, tmp_path, version):
    _, path = session
    drive = Drive(0, "plain", version, None, None, None, solved=True, final=True)
    tape = play(programme_of(path, drive))
    tape.player.play()
    tape.until_end()
    expected = written(path, "plain", version, tmp_path / "out")
    assert np.array_equal(tape.signal.astype(np.float32).view(np.uint32), expected.view(np.uint32))


def test_the_target_may_be_the_dialogue(session, bench, tmp_path):
    text, path = session
    text = text.replace("loudness_lufs = -13.0", 'loudness_lufs = -20.0\nloudness_anchor = "dialogue"')
    path.write_text(text, encoding="utf-8")
    drive = last(Drive, bench.order(Order(text, path, 0, "loud", "master")))
    from engine.session.files import load_session

    session = load_session(path)
    jobs = plan_jobs(session, deliverables=["loud"], versions=["master"], folder=tmp_path / "o", force=True)
    assert drive.drive_db == render(session, jobs).outputs[0].drive_db


def test_figures_are_those_of_the_files(session, bench, tmp_path):
    text, path = session
    told = bench.order(Order(text, path, 3, None, "master"))
    kinds = {Drive, SelfCheck, Overview, Null, Sentinel, Filled, Marks, Match, Working}
    assert {type(one) for one in told} == kinds
    assert not of(Trouble, told)
    assert {one.revision for one in told} == {3}
    drive = last(Drive, told)
    assert (drive.target, drive.drive_db, drive.ceiling_dbtp, drive.final) == (None, None, None, True)

    from engine.session.files import load_session

    report = null_test(load_session(path))
    null = last(Null, told)
    assert (null.verdict, null.residual_rms_dbfs) == (report.verdict, report.residual_rms_dbfs)
    match = last(Match, told)
    reference = measure_file(path.with_name("mix.wav")).integrated_lufs
    assert match.reference_lufs == pytest.approx(reference, abs=1e-9)
    soundfile.write(tmp_path / "out.wav", written(path, "plain", "master", tmp_path / "o"), RATE, "FLOAT")
    played = measure_file(tmp_path / "out.wav").integrated_lufs
    assert match.processed_lufs == pytest.approx(played, abs=1e-6)
    soundfile.write(tmp_path / "dry.wav", dry_mix(path), RATE, "DOUBLE")
    assert match.dry_lufs == pytest.approx(measure_file(tmp_path / "dry.wav").integrated_lufs, abs=0.02)
    bands = [_spectrum(tmp_path / "out.wav"), _spectrum(path.with_name("mix.wav"))]
    # the live graph's last bits differ from those of the file, which is float32
    assert match.processed_spectrum_dbfs == pytest.approx(bands[0], abs=0.01)
    assert match.reference_spectrum_dbfs == pytest.approx(bands[1], abs=1e-9)


def _spectrum(path):
    """Mean RMS per third octave of a whole file, dBFS."""
    block, rate = soundfile.read(path, always_2d=True)
    meter = SpectrumMeter(rate)
    meter.process(np.ascontiguousarray(block))
    return tuple(10.0 * np.log10(meter.take()))


def test_the_overview_shows_the_peaks_of_the_sum(write_session, bench):
    signal = np.zeros((RATE, 2))
    signal[: RATE // 2, 0], signal[RATE // 2 : RATE * 3 // 4, 1] = 0.5, -0.1
    session = write_session({"a": signal, "b": signal * 0.5}, subtype="FLOAT", stem_keys={"b": "mute = true"})
    told = bench.order(Order(session.path.read_text(encoding="utf-8"), session.path, 0, None, "master"))
    overview = last(Overview, told)
    peaks, rms = overview.peaks, overview.rms
    assert len(peaks) == len(rms) == 1000
    # a constant has the RMS of its size
    assert rms == peaks
    assert set(peaks[:500]) == {round(255 * (1 + 20 * np.log10(0.5) / 60))}
    assert set(peaks[500:750]) == {170}
    assert set(peaks[750:]) == {0}


def test_where_the_master_is_limited_and_over(write_session, bench):
    """A loud second half: it is turned down there and nowhere else; without a limiter it is over."""
    signal = 0.1 * np.sin(2.0 * np.pi * 997.0 * np.arange(2 * RATE) / RATE)[:, None] * np.ones(2)
    signal[RATE:] *= 10.0
    for master, reduced_db, over in (
        ("chain = [ { type = 'limiter', ceiling_dbtp = -6.0 } ]", 6.0, False),
        ("chain = [ { type = 'gain', gain_db = 3.0 } ]", None, True),
    ):
        session = write_session({"a": signal}, subtype="FLOAT", master=master)
        told = bench.order(Order(session.path.read_text(encoding="utf-8"), session.path, 7, None, "master"))
        marks = last(Marks, told)
        assert (marks.revision, marks.target, marks.version) == (7, None, "master")
        assert list(marks.overs) == [0] * 500 + [int(over)] * 500
        if reduced_db is None:
            assert marks.reductions == b""
            continue
        deepest = np.frombuffer(marks.reductions, np.uint8) / 10.0
        assert deepest[:495].max() == 0.0
        assert deepest[505:].min() == pytest.approx(reduced_db, abs=0.3)


def test_the_mix_s_loudness_along_the_song(write_session, bench, tmp_path):
    signal = 0.1 * np.sin(2.0 * np.pi * 997.0 * np.arange(8 * RATE) / RATE)[:, None] * np.ones(2)
    signal[4 * RATE :] *= 10.0**-0.5
    soundfile.write(tmp_path / "mix.wav", signal, RATE, "FLOAT")
    session = write_session({"a": signal}, subtype="FLOAT", extra='[reference]\npath = "mix.wav"')
    told = bench.order(Order(session.path.read_text(encoding="utf-8"), session.path, 0, None, "master"))
    along = last(Match, told).reference_short_term_lufs
    # 997 Hz at −20 dBFS in both channels is −20 LUFS (ITU-R BS.1770-5, how its meter is calibrated)
    assert along[len(along) // 4] == pytest.approx(-20.0, abs=0.1)
    assert along[-1] == pytest.approx(-30.0, abs=0.1)


def test_the_self_check_holds_for_every_correction_and_sees_one_bit(session, bench, monkeypatch):
    text, path = session
    linear = '{ type = "eq", phase = "linear", bands = [ { shape = "peak", frequency_hz = 99.0 } ] }'
    text = text.replace(f"chain = [ {COMPRESSOR} ]", f"chain = [ {linear}, {COMPRESSOR} ]")
    check = last(SelfCheck, bench.order(Order(text, path, 1, None, "master")))
    assert (check.passed, check.largest_difference, check.length_s) == (True, 0.0, 2.0)
    exact = checks.gain_from_db
    monkeypatch.setattr(checks, "gain_from_db", lambda db: np.nextafter(exact(db), 2.0))
    check = last(SelfCheck, bench.order(Order(text.replace("-1.3", "-1.4"), path, 2, None, "master")))
    assert not check.passed
    assert 0.0 < check.largest_difference < 1e-15


def test_the_self_check_moves_through_the_song(write_session, bench, material):
    session = write_session({"a": material(10 * RATE, 1)})
    order = Order(session.path.read_text(encoding="utf-8"), session.path, 0, None, "master")
    begins = []
    for _ in range(4):
        begins += [check.begin_s for check in of(SelfCheck, bench.order(order))]
        bench.worker._done.pop("self-check")
    assert begins[0] == 0.0
    assert len({round(begin, 3) for begin in begins}) == 4
    assert all(0.0 <= begin <= 6.0 for begin in begins)


def test_an_edit_repeats_only_what_depends_on_it(session, bench):
    text, path = session
    bench.order(Order(text, path, 1, None, "master"))
    solo = text.replace('name = "drums"', 'name = "drums"\nsolo = true')
    told = bench.order(Order(solo, path, 2, None, "master"))
    assert not of(Working, told), "a solo changes nothing that is measured"
    assert {one.revision for one in told} == {2}
    assert {type(one) for one in told} == {Drive, SelfCheck, Overview, Null, Sentinel, Filled, Marks, Match}
    trim = text.replace("trim_db = 0.5", "trim_db = 1.5")
    told = bench.order(Order(trim, path, 3, None, "master"))
    labels = {one.label for one in of(Working, told)}
    assert "loudness map" in labels
    assert not labels & {"dry mix", "null test", "reference mix"}
    assert bench.order(Order(trim, path, 3, None, "master")) == []


def test_a_newer_order_ends_what_it_makes_useless(session, bench):
    text, path = session
    newer = Order(text.replace("trim_db = 0.5", "trim_db = -1.0"), path, 2, None, "master")

    def interrupt(result: object) -> None:
        if isinstance(result, Overview):
            bench.latest = newer

    bench.interrupt = interrupt
    told = bench.order(Order(text, path, 1, None, "master"))
    # the dry mix itself does not depend on trims, what comes after it waits for the newer order
    assert of(Overview, told)
    assert not of(Null, told)
    bench.interrupt = lambda _: None
    told = bench.order(newer)
    assert {one.revision for one in told} == {2}
    assert last(Filled, told).done


def test_a_missing_stem_is_told_once_and_looked_for_again(session, bench):
    text, path = session
    stem = path.with_name("drums.wav")
    kept = stem.rename(path.with_name("away.wav"))
    order = Order(text, path, 1, None, "master")
    told = bench.order(order)
    troubles = of(Trouble, told)
    assert len(troubles) == 1
    assert last(Null, told).verdict is None
    assert "drums.wav" in troubles[0].message
    kept.rename(stem)
    told = bench.order(order)
    assert last(Filled, told).done
    assert not of(Trouble, told)


def test_what_is_no_session_is_told(session, bench):
    text, path = session
    told = bench.order(Order(text.replace("[master]", "[master"), path, 1, None, "master"))
    assert [type(one) for one in told] == [Trouble]
    told = bench.order(Order(text, path, 1, "vinyl", "master"))
    assert "'vinyl'" in told[0].message
