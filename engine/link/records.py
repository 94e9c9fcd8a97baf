"""What stands in the segment: every record that engine, console and renders exchange.

A level of −inf is silence; NaN is a value that does not exist (no limiter, loudness before 400 ms).
Fields are never renamed, moved or given another meaning; a new one is appended to its record while
that has room (`engine.link.layout`), and the protocol's version goes up.
"""

# no `from __future__ import annotations` here: these annotations are read at import, and evaluating
# them from strings would double the time a console needs to import the protocol
import enum
from typing import Annotated, NamedTuple

from engine.link.wire import Merge, counter, flag, integer, number, numbers, text

#: Stems a segment has room for.
STEMS = 32
#: Processors per stem, and on the master, whose gain reduction is told one by one.
STEM_PROCESSORS = 12
MASTER_PROCESSORS = 16
#: Room for spectrum bands; third octaves from 20 Hz to 20 kHz are 31 (IEC 61260-1:2014, table A.1).
SPECTRUM_BANDS = 64
#: Directions of the stereo image, 5° each.
DIRECTIONS = 36
#: Bands of a stem's small spectrum: two third octaves each, and the last one alone.
STEM_BANDS = 16


class State(enum.IntEnum):
    """What an engine or render does. ENDED stands only in the memory of those still attached."""

    LOADING = 1
    PLAYING = 2
    PAUSED = 3
    RENDERING = 4
    FAILED = 5
    ENDED = 6


class Kind(enum.IntEnum):
    """What runs behind a segment."""

    ENGINE = 1
    RENDER = 2


class Role(enum.IntEnum):
    """What a client may do. READER maps the segment and is not known to the engine at all."""

    READER = 0
    OBSERVER = 1
    CONTROLLER = 2


class Source(enum.IntEnum):
    """What is listened to."""

    PROCESSED = 0
    DRY = 1
    REFERENCE = 2
    RESIDUAL = 3
    DELTA = 4
    BAND = 5
    TRACK = 6
    CODEC = 7


class DeviceState(enum.IntEnum):
    """How the output is doing. LOST: `null` stands in until the device is back."""

    CLOSED = 0
    RUNNING = 1
    LOST = 2
    RESAMPLED = 3


class NullLamp(enum.IntEnum):
    """The null test of stems and corrections against the reference; UNKNOWN: no verdict that holds now."""

    UNKNOWN = 0
    PASS = 1
    WARN = 2
    FAIL = 3


class Born(NamedTuple):
    """Who made the segment; never changes once `magic` stands. Readable in every version, for ever."""

    magic: Annotated[str, text(8, "STEMLATH; stored last")]
    version: Annotated[int, counter("of the protocol the writer speaks")]
    minimum_version: Annotated[int, counter("oldest protocol a reader has to speak")]
    segment_bytes: Annotated[int, counter("size of the segment")]
    pid: Annotated[int, integer("", "process number of the writer")]
    start_time: Annotated[int, counter("clock ticks from boot to the writer's start")]
    boot_id: Annotated[str, text(40, "boot during which the writer was started")]
    pid_namespace: Annotated[int, counter("inode of the namespace the process number counts in")]
    uid: Annotated[int, counter("owner")]
    kind: Annotated[Kind, counter("engine 1, render 2")]
    crc32: Annotated[int, counter("of all that stands before it, magic included")]


class Life(NamedTuple):
    """What shows that the writer lives. Readable in every version, for ever."""

    state: Annotated[State, counter("loading 1, playing 2, paused 3, rendering 4, failed 5, ended 6")]
    heartbeats: Annotated[int, counter("beats since the start, from the loop that has to go on")]
    heartbeat_ns: Annotated[int, integer("ns", "CLOCK_MONOTONIC at the last beat")]


class Controller(NamedTuple):
    """Who is in control; written by the engine alone."""

    slot: Annotated[int, integer("", "place in the client table; −1: nobody")]
    generation: Annotated[int, counter("claim of that place which is in control")]
    changes: Annotated[int, counter("times control has changed hands")]


class Admission(NamedTuple):
    """What the engine says about one place of the client table; written by the engine alone."""

    admitted: Annotated[int, counter("latest claim it has taken in")]
    released: Annotated[int, counter("latest claim it is done with; without a later one the place is free")]
    role: Annotated[Role, counter("granted: none 0, observer 1, controller 2")]


