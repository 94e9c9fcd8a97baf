"""Loudness against the targets, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator

from engine.session.model import Deliverable
from engine.session.targets import Target
from engine.terminal_text import UNBOUNDED_COLUMNS
from tui.glyphs.numbers import change, level, percent
from tui.panels.loudness.picture import Known, LoudnessPicture, detail, service
from tui.panels.told import Told


def tell_loudness(picture: LoudnessPicture) -> Told:
    """The song's figures; deliverables and targets as rows."""
    rows = [_deliverable(one, picture) for one in picture.deliverables]
    rows += [_target(one, picture.known) for one in picture.targets]
    lines = [figures_words(picture.known), coverage_words(picture.known)]
    drive = "the session's own drive" if picture.playing is None else f"the target of {picture.playing}"
    lines.append(f"plays at {drive}")
    if not picture.deliverables:
        lines.append("no deliverables: enter on a target adds one")
    if picture.problem:
        lines.append(picture.problem)
    return Told("loudness", lines, rows, picture.chosen, detail(picture, UNBOUNDED_COLUMNS))


def figures_words(known: Known) -> str:
    """Integrated loudness and what belongs to it."""
    return (
        f"integrated {_level(known.integrated_lufs)} LUFS, LRA {_level(known.lra_lu)} LU, "
        f"true peak {_level(known.true_peak_dbtp)} dBTP, PLR {_level(known.plr_db)} dB"
    )


def coverage_words(known: Known) -> str:
    """How much of the song the figures are known of."""
    if known.heard >= 1.0 and not known.outdated:
        return "known of the whole song"
    outdated = f", {percent(known.outdated).strip()} before the newest edits" if known.outdated else ""
    return f"partial: {percent(known.heard).strip()} of the song known{outdated}"


def _level(value: float | None) -> str:
    return level(value).strip()


def _deliverable(deliverable: Deliverable, picture: LoudnessPicture) -> str:
    return f"deliverable {deliverable.name}: {', '.join(_about(deliverable, picture))}"


def _about(deliverable: Deliverable, picture: LoudnessPicture) -> Iterator[str]:
    known, target, ceiling = picture.known, deliverable.loudness_lufs, deliverable.ceiling_dbtp
    if deliverable.name == picture.playing:
        yield "plays now"
    if target is None:
        yield "no loudness target"
    else:
        yield f"target {_level(target)} LUFS"
        if math.isfinite(known.integrated_lufs):
            yield f"now {change(known.integrated_lufs - target).strip()} LU from it"
    if ceiling is not None:
        yield f"ceiling {_level(ceiling)} dBTP"
        margin = ceiling - known.true_peak_dbtp
        if math.isfinite(margin):
            over = margin < -0.05
            yield f"{_level(abs(margin))} dB {'over it' if over else 'below it'}"
    outcome = picture.on_disk.get(deliverable.name)
    if outcome is None:
        yield "not rendered"
    else:
        output = outcome.outputs[0]
        old = ", older than the newest edit" if outcome.revision < picture.revision else ""
        holds = "holds" if output.holds else "misses"
        figures = f"{_level(output.integrated_lufs)} LUFS {_level(output.true_peak_dbtp)} dBTP"
        yield f"on disk {figures}, {holds}{old}"


def _target(target: Target, known: Known) -> str:
    aim = "no loudness" if target.loudness_lufs is None else f"{_level(target.loudness_lufs)} LUFS"
    ceiling = "" if target.ceiling_dbtp is None else f", {_level(target.ceiling_dbtp)} dBTP"
    where = service(target, known)[0]
    song = f", the song is {where}" if any(letter.isalnum() for letter in where) else ""
    whose = f"read on {target.date}" if target.date else "your own"
    return f"target {target.title}: {aim}{ceiling}{song}, {whose}"
