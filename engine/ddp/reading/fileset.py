"""Reads a DDP set of any maker back, and checks everything in it against everything else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.ddp.reading.checksums import check_files
from engine.ddp.reading.identifier import (
    Identifier,
    Stream,
    check_ean,
    one_stream,
    read_identifier,
    read_map,
    refuse_others,
)
from engine.ddp.reading.model import DdpSet, Found, ReadTrack, is_number, time_text
from engine.ddp.reading.packets import Marks, read_marks, read_packets
from engine.ddp.reading.packs import CdTextRead, read_cd_text
from engine.errors import InputError

_SECTOR = 2352
#: A descriptor is no longer, bytes.
_LONGEST = 1 << 20
_NO_TEXT = CdTextRead({}, None)


def is_ddp_folder(folder: Path) -> bool:
    """Whether a folder holds a DDP set."""
    return _file(folder, "DDPID") is not None


def read_ddp(folder: Path) -> DdpSet:
    """Reads a set.

    Args:
        folder: that holds DDPID.

    Returns:
        Everything it says, with a finding for everything that is odd or wrong.

    Raises:
        InputError: there is no DDPID or DDPMS, or a file cannot be read.
    """
    found = Found()
    identifier = read_identifier(_content(folder, "DDPID"), found)
    streams = read_map(_content(folder, "DDPMS"), found)
    refuse_others(streams, found)
    audio = one_stream(streams, "D0", "", found)
    pq = one_stream(streams, "S0", "PQ DESCR", found)
    text = one_stream(streams, "S0", "CDTEXT", found)
    marks = Marks(None, (), None)
    if pq is None:
        found.error("streams", "the map has no PQ descriptor", "write the set again")
    else:
        marks = read_marks(read_packets(_stream_content(folder, pq, found), found), found)
    cd_text = _NO_TEXT if text is None else read_cd_text(_stream_content(folder, text, found), found)
    image = _image(folder, audio, marks, found)
    _compare(identifier, marks, cd_text, found)
    names = {"DDPID", "DDPMS", *(one.name for one in streams)}
    return DdpSet(
        path=folder.absolute(),
        level=identifier.level,
        ean=identifier.ean or marks.ean,
        master_id=identifier.master_id,
        image=image,
        sectors=audio.length if audio else 0,
        tracks=tuple(_with_texts(track, cd_text) for track in marks.tracks),
        lead_out=marks.lead_out,
        texts={name: by_track[0] for name, by_track in cd_text.texts.items() if 0 in by_track},
        files=check_files(folder, names, found),
        findings=tuple(found.all),
    )


def _file(folder: Path, name: str) -> Path | None:
    """The file of that name, whatever its case: sets travel over file systems that ignore it."""
    try:
        exact = folder / name
        if exact.is_file():
            return exact
        return next(
            (
                one
                for one in sorted(folder.iterdir())
                if one.name.casefold() == name.casefold() and one.is_file()
            ),
            None,
        )
    except (OSError, ValueError):
        return None


def _content(folder: Path, name: str) -> bytes:
    path = _file(folder, name)
    if path is None:
        raise InputError(
            f"{folder}: has no {name}: name the folder of a DDP set", kind="not_ddp", path=folder
        )
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}): check its rights", kind="unreadable", path=path
        ) from error


def _stream_content(folder: Path, stream: Stream, found: Found) -> bytes:
    if _file(folder, stream.name) is None or "/" in stream.name:
        found.error("missing", f"the map names {stream.name}, which is not there", "ask for the whole set")
        return b""
    content = _content(folder, stream.name)
    if len(content) != stream.length:
        found.warning(
            "length",
            f"{stream.name} has {len(content)} bytes and the map says {stream.length}",
            "check the copy",
        )
    return content


def _image(folder: Path, audio: Stream | None, marks: Marks, found: Found) -> Path | None:
    """The audio, its length against the map and the lead-out."""
    if audio is None:
        found.error("streams", "the map has no audio stream", "write the set again")
        return None
    path = None if "/" in audio.name else _file(folder, audio.name)
    if path is None:
        found.error("missing", f"the map names {audio.name}, which is not there", "ask for the whole set")
        return None
    size = path.stat().st_size
    if size != audio.length * _SECTOR:
        whole, rest = divmod(size, _SECTOR)
        more = f" and {rest} bytes" if rest else ""
        found.error(
            "length",
            f"{audio.name} has {whole} sectors{more} and the map says {audio.length}",
            "check the copy: it may be cut off",
        )
    if marks.lead_out is not None and marks.lead_out != audio.length:
        found.error(
            "lead_out",
            f"the lead-out is at {time_text(marks.lead_out)} and the image ends at {time_text(audio.length)}",
            "write the set again",
        )
    if audio.pause is not None and marks.tracks and marks.tracks[0].start != audio.pause:
        start = marks.tracks[0].start
        found.error(
            "pregap",
            f"the map says a pause of {audio.pause} sectors, the PQ packets say {start}",
            "correct one",
            1,
        )
    return path


def _compare(identifier: Identifier, marks: Marks, cd_text: CdTextRead, found: Found) -> None:
    """DDPID with PQ with CD-Text."""
    if identifier.ean and not marks.ean:
        found.warning(
            "ean",
            "the EAN stands in DDPID and not in the lead-in packet",
            "add it: discs came without theirs",
        )
    elif marks.ean and not identifier.ean:
        found.note("ean", "the EAN stands in the lead-in packet and not in DDPID")
    elif marks.ean and identifier.ean and marks.ean.rjust(13, "0") != identifier.ean.rjust(13, "0"):
        found.error("ean", f"DDPID names the EAN {identifier.ean}, the PQ packets {marks.ean}", "correct one")
    if marks.ean and not identifier.ean and is_number(marks.ean):
        check_ean(marks.ean, "the PQ descriptor", found)
    if cd_text.last_track is not None and cd_text.last_track != len(marks.tracks):
        found.error(
            "cd_text",
            f"CD-Text is for {cd_text.last_track} tracks and the disc has {len(marks.tracks)}",
            "write the set again",
        )
    codes = cd_text.texts.get("code", {})
    if codes.get(0) and marks.ean and codes[0].rjust(13, "0") != marks.ean.rjust(13, "0"):
        found.error("ean", f"CD-Text names the EAN {codes[0]}, the PQ packets {marks.ean}", "correct one")
    for track in marks.tracks:
        code = codes.get(track.number, "").replace("-", "")
        if code and track.isrc and code != track.isrc:
            found.error(
                "isrc",
                f"CD-Text names the ISRC {code} for track {track.number}, the PQ packets {track.isrc}",
                "correct one",
                track.number,
            )


def _with_texts(track: ReadTrack, cd_text: CdTextRead) -> ReadTrack:
    texts = {
        name: by_track[track.number]
        for name, by_track in cd_text.texts.items()
        if track.number in by_track and name != "code"
    }
    return replace(track, texts=texts)