class Claim(NamedTuple):
    """Who has taken a place of the client table; written by that client, under the segment's lock."""

    pid: Annotated[int, integer("", "process number")]
    start_time: Annotated[int, counter("clock ticks from boot to its start")]
    pid_namespace: Annotated[int, counter("inode of the namespace the process number counts in")]
    wanted: Annotated[Role, counter("observer 1, controller 2")]
    claimed_ns: Annotated[int, integer("ns", "CLOCK_MONOTONIC at the claim")]


class Transport(NamedTuple):
    """Where the song is."""

    state: Annotated[State, counter("as in the header")]
    position_frames: Annotated[int, integer("frames", "song frame that is heard now")]
    length_frames: Annotated[int, integer("frames", "length of the song")]
    sample_rate_hz: Annotated[int, integer("Hz", "of the session")]
    loop_on: Annotated[bool, flag("the loop is in force")]
    loop_start_frames: Annotated[int, integer("frames", "first frame of the loop; −1: none")]
    loop_end_frames: Annotated[int, integer("frames", "frame after its last; −1: none")]
    source: Annotated[
        Source,
        counter("processed 0, dry 1, mix 2, residual 3, delta 4, band 5, track 6, codec 7"),
    ]
    match_db: Annotated[float, number("dB", "gain that level-matches the source; NaN: not known")]
    snapshot: Annotated[int, integer("", "A–D as 0–3; −1: none chosen")]


class Output(NamedTuple):
    """The device and how well it is served."""

    device: Annotated[str, text(96, "name of what plays now")]
    device_state: Annotated[DeviceState, counter("closed 0, running 1, lost 2, resampled 3")]
    device_rate_hz: Annotated[int, integer("Hz", "rate of the device")]
    block_frames: Annotated[int, integer("frames", "of one device block")]
    ring_frames: Annotated[int, integer("frames", "processed ahead of the device")]
    latency_frames: Annotated[int, integer("frames", "the chain's own latency")]
    blocks: Annotated[int, counter("device blocks since the start")]
    xruns: Annotated[int, counter("under-runs since the start")]
    load_mean: Annotated[float, number("1", "processing time of a block over its duration, mean")]
    load_p999: Annotated[float, number("1", "the same, 99.9th percentile")]
    load_max: Annotated[float, number("1", "the same, largest")]


class Monitor(NamedTuple):
    """The monitor section, which no render can hear."""

    level_db: Annotated[float, number("dB", "monitor gain")]
    reference_db: Annotated[float, number("dB", "gain of the calibrated position; NaN: not calibrated")]
    dim: Annotated[bool, flag("dimmed by 20 dB")]
    mono: Annotated[bool, flag("sum to mono")]
    side: Annotated[bool, flag("side signal only")]
    swap: Annotated[bool, flag("left and right exchanged")]
    translation: Annotated[str, text(24, "playback system that it sounds like; empty: plain")] = ""


class Status(NamedTuple):
    """The live session in figures; its words are in the document."""

    revision: Annotated[int, counter("of the live session")]
    saved_revision: Annotated[int, counter("that is in the session file")]
    target_lufs: Annotated[float, number("LUFS", "of the chosen deliverable; NaN: none")]
    drive_db: Annotated[float, number("dB", "total drive into the limiter now")]
    drive_stale: Annotated[bool, flag("the drive was solved for an older revision")]
    null_lamp: Annotated[
        NullLamp, counter("the null test's verdict for this state: unknown 0, pass 1, warn 2, fail 3")
    ]
    null_residual_dbfs: Annotated[float, number("dBFS", "RMS of stems minus reference")]
    clients: Annotated[int, integer("", "observers and controller")]
    loudness_heard: Annotated[float, number("1", "share of the song that the loudness is known of")]


class Job(NamedTuple):
    """A render's work, or a background pass of the engine; all NaN and 0 when there is none."""

    label: Annotated[str, text(96, "step that runs")]
    step: Annotated[float, number("1", "how far that step is")]
    progress: Annotated[float, number("1", "how far everything is")]
    speed: Annotated[float, number("×", "programme seconds worked through per second")]
    elapsed_s: Annotated[float, number("s", "since the start")]
    left_s: Annotated[float, number("s", "time left, estimated")]
    outputs_done: Annotated[int, integer("", "files finished")]
    outputs: Annotated[int, integer("", "files to write")]


