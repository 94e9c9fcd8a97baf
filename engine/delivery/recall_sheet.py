"""`recall.txt`: every setting of a delivery on paper, for whoever has to build it again by hand."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.report.delivery import DeliveryRecord, FilePin
from engine.session.declare import Kind, Parameter
from engine.session.model import Deliverable, Processor, Session
from engine.session.processors import PROCESSORS
from engine.units import number_text

_WIDTH = 100


def recall_sheet(session: Session, record: DeliveryRecord) -> str:
    """The whole sheet, plain text of at most 100 columns where names allow it.

    Args:
        session: that was delivered.
        record: of the delivery.
    """
    lines = [
        f"RECALL  {session.title or session.path.stem}",
        "",
        f"session   {record.session}, {session.sample_rate} Hz, SHA-256 {record.session_sha256}",
        f"program   stemlathe {record.program}",
        *_wrapped("with", ", ".join(f"{name} {number}" for name, number in record.numerics.items())),
    ]
    if record.reference is not None:
        lines += _pin_lines("mix", record.reference)
    lines += ["", settings_sheet(session, {pin.name: pin for pin in record.stems})]
    lines += ["", "FILES"]
    for output in record.outputs:
        lines += [
            f"  {output.path}",
            f"      SHA-256 {output.sha256}",
            f"      audio   {output.audio_sha256}",
        ]
    return "\n".join([*lines, ""])


def settings_sheet(session: Session, pins: Mapping[str, FilePin]) -> str:
    """The settings alone.

    Args:
        session: that was delivered.
        pins: of the stems' files, by name; those that are not there are left out.
    """
    lines: list[str] = []
    for number, stem in enumerate(session.stems, start=1):
        lines += [f"STEM {number}  {stem.name}  ({stem.role}){'  MUTED' if stem.mute else ''}"]
        if stem.name in pins:
            lines += _pin_lines("file", pins[stem.name])
        corrections = []
        if stem.source_gain_db:
            corrections.append(f"gain {_number(stem.source_gain_db, signed=True)} dB")
        if stem.polarity_inverted:
            corrections.append("polarity inverted")
        if stem.offset_samples:
            corrections.append(f"{_number(stem.offset_samples, signed=True)} samples")
        if corrections:
            lines += _wrapped("corrected", ", ".join(corrections))
        lines += _chain_lines(stem.chain)
        lines += [f"  trim      {_number(stem.trim_db, signed=True)} dB", ""]
    lines += ["MASTER", *_chain_lines(session.master.chain), *_range_lines(session)]
    for deliverable in session.deliverables:
        lines += ["", *_deliverable_lines(deliverable)]
    for name, own in session.versions.items():
        moves = own.get("trims_db", {})
        lines += ["", f"VERSION  {name}"]
        lines += [f"  {stem}  {_number(move, signed=True)} dB" for stem, move in moves.items()]
    return "\n".join(lines)


def _pin_lines(word: str, pin: FilePin) -> list[str]:
    channels = {1: "mono", 2: "stereo"}.get(pin.channels, f"{pin.channels} channels")
    return [
        f"  {word:<8}  {pin.file}, {pin.sample_rate} Hz, {channels}, {pin.frames} frames",
        f"            SHA-256 {pin.sha256}",
        f"            audio   {pin.audio_sha256}",
    ]


def _range_lines(session: Session) -> Iterator[str]:
    master = session.master
    if master.start_s or master.end_s:
        end = f"{_number(master.end_s)} s" if master.end_s else "the end"
        yield f"  from      {_number(master.start_s)} s to {end}"
    if master.fade_in_s or master.fade_out_s:
        fades = f"in {_number(master.fade_in_s)} s, out {_number(master.fade_out_s)} s"
        yield f"  fades     {fades}, {master.fade_shape}"


def _deliverable_lines(deliverable: Deliverable) -> list[str]:
    preset = "" if deliverable.preset is None else f"  (preset {deliverable.preset})"
    target = "no loudness target"
    if deliverable.loudness_lufs is not None:
        target = f"{_number(deliverable.loudness_lufs)} LUFS, by the {deliverable.loudness_anchor}"
    ceiling = "the limiter's own ceiling"
    if deliverable.ceiling_dbtp is not None:
        ceiling = f"{_number(deliverable.ceiling_dbtp)} dBTP"
    rate = "the session's rate" if deliverable.sample_rate is None else f"{deliverable.sample_rate} Hz"
    return [
        f"DELIVERABLE  {deliverable.name}{preset}",
        f"  {target}, {ceiling}",
        f"  {deliverable.encoding} at {rate}: {', '.join(deliverable.versions)}",
    ]


def _chain_lines(chain: Iterable[Processor]) -> Iterator[str]:
    number = 0
    for number, processor in enumerate(chain, start=1):
        declared = PROCESSORS[processor.type]
        off = "" if processor.enabled else "  (off)"
        yield f"  {number}. {declared.title}{off}"
        plain = [one for one in declared.parameters if one.kind is not Kind.TABLES]
        if plain:
            yield from _wrapped("", _values_text(plain, processor.values), indent="       ")
        for one in declared.parameters:
            if one.kind is Kind.TABLES:
                for band in processor.values[one.name]:
                    yield from _wrapped("", _values_text(one.fields, band), indent="       - ")
    if not number:
        yield "  no processors"


def _values_text(parameters: Iterable[Parameter], values: Mapping[str, Any]) -> str:
    return ", ".join(f"{one.name} {_value(values[one.name])}" for one in parameters if one.name in values)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return " / ".join(_value(item) for item in value)
    return _number(value) if isinstance(value, (int, float)) else str(value)


def _number(value: float, *, signed: bool = False) -> str:
    """To nine digits: more than any of the controls has."""
    return number_text(value, None, signed=signed, significant=9)


def _wrapped(word: str, text: str, indent: str = "") -> list[str]:
    first = indent or f"  {word:<8}  "
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
