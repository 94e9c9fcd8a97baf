"""What a processor does, as a picture: one for each kind of curve that a declaration may name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.session.declare import Curve
from engine.session.model import Processor
from engine.session.processors import PROCESSORS
from engine.session.response import (
    compressor_output_db,
    compressor_reduction_db,
    elements,
    is_flat,
    saturator_output,
)
from engine.units import MINUS, db_from_gain
from tui.glyphs.plot import Axis, Plot, frequency_axis, frequency_label, level_axis, time_axis
from tui.panels.chain.rows import item_of

#: Ranges of an EQ's picture, dB, of which the smallest that fits is taken.
_EQ_RANGES_DB = (6.0, 12.0, 24.0)
#: Range of a static curve, dBFS.
_LOWEST_DBFS = -60.0
#: The de-esser's compressor has no parameter for these (`engine.rack.deesser`).
_UNSTATED = {"knee_db": 6.0, "makeup_db": 0.0, "mix": 1.0}
#: Depths of the gain-reduction history, dB, of which the smallest that fits is taken.
_DEPTHS_DB = (3.0, 6.0, 12.0, 24.0)
#: The history shows so much, s.
HISTORY_S = 12.0
#: A two-pole resonance of quality Q at f falls by 60 dB in ln(1000)·Q/(π·f).
_LN_1000 = math.log(1000.0)

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and what has to be said about it.

    Attributes:
        titles: what is drawn, from the longest form to the shortest.
        plot: the picture.
        notes: sentences that belong to it.
        behind: the strip's spectrum belongs behind it; an axis in dBFS, or True for one of its own.
        dot: from the gain reduction now (dB) to the place of the working point; None: it has none.
    """

    titles: tuple[str, ...]
    plot: Plot
    notes: tuple[str, ...] = ()
    dot: Callable[[float], tuple[float, float] | None] | None = None
    behind: Axis | bool = False


def picture(processor: Processor, key: str, width: int, height: int, nyquist_hz: float) -> Picture | None:
    """The picture of a processor; None where there is nothing to draw, or it moves (the limiter's).

    Args:
        processor: what is drawn.
        key: the focused value in it, which says the focused band.
        width: cells.
        height: rows.
        nyquist_hz: half the sample rate.
    """
    drawer = _DRAWERS.get(PROCESSORS[processor.type].curve)
    item = item_of(key)
    band = item[1] if item is not None else -1
    return drawer(processor, band, width, height, nyquist_hz) if drawer is not None else None


# -- equaliser ------------------------------------------------------------------------------------


def _eq(processor: Processor, band: int, width: int, height: int, nyquist_hz: float) -> Picture:
    bands: Sequence[Settings] = processor.values["bands"]
    chosen = bands[band] if 0 <= band < len(bands) else None
    channels = "stereo" if chosen is None else chosen["channels"]
    x = frequency_axis(width - 4, 20.0, min(20000.0, nyquist_hz))

    acting = [band_curve(item) for item in bands if item["channels"] in ("stereo", channels)]

    def total_db(frequency_hz: float) -> float:
        return sum(gain_db(frequency_hz) for gain_db in acting)

    # what a pass takes away may fall out of the picture, what a band adds may not
    size = max(total_db(x.value(step / 40)) for step in range(41))
    size = max([size, *(abs(item["gain_db"]) for item in bands if not is_flat(item))])
    reach_db = next((reach for reach in _EQ_RANGES_DB if size <= 0.9 * reach), _EQ_RANGES_DB[-1])
    plot = Plot(width, height, x, level_axis(height - 1, -reach_db, reach_db)).grid()
    titles = ["EQ: the sum" if channels == "stereo" else f"EQ on {channels}: the sum"]
    # every band's own curve lies below the sum; the chosen one's is dashed
    for one in bands:
        if one is not chosen and not is_flat(one) and len(bands) > 1:
            plot.curve(band_curve(one), "dim")
    if chosen is not None:
        plot.curve(band_curve(chosen), "label", dashed=True)
        dashed = f"band {band + 1} dashed"
        titles = [f"{titles[0]}, {dashed}", f"the sum, {dashed}", dashed]
    plot.curve(total_db, "bold accent" if processor.enabled else "bypass")
    if chosen is not None:
        plot.point(chosen["frequency_hz"], _finite(total_db(chosen["frequency_hz"])), "◆", "bold focus")
    others = sorted({item["channels"] for item in bands} - {"stereo", channels})
    notes = [f"not in this curve: bands on {', '.join(others)}"] if others else []
    return Picture(tuple(titles), plot, tuple(notes + _linear_phase(processor)), behind=True)


