"""The desk in words: stems and master as rows, and what each of its pictures says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.link.records import StemMeters
from engine.link.snapshot import NO_STEM
from engine.session.chains import limiter_of
from engine.session.fields import STEM
from engine.session.model import Processor, Session, Stem
from engine.session.processors import PROCESSORS
from engine.session.roles import roles
from engine.session.words import name_of, parameter_at, value_text
from tui.desk.strip import reduction_db
from tui.desk.words import silenced
from tui.glyphs.numbers import change, percent, reading
from tui.panels.told import Told
from tui.view import MASTER, Panel, View

_CORRECTIONS = ("source_gain_db", "offset_samples")


def tell_desk(view: View) -> Told:
    """Stems and master; the lines say what is heard of them."""
    session = view.session
    title = "master" if view.focus.panel is Panel.MASTER else "stems"
    if session is None:
        return Told(title, ["the session is still being loaded"])
    any_solo = any(stem.solo for stem in session.stems)
    files = {item.name: item.state for item in view.document.stems_state}
    rows = [
        ", ".join(_strip(number, stem, any_solo, files.get(stem.name, "ok")))
        for number, stem in enumerate(session.stems, 1)
    ]
    rows.append(f"0 master, {', '.join(_master(session))}")
    at = len(session.stems) if view.focus.stem == MASTER else view.focus.stem
    return Told(title, [f"{len(session.stems)} stems and the master"], rows, at, strip_detail(view))


def _strip(number: int, stem: Stem, any_solo: bool, file: str) -> Iterator[str]:
    yield f"{number} {stem.name}"
    yield f"trim {change(stem.trim_db).strip()} dB"
    if stem.mute:
        yield "muted"
    elif silenced(stem, any_solo):
        yield "silent, others are soloed"
    if stem.solo:
        yield "solo"
    if stem.polarity_inverted:
        yield "polarity inverted"
    if file != "ok":
        yield f"file {file}"
    count = len(stem.chain)
    if count:
        off = sum(not one.enabled for one in stem.chain)
        yield f"{count} processor{'' if count == 1 else 's'}" + (f", {off} off" if off else "")


def _master(session: Session) -> Iterator[str]:
    count = len(session.master.chain)
    yield f"{count} processor{'' if count == 1 else 's'}" if count else "no processors"
    limiter = limiter_of(session)
    if limiter is not None:
        path = ("master", "chain", len(session.master.chain) - 1)
        for key in ("drive_db", "ceiling_dbtp"):
            parameter = parameter_at(session, (*path, key))
            if parameter is not None:
                yield f"{key.partition('_')[0]} {value_text(parameter, limiter.values[key])}"


def processor_words(processor: Processor) -> str:
    """`Compressor`, `Equaliser off`."""
    title = PROCESSORS[processor.type].title
    return title if processor.enabled else f"{title} off"


def chain_line(chain: Sequence[Processor]) -> str:
    """The processors of a chain, in order."""
    return ", ".join(map(processor_words, chain)) or "no processors"


def meters_of(view: View, stem: int) -> StemMeters:
    """The meters of a stem."""
    meters = view.snapshot.stems
    return meters[stem] if stem < len(meters) else NO_STEM


def overs_of(view: View, stem: int) -> int:
    """Overs of a stem since the maxima were reset."""
    if view.reading is None or stem >= len(view.reading.totals.stem_overs):
        return 0
    found = view.reading.totals.stem_overs[stem]
    return found.overs - found.overs_at_reset


def strip_detail(view: View) -> list[str]:
    """The focused strip: settings, then meters."""
    session, focus = view.session, view.focus
    if session is None:
        return []
    if focus.stem == MASTER:
        return [f"chain: {chain_line(session.master.chain)}"]
    stem, meters = session.stems[focus.stem], meters_of(view, focus.stem)
    role = roles()[stem.role]
    corrections = [
        f"{name_of(parameter)} {value_text(parameter, getattr(stem, parameter.name))}"
        for parameter in STEM
        if parameter.name in _CORRECTIONS and getattr(stem, parameter.name)
    ]
    corrections += ["polarity inverted"] if stem.polarity_inverted else []
    lines = [f"role {role.title}, usual trim within {role.card.trim_db.high:g} dB"]
    lines.append(f"corrections: {', '.join(corrections) or 'none'}")
    lines.append(f"chain: {chain_line(stem.chain)}")
    lines.append(stem_meters(view, focus.stem))
    if meters.limiting_share == meters.limiting_share:
        lines.append(f"its share of the limiting {percent(meters.limiting_share).strip()}")
    return lines


def stem_meters(view: View, stem: int) -> str:
    """Peaks, level, loudness, gain reduction and overs of a stem, now."""
    meters = meters_of(view, stem)
    parts = [
        f"held peak {reading(max(meters.held_left_dbfs, meters.held_right_dbfs)).strip()} dBFS",
        f"peak now {reading(max(meters.peak_left_dbfs, meters.peak_right_dbfs)).strip()} dBFS",
        f"RMS {reading(max(meters.rms_left_dbfs, meters.rms_right_dbfs)).strip()} dBFS",
    ]
    parts += stem_loudness(view, stem)
    reduced = reduction_db(meters.processors_db)
    if reduced == reduced:
        parts.append(f"gain reduction {reading(reduced).strip()} dB")
    overs = overs_of(view, stem)
    if overs:
        parts.append(f"{overs} over{'' if overs == 1 else 's'}")
    return ", ".join(parts)


def stem_loudness(view: View, stem: int) -> list[str]:
    """The short-term loudness of a stem; nothing where no console has asked the engine to measure it."""
    if stem >= len(view.stems_close_up):
        return []
    loudness = view.stems_close_up[stem].short_term_lufs
    if loudness != loudness:
        return ["short-term loudness after 3 s of playing"]
    older = "" if view.is_playing else " when it last played"
    return [f"short-term {reading(loudness).strip()} LUFS{older}"]
