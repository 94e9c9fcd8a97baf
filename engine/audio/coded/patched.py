"""A file whose header is read as it should have been: some bytes replaced, nothing written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO


class PatchedFile(io.RawIOBase):
    """A file open for reading in which `replacement` stands at `offset`.

    libsndfile reads through it where a header lacks what it needs.
    """

    def __init__(self, path: Path, offset: int, replacement: bytes) -> None:
        super().__init__()
        self._file: IO[bytes] = path.open("rb", buffering=0)
        self._offset = offset
        self._replacement = replacement

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves the position."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The position."""
        return self._file.tell()

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # any writable buffer
        """Reads, with the replacement in its place."""
        start = self._file.tell()
        content = bytearray(self._file.read(len(buffer)))
        begin = max(start, self._offset)
        end = min(start + len(content), self._offset + len(self._replacement))
        if begin < end:
            replaced = self._replacement[begin - self._offset : end - self._offset]
            content[begin - start : end - start] = replaced
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
        super().close()
