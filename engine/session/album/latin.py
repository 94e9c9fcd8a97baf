"""Titles as CD-Text can hold them: ISO 8859-1, with what does not fit written in letters that do."""

from __future__ import annotations

import unicodedata

#: Stands for what has no form in Latin letters.
_UNKNOWN = "?"


def latin(text: str) -> str:
    """`text` in the characters of ISO 8859-1 alone.

    What does not fit is transliterated character by character (`Ł` → `L`, `“` → `"`, `Москва` →
    `Moskva`); what has no Latin form becomes a question mark.
    """
    composed = unicodedata.normalize("NFC", text)
    if _fits(composed):
        return composed
    from anyascii import anyascii

    return "".join(char if _fits(char) else anyascii(char) or _mark(char) for char in composed)


def _fits(text: str) -> bool:
    """Whether every character is printable and in ISO 8859-1."""
    return all(" " <= char <= "~" or "\xa0" <= char <= "\xff" for char in text)


def _mark(char: str) -> str:
    return "" if unicodedata.category(char).startswith(("M", "C")) else _UNKNOWN


def ascii_only(text: str) -> str:
    """`text` in printable ASCII, transliterated likewise; for fields that take nothing else."""
    from anyascii import anyascii

    composed = unicodedata.normalize("NFC", text)
    return "".join(char if " " <= char <= "~" else anyascii(char) or _mark(char) for char in composed)
