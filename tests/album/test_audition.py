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
from engine.album.renders import Renders
from engine.cli.main import main
from engine.errors import InputError
from engine.progress import silent
from engine.session.album.files import load_album

SECTOR = 588


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
    spectrum = np.fft.rfft(image[:, 0], 1 << 22) * np.conj(np.fft.rfft(samples[:, 0], 1 << 22))
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
    spectrum = np.fft.rfft(image[:, 0], 1 << 22) * np.conj(np.fft.rfft(own[:, 0], 1 << 22))
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
