"""What a codec gives back to be listened to: of the live session, in place, measured."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from deliver_material import musical

from engine.cli.main import main
from engine.meters.loudness import LoudnessMeter
from engine.preview.codec_trip import travel
from engine.session.encodings import ENCODINGS

RATE = 44_100


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Three seconds at 44.1 kHz, whose master begins half a second late."""
    soundfile.write(tmp_path / "one.wav", 0.5 * musical(3.0, RATE, seed=4), RATE, "FLOAT")
    path = tmp_path / "song.toml"
    path.write_text(
        f'sample_rate = {RATE}\n[[stems]]\nname = "One"\npath = "one.wav"\n[master]\nstart_s = 0.5\n'
        'chain = [ { type = "limiter", drive_db = 3.0 } ]\n'
        '[[deliverables]]\nname = "loud"\nloudness_lufs = -9.0\nencoding = "wav16"\nmono_files = true\n',
        encoding="utf-8",
    )
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, object]:
    assert main(["preview", *map(str, words), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("codec", ["aac-256", "mp3-320", "opus-160", "vorbis"])
def test_it_is_the_master_in_its_place_with_the_figures_of_preview(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], codec: str
) -> None:
    if ENCODINGS[codec].needs_codecs:
        pytest.importorskip("av")
    out = tmp_path / "folder" / "heard.wav"
    found = run(capsys, song, "--codec", codec, "--decoded", out)
    assert main(["render", str(song), "--out", str(tmp_path / "r")]) in (0, 1)
    capsys.readouterr()
    heard, rate = soundfile.read(out)
    assert (rate, found["start_s"], soundfile.info(out).subtype) == (RATE, 0.5, "FLOAT")

    # in place: the best match with the plain master is at no delay
    plain = 10 ** (3.0 / 20.0) * soundfile.read(song.parent / "one.wav")[0][RATE // 2 :]
    length = min(len(heard), len(plain))
    assert abs(len(heard) - len(plain)) <= 1
    one, two = (np.fft.rfft(signal[:length, 0], 2 * length) for signal in (heard, plain))
    lags = np.fft.irfft(one * two.conj())
    assert int(np.argmax(lags)) == 0
    assert np.corrcoef(heard[:length, 0], plain[:length, 0])[0, 1] > 0.98

    meter = LoudnessMeter(RATE, 2)
    meter.process(np.ascontiguousarray(heard))
    assert found["integrated_lufs"] == pytest.approx(meter.result().integrated_lufs, abs=0.05)
    assert abs(float(str(found["integrated_lufs"])) - float(str(found["master_lufs"]))) < 1.0


def test_a_deliverable_s_target_is_met_before_encoding(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "heard.wav"
    found = run(capsys, song, "--codec", "vorbis-q5", "--decoded", out, "--deliverable", "loud")
    assert found["master_lufs"] == pytest.approx(-9.0, abs=0.1)
    assert [file.name for file in tmp_path.iterdir() if "codec-" in file.name] == []
    # the same master through `preview` alone
    assert main(["render", str(song), "--deliverable", "loud", "--out", str(tmp_path / "r")]) == 0
    capsys.readouterr()
    trip = travel(next((tmp_path / "r").glob("*.L.wav")), "vorbis-q5", tmp_path / "again.ogg")
    assert trip.sample_rate == found["sample_rate"]


def test_what_cannot_be_is_refused(song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "heard.wav")
    for words, code, said in (
        (["--decoded", out], 2, "one --codec"),
        (["--decoded", out, "--codec", "vorbis", "--deliverable", "x"], 2, "no deliverable 'x'"),
        (["--decoded", out, "--codec", "vorbis", "--version", "stems"], 2, "no such version"),
        (["--decoded", str(song), "--codec", "vorbis"], 3, "already there"),
    ):
        assert main(["preview", str(song), *words]) == code
        assert said in capsys.readouterr().err
    assert not Path(out).exists()
