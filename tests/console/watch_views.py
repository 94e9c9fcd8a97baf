"""What runs and what has ended, as `watch` is shown it."""

from __future__ import annotations

from pathlib import Path

from work_views import output

from engine.processes.status import EngineStatus
from engine.processes.watch_view import Sight
from engine.report.reading import read_as
from engine.report.render import ToldOutput

SESSION = Path("/songs/Falling Water.toml")


def told(deliverable: str, version: str, *, holds: bool = True) -> ToldOutput:
    """What a render tells of a file."""
    return read_as(ToldOutput, output(deliverable, version, holds=holds))


ENGINE = Sight(
    EngineStatus("slow-rivers", 7, SESSION, "engine", "playing", 67.4, None, 2, 0.121, 3, 188.0),
    length_s=192.0,
    integrated_lufs=-14.23,
    short_term_lufs=-13.1,
    true_peak_dbtp=-1.1,
    gain_reduction_db=2.3,
    target_lufs=-14.0,
    heard=0.43,
    device="null",
)
RENDER = Sight(
    EngineStatus("falling-water", 8, SESSION, "render", "rendering", None, 0.43, 0, None, 0, 90.0),
    label="streaming · master: loudness, pass 2",
    speed=23.4,
    elapsed_s=5.0,
    left_s=12.0,
    outputs_done=1,
    outputs=4,
    integrated_lufs=-14.12,
    files=(told("streaming", "master"),),
)
