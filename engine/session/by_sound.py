"""What is no stem by its sound: a mix or a print that no name tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: What a mix is recognised by that no word tells.
HEARD = "the sum of the stems"


@dataclass(frozen=True)
class Sum:
    """What a file is the sum of.

    Attributes:
        parts: the stems.
        is_mix: nothing but these, copies of them and silence lies beside it.
    """

    parts: tuple[Path, ...]
    is_mix: bool


#: Listens to files: those that are sums of others.
HearSums = Callable[[Sequence[Path]], Mapping[Path, Sum]]


@dataclass(frozen=True)
class Heard:
    """The files that remain, and the mix among them, if it was looked for and found."""

    stems: tuple[Path, ...]
    reference: Path | None


def by_sound(
    files: Sequence[Path],
    sums: Mapping[Path, Sum],
    is_named: Callable[[Path], bool],
    notes: list[str],
    *,
    find_mix: bool,
) -> Heard:
    """Takes a sum for the mix, and leaves the others out.

    Args:
        files: stems, and what else their names do not tell apart.
        sums: those that are sums of others.
        is_named: of a file: it was named by itself, so that it is never left out.
        notes: receives every decision.
        find_mix: there is no mix yet.
    """
    mix = next((file for file in files if find_mix and file in sums and sums[file].is_mix), None)
    kept = []
    for file in files:
        if file is mix or file not in sums or is_named(file):
            kept.append(file)
            continue
        parts = ", ".join(part.name for part in sums[file].parts)
        notes.append(
            f"{file.name} is left out, it sounds like the sum of {parts}: name it to have it as a stem"
        )
    return Heard(tuple(kept), mix)
