"""`SHA256SUMS` and `MD5SUMS` of an album's folder."""

from __future__ import annotations

import os
from pathlib import Path

from engine.ddp.writing.fileset import write_file
from engine.delivery.sums import MD5SUMS, SHA256SUMS, hashes_of, sums_text
from engine.errors import machine_error
from engine.progress import Progress


def write_sums(folder: Path, progress: Progress) -> None:
    """Hashes every file of a folder as it is on the disk and writes both lists.

    Raises:
        MachineError: the system refused.
    """
    paths = sorted(Path(root) / name for root, _, names in os.walk(folder) for name in names)
    total = max(1, sum(path.stat().st_size for path in paths))
    done = 0
    sha256, md5 = {}, {}
    for path in paths:
        try:
            hashes = hashes_of(path)
        except OSError as error:
            raise machine_error(error, path, "read back") from error
        name = path.relative_to(folder).as_posix()
        sha256[name], md5[name] = hashes.sha256, hashes.md5
        done += path.stat().st_size
        progress("checksums", done, total)
    write_file(folder / SHA256SUMS, sums_text(sha256))
    write_file(folder / MD5SUMS, sums_text(md5))