def band_curve(band: Settings) -> Callable[[float], float]:
    """Gain of one EQ band over frequency, dB: `engine.session.response.band_gain_db`, made once."""
    if is_flat(band):
        return lambda frequency_hz: 0.0
    filters, centre_hz = [element.prototype() for element in elements(band)], band["frequency_hz"]

    def gain_db(frequency_hz: float) -> float:
        ratio = frequency_hz / centre_hz
        return db_from_gain(math.prod(abs(analogue.response(ratio)) for analogue in filters))

    return gain_db


def _finite(level_db: float) -> float:
    return max(level_db, -200.0)


def _linear_phase(processor: Processor) -> list[str]:
    """What linear phase costs, with the figure of the band that rings longest."""
    if processor.values.get("phase") != "linear":
        return []
    ringing = [
        (_LN_1000 * band["q"] / (math.pi * band["frequency_hz"]), band)
        for band in processor.values["bands"]
        if "frequency_hz" in band and not is_flat(band)
    ]
    text = "linear phase: nothing is delayed against anything else, but a transient is heard before it comes"
    if not ringing:
        return [text]
    seconds, band = max(ringing, key=lambda pair: pair[0])
    where = f"{frequency_label(band['frequency_hz'])} Hz, Q {band['q']:.2g}"
    return [f"{text} (pre-ringing): about {1000.0 * seconds:.3g} ms down to −60 dB, from the band at {where}"]


# -- dynamics -------------------------------------------------------------------------------------


