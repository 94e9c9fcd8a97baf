"""How much audio a wave file really holds, whatever its 32-bit sizes say.

Four things go wrong with them: a program that wrote into a pipe or was killed never learnt the size; a
program that does not know RF64 let it wrap around at 4 GiB; it counted the header, or a pad byte, into it;
or it left the pad byte behind a chunk of odd length out.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.audio.wave.chunks import SIZE_ELSEWHERE, Chunk, ChunkWalk

#: Data sizes that programs write into a pipe because they cannot know the real one: all ones
#: (ffmpeg), 0x7FFFF000 (sox), 0x7FFFFFFF, 0x80000000 (arecord); some round down to whole frames or
#: leave room for the header, hence ranges. 64 ones is the same in `ds64`.
_UNKNOWN_SIZES = (
    range(0x7FFFF000 - 1024, 0x80000001),
    range(0xFFFFFFFF - 1024, 0x100000000),
    range(0xFFFFFFFFFFFFFFFF, 0x10000000000000000),
)
_WRAPPED_BYTES = 1 << 32
#: A size that is so much too large, and no more than this part of the audio, is a slip of the writer: a
#: header or a pad byte counted in, a block rounded up. A file that was cut off lacks more.
_SLIP_BYTES, _SLIP_SHARE = 4096, 0.01
#: Bytes behind the declared audio that are no chunk and too many to be a slip.
_LEFT_OVER_BYTES = 1 << 16


@dataclass(frozen=True)
class Extent:
    """Bytes of audio from the data chunk's beginning, and what was wrong with the declared size."""

    bytes: int
    notes: tuple[str, ...] = ()


def audio_extent(walk: ChunkWalk, data: Chunk, riff_bytes: int) -> Extent:
    """Bytes of audio the header promises, mended where it cannot be meant.

    A size of 0 counts as never filled in when the file goes on beyond what its RIFF size covers:
    a recording without audio but with chunks after it has a RIFF size that covers those.

    Args:
        walk: over the file's chunks, finished.
        data: the data chunk.
        riff_bytes: the size in the file's head.
    """
    extent = _extent(walk, data, riff_bytes)
    pads = tuple(
        f"the pad byte behind its '{name.decode('latin-1')}' chunk of odd length is missing"
        for name in walk.unpadded
    )
    return Extent(extent.bytes, (*pads, *extent.notes))


def _extent(walk: ChunkWalk, data: Chunk, riff_bytes: int) -> Extent:
    declared = walk.sizes.of(data)
    to_the_end = max(0, walk.file_bytes - data.offset)
    if declared > to_the_end:
        return promised_too_much(declared, to_the_end)
    whole = riff_bytes + (riff_bytes & 1) + 8
    if declared == 0 and (riff_bytes == SIZE_ELSEWHERE or whole < walk.file_bytes):
        return Extent(to_the_end)
    behind = to_the_end - declared
    if behind >= _WRAPPED_BYTES and walk.sizes.data is None:
        real = declared + behind // _WRAPPED_BYTES * _WRAPPED_BYTES
        return Extent(real, (f"its size wrapped around at 4 GiB: {declared} bytes declared, {real} there",))
    if behind > 8 and not any(walk.goes_on_at(data.offset + declared + pad) for pad in (0, 1)):
        if _is_unknown(declared):
            return Extent(to_the_end, ("its size stopped counting, and the file goes on: read to its end",))
        if behind > _LEFT_OVER_BYTES:
            return Extent(
                declared,
                (
                    f"{behind} bytes that are no chunk lie behind the audio that the header declares: "
                    "perhaps a recording that was not closed; they are not read",
                ),
            )
    return Extent(declared)


def promised_too_much(declared: int, to_the_end: int) -> Extent:
    """The extent where the header promises more bytes than the file has."""
    if _is_unknown(declared):
        return Extent(to_the_end)
    missing = declared - to_the_end
    if missing <= min(_SLIP_BYTES, _SLIP_SHARE * to_the_end):
        return Extent(
            to_the_end,
            (
                f"its header promises {missing} bytes more than there are: if music is missing at the end, "
                "copy or export it again",
            ),
        )
    return Extent(declared)


def _is_unknown(size: int) -> bool:
    return any(size in unknown for unknown in _UNKNOWN_SIZES)
