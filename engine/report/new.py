"""What `new` made, with every guess."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StemGuess:
    """One stem and where its role came from.

    Attributes:
        name: the stem's name in the session.
        role: what it was taken for.
        guessed_from: the word of the file name that says so; None: nothing did.
        path: of the file, absolute.
    """

    name: str
    role: str
    guessed_from: str | None
    path: Path


@dataclass(frozen=True)
class NewReport:
    """The session that was written.

    Attributes:
        session: path of the session file, absolute.
        title: of the song, from folder or file names.
        sample_rate: Hz, of the first stem.
        reference: path of the mix, absolute; None without one.
        reference_guessed_from: the word of the file name by which the mix was recognised; None: it
            was named on the command line, or there is none.
        stems: in the session's order.
        notes: everything else that should be looked at, one sentence each.
    """

    session: Path
    title: str
    sample_rate: int
    reference: Path | None
    reference_guessed_from: str | None
    stems: tuple[StemGuess, ...]
    notes: tuple[str, ...]
