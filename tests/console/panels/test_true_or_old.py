"""What is shown is either true now or marked as old: every panel with its source in every state.

A figure comes from a source: the meters, what the engine has found, or a verb that was run. Each source
may be missing, at work, have failed, be right, or be of an older state. The table has a row for each; a
panel that is new needs one, or the last test fails.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from album_views import ALBUM, result
from documents import with_words
from elsewhere_views import report as elsewhere_report
from work_views import TEXT, Recorder, check_report, done, null_report, output, render_report, view_of

from engine.link.document import NO_DOCUMENT
from engine.link.history import Heard, History
from engine.link.records import State as Transport
from engine.link.snapshot import NO_CLOSE_UP, NO_JOB, NO_STATUS, NO_TRANSPORT, Snapshot
from engine.processes.client import Health
from tui.controls.asking import live_work
from tui.display.cells import CellBuffer
from tui.panels.registry import make_panels
from tui.screen.layout import Footer
from tui.screen.router import Picture
from tui.view import Panel, View
from tui.work.verb_job import Job, Stage, Work
from tui.work.verb_runner import Runner

SIZE = (160, 48)
FAILURE = "the disk of the stems is gone"
#: What says that something is of before, or not of the whole.
MARKS = (
    *("outdated", "before edits", "before the newest edits", "older than the newest edit", "STALE", "~ OLD"),
    *("was PASS", "was FAIL", "ENGINE LOST", "ENGINE HANGING", "ENGINE FAILED"),
)
#: Another state of the session: a correction, so that everything that was found depends on it.
EDITED = TEXT.replace("source_gain_db = 0.5", "source_gain_db = 1.5")


class Source(enum.Enum):
    """How the source of a figure is."""

    NOW = "true now"
    OLD = "of an older state"
    MISSING = "not there"
    RUNNING = "at work"
    FAILED = "failed"


@dataclass(frozen=True)
class Figure:
    """A figure as it is drawn.

    Attributes:
        text: what is drawn while it is true.
        view: in a state of its source; puts jobs into the runner.
        at_work: said while its source is at work, and once that has failed; empty: its source is the sound
            itself, which does not work but play.
        failed: likewise.
        quiet: it is drawn like that too while it is true: beside what says so.
    """

    text: str
    view: Callable[[Runner, Source, Path, Mapping[Panel, Any]], View]
    at_work: str = "42%"
    failed: str = FAILURE
    quiet: bool = False


def drawn(view: View, panels: Mapping[Panel, Any]) -> CellBuffer:
    """The whole screen."""
    buffer, picture = CellBuffer(*SIZE), Picture()
    picture.add(panels)
    picture.draw(buffer.canvas, view, Footer(restart_key="enter"))
    return buffer


def is_marked(buffer: CellBuffer, text: str) -> bool:
    """Whether it is said that a text is of before: in words, by a sign before it, or by being dimmed."""
    whole = buffer.text()
    if any(mark in whole for mark in MARKS) or f"~{text}" in whole:
        return True
    for glyphs, styles in zip(buffer.glyphs, buffer.styles, strict=True):
        at = "".join(glyph or "\0" for glyph in glyphs).find(text)
        if at >= 0 and styles[at].removeprefix("bold ").partition(" ")[0] not in ("dim", "faint"):
            return False
    return True


# -- what verbs have found ------------------------------------------------------------------------


def from_a_verb(panel: Panel, verb: str, found: dict[str, Any], arguments: tuple[str, ...] = ()) -> Any:
    """Views of a panel that shows what a verb has found."""

    def view(runner: Runner, source: Source, folder: Path, panels: Mapping[Panel, Any]) -> View:
        before = view_of(panel)
        now = before
        if source not in (Source.NOW, Source.MISSING):
            now = view_of(panel, EDITED, revision=4)
        if source is Source.MISSING:
            return now
        work = live_work(before, verb, arguments)
        assert work is not None
        done(runner, work, found)
        add_newest(runner, source, live_work(now, verb, arguments))
        return now

    return view


def add_newest(runner: Runner, source: Source, work: Work | None) -> None:
    """A job that runs, or one that has failed."""
    assert work is not None
    if source is Source.RUNNING:
        runner.jobs.append(Job(work, Stage.RUNNING, 1, "fitting", 0.42, 12.0, begun_s=990.0, pid=1))
    elif source is Source.FAILED:
        runner.jobs.append(Job(work, Stage.FAILED, 1, error=FAILURE, begun_s=990.0, ended_s=991.0))


def album(runner: Runner, source: Source, folder: Path, panels: Mapping[Panel, Any]) -> View:
    """Tracks that were measured when the album was made; then two of them change places."""
    (folder / "album.toml").write_text(ALBUM)
    for name in ("song.toml", "b.wav", "c.wav"):
        (folder / name).write_text("")
    view = view_of(Panel.ALBUM)
    view = replace(view, document=with_words(view.document, {"path": str(folder / "song.toml")}))
    if source is Source.MISSING:
        return view
    found = result(made=True)
    tracks = [dict(track, integrated_lufs=-10.0 - track["number"]) for track in found["tracks"]]
    work = Work("album", folder / "album.toml")
    done(runner, work, {**found, "tracks": tracks})
    if source is not Source.NOW:
        panel = panels[Panel.ALBUM]
        panel.draw(CellBuffer(*SIZE).canvas, view)
        panel.perform("album_track_later", "", view, Recorder())
        add_newest(runner, source, work)
    return view


# -- what the engine has found ----------------------------------------------------------------------


def playing(panel: Panel, source: Source, **document: Any) -> View:
    """A song that plays, all of it heard; what was found of it as its source is."""
    view = view_of(panel, revision=4)
    found = source is not Source.MISSING
    state = Heard.HEARD if source is Source.NOW else Heard.OUTDATED
    history = History(4, 480, 4800, [-12.3] * 10, bytes([state if found else Heard.UNHEARD]) * 10)
    empty = Snapshot()
    master = empty.master._replace(
        integrated_lufs=-12.3 if found else math.nan,
        lra_lu=5.4 if found else math.nan,
        true_peak_max_dbtp=-1.4 if found else -math.inf,
    )
    transport = NO_TRANSPORT._replace(state=Transport.PLAYING, sample_rate_hz=48000, length_frames=4800)
    job = NO_JOB._replace(label="loudness map", progress=0.42) if source is Source.RUNNING else NO_JOB
    status = NO_STATUS._replace(
        loudness_heard=float(found),
        drive_db=3.7 if found else 0.0,
        drive_stale=source not in (Source.NOW, Source.MISSING),
    )
    snapshot = replace(empty, master=master, transport=transport, job=job, status=status)
    return replace(
        view,
        snapshot=snapshot,
        history=history,
        document=with_words(view.document, {**document}),
        health=Health.GONE if source is Source.FAILED else Health.RUNNING,
    )


def desk(panel: Panel, **document: Any) -> Any:
    def view(runner: Runner, source: Source, folder: Path, panels: Mapping[Panel, Any]) -> View:
        return playing(panel, source, **document)

    return view


def null_lamp(runner: Runner, source: Source, folder: Path, panels: Mapping[Panel, Any]) -> View:
    states = {
        Source.NOW: "current",
        Source.OLD: "stale",
        Source.MISSING: "waiting",
        Source.RUNNING: "running",
        Source.FAILED: "unreadable",
    }
    found = (
        None if source in (Source.MISSING, Source.FAILED) else {"verdict": "pass", "residual_rms_dbfs": -91.7}
    )
    view = playing(Panel.STEMS, Source.NOW, null=found, null_state=states[source])
    job = NO_JOB._replace(label="null test", progress=0.42) if source is Source.RUNNING else NO_JOB
    return replace(view, snapshot=replace(view.snapshot, job=job))


def matched(runner: Runner, source: Source, folder: Path, panels: Mapping[Panel, Any]) -> View:
    found = {"processed_lufs": -12.3, "reference_lufs": -17.8, "reference_db": 5.5}
    return playing(
        Panel.COMPARE,
        source,
        match={} if source is Source.MISSING else found,
        match_old=source is not Source.NOW,
    )


def looked_at(runner: Runner, source: Source, folder: Path, panels: Mapping[Panel, Any]) -> View:
    """The levels of a strip: of now while it plays, else of when it last did."""
    view = playing(Panel.CHAIN, Source.NOW)
    close = NO_CLOSE_UP._replace(strip=0, bands=31, before_rms_dbfs=-21.3, after_rms_dbfs=-22.2)
    if source is Source.MISSING:
        close = close._replace(strip=1)
    transport = view.snapshot.transport
    if source in (Source.OLD, Source.RUNNING):
        transport = transport._replace(state=Transport.PAUSED)
    health = Health.GONE if source is Source.FAILED else Health.RUNNING
    return replace(view, close_up=close, snapshot=replace(view.snapshot, transport=transport), health=health)


def moment(panel: Panel) -> Any:
    """What follows the sound: true while it plays."""

    def view(runner: Runner, source: Source, folder: Path, panels: Mapping[Panel, Any]) -> View:
        found = playing(panel, Source.NOW if source is Source.OLD else source)
        loud = source is not Source.MISSING
        snapshot = found.snapshot
        master = snapshot.master._replace(
            short_term_lufs=-13.1 if loud else math.nan, psr_db=9.6 if loud else math.nan
        )
        transport = snapshot.transport
        if source in (Source.OLD, Source.RUNNING):
            transport = transport._replace(state=Transport.PAUSED)
        return replace(found, snapshot=replace(snapshot, master=master, transport=transport))

    return view


def limited(runner: Runner, source: Source, folder: Path, panels: Mapping[Panel, Any]) -> View:
    """Limiting along the song, in the rows below every panel."""
    marks = {
        "reductions": bytes([30] * 100).hex(),
        "overs": bytes(100).hex(),
        "old": source is not Source.NOW,
    }
    return playing(Panel.NULL, Source.NOW, marks=None if source is Source.MISSING else marks)


def files(runner: Runner, source: Source, folder: Path, panels: Mapping[Panel, Any]) -> View:
    """The history against the file: what is saved is read there."""
    view = view_of(Panel.HISTORY, revision=4, saved=4 if source is Source.NOW else 3)
    path = folder / "song.toml"
    if source is not Source.FAILED:
        path.write_text(EDITED)
    if source is Source.MISSING:
        return replace(view, document=NO_DOCUMENT, session=None)
    return replace(view, document=with_words(view.document, {"path": str(path)}))


OUTPUTS = render_report(output("streaming", "master"))
LOST = "ENGINE LOST"
#: Every panel, with the figures it shows.
TABLE: dict[Panel, tuple[Figure, ...]] = {
    Panel.STEMS: (
        Figure("−12.3", desk(Panel.STEMS), failed=LOST),
        Figure("+3.7", desk(Panel.STEMS), failed=LOST),
        Figure("−13.1", moment(Panel.STEMS), at_work="", failed=LOST),
        Figure("● PASS", null_lamp, failed="cannot be tested"),
        Figure("−91.7 dBFS", null_lamp, failed="cannot be tested", quiet=True),
    ),
    Panel.MASTER: (
        Figure("−12.3", desk(Panel.MASTER), failed=LOST),
        Figure("−13.1", moment(Panel.MASTER), at_work="", failed=LOST),
        Figure("9.6", moment(Panel.MASTER), at_work="", failed=LOST),
    ),
    Panel.CHAIN: (
        Figure("−21.3", looked_at, at_work="", failed=LOST),
        Figure("−22.2", looked_at, at_work="", failed=LOST),
    ),
    Panel.INTAKE: (Figure("✖ FAIL", from_a_verb(Panel.INTAKE, "check", check_report())),),
    Panel.NULL: (
        Figure("−31.2", from_a_verb(Panel.NULL, "null", null_report())),
        Figure("▄", limited, at_work="", failed=""),
    ),
    Panel.COMPARE: (Figure("−17.8", matched, failed=LOST), Figure("−5.5 dB", matched, failed=LOST)),
    Panel.LOUDNESS: (
        Figure("−12.3", desk(Panel.LOUDNESS), failed=LOST),
        Figure("5.4 LU", desk(Panel.LOUDNESS), failed=LOST),
        Figure("✓ −14.00 LUFS", from_a_verb(Panel.LOUDNESS, "render", OUTPUTS), at_work="", failed=""),
    ),
    Panel.RENDER: (Figure("−14.00", from_a_verb(Panel.RENDER, "render", OUTPUTS)),),
    Panel.HISTORY: (Figure("the file is as you hear it", files, at_work="", failed="no such"),),
    Panel.ALBUM: (Figure("−11.0", album),),
    Panel.ELSEWHERE: (
        Figure("−6.2", from_a_verb(Panel.ELSEWHERE, "advise", elsewhere_report(), ("--translation",))),
    ),
}
ROWS = [
    pytest.param(panel, figure, source, id=f"{panel.value}-{figure.text}-{source.name.lower()}")
    for panel, figures in TABLE.items()
    for figure in figures
    for source in Source
]


@pytest.fixture
def runner(own_folders: Path) -> Runner:
    return Runner()


@pytest.mark.parametrize(("panel", "figure", "source"), ROWS)
def test_a_figure_is_true_now_or_marked_as_old(
    runner: Runner, tmp_path: Path, panel: Panel, figure: Figure, source: Source
) -> None:
    panels = make_panels(runner)
    buffer = drawn(figure.view(runner, source, tmp_path, panels), panels)
    text = buffer.text()
    if source is Source.NOW:
        assert figure.text in text
        assert figure.quiet or not is_marked(buffer, figure.text), "what is true now is not called old"
    elif source is Source.MISSING:
        assert figure.text not in text, "what is not known is not shown"
    else:
        assert figure.text not in text or is_marked(buffer, figure.text)
    if source is Source.RUNNING:
        assert figure.at_work in text
    if source is Source.FAILED:
        assert figure.failed in text


@pytest.mark.parametrize("panel", list(Panel))
@pytest.mark.parametrize("health", [Health.GONE, Health.HANGING, Health.STOPPED])
@pytest.mark.parametrize("size", [(80, 24), SIZE])
def test_no_panel_claims_to_play_once_the_engine_does_not(
    runner: Runner, panel: Panel, health: Health, size: tuple[int, int]
) -> None:
    view = replace(playing(panel, Source.NOW), health=health)
    buffer, picture = CellBuffer(*size), Picture()
    picture.add(make_panels(runner))
    picture.draw(buffer.canvas, view, Footer(restart_key="enter"))
    text = buffer.text()
    assert f"ENGINE {'LOST' if health is Health.GONE else health.name}" in text
    assert "PLAYING" not in text


def test_every_panel_is_in_the_table(runner: Runner) -> None:
    """A new panel says here where its figures come from, and what becomes of them."""
    assert set(TABLE) == set(Panel)
    assert set(make_panels(runner)) | {Panel.STEMS, Panel.MASTER} == set(Panel)
    assert all(figures for figures in TABLE.values())
