"""What programs that others wrote make of an album's folder."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from album_material import MadeAlbum


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed")


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def track_sums(made: MadeAlbum) -> list[str]:
    return [sum_of(one.path) for one in made.report.tracks if one.path is not None]


def sum_of(wav: Path) -> str:
    return hashlib.sha256(sf.read(wav, dtype="int16")[0].tobytes()).hexdigest()


@needs("md5sum")
def test_checksum_files(made: MadeAlbum) -> None:
    assert "FAILED" not in run("md5sum", "-c", "MD5SUMS", cwd=made.folder)
    assert "FAILED" not in run("sha256sum", "-c", "SHA256SUMS", cwd=made.folder)
    said = run("md5sum", "-c", "CHECKSUM.MD5", cwd=made.folder / "ddp")
    assert said.splitlines() == [f"{n}: OK" for n in ("DDPID", "DDPMS", "CDTEXT.BIN", "PQDESCR", "IMAGE.DAT")]


@needs("ffmpeg")
def test_ffmpeg_takes_the_image_as_raw_pcm(made: MadeAlbum, tmp_path: Path) -> None:
    raw = ["ffmpeg", "-v", "error", "-f", "s16le", "-ar", "44100", "-ac", "2", "-i", "IMAGE.DAT"]
    run(*raw, tmp_path / "image.wav", cwd=made.folder / "ddp")
    image = np.fromfile(made.folder / "ddp" / "IMAGE.DAT", "<i2").reshape(-1, 2)
    assert np.array_equal(sf.read(tmp_path / "image.wav", dtype="int16")[0], image)


@needs("cdrskin")
def test_cdrskin_reads_the_texts(made: MadeAlbum) -> None:
    done = subprocess.run(
        ["cdrskin", "textfile_to_v07t=CDTEXT.BIN"], cwd=made.folder / "ddp", capture_output=True, check=True
    )
    lines = {" ".join(line.split()) for line in done.stdout.decode("latin-1").splitlines()}
    assert {
        "Album Title = Slow Rivers",
        "Artist Name = The Band",
        "Genre Code = Pop Music",
        'Track 02 Title = Zwölf "Uhr"',
        "Track 02 Artist = A Guest",
        "Track 04 Title = Last",
        "Last Track Number = 4",
    } <= lines


@needs("cdrskin")
def test_cdrskin_checks_the_packs(made: MadeAlbum, tmp_path: Path) -> None:
    """It writes nowhere (an emulated drive without a medium), but it reads the packs first."""
    content = bytearray((made.folder / "ddp" / "CDTEXT.BIN").read_bytes())

    def said(data: bytes) -> str:
        (tmp_path / "CDTEXT.BIN").write_bytes(data)
        options = ["--allow_emulated_drives", "dev=stdio:/dev/null", "--cdtext_dummy", "-sao", "-audio"]
        command = ["cdrskin", *options, f"textfile={tmp_path / 'CDTEXT.BIN'}", str(made.folder / "album.wav")]
        return subprocess.run(command, capture_output=True, check=False).stderr.decode("latin-1")

    assert "CRC mismatch" not in said(bytes(content))
    content[6] ^= 0x10
    assert "CD-TEXT pack CRC mismatch" in said(bytes(content))


@needs("cdrdao")
def test_cdrdao_reads_the_cue_sheet(made: MadeAlbum) -> None:
    said = run("cdrdao", "show-toc", "album.cue", cwd=made.folder)
    ours = [
        (one.number, one.isrc, round(one.start_s * 75), round((one.start_s + one.duration_s) * 75))
        for one in made.report.tracks
    ]
    theirs = [
        (int(number), isrc.replace(" ", ""), int(start), int(end))
        for number, isrc, start, end in re.findall(
            r"TRACK +(\d+).*?ISRC ([^\n]+).*?START[^(\n]*\( *(\d+)\).*?END[^(\n]*\( *(\d+)\)", said, re.DOTALL
        )
    ]
    assert theirs == ours
    assert re.findall(r"PREGAP [^(\n]*\( *(\d+)\)", said) == ["111"]  # a pause of 1.5 s less the early mark
    assert "CATALOG NUMBER: 4006381333931" in said


@needs("cd-info")
def test_cd_info_reads_the_cue_sheet(made: MadeAlbum, tmp_path: Path) -> None:
    """It opens a file called like the cue sheet, with the ending `.bin`, whatever the sheet says."""
    shutil.copy(made.folder / "album.cue", tmp_path)
    (tmp_path / "album.bin").write_bytes((made.folder / "ddp" / "IMAGE.DAT").read_bytes()[150 * 2352 :])
    said = run("cd-info", "--no-analyze", "--no-device-info", "--cue-file=album.cue", cwd=tmp_path)
    rows = re.findall(r"^\s*(\d+): (\d\d:\d\d:\d\d) \s*(\d+) audio", said, re.MULTILINE)
    assert [int(lsn) for _, _, lsn in rows] == [round(one.start_s * 75) for one in made.report.tracks]
    assert "4006381333931" in said


@needs("bchunk")
def test_bchunk_cuts_the_image_into_the_same_tracks(made: MadeAlbum, tmp_path: Path) -> None:
    (tmp_path / "album.bin").write_bytes((made.folder / "ddp" / "IMAGE.DAT").read_bytes()[150 * 2352 :])
    run("bchunk", "-w", "album.bin", made.folder / "album.cue", "t", cwd=tmp_path)
    for path, one in zip(sorted(tmp_path.glob("t*.wav")), made.report.tracks, strict=True):
        assert one.path is not None
        theirs, ours = sf.read(path, dtype="int16")[0], sf.read(one.path, dtype="int16")[0]
        assert len(theirs) == round(one.duration_s * 44100)  # pauses are in none of their files
        assert np.array_equal(theirs, ours[: len(theirs)])


@needs("shntool")
def test_shntool_cuts_the_wave_file_into_the_same_tracks(made: MadeAlbum, tmp_path: Path) -> None:
    cue, wav = made.folder / "album.cue", made.folder / "album.wav"
    run("shntool", "split", "-q", "-d", tmp_path, "-f", cue, "-o", "wav", wav, cwd=tmp_path)
    assert [sum_of(path) for path in sorted(tmp_path.glob("split*.wav"))] == track_sums(made)
