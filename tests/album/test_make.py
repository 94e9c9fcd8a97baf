"""Albums as they lie on the disk: one programme, dithered once, and everything cut from it alike."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from album_material import (
    LSB,
    RATE,
    SECTOR,
    MadeAlbum,
    album_text,
    image_of,
    integers_of,
    kinds,
    make,
    music,
    session_text,
    write_music,
)

from engine.album.make import make_album
from engine.cli.main import main
from engine.ddp.reading.fileset import read_ddp
from engine.errors import InputError
from engine.measure import measure_file
from engine.session.album.files import load_album

pytestmark = pytest.mark.usefixtures("plain_papers")


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


def test_sixteen_bit_files_that_nothing_is_done_to_stay_as_they_are(tmp_path: Path) -> None:
    one = write_music(tmp_path / "one.wav", 4.4, 1, "PCM_16")
    two = write_music(tmp_path / "two.wav", 4.4, 2, "PCM_16")
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
