"""Tags as programs read them that share no code with the writer, and the audio they must not touch."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from wavinfo import WavInfoReader

from engine.audio import wav_write
from engine.audio.source import open_source
from engine.audio.writer import open_writer
from engine.errors import InputError, MachineError
from engine.files import AtomicFile
from engine.session.declare import Kind
from engine.session.encodings import ENCODINGS
from engine.session.fields import METADATA
from engine.tags import riff
from engine.tags.bext import cut_short
from engine.tags.fields import FIELDS
from engine.tags.file import read_tags, write_tags
from engine.tags.tags import Loudness, Tags, Technical

EACH = ("wav24", "wav32f", "aiff24", "flac16", "mp3-320", "aac-256", "opus-160", "vorbis")
TEXT = {
    "title": "Fällendes Wasser",
    "version": "Instrumental",
    "artist": "Jörg & <Ænima>",
    "album": "Slow Rivers",
    "album_artist": "Various",
    "composer": "A. Composer",
    "writer": "W. Writer",
    "label": "Label",
    "catalogue_number": "CAT-001",
    "barcode": "4006381333931",
    "genre": "Pop",
    "year": "2026",
    "copyright": "2026 Label",
    "comment": "日本語 " + "c" * 10_000,
    "isrc": "DEA312600001",
    "track": "3",
    "track_total": "12",
    "disc": "1",
    "disc_total": "2",
    "encoder": "stemlathe",
}
HISTORY = ("A=PCM,F=96000,M=stereo,T=stems", "A=PCM,F=48000,W=24,M=stereo,T=stemlathe")
TAGS = Tags(
    TEXT,
    originator="Süd Studio",
    loudness=Loudness(-9.30, 5.5, -1.026, -6.4, None),
    album_loudness=Loudness(-10.0, None, -0.5, None, None),
    technical=Technical(48_000, 24, ("Left", "Right"), 5 << 32, HISTORY),
)


def new_file(folder: Path, encoding: str, frames: int = 12_001) -> Path:
    path = folder / f"{encoding}{ENCODINGS[encoding].extension}"
    with open_writer(path, 48_000, 2, encoding, 1) as writer:
        writer.write(np.random.default_rng(5).uniform(-0.3, 0.3, (frames, 2)))
    return path


def audio_hash(path: Path) -> str:
    with open_source(path) as source:
        out = np.empty((source.frames, source.channels))
        source.read_into(0, out, 0, source.channels)
    return hashlib.sha256(out.tobytes()).hexdigest()


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One tagged file of each encoding."""
    folder = tmp_path_factory.mktemp("tagged")
    files = {encoding: new_file(folder, encoding) for encoding in EACH}
    for path in files.values():
        write_tags(path, TAGS)
    return files


def output_of(*command: str | Path) -> str:
    if not shutil.which(str(command[0])):
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run([str(part) for part in command], capture_output=True, check=True, text=True).stdout


@pytest.mark.parametrize("encoding", EACH)
def test_the_audio_stays_and_the_bytes_repeat(tmp_path: Path, encoding: str) -> None:
    path = new_file(tmp_path, encoding)
    before, contents = audio_hash(path), []
    for tags in (Tags({"title": "x"}), TAGS, TAGS):
        write_tags(path, tags)
        contents.append(path.read_bytes())
        assert audio_hash(path) == before
    assert contents[1] == contents[2] != contents[0]
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("encoding", EACH)
def test_what_was_written_is_read_back(tagged: dict[str, Path], encoding: str) -> None:
    found = read_tags(tagged[encoding])
    gains = {name: found.pop(name) for name in list(found) if name.startswith(("replaygain", "r128"))}
    assert found == TEXT
    # −18 − (−9.30) dB; 10^(−1.026 / 20); 256 · (−23 + 9.30)
    opus = {"r128_track_gain": "-3507", "r128_album_gain": "-3328"}
    others = {
        "replaygain_track_gain": "-8.70 dB",
        "replaygain_track_peak": "0.888587",
        "replaygain_album_gain": "-8.00 dB",
        "replaygain_album_peak": "0.944061",
    }
    assert gains == (opus if encoding.startswith("opus") else others)


#: Every text as long as a session may say it, of characters that take four bytes.
LONGEST = {
    field.name: "\U0001d11e" * int(field.maximum)
    for field in METADATA
    if field.kind is Kind.TEXT and field.name in FIELDS and field.name != "isrc"
}


