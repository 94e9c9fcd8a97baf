"""What a file is, by its first bytes: who decodes it, or what it is instead of audio.

Magic numbers: the formats' own specifications as collected in the `file` program's public database.
"""

from __future__ import annotations

from pathlib import Path

#: Formats that PyAV decodes and libsndfile does not, or not exactly: what they are called in messages.
WITH_PYAV = {
    "mpeg4": "MPEG-4 audio (m4a, mp4, mov: ALAC or AAC)",
    "wavpack": "WavPack",
    "adts": "AAC",
    "tta": "TTA",
    "ape": "Monkey's Audio",
    "asf": "Windows Media Audio",
    "matroska": "Matroska",
    "ac3": "Dolby AC-3",
    "dts": "DTS",
    "tak": "TAK",
}

#: Things that arrive with stems and are no audio: offset, bytes, and what the message says.
_NO_AUDIO = (
    (0, b"PK\x03\x04", "is a zip archive: unpack it and name the files in it"),
    (0, b"Rar!", "is a RAR archive: unpack it and name the files in it"),
    (0, b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive: unpack it and name the files in it"),
    (0, b"\x1f\x8b", "is a gzip archive: unpack it and name the files in it"),
    (0, b"MThd", "is a MIDI file, notes without sound: ask for the audio"),
    (0, b"DSD ", "is a DSD file (DSF), one-bit audio: convert it to PCM, WAV of 24 bits, first"),
    (0, b"FRM8", "is a DSD file (DSDIFF), one-bit audio: convert it to PCM, WAV of 24 bits, first"),
    (0, b"version https://git-lfs", "is a Git LFS pointer, not the audio: run 'git lfs pull'"),
    (0, b"<!DOCTYPE", "is a web page, not audio: the download went wrong"),
    (0, b"<!doctype", "is a web page, not audio: the download went wrong"),
    (0, b"<html", "is a web page, not audio: the download went wrong"),
    (0, b"ID3\x03\x00\x00\x00\x00\x00\x00", "holds tags and no audio: export it again"),
)
_APPLE_DOUBLE = (b"\x00\x05\x16\x07", b"\x00\x05\x16\x00")


def why_no_audio(path: Path, head: bytes) -> str | None:
    """The rest of a sentence about a file that cannot be audio; None: it may be.

    Args:
        path: the file, for its name.
        head: its first 64 bytes or more.
    """
    if head[:4] in _APPLE_DOUBLE:
        name = path.name.removeprefix("._")
        return (
            f"is the shadow that macOS leaves beside '{name}' (AppleDouble: its icon and tags, no sound): "
            f"name '{name}'"
        )
    if path.suffix.lower() == ".sd2":
        return (
            "is a Sound Designer II file, whose rate and channels stand in a resource fork that is gone: "
            "convert it to WAV on the Mac it comes from"
        )
    for offset, magic, words in _NO_AUDIO:
        if head[offset : offset + len(magic)] == magic:
            return words
    if head and not any(head):
        return "holds nothing but zeros: the copy or the download failed, get it again"
    return None


def pyav_format(head: bytes) -> str | None:
    """The key of `WITH_PYAV` that the first bytes belong to; None for any other file."""
    if head[4:8] in (b"ftyp", b"moov", b"wide") or (head[4:8] == b"mdat" and head[:4] != b"RIFF"):
        return "mpeg4"
    for magic, name in (
        (b"wvpk", "wavpack"),
        (b"TTA1", "tta"),
        (b"TTA2", "tta"),
        (b"MAC ", "ape"),
        (b"tBaK", "tak"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
        (b"\x1a\x45\xdf\xa3", "matroska"),
        (b"\x0b\x77", "ac3"),
        (b"\x7f\xfe\x80\x01", "dts"),
        (b"ADIF", "adts"),
    ):
        if head.startswith(magic):
            return name
    # ADTS: twelve ones, then layer 00, which no MPEG layer I to III has
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "adts"
    return None