def _static(settings: Settings, name: str, enabled: bool, width: int, height: int) -> Picture:
    settings = {**_UNSTATED, **settings}
    axis = level_axis(height - 1, _LOWEST_DBFS, 0.0)
    x = Axis(_LOWEST_DBFS, 0.0, level_axis(max(2, (width - 4) // 4), _LOWEST_DBFS, 0.0).ticks)
    plot = Plot(width, height, x, axis).grid()
    plot.curve(lambda level_db: level_db, "faint", dashed=True)
    plot.vertical(settings["threshold_db"], "target", "│")
    plot.curve(
        lambda level_db: compressor_output_db(settings, level_db), "bold accent" if enabled else "bypass"
    )

    def dot(reduction_db: float) -> tuple[float, float] | None:
        level_db = level_of(settings, reduction_db)
        return None if level_db is None else (level_db, compressor_output_db(settings, level_db))

    what, marks = "out against in, dBFS", "│ threshold, ● now"
    titles = (f"{name}: {what}; {marks}", f"{what}; {marks}", what)
    return Picture(titles, plot, (), dot if enabled else None)


def level_of(settings: Settings, reduction_db: float) -> float | None:
    """The level that a settled compressor reduces by `reduction_db`, dBFS; None where it reduces nothing."""
    threshold_db, ratio, knee_db = (float(settings[name]) for name in ("threshold_db", "ratio", "knee_db"))
    if not reduction_db > 0.05 or ratio <= 1.0:
        return None
    low, high = threshold_db - knee_db, threshold_db + knee_db + reduction_db * ratio / (ratio - 1.0)
    for _ in range(30):
        middle = (low + high) / 2.0
        if compressor_reduction_db(middle, threshold_db, ratio, knee_db) < reduction_db:
            low = middle
        else:
            high = middle
    return high


def _dynamics(processor: Processor, band: int, width: int, height: int, nyquist_hz: float) -> Picture:
    return _static(processor.values, PROCESSORS[processor.type].title, processor.enabled, width, height)


def _multiband(processor: Processor, band: int, width: int, height: int, nyquist_hz: float) -> Picture:
    """The thresholds over the spectrum; of a chosen band, its static curve."""
    values = processor.values
    if 0 <= band < len(values["bands"]):
        edges = _edges(values["crossovers_hz"], nyquist_hz)
        span = f"{frequency_label(edges[band])} to {frequency_label(edges[band + 1])} Hz"
        name = f"Band {band + 1}, {span}"
        settings = values["bands"][band]
        found = _static(settings, name, processor.enabled, width, height)
        note = "the meter tells the reduction of all bands together: no working point is shown"
        titles = tuple(title.replace(", ● now", "") for title in found.titles)
        return Picture(titles, found.plot, (note, *_linear_crossover(processor)))
    x = frequency_axis(width - 4, 20.0, min(20000.0, nyquist_hz))
    plot = Plot(width, height, x, level_axis(height - 1, _LOWEST_DBFS, 0.0)).grid()
    edges = _edges(values["crossovers_hz"], nyquist_hz)
    for crossover_hz in values["crossovers_hz"]:
        plot.vertical(crossover_hz, "target", "│")
    for index, settings in enumerate(values["bands"]):
        low, high, threshold_db = edges[index], edges[index + 1], settings["threshold_db"]
        plot.curve(_between(low, high, threshold_db), "bold accent" if processor.enabled else "bypass")
        plot.text(math.sqrt(low * high), 0, str(index + 1), "bold label")
    what = "thresholds of the bands, dBFS"
    name = PROCESSORS[processor.type].title
    titles = (f"{name}: {what}; │ crossovers", f"{what}; │ crossovers", what, "thresholds, dBFS")
    return Picture(titles, plot, tuple(_linear_crossover(processor)), behind=plot.y)


def _between(low: float, high: float, value: float) -> Callable[[float], float | None]:
    return lambda frequency_hz: value if low <= frequency_hz < high else None


def _linear_crossover(processor: Processor) -> list[str]:
    if processor.values.get("phase") != "linear":
        return []
    lowest = processor.values["crossovers_hz"][0]
    return [
        "linear phase: the bands add up without phase shift, but transients ring before they come, "
        f"most at the crossover of {frequency_label(lowest)} Hz"
    ]


def _edges(crossovers_hz: Sequence[float], nyquist_hz: float) -> list[float]:
    return [20.0, *crossovers_hz, min(20000.0, nyquist_hz)]


# -- saturator ------------------------------------------------------------------------------------


def _waveshape(processor: Processor, band: int, width: int, height: int, nyquist_hz: float) -> Picture:
    """Samples out against samples in, from −1 to 1; a straight line is what it does not change."""
    values = processor.values
    ticks = ((-1.0, f"{MINUS}1"), (-0.5, f"{MINUS}0.5"), (0.0, "0"), (0.5, "0.5"), (1.0, "1"))
    plot = Plot(width, height, Axis(-1.0, 1.0, ticks), Axis(-1.0, 1.0, ticks)).grid()
    plot.curve(lambda level: level, "faint", dashed=True)
    style = "bold accent" if processor.enabled else "bypass"
    plot.curve(lambda level: saturator_output(values, level), style)
    full = abs(saturator_output(values, 1.0))
    lost = MINUS + f"{abs(db_from_gain(full)):.1f} dB" if full < 0.9995 else "0.0 dB"
    what = f"sample out against in; at full scale {lost}"
    titles = (f"{PROCESSORS[processor.type].title}: {what}", what, what.removeprefix("sample "))
    return Picture(titles, plot)


# -- limiter --------------------------------------------------------------------------------------


def reduction_history(values_db: Sequence[float], width: int, height: int) -> Plot:
    """Gain reduction of the last `HISTORY_S` seconds, hanging down from 0 dB, now at the right edge.

    Args:
        values_db: tick by tick, dB ≥ 0, oldest first, spread over the whole time.
        width: cells.
        height: rows.
    """
    deepest = max(values_db, default=0.0)
    depth_db = next((depth for depth in _DEPTHS_DB if deepest <= depth), _DEPTHS_DB[-1])
    y = level_axis(height - 1, -depth_db, 0.0)
    plot = Plot(width, height, time_axis(width - 4, -HISTORY_S, 0.0), y).grid()
    places = 2 * plot.cells
    columns = [-_deepest(values_db, place, places) for place in range(places)]
    return plot.area(columns, "reduction")


def _deepest(values_db: Sequence[float], place: int, places: int) -> float:
    count = len(values_db)
    begin = place * count // places
    return max(values_db[begin : max(begin + 1, (place + 1) * count // places)], default=0.0)


_Drawer = Callable[[Processor, int, int, int, float], Picture]
_DRAWERS: Mapping[Curve, _Drawer] = {
    Curve.EQUALISER: _eq,
    Curve.DYNAMICS: _dynamics,
    Curve.BAND_DYNAMICS: _multiband,
    Curve.WAVESHAPE: _waveshape,
}
