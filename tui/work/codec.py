"""Listening to what a codec makes of the master: a verb makes it beside what plays, the engine plays it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from engine.link.records import Source
from engine.paths import cache_dir
from engine.processes.launch import session_key
from engine.session.encodings import ENCODINGS
from engine.units import level_text
from tui.controls.asking import Asking, live_work
from tui.view import View
from tui.work.verb_job import Job, Stage
from tui.work.verb_runner import Runner

if TYPE_CHECKING:
    from engine.report.preview import Decoded

#: Until another one is named: what most of the listeners of two platforms get.
_FIRST = "aac-256"
_OFF = "off"


class CodecListening:
    """What the key does.

    Args:
        runner: renders, encodes and decodes.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._codec = _FIRST
        self._told: set[int] = set()
        #: Of each job: what it was made for.
        self._made_for: dict[int, tuple[Any, ...]] = {}
        self._heard: tuple[Any, ...] | None = None
        self._warned: tuple[Any, ...] | None = None

    @property
    def state(self) -> str:
        """In a few words, for a list: what is heard or made."""
        job = self._newest()
        if job is not None and job.active:
            return f"{self._codec}: {round(100 * job.progress)} %"
        return self._codec

    def perform(self, argument: str, view: View, controls: Asking) -> None:
        """Listens to the codec, or to the master again; makes what is to be heard where it is not there yet.

        Args:
            argument: a codec's name, `off`, or nothing.
            view: now.
            controls: to say and to send with.
        """
        named = argument.strip().lower()
        job = self._newest()
        if named == _OFF:
            self._stop(job, view, controls)
            return
        if named and not self._choose(named, controls):
            return
        if view.snapshot.transport.source is Source.CODEC and not named:
            controls.expect_state(
                controls.send("listen", {"source": "processed"}), "transport", source=Source.PROCESSED
            )
            return
        wanted = self._wanted(view)
        if job is not None and self._made_for.get(id(job)) == wanted:
            if job.active:
                what = job.label or "it waits its turn"
                controls.say(f"{self._codec} is not ready: {round(100 * job.progress)} %, {what}")
                return
            if job.stage is Stage.DONE:
                self._listen(job, controls)
                return
        self._make(job, wanted, view, controls)

    def follow(self, view: View, controls: Asking) -> None:
        """Called once a frame: listens to what is ready, or says what went wrong, once."""
        self._tell_old(view, controls)
        job = self._newest()
        if job is None or job.active or id(job) in self._told:
            return
        self._told.add(id(job))
        if job.result is not None:
            if self._made_for.get(id(job)) != self._wanted(view):
                controls.say(
                    f"{_decoded(job).codec} is ready, of the session before its last edit: G makes it anew"
                )
            else:
                self._listen(job, controls)
        elif job.error:
            controls.say(job.error, "error")

    def _tell_old(self, view: View, controls: Asking) -> None:
        """Says, once for each state, that what is heard is not of the session as it is now."""
        wanted = self._wanted(view)
        if view.snapshot.transport.source is not Source.CODEC or self._heard in (None, wanted):
            self._warned = None
        elif wanted != self._warned:
            self._warned = wanted
            text = f"what {self._codec} gives back is of the session as it was before the last edit"
            controls.say(f"{text}: G and G again makes it anew", "warning")

    def key(self) -> object:
        """What `state` depends on."""
        job = self._newest()
        return self._codec, None if job is None else (id(job), job.changes)

    def _choose(self, named: str, controls: Asking) -> bool:
        lossy = [name for name, encoding in ENCODINGS.items() if encoding.lossy]
        found = [name for name in lossy if name == named] or [
            name for name in lossy if name.startswith(named)
        ]
        if len(found) != 1:
            controls.say(f"no single codec is '{named}': {', '.join(found or lossy)}", "warning")
            return False
        self._codec = found[0]
        return True

    def _wanted(self, view: View) -> tuple[Any, ...]:
        document = view.document
        return (
            self._codec,
            document.path,
            document.revision,
            document.target,
            document.version,
        )

    def _make(self, former: Job | None, wanted: tuple[Any, ...], view: View, controls: Asking) -> None:
        document = view.document
        if not document.path:
            controls.say("the session is still being loaded", "warning")
            return
        if former is not None and former.active:
            self._runner.cancel(former)  # it is of another state or codec
        name = f"{session_key(Path(document.path))}-{secrets.token_hex(6)}.wav"
        arguments = ["--codec", self._codec, "--decoded", str(cache_dir() / "codec" / name)]
        if document.target:
            arguments += ["--deliverable", document.target]
        if document.version:
            arguments += ["--version", document.version]
        work = live_work(view, "preview", arguments, steps=4)
        assert work is not None, "there is a session"
        job = self._runner.start(work)
        self._made_for[id(job)] = wanted
        target = f" at {document.target}" if document.target else ""
        controls.say(f"{self._codec}: the master{target} is rendered, encoded and decoded, then it is heard")

    def _listen(self, job: Job, controls: Asking) -> None:
        result = _decoded(job)
        self._told.add(id(job))
        self._heard = self._made_for.get(id(job))
        before, after = result.master_lufs, result.integrated_lufs
        payload = {
            "source": "codec",
            "path": str(result.path),
            "start_s": result.start_s,
            "difference_db": 0.0 if before is None or after is None else before - after,
        }
        id_ = controls.send("listen", payload)
        controls.expect_state(id_, "transport", source=Source.CODEC)
        controls.say(_words(result))

    def _stop(self, job: Job | None, view: View, controls: Asking) -> None:
        if job is not None and job.active:
            self._runner.cancel(job)
            controls.say(f"{self._codec} is not made")
        if view.snapshot.transport.source is Source.CODEC:
            controls.send("listen", {"source": "processed"})

    def _newest(self) -> Job | None:
        return self._runner.newest("preview")


def _decoded(job: Job) -> Decoded:
    """What a job that is done has made."""
    return cast("Decoded", job.result)


def _words(result: Decoded) -> str:
    """What was measured, in a line."""
    peak, overs = result.decoded_true_peak_dbtp, result.overs
    before, after = result.master_lufs, result.integrated_lufs
    parts = []
    parts.append(
        "silence" if peak is None else f"{level_text(peak, 'dBTP', 2, signed=True)}, {overs or 'no'} overs"
    )
    if before is not None and after is not None:
        parts.append(f"{level_text(after - before, 'LU', 2, signed=True)}, matched")
    figures = ", ".join(parts)
    return f"{result.codec} ({result.bitrate_kbps} kbit/s): {figures}"
