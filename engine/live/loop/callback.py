"""The audio library's callback: copies from the ring, touches no Python."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import callback
from engine.compiler.addresses import floats_at, words_at
from engine.live.loop.cells import RING_FLAGGED
from engine.live.loop.ring import take

#: PaStreamCallback of portaudio.h: input, output, frames, time, flags, the user's data.
_SIGNATURE = "int32(int64, int64, uint64, int64, uint64, int64)"
_OUTPUT_UNDERFLOW = 4  # paOutputUnderflow
_CONTINUE = 0  # paContinue

#: Cells of the user's data: address of the ring, who takes from it.
USER_RING, USER_CONSUMER = 0, 1
#: How often it was called so far, and for how many frames: whether audio flows, and at whose pace.
USER_CALLS, USER_FRAMES = 2, 3
USER_CELLS = 8


@callback(_SIGNATURE)
def play_block(_input: Any, output: Any, frames: Any, _time: Any, flags: Any, user: Any) -> Any:
    """Fills the device's block."""
    who = words_at(user)
    if flags & np.uint64(_OUTPUT_UNDERFLOW):
        words_at(who[USER_RING])[RING_FLAGGED] += 1
    take(who[USER_RING], who[USER_CONSUMER], floats_at(output), np.int64(frames))
    who[USER_FRAMES] += np.int64(frames)
    who[USER_CALLS] += 1
    return np.int32(_CONTINUE)
