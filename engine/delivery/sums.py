"""`SHA256SUMS` and `MD5SUMS`: what `sha256sum -c` and `md5sum -c` of the GNU coreutils take.

A line is the hash, two spaces and the name (a space and `*` in files made in binary mode). Where the
name holds a line end or a backslash the line begins with a backslash, and those are written `\\n`, `\\r`
and `\\\\` (coreutils manual, "md5sum invocation").
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SHA256SUMS = "SHA256SUMS"
MD5SUMS = "MD5SUMS"

_LINE = re.compile(r"(\\?)([0-9A-Fa-f]+) [ *](.+)")
_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\\\": "\\"}
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Hashes:
    """Of one file, in lower-case hexadecimal digits."""

    sha256: str
    md5: str


@dataclass(frozen=True)
class Sums:
    """A file of sums as it was read.

    Attributes:
        hashes: by name, in the file's order.
        bad_lines: numbers of those that are none, from 1.
    """

    hashes: Mapping[str, str]
    bad_lines: tuple[int, ...]


def hashes_of(path: Path) -> Hashes:
    """Both hashes in one reading; the file is opened without waiting for a writer of a pipe.

    Raises:
        OSError: it cannot be read.
    """
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file:
        while block := file.read(_BLOCK_BYTES):
            sha256.update(block)
            md5.update(block)
    return Hashes(sha256.hexdigest(), md5.hexdigest())


def sums_text(hashes: Mapping[str, str]) -> bytes:
    """A file of sums, sorted by name.

    Args:
        hashes: by name, relative to the folder of the sums, with `/`.
    """
    lines = []
    for name in sorted(hashes):
        escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
        lines.append(f"{'' if escaped == name else chr(92)}{hashes[name]}  {escaped}\n")
    return "".join(lines).encode("utf-8", "surrogateescape")


def read_sums(path: Path, digits: int) -> Sums:
    """Reads a file of sums; line ends of any system, empty lines and comments are taken.

    Args:
        path: of the file.
        digits: of its hashes: 64 of SHA-256, 32 of MD5.

    Raises:
        OSError: it cannot be read.
    """
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    found: dict[str, str] = {}
    bad: list[int] = []
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.rstrip("\r")
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None or len(match[2]) != digits:
            bad.append(number)
            continue
        name = match[3]
        if match[1]:
            name = re.sub(r"\\[nr\\]", lambda one: _ESCAPES[one[0]], name)
        found[name] = match[2].lower()
    return Sums(found, tuple(bad))
