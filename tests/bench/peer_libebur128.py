"""libebur128 measuring files one after the other in one thread: I, LRA, maxima of M and S, true peak.

python peer_libebur128.py FILE.wav …
"""

from __future__ import annotations

import sys

import pyebur128
import soundfile

_MODES = (
    pyebur128.MeasurementMode.MODE_I
    | pyebur128.MeasurementMode.MODE_LRA
    | pyebur128.MeasurementMode.MODE_M
    | pyebur128.MeasurementMode.MODE_S
    | pyebur128.MeasurementMode.MODE_TRUE_PEAK
)


def main(paths: list[str]) -> None:
    for path in paths:
        with soundfile.SoundFile(path) as file:
            state = pyebur128.R128State(file.channels, file.samplerate, _MODES)
            momentary = short_term = float("-inf")
            for block in file.blocks(file.samplerate // 10, dtype="float32", always_2d=True):
                state.add_frames(block.ravel(), block.shape[0])
                momentary = max(momentary, pyebur128.get_loudness_momentary(state))
                short_term = max(short_term, pyebur128.get_loudness_shortterm(state))
            peaks = [pyebur128.get_true_peak(state, channel) for channel in range(file.channels)]
            loudness = pyebur128.get_loudness_global(state)
            print(path, loudness, pyebur128.get_loudness_range(state), momentary, short_term, peaks)


if __name__ == "__main__":
    main(sys.argv[1:])
