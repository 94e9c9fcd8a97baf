"""What is not as it was at a delivery: stems, settings, targets, program, machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from engine.delivery.pins import record_of
from engine.plan.numerics import design_digests
from engine.progress import Progress
from engine.report.delivery import DeliveryRecord, FilePin, TargetPin
from engine.report.recall import DifferenceKind, RecallDifference
from engine.session.comparing import WordedChange, worded_changes
from engine.session.editing import parse_key
from engine.session.model import Session
from engine.session.words import place_text
from engine.units import level_text

#: Parts of a hash that people compare.
_SHOWN_DIGITS = 12
#: Settings that no sample depends on.
_SILENT = re.compile(r"(^|\.)(notes|sha256)$")
_OF_TARGETS = ("loudness_lufs", "ceiling_dbtp", "loudness_anchor")


def differences_of(
    session: Session, text: str, then: DeliveryRecord, progress: Progress
) -> Iterator[RecallDifference]:
    """Everything that is not as it was, the nearest cause first.

    Args:
        session: as it is now.
        text: of its file.
        then: the record of the delivery.
        progress: told about the reading of stems.
    """
    now = record_of(session, text, session.deliverables, (), progress)
    yield from _stems(then.stems, now.stems)
    changes = worded_changes(then.settings, now.settings)
    targets = [change for change in changes if _is_target(change)]
    yield from (_setting(change) for change in changes if change not in targets)
    yield from _targets(then.targets, now.targets, targets)
    program = list(_program(then, now))
    yield from program
    yield from _designs(session, then, changes, bool(program))
    yield from _machine(then, now, bool(program))


def _stems(then: Sequence[FilePin], now: Sequence[FilePin]) -> Iterator[RecallDifference]:
    before = {pin.name: pin for pin in then}
    others = [pin for pin in now if pin.name in before and pin.audio_sha256 != before[pin.name].audio_sha256]
    for pin in others:
        what = f"stem {pin.name} is another file, {len(others)} of {len(now)}"
        yield RecallDifference("stem", what, _file(before[pin.name]), _file(pin))


def _file(pin: FilePin) -> str:
    seconds = pin.frames / pin.sample_rate if pin.sample_rate else 0.0
    return f"{pin.file}, {seconds:.3f} s, audio {pin.audio_sha256[:_SHOWN_DIGITS]}"


def _is_target(change: WordedChange) -> bool:
    return change.path.startswith("deliverables[") and change.path.endswith(_OF_TARGETS)


def _setting(change: WordedChange) -> RecallDifference:
    what = change.text + (" (cannot be heard)" if _SILENT.search(change.path) else "")
    return RecallDifference("setting", what, _shown(change.then), _shown(change.now))


def _shown(value: object) -> str:
    return "—" if value is None else str(value)


def _targets(
    then: Sequence[TargetPin], now: Sequence[TargetPin], changes: Sequence[WordedChange]
) -> Iterator[RecallDifference]:
    """Targets of the same name that are not the same, with where their figures come from."""
    today = {pin.deliverable: pin for pin in now}
    for pin in then:
        other = today.get(pin.deliverable)
        if other is None:
            yield RecallDifference("target", f"deliverable {pin.deliverable} is gone", _aim(pin), "—")
        elif _aim(pin) != _aim(other):
            pairs = [pair for pair in zip(_aims(pin), _aims(other), strict=True) if pair[0] != pair[1]]
            was, is_now = (", ".join(one) for one in zip(*pairs, strict=True))
            what = f"target {pin.deliverable} was {was}, is {is_now}"
            yield RecallDifference("target", what, _aim(pin), _aim(other))
        elif (pin.source, pin.date) != (other.source, other.date):
            dates = [f"{one.source} ({one.date or 'no date'})" for one in (pin, other)]
            what = f"target {pin.deliverable} comes from another source, its figures are the same"
            yield RecallDifference("target", what, *dates)
    known = {pin.deliverable for pin in then}
    for change in changes:
        if not any(change.text.startswith(f"{name} ") for name in known):
            yield RecallDifference("target", change.text, _shown(change.then), _shown(change.now))


def _aim(pin: TargetPin) -> str:
    return ", ".join(_aims(pin))


def _aims(pin: TargetPin) -> tuple[str, str]:
    loudness = "no loudness" if pin.loudness_lufs is None else level_text(pin.loudness_lufs, "LUFS", None)
    by = " by the dialogue" if pin.loudness_anchor == "dialogue" else ""
    ceiling = (
        "the limiter's ceiling" if pin.ceiling_dbtp is None else level_text(pin.ceiling_dbtp, "dBTP", None)
    )
    return f"{loudness}{by}", ceiling


def _program(then: DeliveryRecord, now: DeliveryRecord) -> Iterator[RecallDifference]:
    if then.program != now.program:
        what = "stemlathe is another version"
        yield RecallDifference("program", what, then.program, now.program)
    for name in dict.fromkeys((*then.numerics, *now.numerics)):
        before, after = then.numerics.get(name, "—"), now.numerics.get(name, "—")
        if before != after:
            yield RecallDifference("program", f"{name} is another version", before, after)


def _designs(
    session: Session, then: DeliveryRecord, changes: Sequence[WordedChange], other_program: bool
) -> Iterator[RecallDifference]:
    """Processors of equal settings whose filters or tables have other numbers."""
    today: Mapping[str, str] = design_digests(session) if then.designs else {}
    changed = [change.path for change in changes]
    for key, digest in then.designs.items():
        moved = any(path.startswith(key) or key.startswith(path) for path in changed)
        if moved or today.get(key, digest) == digest:
            continue
        what = f"{place_text(session, parse_key(key))} was designed differently"
        kind: DifferenceKind = "program" if other_program else "machine"
        yield RecallDifference(kind, what, digest, today[key])


def _machine(then: DeliveryRecord, now: DeliveryRecord, other_program: bool) -> Iterator[RecallDifference]:
    if not then.proof:
        return
    names = {"designs": "filters and tables have other numbers", "sound": "a short proof sounds otherwise"}
    for name, what in names.items():
        before, after = then.proof.get(name, "—"), now.proof.get(name, "—")
        if before != after:
            yield RecallDifference("program" if other_program else "machine", what, before, after)
