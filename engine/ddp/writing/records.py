"""The fixed-width records of a DDP set: DDPID, DDPMS and the PQ descriptor.

All are ASCII without terminators; what is not used is blank. Layouts after public descriptions of the
format (ddp-reverse-eng `spec/ddp2.md`, ddpLib), which agree on everything written here.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.ddp.writing.disc import Disc, TrackMarks

#: File names of the streams.
IMAGE_NAME, PQ_NAME, CD_TEXT_NAME = "IMAGE.DAT", "PQDESCR", "CDTEXT.BIN"
#: Bytes of a CD-Text pack and of a PQ packet.
PACK_BYTES, PACKET_BYTES = 18, 64

_FRAMES_PER_S = 75
#: Adaptive Q channel mode 1, digital copies not permitted, no pre-emphasis.
_CONTROL = "01"


class _Record:
    """A blank record whose fields are filled in at their offsets."""

    def __init__(self, length: int) -> None:
        self._bytes = bytearray(b" " * length)

    def put(self, offset: int, width: int, text: str) -> _Record:
        """Fills a field from its left; text that does not fit is an error of the caller."""
        encoded = text.encode("ascii")
        if len(encoded) > width:
            raise ValueError(f"'{text}' does not fit {width} bytes")
        self._bytes[offset : offset + len(encoded)] = encoded
        return self

    def done(self) -> bytes:
        """The record."""
        return bytes(self._bytes)


def ddpid(disc: Disc) -> bytes:
    """The identifier, 128 bytes."""
    record = _Record(128).put(0, 8, "DDP 2.00").put(8, 13, disc.ean or "")
    return record.put(38, 48, disc.master_id).put(87, 2, "CD").done()


def ddpms(disc: Disc) -> bytes:
    """The map of streams, 128 bytes each: CD-Text if there is any, PQ, audio."""
    streams = []
    if disc.cd_text:
        streams.append(_subcode(len(disc.cd_text), "CDTEXT", CD_TEXT_NAME))
    streams.append(_subcode(len(pq_descriptor(disc)), "PQ DESCR", PQ_NAME))
    audio = _stream("D0", disc.lead_out, IMAGE_NAME).put(22, 8, "00000000").put(38, 2, "DA")
    audio.put(40, 1, "7").put(41, 1, "0").put(46, 4, f"{disc.tracks[0].start:04d}")
    return b"".join((*streams, audio.done()))


def _stream(kind: str, length: int, name: str) -> _Record:
    record = _Record(128).put(0, 4, "VVVM").put(4, 2, kind).put(14, 8, f"{length:08d}")
    return record.put(71, 3, "017").put(74, 17, name)


def _subcode(length: int, what: str, name: str) -> bytes:
    return _stream("S0", length, name).put(30, 8, what).done()


def pq_descriptor(disc: Disc) -> bytes:
    """The PQ packets, 64 bytes each: lead-in, every index of every track, the lead-out twice."""
    packets = [_packet("00", 0, 0, ean=disc.ean or "")]
    for number, track in enumerate(disc.tracks, 1):
        packets.extend(_track_packets(f"{number:02d}", track, disc.isrc_on_both))
    packets += [_packet("AA", 1, disc.lead_out)] * 2
    return b"".join(packets)


def _track_packets(number: str, track: TrackMarks, isrc_on_both: bool) -> Iterator[bytes]:
    isrc = track.isrc or ""
    if track.pause is not None:
        yield _packet(number, 0, track.pause, isrc=isrc)
        isrc = isrc if isrc_on_both else ""
    yield _packet(number, 1, track.start, isrc=isrc)
    for index, frame in enumerate(track.indexes, 2):
        yield _packet(number, index, frame)


def _packet(track: str, index: int, frame: int, *, isrc: str = "", ean: str = "") -> bytes:
    seconds, frames = divmod(frame, _FRAMES_PER_S)
    record = _Record(PACKET_BYTES).put(0, 4, "VVVS").put(4, 2, track).put(6, 2, f"{index:02d}")
    record.put(10, 6, f"{seconds // 60:02d}{seconds % 60:02d}{frames:02d}").put(16, 2, _CONTROL)
    return record.put(20, 12, isrc).put(32, 13, ean).done()
