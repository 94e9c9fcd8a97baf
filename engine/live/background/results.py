"""What the background finds: plain data, each with the revision of the live session it belongs to.

A later result of the same kind replaces an earlier one. Where an edit did not touch what a result
depends on, it is told again with the new revision, so that whoever reads them need not know what
depends on what.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Result:
    """Something that was found.

    Attributes:
        revision: of the live session it was found for.
    """

    revision: int


@dataclass(frozen=True)
class Drive(Result):
    """Drive and ceiling at which the chosen deliverable plays as it would be rendered.

    Attributes:
        target: name of the deliverable; None: none is chosen, the session's own drive and ceiling hold.
        version: of the song.
        drive_db: for `engine.live.player.changes.Programme`; None: the session's own.
        ceiling_dbtp: the same; lower than the deliverable's where a render has to lower it, because its
            file would measure over. None: the deliverable's own.
        integrated_lufs: what the solve reached, of the dialogue where that is aimed at; None: there is
            no target, or no loudness.
        solved: the target is reached; True as well where there is none.
        final: the ceiling has been tried as a render does. Until then it is the deliverable's own.
    """

    target: str | None
    version: str
    drive_db: float | None
    ceiling_dbtp: float | None
    integrated_lufs: float | None
    solved: bool
    final: bool


@dataclass(frozen=True)
class Match(Result):
    """Loudness of what can be listened to, for gains that make it equally loud.

    Matching never makes anything louder: of two the louder one is turned down
    (`engine.server.level_match.apply_match`). The null residual is not matched to anything: it
    gets the gain of the dry mix, so that it is heard as far below that as it is.

    Attributes:
        version: of the song.
        processed_lufs: of the delivered range of the master bus; None: none, or not known yet.
        dry_lufs: of the stems with corrections only; None: none, or not known yet.
        reference_lufs: of the reference mix; None: none, or not known yet.
        processed_spectrum_dbfs: mean RMS per third octave (`engine.meters.spectrum`) of the master bus,
            both channels together, over the whole song; −∞ is silence.
        reference_spectrum_dbfs: the same of the reference mix; None: there is none.
        reference_short_term_lufs: its short-term loudness along the song, the loudest of each of so many
            equal parts; −∞ is silence; empty: there is none.
    """

    version: str
    processed_lufs: float | None
    dry_lufs: float | None
    reference_lufs: float | None
    processed_spectrum_dbfs: tuple[float, ...] = ()
    reference_spectrum_dbfs: tuple[float, ...] | None = None
    reference_short_term_lufs: tuple[float, ...] = ()


@dataclass(frozen=True)
class TrackFigures(Result):
    """Loudness and spectrum of another track to compare with.

    Attributes:
        path: of its file.
        integrated_lufs: of the whole file; None: it has none, or cannot be read.
        spectrum_dbfs: mean RMS per third octave, as of `Match`; empty: it cannot be read.
        problem: why it cannot be read, a sentence; empty: it can.
    """

    path: str
    integrated_lufs: float | None
    spectrum_dbfs: tuple[float, ...]
    problem: str


@dataclass(frozen=True)
class Overview(Result):
    """The song at a glance.

    Attributes:
        peaks: one byte per 1/1000 of the song (fewer where it has fewer frames): the largest sample of
            the sum of the stems, corrections included, 0 = silence … 255 = 0 dBFS over a range of 60 dB.
        rms: likewise the RMS of the louder channel.
    """

    peaks: bytes
    rms: bytes = b""


@dataclass(frozen=True)
class Marks(Result):
    """Where the master is limited and where it passes full scale, along the song.

    Attributes:
        target: as in `Drive`.
        version: as in `Drive`.
        reductions: one byte per 1/1000 of the song: the limiter's deepest gain reduction, tenths of a dB, 255
            at most; empty: no limiter.
        overs: likewise whether a sample is at or above full scale, 0 or 1.
    """

    target: str | None
    version: str
    reductions: bytes
    overs: bytes


@dataclass(frozen=True)
class Null(Result):
    """The plain verdict of the null test.

    Attributes:
        verdict: `pass`, `warn` or `fail`; None: the session has no reference, or its files cannot be read.
        residual_rms_dbfs: RMS of stems minus reference, −∞ where they are equal; None as above.
    """

    verdict: str | None
    residual_rms_dbfs: float | None


@dataclass(frozen=True)
class SelfCheck(Result):
    """Whether the graph with everything bypassed is the plain sum of the stems, bit for bit.

    Attributes:
        passed: no sample differs.
        largest_difference: linear; 0.0 where it passed.
        begin_s: where the stretch that was tried begins in the song.
        length_s: length of that stretch, s.
    """

    passed: bool
    largest_difference: float
    begin_s: float
    length_s: float


@dataclass(frozen=True)
class Filled(Result):
    """Loudness by song position of what plays with the latest final `Drive`, without listening to it.

    Attributes:
        target: as in `Drive`.
        version: as in `Drive`.
        first_slot: slot of the song that `powers` begin at.
        powers: K-weighted powers of successive 10 ms slots, for `SongLoudness.fill`.
        done: the song is complete.
    """

    target: str | None
    version: str
    first_slot: int
    powers: NDArray[np.float64]
    done: bool


@dataclass(frozen=True)
class Sentinel(Result):
    """What the phase sentinel found.

    Attributes:
        findings: one sentence each, with figures and what to do; empty: nothing.
    """

    findings: tuple[str, ...]


@dataclass(frozen=True)
class Working(Result):
    """What is being done.

    Attributes:
        label: of the step; empty: everything is done.
        share: of the step, 0 … 1.
    """

    label: str
    share: float


@dataclass(frozen=True)
class Trouble(Result):
    """Something could not be found out, and has to be told.

    Attributes:
        code: stable short code.
        message: one sentence.
    """

    code: str
    message: str
