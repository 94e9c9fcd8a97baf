"""Sides of a record: their files, and that each finding names its time, its track and its stem."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from album_material import RATE, album_text, music, session_text, write_music

from engine.album.make import make_album
from engine.measure import measure_file
from engine.report.album import AlbumReport, SideReport
from engine.session.album.files import load_album
from engine.vinyl.advice import advise, groove_speed_m_s, loss_db
from engine.vinyl.bands import BandMeter, FlatTops, band_power

HIGH_RATE = 48000

pytestmark = pytest.mark.usefixtures("plain_papers")


def quiet_noise(seconds: float, seed: int) -> np.ndarray:
    """A mono bed that nothing can be said about: low-passed noise at −26 dBFS, left = right."""
    white = np.random.default_rng(seed).standard_normal(round(seconds * HIGH_RATE) + 64)
    smooth = np.convolve(white, np.ones(32) / 32, "same")[32:-32]
    return np.stack([smooth, smooth], 1) * (0.05 / smooth.std())


def burst(
    seconds: float, at_s: float, low_hz: float, high_hz: float, level: float, *, side: bool
) -> np.ndarray:
    """0.3 s of a tone cluster, in phase or out of phase, in silence."""
    samples = np.zeros((round(seconds * HIGH_RATE), 2))
    t = np.arange(round(0.3 * HIGH_RATE)) / HIGH_RATE
    tones = sum(np.sin(2 * np.pi * f * t + f) for f in np.linspace(low_hz, high_hz, 9)) / 9**0.5
    begin = round(at_s * HIGH_RATE)
    samples[begin : begin + len(t), 0] = level * tones
    samples[begin : begin + len(t), 1] = -level * tones if side else level * tones
    return samples


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> AlbumReport:
    """Side A: a song with a sibilant and a wide bass note. Side B: a finished file that was clipped."""
    here = tmp_path_factory.mktemp("vinyl")
    sf.write(here / "band.wav", quiet_noise(6.0, 1), HIGH_RATE, subtype="FLOAT")
    sf.write(here / "vox.wav", burst(6.0, 2.0, 6500, 9500, 0.2, side=False), HIGH_RATE, subtype="FLOAT")
    sf.write(here / "bass.wav", burst(6.0, 4.0, 90, 110, 0.5, side=True), HIGH_RATE, subtype="FLOAT")
    stems = "".join(
        f'[[stems]]\nname = "{name}"\nrole = "{role}"\npath = "{name.lower()}.wav"\n'
        for name, role in (("Band", "music"), ("Vox", "vocals"), ("Bass", "bass"))
    )
    (here / "song.toml").write_text(
        textwrap.dedent(f"""
            title = "Song"
            sample_rate = {HIGH_RATE}
            {{}}
            [master]
            chain = [ {{{{ type = "limiter", ceiling_dbtp = -1.0, drive_db = 6.0 }}}} ]
        """).format(stems.replace("\n", "\n"))
    )
    clipped = np.clip(3.0 * music(5.0, 9, level=0.5), -0.8, 0.8)
    sf.write(here / "clipped.wav", clipped, RATE, subtype="PCM_24")
    file = here / "album.toml"
    tracks = [
        {"session": "song.toml", "title": "Song"},
        {"path": "clipped.wav", "title": "Loud", "gap_s": 1.0},
    ]
    vinyl = {"size_inch": 7, "rpm": 45, "mono_below_hz": 0.0, "sides": [[1], [2]]}
    file.write_text(album_text(tracks, catalogue_number="CAT 7", vinyl=vinyl))
    return make_album(load_album(file), here / "out")


def findings_of(side: SideReport) -> dict[str, list[tuple[int | None, str | None, float | None]]]:
    found: dict[str, list[tuple[int | None, str | None, float | None]]] = {}
    for one in side.findings:
        found.setdefault(one.kind, []).append((one.track, one.stem, one.at_s))
    return found


def test_a_side_is_one_24_bit_file_at_the_sessions_rate(sides: AlbumReport) -> None:
    a, b = sides.vinyl
    assert (a.side, b.side) == ("A", "B")
    assert a.path.name == "CAT 7_SideA.wav"
    measured = measure_file(a.path)
    assert (measured.sample_rate, measured.subtype) == (HIGH_RATE, "PCM_24")
    assert measured.duration_s == pytest.approx(a.duration_s, abs=1e-9)
    assert a.path.with_suffix(".txt").is_file()


def test_no_limiter_has_touched_it(sides: AlbumReport) -> None:
    """The drive of 6 dB is a plain gain; where it passes the ceiling all sides go down together."""
    a, b = sides.vinyl
    peaks = [measure_file(side.path).true_peak_dbtp for side in (a, b)]
    assert max(peak for peak in peaks if peak is not None) == pytest.approx(-1.0, abs=0.05)
    assert {"gain"} <= findings_of(a).keys() & findings_of(b).keys()
    samples = sf.read(a.path, always_2d=True)[0]
    stems = [
        sf.read(a.path.parents[2] / f"{name}.wav", always_2d=True)[0] for name in ("band", "vox", "bass")
    ]
    dry = sum(stems)
    gain = float(np.sum(samples * dry) / np.sum(dry * dry))
    assert np.abs(samples - gain * dry).max() < 1e-5


def test_findings_name_time_track_and_stem(sides: AlbumReport) -> None:
    found = findings_of(sides.vinyl[0])
    (track, stem, at_s), *_ = found["sibilance"]
    assert (track, stem) == (1, "Vox")
    assert at_s == pytest.approx(2.1, abs=0.25)
    for kind in ("low_correlation", "low_side"):
        (track, stem, at_s), *_ = found[kind]
        assert (track, stem) == (1, "Bass")
        assert at_s == pytest.approx(4.0, abs=0.3)


def test_what_to_mend_is_the_stem_or_the_finished_file(sides: AlbumReport, tmp_path: Path) -> None:
    song = {one.kind: one.fix for one in sides.vinyl[0].findings}
    assert song["sibilance"] == "de-ess the stem 'Vox'"
    assert song["low_side"] == "make the bass mono: raise mono_below_hz or narrow the stem 'Bass'"
    sibilant = quiet_noise(5.0, 1) + burst(5.0, 2.0, 6500, 12000, 0.4, side=False)
    sibilant += burst(5.0, 4.0, 90, 110, 0.5, side=True)
    sf.write(tmp_path / "a.wav", sibilant, HIGH_RATE, subtype="FLOAT")
    file = tmp_path / "album.toml"
    file.write_text(album_text([{"path": "a.wav"}], vinyl={"sides": [[1]], "mono_below_hz": 0.0}))
    (side,) = make_album(load_album(file), tmp_path / "out").vinyl
    fixes = {one.kind: one.fix for one in side.findings}
    assert fixes["sibilance"] == "de-ess the file"
    assert fixes["low_side"].endswith("or narrow the file")
    assert fixes["high_frequencies"].startswith("lower the treble of the file")
    text = side.path.with_suffix(".txt").read_text()
    assert "the stem" not in text
    assert "{it}" not in text


def test_a_clipped_file_is_told(sides: AlbumReport) -> None:
    found = findings_of(sides.vinyl[1])
    assert found["clipped_runs"][0][0] == 2
    assert found["plr"][0][0] == 2
    assert "clipped_runs" not in findings_of(sides.vinyl[0])


def test_the_cut_sheet_says_the_same(sides: AlbumReport) -> None:
    text = sides.vinyl[0].path.with_suffix(".txt").read_text()
    assert "A1     00:00.000  00:06.000" in text
    assert "stem 'Vox'" in text
    assert '7", 45 rpm' in text


def test_mono_bass_takes_the_side_signal_out_and_leaves_the_mid(tmp_path: Path) -> None:
    samples = burst(6.0, 2.0, 60, 80, 0.2, side=True) + quiet_noise(6.0, 3)
    sf.write(tmp_path / "a.wav", samples, HIGH_RATE, subtype="PCM_24")
    file = tmp_path / "album.toml"
    file.write_text(album_text([{"path": "a.wav"}], vinyl={"sides": [[1]], "mono_below_hz": 300.0}))
    report = make_album(load_album(file), tmp_path / "out")
    made = sf.read(report.vinyl[0].path, always_2d=True)[0]
    window = slice(round(2.05 * HIGH_RATE), round(2.25 * HIGH_RATE))

    def side_db(block: np.ndarray) -> float:
        side = (block[window, :1] - block[window, 1:]) / 2
        return 10 * float(np.log10(band_power(side, HIGH_RATE, (50, 90))[0]))

    assert side_db(made) - side_db(samples) == pytest.approx(
        -24.5, abs=2.0
    )  # 12 dB per octave, 2 octaves down
    mid = samples.sum(1) / 2
    assert np.abs(made.sum(1) / 2 - mid).max() < 1e-5
    assert any(one.kind == "mono_bass" for one in report.vinyl[0].findings)


def test_a_side_that_is_too_long_is_an_error() -> None:
    assert advise(12, 33, 21 * 60.0).level_db == pytest.approx(0.5)
    assert advise(12, 33, 10 * 60.0).level_db == 4.0
    assert advise(12, 33, 25 * 60.0).level_db is None
    assert advise(10, 45, 9 * 60.0).longest_min == 10.0


def test_the_groove_is_slower_inside() -> None:
    assert groove_speed_m_s(12, 33, 0.0) == pytest.approx(0.51, abs=0.01)
    assert loss_db(12, 33, 1.0) == pytest.approx(-7.7, abs=0.1)
    assert loss_db(12, 45, 0.0) > 0.0


@pytest.mark.parametrize("size", [1, 777, 4096, 100000])
def test_bands_do_not_depend_on_blocks(size: int) -> None:
    samples = music(1.3, 5) if size > 1 else music(0.12, 5)
    whole, cut = BandMeter(RATE), BandMeter(RATE)
    flat_whole, flat_cut = FlatTops(), FlatTops()
    clipped = np.clip(samples, -0.1, 0.1) * 4.0
    whole.process(samples)
    flat_whole.process(clipped)
    for begin in range(0, len(samples), size):
        cut.process(samples[begin : begin + size])
        flat_cut.process(clipped[begin : begin + size])
    assert cut.low == whole.low
    assert cut.high == whole.high
    assert (flat_cut.runs, flat_cut.first_frame) == (flat_whole.runs, flat_whole.first_frame)
    assert flat_whole.runs > 10


def test_flat_tops_are_counted_once_each() -> None:
    samples = np.zeros((100, 2))
    samples[10:13, 0] = 0.9
    samples[20:22, 0] = 0.9  # two are no run
    samples[30:60, 1] = -0.8
    meter: Any = FlatTops()
    meter.process(samples)
    assert (meter.runs, meter.first_frame) == (2, 10)


def test_a_side_has_the_rate_of_most_of_its_sessions_and_tells_the_others(tmp_path: Path) -> None:
    """Two sessions of 48 kHz outvote one of 96 kHz; of one and one the higher rate is kept."""
    for seed, (name, rate) in enumerate({"one": 48000, "high": 96000, "two": 48000}.items()):
        write_music(tmp_path / f"{name}.wav", 5.0, seed, rate=rate)
        (tmp_path / f"{name}.toml").write_text(session_text(f"{name}.wav", name.title(), rate))
    write_music(tmp_path / "file.wav", 5.0, 9, rate=RATE)
    sources = [{"session": "one.toml"}, {"session": "high.toml"}, {"session": "two.toml"}]
    tracks = [{**one, "gap_s": 1.0} for one in (*sources, sources[0], sources[1], {"path": "file.wav"})]
    file = tmp_path / "album.toml"
    file.write_text(album_text(tracks, vinyl={"mono_below_hz": 0.0, "sides": [[1, 2, 3], [4, 5, 6]]}))
    a, b = make_album(load_album(file), tmp_path / "out").vinyl
    assert [sf.info(side.path).samplerate for side in (a, b)] == [48000, 96000]
    assert sf.info(a.path).frames == 17 * 48000
    told = [[(one.track, one.message) for one in s.findings if one.kind == "converted"] for s in (a, b)]
    assert told[0] == [(2, "high.toml has 96000 Hz and was converted to 48000 Hz, the rate of the side")]
    assert [number for number, _ in told[1]] == [4, 6]
    sheet = a.path.with_suffix(".txt").read_text()
    assert "high.toml has 96000 Hz" in sheet
