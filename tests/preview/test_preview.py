"""Masters through codecs and on one loudspeaker, checked by decoders and arithmetic of their own."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from deliver_material import musical

from engine.cli.main import main
from engine.errors import InputError, UsageError
from engine.preview.codec_trip import travel
from engine.preview.fold_down import fold_down
from engine.preview.preview import Asked, codecs_of, preview
from engine.report.preview import FilePreview
from engine.session.encodings import ENCODINGS
from engine.session.platforms import platforms

RATE = 44_100


@pytest.fixture(scope="module")
def loud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds, driven into a hard ceiling at −0.1 dBFS: any codec passes full scale on it."""
    samples = np.clip(6.0 * musical(3.0, RATE), -0.9886, 0.9886)
    path = tmp_path_factory.mktemp("masters") / "loud.wav"
    soundfile.write(path, samples, RATE, "FLOAT")
    return path


def entry(path: Path, *codecs: str, folder: Path | None = None) -> FilePreview:
    found = preview(Asked([path], codecs, folder)).files[0]
    assert isinstance(found, FilePreview)
    return found


def test_vorbis_is_measured_as_another_decoder_reads_it(loud: Path, tmp_path: Path) -> None:
    found = entry(loud, "vorbis-q2", folder=tmp_path)
    (trip,) = found.codecs
    assert trip.path is not None
    decoded, rate = soundfile.read(trip.path)
    assert rate == trip.sample_rate == RATE
    assert trip.overs == int(np.count_nonzero(np.abs(decoded) > 1.0)) > 0
    assert trip.decoded_true_peak_dbtp is not None
    assert trip.decoded_true_peak_dbtp >= 20 * np.log10(np.abs(decoded).max()) > 0.0
    assert trip.platforms == ("Spotify",)
    assert 60 < trip.bitrate_kbps < 200
    assert trip.loudness_change_lu is not None
    assert abs(trip.loudness_change_lu) < 1.0


def test_the_suggested_ceiling_holds_when_it_is_encoded_afresh(loud: Path, tmp_path: Path) -> None:
    found = entry(loud, "vorbis-q2", "vorbis-q9")
    assert found.suggested_ceiling_dbtp is not None
    assert found.true_peak_dbtp is not None
    gain_db = found.suggested_ceiling_dbtp - found.true_peak_dbtp
    assert gain_db < 0.0
    for codec in ("vorbis-q2", "vorbis-q9"):
        peak = travel(loud, codec, tmp_path / f"{codec}.ogg", gain_db).true_peak_dbtp
        assert peak is not None
        assert peak <= 0.0


def test_a_quiet_master_keeps_its_ceiling(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "quiet.wav", 0.1 * musical(1.0, RATE), RATE, "PCM_24")
    found = entry(tmp_path / "quiet.wav", "vorbis")
    assert found.suggested_ceiling_dbtp == found.true_peak_dbtp
    assert found.codecs[0].overs == 0


@pytest.mark.parametrize("codec", ["aac-128", "mp3-128", "opus-128"])
def test_codecs_of_pyav_come_back_at_their_level(codec: str, loud: Path, tmp_path: Path) -> None:
    pytest.importorskip("av")
    trip = travel(loud, codec, tmp_path / f"a{ENCODINGS[codec].extension}", gain_db=-12.0)
    plain = travel(loud, "vorbis-q9", tmp_path / "a.ogg", gain_db=-12.0)
    assert trip.bitrate_kbps == 128
    assert trip.sample_rate == (48_000 if codec.startswith("opus") else RATE)
    assert trip.integrated_lufs is not None
    assert plain.integrated_lufs is not None
    # LAME lowers 128 kbit/s by 0.45 dB
    assert trip.integrated_lufs == pytest.approx(plain.integrated_lufs, abs=0.6)


def test_without_pyav_a_sentence_says_how_to_get_it(loud: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(InputError, match=r"stemlathe\[codecs\]"):
        preview(Asked([loud], ["vorbis", "mp3-128"]))


def stereo(tmp_path: Path, left: np.ndarray, right: np.ndarray) -> Path:
    soundfile.write(tmp_path / "s.wav", np.column_stack((left, right)), 48_000, "FLOAT")
    return tmp_path / "s.wav"


def test_mono_of_equal_sides_loses_nothing(random: np.random.Generator, tmp_path: Path) -> None:
    noise = 0.1 * random.standard_normal(96_000)
    found = fold_down(stereo(tmp_path, noise, noise))
    assert found is not None
    assert found.verdict == "pass"
    assert found.loudness_change_lu == pytest.approx(0.0, abs=1e-9)
    assert all(band.change_db == pytest.approx(0.0, abs=1e-9) for band in found.bands)


def test_mono_of_sides_that_have_nothing_in_common_loses_three_decibels(
    random: np.random.Generator, tmp_path: Path
) -> None:
    left, right = 0.1 * random.standard_normal((2, 480_000))
    found = fold_down(stereo(tmp_path, left, right))
    assert found is not None
    assert found.loudness_change_lu == pytest.approx(-3.0, abs=0.1)
    assert found.bands[5].change_db == pytest.approx(-3.01, abs=0.15)


def test_an_octave_that_cancels_is_found(random: np.random.Generator, tmp_path: Path) -> None:
    time = np.arange(96_000) / 48_000
    bass = 0.2 * np.sin(2 * np.pi * 63 * time)
    voice = 0.2 * np.sin(2 * np.pi * 1000 * time)
    found = fold_down(stereo(tmp_path, voice + bass, voice - bass))
    assert found is not None
    assert found.verdict == "fail"
    changes = {round((band.low_hz * band.high_hz) ** 0.5): band.change_db for band in found.bands}
    assert changes[63] is not None
    assert changes[63] < -20.0
    assert changes[1000] == pytest.approx(0.0, abs=0.01)
    silent = fold_down(stereo(tmp_path, bass, -bass))
    assert silent is not None
    assert (silent.verdict, silent.loudness_change_lu) == ("fail", None)


def test_one_channel_has_no_fold_down(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "m.wav", np.full(48_000, 0.1), 48_000)
    assert fold_down(tmp_path / "m.wav") is None


def test_names_of_codecs(capsys: pytest.CaptureFixture[str]) -> None:
    assert codecs_of(["vorbis-q5", "spotify"])[0] == "vorbis-q5"
    assert set(codecs_of(["mp3"])) == {"mp3-128", "mp3-320"}
    assert len(codecs_of([])) == len(set(codecs_of([])))
    for name in ("wav24", "napster"):
        with pytest.raises(UsageError, match=name):
            codecs_of([name])


def test_platforms_are_dated_and_sourced() -> None:
    for platform in platforms().values():
        datetime.date.fromisoformat(platform.date)
        assert platform.source
        assert all(ENCODINGS[codec].lossy for codec in platform.codecs)


def test_the_verb_keeps_files_and_replaces_none(
    loud: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["preview", str(loud), "--codec", "vorbis-q9", "--out", str(tmp_path), "--json"]
    assert main(command) == 0
    document = json.loads(capsys.readouterr().out)
    (one,) = document["files"]
    assert set(one) >= {"path", "codecs", "suggested_ceiling_dbtp", "mono"}
    assert set(one["codecs"][0]) >= {
        *("codec", "bitrate_kbps", "decoded_true_peak_dbtp", "overs", "integrated_lufs", "path")
    }
    kept = Path(one["codecs"][0]["path"])
    first = kept.read_bytes()
    assert main(command) == 3
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "exists"
    assert main([*command, "--force"]) == 0
    assert kept.read_bytes() == first  # nothing is drawn by lot
