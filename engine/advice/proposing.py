"""Proposes the smallest set of trims with which a mix reaches its target with little limiting."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from engine.advice.trims import STEP_DB, MixModel, Search
from engine.rack.operation import Doubles
from engine.report.advise import MixFigures, Proposal, TrimChange
from engine.session.model import Session
from engine.session.roles import roles
from engine.session.versions import heard
from engine.units import level_text

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


@dataclass(frozen=True)
class Point:
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


class Proposing:
    """Searches with a model, measures what it finds, corrects the model, searches again.

    Args:
        session: the mix.
        model: predicts loudness and gain reduction of the mix at changed trims.
        target_lufs: that has to be reached.
        measured: runs and measures the mix at changed trims, dB by stem; told what to call that.
    """

    def __init__(
        self,
        session: Session,
        model: MixModel,
        target_lufs: float,
        measured: Callable[[Doubles, str], Point],
    ) -> None:
        self._session = session
        self._model = model
        self._target_lufs = target_lufs
        self._measured = measured

    def run(self, now: Point) -> Proposal:
        """What is proposed.

        Args:
            now: the mix as it is.
        """
        if now.loudness_lufs is None:
            return self._proposal(now, "the mix has no loudness")
        search = Search(self._model, *self._ranges())
        point, limit_db = now, LIMIT_DB - _ROOM_DB
        seen = {now.changes_db: now}
        for number in range(_ROUNDS):
            if _holds(point) and (_size(point) == (0, 0.0) or _excess_db(point) > -_TOO_MUCH_DB):
                break
            crest_db = self._allowed_crest_db(point, seen.values(), limit_db)
            changes_db, _ = search.run(crest_db)
            if tuple(map(float, changes_db)) in seen:
                if _holds(point):
                    break
                limit_db -= 5.0 * _ROOM_DB
                continue
            point = self._measured(changes_db, f"proposal {number + 1}")
            seen[point.changes_db] = point
        holding = [one for one in seen.values() if _holds(one)]
        if holding:
            return self._proposal(min(holding, key=_size), None)
        best = min(seen.values(), key=lambda one: (not one.solved, _excess_db(one)))
        return self._proposal(best, _reason(best, self._target_lufs))

    def _allowed_crest_db(self, point: Point, seen: Iterable[Point], limit_db: float) -> float:
        """The model's crest at which the limiter should take `limit_db`, from what mixes have measured.

        What the model does not know (that limiting costs loudness, which costs drive; the master's
        dynamics; true peaks) makes gain reduction rise faster than the crest: at least as fast, and as
        fast as the mixes measured so far say. From `point` on that line is followed.
        """
        crests = [(self._crest_db(one), _excess_db(one)) for one in seen]
        crest_db, excess_db = self._crest_db(point), _excess_db(point)
        (low, below), (high, above) = min(crests), max(crests)
        slope = (above - below) / (high - low) if high - low > STEP_DB else _FIRST_SLOPE
        return crest_db + (limit_db - LIMIT_DB - excess_db) / min(_STEEPEST, max(1.0, slope))

    def _crest_db(self, point: Point) -> float:
        return float(self._model.crest_db(np.array(point.changes_db)[None, :])[0])

    def _ranges(self) -> tuple[list[int], list[int]]:
        """How far each trim may move within its role's card, in steps; never further out than it is."""
        low, high = [], []
        for stem in heard(self._session):
            most = roles()[stem.role].card.trim_db.high + _ROUNDING_DB
            low.append(-max(0, math.floor((most + stem.trim_db) / STEP_DB)))
            high.append(max(0, math.floor((most - stem.trim_db) / STEP_DB)))
        return low, high

    def _proposal(self, point: Point, reason: str | None) -> Proposal:
        trims = {stem.name: stem.trim_db for stem in heard(self._session)}
        moved = [
            TrimChange(name, round(trims[name] + change, 6), round(change, 6))
            for name, change in zip(trims, point.changes_db, strict=True)
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


def _excess_db(point: Point) -> float:
    return (point.figures.max_gain_reduction_db or 0.0) - LIMIT_DB


def _holds(point: Point) -> bool:
    return point.solved and _excess_db(point) <= 0.0


def _size(point: Point) -> tuple[int, float]:
    moved = [abs(change) for change in point.changes_db if change]
    return len(moved), sum(moved)


def _reason(point: Point, target_lufs: float | None) -> str:
    if not point.solved:
        return f"{level_text(target_lufs, 'LUFS', None)} is out of reach with any trim in range"
    reduction_db = point.figures.max_gain_reduction_db or 0.0
    return (
        f"no trims within the roles' ranges bring the limiting below {reduction_db:.1f} dB, {LIMIT_DB:g} dB "
        "were asked for"
    )
