"""`SHA256SUMS` and `MD5SUMS` of an album's folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from engine.ddp.writing.fileset import write_file
from engine.delivery.sums import MD5SUMS, SHA256SUMS, Hashes, hashes_of, sums_text
from engine.errors import machine_error
from engine.progress import Progress


def hash_folder(folder: Path, progress: Progress, *, but: Path) -> dict[str, Hashes]:
    """Hashes of every file of a folder as it is on the disk, by name relative to it.

    Args:
        folder: whose files.
        progress: told how far it is.
        but: a folder in it that is left out.

    Raises:
        MachineError: the system refused.
    """
    paths = sorted(Path(root) / name for root, _, names in os.walk(folder) for name in names)
    paths = [path for path in paths if not path.is_relative_to(but)]
    total = max(1, sum(path.stat().st_size for path in paths))
    done, hashes = 0, {}
    for path in paths:
        hashes[path.relative_to(folder).as_posix()] = _hashes(path)
        done += path.stat().st_size
        progress("checksums", done, total)
    return hashes


def write_sums(folder: Path, hashes: Mapping[str, Hashes], *more: Path) -> None:
    """Writes both lists.

    Args:
        folder: where to.
        hashes: what `hash_folder` found.
        more: files that have been written since.

    Raises:
        MachineError: the system refused.
    """
    every = dict(hashes) | {path.relative_to(folder).as_posix(): _hashes(path) for path in more}
    write_file(folder / SHA256SUMS, sums_text({name: one.sha256 for name, one in every.items()}))
    write_file(folder / MD5SUMS, sums_text({name: one.md5 for name, one in every.items()}))


def _hashes(path: Path) -> Hashes:
    try:
        return hashes_of(path)
    except OSError as error:
        raise machine_error(error, path, "read back") from error
