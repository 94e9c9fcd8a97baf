"""Reads whatever libsndfile reads: FLAC, AIFF, MP3, Ogg, and wave files of unusual codings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.audio.coded.aiff import aiff_layout, read_aiff_frames
from engine.audio.coded.caf import CafInfo, read_caf_info
from engine.audio.coded.flac import FlacInfo, flac_channel_mask, last_frame_end, read_flac_info
from engine.audio.coded.patched import PatchedFile
from engine.audio.coded.pyav import PyAvReader
from engine.audio.coded.recognise import WITH_PYAV, pyav_format, why_no_audio
from engine.audio.failures import not_audio, truncated, unreadable
from engine.audio.layout import FLAC_LAYOUTS, VORBIS_LAYOUTS, Layout, mask_layout
from engine.audio.mpeg import count_unstated_frames
from engine.audio.reader import Reader
from engine.audio.wav import WavHeaderError, read_wav_header
from engine.errors import InputError

_BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
#: Codings where frame n lies at a known place or (FLAC) is found exactly. In the others a seek of
#: libsndfile 1.2.2 lands elsewhere: MP3 reads other samples, Vorbis stops short of the end.
_SEEKABLE = ("PCM_", "FLOAT", "DOUBLE", "ULAW", "ALAW")
#: Frames of an MP3 that may rightly be missing: encoder and decoder delay and padding at both ends.
_MP3_DELAY_FRAMES = 4 * 1152
#: Codings of Core Audio files that libsndfile decodes wrongly or not at all.
_CAF_WITH_PYAV = {"alac": "ALAC", "aac ": "AAC", "flac": "FLAC", "opus": "Opus", ".mp3": "MP3"}
#: Bytes that tell what a file is: tags may come before the audio.
_HEAD_BYTES = 1 << 16
#: Bytes to be read differently: where, and what.
Patch = tuple[int, bytes]
#: Frames decoded at once.
_BUFFER_FRAMES = 8192


def open_codec_reader(path: Path) -> Reader:
    """Opens a file that is no plain wave file, with whichever library reads it exactly.

    Raises:
        InputError: kind `not_audio` when nothing knows such a format, `codecs_missing` when it takes
            the extra `codecs`, `unreadable`.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            file.seek(0)
            caf = read_caf_info(file)
    except OSError as error:
        raise unreadable(path, error) from error
    if (what := why_no_audio(path, head)) is not None:
        raise not_audio(path, what)
    foreign = pyav_format(head)
    if foreign is not None:
        return PyAvReader(path, WITH_PYAV[foreign])
    if head[:4] == b"OggS" and b"fLaC" in head[:64]:
        return PyAvReader(path, "FLAC in Ogg")
    if caf is not None and caf.format in _CAF_WITH_PYAV:
        return PyAvReader(path, f"{_CAF_WITH_PYAV[caf.format]} in a Core Audio file")
    flac = read_flac_info(head)
    if flac is not None and flac.bits > 24:
        return PyAvReader(path, f"FLAC of {flac.bits} bits")
    return _open_libsndfile(path, caf, flac)


def _open_libsndfile(path: Path, caf: CafInfo | None, flac: FlacInfo | None) -> CodecReader:
    try:
        file = _open(path, _patch(path, caf, flac))
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        if file.subtype == "MPEG_LAYER_III":
            _refuse_unknown_length(path, int(file.frames))
        declared_frames, time_reference = _headers(path, int(file.frames))
        layout = caf.layout if caf is not None else _layout(path, file)
    except BaseException as error:
        file.close()
        if isinstance(error, OSError):
            raise unreadable(path, error) from error
        raise
    return CodecReader(path, file, declared_frames, time_reference, layout)


def _patch(path: Path, caf: CafInfo | None, flac: FlacInfo | None) -> Patch | None:
    """What has to stand in the header for libsndfile to read all of the file."""
    if caf is not None and caf.data_bytes < 0:
        data_bytes = path.stat().st_size - caf.data_offset
        return caf.size_offset, data_bytes.to_bytes(8, "big")
    if flac is not None and flac.frames == 0:
        frames = last_frame_end(path, flac)
        if frames is None:
            raise InputError(
                f"{path}: the FLAC does not state its length, and its end is damaged or cut off: "
                "export it again",
                kind="corrupt",
                path=path,
            )
        return flac.total_offset, flac.with_frames(frames)
    return None


def _layout(path: Path, file: Any) -> Layout | None:
    """Places of the channels, where the format or a tag of the file tells them."""
    if file.format == "FLAC":
        mask = flac_channel_mask(path)
        return mask_layout(mask, file.channels) if mask else FLAC_LAYOUTS.get(file.channels)
    if file.format == "OGG":
        return VORBIS_LAYOUTS.get(file.channels)
    if file.format == "AIFF":
        return aiff_layout(path, file.channels)
    return None


