"""The files behind the stems: opened once, read by the loop, watched by the control side."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.audio.decode import ENCODING_CODES
from engine.audio.failures import unreadable
from engine.audio.source import open_source
from engine.audio.wav import WavHeader, read_wav_header
from engine.errors import InputError
from engine.live.graph.decoded import converted_file, decoded_file
from engine.live.loop.ahead import AHEAD_FILE, AHEAD_HEAD
from engine.live.loop.source import REPORT_CELLS, REPORT_MISSING, REPORT_NOT_FINITE, read_operation
from engine.pairs import members
from engine.progress import Progress, silent
from engine.rack.operation import Operation

#: Read at once when something is about to be played from a new place.
_FETCH_S = 1.0


@dataclass(frozen=True)
class Notice:
    """Something that happened while playing and has to be told.

    Attributes:
        kind: stable short code.
        message: one sentence.
        path: the file concerned, if one is.
    """

    kind: str
    message: str
    path: Path | None = None


class SourceFile:
    """One open file.

    Args:
        path: the file; anything but PCM and float WAV is decoded into the cache first.
        progress: told about decoding.
        sample_rate: Hz, to which it is converted; None: it stays as it is.

    Attributes:
        path: as given.
        sample_rate: Hz.
        channels: one or two.
        frames: length.

    Raises:
        InputError: it cannot be read as audio, or has more than two channels.
    """

    def __init__(self, path: Path, progress: Progress = silent, sample_rate: int | None = None) -> None:
        self.path = path
        with open_source(path) as source:
            self.sample_rate, self.channels, self.frames = source.sample_rate, source.channels, source.frames
        if self.channels > 2:
            raise InputError(
                f"{path}: has {self.channels} channels, a stem has one or two: ask for a mono or stereo file",
                kind="channels",
                path=path,
            )
        try:
            if sample_rate is not None and sample_rate != self.sample_rate:
                self._descriptor, self._header = _converted_wav(path, sample_rate, progress)
                self.sample_rate, self.frames = sample_rate, self._header.present_frames
            else:
                self._descriptor, self._header = _open_wav(path, progress)
            self._status = [os.stat(file) for file in members(path)]
        except OSError as error:
            raise unreadable(path, error) from error
        self._report = np.zeros(REPORT_CELLS, np.int64)
        self._told: set[str] = set()

    @property
    def end_bytes(self) -> int:
        """Where the audio data end in the file that is read."""
        return self._header.data_offset + self.frames * self._header.frame_bytes

    def operation(self, column: int, offset_frames: int, segments_address: int) -> Operation:
        """The operation that reads the file into `column` and the next."""
        header = self._header
        assert header.subtype is not None
        return read_operation(
            descriptor=self._descriptor,
            encoding=ENCODING_CODES[header.subtype],
            channels=self.channels,
            data_offset=header.data_offset,
            frame_bytes=header.frame_bytes,
            frames=self.frames,
            column=column,
            offset_frames=offset_frames,
            segments_address=segments_address,
            report_address=int(self._report.ctypes.data),
        )

    def ahead_cells(self, offset_frames: int) -> list[int]:
        """Its row in the table of `engine.live.loop.ahead`."""
        header = self._header
        return [self._descriptor, header.data_offset, header.frame_bytes, self.frames, offset_frames, 0, 0, 0]

    def fetch(self, frame: int) -> None:
        """Reads the second from `frame` on, so that it is in memory when it is played."""
        frame = min(max(frame, 0), self.frames)
        count = round(_FETCH_S * self.sample_rate) * self._header.frame_bytes
        # what cannot be read is silent, and told by `poll`
        os.pread(self._descriptor, count, self._header.data_offset + frame * self._header.frame_bytes)

    def poll(self) -> list[Notice]:
        """What has happened to the file since it was opened, each thing once."""
        found = {kind: text for kind, text in self._changes() if kind not in self._told}
        self._told.update(found)
        return [Notice(kind, f"{self.path}: {text}", self.path) for kind, text in found.items()]

    def _changes(self) -> Iterable[tuple[str, str]]:
        cut_off = os.fstat(self._descriptor).st_size < self.end_bytes or self._report[REPORT_MISSING] > 0
        if cut_off:
            yield "stem_truncated", "has become shorter: what is missing plays as silence; export it again"
        if self._report[REPORT_NOT_FINITE] > 0:
            yield "not_finite", "holds NaN or infinite samples: they play as silence; export it again"
        try:
            found = [os.stat(file) for file in members(self.path)]
        except OSError:
            yield "stem_removed", "is gone: it plays on from memory until the session is closed; put it back"
            return
        pairs = list(zip(found, self._status, strict=True))
        if any((now.st_dev, now.st_ino) != (then.st_dev, then.st_ino) for now, then in pairs):
            yield "stem_replaced", "has been replaced: the former file plays on until the session is reopened"
        elif any(now.st_mtime_ns != then.st_mtime_ns for now, then in pairs) and not cut_off:
            yield "stem_changed", "has been written to while it plays: reopen the session when it is finished"

    def close(self) -> None:
        """Lets go of the file; nothing may play from it any more."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _open_wav(path: Path, progress: Progress) -> tuple[int, WavHeader]:
    """An open WAV file that the loop can read, and its header: the file itself, or its decoded copy."""
    found = (_open_readable(path) if len(members(path)) == 1 else None) or _open_readable(
        decoded_file(path, progress)
    )
    assert found is not None, "a decoded copy is a WAV file"
    return found


