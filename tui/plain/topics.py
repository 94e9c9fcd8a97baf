"""What can be asked for, as sentences: one function for each topic of `tui.actions.say`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.link.records import DeviceState, Role, Source
from engine.units import seconds_text
from tui.desk.nulltest import null_reading, null_state
from tui.desk.target import ceiling_dbtp, target_lufs
from tui.desk.told import chain_line, meters_of, overs_of, stem_meters, tell_desk
from tui.desk.warnings import standing
from tui.desk.words import SOURCES, STATES, UNWELL
from tui.glyphs.numbers import change, correlation, level, percent, rate, reading
from tui.heard import listening_to, unmatched_words
from tui.panels.chain.told import tell_chain
from tui.panels.loudness.panel import known_of
from tui.panels.loudness.told import coverage_words, figures_words
from tui.panels.told import Told
from tui.view import MASTER, View
from tui.work.verb_job import Job, Stage

#: Sources that are about something: a processor or band, and then at their own level, or a track.
_LEVEL_TRUE = frozenset({Source.DELTA, Source.BAND})
_SOMETHING = _LEVEL_TRUE | {Source.TRACK}


@dataclass(frozen=True)
class Asked:
    """What is known when something is asked for.

    Attributes:
        view: now.
        told: the panel in view.
        jobs: what this console has run.
    """

    view: View
    told: Told
    jobs: Sequence[Job] = ()


class Desk:
    """Tells the desk, as panels tell themselves."""

    def told(self, view: View) -> Told:
        """Stems and master."""
        return tell_desk(view)


def _here(asked: Asked) -> list[str]:
    told = asked.told
    place = f"row {told.chosen + 1} of {len(told.rows)}" if told.rows else ""
    return [", ".join(filter(None, (told.title, place))), *([told.row] if told.row else [])]


def _row(asked: Asked) -> list[str]:
    return [*filter(None, [asked.told.row]), *asked.told.detail] or ["there is no row here"]


def _panel(asked: Asked) -> list[str]:
    told = asked.told
    return [told.title, *told.lines, *told.rows, *(told.detail if not told.rows else ())]


def time_words(view: View, frames: int) -> str:
    """A position of the song."""
    rate_hz = view.snapshot.transport.sample_rate_hz
    return seconds_text(frames / rate_hz) if rate_hz > 0 and frames >= 0 else "no position"


def position(view: View) -> str:
    """`at 0:12.3 of 4:00.0`."""
    transport = view.snapshot.transport
    length = f" of {time_words(view, transport.length_frames)}" if transport.length_frames > 0 else ""
    return f"at {time_words(view, transport.position_frames)}{length}"


def state_words(view: View) -> str:
    """`playing`, `paused`, or how the engine is where it is not well."""
    transport = view.snapshot.transport
    return (UNWELL.get(view.health) or STATES[transport.state])[1].lower()


def heard_words(view: View) -> str:
    """What is listened to, where in a chain or which track, and by how much it was matched."""
    transport = view.snapshot.transport
    what = listening_to(view.document) if transport.source in _SOMETHING else ""
    words = " ".join(filter(None, (SOURCES[transport.source].lower(), what)))
    if transport.source in _LEVEL_TRUE:
        return f"heard is {words}, at its own level"
    unknown = transport.match_db != transport.match_db
    matched = unmatched_words(view) or ("" if unknown else f"matched {change(transport.match_db).strip()} dB")
    return ", ".join(filter(None, (f"heard is {words}", matched)))


def loop_words(view: View) -> str:
    """The loop and its ends."""
    transport = view.snapshot.transport
    begin, end = transport.loop_start_frames, transport.loop_end_frames
    if max(begin, end) < 0:
        return "no loop"
    ends = f"{time_words(view, max(begin, 0))} to {time_words(view, end)}"
    return f"loop {'on' if transport.loop_on else 'off'}, {ends}"


def _transport(asked: Asked) -> list[str]:
    view = asked.view
    here = view.snapshot.transport.position_frames
    before = [one for one in view.document.markers if one.position_frames <= here]
    marker = [f"after marker {before[-1].name}"] if before else []
    letter = view.snapshot.transport.snapshot
    snapshot = [f"snapshot {'ABCD'[letter]}"] if 0 <= letter < 4 else []
    return [
        ", ".join([state_words(view), position(view), *marker]),
        ", ".join([loop_words(view), heard_words(view), *snapshot]),
    ]


def _loudness(asked: Asked) -> list[str]:
    view = asked.view
    master, target = view.snapshot.master, target_lufs(view)
    now = (
        f"now: momentary {reading(master.momentary_lufs).strip()} LUFS, short-term "
        f"{reading(master.short_term_lufs).strip()} LUFS, PSR {level(master.psr_db).strip()} dB"
    )
    known = known_of(view)
    aim = []
    if target is not None and known.integrated_lufs == known.integrated_lufs:
        aim.append(f"{change(known.integrated_lufs - target).strip()} LU from the target {target:g} LUFS")
    return [figures_words(known), *aim, coverage_words(known), now]


def _peaks(asked: Asked) -> list[str]:
    view = asked.view
    master, ceiling = view.snapshot.master, ceiling_dbtp(view)
    margin = "" if ceiling is None else f", ceiling {ceiling:g} dBTP"
    overs = 0 if view.reading is None else view.reading.totals.master_overs.overs
    if view.reading is not None:
        overs -= view.reading.totals.master_overs.overs_at_reset
    lines = [
        f"master: true peak maximum {reading(master.true_peak_max_dbtp).strip()} dBTP{margin}, held left "
        f"{reading(master.held_left_dbfs).strip()}, right {reading(master.held_right_dbfs).strip()} dBFS, "
        f"{overs} overs, correlation {correlation(master.correlation).strip()}"
    ]
    for index, stem in enumerate(view.session.stems if view.session is not None else ()):
        meters = meters_of(view, index)
        held = max(meters.held_left_dbfs, meters.held_right_dbfs)
        count = overs_of(view, index)
        lines.append(f"{stem.name}: {reading(held).strip()} dBFS{f', {count} overs' if count else ''}")
    return lines


def _limiter(asked: Asked) -> list[str]:
    view = asked.view
    reduction = view.snapshot.master.gain_reduction_db
    if reduction != reduction:
        return ["the master has no limiter"]
    lines = [f"limiter: gain reduction {level(reduction).strip()} dB"]
    deepest = (
        max((tick.gain_reduction_db for tick in view.reading.ticks), default=0.0) if view.reading else 0.0
    )
    if deepest > reduction:
        lines[0] += f", deepest just now {level(deepest).strip()} dB"
    shares = [
        f"{stem.name} {percent(meters_of(view, index).limiting_share).strip()}"
        for index, stem in enumerate(view.session.stems if view.session is not None else ())
        if meters_of(view, index).limiting_share > 0.005
    ]
    lines.append(f"caused by {', '.join(shares)}" if shares else "no stem causes any")
    return lines


def _null(asked: Asked) -> list[str]:
    view = asked.view
    found = null_reading(view)
    job = next((one for one in reversed(asked.jobs) if one.work.verb == "null" and one.active), None)
    running = ["a test runs"] if job is not None else []
    words = {"current": "holds for the stems as they are", "stale": "older than the newest edits"}
    return [
        f"null test: {found.text} {found.remark}, {words.get(null_state(view), null_state(view))}",
        *running,
    ]


def _stem(asked: Asked) -> list[str]:
    told = tell_desk(asked.view)
    return [told.row, *told.detail]


def _stems(asked: Asked) -> list[str]:
    view, told = asked.view, tell_desk(asked.view)
    count = len(view.session.stems) if view.session is not None else 0
    return [
        f"{row}, {stem_meters(view, index)}" if index < count else row for index, row in enumerate(told.rows)
    ]


def _chain(asked: Asked) -> list[str]:
    view = asked.view
    if view.session is None:
        return ["the session is still being loaded"]
    stem = view.focus.stem
    chain = view.session.master.chain if stem == MASTER else view.session.stems[stem].chain
    told = tell_chain(view)
    headings = [row for row in told.rows if row[:1].isdecimal()]
    return [told.title, *(headings or [chain_line(chain)]), *told.lines]


def _target(asked: Asked) -> list[str]:
    view = asked.view
    document, status = view.document, view.snapshot.status
    target, lufs, ceiling = document.target, target_lufs(view), ceiling_dbtp(view)
    aims = [] if lufs is None else [f"{lufs:g} LUFS"]
    aims += [] if ceiling is None else [f"ceiling {ceiling:g} dBTP"]
    goal = f"target {target}" if target else "no target, the session's own drive"
    stale = ", for an older state" if status.drive_stale else ""
    drive = (
        ""
        if status.drive_db != status.drive_db
        else f"drive into the limiter {change(status.drive_db)} dB{stale}"
    )
    version = f"version {document.version or 'master'}"
    return [", ".join([goal, *aims]), ", ".join(filter(None, (version, drive)))]


def monitor_words(view: View) -> str:
    """Level and switches of the monitor, and as what it sounds."""
    monitor = view.snapshot.monitor
    on = [f"like {monitor.translation}"] if monitor.translation else []
    on += [name for name in ("dim", "mono", "side", "swap") if getattr(monitor, name)]
    return ", ".join([f"monitor {change(monitor.level_db).strip()} dB", *on])


def _monitor(asked: Asked) -> list[str]:
    view = asked.view
    soloed = [stem.name for stem in view.session.stems if stem.solo] if view.session is not None else []
    beside = [] if view.snapshot.transport.source is Source.PROCESSED else [heard_words(view)]
    return [monitor_words(view), *beside, *([f"solo: {', '.join(soloed)}"] if soloed else [])]


def _markers(asked: Asked) -> list[str]:
    markers = asked.view.document.markers
    return [
        f"{number} {one.name} at {time_words(asked.view, one.position_frames)}"
        for number, one in enumerate(markers, 1)
    ] or ["no markers: M sets one here"]


def device_words(view: View) -> str:
    """What plays, and how it is."""
    output = view.snapshot.output
    name = output.device or "no device"
    return {
        DeviceState.LOST: "device lost: null stands in until it is back",
        DeviceState.CLOSED: "no device",
        DeviceState.RESAMPLED: f"device {name}, resampled to {rate(output.device_rate_hz)}",
    }.get(output.device_state, f"device {name}, {rate(output.device_rate_hz)}")


def _device(asked: Asked) -> list[str]:
    output = asked.view.snapshot.output
    load = f"load {percent(output.load_mean).strip()}, largest {percent(output.load_max).strip()}"
    return [device_words(asked.view), f"{output.xruns} under-runs, {load}"]


def role_words(view: View) -> str:
    """What this console may do."""
    return {
        Role.CONTROLLER: "this console is in control",
        Role.OBSERVER: "this console watches: take-over takes control",
    }.get(view.role, "this console can only look")


def _session(asked: Asked) -> list[str]:
    view, document = asked.view, asked.view.document
    title = document.title or (view.session.title if view.session is not None else "")
    unsaved = document.revision != document.saved_revision
    kept = [letter for letter, held in document.snapshots.items() if held]
    lines = [
        f"session {title}, state {max(0, document.revision)}, {'unsaved edits' if unsaved else 'saved'}",
        f"file {document.path}",
        role_words(view),
    ]
    if kept:
        lines.append(f"snapshots stored: {', '.join(kept)}")
    return lines


def _warnings(asked: Asked) -> list[str]:
    return [f"{one.level}: {one.text}" for one in standing(asked.view)] or ["nothing to warn of"]


def job_line(job: Job) -> str:
    """A verb's work and how far it is."""
    if job.stage is Stage.RUNNING:
        return f"{job.work.verb}: {round(100 * job.progress)}%, {job.label or 'starting'}"
    return f"{job.work.verb}: {job.stage.value}"


def _jobs(asked: Asked) -> list[str]:
    lines = [job_line(job) for job in asked.jobs if job.active]
    job = asked.view.snapshot.job
    if job.progress == job.progress and job.label:
        lines.append(f"{job.label}: {percent(job.progress).strip()}")
    return lines or ["nothing is being worked at"]


SAYING: Mapping[str, Callable[[Asked], list[str]]] = {
    "here": _here,
    "row": _row,
    "panel": _panel,
    "transport": _transport,
    "loudness": _loudness,
    "peaks": _peaks,
    "limiter": _limiter,
    "null": _null,
    "stem": _stem,
    "stems": _stems,
    "chain": _chain,
    "target": _target,
    "monitor": _monitor,
    "markers": _markers,
    "device": _device,
    "session": _session,
    "warnings": _warnings,
    "jobs": _jobs,
}


def topics_named(typed: str) -> list[str]:
    """The topics that a typed word may mean; `here` where nothing is typed."""
    word = typed.strip().lower()
    if not word:
        return ["here"]
    if word in SAYING:
        return [word]
    return [name for name in SAYING if name.startswith(word)]
