"""Where everything stands that the real-time loop shares with the control side: numbers of cells.

Five kinds of int64 tables, each an array that the control side makes and the loop knows by address:

- the *board*: one per player; targets from the control side, reports from the loop;
- the *output ring*: between the loop and the device, which may live in another process;
- *slots*: one per running graph; the loop's own once it has been handed over;
- *changes*: what the control side hands over;
- *translations*: playback systems that the monitor section imitates; the loop's own while it runs.

Every cell has one writer, named above it; what different threads write often lies on cache lines of
its own.
"""

from __future__ import annotations

from engine.compiler.abi import QUANTUM_FRAMES

# ------------------------------------------------------------------------------- output ring
# Written by the loop:
RING_WRITTEN = 0  # frames written since the beginning
RING_ARMED = 1  # 1: an empty ring is an under-run
# Written by the device:
RING_READ = 8  # frames taken since the beginning
RING_BLOCKS = 9  # blocks taken
RING_XRUNS = 10  # blocks for which the ring held too little
RING_FLAGGED = 11  # blocks before which the device itself reported an under-run
RING_BLOCK_FRAMES = 12  # frames of the latest block
RING_FADED = 13  # how far the device is faded in, 0 … RING_FADE_FRAMES
# Written by the control side:
RING_CONSUMER = 16  # who may take frames; everybody else plays silence
RING_CAPACITY = 17  # frames, a power of two
RING_FRAMES = 18  # where the frames begin, bytes from the table's own address: float32, left and right
RING_POSITIONS = 19  # the same of each frame's song position: int64
RING_FADE_FRAMES = 20  # length of the fade-in after a device has come in
RING_LEAVING = 21  # 1: fade out, then take no more
RING_CELLS = 32

# ------------------------------------------------------------------------------------- board
# Written by the control side:
QUIT = 0  # 1: return
PLAY = 1  # 1: play, 0: pause
STOP_FRAME = 2  # song frame at which the end is reached
LOOP_SEQUENCE = 3  # odd while the three cells below change
LOOP_ON = 4
LOOP_START = 5  # first frame of the loop
LOOP_END = 6  # one past its last
RING_TARGET = 7  # frames to keep in the ring
TAP_WAITS = 8  # 1: rather than overwrite what TAP_TAKEN has not taken the loop stands still
TAP_TAKEN = 9  # frames of the tap taken
TICKS_TAKEN = 11  # ticks taken
BLOCK_FRAMES = 12  # what the load is measured over
MAILBOX = 16  # address of the change to carry out next; the loop takes it by leaving 0
AT_AHEAD = 17  # address of the table of files to read ahead
TRANSLATION = 18  # address of the playback system to be heard, 0: none
STRIP = 19  # stem that is looked at closely, STRIP_MASTER or STRIP_NONE
LOOKED_STEMS = 20  # so many of the first stems are looked at closely; 0: none
AT_LOOKED = 21  # of those, left and right after chain and trim (float32); 0 before anybody has looked
# Addresses and sizes that never change:
AT_RING, AT_TARGETS, AT_SCRATCH, AT_TICK = 24, 25, 26, 27
AT_TAP, TAP_CAPACITY = 28, 29  # the master bus: left, right (float64), position (int64); a power of two
AT_TICKS, TICKS_CAPACITY = 30, 31  # rows of TICK_DOUBLES; a power of two
AT_LOADS = 32  # counts of loads by LOAD_STEPS_PER_UNIT
SAMPLE_RATE, TICK_FRAMES = 33, 34
AT_FADE, FADE_FRAMES = 35, 36  # weights of the new graph during a change; a multiple of the quantum
AT_ZEROS = 37  # a quantum of silence
AT_BOARD = 38  # the board itself
AT_STRIP = 39  # the strip looked at: left and right before its chain, after it (float64), STRIP_FRAMES
# Written by the loop:
STATE = 40  # STATE_…
POSITION = 41  # song frame written next
STEPS = 42  # quanta written
CHANGES_DONE = 43  # serial of the latest change that has been carried out
PHASE = 44  # 0, or the change in progress: 1 catching up, 2 crossfading
TAPPED = 45  # frames of the master bus written to the tap
STRIPPED = 46  # frames of the strip looked at that were written
TICKS_WRITTEN = 47
LOAD_BLOCKS = 48  # blocks measured
LOAD_MAX = 49  # largest load, in billionths
LOAD_SUM = 50  # sum of loads, in billionths
BEAT_NS = 51  # CLOCK_MONOTONIC of the latest round
LOOKED = 52  # frames of the stems looked at that were written
# The loop's own memory:
TIME = 56  # frames written while playing
CHANGE = 57  # address of the change in progress
MAIN, ASIDE = 58, 59  # addresses of the running slots, 0: none
NEXT_MAIN, NEXT_ASIDE = 60, 61  # of those that replace them
FADED = 62  # frames of the crossfade done; below 0 while it waits
LOOP_SEEN = 63  # LOOP_SEQUENCE of the loop in force
FORCE_ON, FORCE_START, FORCE_END = 64, 65, 66  # the loop in force
FORMER_ON, FORMER_START, FORMER_END = 67, 68, 69  # the one before
LOOP_TIME = 70  # from when on the present one holds
PROCESSED, PROCESSED_NS = 71, 72  # frames and time of the block so far
BLOCK_LOAD_MAX = 74  # largest load of a block in this tick, in billionths
TRANSLATED, NEXT_TRANSLATED = 75, 76  # addresses of the playback system that is heard, and of the next
TRANSLATION_FADED = 77  # frames of the crossfade between them; below 0 while the next one settles

