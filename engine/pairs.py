"""A stereo stem in two mono files, as one path: `/song/OH.{L,R}.wav` are OH.L.wav and OH.R.wav.

Everything that takes the path of an audio file takes such a path, too: it is a plain path, in messages, as a
key and in reports, and only what opens, hashes or copies files asks for its members.
"""

from __future__ import annotations

import os
from pathlib import Path

_OPEN, _BETWEEN, _CLOSE = "{", ",", "}"


def pair_path(left: Path, right: Path) -> Path:
    """One path for two files; what their paths share is written once.

    Raises:
        ValueError: braces or commas in their names, so that it could not be read back.
    """
    one, other = str(left), str(right)
    start = _shared(one, other)
    end = _shared(one[start:][::-1], other[start:][::-1])
    middles = one[start : len(one) - end], other[start : len(other) - end]
    tail = one[len(one) - end :] if end else ""
    pair = Path(f"{one[:start]}{_OPEN}{_BETWEEN.join(middles)}{_CLOSE}{tail}")
    if spelt_out(pair) != (left, right):
        raise ValueError(f"{left} and {right} make no pair")
    return pair


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def spelt_out(path: Path) -> tuple[Path, ...]:
    """Left and right of a pair's path; the path itself where it is spelt as no pair."""
    text = str(path)
    head, opened, rest = text.rpartition(_OPEN)
    middle, closed, tail = rest.partition(_CLOSE)
    sides = middle.split(_BETWEEN)
    if not opened or not closed or len(sides) != 2 or sides[0] == sides[1]:
        return (path,)
    return tuple(Path(head + side + tail) for side in sides)


def members(path: Path) -> tuple[Path, ...]:
    """The files behind a path: itself, or left and right of a pair; a file of that very name comes first."""
    sides = spelt_out(path)
    return sides if len(sides) == 2 and not os.path.lexists(path) else (path,)


def are_files(path: Path) -> bool:
    """Whether a file, or both of a pair, are there."""
    return all(member.is_file() for member in members(path))


def pair_name(path: Path) -> str:
    """A file's name without its ending; a pair's without what tells left from right."""
    sides = spelt_out(path)
    if len(sides) == 1:
        return path.stem
    bare = sides[0].stem[: _shared(sides[0].stem, sides[1].stem)]
    return bare.rstrip(" ._-([") or path.stem
