"""The processors and their parameters, declared once.

Types, names, ranges and defaults are those of the session format; steps are the console's. Where
the format names no range (de-esser, `mono_below_hz`) the range is that of the like parameter of the
compressor or its side chain. Time constants are times to 63 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.session.declare import Advice, Curve, Kind, Parameter, ProcessorDeclaration, choice, number

#: An EQ frequency may not pass this fraction of the sample rate.
MAXIMUM_RATE_FRACTION = 0.49

#: Steps of frequencies: 1/24 and 1/3 octave.
_FREQUENCY_STEPS = {"step": 2.0 ** (1 / 24), "coarse_step": 2.0 ** (1 / 3), "logarithmic": True}
#: Steps of times and Q: 1/8 and 1/2 octave.
_FACTOR_STEPS = {"step": 2.0 ** (1 / 8), "coarse_step": 2.0 ** (1 / 2), "logarithmic": True}
_DB_STEPS = {"step": 0.1, "coarse_step": 1.0}
_SHARE_STEPS = {"step": 0.01, "coarse_step": 0.1}

CHANNELS = choice(
    "channels",
    "which part of the stereo signal is processed",
    ("stereo", "mid", "side", "left", "right"),
    "stereo",
)


#: Slopes of high and low passes, dB per octave: orders 1, 2, 3, 4, 6 and 8.
PASS_SLOPES = (6.0, 12.0, 18.0, 24.0, 36.0, 48.0)


def _frequency(name: str, help: str, minimum: float, default: float | None = None) -> Parameter:
    return Parameter(
        name,
        Kind.NUMBER,
        help,
        "Hz",
        minimum,
        rate_fraction=MAXIMUM_RATE_FRACTION,
        default=default,
        required=default is None,
        **_FREQUENCY_STEPS,
    )


GAIN = ProcessorDeclaration(
    "gain",
    "Gain",
    "G",
    "changes the level and nothing else",
    (number("gain_db", "gain", "dB", -60.0, 24.0, 0.0, **_DB_STEPS),),
)

EQ_BAND = (
    choice(
        "shape",
        "shape of the band; passes and notch ignore the gain",
        ("peak", "low_shelf", "high_shelf", "high_pass", "low_pass", "notch", "tilt"),
        "peak",
    ),
    _frequency("frequency_hz", "centre, corner, or half-gain point of a shelf", 10.0),
    number(
        "gain_db",
        "boost or cut; tilt: half of it on either side",
        "dB",
        -24.0,
        24.0,
        0.0,
        only_for=("peak", "low_shelf", "high_shelf", "tilt"),
        **_DB_STEPS,
    ),
    number("q", "Q; of a pass that of its steepest section", "", 0.1, 20.0, 0.7071, **_FACTOR_STEPS),
    number(
        "slope_db_per_octave",
        "steepness of a high or low pass; other shapes ignore it",
        "dB/oct",
        PASS_SLOPES[0],
        PASS_SLOPES[-1],
        12.0,
        values=PASS_SLOPES,
        only_for=("high_pass", "low_pass"),
        step=6.0,
        coarse_step=12.0,
    ),
    CHANNELS,
)

_PHASE = choice(
    "phase",
    "minimum: no latency; linear: no phase shift, with latency",
    ("minimum", "linear"),
    "minimum",
)

EQ = ProcessorDeclaration(
    "eq",
    "Equaliser",
    "EQ",
    "boosts or cuts parts of the spectrum",
    (_PHASE, Parameter("bands", Kind.TABLES, "the bands, in order", fields=EQ_BAND, default=())),
    curve=Curve.EQUALISER,
    advice=frozenset({Advice.BANDS}),
)

_COMPRESSOR = (
    number("threshold_db", "level above which it works", "dB", -80.0, 20.0, -18.0, **_DB_STEPS),
    number("ratio", "dB in per dB out above the threshold", ":1", 1.0, 100.0, 2.0, step=0.1, coarse_step=0.5),
    number("attack_ms", "time to 63 % of the reduction", "ms", 0.05, 500.0, 20.0, **_FACTOR_STEPS),
    number("release_ms", "time to 63 % of the recovery", "ms", 1.0, 5000.0, 150.0, **_FACTOR_STEPS),
    number("knee_db", "width of the soft knee", "dB", 0.0, 24.0, 6.0, step=0.5, coarse_step=3.0),
    number("makeup_db", "gain after the compression, wet path only", "dB", -24.0, 24.0, 0.0, **_DB_STEPS),
    number("mix", "share of the compressed signal; below 1 is parallel", "", 0.0, 1.0, 1.0, **_SHARE_STEPS),
    choice("detector", "what counts as level; rms: 10 ms mean square", ("peak", "rms"), "peak"),
    number(
        "sidechain_highpass_hz",
        "keeps bass from steering the gain",
        "Hz",
        10.0,
        1000.0,
        0.0,
        zero_is_off=True,
        **_FREQUENCY_STEPS,
    ),
)

COMPRESSOR = ProcessorDeclaration(
    "compressor",
    "Compressor",
    "C",
    "reduces level differences",
    (*_COMPRESSOR, CHANNELS),
    curve=Curve.DYNAMICS,
    advice=frozenset({Advice.RATIO, Advice.TIMES}),
)

MULTIBAND = ProcessorDeclaration(
    "multiband",
    "Multiband compressor",
    "MB",
    "one compressor per frequency band",
    (
        _PHASE,
        Parameter(
            "crossovers_hz",
            Kind.NUMBERS,
            "where the bands meet, ascending",
            "Hz",
            1,
            4,
            required=True,
            item=_frequency("crossovers_hz", "where two bands meet", 10.0),
        ),
        Parameter(
            "bands",
            Kind.TABLES,
            "one compressor per band, one more than crossovers",
            required=True,
            fields=_COMPRESSOR,
        ),
    ),
    curve=Curve.BAND_DYNAMICS,
    advice=frozenset({Advice.RATIO}),
    initial={"crossovers_hz": [120.0, 2000.0], "bands": [{"ratio": 1.5}, {"ratio": 1.5}, {"ratio": 1.5}]},
)

SATURATOR = ProcessorDeclaration(
    "saturator",
    "Saturator",
    "S",
    "adds harmonics; unity gain for small signals",
    (
        number("drive_db", "level into the curve", "dB", 0.0, 36.0, 0.0, **_DB_STEPS),
        number("mix", "share of the saturated signal", "", 0.0, 1.0, 1.0, **_SHARE_STEPS),
        choice("character", "the curve", ("tape", "tube", "soft", "hard"), "tape"),
    ),
    curve=Curve.WAVESHAPE,
)

STEREO = ProcessorDeclaration(
    "stereo",
    "Stereo",
    "W",
    "width of the image and mono bass",
    (
        number("width", "gain of the side signal", "", 0.0, 2.0, 1.0, **_SHARE_STEPS),
        number(
            "mono_below_hz",
            "no side signal below",
            "Hz",
            10.0,
            1000.0,
            0.0,
            zero_is_off=True,
            **_FREQUENCY_STEPS,
        ),
    ),
)

_dynamics = {parameter.name: parameter for parameter in _COMPRESSOR}

DEESSER = ProcessorDeclaration(
    "deesser",
    "De-esser",
    "D",
    "reduces sibilance",
    (
        _frequency("frequency_hz", "where the sibilance starts", 500.0, 6500.0),
        replace(_dynamics["threshold_db"], default=-30.0),
        replace(_dynamics["ratio"], default=3.0),
        replace(_dynamics["attack_ms"], default=1.0),
        replace(_dynamics["release_ms"], default=60.0),
    ),
    curve=Curve.DYNAMICS,
    advice=frozenset({Advice.RATIO_LIMIT}),  # its own work needs more than the card's ratio
)

LIMITER = ProcessorDeclaration(
    "limiter",
    "True-peak limiter",
    "L",
    "keeps the true peak under the ceiling; the last of the master chain",
    (
        number("ceiling_dbtp", "true peak that is not exceeded", "dBTP", -24.0, 0.0, -1.0, **_DB_STEPS),
        number("drive_db", "gain into the limiter", "dB", -60.0, 40.0, 0.0, **_DB_STEPS),
        number("release_ms", "time to 63 % of the recovery", "ms", 1.0, 2000.0, 100.0, **_FACTOR_STEPS),
        number("lookahead_ms", "how far it looks ahead", "ms", 0.5, 10.0, 2.0, step=0.1, coarse_step=0.5),
    ),
    stems=False,
    curve=Curve.REDUCTION,
)

#: Every processor by its `type`, in the order in which they are offered.
PROCESSORS: Mapping[str, ProcessorDeclaration] = {
    declaration.type: declaration
    for declaration in (GAIN, EQ, COMPRESSOR, MULTIBAND, SATURATOR, STEREO, DEESSER, LIMITER)
}
