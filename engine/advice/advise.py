"""What each trim does to loudness and limiting, and trims that reach the target with little of it.

Nothing is applied. Figures come from the master run over weighted sums of the finished stems; the
proposal is found with a model (`engine.advice.trims`) and then run and measured like any mix.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from engine.advice.mixes import Mixes
from engine.advice.proposing import Point, Proposing
from engine.advice.trims import MixModel
from engine.attribution.limiting import LimiterInput, LimiterWatch, heard_in
from engine.compiler.abi import QUANTUM_FRAMES
from engine.deliver.job import Job, refuse_missing_dialogue
from engine.deliver.render_pass import with_drive
from engine.errors import InputError, UsageError
from engine.offline.bus import StemFiles
from engine.plan.output import OutputSettings
from engine.progress import Progress, silent
from engine.rack.operation import Doubles
from engine.report.advise import Advice, MixFigures, StemAdvice
from engine.report.render import StemShare
from engine.session.model import Deliverable, Session
from engine.session.versions import MASTER, dialogue_of, heard

#: What is added to each trim in turn.
CHANGE_DB = 0.5
#: Mixes with one trim changed that are run in one pass: as many as the compressor decides side by side.
_MOST_TOGETHER = 8


def chosen_deliverable(session: Session, name: str | None) -> Deliverable:
    """The deliverable that advice is for: the named one, else the first with a loudness target.

    Without either it is the session as it plays: its own drive and ceiling, no target.

    Raises:
        UsageError: there is none of that name.
    """
    if name is not None:
        for deliverable in session.deliverables:
            if deliverable.name == name:
                return deliverable
        known = ", ".join(deliverable.name for deliverable in session.deliverables) or "none"
        raise UsageError(f"there is no deliverable '{name}': this session has {known}")
    for deliverable in session.deliverables:
        if deliverable.loudness_lufs is not None:
            return deliverable
    return Deliverable("", None, None, "programme", None, None, "wav32f", (MASTER,))


def advise(session: Session, deliverable: Deliverable, folder: Path, progress: Progress = silent) -> Advice:
    """Advice for one deliverable.

    Args:
        session: the session; its files are only read.
        deliverable: from `chosen_deliverable`.
        folder: where a long song's stems are kept meanwhile.
        progress: told about every pass.

    Raises:
        InputError: a stem cannot be used, all are muted, or there is no dialogue where that is aimed at.
        MachineError: there is no room for what has to be kept.
    """
    begun = time.perf_counter()
    refuse_missing_dialogue(session, deliverable)
    if not heard(session):
        raise InputError(
            f"{session.path}: every stem is muted, so there is nothing to advise on: unmute one",
            kind="no_stems",
            path=session.path,
        )
    with StemFiles(session) as files, ExitStack() as stack:
        job = Job(deliverable, MASTER, session.path)
        mixes = Mixes(session, files, job, folder, stack, progress)
        return _Advising(session, job, mixes, folder, stack).run(begun)


class _Advising:
    def __init__(self, session: Session, job: Job, mixes: Mixes, folder: Path, stack: ExitStack) -> None:
        self._session = session
        self._folder = folder
        self._stack = stack
        self._job = job
        self._mixes = mixes
        self._names = mixes.names

    def run(self, begun: float) -> Advice:
        now, settings, gains = self._measured(np.zeros(len(self._names)), "now")
        model, attribution = self._look(settings, gains)
        shares = {share.stem: share.share for share in attribution}
        stems = self._stem_by_stem(now, settings, shares)
        proposal = None
        if self._job.target_lufs is not None and settings.limiter is not None:
            proposing = Proposing(self._session, model, self._job.target_lufs, self._measured_only)
            proposal = proposing.run(now)
        limiter = settings.limiter
        return Advice(
            deliverable=self._job.deliverable.name or None,
            target_lufs=self._job.target_lufs,
            ceiling_dbtp=None if limiter is None else float(limiter["ceiling_dbtp"]),
            drive_db=now.drive_db,
            now=now.figures,
            stems=stems,
            attribution=attribution,
            proposal=proposal,
            seconds=time.perf_counter() - begun,
        )

    def _changes(self, changes_db: Iterable[float]) -> dict[str, float]:
        return {name: float(change) for name, change in zip(self._names, changes_db, strict=True)}

    def _measured(self, changes_db: Doubles, label: str) -> tuple[Point, OutputSettings, Doubles]:
        """The mix at changed trims, solved for its target, if any; its settings, its limiter's gains."""
        programme = self._mixes.programme(self._changes(changes_db))
        settings = self._mixes.work.output_settings(self._job, programme)
        drive_db, loudness, solved = settings.drive_db, None, True
        with ExitStack() as stack:
            if self._job.target_lufs is not None:
                programme = self._mixes.keep(programme, stack)
                solution = self._mixes.work.solve(self._job, programme)
                drive_db, loudness, solved = solution.drive_db, solution.integrated_lufs, solution.solved
            settings = with_drive(settings, drive_db)
            figures, gains = self._mixes.figures(programme, settings, f"{label}: measuring")
        return Point(tuple(map(float, changes_db)), drive_db, figures, loudness, solved), settings, gains

    def _measured_only(self, changes_db: Doubles, label: str) -> Point:
        return self._measured(changes_db, label)[0]

    def _look(self, settings: OutputSettings, gains: Doubles) -> tuple[MixModel, tuple[StemShare, ...]]:
        """One pass with every stem behind the master: the model, and who causes the limiting.

        Args:
            settings: of the output.
            gains: of its limiter, see `engine.plan.stream.Stream.gains`.
        """
        programme = self._mixes.with_stems()
        heard_stems = heard_in(self._session, programme.frames)
        wanted = (heard_stems.first_frame, heard_stems.last_frame)
        dialogue = dialogue_of(self._session) if self._job.aims_at_dialogue else None
        loud = None if dialogue is None else [n for n, name in enumerate(self._names) if name in dialogue]
        model = MixModel(len(self._names), programme.sample_rate, loud)
        quanta = -(-programme.frames // QUANTUM_FRAMES)
        limited = LimiterInput(heard_stems, 0, quanta, self._folder, self._stack)
        watch = LimiterWatch(len(self._names))
        position = 0
        for block in programme.blocks():
            model.process(block[max(0, wanted[0] - position) : max(0, wanted[1] - position)])
            position += len(block)
            limited.append(watch.process(block))
        model.finish()
        if settings.limiter is None:
            return model, ()
        limited.append(watch.process(np.zeros((0, 2 + 2 * len(self._names))), last=True))
        return model, heard_stems.shares([limited.attribute(settings, gains)])

    def _stem_by_stem(
        self, now: Point, settings: OutputSettings, shares: dict[str, float]
    ) -> tuple[StemAdvice, ...]:
        names = self._names
        together = max(1, min(_MOST_TOGETHER, -(-len(names) // 2)))
        groups = [names[first : first + together] for first in range(0, len(names), together)]

        def measured(group: Sequence[str]) -> list[MixFigures]:
            programme = self._mixes.side_by_side([{name: CHANGE_DB} for name in group])
            return self._mixes.figures_side_by_side(
                programme, settings, f"{', '.join(group)} {CHANGE_DB:+g} dB"
            )

        found = [one for group in self._mixes.work.side_by_side(measured, groups) for one in group]
        trims_db = {stem.name: stem.trim_db for stem in self._session.stems}
        before = now.figures
        return tuple(
            StemAdvice(
                stem=name,
                trim_db=trims_db[name],
                change_db=CHANGE_DB,
                figures=figures,
                loudness_change_lu=_difference(figures.integrated_lufs, before.integrated_lufs),
                true_peak_change_db=_difference(figures.true_peak_dbtp, before.true_peak_dbtp),
                max_gain_reduction_change_db=_difference(
                    figures.max_gain_reduction_db, before.max_gain_reduction_db
                ),
                mean_gain_reduction_change_db=_difference(
                    figures.mean_gain_reduction_db, before.mean_gain_reduction_db
                ),
                limiting_share=shares.get(name),
            )
            for name, figures in zip(names, found, strict=True)
        )


def _difference(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before
