"""Makes a running render visible to `ps` and `watch` without slowing it."""

from __future__ import annotations

import _thread
import atexit
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import StemlatheError
from engine.link.records import Job, Kind, State
from engine.link.render_words import RenderWords
from engine.link.snapshot import NO_JOB, NO_MASTER, NO_TRANSPORT, Snapshot
from engine.processes.ended_renders import Ending, How, try_to_leave_behind
from engine.processes.host import Host, open_host
from engine.progress import Progress, silent, tell_delivered, tell_measured
from engine.report.render import OutputReport, ToldOutput, ToldSession

#: How often a render's state is published, s.
PERIOD_S = 0.1
_NAN = float("nan")
_MOST_TOLD = 200
# below this share of the work, elapsed time says little about time left
_ESTIMATE_FROM = 0.01


class RenderPublisher:
    """Publishes a render for as long as its `with` block lasts; is itself a `Progress`.

    The render only leaves figures behind, at about the cost of an assignment; a thread of its own
    publishes them ten times a second and reads commands. Where the machine has no room for shared
    memory or no private folder, the render goes on unseen and `problem` says why.

    Args:
        session: the session file; names the render.
        song_s: length of the song, s: one step of progress is one pass over it.
        steps: passes expected, as far as known; may be corrected while they run.
        outputs: files to write.
        onward: another Progress that is told everything too, such as a bar on the terminal.
        on_stop: called, once, when somebody asks the render to end. By default it ends as if
            interrupted from the keyboard.

    Attributes:
        kind: what the published words belong to.
        steps: as above.
        problem: why the render is not visible; None when it is.
    """

    kind = "render"

    def __init__(
        self,
        session: Path,
        *,
        song_s: float,
        steps: int = 0,
        outputs: int = 0,
        onward: Progress = silent,
        on_stop: Callable[[], None] = _thread.interrupt_main,
    ) -> None:
        self.steps = steps
        self.problem: StemlatheError | None = None
        self._session, self._song_s, self._outputs = session, song_s, outputs
        self._onward, self._on_stop = onward, on_stop
        self._shares: dict[str, float] = {}
        self._label = ""
        self._delivered: list[ToldOutput | ToldSession] = []
        self._published = -1
        self._master = NO_MASTER
        self._farthest = 0.0
        self._begun_s = time.monotonic()
        self._host: Host | None = None
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, label: str, done: float, total: float) -> None:
        """Takes note of `done` of `total` of the step `label`; from any thread."""
        self._shares[label] = min(1.0, done / total) if total > 0 else 1.0
        self._label = label
        self._onward(label, done, total)

    def measured(
        self,
        *,
        integrated_lufs: float = _NAN,
        lra_lu: float = _NAN,
        true_peak_max_dbtp: float = _NAN,
        gain_reduction_db: float = _NAN,
    ) -> None:
        """Takes note of the loudness so far; NaN: not known."""
        tell_measured(self._onward, None if math.isnan(integrated_lufs) else integrated_lufs)
        self._master = NO_MASTER._replace(
            integrated_lufs=integrated_lufs,
            lra_lu=lra_lu,
            true_peak_max_dbtp=true_peak_max_dbtp,
            plr_db=true_peak_max_dbtp - integrated_lufs,
            gain_reduction_db=gain_reduction_db,
        )

    def delivered(self, output: OutputReport) -> None:
        """Takes note of a finished file and its verdict; from any thread."""
        self._delivered.append(ToldOutput.of(output))
        known = (output.integrated_lufs, output.lra_lu, output.true_peak_dbtp)
        loudness, range_lu, peak = (_NAN if value is None else value for value in known)
        reduction = output.limiter_max_gain_reduction_db
        self._master = NO_MASTER._replace(
            integrated_lufs=loudness,
            lra_lu=range_lu,
            true_peak_max_dbtp=peak,
            plr_db=peak - loudness,
            gain_reduction_db=_NAN if reduction is None else reduction,
        )
        tell_delivered(self._onward, output)

    def job(self) -> Job:
        """Progress, speed and time left now."""
        shares = list(self._shares.values())
        elapsed_s = time.monotonic() - self._begun_s
        if not shares:
            return NO_JOB._replace(progress=0.0, elapsed_s=elapsed_s, outputs=self._outputs)
        worked = sum(shares)
        # a step that turns up late must not take progress back
        self._farthest = max(self._farthest, worked / max(self.steps, len(shares)))
        left_s = elapsed_s * (1.0 - self._farthest) / self._farthest if self._farthest else math.inf
        return Job(
            label=self._label,
            step=self._shares.get(self._label, _NAN),
            progress=self._farthest,
            speed=worked * self._song_s / elapsed_s if elapsed_s > 0.0 else _NAN,
            elapsed_s=elapsed_s,
            left_s=left_s if self._farthest >= _ESTIMATE_FROM else _NAN,
            outputs_done=len(self._delivered),
            outputs=self._outputs,
        )

    def _run(self, host: Host) -> None:
        stopping = False
        while True:
            ended = self._ending.wait(PERIOD_S)
            host.beat(State.RENDERING)
            for command in host.poll():
                if command.message.kind == "stop":
                    host.done(command)
                    if not stopping:
                        stopping = True
                        self._on_stop()
                else:
                    host.refuse(command, "not_for_renders", "a render takes no command but stop")
            self._publish_words(host)
            transport = NO_TRANSPORT._replace(state=State.RENDERING)
            host.publish(Snapshot(transport, job=self.job(), master=self._master))
            if ended:
                return

    def _publish_words(self, host: Host) -> None:
        """Publishes the verdicts of the files that are finished, where there are new ones."""
        count = len(self._delivered)
        if count != self._published:
            self._published = count
            outputs = self._delivered[:count][-_MOST_TOLD:]
            host.publish_document(RenderWords(self.kind, str(self._session), tuple(outputs)))

    def _ended(self, how: How, message: str) -> Ending | None:
        """How the render ended; None where it was never visible."""
        if self._host is None:
            return None
        entry = self._host.entry
        return Ending(
            name=entry.name,
            pid=entry.identity.pid,
            session=entry.session,
            how=how,
            message=message,
            seconds=time.monotonic() - self._begun_s,
            ended_s=time.time(),
            outputs=tuple(self._delivered[-_MOST_TOLD:]),
            summary=self.summary(),
        )

    def summary(self) -> str:
        """What came of it, where that is more than the verdicts of its files."""
        return ""

    def __enter__(self) -> Self:
        self._begun_s = time.monotonic()
        try:
            self._host = open_host(Kind.RENDER, self._session)
        except StemlatheError as error:
            self.problem = error
            return self
        atexit.register(self.close)
        self._host.beat(State.RENDERING)
        self._thread = threading.Thread(
            target=self._run, args=(self._host,), name="render publisher", daemon=True
        )
        self._thread.start()
        return self

    def close(self) -> None:
        """Publishes the last state and takes the render out of the registry. A second call does nothing."""
        host, self._host = self._host, None
        if host is None:
            return
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
        host.close()
        atexit.unregister(self.close)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        how: How = "done" if error is None else "failed" if isinstance(error, Exception) else "interrupted"
        message = error.message if isinstance(error, StemlatheError) else str(error or "")
        ending = self._ended(how, message if how == "failed" else "")
        if ending is not None:
            self.problem = try_to_leave_behind(ending) or self.problem
        self.close()
