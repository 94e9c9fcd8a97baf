"""Seconds of processing alone (no files, no threads) for a session's whole chain: bus and output plan.

python kernels_alone.py SESSION.toml
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from engine.offline.bus import StemFiles
from engine.plan.build import build_bus
from engine.plan.output import OutputSettings, build_output, fades_of, limiter_settings
from engine.plan.stream import CHUNK_FRAMES, Stream
from engine.session.files import load_session


def main(path: str) -> None:
    session = load_session(Path(path))
    with StemFiles(session) as files:
        bus = build_bus(session, session.stems)
        frames = files.song_frames
        fades = fades_of(session.master, session.sample_rate, frames)
        output = build_output(OutputSettings(session.sample_rate, limiter_settings(session), 0.0, fades))
        run, stream = bus.plan.start(), Stream(output)
        chunk = np.zeros((CHUNK_FRAMES, bus.plan.columns))
        left = bus.plan.output_column
        seconds = 0.0
        for start in range(0, frames, CHUNK_FRAMES):
            for entry in bus.inputs:
                files.sources[entry.stem.name].read_into(start, chunk, entry.column)
            begun = time.perf_counter()
            run.process(chunk)
            stream.process(chunk[:, left : left + 2])
            if start > 0:  # the first chunk loads the kernels
                seconds += time.perf_counter() - begun
    print(f"kernels {seconds:.3f}")


if __name__ == "__main__":
    main(sys.argv[1])
