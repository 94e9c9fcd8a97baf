"""Albums as they lie on the disk: one programme, dithered once, and everything cut from it alike."""

from __future__ import annotations

import errno
import itertools
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from album_material import RATE, MadeAlbum, album_text, music, session_text, write_music

from engine.album.folder import AlbumFolder
from engine.album.make import default_folder, make_album
from engine.cli.main import main
from engine.ddp.reading.fileset import read_ddp
from engine.errors import InputError, MachineError
from engine.measure import measure_file
from engine.report.album import AlbumReport
from engine.session.album.files import load_album, read_text_album

SECTOR = 588
LSB = 2.0**-15


def make(here: Path, tracks: list[dict[str, Any]], **root: Any) -> tuple[AlbumReport, np.ndarray]:
    """Makes an album of those tracks; returns its report and its image as integers."""
    file = here / "album.toml"
    file.write_text(album_text(tracks, **root))
    report = make_album(load_album(file), here / "out", force=True)
    return report, image_of(here / "out" / "ddp")


def image_of(ddp: Path) -> np.ndarray:
    return np.fromfile(ddp / "IMAGE.DAT", "<i2").reshape(-1, 2)


def integers_of(wav: Path) -> np.ndarray:
    return sf.read(wav, dtype="int16", always_2d=True)[0]


def kinds(report: AlbumReport) -> set[tuple[str, int | None]]:
    return {(one.kind, one.track) for one in report.findings}


def test_wave_file_and_tracks_are_the_image(made: MadeAlbum) -> None:
    image = image_of(made.folder / "ddp")
    assert np.array_equal(integers_of(made.folder / "album.wav"), image[150 * SECTOR :])
    tracks = [integers_of(one.path) for one in made.report.tracks if one.path is not None]
    assert np.array_equal(np.concatenate(tracks), image[150 * SECTOR :])
    assert not image[: 150 * SECTOR].any()
    for one, samples in zip(made.report.tracks, tracks, strict=True):
        begin = round((one.start_s + 2.0) * 75) * SECTOR
        assert np.array_equal(image[begin : begin + len(samples)], samples)
        assert one.start_s * 75 == pytest.approx(round(one.start_s * 75), abs=1e-9)


def test_the_set_reads_back(made: MadeAlbum) -> None:
    found = read_ddp(made.folder / "ddp")
    assert found.holds, found.findings
    assert [one.texts["title"] for one in found.tracks] == ["Falling Water", 'Zwölf "Uhr"', "Song", "Last"]
    assert found.tracks[1].texts["performer"] == "A Guest"
    assert [one.isrc for one in found.tracks] == [one.isrc for one in made.report.tracks]
    assert [(one.start - 150) / 75 for one in found.tracks] == [one.start_s for one in made.report.tracks]
    assert found.lead_out == found.sectors == made.report.ddp[0].sectors


def test_figures_are_those_of_the_files(made: MadeAlbum) -> None:
    for one in made.report.tracks:
        assert one.path is not None
        measured = measure_file(one.path)
        assert one.integrated_lufs == measured.integrated_lufs
        assert one.true_peak_dbtp == measured.true_peak_dbtp
    whole = measure_file(made.folder / "album.wav")
    assert made.report.album.integrated_lufs == whole.integrated_lufs
    assert made.report.album.duration_s == pytest.approx(whole.duration_s, abs=1e-9)


def test_times_follow_each_other(made: MadeAlbum) -> None:
    tracks = made.report.tracks
    for before, after in itertools.pairwise(tracks):
        gap_s = max(0.0, after.gap_s)
        assert after.start_s == pytest.approx(before.start_s + before.duration_s + gap_s, abs=1e-9)
    assert tracks[-1].start_s + tracks[-1].duration_s == pytest.approx(made.report.album.duration_s, abs=1e-9)
    assert tracks[1].gap_s == -1.0
    silences = [one.silence_s for one in tracks]
    assert silences == pytest.approx([0.0, -1.0, 0.0, 1.5], abs=1 / 75)
    assert silences[3] >= 1.5 > tracks[3].gap_s  # marks lie before the sound


