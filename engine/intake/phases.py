"""The phase sentinel on a session's files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np

from engine.audio.source import open_source
from engine.intake.cross_spectra import CrossSpectra, CrossSpectrumMeter
from engine.intake.phase_sentinel import could_clash, phase_clash, phase_finding
from engine.report.findings import Finding
from engine.session.model import Session, Stem

#: Of a song that is longer than all of them, so many stretches of this length are measured.
_STRETCHES = 8
_STRETCH_S = 5.0


def measure_cross_spectra(stems: Sequence[Stem], sample_rate: int) -> CrossSpectra:
    """The cross-spectra of stems as they lie in the song, before any chain.

    Depends on the files and on the whole samples of the stems' offsets alone, so it can be kept while
    chains are edited.

    Args:
        stems: in the order of the spectra's channels; one or two channels each, all at one rate.
        sample_rate: Hz.

    Raises:
        InputError: a stem cannot be read, or holds NaN or infinity.
    """
    meter = CrossSpectrumMeter(2 * len(stems), sample_rate)
    length = round(_STRETCH_S * sample_rate)
    with ExitStack() as stack:
        sources = [stack.enter_context(open_source(stem.path)) for stem in stems]
        song = max((source.frames for source in sources), default=0)
        starts = [round(n * (song - length) / (_STRETCHES - 1)) for n in range(_STRETCHES)]
        if song <= _STRETCHES * length:
            starts, length = [0], song
        for start in starts:
            block = np.zeros((length, 2 * len(stems)))
            for index, (stem, source) in enumerate(zip(stems, sources, strict=True)):
                source.read_into(start - math.floor(stem.offset_samples), block, 2 * index)
            meter.process(block)
            meter.finish()
    return meter.result()


def phase_findings(session: Session) -> list[Finding]:
    """A warning where the stems' filters do not go together in phase; empty where they do.

    The files are read only where chains could clash at all.

    Args:
        session: whose stems that are not muted are looked at.

    Raises:
        InputError: a stem cannot be read, or holds NaN or infinity.
    """
    stems = [stem for stem in session.stems if not stem.mute]
    if not could_clash(stems, session.sample_rate):
        return []
    clash = phase_clash(stems, measure_cross_spectra(stems, session.sample_rate))
    return [] if clash is None else [phase_finding(clash)]
