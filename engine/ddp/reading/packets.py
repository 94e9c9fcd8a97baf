"""Reads a PQ descriptor: lead-in, tracks with their marks, lead-out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.ddp.reading.model import FRAMES_PER_S, Found, ReadTrack, is_number, time_text

_PACKET = 64
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
#: First control characters of two-channel audio: nothing, pre-emphasis, copies permitted, both.
_CONTROLS = "0123"
_PREGAP, _SHORTEST = 150, 300


@dataclass(frozen=True)
class Packet:
    """One packet; `frame` counts from the first CD frame of the image."""

    track: str
    index: int
    frame: int
    control: str
    isrc: str
    ean: str


@dataclass(frozen=True)
class Marks:
    """What the descriptor says."""

    ean: str | None
    tracks: tuple[ReadTrack, ...]
    lead_out: int | None


def read_packets(content: bytes, found: Found) -> list[Packet]:
    """Every packet in order; those that are none are left out."""
    if len(content) % _PACKET:
        found.error(
            "pq",
            f"the PQ descriptor has {len(content)} bytes, no multiple of {_PACKET}",
            "write the set again",
        )
    packets = []
    for begin in range(0, len(content) - _PACKET + 1, _PACKET):
        text = content[begin : begin + _PACKET].decode("latin-1")
        packet = _packet(text)
        if packet is None:
            found.error(
                "pq", f"PQ packet {begin // _PACKET + 1} cannot be read: '{text[:20]}'", "write it again"
            )
        else:
            packets.append(packet)
            if text[45:64].strip():
                found.note(
                    "pq_text", f"PQ packet {begin // _PACKET + 1} carries the text '{text[45:64].strip()}'"
                )
    return packets


def _packet(text: str) -> Packet | None:
    fields = [text[place : place + 2].replace(" ", "0") for place in (6, 8, 10, 12, 14)]
    if text[0:4] != "VVVS" or not all(is_number(field) for field in fields):
        return None
    index, hours, minutes, seconds, frames = map(int, fields)
    if seconds > 59 or frames >= FRAMES_PER_S:
        return None
    frame = ((hours * 60 + minutes) * 60 + seconds) * FRAMES_PER_S + frames
    return Packet(text[4:6], index, frame, text[16:18], text[20:32].strip(), text[32:45].strip())


def read_marks(packets: Sequence[Packet], found: Found) -> Marks:
    """Tracks out of packets, and every rule of the Red Book that they break."""
    lead_in = [one for one in packets if one.track == "00"]
    lead_out = [one for one in packets if one.track == "AA"]
    between = [one for one in packets if one.track not in ("00", "AA")]
    if not packets or packets[0].track != "00":
        found.error("pq", "the PQ descriptor does not begin with a lead-in packet", "write the set again")
    if not lead_out:
        found.error("pq", "the PQ descriptor has no lead-out", "write the set again")
    elif len(lead_out) == 1:
        found.note("one_lead_out", "the lead-out stands there once; most makers write it twice")
    elif len({one.frame for one in lead_out}) > 1:
        found.error("pq", "the two lead-out packets differ", "write the set again")
    numbers = list(dict.fromkeys(one.track for one in between))
    if numbers != [f"{number:02d}" for number in range(1, len(numbers) + 1)] or not numbers:
        found.error("pq", f"tracks are numbered {', '.join(numbers)}", "number them from 01 without holes")
    tracks = [_track([one for one in between if one.track == number], found) for number in numbers]
    read = tuple(track for track in tracks if track is not None)
    end = lead_out[0].frame if lead_out else None
    _check_times(read, end, [one.frame for one in between], found)
    return Marks(next((one.ean for one in lead_in if one.ean), None), read, end)


def _track(packets: Sequence[Packet], found: Found) -> ReadTrack | None:
    number = int(packets[0].track) if is_number(packets[0].track) else 0
    by_index = {one.index: one.frame for one in packets}
    if len(by_index) < len(packets):
        found.error("pq", f"track {number} has an index twice", "write the set again", number)
    if 1 not in by_index:
        found.error("pq", f"track {number} has no index 01", "give it one", number)
        return None
    indexes = sorted(index for index in by_index if index > 1)
    if indexes != list(range(2, len(indexes) + 2)):
        found.error("pq", f"track {number} has holes in its indexes", "number them without holes", number)
    controls = {one.control for one in packets}
    if len(controls) > 1:
        found.error(
            "control", f"track {number} changes its flags within", "give all indexes the same", number
        )
    control = packets[0].control
    _check_control(number, control, found)
    frames = [by_index[index] for index in indexes]
    return ReadTrack(
        number, by_index.get(0), by_index[1], tuple(frames), _isrc(number, packets, found), control
    )


def _check_control(number: int, control: str, found: Found) -> None:
    first, second = control[:1], control[1:]
    if first not in _CONTROLS or second not in "1S":
        found.warning("control", f"track {number} has the control '{control}'", "use 01 or 21", number)
    elif first in "13":
        found.warning(
            "pre_emphasis", f"track {number} is flagged with pre-emphasis", "ask whether it has", number
        )
    if second == "S":
        found.note("scms", f"track {number} is flagged for SCMS", number)


def _isrc(number: int, packets: Sequence[Packet], found: Found) -> str | None:
    codes = list(dict.fromkeys(one.isrc for one in packets if one.isrc))
    if len(codes) > 1:
        listed = " and ".join(codes)
        found.error("isrc", f"track {number} has two ISRCs, {listed}", "keep the right one", number)
    for code in codes:
        if not _ISRC.fullmatch(code):
            found.error("isrc", f"track {number} has the ISRC '{code}', which is none", "correct it", number)
    return codes[0] if codes else None


def _check_times(
    tracks: Sequence[ReadTrack], lead_out: int | None, frames: Sequence[int], found: Found
) -> None:
    if list(frames) != sorted(frames):
        found.error("pq", "the marks do not rise from packet to packet", "write the set again")
    if not tracks:
        return
    first = tracks[0]
    if first.pause != 0:
        found.error("pregap", "track 1 has no index 00 at 00:00:00", "give it one", 1)
    if first.start < _PREGAP:
        found.error("pregap", f"the pause in front of track 1 is {first.start} CD frames", "give it 150", 1)
    owners: dict[str, int] = {}
    for place, track in enumerate(tracks):
        if track.pause is not None and track.pause >= track.start:
            found.error(
                "pq", f"index 00 of track {track.number} lies on index 01", "leave it out", track.number
            )
        end = tracks[place + 1].start if place + 1 < len(tracks) else lead_out
        if end is not None and end - track.start < _SHORTEST:
            length = f"{(end - track.start) / FRAMES_PER_S:.2f} s"
            found.error("short_track", f"track {track.number} is {length} long", "give it 4 s", track.number)
        if track.isrc is not None and track.isrc in owners:
            other = owners[track.isrc]
            found.error(
                "isrc",
                f"tracks {other} and {track.number} share the ISRC {track.isrc}",
                "correct one",
                track.number,
            )
        owners.setdefault(track.isrc or "", track.number)
    if lead_out is not None and lead_out - _PREGAP > 78 * 60 * FRAMES_PER_S:
        found.warning("long_disc", f"the disc ends at {time_text(lead_out)}", "ask the plant")