@pytest.mark.parametrize("encoding", EACH)
def test_every_text_of_the_greatest_length_is_held_whole(tmp_path: Path, encoding: str) -> None:
    """110 kB of tags in a file of a quarter of a second."""
    assert (len(LONGEST["comment"]), len(LONGEST)) == (20_000, 9)
    path = new_file(tmp_path, encoding)
    before = audio_hash(path)
    write_tags(path, replace(TAGS, text=LONGEST))
    assert audio_hash(path) == before
    assert {name: text for name, text in read_tags(path).items() if name in LONGEST} == LONGEST
    if encoding.startswith("wav"):
        assert WavInfoReader(str(path)).ixml.raw_xml.findtext("NOTE") == LONGEST["comment"]
        return
    probe = json.loads(
        output_of("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", path)
    )
    found = {**probe["streams"][0].get("tags", {}), **probe["format"].get("tags", {})}
    found = {name.lower(): text for name, text in found.items()}
    assert (found["comment"], found["artist"]) == (LONGEST["comment"], LONGEST["artist"])


@pytest.mark.parametrize(("length", "told"), [(32, 0), (33, 1)])
def test_what_broadcast_wave_has_no_room_for_is_told(length: int, told: int) -> None:
    found = cut_short(replace(TAGS, originator="ö" * length))
    assert len(found) == told
    assert all("32 characters of the originator" in one for one in found)
    text = {"title": "t" * 150, "artist": "a" * (256 - 150 - 3 + told)}
    assert len(cut_short(Tags(text, originator="x"))) == told


@pytest.mark.parametrize("encoding", EACH)
def test_mediainfo(tagged: dict[str, Path], encoding: str) -> None:
    general: dict[str, Any] = json.loads(output_of("mediainfo", "--Output=JSON", tagged[encoding]))
    track = general["media"]["track"][0]
    assert track["Track"] == TEXT["title"]
    assert track["Performer"] == TEXT["artist"]
    assert track["Album"] == TEXT["album"]
    assert track["ISRC"] == TEXT["isrc"]
    assert track["Track_Position"] == "3"
    comment = track.get("Comment") or track["extra"]["Comment"]
    # 23.04 reads 8 kB of tags in an Opus file as short as this; ffprobe reads them all
    assert comment == TEXT["comment"] or (encoding.startswith("opus") and TEXT["comment"].startswith(comment))


@pytest.mark.parametrize("encoding", [one for one in EACH if not one.startswith("wav")])
def test_ffprobe(tagged: dict[str, Path], encoding: str) -> None:
    probe = json.loads(
        output_of("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", tagged[encoding])
    )
    found = {**probe["streams"][0].get("tags", {}), **probe["format"].get("tags", {})}
    found = {name.lower(): text for name, text in found.items()}
    assert (found["title"], found["artist"], found["composer"]) == (
        TEXT["title"],
        TEXT["artist"],
        TEXT["composer"],
    )
    assert TEXT["isrc"] in (found.get("isrc"), found.get("tsrc"))
    assert (found["barcode"], found["comment"]) == (TEXT["barcode"], TEXT["comment"])
    if encoding.startswith("opus"):
        assert found["r128_track_gain"] == "-3507"
        assert not any("replaygain" in name for name in found)
    else:
        assert found["replaygain_track_gain"] == "-8.70 dB"


@pytest.mark.parametrize("encoding", EACH)
def test_exiftool(tagged: dict[str, Path], encoding: str) -> None:
    [found] = json.loads(output_of("exiftool", "-j", tagged[encoding]))
    assert (found["Title"], found["Artist"], found["Album"]) == (TEXT["title"], TEXT["artist"], TEXT["album"])
    assert TEXT["isrc"] in (found.get("ISRC"), found.get("ISRCNumber"))


def test_metaflac_and_the_sum_of_the_audio(tagged: dict[str, Path], tmp_path: Path) -> None:
    comments = output_of("metaflac", "--export-tags-to=-", tagged["flac16"])
    assert "ISRC=DEA312600001\n" in comments
    assert "REPLAYGAIN_ALBUM_PEAK=0.944061\n" in comments
    plain = new_file(tmp_path, "flac16")
    sums = {output_of("metaflac", "--show-md5sum", path) for path in (plain, tagged["flac16"])}
    assert len(sums) == 1
    assert output_of("flac", "--silent", "--test", tagged["flac16"]) == ""