class MasterMeters(NamedTuple):
    """The master bus, before the monitor section."""

    momentary_lufs: Annotated[float, number("LUFS", "400 ms")]
    short_term_lufs: Annotated[float, number("LUFS", "3 s")]
    integrated_lufs: Annotated[float, number("LUFS", "of what is known of the song, by position")]
    lra_lu: Annotated[float, number("LU", "of what is known of the song, by position")]
    true_peak_dbtp: Annotated[float, number("dBTP", "larger channel, now")]
    true_peak_max_dbtp: Annotated[float, number("dBTP", "the same, since the maxima were reset")]
    peak_left_dbfs: Annotated[float, number("dBFS", "sample peak, with the meter's fall")]
    peak_right_dbfs: Annotated[float, number("dBFS", "sample peak, with the meter's fall")]
    rms_left_dbfs: Annotated[float, number("dBFS", "RMS")]
    rms_right_dbfs: Annotated[float, number("dBFS", "RMS")]
    held_left_dbfs: Annotated[float, number("dBFS", "held peak")]
    held_right_dbfs: Annotated[float, number("dBFS", "held peak")]
    plr_db: Annotated[float, number("dB", "true peak maximum over integrated loudness")]
    psr_db: Annotated[float, number("dB", "true peak over short-term loudness, both of the last 3 s")]
    correlation: Annotated[float, number("1", "−1…1; NaN in silence")]
    gain_reduction_db: Annotated[float, number("dB", "of the limiter, ≥ 0; NaN: no limiter")]
    processors_db: Annotated[
        tuple[float, ...],
        numbers(MASTER_PROCESSORS, "dB", "gain reduction by place in the chain; NaN: none"),
    ]
    spectrum_bands: Annotated[int, integer("", "bands in use")]
    spectrum_dbfs: Annotated[
        tuple[float, ...], numbers(SPECTRUM_BANDS, "dBFS", "RMS by third octave from 20 Hz up")
    ]


class StemMeters(NamedTuple):
    """One stem, after chain and trim."""

    peak_left_dbfs: Annotated[float, number("dBFS", "sample peak, with the meter's fall")]
    peak_right_dbfs: Annotated[float, number("dBFS", "sample peak, with the meter's fall")]
    rms_left_dbfs: Annotated[float, number("dBFS", "RMS")]
    rms_right_dbfs: Annotated[float, number("dBFS", "RMS")]
    held_left_dbfs: Annotated[float, number("dBFS", "held peak")]
    held_right_dbfs: Annotated[float, number("dBFS", "held peak")]
    limiting_share: Annotated[float, number("1", "its share of what the limiter takes away")]
    processors_db: Annotated[
        tuple[float, ...],
        numbers(STEM_PROCESSORS, "dB", "gain reduction by place in the chain; NaN: none"),
    ]
    master_shares: Annotated[
        tuple[float, ...],
        numbers(MASTER_PROCESSORS, "1", "its share of what the master's processors take away, by place"),
    ]


class CloseUp(NamedTuple):
    """What somebody looks at closely: a strip before and after its chain, the stereo image of the master."""

    strip: Annotated[int, integer("", "stem by its place; −1: the master; −2: none is looked at")]
    bands: Annotated[int, integer("", "third octaves in use; 0: nothing has been measured")]
    before_peak_dbfs: Annotated[float, number("dBFS", "sample peak before the chain, with the meter's fall")]
    after_peak_dbfs: Annotated[
        float, number("dBFS", "after chain and trim; of the master before the limiter")
    ]
    before_rms_dbfs: Annotated[float, number("dBFS", "RMS before the chain")]
    after_rms_dbfs: Annotated[float, number("dBFS", "RMS after chain and trim, likewise")]
    before_dbfs: Annotated[
        tuple[float, ...], numbers(SPECTRUM_BANDS, "dBFS", "RMS by third octave from 20 Hz up, before")
    ]
    after_dbfs: Annotated[tuple[float, ...], numbers(SPECTRUM_BANDS, "dBFS", "the same, after")]
    correlations: Annotated[
        tuple[float, ...],
        numbers(SPECTRUM_BANDS, "1", "2·ΣLR/(ΣL²+ΣR²) of the master by third octave; NaN: none, or silence"),
    ]
    directions_dbfs: Annotated[
        tuple[float, ...],
        numbers(
            DIRECTIONS, "dBFS", "RMS of the master by direction, −90…+90°: −45° left, +45° right; NaN: none"
        ),
    ]