def test_what_somebody_should_know_names_its_track(made: MadeAlbum) -> None:
    assert {("converted", 2), ("transliterated", 2), ("dithered_again", 4)} <= kinds(made.report)


def test_a_session_comes_by_the_path_of_any_deliverable(made: MadeAlbum, tmp_path: Path) -> None:
    """The same session rendered at 44.1 kHz as float lies in the image, within its dither."""
    session = made.folder.parent / "song.toml"
    text = session.read_text() + '[[deliverables]]\nname = "x"\nsample_rate = 44100\nencoding = "wav32f"\n'
    (made.folder.parent / "rendered.toml").write_text(text)
    code = main(["render", str(made.folder.parent / "rendered.toml"), "--out", str(tmp_path), "--json"])
    assert code in (0, 1)  # 1: noise above 20 kHz passes the ceiling, there as here
    rendered = sf.read(next(tmp_path.glob("*.wav")), always_2d=True)[0]
    lengths = [round(6.1234 * RATE), round(6.5 * RATE)]
    begin = 152 * SECTOR + sum(lengths) - RATE  # behind a cross-fade of 1 s and a segue
    placed = image_of(made.folder / "ddp")[begin : begin + len(rendered)] * LSB
    assert np.abs(placed - rendered).max() <= 1.5 * LSB


def test_a_segued_pair_is_the_undivided_programme(tmp_path: Path) -> None:
    whole = write_music(tmp_path / "whole.wav", 11.0, 7)
    cut = 5 * RATE + 12345
    sf.write(tmp_path / "one.wav", whole[:cut], RATE, subtype="PCM_24")
    sf.write(tmp_path / "two.wav", whole[cut:], RATE, subtype="PCM_24")
    _, divided = make(tmp_path, [{"path": "one.wav"}, {"path": "two.wav", "gap_s": 0.0}])
    _, undivided = make(tmp_path, [{"path": "whole.wav"}])
    assert np.array_equal(divided, undivided)


