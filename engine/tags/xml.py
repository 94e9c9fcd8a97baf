"""The XML chunks of a wave file: `iXML`, and `axml` with the ISRC.

iXML (Gallery Software and others, specification 3.01) has no schema and every object in it is optional. The
ISRC stands in the extension of the Audio Standards Working Group (`ASWG/isrcId`, ASWG-G006) and, for readers
that look no deeper, in `ISRC`. Loudness is in dB with two decimals in `LOUDNESS`, and as `bext` has it,
in hundredths, under `BEXT`. The ISRC in `axml` follows EBU Tech 3352.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from engine.tags.bext import UNSET, loudness_figures
from engine.tags.tags import Tags

#: Characters that XML 1.0 cannot hold (clause 2.2); control characters do not get this far.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_LOUDNESS_NAMES = (
    "LOUDNESS_VALUE",
    "LOUDNESS_RANGE",
    "MAX_TRUE_PEAK_LEVEL",
    "MAX_MOMENTARY_LOUDNESS",
    "MAX_SHORT_TERM_LOUDNESS",
)
_EBUCORE = "urn:ebu:metadata-schema:ebuCore_2012"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    if text is not None:
        child.text = _NOT_IN_XML.sub("", text)
    return child


def ixml_chunk(tags: Tags) -> bytes:
    """The content of the `iXML` chunk."""
    root = ElementTree.Element("BWFXML")
    _add(root, "IXML_VERSION", "3.01")
    project = tags.text.get("album") or tags.text.get("title")
    for name, text in (
        ("PROJECT", project),
        ("NOTE", tags.text.get("comment")),
        ("ISRC", tags.text.get("isrc")),
    ):
        if text:
            _add(root, name, text)
    _add_technical(root, tags)
    _add_aswg(root, tags)
    _add_loudness(root, tags)
    return _document(root)


def _add_technical(root: ElementTree.Element, tags: Tags) -> None:
    technical = tags.technical
    if technical is None:
        return
    speed = _add(root, "SPEED")
    _add(speed, "FILE_SAMPLE_RATE", str(technical.sample_rate))
    _add(speed, "AUDIO_BIT_DEPTH", str(technical.bits))
    _add(speed, "TIMESTAMP_SAMPLE_RATE", str(technical.sample_rate))
    _add(speed, "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI", str(technical.time_reference >> 32))
    _add(speed, "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO", str(technical.time_reference & 0xFFFFFFFF))
    tracks = _add(root, "TRACK_LIST")
    _add(tracks, "TRACK_COUNT", str(len(technical.channel_names)))
    for index, name in enumerate(technical.channel_names, start=1):
        track = _add(tracks, "TRACK")
        _add(track, "CHANNEL_INDEX", str(index))
        _add(track, "INTERLEAVE_INDEX", str(index))
        _add(track, "NAME", name)
        _add(track, "FUNCTION", name.upper())


def _add_aswg(root: ElementTree.Element, tags: Tags) -> None:
    names = {
        "songTitle": "title",
        "artist": "artist",
        "composer": "composer",
        "musicPublisher": "label",
        "isrcId": "isrc",
    }
    found = {name: tags.text[ours] for name, ours in names.items() if ours in tags.text}
    if found:
        extension = _add(root, "ASWG")
        for name, text in found.items():
            _add(extension, name, text)


def _add_loudness(root: ElementTree.Element, tags: Tags) -> None:
    figures = loudness_figures(tags.loudness)
    known = [(name, value) for name, value in zip(_LOUDNESS_NAMES, figures, strict=True) if value != UNSET]
    if not known:
        return
    loudness, bext = _add(root, "LOUDNESS"), _add(root, "BEXT")
    for name, value in known:
        _add(loudness, name, f"{value / 100.0:.2f}")
        _add(bext, f"BWF_{name}", str(value))


def axml_chunk(isrc: str) -> bytes:
    """The content of the `axml` chunk that carries an ISRC."""
    # namespaces by hand: the library cannot leave attributes without one beside a default namespace
    root = ElementTree.Element("ebuCoreMain", {"xmlns": _EBUCORE, "xmlns:dc": _DUBLIN_CORE})
    identifier = ElementTree.SubElement(
        _add(root, "coreMetadata"),
        "identifier",
        {
            "typeLabel": "GUID",
            "typeDefinition": "Globally Unique Identifier",
            "formatLabel": "ISRC",
            "formatDefinition": "International Standard Recording Code",
            "formatLink": "http://www.ebu.ch/metadata/cs/web/ebu_IdentifierTypeCodeCS_p.xml.htm#3.7",
        },
    )
    _add(identifier, "dc:identifier", f"ISRC:{isrc}")
    return _document(root)


def _document(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()
