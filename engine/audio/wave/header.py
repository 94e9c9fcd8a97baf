"""The header of a wave file as data, whichever of the containers it is in."""

from __future__ import annotations

import os
from dataclasses import dataclass

from engine.audio.wave.extent import Extent
from engine.audio.wave.format import FORMAT_PCM, WaveFormat
from engine.audio.wave.placing import upper_end

#: Offset of TimeReference, a u64 of samples since midnight, in `bext` (EBU Tech 3285, clause 2.3).
BEXT_TIME_REFERENCE_OFFSET = 338


class WavHeaderError(Exception):
    """The file begins as a wave file but its header cannot be used; the text says why."""


@dataclass(frozen=True)
class WavHeader:
    """What the header of a wave file says.

    Attributes:
        sample_rate: Hz.
        channels: interleaved samples per frame.
        channel_mask: `dwChannelMask`, the places of the channels; 0 where none is given.
        subtype: `PCM_16`, `PCM_24`, `PCM_32`, `FLOAT` or `DOUBLE`; None for every other coding.
        coding: the coding in words.
        bits: significant bits of a sample as declared (24 may stand in a container of 32).
        frame_bytes: bytes per frame.
        data_offset: where the first sample lies in the file.
        declared_frames: frames the header promises; those present where it does not know, or is off by
            a few bytes.
        present_frames: whole frames the file really holds, at most `declared_frames`.
        time_reference: samples since midnight from `bext`, None without that chunk.
        notes: what is wrong with the header and was mended in reading, one clause each.
    """

    sample_rate: int
    channels: int
    channel_mask: int
    subtype: str | None
    coding: str
    bits: int
    frame_bytes: int
    data_offset: int
    declared_frames: int
    present_frames: int
    time_reference: int | None
    notes: tuple[str, ...] = ()


def read_time_reference(descriptor: int, offset: int, size: int) -> int | None:
    """TimeReference of the `bext` chunk whose content of `size` bytes begins at `offset`."""
    if size < BEXT_TIME_REFERENCE_OFFSET + 8:
        return None
    payload = os.pread(descriptor, 8, offset + BEXT_TIME_REFERENCE_OFFSET)
    return int.from_bytes(payload, "little") if len(payload) == 8 else None


def wav_header_of(
    descriptor: int,
    form: WaveFormat | None,
    data_offset: int,
    extent: Extent,
    file_bytes: int,
    time_reference: int | None,
) -> WavHeader:
    """Puts a header together.

    Args:
        descriptor: of the open file.
        form: content of `fmt `; None without one.
        data_offset: where the samples begin.
        extent: bytes of audio that the header promises, mended.
        file_bytes: the file's length.
        time_reference: samples since midnight, or None.

    Raises:
        WavHeaderError: the format is missing or describes nothing.
    """
    if form is None:
        raise WavHeaderError("the header holds no usable description of the format")
    if form.channels == 0 or form.sample_rate == 0 or form.frame_bytes == 0:
        raise WavHeaderError("the header declares no channels, no sample rate or frames of no size")
    if form.tag == FORMAT_PCM and form.valid_bits == 0:  # codings of other tags may say so
        raise WavHeaderError("the header declares PCM samples of no bits")
    available = max(0, file_bytes - data_offset)
    present = min(extent.bytes, available) // form.frame_bytes
    subtype, bits = form.subtype, form.valid_bits
    if subtype is not None and form.tag == FORMAT_PCM and form.valid_bits < form.container_bits:
        placed = upper_end(descriptor, data_offset, present * form.frame_bytes, form)
        if placed is None:
            raise WavHeaderError(
                f"its samples of {form.valid_bits} bits stand at the lower end of {form.container_bits}, "
                "which the format does not allow"
            )
        bits = placed
    return WavHeader(
        sample_rate=form.sample_rate,
        channels=form.channels,
        channel_mask=form.channel_mask,
        subtype=subtype,
        coding=form.coding,
        bits=bits,
        frame_bytes=form.frame_bytes,
        data_offset=data_offset,
        declared_frames=extent.bytes // form.frame_bytes,
        present_frames=present,
        time_reference=time_reference,
        notes=extent.notes,
    )