class StemsCloseUpHead(NamedTuple):
    """Begins what is looked at closely of every stem."""

    stems: Annotated[int, counter("stems that follow; 0: nobody looks at them")]


class StemCloseUp(NamedTuple):
    """One stem after chain and trim, as it is heard since somebody has looked."""

    short_term_lufs: Annotated[float, number("LUFS", "3 s; NaN before as much was heard")]
    spectrum_dbfs: Annotated[
        tuple[float, ...],
        numbers(STEM_BANDS, "dBFS", "RMS by two third octaves from 20 Hz up, the last by one; NaN: none"),
    ]


class MasterTick(NamedTuple):
    """Maxima of the master within one tick. No NaN: ∓inf where there was nothing to measure."""

    position_frames: Annotated[int, integer("frames", "song frame at the end of the tick")]
    true_peak_dbtp: Annotated[float, number("dBTP", "larger channel")]
    peak_left_dbfs: Annotated[float, number("dBFS", "sample peak")]
    peak_right_dbfs: Annotated[float, number("dBFS", "sample peak")]
    rms_left_dbfs: Annotated[float, number("dBFS", "RMS of the tick")]
    rms_right_dbfs: Annotated[float, number("dBFS", "RMS of the tick")]
    gain_reduction_db: Annotated[float, number("dB", "of the limiter, deepest, ≥ 0")]
    momentary_lufs: Annotated[float, number("LUFS", "400 ms, at the end of the tick")]
    short_term_lufs: Annotated[float, number("LUFS", "3 s, at the end of the tick")]
    correlation_min: Annotated[float, number("1", "lowest", merge=Merge.MINIMUM)]
    load: Annotated[float, number("1", "slowest block over its duration")]


class StemTick(NamedTuple):
    """Maxima of one stem within one tick. No NaN: −inf where there was nothing to measure."""

    peak_left_dbfs: Annotated[float, number("dBFS", "sample peak")]
    peak_right_dbfs: Annotated[float, number("dBFS", "sample peak")]
    rms_left_dbfs: Annotated[float, number("dBFS", "RMS of the tick")]
    rms_right_dbfs: Annotated[float, number("dBFS", "RMS of the tick")]
    gain_reduction_db: Annotated[float, number("dB", "of its chain, deepest, ≥ 0")]


class TotalsHead(NamedTuple):
    """Begins the totals: what no reader can miss, however rarely it looks."""

    ticks: Annotated[int, counter("ticks so far; the newest in the ring")]
    stems: Annotated[int, counter("stems in use")]
    resets: Annotated[int, counter("times the maxima were reset")]
    reset_tick: Annotated[int, counter("ticks at the last reset")]
    tick_ns: Annotated[int, integer("ns", "nominal time between ticks")]


class Overs(NamedTuple):
    """Overs of the master or of a stem; the counter never falls."""

    overs: Annotated[int, counter("since the start")]
    overs_at_reset: Annotated[int, counter("the counter when the maxima were last reset")]


class HistoryHead(NamedTuple):
    """Begins the loudness by programme position."""

    revision: Annotated[int, counter("of the live session")]
    slots: Annotated[int, counter("in use")]
    slot_frames: Annotated[int, integer("frames", "of song in one slot")]
    song_frames: Annotated[int, integer("frames", "length of the song")]


class ParametersHead(NamedTuple):
    """Begins the parameters: their targets, then their currents."""

    revision: Annotated[int, counter("of the live session")]
    layout: Annotated[int, counter("grows when the document's list of parameter paths changes")]
    parameters: Annotated[int, counter("in use")]


class SnapshotHead(NamedTuple):
    """Begins a snapshot."""

    stems: Annotated[int, counter("stems that follow")]
    time_ns: Annotated[int, integer("ns", "CLOCK_MONOTONIC when it was made")]
