"""The sound around a gap: cut from the same programme as the disc, played through the player."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from album_material import RATE, album_text, session_text, write_music

from engine.album.audition import Excerpt, write_excerpt
from engine.album.make import make_album
from engine.album.renders import Renders, Wanted
from engine.cli.main import main
from engine.errors import InputError
from engine.progress import silent
from engine.session.album.files import load_album
from engine.session.album.model import AlbumTrack

pytestmark = pytest.mark.usefixtures("plain_papers")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five tracks: a pause, a cross-fade, a segue of 48 kHz, a session."""
    here = tmp_path_factory.mktemp("audition")
    write_music(here / "a.wav", 6.1234, 1)
    write_music(here / "b.wav", 6.5, 2, rate=48000)
    write_music(here / "c.wav", 6.5, 3, rate=48000)
    write_music(here / "d.wav", 5.0, 4)
    write_music(here / "stem.wav", 5.0, 5, rate=48000)
    (here / "song.toml").write_text(session_text("stem.wav", "Song", 48000))
    tracks: list[dict[str, Any]] = [
        {"path": "a.wav", "fade_out_s": 0.5},
        {"path": "b.wav", "gap_s": 1.5},
        {"path": "c.wav", "gap_s": 0.0},
        {"path": "d.wav", "gap_s": -1.25, "fade_in_s": 0.3},
        {"session": "song.toml", "gap_s": 1.0},
    ]
    (here / "album.toml").write_text(album_text(tracks))
    make_album(load_album(here / "album.toml"), here / "out")
    return here


def excerpt_of(here: Path, number: int, path: Path, seconds: float = 2.0) -> tuple[Excerpt, np.ndarray]:
    album = load_album(here / "album.toml")
    found = write_excerpt(album, number, seconds, path, Renders(silent), silent)
    samples, rate = sf.read(path, always_2d=True)
    assert rate == RATE
    assert len(samples) == round(found.duration_s * RATE)
    return found, samples


@pytest.mark.parametrize(("number", "gap_s", "duration_s"), [(2, 1.5, 5.5), (3, 0.0, 4.0), (4, -1.25, 5.25)])
def test_a_gap_is_that_of_the_disc(
    here: Path, tmp_path: Path, number: int, gap_s: float, duration_s: float
) -> None:
    found, samples = excerpt_of(here, number, tmp_path / "gap.wav")
    assert found.gap_s == pytest.approx(gap_s, abs=1 / 75)
    assert found.duration_s == pytest.approx(duration_s, abs=1 / 75)
    image = np.fromfile(here / "out" / "ddp" / "IMAGE.DAT", "<i2").reshape(-1, 2) * 2.0**-15
    # where in the image it lies: by the place of its loudest correlation, found on a mark's neighbourhood
    spectrum = np.fft.rfft(image[:, 0], 1 << 21) * np.conj(np.fft.rfft(samples[:, 0], 1 << 21))
    begin = int(np.argmax(np.fft.irfft(spectrum)))
    assert np.abs(image[begin : begin + len(samples)] - samples).max() <= 1.5 * 2.0**-15