STRIP_MASTER, STRIP_NONE = -1, -2
#: Frames of it that are kept, a power of two: meters that come later than that miss some.
STRIP_FRAMES = 1 << 15
#: The same of the stems, and how many of them at most.
LOOKED_FRAMES, LOOKED_MAXIMUM = 1 << 14, 32

STATE_PAUSED, STATE_PLAYING, STATE_ENDED = 0, 1, 2

# Addresses of functions that the loop calls:
AT_RUN_SLOT = 80  # engine.live.loop.run_graph.run_slot
AT_MOVE_ON, AT_CATCH_UP = 81, 82  # engine.live.loop.handover
AT_PLAY_QUANTUM = 83  # engine.live.loop.quantum.play_quantum
AT_TRANSLATE = 84  # engine.live.loop.translation.translate
BOARD_CELLS = 88

# Places in the scratch memory, bytes: the clock, the master bus, what is heard, its positions.
SCRATCH_MAIN = 16
SCRATCH_HEARD = SCRATCH_MAIN + 16 * QUANTUM_FRAMES
SCRATCH_POSITIONS = SCRATCH_HEARD + 16 * QUANTUM_FRAMES
SCRATCH_BYTES = SCRATCH_POSITIONS + 8 * QUANTUM_FRAMES

# Targets, float64, written by the control side:
TARGET_MATRIX = 0  # left→left, right→left, left→right, right→right, level and dim included
TARGET_MAIN = 4  # gain that level-matches the main graph
TARGET_ASIDE = 5  # the same of the graph beside it
# The loop's own: where the targets have been followed to, in the same order.
CURRENT_MATRIX, CURRENT_MAIN, CURRENT_ASIDE, CURRENT_PLAY = 8, 12, 13, 14
# Constant:
FOLLOW = 16  # share of the way to the targets per frame
PLAY_STEP = 17  # change of the play gain per frame
TARGETS = 24

LOAD_STEPS_PER_UNIT = 1000
LOAD_CELLS = 4096

# --------------------------------------------------------------------------------- a plan's run
# Cells of a plan inside a slot, from SLOT_BUS and SLOT_OUTPUT on.
RUN_OPERATIONS, RUN_COUNT, RUN_ROW_BYTES, RUN_COLUMNS = 0, 1, 2, 3
RUN_FRAMES, RUN_PARAMETERS, RUN_STATE, RUN_RESULT = 4, 5, 6, 7
RUN_SKIP = 8  # frames of latency still to be dropped
RUN_CELLS = 12

# -------------------------------------------------------------------------------- translation
# A playback system: cells RUN_… of its plan, whose first two columns are filtered in place, then:
TRANSLATION_STATE = RUN_CELLS  # doubles of its state
TRANSLATION_CELLS = RUN_CELLS + 4

