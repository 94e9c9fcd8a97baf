"""What the background has found out, as far as it still holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.units import NEGATIVE_INFINITY


@dataclass
class Findings:
    """The newest result of each kind.

    Attributes:
        drive_revision: revision that the drive in use was solved for; −1: none.
        overview: `{"bins", "peaks", "rms"}`, or None until it is known.
        null: `{"verdict", "residual_rms_dbfs"}`, or None.
        null_key: what that test depended on (`engine.server.null_lamp`); None: not known.
        null_unreadable: what could not be tested, likewise: files or reference cannot be read.
        self_check: `unknown`, `pass` or `fail`.
        match: loudness and gains by their names in the document.
        spectra: levels per third octave over the song by their names in the document; null: unknown.
        match_revision: of the live session that `match` and `spectra` were found for.
        reference_short_term: loudness of the mix along the song, LUFS, in equal parts; null: silence.
        marks: where the master is limited and over (`engine.live.background.results.Marks`); None: unknown.
        tracks: of other references by their paths: loudness, spectrum, and what is wrong.
        sentinel: sentences.
        is_stuck: the newest thing looked at could not be found out: nobody knows when the next will be.
        work: label and share of what is being done.
    """

    drive_revision: int = -1
    overview: Mapping[str, Any] | None = None
    null: Mapping[str, Any] | None = None
    null_key: tuple[Any, ...] | None = None
    null_unreadable: tuple[Any, ...] | None = None
    self_check: str = "unknown"
    match: Mapping[str, float | None] = field(default_factory=dict)
    spectra: Mapping[str, list[float | None] | None] = field(default_factory=dict)
    match_revision: int = -1
    reference_short_term: list[float | None] = field(default_factory=list)
    marks: Any = None
    tracks: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    sentinel: tuple[str, ...] = ()
    is_stuck: bool = False
    work: tuple[str, float] = ("", math.nan)

    @property
    def residual_dbfs(self) -> float:
        """RMS of stems minus reference; NaN: unknown."""
        if self.null is None:
            return math.nan
        value = self.null["residual_rms_dbfs"]
        return NEGATIVE_INFINITY if value is None else float(value)


def finite(value: float | None) -> float | None:
    """A level as JSON has it."""
    return None if value is None or not math.isfinite(value) else value