def test_the_first_track_begins_after_a_moment(here: Path, tmp_path: Path) -> None:
    found, samples = excerpt_of(here, 1, tmp_path / "gap.wav", 3.0)
    assert found.before is None
    assert found.duration_s == pytest.approx(3.5)
    assert not samples[: RATE // 2].any()
    assert np.array_equal(samples[RATE // 2 :], sf.read(here / "a.wav", frames=3 * RATE)[0])


def test_a_session_is_heard_as_its_master(here: Path, tmp_path: Path) -> None:
    found, samples = excerpt_of(here, 5, tmp_path / "gap.wav", 60.0)
    assert found.track.session is not None
    image = np.fromfile(here / "out" / "ddp" / "IMAGE.DAT", "<i2").reshape(-1, 2) * 2.0**-15
    own = samples[round(found.join_s * RATE) :]
    spectrum = np.fft.rfft(image[:, 0], 1 << 21) * np.conj(np.fft.rfft(own[:, 0], 1 << 21))
    begin = int(np.argmax(np.fft.irfft(spectrum)))
    assert np.abs(image[begin : begin + len(own)] - own).max() <= 1.5 * 2.0**-15


def test_there_is_no_such_track(here: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no track 9"):
        excerpt_of(here, 9, tmp_path / "gap.wav")


def test_the_verb_plays_it_and_says_where_nothing_is_heard(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["album", str(here / "album.toml"), "--audition", "2", "--seconds", "0.2", "--device", "null"]
    assert main([*words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["before"], said["track"], said["device"], said["audible"]) == (1, 2, "null", False)
    assert said["duration_s"] == pytest.approx(1.9, abs=1 / 75)
    assert main(words) == 0
    assert "makes no sound" in capsys.readouterr().out


def test_a_device_that_is_not_there(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["album", str(here / "album.toml"), "--audition", "2", "--seconds", "0.2", "--device", "No Such"]
    assert main([*words, "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["error"]["message"]


def test_what_is_heard_is_what_the_disc_gets(tmp_path: Path) -> None:
    """Every gap of an album that is brought to a loudness: sessions with limiters, a run of three files
    of 48 kHz that are raised into one limiter, a cross-fade; against the image, to its dither."""
    write_music(tmp_path / "stem.wav", 5.3, 5, rate=48000)
    (tmp_path / "song.toml").write_text(session_text("stem.wav", "Song", 48000, drive_db=2.0))
    for seed, name in enumerate("abc"):
        write_music(tmp_path / f"{name}.wav", 5.0 + 0.3001 * seed, 20 + seed, rate=48000, level=0.3)
    write_music(tmp_path / "d.wav", 6.0, 9)
    tracks: list[dict[str, Any]] = [
        {"session": "song.toml"},
        {"path": "a.wav", "gap_s": 0.7},
        {"path": "b.wav", "gap_s": 0.0},
        {"path": "c.wav", "gap_s": 0.0},
        {"path": "d.wav", "gap_s": -1.0, "trim_db": -2.0},
    ]
    (tmp_path / "album.toml").write_text(album_text(tracks, loudness_lufs=-6.0))
    heard = [excerpt_of(tmp_path, number, tmp_path / f"{number}.wav") for number in range(1, 6)]
    report = make_album(load_album(tmp_path / "album.toml"), tmp_path / "out")
    assert report.tracks[1].gain_db > 3.0
    assert [one.track for one in report.findings if one.kind == "limited"] == [2, 3, 4], report.findings
    image = np.fromfile(tmp_path / "out" / "ddp" / "IMAGE.DAT", "<i2").reshape(-1, 2) * 2.0**-15
    for (found, samples), track in zip(heard, report.tracks, strict=True):
        spectrum = np.fft.rfft(image[:, 0], 1 << 21) * np.conj(np.fft.rfft(samples[:, 0], 1 << 21))
        begin = int(np.argmax(np.fft.irfft(spectrum)))
        assert begin / RATE + found.join_s == pytest.approx(track.start_s + 2.0, abs=3 / 75)
        assert np.abs(image[begin : begin + len(samples)] - samples).max() <= 1.5 * 2.0**-15


class _Noting(Renders):
    """Renders that note of which tracks a master was asked for."""

    def __init__(self) -> None:
        super().__init__(silent)
        self.asked: set[int] = set()

    def file(self, track: AlbumTrack, wanted: Wanted) -> Path:
        self.asked.add(track.number)
        return super().file(track, wanted)


def test_no_session_is_rendered_that_is_not_heard(tmp_path: Path) -> None:
    """A run of three files that are converted as one, between two sessions: it is read, and no more."""
    write_music(tmp_path / "stem.wav", 4.5, 5)
    (tmp_path / "song.toml").write_text(session_text("stem.wav", "Song"))
    for seed, name in enumerate("abc"):
        write_music(tmp_path / f"{name}.wav", 4.2, seed, rate=48000)
    tracks: list[dict[str, Any]] = [
        {"session": "song.toml"},
        {"path": "a.wav", "gap_s": 1.0},
        {"path": "b.wav", "gap_s": 0.0},
        {"path": "c.wav", "gap_s": 0.0},
        {"session": "song.toml", "gap_s": 1.0},
    ]
    (tmp_path / "album.toml").write_text(album_text(tracks))
    album = load_album(tmp_path / "album.toml")
    asked = {}
    for number in range(1, 6):
        renders = _Noting()
        write_excerpt(album, number, 0.5, tmp_path / "gap.wav", renders, silent)
        asked[number] = renders.asked
    assert asked == {1: {1}, 2: {1}, 3: set(), 4: set(), 5: {5}}


def test_no_session_behind_a_cross_fade_is_rendered(here: Path, tmp_path: Path) -> None:
    """The gaps in front of the second to the fourth track, of files; the fifth is a session."""
    album, asked = load_album(here / "album.toml"), {}
    for number in range(2, 6):
        renders = _Noting()
        write_excerpt(album, number, 0.5, tmp_path / "gap.wav", renders, silent)
        asked[number] = renders.asked
    assert asked == {2: set(), 3: set(), 4: set(), 5: {5}}


def test_the_offset_of_the_album_is_found_once(tmp_path: Path) -> None:
    """A second listening measures nothing; another title changes nothing, another level does."""
    write_music(tmp_path / "a.wav", 6.0, 1)
    write_music(tmp_path / "b.wav", 6.0, 2)
    tracks: list[dict[str, Any]] = [{"path": "a.wav", "title": "A"}, {"path": "b.wav", "gap_s": 1.0}]
    file = tmp_path / "album.toml"

    def passes(text: str) -> tuple[int, np.ndarray]:
        file.write_text(text)
        labels: list[str] = []
        album = load_album(file)
        write_excerpt(
            album, 2, 1.0, tmp_path / "gap.wav", Renders(silent), lambda label, *_: labels.append(label)
        )
        return labels.count("album loudness"), sf.read(tmp_path / "gap.wav")[0]

    first, heard = passes(album_text(tracks, loudness_lufs=-20.0))
    assert first > 0
    again, same = passes(album_text([{**tracks[0], "title": "Another"}, tracks[1]], loudness_lufs=-20.0))
    assert (again, np.array_equal(heard, same)) == (0, True)
    softer, other = passes(album_text(tracks, loudness_lufs=-23.0))
    assert softer > 0
    assert np.abs(other).max() == pytest.approx(np.abs(heard).max() * 10 ** (-3 / 20), rel=0.003)


@pytest.mark.parametrize(
    ("seconds", "fits"),
    [("0", False), ("0.001", True), ("60", True), ("60.001", False), ("-1", False), ("nan", False)],
)
def test_a_length_that_nobody_listens_to_is_wrong_usage(
    here: Path, capsys: pytest.CaptureFixture[str], seconds: str, fits: bool
) -> None:
    """Where it fits, the track is what is missing."""
    code = main(
        ["album", str(here / "album.toml"), "--audition", "99", f"--seconds={seconds}", "--device", "null"]
    )
    assert ("above 0, up to 60" in capsys.readouterr().err) is not fits
    assert (code == 2) is not fits
