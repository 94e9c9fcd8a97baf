"""What each trim does to loudness and limiting, and trims that reach the target with little of it.

Nothing is applied. Figures come from the master run over weighted sums of the finished stems; the
proposal is found with a model (`engine.deliver.trims`) and then run and measured like any mix.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.deliver.job import Job, refuse_missing_dialogue
from engine.deliver.limiting import LimiterInput, LimiterWatch, heard_in
from engine.deliver.mixes import Mixes
from engine.deliver.trims import STEP_DB, MixModel, Search
from engine.deliver.work import with_drive
from engine.errors import InputError, UsageError
from engine.kernels.abi import QUANTUM_FRAMES
from engine.offline.bus import StemFiles
from engine.plan.output import OutputSettings
from engine.progress import Progress, silent
from engine.rack.operation import Doubles
from engine.report.advise import Advice, MixFigures, Proposal, StemAdvice, TrimChange
from engine.report.render import StemShare
from engine.session.model import Deliverable, Session
from engine.session.roles import roles
from engine.session.versions import MASTER, dialogue_of, heard

#: What is added to each trim in turn.
CHANGE_DB = 0.5
#: The most gain reduction that a proposal may need.
LIMIT_DB = 2.0
#: How often a proposal is corrected after it has been measured.
_ROUNDS = 8
#: Gain reduction over crest, before two mixes have been measured, and at most.
_FIRST_SLOPE, _STEEPEST = 1.5, 6.0
#: The model aims this far below the limit …
_ROOM_DB = 0.02
#: … and is asked again where a mix stays further below it.
_TOO_MUCH_DB = 0.08
#: Decimal trims at a limit are within it.
_ROUNDING_DB = 1e-6


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


@dataclass(frozen=True)
class _Point:
    """A mix at some trims, and what it measures.

    Attributes:
        changes_db: of the trims, by stem.
        drive_db: total drive into the limiter.
        figures: at that drive.
        loudness_lufs: what the target is aimed at measures, as far as there is a target.
        solved: the target is met.
    """

    changes_db: tuple[float, ...]
    drive_db: float
    figures: MixFigures
    loudness_lufs: float | None
    solved: bool


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
            proposal = self._propose(now, model)
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

    def _measured(self, changes_db: Doubles, label: str) -> tuple[_Point, OutputSettings, Doubles]:
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
        return _Point(tuple(map(float, changes_db)), drive_db, figures, loudness, solved), settings, gains

    def _look(self, settings: OutputSettings, gains: Doubles) -> tuple[MixModel, tuple[StemShare, ...]]:
        """One pass with every stem behind the master: the model, and who causes the limiting.

        Args:
            settings: of the output.
            gains: of its limiter, see `engine.plan.stream.smallest_gains`.
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
        self, now: _Point, settings: OutputSettings, shares: dict[str, float]
    ) -> tuple[StemAdvice, ...]:
        def one(name: str) -> StemAdvice:
            programme = self._mixes.programme({name: CHANGE_DB})
            figures, _ = self._mixes.figures(programme, settings, f"{name} {CHANGE_DB:+g} dB")
            before = now.figures
            stem = next(stem for stem in self._session.stems if stem.name == name)
            return StemAdvice(
                stem=name,
                trim_db=stem.trim_db,
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

        return tuple(self._mixes.work.side_by_side(one, self._names))

    def _propose(self, now: _Point, model: MixModel) -> Proposal:
        """Searches with the model, measures what it finds, corrects the model, searches again."""
        if now.loudness_lufs is None:
            return self._proposal(now, "the mix has no loudness")
        search = Search(model, *self._ranges())
        point, limit_db = now, LIMIT_DB - _ROOM_DB
        seen = {now.changes_db: now}
        for number in range(_ROUNDS):
            if _holds(point) and (_size(point) == (0, 0.0) or _excess_db(point) > -_TOO_MUCH_DB):
                break
            crest_db = self._allowed_crest_db(point, seen.values(), model, limit_db)
            changes_db, _ = search.run(crest_db)
            if tuple(map(float, changes_db)) in seen:
                if _holds(point):
                    break
                limit_db -= 5.0 * _ROOM_DB
                continue
            point, _, _ = self._measured(changes_db, f"proposal {number + 1}")
            seen[point.changes_db] = point
        holding = [one for one in seen.values() if _holds(one)]
        if holding:
            return self._proposal(min(holding, key=_size), None)
        best = min(seen.values(), key=lambda one: (not one.solved, _excess_db(one)))
        return self._proposal(best, _reason(best, self._job.target_lufs))

    def _allowed_crest_db(
        self, point: _Point, seen: Iterable[_Point], model: MixModel, limit_db: float
    ) -> float:
        """The model's crest at which the limiter should take `limit_db`, from what mixes have measured.

        What the model does not know (that limiting costs loudness, which costs drive; the master's
        dynamics; true peaks) makes gain reduction rise faster than the crest: at least as fast, and as
        fast as the mixes measured so far say. From `point` on that line is followed.
        """
        crests = [(self._crest_db(one, model), _excess_db(one)) for one in seen]
        crest_db, excess_db = self._crest_db(point, model), _excess_db(point)
        (low, below), (high, above) = min(crests), max(crests)
        slope = (above - below) / (high - low) if high - low > STEP_DB else _FIRST_SLOPE
        return crest_db + (limit_db - LIMIT_DB - excess_db) / min(_STEEPEST, max(1.0, slope))

    def _crest_db(self, point: _Point, model: MixModel) -> float:
        return float(model.crest_db(np.array(point.changes_db)[None, :])[0])

    def _ranges(self) -> tuple[list[int], list[int]]:
        """How far each trim may move within its role's card, in steps; never further out than it is."""
        low, high = [], []
        for stem in heard(self._session):
            most = roles()[stem.role].card.trim_db.high + _ROUNDING_DB
            low.append(-max(0, math.floor((most + stem.trim_db) / STEP_DB)))
            high.append(max(0, math.floor((most - stem.trim_db) / STEP_DB)))
        return low, high

    def _proposal(self, point: _Point, reason: str | None) -> Proposal:
        trims = {stem.name: stem.trim_db for stem in self._session.stems}
        moved = [
            TrimChange(name, round(trims[name] + change, 6), round(change, 6))
            for name, change in self._changes(point.changes_db).items()
            if change
        ]
        return Proposal(
            reaches=reason is None,
            limit_db=LIMIT_DB,
            trims=tuple(sorted(moved, key=lambda one: -abs(one.change_db))),
            total_change_db=round(sum(abs(one.change_db) for one in moved), 6),
            drive_db=point.drive_db,
            figures=point.figures,
            reason=reason,
        )


def _difference(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


def _excess_db(point: _Point) -> float:
    return (point.figures.max_gain_reduction_db or 0.0) - LIMIT_DB


def _holds(point: _Point) -> bool:
    return point.solved and _excess_db(point) <= 0.0


def _size(point: _Point) -> tuple[int, float]:
    moved = [abs(change) for change in point.changes_db if change]
    return len(moved), sum(moved)


def _reason(point: _Point, target_lufs: float | None) -> str:
    if not point.solved:
        return f"{target_lufs:g} LUFS is out of reach with any trim in range".replace("-", "−")
    reduction_db = point.figures.max_gain_reduction_db or 0.0
    return (
        f"no trims within the roles' ranges bring the limiting below {reduction_db:.1f} dB, {LIMIT_DB:g} dB "
        "were asked for"
    )
