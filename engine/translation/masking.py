"""Which octaves of which stem mask the vocal, and when.

A part of the vocal is masked where its excitation stays below the share K of the masker's, filter by
filter: B. C. J. Moore, B. R. Glasberg and T. Baer, *A Model for the Prediction of Thresholds, Loudness,
and Partial Loudness*, J. Audio Eng. Soc. 45(4), 1997, section 4. K is −3 dB from 1 kHz up and rises towards
low frequencies; there the values are ours, so that a tone in white noise is heard at the critical
ratios of J. E. Hawkins and S. S. Stevens, J. Acoust. Soc. Am. 22, 1950 (about 18 dB at 1 kHz).

What it leaves out: that sounds from different directions mask each other less, that masking lasts on
for some tens of milliseconds, and what a listener knows about the words. Maskers add up in power.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.report.translation import MaskedSpan, Masker
from engine.translation.excitation import ExcitationPattern, quiet_threshold_db

Doubles = NDArray[np.float64]

#: How loud the song is taken to be played, dB SPL at its integrated loudness: at a desk, not in a club.
PLAYBACK_DB_SPL = 75.0
#: Where the vocal is softer it is a breath or a reverberation that nobody misses, dB SPL.
FAINTEST_DB_SPL = 50.0
#: Length of a spectrum, s, rounded to a power of two: 8192 frames at 48 kHz; they overlap by half.
_WINDOW_S = 0.17
#: Middles of the octaves, Hz (IEC 61260-1).
OCTAVES_HZ = tuple(1000.0 * 2.0**n for n in range(-4, 5))
#: K: frequency, Hz, and dB; straight lines over the logarithm of the frequency.
_EFFICIENCY = ((63.0, 6.0), (125.0, 2.0), (250.0, -0.5), (500.0, -2.0), (1000.0, -3.0), (16000.0, -3.0))
#: What of the vocal counts: this far below its strongest filter at most, dB.
_COUNTS_WITHIN_DB = 30.0
#: And where so much of a filter's excitation comes from its own ERB: what has only spread there says nothing.
_OWN_SHARE = 0.4
#: An octave is masked where this share of what the vocal has in it is.
MASKED_SHARE = 0.5
#: Spans closer than this are one, and shorter ones are none, s.
_SAME_SPAN_S, _SHORTEST_S = 0.5, 0.25
#: No ratio lies beyond this, dB.
_LARGEST_DB = 60.0


def efficiency_db(frequency_hz: Doubles) -> Doubles:
    """K at a frequency, dB."""
    frequencies, levels = np.array(_EFFICIENCY).T
    return np.asarray(np.interp(np.log(frequency_hz), np.log(frequencies), levels))


def _best_nearby(ratio_db: Doubles) -> Doubles:
    """Of each filter and its two neighbours the one that hears the most: nobody listens beside a tone.

    Source: R. D. Patterson and I. Nimmo-Smith, *Off-frequency listening and auditory-filter asymmetry*,
    J. Acoust. Soc. Am. 67, 1980.
    """
    padded = np.pad(ratio_db, ((0, 0), (1, 1)), mode="edge")
    return np.maximum(np.maximum(padded[:, :-2], padded[:, 2:]), ratio_db)


class _Spans:
    """One masker in one octave: when it masks."""

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._spans: list[list[float]] = []  # start, end, sum of ratios, steps
        self.counted = 0

    def add(
        self, start_s: float, counts: NDArray[np.bool_], masked: NDArray[np.bool_], ratio_db: Doubles
    ) -> None:
        """Takes the next steps: which hold a vocal, which are masked, and the signal-to-mask ratio."""
        self.counted += int(counts.sum())
        for step in np.flatnonzero(masked):
            begin, ratio = start_s + int(step) * self._step_s, float(ratio_db[step])
            if self._spans and begin - self._spans[-1][1] < _SAME_SPAN_S:
                last = self._spans[-1]
                last[1], last[2], last[3] = begin + self._step_s, last[2] + ratio, last[3] + 1
            else:
                self._drop_short()
                self._spans.append([begin, begin + self._step_s, ratio, 1.0])

    def _drop_short(self) -> None:
        if self._spans and self._spans[-1][3] * self._step_s < _SHORTEST_S:
            del self._spans[-1]

    def result(self, stem: str | None, octave_hz: float) -> Masker | None:
        """What was found; None where nothing is masked."""
        self._drop_short()
        if not self._spans:
            return None
        steps = round(sum(span[3] for span in self._spans))
        return Masker(
            stem=stem,
            octave_hz=octave_hz,
            masked_s=steps * self._step_s,
            share=min(1.0, steps / self.counted),
            signal_to_mask_db=sum(span[2] for span in self._spans) / steps,
            spans=tuple(MaskedSpan(start, end, total / count) for start, end, total, count in self._spans),
        )


class MaskingMeter:
    """Listens to a vocal among stems, block by block.

    Args:
        sample_rate: Hz.
        names: of the stems, a pair of columns each.
        vocals: which of them are the vocal.
        integrated_lufs: of the mix; it is taken to be heard at `PLAYBACK_DB_SPL`.
        faintest_db_spl: where the vocal is softer it does not count.
    """

    def __init__(
        self,
        sample_rate: int,
        names: Sequence[str],
        vocals: Sequence[int],
        integrated_lufs: float,
        faintest_db_spl: float = FAINTEST_DB_SPL,
    ) -> None:
        self._names = [name for number, name in enumerate(names) if number not in vocals]
        self._vocals = list(vocals)
        self._others = [number for number in range(len(names)) if number not in vocals]
        self._size = 1 << round(math.log2(_WINDOW_S * sample_rate))
        self._hop = self._size // 2
        self._rate = sample_rate
        self._faintest = 10.0 ** (faintest_db_spl / 10.0)
        window = np.hanning(self._size + 1)[:-1]
        # a spectrum's bins add up to the power of the signal
        scale = 2.0 / (self._size * float((window * window).sum()))
        self._scale = scale * 10.0 ** ((PLAYBACK_DB_SPL - integrated_lufs) / 10.0)
        self._window = window[:, None]
        # without the bin at 0 Hz, and what no ear hears
        bins_hz = np.asarray(np.arange(self._size // 2 + 1) * (sample_rate / self._size), dtype=np.float64)
        self._bins = np.flatnonzero((bins_hz >= 20.0) & (bins_hz <= 16_000.0))
        self._pattern = ExcitationPattern(bins_hz[self._bins])
        centres = self._pattern.centres_hz
        self._audible = 10.0 ** (quiet_threshold_db(centres) / 10.0)
        self._efficiency_db = efficiency_db(centres)
        self._in_octave = [
            np.flatnonzero((centres >= octave / math.sqrt(2.0)) & (centres < octave * math.sqrt(2.0)))
            for octave in OCTAVES_HZ
        ]
        step_s = self._hop / sample_rate
        self._spans = [[_Spans(step_s) for _ in OCTAVES_HZ] for _ in range(len(self._names) + 1)]
        # half a window before the song, so that each step is the middle of a spectrum
        self._waiting = np.zeros((self._hop // 2, 2 * len(names)))
        self._step = 0

    def process(self, block: Doubles) -> None:
        """Listens to the next frames.

        Args:
            block: `(frames, 2·stems)`.
        """
        whole = np.concatenate([self._waiting, block])
        steps = (len(whole) - self._size) // self._hop + 1
        if steps > 0:
            self._listen(whole, steps)
            whole = whole[steps * self._hop :]
        self._waiting = whole.copy()

    def _listen(self, whole: Doubles, steps: int) -> None:
        spectra = np.empty((len(self._others) + 1, steps, len(self._bins)))
        for step in range(steps):
            part = self._window * whole[step * self._hop : step * self._hop + self._size]
            vocal = sum(part[:, 2 * number : 2 * number + 2] for number in self._vocals)
            sources = [vocal, *(part[:, 2 * number : 2 * number + 2] for number in self._others)]
            spectrum = np.fft.rfft(np.concatenate(sources, axis=1), axis=0)[self._bins]
            powers = spectrum.real**2 + spectrum.imag**2
            spectra[:, step] = self._scale * (powers[:, 0::2] + powers[:, 1::2]).T
        vocal_pattern, own = self._pattern.process(spectra[0])
        maskers = [self._pattern.process(one)[0] for one in spectra[1:]]
        strongest = vocal_pattern.max(axis=1, keepdims=True)
        counts = vocal_pattern >= self._audible
        counts &= vocal_pattern >= strongest * 10.0 ** (-_COUNTS_WITHIN_DB / 10.0)
        counts &= spectra[0].sum(axis=1, keepdims=True) >= self._faintest
        counts &= own >= _OWN_SHARE * vocal_pattern
        start_s = self._step * self._hop / self._rate
        together = np.sum(maskers, axis=0) if maskers else np.zeros_like(vocal_pattern)
        vocal_db = 10.0 * np.log10(np.maximum(vocal_pattern, 1e-12))
        for of_masker, pattern in zip(self._spans, [*maskers, together], strict=True):
            mask_db = 10.0 * np.log10(np.maximum(pattern, 1e-12)) + self._efficiency_db
            ratio_db = _best_nearby(np.clip(vocal_db - mask_db, -_LARGEST_DB, _LARGEST_DB))
            for spans, filters in zip(of_masker, self._in_octave, strict=True):
                heard = counts[:, filters]
                number = np.maximum(heard.sum(axis=1), 1)
                mean_db = np.where(heard, ratio_db[:, filters], 0.0).sum(axis=1) / number
                share = (heard & (ratio_db[:, filters] < 0.0)).sum(axis=1) / number
                has: NDArray[np.bool_] = heard.sum(axis=1) > 0
                spans.add(start_s, has, np.logical_and(has, share >= MASKED_SHARE), mean_db)
        self._step += steps

    def finish(self) -> tuple[Masker, ...]:
        """After the last frame: what masks the vocal, the costliest first; all stems together are None."""
        columns = self._waiting.shape[1]
        self.process(np.zeros((self._size, columns)))
        found = [
            masker
            for name, own in zip([*self._names, None], self._spans, strict=True)
            for octave, spans in zip(OCTAVES_HZ, own, strict=True)
            if (masker := spans.result(name, octave)) is not None
        ]
        return tuple(sorted(found, key=lambda one: -one.masked_s * max(1.0, -one.signal_to_mask_db)))
