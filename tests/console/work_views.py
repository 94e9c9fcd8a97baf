"""Views, reports and recorders that the tests of the work panels share."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.link.document import Document
from engine.link.records import Role
from engine.session.files import Change, read_text_session
from tui.display.cells import CellBuffer
from tui.view import Focus, Panel, View
from tui.work.answers import read_answer
from tui.work.verb_job import Job, Stage, Work
from tui.work.verb_runner import Runner

PATH = Path("/songs/Falling Water.toml")
TEXT = """\
format = 1
title = "Falling Water"
sample_rate = 48000
[reference]
path = "mix.wav"
[[stems]]
name = "Drums"
path = "drums.wav"
[[stems]]
name = "Bäss 低音"
path = "bass.wav"
source_gain_db = 0.5
[[stems]]
name = "Lead Vocal"
path = "vocal.wav"
[master]
chain = [ { type = "limiter" } ]
[[deliverables]]
name = "streaming"
preset = "spotify"
versions = ["master", "instrumental", "acapella"]
[[deliverables]]
name = "cd"
preset = "cd"
versions = ["master"]
"""

SIZES = [(80, 14), (80, 18), (100, 28), (160, 42), (200, 54)]


def view_of(panel: Panel, text: str = TEXT, *, revision: int = 3, saved: int = 3, **focus: Any) -> View:
    """A console that looks at `panel`; the session's files need not be there."""
    return View(
        session=read_text_session(text, PATH),
        document=Document(path=str(PATH), text=text, revision=revision, saved_revision=saved),
        role=Role.CONTROLLER,
        focus=Focus(panel=panel, **focus),
        now_s=1000.0,
    )


def shown(panel: Any, view: View, width: int = 80, height: int = 18) -> str:
    """The panel's text, drawn on an empty screen."""
    buffer = CellBuffer(width, height)
    panel.draw(buffer.canvas, view)
    assert all(len(row) <= width for row in buffer.text().splitlines())
    return buffer.text()


def done(runner: Runner, work: Work, document: dict[str, Any]) -> Job:
    """Puts a job into the runner as if it had run, and printed that document."""
    result = read_answer(work, document)
    job = Job(work, Stage.DONE, 1, progress=1.0, result=result, exit_code=0, begun_s=990.0, ended_s=995.0)
    runner.jobs.append(job)
    return job


def under_way(runner: Runner, work: Work, progress: float = 0.42) -> Job:
    """Puts a job into the runner that runs."""
    job = Job(work, Stage.RUNNING, 1, "fitting the stems", progress, 12.0, begun_s=990.0, pid=1)
    runner.jobs.append(job)
    return job


def with_row(view: View, row: int, column: int = 0) -> View:
    """The same with another chosen row."""
    return replace(view, focus=replace(view.focus, row=row, column=column))


@dataclass
class Recorder:
    """Controls that write down what they are asked for; questions are answered by `answer`."""

    answer: str | None = None
    yes: bool = True
    runner: Runner | None = None
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    edits: list[tuple[str, list[Change]]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    ran: list[Work] = field(default_factory=list)
    offered: list[tuple[str, list[str]]] = field(default_factory=list)
    picks: int | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)
    moves: list[dict[str, Any]] = field(default_factory=list)

    def send(self, kind: str, payload: Any) -> None:
        self.sent.append((kind, dict(payload)))

    def edit(self, label: str, changes: Sequence[Change]) -> None:
        self.edits.append((label, list(changes)))

    def say(self, text: str, level: str = "note") -> None:
        self.said.append((text, level))

    def show(self, panel: Panel) -> None:
        self.panels.append(panel)

    def focus(self, **changes: Any) -> None:
        self.moves.append(changes)

    def run(self, work: Work) -> None:
        self.ran.append(work)

    def choose(
        self, title: str, names: Sequence[tuple[str, str]], pick: Callable[[int], None], chosen: int = 0
    ) -> None:
        self.offered.append((title, [name for name, _ in names]))
        if self.picks is not None:
            pick(self.picks)

    def ask(self, prompt: str, initial: str, callback: Callable[[str], None], *, files: bool = False) -> None:
        self.asked.append((prompt, initial))
        if self.answer is not None:
            callback(self.answer)

    def confirm(self, question: str, callback: Callable[[], None]) -> None:
        self.confirmed.append(question)
        if self.yes:
            callback()


_BAND_HZ = (31.5, 63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)


def _fit(name: str, **changes: Any) -> dict[str, Any]:
    fit = {"fitted_gain_db": 0.0, "fitted_offset_samples": 0.0, "polarity": "normal", "present": True}
    return {"name": name, **fit, **changes}


