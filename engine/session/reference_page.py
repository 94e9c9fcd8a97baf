"""The printed reference of the session file: `python -m engine.session.reference_page > docs/reference.md`.

Everything on the page comes from the declarations: keys and processors (`engine.session.fields`,
`engine.session.processors`), encodings, roles and targets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from engine.session import fields
from engine.session.declare import Kind, Parameter, ProcessorDeclaration
from engine.session.encodings import ENCODINGS, Encoding
from engine.session.processors import PROCESSORS
from engine.session.roles import roles

#: Ranges that depend on the sample rate are printed for this one, Hz.
_RATE = 48000

_HEAD = """\
# Reference of the session file

Printed from the declarations that the program itself reads: `python -m engine.session.reference_page`. A key
that is left out has its default. What is out of range, of another type or not known here is refused with its
full path. Quantities end in their unit; levels are dBFS, true peaks dBTP, loudness LUFS, gains dB.
"""

_VERSIONS_NOTE = """\
A version of your own, or what a built-in one says for itself. Those take no `trims_db`, and `linked` is for
the parts of the mix alone. A start, end or fade that is left out is the master section's; without trims, a
version of your own is an excerpt of the master.\
"""
_METADATA_NOTE = """\
Every key is optional. Where there is this section, or a version has a title or ISRC, files are tagged:
`bext`, `iXML`, `axml` and ID3 in wave files, ID3 in AIFF and MP3, Vorbis comments, MP4 atoms, with
ReplayGain 2 (Opus: R128 gains) as measured. The ISRC is the master's: each version is a recording itself.\
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"
    yield ""


def _value(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, float):
        return f"{value:g}" if value != int(value) else f"{value:.1f}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    return str(value)


def _range(parameter: Parameter) -> str:
    if parameter.kind in (Kind.TABLE, Kind.TABLES, Kind.TEXTS, Kind.SWITCH):
        return str(parameter.kind.value)
    if parameter.kind is Kind.NUMBERS and parameter.item is not None:
        count = f"{parameter.minimum:g} to {parameter.maximum:g} numbers" if parameter.maximum else "numbers"
        return f"{count}, each {parameter.item.allowed(_RATE)}"
    if parameter.kind in (Kind.TEXT, Kind.PATH) and parameter.maximum is None:
        return str(parameter.kind.value)
    return parameter.allowed(_RATE)


def _rows(parameters: Iterable[Parameter], inside: str = "") -> Iterator[Sequence[str]]:
    for parameter in parameters:
        default = "required" if parameter.required else _value(parameter.default)
        yield (f"`{inside}{parameter.name}`", parameter.help, _range(parameter), default)
        if parameter.fields:
            yield from _rows(parameter.fields, f"{inside}{parameter.name}[].")


def _keys(title: str, note: str, parameters: Iterable[Parameter]) -> Iterator[str]:
    yield f"## {title}\n"
    if note:
        yield f"{note}\n"
    yield from _table(("key", "what it is", "allowed", "default"), _rows(parameters))


def _processor(declared: ProcessorDeclaration) -> Iterator[str]:
    yield f"### `{declared.type}`: {declared.title}\n"
    where = "in the chain of a stem and of the master" if declared.stems else "last in the master chain, once"
    yield f"{declared.help[:1].upper()}{declared.help[1:]}. Stands {where}; `{declared.short}` on the desk.\n"
    yield from _table(("key", "what it is", "allowed", "default"), _rows(declared.parameters))


def _encoding(encoding: Encoding) -> Sequence[str]:
    if encoding.lossy:
        rate = f"{encoding.bitrate_kbps} kbit/s" if encoding.bitrate_kbps else f"quality {encoding.quality:g}"
    else:
        rate = "32-bit float" if encoding.bits == 32 else f"{encoding.bits} bits, dithered"
    rates = "any" if not encoding.rates else ", ".join(f"{hz / 1000:g}" for hz in encoding.rates)
    return (
        f"`{encoding.name}`",
        f"`{encoding.extension}`",
        rate,
        rates,
        "`codecs`" if encoding.needs_codecs else "",
    )


def page() -> str:
    """The whole page, Markdown."""
    lines: list[str] = [_HEAD]
    lines += _keys("The session", "", fields.ROOT)
    lines += _keys("`[reference]`", "The mix that the stems must sum to.", fields.REFERENCE)
    note = "Other tracks to compare with; never in a null test or a render."
    lines += _keys("`[[references]]`", note, fields.OTHER_REFERENCE)
    stem_note = "Corrections come before the chain, the trim after it."
    lines += _keys("`[[stems]]`", stem_note, fields.STEM)
    lines += _keys("`[master]`", "", fields.MASTER)
    lines += _keys(
        "`[[deliverables]]`",
        "A preset fills what is not given; a key that is given wins.",
        fields.DELIVERABLE,
    )
    built_in = ", ".join(f"`{name}`" for name in fields.BUILT_IN_VERSIONS)
    lines += _keys("`[versions.NAME]`", f"{_VERSIONS_NOTE} Built in: {built_in}.", fields.VERSION)
    lines += _keys("`[metadata]`", _METADATA_NOTE, fields.METADATA)
    lines += ["## Processors\n", "Every one also takes `enabled` (true or false; default true).\n"]
    for declared in PROCESSORS.values():
        lines += _processor(declared)
    lines += ["## Encodings\n", "The extra `codecs` brings PyAV; the others need nothing.\n"]
    heads = ("`encoding`", "file", "coding", "rates, kHz", "needs")
    lines += _table(heads, (_encoding(encoding) for encoding in ENCODINGS.values()))
    lines += ["## Roles\n", "What a role starts with and is compared with, from the quick-reference card.\n"]
    lines += _table(
        ("role", "card", "trim", "ratio", "EQ", "attack", "release"),
        (
            (
                f"`{name}`",
                role.card.title,
                f"±{role.card.trim_db.high:g} dB",
                role.card.ratio.text(""),
                f"±{role.card.eq_maximum_db:g} dB",
                role.card.attack_ms.text("ms"),
                role.card.release_ms.text("ms"),
            )
            for name, role in roles().items()
        ),
    )
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    print(page(), end="")
