"""ID3v2.4 tags from and to values by name."""

from __future__ import annotations

import io
from typing import Any

from engine.tags.fields import FIELDS, PAIRS
from engine.tags.tags import Tags, replaygain

_UTF_8 = 3
_USER_TEXT = "TXXX:"


def id3_frames(tags: Tags) -> list[Any]:
    """The frames of mutagen that say what `tags` says, ReplayGain included."""
    from mutagen import id3

    frames = []
    totals = set(PAIRS.values())
    for name, text in tags.text.items():
        place = FIELDS[name].id3
        if name in totals:
            continue
        if name in PAIRS and PAIRS[name] in tags.text:
            text = f"{text}/{tags.text[PAIRS[name]]}"
        if place.startswith(_USER_TEXT):
            frames.append(id3.TXXX(encoding=_UTF_8, desc=place.removeprefix(_USER_TEXT), text=[text]))
        elif place == "COMM":
            frames.append(id3.COMM(encoding=_UTF_8, lang="eng", desc="", text=[text]))
        else:
            frames.append(getattr(id3, place)(encoding=_UTF_8, text=[text]))
    frames += [id3.TXXX(encoding=_UTF_8, desc=name, text=[text]) for name, text in replaygain(tags).items()]
    return frames


def id3_chunk(tags: Tags) -> bytes:
    """A whole tag, for the `id3 ` chunk of a wave file."""
    from mutagen.id3 import ID3

    tag = ID3()
    for frame in id3_frames(tags):
        tag.add(frame)
    content = io.BytesIO()
    tag.save(content, padding=lambda _: 0)
    return content.getvalue()


def values_of(tag: Any) -> dict[str, str]:
    """What a tag of mutagen says, by our names; other frames are left out."""
    values: dict[str, str] = {}
    for name, field in FIELDS.items():
        found = tag.getall(field.id3)
        if not found or name in PAIRS.values():
            continue
        text = str(found[0].text[0])
        if name in PAIRS:
            text, _, total = text.partition("/")
            if total:
                values[PAIRS[name]] = total
        values[name] = text
    for frame in tag.getall("TXXX"):
        if frame.desc.upper().startswith("REPLAYGAIN_"):
            values[frame.desc.lower()] = str(frame.text[0])
    return values
