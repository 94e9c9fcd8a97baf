"""What the background has found out, as far as it still holds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from engine.link.document import Match, NullFound, SongOverview, TrackFound
from engine.units import NEGATIVE_INFINITY


@dataclass
class Findings:
    """The newest result of each kind.

    Attributes:
        drive_revision: revision that the drive in use was solved for; −1: none.
        overview: None until it is known.
        null: the newest test; None: none.
        null_key: what that test depended on (`engine.server.null_lamp`); None: not known.
        null_unreadable: what could not be tested, likewise: files or reference cannot be read.
        self_check: `unknown`, `pass` or `fail`.
        match: loudness and gains.
        master_spectrum_dbfs: levels per third octave over the song; None in it: silence; None: unknown.
        reference_spectrum_dbfs: the same of the mix.
        match_revision: of the live session that match and spectra were found for.
        reference_short_term: loudness of the mix along the song, LUFS, in equal parts; None: silence.
        marks: where the master is limited and over (`engine.live.background.results.Marks`); None: unknown.
        tracks: of other references by their paths.
        sentinel: sentences.
        is_stuck: the newest thing looked at could not be found out: nobody knows when the next will be.
        work: label and share of what is being done.
    """

    drive_revision: int = -1
    overview: SongOverview | None = None
    null: NullFound | None = None
    null_key: tuple[Any, ...] | None = None
    null_unreadable: tuple[Any, ...] | None = None
    self_check: str = "unknown"
    match: Match = Match()  # noqa: RUF009 - frozen
    master_spectrum_dbfs: tuple[float | None, ...] | None = None
    reference_spectrum_dbfs: tuple[float | None, ...] | None = None
    match_revision: int = -1
    reference_short_term: tuple[float | None, ...] = ()
    marks: Any = None
    tracks: dict[str, TrackFound] = field(default_factory=dict)
    sentinel: tuple[str, ...] = ()
    is_stuck: bool = False
    work: tuple[str, float] = ("", math.nan)

    @property
    def residual_dbfs(self) -> float:
        """RMS of stems minus reference; NaN: unknown."""
        if self.null is None:
            return math.nan
        value = self.null.residual_rms_dbfs
        return NEGATIVE_INFINITY if value is None else value


def finite(value: float | None) -> float | None:
    """A level as JSON has it."""
    return None if value is None or not math.isfinite(value) else value
