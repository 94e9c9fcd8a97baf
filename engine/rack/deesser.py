"""The de-esser: a dynamic high shelf, steered by what lies above its frequency.

With the high-pass H and the band-pass B of one Butterworth section and the gain G of a compressor
that listens to H,

    y = x + (G − 1)·H + √2·(√G − 1)·B,   that is   (G·s² + √(2G)·s + 1)/(s² + √2·s + 1),

a shelf of magnitude √((1 + G²w⁴)/(1 + w⁴)) at w = frequency / `frequency_hz`: it falls from 1 to G
without a bump on the way, reaches half of that in dB at w = G^(−1/4), and moves no pole. Where
nothing is reduced, y is x bit for bit. The filters are fixed and the gain is shared, so followers go
on adding up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from engine.compiler.abi import QUANTUM_FRAMES, kernel
from engine.compiler.lanes import fused, load2, splat2, store
from engine.rack.biquad import cascades
from engine.rack.compressor import decide_from, decided_gain, watch_gain
from engine.rack.crossover import band_pass_section, high_pass_section
from engine.rack.mix import copy_columns
from engine.rack.operation import Context, Operation, Prepared, Use

#: What the compressor inside does that the de-esser has no parameter for.
_FIXED = {
    "knee_db": 6.0,
    "makeup_db": 0.0,
    "mix": 1.0,
    "detector": "peak",
    "sidechain_highpass_hz": 0.0,
    "channels": "stereo",
}


@kernel
def _shelve(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: pairs, then per pair its left column, that of its high-pass, of its band-pass, and the
    gain column."""
    span = QUANTUM_FRAMES * columns
    for pair in range(words_p[0]):
        left = words_p[1 + 4 * pair]
        to_high = words_p[2 + 4 * pair] - left
        to_band = words_p[3 + 4 * pair] - left
        to_gain = words_p[4 + 4 * pair] - left
        for at in range(left, left + span, columns):
            gain = frames_p[at + to_gain]
            high = load2(frames_p, at + to_high)
            band = load2(frames_p, at + to_band)
            bent = math.sqrt(2.0) * (math.sqrt(gain) - 1.0)
            x = load2(frames_p, at)
            store(frames_p, at, fused(high, splat2(gain - 1.0), fused(band, splat2(bent), x)))


def prepare(uses: Sequence[Use], context: Context) -> Prepared:
    """Lays out filters, deciding and the shelf; there is no latency.

    Args:
        uses: `frequency_hz`, `threshold_db`, `ratio`, `attack_ms` and `release_ms` of each.
        context: supplies the sample rate, scratch columns and the gain columns.
    """
    copies: list[tuple[int, int]] = []
    sections = []
    sources: list[int] = []
    for use in uses:
        frequency_hz = use.settings["frequency_hz"]
        high = high_pass_section(frequency_hz, context.sample_rate)
        band = band_pass_section(frequency_hz, context.sample_rate)
        sources.append(context.allocate_columns(4 * len(use.pairs)))
        for index, (left, _) in enumerate(use.pairs):
            first = sources[-1] + 4 * index
            copies += [(left, first), (left, first + 2)]
            sections += [(high, high), (band, band)]
    filters = cascades([column for _, column in copies], sections)
    settings = [{**use.settings, **_FIXED} for use in uses]
    deciding, gain_columns = decide_from(settings, sources, context)
    words: list[int] = []
    for use, source, gain_column in zip(uses, sources, gain_columns, strict=True):
        for index, (left, _) in enumerate(use.pairs):
            words += [left, source + 4 * index, source + 4 * index + 2, gain_column]
    shelf = Operation(_shelve, (len(words) // 4, *words))
    # the high-passed copies stay as the detector has seen them
    gains, watches = [], []
    for use, source, gain_column, one in zip(uses, sources, gain_columns, settings, strict=True):
        watching = None
        if use.watched:
            seen = range(source, source + 4 * len(use.pairs), 4)
            watching = watch_gain(gain_column, one, seen, context.sample_rate)
            watches.append(watching)
        gains.append((decided_gain(gain_column, one, watching),))
    operations = (copy_columns(copies), *filters, *deciding, *watches, shelf)
    return Prepared(operations, gains=tuple(gains))
