"""Reads what a session says about its recordings: metadata, ISRC, titles and sections of versions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.session import fields
from engine.session.model import Master, Metadata, VersionSection
from engine.session.reading import KeyPath, Reader, shown

#: ISO 3901: country or allocator, registrant, year and designation; stored without hyphens.
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")


def read_metadata(reader: Reader, tree: Any) -> Metadata | None:
    """The `[metadata]` section; None without one.

    Raises:
        SessionError: a key is unknown, of the wrong type, too long, or no ISRC.
    """
    if tree is None:
        return None
    key: KeyPath = ("metadata",)
    values = reader.table(tree, key, fields.METADATA)
    return Metadata(**{**values, "isrc": read_isrc(reader, values["isrc"], (*key, "isrc"))})


def read_isrc(reader: Reader, text: str | None, key: KeyPath) -> str | None:
    """An ISRC without its hyphens, in capitals.

    Raises:
        SessionError: it has another shape.
    """
    if text is None:
        return None
    code = text.replace("-", "").replace(" ", "").upper()
    if not _ISRC.fullmatch(code):
        reader.refuse(
            key,
            f"{shown(text)} is no ISRC: give two letters, three letters or digits, and seven digits, "
            'for example "DEA312600001"',
        )
    return code


def read_section(reader: Reader, values: Mapping[str, Any], key: KeyPath, master: Master) -> VersionSection:
    """What a version says for itself, from its table as read.

    Args:
        reader: reads the file.
        values: the version's keys, checked.
        key: its place.
        master: its `start_s` and `end_s` stand where the version has none.

    Raises:
        SessionError: it ends before it begins, or its ISRC has another shape.
    """
    start = master.start_s if values["start_s"] is None else values["start_s"]
    end = master.end_s if values["end_s"] is None else values["end_s"]
    if (values["start_s"], values["end_s"]) != (None, None) and end != 0.0 and end <= start:
        reader.refuse(
            (*key, "start_s" if values["end_s"] is None else "end_s"),
            f"the version would end at {end:g} s and begin at {start:g} s: "
            "give a later end, or 0 for the end of the song",
        )
    names = ("title", "start_s", "end_s", "fade_in_s", "fade_out_s")
    isrc = read_isrc(reader, values["isrc"], (*key, "isrc"))
    return VersionSection(isrc=isrc, **{name: values[name] for name in names})
