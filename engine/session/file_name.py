"""Templates of file names: their fields and their syntax, checked when the session is read."""

from __future__ import annotations

from string import Formatter

from engine.session.reading import KeyPath, Reader, nearest, shown

#: What a template may name, and what stands there.
FIELDS = {
    "title": "the version's own title, or the session's",
    "artist": "from the metadata",
    "album": "from the metadata",
    "version": "Master, Instrumental …",
    "deliverable": "the deliverable's name",
    "stem": "the stem's name, empty unless the version is stems",
    "rate_hz": "48000",
    "rate_khz": "48",
    "bits": "16, 24, 32; empty for lossy encodings",
    "catalogue_number": "from the metadata",
    "isrc": "of that recording",
    "track": "its number on an album; empty elsewhere",
    "revision": "of the delivery; 1 in a render",
    "date": "the day of the session's last change, YYYY-MM-DD in UTC",
}

#: How files are named without a template.
USUAL_TEMPLATE = "{title} ({version}) [{deliverable}]"


def fields_of(template: str) -> list[str]:
    """The names of the fields in a template, in order.

    Raises:
        ValueError: a bracket is left open, or a field holds more than its name; the text says which.
    """
    names = []
    for _, name, form, conversion in Formatter().parse(template):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError(f"'{{{name}}}' is more than the name of a field")
        names.append(name)
    return names


def check_template(reader: Reader, template: str | None, key: KeyPath) -> None:
    """Makes sure that a template can be filled in.

    Raises:
        SessionError: it names an unknown field or is no template.
    """
    if template is None:
        return
    try:
        names = fields_of(template)
    except ValueError as error:
        reader.refuse(key, f"{shown(template)} is no template ({error}): write fields as {{title}}")
    for name in names:
        if name not in FIELDS:
            reader.refuse(key, f"{shown(template)} names an unknown field '{name}': {nearest(name, FIELDS)}")