def null_report(**changes: Any) -> dict[str, Any]:
    """A null test that fails: Bass too low, a vocal that was printed with another bus."""
    bands = [
        {
            "low_hz": middle / 2**0.5,
            "high_hz": middle * 2**0.5,
            "residual_rms_dbfs": -40.0 - 6.0 * number,
            "level_difference_db": (-1.25, 0.02, -0.15)[number % 3],
            "carries_signal": number < 9,
        }
        for number, middle in enumerate(_BAND_HZ)
    ]
    causes = [
        {
            "kind": "gain",
            "stem": "Bäss 低音",
            "amount": 1.25,
            "unit": "dB",
            "confidence": 0.93,
            "evidence": "a gain of 1.25 dB on Bäss 低音 alone takes the residual from −31.2 to −103.0 dBFS",
            "fix": "set source_gain_db of Bäss 低音 1.25 dB higher",
            "channel": None,
        },
        {
            "kind": "bus_processing",
            "stem": None,
            "amount": None,
            "unit": None,
            "confidence": 0.4,
            "evidence": "the residual follows the loud places",
            "fix": "bounce the mix without the processing of the mix bus",
            "channel": None,
        },
    ]
    report: dict[str, Any] = {
        "verdict": "fail",
        "exact": False,
        "residual_rms_dbfs": -31.2,
        "residual_peak_dbfs": -12.0,
        "residual_relative_db": -14.5,
        "worst_window_rms_dbfs": -22.4,
        "worst_at_s": 67.4,
        "level_difference_db": -0.312,
        "bands": bands,
        "stems": [
            _fit("Drums"),
            _fit("Bäss 低音", fitted_gain_db=1.25),
            _fit("Lead Vocal", fitted_offset_samples=3.5, polarity="inverted"),
        ],
        "causes": causes,
        "residual_after_fix_rms_dbfs": -103.0,
        "residual_over_time": {
            "window_s": 0.25,
            "rms_dbfs": [None if n < 40 else -30.0 - 60.0 * ((n * 37) % 100) / 100 for n in range(400)],
        },
        "note": "Subject: Falling Water: stems and mix\n\nHello,",
    }
    return copy.deepcopy(report | changes)


def stem_figures(name: str, **changes: Any) -> dict[str, Any]:
    """What an intake says about one stem."""
    figures: dict[str, Any] = {
        "name": name,
        "role": "other",
        "path": f"/songs/{name}.wav",
        "sample_rate": 48000,
        "channels": 2,
        "frames": 48000 * 192,
        "duration_s": 192.0,
        "subtype": "PCM_24",
        "bits": 24,
        "true_bits": 24,
        "sample_peak_dbfs": -6.1,
        "true_peak_dbtp": -5.8,
        "rms_dbfs": -20.4,
        "rms_along_dbfs": [-20.4] * 48,
        "crest_db": 14.3,
        "dc_offset": [0.00001, -0.00002],
        "correlation": -0.42,
        "clipped_runs": 0,
        "clipped_samples": 0,
        "silent_share": 0.12,
        "noise_floor_dbfs": -88.0,
        "leading_zeros_s": 0.1,
        "trailing_zeros_s": 0.2,
        "not_finite": 0,
        "denormals": 0,
        "time_reference": None,
        "sha256": "0" * 64,
    }
    return figures | changes


def finding(severity: str, kind: str, stem: str | None, message: str, fix: str) -> dict[str, Any]:
    """One finding of an intake."""
    return {"severity": severity, "kind": kind, "stem": stem, "message": message, "fix": fix}


def check_report(stems: int = 3, **changes: Any) -> dict[str, Any]:
    """An intake that fails: one stem of another rate, one with clipping, a note."""
    names = ["Drums", "Bäss 低音", "Lead Vocal", *(f"Stem {number}" for number in range(4, stems + 1))]
    report = {
        "verdict": "fail",
        "findings": [
            finding("error", "sample_rate", "Bäss 低音", "bass.wav has 44100 Hz", "export it at 48000 Hz"),
            finding("warning", "clipping", "Drums", "7 flat tops of 3 samples", "ask for a new bounce"),
            finding("note", "length", None, "the reference is 3 samples longer", "nothing to do"),
        ],
        "stems": [stem_figures(name) for name in names[:stems]],
    }
    return copy.deepcopy(report | changes)


def render_report(*outputs: dict[str, Any]) -> dict[str, Any]:
    """What a render prints."""
    return {"outputs": list(outputs), "seconds": 1.0, "realtime_factor": 30.0}


def output(deliverable: str, version: str, *, holds: bool = True, **changes: Any) -> dict[str, Any]:
    """One rendered file."""
    figures: dict[str, Any] = {
        "version": version,
        "stem": None,
        "deliverable": deliverable,
        "path": f"/songs/renders/Falling Water ({version}) [{deliverable}].wav",
        "sample_rate": 44100,
        "subtype": "PCM_24",
        "frames": 44100 * 192,
        "integrated_lufs": -14.003 if holds else -15.21,
        "true_peak_dbtp": -1.01,
        "lra_lu": 5.2,
        "plr_db": 13.0,
        "target_lufs": -14.0 if version == "master" else None,
        "ceiling_dbtp": -1.0,
        "holds": holds,
        "over_ceiling_db": 0.0,
        "linked": True,
        "reasons": []
        if holds
        else ["loudness_unreachable", "−15.21 LUFS is the nearest that can be reached"],
        "limiter_max_gain_reduction_db": 3.2,
        "drive_db": 4.1,
        "substituted_encoding": None,
        "sha256": "0" * 64,
    }
    return figures | changes