@pytest.mark.parametrize("rate", [48000, 88200, 96000])
def test_a_segued_run_of_another_rate_is_the_undivided_programme(tmp_path: Path, rate: int) -> None:
    """Converted as one programme: at no mark does the converter begin anew, in lengths neither."""
    whole = write_music(tmp_path / "whole.wav", 16.0, 7, rate=rate)
    cuts = [0, 5 * rate + 12345, 10 * rate + 7, len(whole)]
    for number, (begin, end) in enumerate(itertools.pairwise(cuts)):
        sf.write(tmp_path / f"{number}.wav", whole[begin:end], rate, subtype="PCM_24")
    tracks = [{"path": f"{number}.wav", "gap_s": 0.0} for number in range(3)]
    report, divided = make(tmp_path, tracks)
    _, undivided = make(tmp_path, [{"path": "whole.wav", "gap_s": 0.0}])
    assert np.array_equal(divided, undivided)
    assert [one.start_s for one in report.tracks] == [
        max(0, 150 + 2 + round(cut * RATE / rate) // SECTOR - 2 - 150) / 75 for cut in cuts[:-1]
    ]


def test_a_segued_run_is_limited_as_one_programme(tmp_path: Path) -> None:
    """The first file needs no limiter, the second does: the limiter goes on over the mark."""
    quiet, loud = music(5.5, 7, level=0.05), music(6.0, 8, level=0.6)
    whole = np.concatenate((quiet, loud))
    for name, samples in (("whole", whole), ("one", quiet), ("two", loud)):
        sf.write(tmp_path / f"{name}.wav", samples, RATE, subtype="PCM_24")
    report, divided = make(
        tmp_path,
        [{"path": "one.wav", "trim_db": 6.0}, {"path": "two.wav", "gap_s": 0.0, "trim_db": 6.0}],
    )
    _, undivided = make(tmp_path, [{"path": "whole.wav", "trim_db": 6.0}])
    assert np.array_equal(divided, undivided)
    assert {("limited", 1), ("limited", 2)} <= kinds(report)


def test_segued_tracks_of_different_levels_are_converted_as_one(tmp_path: Path) -> None:
    """The step in level is that of the trims; nothing else happens at the mark."""
    rate = 48000
    whole = write_music(tmp_path / "whole.wav", 11.0, 7, rate=rate)
    cut = 5 * rate + 123
    sf.write(tmp_path / "one.wav", whole[:cut], rate, subtype="PCM_24")
    sf.write(tmp_path / "two.wav", whole[cut:], rate, subtype="PCM_24")
    _, divided = make(tmp_path, [{"path": "one.wav"}, {"path": "two.wav", "gap_s": 0.0, "trim_db": -6.0}])
    _, undivided = make(tmp_path, [{"path": "whole.wav"}])
    seam = 152 * SECTOR + round(cut * RATE / rate)
    assert np.array_equal(divided[:seam], undivided[:seam])
    expected = undivided[seam:] * 10 ** (-6 / 20)
    assert np.abs(divided[seam:] - expected).max() <= 2.5  # dithers of both


def test_a_segue_on_a_side_of_another_rate_is_the_undivided_programme(tmp_path: Path) -> None:
    for rate in (44100, 96000):
        whole = write_music(tmp_path / f"whole{rate}.wav", 11.0, 7, rate=rate)
        cut = 5 * rate + 12345
        sf.write(tmp_path / f"one{rate}.wav", whole[:cut], rate, subtype="PCM_24")
        sf.write(tmp_path / f"two{rate}.wav", whole[cut:], rate, subtype="PCM_24")
    others = 3 * [{"path": "one96000.wav"}]  # the side's rate is that of most of its tracks
    pair = [{"path": "one44100.wav"}, {"path": "two44100.wav", "gap_s": 0.0}]
    make(tmp_path, [*pair, *others], vinyl={"sides": [[1, 2, 3, 4, 5]], "mono_below_hz": 0.0})
    divided = sf.read(next((tmp_path / "out" / "vinyl").glob("*.wav")), dtype="int32", always_2d=True)[0]
    made = [{"path": "whole44100.wav"}, *others]
    make(tmp_path, made, vinyl={"sides": [[1, 2, 3, 4]], "mono_below_hz": 0.0})
    undivided = sf.read(next((tmp_path / "out" / "vinyl").glob("*.wav")), dtype="int32", always_2d=True)[0]
    assert len(divided) > 26 * 96000
    assert np.array_equal(divided, undivided)


def test_equal_gain_joins_what_was_one(tmp_path: Path) -> None:
    """Two files that overlap in the same music, faded with equal gain, are that music again."""
    whole = write_music(tmp_path / "whole.wav", 11.0, 7)
    sf.write(tmp_path / "one.wav", whole[: 6 * RATE], RATE, subtype="PCM_24")
    sf.write(tmp_path / "two.wav", whole[5 * RATE :], RATE, subtype="PCM_24")
    tracks = [{"path": "one.wav"}, {"path": "two.wav", "gap_s": -1.0, "crossfade": "equal_gain"}]
    _, divided = make(tmp_path, tracks)
    _, undivided = make(tmp_path, [{"path": "whole.wav"}])
    assert np.abs(divided.astype(int) - undivided).max() <= 1  # rounding beside the same dither


def test_equal_power_keeps_the_level_of_strangers(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    for name in ("one", "two"):
        sf.write(tmp_path / f"{name}.wav", chance.uniform(-0.3, 0.3, (8 * RATE, 2)), RATE, subtype="PCM_24")
    _, image = make(tmp_path, [{"path": "one.wav"}, {"path": "two.wav", "gap_s": -2.0}])
    start = 152 * SECTOR + 6 * RATE
    powers = [np.mean(image[start + at * RATE // 4 :][: RATE // 4].astype(float) ** 2) for at in range(-8, 8)]
    assert 10 * np.log10(max(powers) / min(powers)) < 0.2


def test_sixteen_bit_files_that_nothing_is_done_to_stay_as_they_are(tmp_path: Path) -> None:
    one = write_music(tmp_path / "one.wav", 5.0, 1, "PCM_16")
    two = write_music(tmp_path / "two.wav", 5.0, 2, "PCM_16")
    report, image = make(tmp_path, [{"path": "one.wav"}, {"path": "two.wav"}])
    begin = 152 * SECTOR
    assert np.array_equal(image[begin : begin + len(one)], np.rint(one * 2**15))
    begin += len(one) + 2 * RATE
    assert np.array_equal(image[begin : begin + len(two)], np.rint(two * 2**15))
    assert ("not_dithered", None) in kinds(report)


def test_a_pause_is_dithered_with_the_rest(tmp_path: Path) -> None:
    write_music(tmp_path / "one.wav", 5.0, 1)
    _, image = make(tmp_path, [{"path": "one.wav"}, {"path": "one.wav", "trim_db": -3.0}])
    begin = 152 * SECTOR + 5 * RATE
    pause = image[begin + SECTOR : begin + 2 * RATE - SECTOR]
    assert set(np.unique(pause)) == {-1, 0, 1}
    assert pause.std() == pytest.approx(0.5, abs=0.01)  # LSB²/4, TPDF and quantiser together


class TestLevels:
    """Keep and target, by the figures of the written files."""

    def test_keep_moves_all_by_the_same(self, tmp_path: Path) -> None:
        write_music(tmp_path / "one.wav", 8.0, 1, level=0.1)
        write_music(tmp_path / "two.wav", 8.0, 2, level=0.2)
        tracks = [{"path": "one.wav"}, {"path": "two.wav"}]
        before, _ = make(tmp_path, tracks)
        after, _ = make(tmp_path, tracks, loudness_lufs=-20.0)
        assert after.album.integrated_lufs == pytest.approx(-20.0, abs=0.05)
        moves = [
            (late.integrated_lufs or 0.0) - (early.integrated_lufs or 0.0)
            for early, late in zip(before.tracks, after.tracks, strict=True)
        ]
        assert moves[0] == pytest.approx(moves[1], abs=0.02)

    def test_keep_drives_sessions_and_holds_their_ceiling(self, tmp_path: Path) -> None:
        write_music(tmp_path / "stem.wav", 6.0, 3, level=0.4)
        for name, drive_db in (("one", 0.0), ("two", 4.0)):
            (tmp_path / f"{name}.toml").write_text(session_text("stem.wav", name, drive_db=drive_db))
        tracks = [{"session": "one.toml"}, {"session": "two.toml"}]
        report, _ = make(tmp_path, tracks, loudness_lufs=-9.0)
        assert report.album.integrated_lufs == pytest.approx(-9.0, abs=0.05)
        assert report.album.true_peak_dbtp is not None
        assert report.album.true_peak_dbtp <= -0.98
        quiet, loud = (one.integrated_lufs for one in report.tracks)
        assert quiet is not None
        assert loud is not None
        assert quiet < loud

    def test_keep_runs_the_stems_of_a_session_twice_whatever_the_solve_takes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Once for what goes into the limiter, once for the master; again only where the target moves."""
        import engine.album.renders as renders

        rendered: list[str] = []
        genuine = renders.render

        def render(session: Any, jobs: Any, *rest: Any) -> Any:
            rendered.append(session.title)
            return genuine(session, jobs, *rest)

        monkeypatch.setattr(renders, "render", render)
        for name, seed, level in (("one", 31, 0.3), ("two", 32, 0.5)):
            write_music(tmp_path / f"{name}.wav", 6.0, seed, rate=48000, level=level)
            text = session_text(f"{name}.wav", name, 48000, drive_db=2.0)
            text = text.replace("chain = [", "start_s = 0.5\nfade_out_s = 1.0\nchain = [")
            (tmp_path / f"{name}.toml").write_text(text)
        tracks = [{"session": "one.toml"}, {"session": "two.toml", "gap_s": 0.0}]
        report, _ = make(tmp_path, tracks, loudness_lufs=-8.0)
        assert report.album.integrated_lufs == pytest.approx(-8.0, abs=0.05)
        assert sorted(rendered) == ["one", "one", "two", "two"]
        rendered.clear()
        report, _ = make(tmp_path, tracks, loudness_lufs=-9.0)
        assert report.album.integrated_lufs == pytest.approx(-9.0, abs=0.05)
        assert sorted(rendered) == ["one", "two"]

    def test_target_brings_each_there(self, tmp_path: Path) -> None:
        write_music(tmp_path / "one.wav", 8.0, 1, level=0.1)
        write_music(tmp_path / "stem.wav", 8.0, 2, level=0.3)
        (tmp_path / "two.toml").write_text(session_text("stem.wav", "two"))
        tracks = [{"path": "one.wav", "trim_db": -1.0}, {"session": "two.toml"}]
        report, _ = make(tmp_path, tracks, levels="target", loudness_lufs=-18.0)
        assert [one.integrated_lufs for one in report.tracks] == pytest.approx(
            [-19.0, -18.0], abs=0.2
        )  # pauses count

    def test_a_finished_file_is_limited_only_where_it_must_be(self, tmp_path: Path) -> None:
        write_music(tmp_path / "one.wav", 6.0, 1, level=0.5)
        report, _ = make(tmp_path, [{"path": "one.wav"}], levels="target", loudness_lufs=-7.0)
        assert report.tracks[0].integrated_lufs == pytest.approx(-7.0, abs=0.1)
        assert report.tracks[0].true_peak_dbtp is not None
        assert report.tracks[0].true_peak_dbtp <= -0.8  # white noise: much of it lies above 20 kHz
        assert ("limited", 1) in kinds(report)


class TestMaterial:
    """Files that are not what they should be: each is told with its track."""

    def test_mono_and_other_rates(self, tmp_path: Path) -> None:
        sf.write(tmp_path / "mono.wav", music(5.0, 1)[:, 0], RATE, subtype="PCM_24")
        write_music(tmp_path / "fast.wav", 5.0, 2, rate=96000)
        report, image = make(tmp_path, [{"path": "mono.wav"}, {"path": "fast.wav"}])
        assert {("mono_file", 1), ("converted", 2)} <= kinds(report)
        sound = image[152 * SECTOR : 152 * SECTOR + 5 * RATE].astype(int)
        assert np.abs(sound[:, 0] - sound[:, 1]).max() <= 2  # dithered independently

    def test_a_true_peak_over_full_scale(self, tmp_path: Path) -> None:
        square = 0.99 * np.sign(np.sin(2 * np.pi * 5512.5 * np.arange(5 * RATE) / RATE + 0.7))
        sf.write(tmp_path / "hot.wav", np.stack([square, square], 1), RATE, subtype="PCM_24")
        report, _ = make(tmp_path, [{"path": "hot.wav"}])
        assert ("over_full_scale", 1) in kinds(report)

    def test_samples_beyond_full_scale_are_an_error(self, tmp_path: Path) -> None:
        sf.write(tmp_path / "over.wav", 6.0 * music(5.0, 1), RATE, subtype="FLOAT")
        report, _ = make(tmp_path, [{"path": "over.wav"}])
        assert not report.holds
        assert ("clipped", 1) in kinds(report)

    @pytest.mark.parametrize("content", [b"", b"RIFF", b"not audio at all" * 100])
    def test_no_audio(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "bad.wav").write_bytes(content)
        with pytest.raises(InputError, match="track 1 'bad'"):
            make(tmp_path, [{"path": "bad.wav"}])
        assert not (tmp_path / "out").exists()

    def test_samples_that_are_no_numbers(self, tmp_path: Path) -> None:
        samples = music(5.0, 1)
        samples[1000] = np.nan
        sf.write(tmp_path / "nan.wav", samples, RATE, subtype="FLOAT")
        with pytest.raises(InputError, match="track 1 'nan'"):
            make(tmp_path, [{"path": "nan.wav"}])
        assert os.listdir(tmp_path) == ["nan.wav", "album.toml"] or not (tmp_path / "out").exists()

    def test_an_unknown_version_names_its_track(self, tmp_path: Path) -> None:
        write_music(tmp_path / "stem.wav", 5.0, 1)
        (tmp_path / "song.toml").write_text(session_text("stem.wav", "song"))
        with pytest.raises(InputError, match="track 1 'song'") as caught:
            make(tmp_path, [{"session": "song.toml", "version": "club"}])
        assert caught.value.kind == "unknown_version"


def test_a_plan_tells_every_fault_and_what_the_files_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sf.write(tmp_path / "mono.wav", music(5.0, 1)[:, 0], RATE, subtype="PCM_24")
    write_music(tmp_path / "fast.wav", 3.0, 2, rate=96000)
    (tmp_path / "bad.wav").write_bytes(b"not audio at all" * 100)
    tracks: list[dict[str, Any]] = [
        {"path": "mono.wav", "title": "Жизнь", "indexes_s": [7.0]},
        {"path": "fast.wav"},
        {"path": "bad.wav"},
    ]
    file = tmp_path / "album.toml"
    file.write_text(album_text(tracks, discs=[[1, 2], [3]]))
    assert main(["album", str(file), "--plan", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    errors = [one for one in said["findings"] if one["severity"] == "error"]
    assert [(one["kind"], one["track"]) for one in errors] == [
        ("not_audio", 3),
        ("index_outside", 1),
        ("short_track", 2),
    ]
    assert not any(one["message"].startswith("track ") for one in errors)  # the finding has its track
    others = {(one["kind"], one["track"]) for one in said["findings"]} - {
        (one["kind"], one["track"]) for one in errors
    }
    assert {("transliterated", 1), ("mono_file", 1), ("converted", 2)} <= others
    assert [one["number"] for one in said["tracks"]] == [1, 2]


def test_two_discs(tmp_path: Path) -> None:
    for name in "abc":
        write_music(tmp_path / f"{name}.wav", 4.5, ord(name))
    file = tmp_path / "album.toml"
    file.write_text(album_text([{"path": f"{name}.wav"} for name in "abc"], discs=[[1, 2], [3]]))
    report = make_album(load_album(file), tmp_path / "out")
    assert [(one.disc, one.start_s == 0.0) for one in report.tracks] == [(1, True), (1, False), (2, True)]
    assert [len(read_ddp(one.path).tracks) for one in report.ddp] == [2, 1]
    names = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")}
    assert {"album-1.cue", "album-2.wav", "pq-sheet-2.txt", "tracks/2-01 c.wav"} <= names
    assert isinstance(report.as_json()["ddp"], list)


class TestFolder:
    """Complete or not there; what was there before stays until the new one is complete."""

    @pytest.fixture
    def here(self, tmp_path: Path) -> Path:
        write_music(tmp_path / "one.wav", 4.5, 1)
        (tmp_path / "album.toml").write_text(album_text([{"path": "one.wav"}], artist="Me & You"))
        return tmp_path

    def listing(self, here: Path) -> dict[str, bytes]:
        out = here / "out"
        return {
            path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()
        }

    def test_the_default_name_is_what_labels_ask_for(self) -> None:
        text = album_text([{"path": "one.wav"}], artist="Me / You", catalogue_number="CAT 1")
        assert default_folder(read_text_album(text, Path("/x/a.toml"))).name == "Me-_-You_Slow-Rivers_CAT-1"

    def test_nothing_is_replaced_without_force(self, here: Path) -> None:
        make_album(load_album(here / "album.toml"), here / "out")
        before = self.listing(here)
        with pytest.raises(InputError) as caught:
            make_album(load_album(here / "album.toml"), here / "out")
        assert caught.value.kind == "exists"
        assert self.listing(here) == before
        (here / "album.toml").write_text(album_text([{"path": "one.wav", "title": "New"}]))
        make_album(load_album(here / "album.toml"), here / "out", force=True)
        assert "tracks/01 New.wav" in self.listing(here)
        assert "tracks/01 one.wav" not in self.listing(here)

    def test_force_never_removes_what_is_not_ours(self, here: Path) -> None:
        make_album(load_album(here / "album.toml"), here / "out")
        (here / "out" / "ddp" / "my notes.txt").write_text("mine")
        with pytest.raises(InputError, match=r"my notes\.txt") as caught:
            make_album(load_album(here / "album.toml"), here / "out", force=True)
        assert caught.value.kind == "foreign_folder"
        assert (here / "out" / "ddp" / "my notes.txt").read_text() == "mine"

    def test_what_the_system_refuses_inside_names_the_folder_that_was_asked_for(self, tmp_path: Path) -> None:
        full = errno.ENOSPC, os.strerror(errno.ENOSPC)
        with pytest.raises(MachineError) as caught, AlbumFolder(tmp_path / "out", force=False) as new:
            raise OSError(*full, os.fspath(new.working / "vinyl"))
        assert (caught.value.kind, caught.value.path) == ("disk_full", tmp_path / "out")
        with pytest.raises(OSError, match=r"other\.wav"), AlbumFolder(tmp_path / "out", force=False):
            raise OSError(*full, os.fspath(tmp_path / "other.wav"))
        assert os.listdir(tmp_path) == []

    def test_an_empty_folder_may_be_used(self, here: Path) -> None:
        (here / "out").mkdir()
        make_album(load_album(here / "album.toml"), here / "out")
        assert (here / "out" / "ddp" / "DDPID").is_file()

    @pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9, 1.0])
    def test_interrupted_at_any_moment(self, here: Path, share: float) -> None:
        calls, last = 0, -1

        def progress(label: str, done: float, total: float) -> None:
            nonlocal calls
            calls += 1
            if calls == last:
                raise KeyboardInterrupt

        make_album(load_album(here / "album.toml"), here / "out", progress=progress)
        before, names = self.listing(here), set(os.listdir(here))
        last, calls = max(1, round(share * calls)), 0
        with pytest.raises(KeyboardInterrupt):
            make_album(load_album(here / "album.toml"), here / "out", force=True, progress=progress)
        assert set(os.listdir(here)) == names
        assert self.listing(here) == before

    @pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9, 1.0])
    def test_a_disk_that_is_full_at_any_write(
        self, here: Path, share: float, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        genuine = os.write
        writes, last = 0, -1

        def write(descriptor: int, data: bytes) -> int:
            nonlocal writes
            writes += 1
            if writes == last:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return genuine(descriptor, data)

        monkeypatch.setattr("engine.files.os.write", write)
        make_album(load_album(here / "album.toml"), here / "out")
        before, names = self.listing(here), set(os.listdir(here))
        last, writes = max(1, round(share * writes)), 0
        with pytest.raises(MachineError) as caught:
            make_album(load_album(here / "album.toml"), here / "out", force=True)
        assert caught.value.kind == "disk_full"
        assert ".stemlathe" not in caught.value.message  # the hidden folder is nobody's business
        assert caught.value.path is not None
        assert caught.value.path.is_relative_to(here / "out")
        assert set(os.listdir(here)) == names
        assert self.listing(here) == before
