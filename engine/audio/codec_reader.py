"""Reads whatever libsndfile reads: FLAC, AIFF, MP3, Ogg, and wave files of unusual codings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from engine.audio.failures import not_audio, truncated, unreadable
from engine.audio.mpeg import count_unstated_frames
from engine.audio.wav import WavHeaderError, read_wav_header
from engine.errors import InputError

_BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
#: Codings where frame n lies at a known place or (FLAC) is found exactly. In the others a seek of
#: libsndfile 1.2.2 lands elsewhere: MP3 reads other samples, Vorbis stops short of the end.
_SEEKABLE = ("PCM_", "FLOAT", "DOUBLE", "ULAW", "ALAW")
#: From this size on an AIFF was written into a pipe by a program that did not know the length (sox).
_AIFF_PIPE_BYTES = 0x7F000000
#: Frames of an MP3 that may rightly be missing: encoder and decoder delay and padding at both ends.
_MP3_DELAY_FRAMES = 4 * 1152
#: Frames decoded at once.
_BUFFER_FRAMES = 8192


def open_codec_reader(path: Path) -> CodecReader:
    """Opens a file through libsndfile.

    Raises:
        InputError: kind `not_audio` when libsndfile knows no such format, `unreadable`.
    """
    file = _open(path)
    try:
        if file.subtype == "MPEG_LAYER_III":
            _refuse_unknown_length(path, int(file.frames))
        declared_frames, time_reference = _headers(path, int(file.frames))
    except BaseException as error:
        file.close()
        if isinstance(error, OSError):
            raise unreadable(path, error) from error
        raise
    return CodecReader(path, file, declared_frames, time_reference)


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


def _open(path: Path) -> Any:
    import soundfile

    class Stream(soundfile.SoundFile):  # type: ignore[misc]  # the library carries no types
        """A file that is not sought after each read, as soundfile does: in MP3 that alters samples."""

        def seekable(self) -> bool:
            return False

    try:
        return Stream(os.fsencode(path))
    except (soundfile.LibsndfileError, TypeError) as error:
        # TypeError: a name that ends in .raw, whose format nothing tells.
        raise not_audio(
            path, "is no audio file this program can read (WAV, AIFF, FLAC, MP3, Ogg …)"
        ) from error


def _refuse_unknown_length(path: Path, frames: int) -> None:
    counted = count_unstated_frames(path)
    if counted is not None and counted - frames > _MP3_DELAY_FRAMES:
        raise InputError(
            f"{path}: the MP3 does not state its length, and of {counted} frames only {frames} could be "
            "read: convert it to WAV",
            kind="corrupt",
            path=path,
        )


def read_aiff_frames(file: BinaryIO) -> int | None:
    """Frames that the `COMM` chunk of an AIFF or AIFF-C file declares; None for any other file.

    libsndfile quietly shortens an AIFF file that is cut off, so it has to be asked here. Layout:
    Apple, *Audio Interchange File Format 1.3*: `FORM`, u32 size, `AIFF`; chunks of id, u32 size,
    padded to even; `COMM` begins with i16 channels, u32 frames; all big endian.
    """
    head = file.read(12)
    form_bytes = int.from_bytes(head[4:8], "big")
    if head[:4] != b"FORM" or head[8:] not in (b"AIFF", b"AIFC") or form_bytes >= _AIFF_PIPE_BYTES:
        return None
    while len(chunk := file.read(8)) == 8:
        size = int.from_bytes(chunk[4:], "big")
        if chunk[:4] == b"COMM":
            return int.from_bytes(file.read(6)[2:], "big")
        file.seek(size + (size & 1), os.SEEK_CUR)
    return None


class CodecReader:
    """The reader of one file open in libsndfile (see `engine.audio.source.Reader`).

    In MP3, Vorbis, Opus and ADPCM a jump decodes everything from the old position, or from the
    beginning when it goes back, up to the new one.
    """

    def __init__(self, path: Path, file: Any, declared_frames: int, time_reference: int | None) -> None:
        self.path = path
        self.sample_rate = int(file.samplerate)
        self.channels = int(file.channels)
        self.frames = int(file.frames)
        self.declared_frames = declared_frames
        self.subtype = str(file.subtype)
        self.bits = _BITS.get(self.subtype)
        self.time_reference = time_reference
        self.is_compressed = file.format == "FLAC"  # whose subtype is that of the samples it was made from
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
            self._file, self._position = _open(self.path), 0
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
