"""Reading audio files: any frames of any file into columns of a frame matrix, in O(block) memory.

    with open_source("drums.wav") as source:
        source.read_into(0, block, first_column=4)

PCM and float wave files (RIFF, RF64, BW64, Wave64) are read and decoded here without the GIL; everything
else by whichever library reads it exactly (`engine.audio.codec_reader`).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.audio.failures import not_audio, truncated, unreadable
from engine.audio.reader import Reader
from engine.errors import InputError
from engine.pairs import members
from engine.units import seconds_text

Doubles = NDArray[np.float64]


class AudioSource:
    """An open audio file.

    One thread at a time may read from a source; different sources (also of the same file) are
    independent of each other. Sequential reading is the cheap case for compressed formats; wave files
    can be read in any order.

    Attributes:
        path: the file, as it was given.
        sample_rate: Hz.
        channels: of the file.
        frames: that can be read; 0 for a file without audio.
        declared_frames: that the header promises; more than `frames` in a truncated file.
        subtype: sample coding under soundfile's name: `PCM_16`, `PCM_24`, `FLOAT`, `MPEG_LAYER_III`, …
        bits: significant bits of integer PCM, None for everything else.
        time_reference: start in samples since midnight from the `bext` chunk, None without one.
        layout: places of the channels, None where the file does not tell.
        notes: what is wrong with the file and was mended in reading, one clause each.
    """

    def __init__(self, path: Path, reader: Reader, *, allow_nonfinite: bool = False) -> None:
        self.path = path
        self.sample_rate = reader.sample_rate
        self.channels = reader.channels
        self.frames = reader.frames
        self.declared_frames = reader.declared_frames
        self.subtype = reader.subtype
        self.bits = reader.bits
        self.time_reference = reader.time_reference
        self.layout = reader.layout
        self.notes = reader.notes
        self._reader = reader
        self._allow_nonfinite = allow_nonfinite

    def read_into(self, start_frame: int, out: Doubles, first_column: int = 0, columns: int = 2) -> None:
        """Fills `columns` columns of `out` with the frames from `start_frame` on; zeros outside the file.

        Args:
            start_frame: first frame wanted; may be negative or beyond the end.
            out: `(frames, any)` float64, C order, full scale ±1.0; other columns are left alone.
            first_column: the column that receives the first channel.
            columns: how many; a mono file feeds each of them, any other must have as many channels.

        Raises:
            InputError: kind `not_finite` (NaN or infinite samples, unless allowed at opening),
                `truncated` (the file ends early or shrank), `corrupt` (compressed audio that does not
                decode), `unreadable` (the system refused), `channels` (neither one nor `columns`).
        """
        if self.channels not in (1, columns):
            raise InputError(
                f"{self.path}: the file has {self.channels} channels where {columns} are needed: "
                "export it as stereo or mono",
                kind="channels",
                path=self.path,
            )
        begin = min(max(-start_frame, 0), len(out))
        end = max(min(self.frames - start_frame, len(out)), begin)
        last_column = first_column + columns
        out[:begin, first_column:last_column] = 0.0
        out[end:, first_column:last_column] = 0.0
        if begin == end:
            return
        block = out[begin:end]
        bad_values = self._reader.read(start_frame + begin, block, first_column, columns)
        if bad_values and not self._allow_nonfinite:
            raise self._not_finite(start_frame + begin, block[:, first_column:last_column])

    def entry(self) -> tuple[int, int, int, int, int, int] | None:
        """Where the frames of a wave file of one or two channels lie, see `engine.audio.side_by_side`.

        None: they have to be read by this class.
        """
        find = getattr(self._reader, "entry", None)
        if find is None or self._allow_nonfinite or self.channels > 2:
            return None
        found: tuple[int, int, int, int, int, int] = find()
        return found

    def _not_finite(self, start_frame: int, samples: Doubles) -> InputError:
        bad = ~np.isfinite(samples)
        offset = int(np.argmax(bad.any(axis=1)))
        frame = start_frame + offset
        channel = int(np.argmax(bad[offset])) + 1
        what = "NaN" if np.isnan(samples[offset, channel - 1]) else "infinite"
        at = seconds_text(frame / self.sample_rate)
        return InputError(
            f"{self.path}: the sample at frame {frame} ({at}), channel {channel}, is {what}: "
            "export the file again",
            kind="not_finite",
            path=self.path,
        )

    def close(self) -> None:
        """Closes the file; reading is an error afterwards, closing again is not."""
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_source(
    path: str | os.PathLike[str], *, allow_nonfinite: bool = False, allow_truncated: bool = False
) -> AudioSource:
    """Opens an audio file for reading.

    Args:
        path: the file, or a pair of mono files (`engine.pairs`).
        allow_nonfinite: hand out NaN and infinite samples instead of raising; intake counts them.
        allow_truncated: read what is there of a WAV or AIFF file that ends before its header says;
            `declared_frames` then tells how much is missing. Compressed files that are cut off show it
            only when they are read.

    Raises:
        InputError: kind `missing_file`, `unreadable` (no permission, or the system failed),
            `not_audio` (a folder, an empty file, no known format), `truncated`, `sample_rate`,
            `channels` or `corrupt` (what the header claims cannot be, see `engine.audio.believing`).
    """
    file = Path(path)
    files = members(file)
    reader: Reader = _open_reader(file) if len(files) == 1 else _open_pair(file, files[0], files[1])
    if reader.frames < reader.declared_frames and not allow_truncated:
        reader.close()
        raise truncated(file, reader.declared_frames, reader.frames)
    return AudioSource(file, reader, allow_nonfinite=allow_nonfinite)


def _open_pair(file: Path, left: Path, right: Path) -> Reader:
    from engine.audio.pair_reader import PairReader

    return PairReader(file, (left, right), _open_reader)


def _open_reader(file: Path) -> Reader:
    """The reader of one file, whose header has been believed."""
    from engine.audio.believing import require_believable
    from engine.audio.wav_reader import open_wav_reader

    try:
        _require_regular_file(file)
        reader: Reader | None = open_wav_reader(file)
    except OSError as error:
        raise unreadable(file, error) from error
    if reader is None:
        from engine.audio.codec_reader import (
            open_codec_reader,  # brings libsndfile, which wave files do without
        )

        reader = open_codec_reader(file)
    try:
        require_believable(file, reader)
    except InputError:
        reader.close()
        raise
    return reader


def _require_regular_file(path: Path) -> None:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise not_audio(path, "is a folder, not an audio file")
    if not stat.S_ISREG(status.st_mode):
        raise not_audio(path, "is a device or pipe, not an audio file")
    if status.st_size == 0:
        raise not_audio(path, "is empty (0 bytes): export it again")