def _converted_wav(path: Path, sample_rate: int, progress: Progress) -> tuple[int, WavHeader]:
    found = _open_readable(converted_file(path, sample_rate, progress))
    assert found is not None, "a converted copy is a WAV file"
    return found


def _open_readable(path: Path) -> tuple[int, WavHeader] | None:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    header = None
    try:
        header = read_wav_header(descriptor, os.fstat(descriptor).st_size)
        return None if header is None or header.subtype is None else (descriptor, header)
    finally:
        if header is None or header.subtype is None:
            os.close(descriptor)


@dataclass(frozen=True)
class SourceUse:
    """A file and where it enters the frame matrix.

    Attributes:
        file: the audio file, open.
        column: its left column.
        offset_frames: song frame of its first frame.
    """

    file: SourceFile
    column: int
    offset_frames: int


class SourceFiles:
    """All files a session plays, opened when first asked for and kept until the end.

    Args:
        sample_rate: that they must have, Hz.
        progress: told about decoding.
    """

    def __init__(self, sample_rate: int, progress: Progress = silent) -> None:
        self._sample_rate = sample_rate
        self._progress = progress
        self._files: dict[Path, SourceFile] = {}
        self._former: list[SourceFile] = []
        self._tables: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []

    def get(self, path: Path) -> SourceFile:
        """The opened file.

        Raises:
            InputError: it cannot be used, or has another sample rate.
        """
        file = self._files.get(path)
        if file is None:
            file = SourceFile(path, self._progress)
            if file.sample_rate != self._sample_rate:
                file.close()
                raise InputError(
                    f"{path}: has {file.sample_rate} Hz, the session {self._sample_rate} Hz: "
                    "ask for stems of one rate",
                    kind="sample_rate",
                    path=path,
                )
            self._files[path] = file
        return file

    def has(self, path: Path) -> bool:
        """Whether a file is open already."""
        return path in self._files

    def get_converted(self, path: Path) -> SourceFile:
        """The opened file, at the session's rate whatever its own: converted into the cache first.

        Raises:
            InputError: it cannot be used.
        """
        file = self._files.get(path)
        if file is None:
            file = SourceFile(path, self._progress, self._sample_rate)
            self._files[path] = file
        return file

    def forget(self, path: Path) -> None:
        """Lets the next `get` reopen the file; what plays from it goes on until then."""
        file = self._files.pop(path, None)
        if file is not None:
            self._former.append(file)

    def ahead_table(self, uses: Iterable[tuple[SourceFile, int]]) -> int:
        """Address of a table of files to read ahead.

        Args:
            uses: files and the song frames of their first frames.
        """
        rows = [file.ahead_cells(offset) for file, offset in uses]
        table = np.zeros(AHEAD_HEAD + AHEAD_FILE * len(rows), np.int64)
        table[0] = len(rows)
        table[AHEAD_HEAD:] = np.array(rows, np.int64).reshape(-1)
        self._tables.append(table)  # a reader may still be using an earlier one: a few hundred bytes each
        return int(table.ctypes.data)

    def fetch(self, frame: int) -> None:
        """Brings the second from `frame` on into memory, of every file."""
        for file in self._files.values():
            file.fetch(frame)

    def poll(self) -> list[Notice]:
        """What has happened to the files since the last call."""
        return [notice for file in self._files.values() for notice in file.poll()]

    def close(self) -> None:
        """Closes all files."""
        for file in (*self._files.values(), *self._former):
            file.close()
        self._files.clear()
        self._former.clear()