def test_broadcast_wave_in_wavinfo(tagged: dict[str, Path]) -> None:
    bext = WavInfoReader(str(tagged["wav24"])).bext
    assert bext.version == 2
    assert (bext.loudness_value, bext.loudness_range, bext.max_true_peak) == (-9.3, 5.5, -1.03)
    assert (bext.max_momentary_loudness, bext.max_shortterm_loudness) == (-6.4, 327.67)
    assert bext.time_reference == 5 << 32
    assert bext.coding_history.splitlines() == list(HISTORY)
    assert bext.description == "Fallendes Wasser / Jorg & <?nima> / Slow Rivers / DEA312600001"
    assert (bext.originator, bext.originator_date, bext.originator_time) == ("Sud Studio", "", "")


def test_ixml_in_wavinfo(tagged: dict[str, Path]) -> None:
    ixml = WavInfoReader(str(tagged["wav24"])).ixml
    assert ixml.project == "Slow Rivers"
    assert [(track.interleave_index, track.name) for track in ixml.track_list] == [
        ("1", "Left"),
        ("2", "Right"),
    ]
    tree = ixml.raw_xml
    assert tree.findtext("ISRC") == tree.findtext("ASWG/isrcId") == "DEA312600001"
    assert tree.findtext("ASWG/artist") == TEXT["artist"]
    assert tree.findtext("LOUDNESS/LOUDNESS_VALUE") == "-9.30"
    assert tree.findtext("LOUDNESS/MAX_SHORT_TERM_LOUDNESS") is None
    assert tree.findtext("BEXT/BWF_MAX_TRUE_PEAK_LEVEL") == "-103"
    assert tree.findtext("SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI") == "5"


def test_a_figure_that_is_not_there_is_never_a_zero(tmp_path: Path) -> None:
    write_tags(path := new_file(tmp_path, "wav16"), Tags({"title": "x"}, loudness=Loudness(-120.0)))
    bext = WavInfoReader(str(path)).bext
    assert (bext.loudness_value, bext.max_true_peak) == (327.67, 327.67)
    assert "LoudnessValue" not in output_of("mediainfo", path)


def test_the_chunks_come_before_the_audio_and_sizes_are_even(tagged: dict[str, Path]) -> None:
    content, chunks = tagged["wav24"].read_bytes(), riff.read_riff(tagged["wav24"]).chunks
    assert [chunk.name for chunk in chunks] == [b"fmt ", b"bext", b"iXML", b"axml", b"data", b"id3 "]
    assert all(chunk.offset % 2 == 0 for chunk in chunks)
    assert any(chunk.size % 2 for chunk in chunks)
    assert int.from_bytes(content[4:8], "little") == len(content) - 8


def test_a_file_beyond_4_gib_stays_rf64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = audio_hash(new_file(tmp_path, "wav24"))
    monkeypatch.setattr(wav_write, "RIFF_LIMIT_BYTES", 1000)
    monkeypatch.setattr(riff, "RIFF_LIMIT_BYTES", 1000)
    path = new_file(tmp_path, "wav24")
    write_tags(path, TAGS)
    assert path.read_bytes()[:4] == b"RF64"
    assert audio_hash(path) == plain
    assert (
        json.loads(output_of("mediainfo", "--Output=JSON", path))["media"]["track"][1]["SamplingCount"]
        == "12001"
    )
    assert WavInfoReader(str(path)).bext.loudness_value == -9.3


@pytest.mark.parametrize("encoding", EACH)
def test_a_full_disk_leaves_the_untagged_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    path = new_file(tmp_path, encoding)
    before = path.read_bytes()

    def full(self: AtomicFile) -> None:
        raise MachineError("the disk is full", kind="disk_full")

    monkeypatch.setattr(AtomicFile, "commit", full)
    with pytest.raises(MachineError):
        write_tags(path, TAGS)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.opus", "a.m4a", "a.txt"])
def test_what_is_no_audio_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"RIFF\0\0\0\0WAVE" + bytes(100))
    with pytest.raises((InputError, MachineError), match=r"tagged|tags"):
        write_tags(tmp_path / name, replace(TAGS, text={"title": "x"}))
    assert len(list(tmp_path.iterdir())) == 1
