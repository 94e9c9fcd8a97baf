"""Compares the files of a set with whatever checksum files lie beside them."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.ddp.reading.model import FileCheck, Found
from engine.errors import InputError

_BLOCK = 1 << 20
#: `<hex> *<name>` of md5sum, `<name>=<hex>` and `MD5 (<name>) = <hex>` of others.
_FORMS = (
    re.compile(r"^(?P<sum>[0-9A-Fa-f]{8}|[0-9A-Fa-f]{32})[ \t]+\*?(?P<name>\S.*?)\s*$"),
    re.compile(r"^(?:MD5 \()?(?P<name>[^=;\[]+?)\)?\s*=\s*(?P<sum>[0-9A-Fa-f]{8}|[0-9A-Fa-f]{32})\s*$"),
)
#: A list of sums is no longer, bytes.
_LONGEST_LIST = 1 << 16


@dataclass(frozen=True)
class _Sum:
    name: str
    value: str


def check_files(folder: Path, wanted: set[str], found: Found) -> tuple[FileCheck, ...]:
    """Each file of a folder against the sums that name it.

    Args:
        folder: of the set.
        wanted: names of the files that make it up.
        found: told about sums that do not agree.
    """
    there = {path.name: path for path in sorted(folder.iterdir()) if path.is_file()}
    sums = [one for path in there.values() for one in _sums_in(path)]
    by_fold = {name.casefold(): name for name in there}
    checks: dict[str, FileCheck] = {}
    digests: dict[str, dict[int, str]] = {}
    for one in sums:
        name = by_fold.get(one.name.casefold())
        if name is None:
            checks[one.name] = FileCheck(folder / one.name, "missing")
            found.error("missing", f"{one.name} has a checksum and is not there", "ask for the whole set")
            continue
        digest = digests.get(name) or digests.setdefault(name, _digests(there[name]))
        same = digest[len(one.value)] == one.value.lower()
        if not same:
            found.error("changed", f"{name} is not what its checksum says", "ask for the set again")
        if name not in checks or not same:
            checks[name] = FileCheck(there[name], "ok" if same else "changed")
    if not sums:
        found.warning(
            "no_checksums", "the set has no checksum file", "ask for one: nobody can tell a bad copy"
        )
    lists = {path.name for path in there.values() if next(_sums_in(path), None) is not None}
    for name, path in there.items():
        if name not in checks:
            checks[name] = FileCheck(path, "ok" if name in lists else "unknown")
            if sums and name in wanted:
                found.warning("no_checksum", f"no checksum names {name}", "ask for one")
    return tuple(checks[name] for name in sorted(checks))


def _sums_in(path: Path) -> Iterator[_Sum]:
    """The sums that a file lists, if it is a list of sums."""
    if path.stat().st_size > _LONGEST_LIST or path.suffix.lower() not in (".md5", ".txt", ".crc", ".sfv"):
        return
    for line in path.read_bytes().decode("utf-8", "replace").splitlines():
        for form in _FORMS:
            match = form.match(line)
            if match:
                yield _Sum(Path(match["name"].replace("\\", "/")).name, match["sum"])
                break


def _digests(path: Path) -> dict[int, str]:
    """MD5 and CRC-32 by the number of their hex digits."""
    md5, crc = hashlib.md5(usedforsecurity=False), 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                md5.update(block)
                crc = zlib.crc32(block, crc)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}): check its rights", kind="unreadable", path=path
        ) from error
    return {32: md5.hexdigest(), 8: f"{crc:08x}"}
