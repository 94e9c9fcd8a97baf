"""The one made-up desk: its stems, and levels that move about as they do to music, by song time."""

from __future__ import annotations

import math
from typing import Any

from engine.link.records import STEM_BANDS, StemCloseUp
from engine.link.snapshot import NO_MASTER, NO_STEM
from engine.session.chains import limiter_of
from engine.session.model import Processor, Session, Stem
from engine.units import NEGATIVE_INFINITY

#: Beats of the made-up music per second.
BEATS_PER_SECOND = 2.0
#: Names, roles, how much of a beat each lets ring (s), and how loud it is (dBFS).
PARTS = (
    ("Drums", "drums", 0.12, -5.0),
    ("Bass", "bass", 0.35, -9.0),
    ("Guitars", "instruments", 0.6, -13.0),
    ("Keys", "instruments", 0.8, -16.0),
    ("Lead Vocal", "vocals", 0.5, -8.0),
    ("Backing Vocals", "backing_vocals", 0.7, -15.0),
    ("Strings", "orchestral", 1.4, -17.0),
    ("FX and Atmospheres", "fx", 1.2, -20.0),
)
#: Third octaves from 20 Hz to 20 kHz (IEC 61260-1:2014).
BANDS = 31


def part(index: int) -> tuple[str, str]:
    """Name and role of a stem; of more stems than there are parts they are numbered."""
    name, role, _, _ = PARTS[index % len(PARTS)]
    return (name if index < len(PARTS) else f"{name} {index // len(PARTS) + 1}"), role


class Desk:
    """What moves: levels by song time.

    Args:
        stems: how many.
        overs_every_s: an over in stem 0 and the master so often; 0: never.
    """

    def __init__(self, stems: int, overs_every_s: float = 0.0) -> None:
        self.stems = stems
        self.overs_every_s = overs_every_s
        self.held = [NEGATIVE_INFINITY] * (stems + 1)
        self.maximum = NEGATIVE_INFINITY

    def level(self, index: int, time_s: float) -> float:
        """Peak of a stem, dBFS: struck on its beats, ringing off, with a flutter as music has it."""
        _, _, ring_s, loud_db = PARTS[index % len(PARTS)]
        since_s = (time_s + 0.11 * index) % (1.0 / BEATS_PER_SECOND * (1 + index % 3))
        flutter = 1.5 * math.sin(37.0 * time_s + 5.0 * index) + 1.1 * math.sin(91.0 * time_s + index)
        return loud_db - 6.0 * since_s / ring_s + flutter

    def overs(self, time_s: float) -> int:
        """Overs so far."""
        return int(time_s / self.overs_every_s) if self.overs_every_s else 0

    def snapshot(self, time_s: float, session: Session) -> tuple[tuple[Any, ...], Any]:
        """Meters of the stems and of the master."""
        limited = limiter_of(session) is not None
        stems = tuple(
            self._stem(index, time_s, stem, limited=limited) for index, stem in enumerate(session.stems)
        )
        return stems, self._master(time_s, session)

    def stems_closely(self, time_s: float, session: Session) -> tuple[StemCloseUp, ...]:
        """Loudness and spectrum of every stem, about a band of its own."""
        found = []
        for index, stem in enumerate(session.stems):
            level = self.level(index, time_s) + stem.trim_db
            away = (abs(band - 2 * (index % 8)) for band in range(STEM_BANDS))
            bands = (
                level - 16.0 - 2.5 * far + 3.0 * math.sin(band + 9.0 * time_s)
                for band, far in enumerate(away)
            )
            found.append(StemCloseUp(level - 12.0, tuple(bands)))
        return tuple(found)

    def _stem(self, index: int, time_s: float, stem: Stem, *, limited: bool) -> Any:
        if stem.mute:
            return NO_STEM
        peak = self.level(index, time_s) + stem.trim_db
        right = self.level(index, time_s + 0.013) + stem.trim_db
        self.held[index] = max(self.held[index] - 0.2, peak, right)
        held = self.held[index]
        values = (peak, right, peak - 7.0, right - 7.0, held, held)
        share = 0.6 / (1.0 + index) * (0.5 + 0.5 * math.sin(time_s + index) ** 2)
        return NO_STEM._replace(
            **dict(zip(NO_STEM._fields, values, strict=False)),
            limiting_share=share if limited else float("nan"),
            processors_db=_reductions(stem.chain, peak),
        )

    def _master(self, time_s: float, session: Session) -> Any:
        peak, right = (max(self.level(0, at) + 3.0, -9.0) for at in (time_s, time_s + 0.013))
        self.held[-1] = max(self.held[-1] - 0.2, peak, right)
        self.maximum = max(self.maximum, min(peak, -1.0) + 0.2)
        reduction = max(0.0, peak + 4.0)
        loud = -13.5 + 1.5 * math.sin(0.7 * time_s)
        spectrum = tuple(
            -20.0
            - 0.75 * band
            + 3.0 * math.sin(1.7 * band + 6.0 * time_s)
            + 1.5 * math.sin(19.0 * time_s + 2 * band)
            for band in range(BANDS)
        )
        return NO_MASTER._replace(
            momentary_lufs=loud + math.sin(5.0 * time_s),
            short_term_lufs=loud,
            integrated_lufs=-13.8 + 0.1 * math.sin(0.05 * time_s),
            lra_lu=5.4,
            true_peak_dbtp=min(peak, -1.0),
            true_peak_max_dbtp=self.maximum,
            peak_left_dbfs=min(peak, -1.0),
            peak_right_dbfs=min(right, -1.0),
            rms_left_dbfs=peak - 9.0,
            rms_right_dbfs=right - 9.0,
            held_left_dbfs=min(self.held[-1], -1.0),
            held_right_dbfs=min(self.held[-1], -1.0),
            plr_db=12.8,
            psr_db=10.5 + math.sin(time_s),
            correlation=0.6 + 0.3 * math.sin(1.3 * time_s),
            gain_reduction_db=float("nan") if limiter_of(session) is None else reduction,
            processors_db=_reductions(session.master.chain, peak),
            spectrum_bands=BANDS,
            spectrum_dbfs=spectrum,
        )


def _reductions(chain: tuple[Processor, ...], peak_dbfs: float) -> tuple[float, ...]:
    """Gain reduction by place in the chain, dB; NaN where a processor has none."""
    dynamic = ("compressor", "limiter", "deesser", "multiband")
    return tuple(
        max(0.0, (peak_dbfs + 16.0) / 3.0)
        if processor.enabled and processor.type in dynamic
        else float("nan")
        for processor in chain
    )