def _headers(path: Path, frames: int) -> tuple[int, int | None]:
    """Frames that the file's header declares, and its time reference; libsndfile tells neither."""
    with path.open("rb") as file:
        try:
            wav = read_wav_header(file.fileno(), os.fstat(file.fileno()).st_size)
        except WavHeaderError:
            return frames, None
        if wav is None:
            return max(frames, read_aiff_frames(file) or 0), None
    if wav.present_frames == 0:
        return wav.declared_frames, wav.time_reference
    # Of block codings the header counts blocks, so the ratio is what carries over.
    return frames * wav.declared_frames // wav.present_frames, wav.time_reference


def _open(path: Path, patch: Patch | None) -> Any:
    import soundfile

    class Stream(soundfile.SoundFile):  # type: ignore[misc]  # the library carries no types
        """A file that is not sought after each read, as soundfile does: in MP3 that alters samples."""

        def seekable(self) -> bool:
            return False

    try:
        return Stream(os.fsencode(path) if patch is None else PatchedFile(path, *patch))
    except (soundfile.LibsndfileError, TypeError) as error:
        # TypeError: a name that ends in .raw, whose format nothing tells.
        coding = _wave_coding(path)
        what = (
            f"is a wave file that holds {coding}, which cannot be read: convert it to WAV of 24 bits or FLAC"
            if coding
            else "is no audio file this program can read (WAV, AIFF, FLAC, MP3, Ogg …)"
        )
        raise not_audio(path, what) from error


def _wave_coding(path: Path) -> str | None:
    """What a wave file holds, in words; None for any other file."""
    with path.open("rb") as file:
        try:
            header = read_wav_header(file.fileno(), os.fstat(file.fileno()).st_size)
        except WavHeaderError:
            return None
    return None if header is None else header.coding


def _refuse_unknown_length(path: Path, frames: int) -> None:
    counted = count_unstated_frames(path)
    if counted is not None and counted - frames > _MP3_DELAY_FRAMES:
        raise InputError(
            f"{path}: the MP3 does not state its length, and of {counted} frames only {frames} could be "
            "read: convert it to WAV",
            kind="corrupt",
            path=path,
        )


class CodecReader:
    """The reader of one file open in libsndfile (see `engine.audio.source.Reader`).

    In MP3, Vorbis, Opus and ADPCM a jump decodes everything from the old position, or from the
    beginning when it goes back, up to the new one.
    """

    def __init__(
        self,
        path: Path,
        file: Any,
        declared_frames: int,
        time_reference: int | None,
        layout: Layout | None = None,
    ) -> None:
        self.path = path
        self.sample_rate = int(file.samplerate)
        self.channels = int(file.channels)
        self.frames = int(file.frames)
        self.declared_frames = declared_frames
        self.subtype = str(file.subtype)
        self.bits = _BITS.get(self.subtype)
        self.time_reference = time_reference
        self.is_compressed = file.format == "FLAC"  # whose subtype is that of the samples it was made from
        self.layout = layout
        self.notes: tuple[str, ...] = ()
        self._file = file
        self._position = 0
        self._buffer = np.empty((_BUFFER_FRAMES, self.channels))

    def read(self, start_frame: int, out: NDArray[np.float64], first_column: int, columns: int) -> int:
        """Fills the columns; returns how many values are not finite."""
        self._seek(start_frame)
        bad_values = 0
        for done in range(0, len(out), _BUFFER_FRAMES):
            block = out[done : done + _BUFFER_FRAMES, first_column : first_column + columns]
            decoded = self._decode(len(block))
            block[:] = decoded
            if self.bits is None:  # integers are always finite
                bad_values += decoded.size - int(np.count_nonzero(np.isfinite(decoded)))
        return bad_values

    def _seek(self, frame: int) -> None:
        """Moves to `frame`; nothing to do when reading simply goes on."""
        if frame == self._position:
            return
        if self.subtype.startswith(_SEEKABLE):
            try:
                self._position = int(self._file.seek(frame))
            except RuntimeError as error:
                raise self._corrupt() from error
            return
        if frame < self._position:
            self._file.close()
            self._file, self._position = _open(self.path, None), 0
        while self._position < frame:
            self._decode(min(frame - self._position, _BUFFER_FRAMES))

    def _decode(self, frames: int) -> NDArray[np.float64]:
        try:
            decoded: NDArray[np.float64] = self._file.read(frames, out=self._buffer[:frames])
        except RuntimeError as error:
            raise self._corrupt() from error
        self._position += len(decoded)
        if len(decoded) < frames:
            raise truncated(self.path, self.frames, self._position)
        return decoded

    def _corrupt(self) -> InputError:
        return InputError(
            f"{self.path}: decoding fails after frame {self._position} of {self.frames}, the file is damaged "
            "or cut off: copy or export it again",
            kind="corrupt",
            path=self.path,
        )

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
