"""Rules for names in a session: what a file name can hold, and none twice."""

from __future__ import annotations

from collections.abc import Iterable

from engine.session.reading import KeyPath, Reader, folded, shown

#: Characters that some file system refuses in a name.
NOT_IN_FILE_NAMES = '/\\:*?"<>|'


def check_file_name(reader: Reader, name: str, key: KeyPath) -> None:
    """Deliverables and versions become parts of file names.

    Raises:
        SessionError: it cannot be one.
    """
    bad = sorted({char for char in name if char in NOT_IN_FILE_NAMES or not char.isprintable()})
    if bad:
        listed = " ".join(char if char.isprintable() else "(control)" for char in bad)
        reader.refuse(key, f"{shown(name)} cannot be part of a file name: leave out {listed}")
    if not name.strip(" .") or len(name) > 64:
        reader.refuse(key, f"{shown(name)} cannot be part of a file name: give 1 to 64 letters and digits")


def refuse_duplicates(reader: Reader, names: Iterable[tuple[str, KeyPath]]) -> None:
    """Refuses the second of two names that differ at most in case.

    Raises:
        SessionError: there is one.
    """
    seen: dict[str, KeyPath] = {}
    for name, key in names:
        if folded(name) in seen:
            reader.refuse(key, f"{shown(name)} is there twice, case is ignored: give it a name of its own")
        seen[folded(name)] = key