# --------------------------------------------------------------------------------------- slot
SLOT_SOURCE = 0  # song frame that is read next
SLOT_FEED_TIME = 1  # TIME at which that frame is heard
SLOT_OUT_TIME = 2  # TIME of the first frame in `out`
SLOT_FED = 3  # frames read
SLOT_KEPT = 4  # frames that have left the bus, latency dropped
SLOT_LEFT = 5  # frames that have left the output plan, latency dropped
SLOT_WAITING = 6  # frames between the bus and the output plan
SLOT_OUT = 7  # frames in `out`
SLOT_LOOP_TIME = 8  # the loop does not hold for frames heard earlier
#: Cells that make a slot go on where another one stands.
SLOT_PROGRESS = 9
SLOT_BUS = 12
SLOT_OUTPUT = SLOT_BUS + RUN_CELLS
SLOT_RAW = 36  # operations of the bus plan before the stems' chains
SLOT_SUMMED = 37  # and before the master's
AT_SEGMENTS = 40  # count, then position and frames of each stretch of the quantum being read
AT_POSITIONS, POSITIONS_MASK = 41, 42  # song position of the latest frames read
AT_WAITING = 43  # float64, BUS_COLUMNS of WAITING_FRAMES
AT_OUT, AT_OUT_POSITIONS = 44, 45  # float64 left and right, int64; OUT_FRAMES
SONG_FRAMES = 46  # behind it the bus is silent
STEMS, AT_STEM_COLUMNS = 47, 48  # columns to meter, −1: none
TAPS, AT_TAPS = 49, 50  # gains to meter: SLOT_BUS or SLOT_OUTPUT, column
SERIAL = 51  # of the change that brought it
FADE_START, FADE_END, FADE_IN, FADE_OUT, FADE_SHAPE = 52, 53, 54, 55, 56
WATCHES, AT_WATCHES = 57, 58  # on what makes the master's gains act: WATCH_CELLS each
LIMITER_WATCH = 59  # number of the limiter's; −1: none
BUS_LATENCY = 60  # frames by which the bus is late
LIMITER_COLUMN = 61  # of the output plan, the limiter's gain; −1: none
LIMITED_ABOVE = 62  # samples that are turned down without reaching this, in billionths, cause nothing
BUS_COLUMNS = 63  # what goes from the bus to the output plan: the mix, and parts of it
SLOT_CELLS = 64

# ------------------------------------------------------------------------------------- watch
WATCH_STATE, WATCH_PARTS, WATCH_FIRST = 0, 1, 2  # its memory, its parts, which of them is the first stem
WATCH_NEUTRAL = 3  # the gain where nothing is reduced, in billionths
WATCH_FLOOR = 4  # what does not reach this makes nothing act, in billionths
WATCH_CELLS = 8

SEGMENT_CELLS = 1 + 2 * QUANTUM_FRAMES
WAITING_FRAMES = 2 * QUANTUM_FRAMES
OUT_FRAMES = 3 * QUANTUM_FRAMES

# ------------------------------------------------------------------------------------- change
CHANGE_SERIAL = 0
CHANGE_MAIN = 1  # address of the slot that replaces the main one; 0: it stays
CHANGE_ASIDE = 2  # the same beside it; 0: it stays, −1: it goes
CHANGE_MODE = 3  # MODE_…
CHANGE_POSITION = 4  # MODE_SEEK: song frame
CHANGE_WARM_FRAMES = 5  # frames to run before the first that is heard
CHANGE_MAIN_COPIES, CHANGE_MAIN_COUNT = 6, 7  # memory to take over: source, target, words
CHANGE_ASIDE_COPIES, CHANGE_ASIDE_COUNT = 8, 9
CHANGE_ASIDE_MODE = 10
CHANGE_MAIN_FORMER, CHANGE_ASIDE_FORMER = 11, 12  # MODE_CONTINUE: the running slots they go on from
CHANGE_WAIT_FRAMES = 13  # MODE_CONTINUE: until what was changed comes out, the former slot is heard
CHANGE_CELLS = 16

#: Go on where the former slot stands; run up to where it stands; begin elsewhere.
MODE_CONTINUE, MODE_FOLLOW, MODE_SEEK = 0, 1, 2

# --------------------------------------------------------------------------------------- tick
MAXIMUM_STEMS = 64
MAXIMUM_TAPS = 512
TICK_TAPPED = 0  # frames of the tap up to its end
TICK_FRAMES_IN = 1
TICK_LOAD = 2  # largest load of a block
TICK_SERIAL = 3  # of the main slot's change
TICK_STEMS = 8
STEM_CELLS = 5  # peaks, Σ of squares (left and right), frames at or above full scale
MAXIMUM_WATCHES = 24
TICK_LEVELS = TICK_STEMS + STEM_CELLS * MAXIMUM_STEMS  # per watch, what made its gain act; 0: none
TICK_SHARES = TICK_LEVELS + MAXIMUM_WATCHES  # per watch, each stem's share of that
TICK_TAPS = TICK_SHARES + MAXIMUM_WATCHES * MAXIMUM_STEMS  # smallest gain of each tap
TICK_DOUBLES = TICK_TAPS + MAXIMUM_TAPS
#: What a gain is at most; the smallest of none.
NO_GAIN = 1e300
