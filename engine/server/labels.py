"""What an edit is called in the undo history: `Drums trim +0.5 dB`, made from the declarations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.server.differences import Difference
from engine.session.declare import Kind, Parameter
from engine.session.fields import DELIVERABLE, MASTER, REFERENCE, ROOT, STEM
from engine.session.processors import PROCESSORS
from engine.session.reading import KeyPath, key_text

#: Endings of names that say a unit, which the value says already.
_UNITS = ("_db", "_hz", "_ms", "_s", "_dbtp", "_lufs", "_samples")
_LONGEST = 60


def label_of(tree: Mapping[str, Any], found: Sequence[Difference]) -> str:
    """One line about what was changed.

    Args:
        tree: the session after the edit.
        found: what differs from before.
    """
    if not found:
        return "no change"
    text = _of_one(tree, found[0])
    if len(found) > 1:
        places = {_place(tree, one.key) for one in found}
        only = len(places) == 1 and found[0].key[0] in ("stems", "master")
        text = f"{next(iter(places))}: {len(found)} values" if only else f"{text} and {len(found) - 1} more"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _place(tree: Mapping[str, Any], key: KeyPath) -> str:
    """`Drums`, `Drums compressor`, `Master eq`: where a key belongs."""
    if key[0] == "stems" and len(key) > 1 and isinstance(key[1], int):
        base, rest = _stem_name(tree, key[1]), key[2:]
        holder: Any = tree["stems"][key[1]]
    elif key[0] == "master":
        base, rest, holder = "Master", key[1:], tree.get("master", {})
    else:
        return " ".join(str(part) for part in key[:2])
    if len(rest) > 1 and rest[0] == "chain" and isinstance(rest[1], int):
        return f"{base} {holder['chain'][rest[1]].get('type', 'processor')}"
    return base


def _stem_name(tree: Mapping[str, Any], index: int) -> str:
    stem = tree["stems"][index]
    name = stem.get("name")
    return (
        str(name) if name else str(stem.get("path", f"stem {index + 1}")).rsplit("/", 1)[-1].rsplit(".", 1)[0]
    )


def _of_one(tree: Mapping[str, Any], one: Difference) -> str:
    key = one.key
    if key == ("stems",):
        return _list_label("stems", one)
    place, field = _place(tree, key), _declaration(tree, key)
    last = key[-1]
    if last == "chain":
        return f"{place} {_list_label('chain', one, 'type')}"
    if last == "bands":
        return f"{place} {_list_label('bands', one, 'shape')}"
    if last == "enabled":
        return f"{place} {'off' if one.after is False else 'on'}"
    name = _spoken(str(last)) if isinstance(last, str) else key_text(key)
    if "bands" in key and isinstance(key[key.index("bands") + 1], int):
        name = f"band {int(key[key.index('bands') + 1]) + 1} {name}"
    if key[0] not in ("stems", "master") and len(key) == 1:
        return f"{name} {_shown(one.after, field)}"
    return f"{place} {name} {_shown(one.after, field)}"


def _list_label(name: str, one: Difference, word: str = "name") -> str:
    before = one.before if isinstance(one.before, list) else []
    after = one.after if isinstance(one.after, list) else []

    def names(items: list[Any]) -> list[str]:
        return [str(item.get(word, "")) for item in items if isinstance(item, Mapping)]

    if len(after) == len(before) + 1:
        return f"{name}: {_extra(names(after), names(before))} added".replace("  ", " ")
    if len(after) == len(before) - 1:
        return f"{name}: {_extra(names(before), names(after))} removed".replace("  ", " ")
    return (
        f"{name}: {len(after)} instead of {len(before)}" if len(after) != len(before) else f"{name} changed"
    )


def _extra(more: list[str], fewer: list[str]) -> str:
    rest = list(more)
    for name in fewer:
        if name in rest:
            rest.remove(name)
    return rest[0] if rest else ""


def _declaration(tree: Mapping[str, Any], key: KeyPath) -> Parameter | None:
    """The declaration behind a key; None where there is none."""
    holder: Any = tree
    for part in key[:-1]:
        try:
            holder = holder[part]
        except (KeyError, IndexError, TypeError):
            return None
    fields: Sequence[Parameter] = {"stems": STEM, "master": MASTER, "deliverables": DELIVERABLE}.get(
        str(key[0]), REFERENCE if key[0] == "reference" else ROOT
    )
    if "chain" in key[:-1]:
        place = key.index("chain") + 2
        processor = tree
        for part in key[:place]:
            processor = processor[part]  # type: ignore[index]
        declared = PROCESSORS.get(str(processor.get("type")))
        fields = () if declared is None else declared.parameters
        if "bands" in key[place:-1]:
            bands = {field.name: field for field in fields}.get("bands")
            fields = () if bands is None else bands.fields
    return {field.name: field for field in fields}.get(str(key[-1]))


def _spoken(name: str) -> str:
    """A key as it is said: without its unit and underscores."""
    for unit in _UNITS:
        name = name.removesuffix(unit)
    return name.replace("_", " ")


def _shown(value: Any, field: Parameter | None) -> str:
    if value is None:
        return "default"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (int, float)):
        digits = f"{value:.4g}"
        if field is not None and field.unit in ("dB", "LUFS", "dBTP"):
            digits = f"{value:+.1f}" if field.unit == "dB" else f"{value:.1f}"
        unit = "" if field is None or not field.unit else f" {field.unit}"
        if field is not None and field.kind is Kind.NUMBER and field.unit == "Hz":
            digits = f"{value:.5g}"
        if field is not None and field.unit == ":1":
            unit = ":1"
        return f"{digits.replace('-', '−')}{unit}"
    if isinstance(value, str):
        return value.rsplit("/", 1)[-1]
    return "changed"
