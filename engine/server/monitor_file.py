"""The monitor section of a user: kept in one file, never louder after a start than before it."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import StemlatheError
from engine.paths import state_dir
from engine.private import make_private, read_own
from engine.session.atomic import write_atomic

#: Range of the level and where it is when nobody has ever set it: quiet enough for any amplifier, dB.
LOWEST_DB, HIGHEST_DB, FIRST_DB = -60.0, 0.0, -20.0
_DIM_DB = 20.0
#: A change that makes it louder is saved when none has followed for this long, s.
_SETTLED_S = 0.5
_LONGEST_BYTES = 1 << 16


@dataclass(frozen=True)
class MonitorState:
    """What the listener has set.

    Attributes:
        level_db: monitor gain, whole dB.
        reference_db: gain of the calibrated position; None: not calibrated.
        dim: quieter by 20 dB.
        mono: sum to mono.
        side: side signal only.
        swap: left and right exchanged.
    """

    level_db: float = FIRST_DB
    reference_db: float | None = None
    dim: bool = False
    mono: bool = False
    side: bool = False
    swap: bool = False

    @property
    def loudness_db(self) -> float:
        """The gain that is heard."""
        return self.level_db - (_DIM_DB if self.dim else 0.0)

    @property
    def left_on(self) -> str:
        """What of it makes a mix sound otherwise than it is, in words; empty: nothing."""
        switches = (
            (self.mono, "mono"),
            (self.side, "side only"),
            (self.swap, "left and right swapped"),
            (self.dim, "dim"),
        )
        return ", ".join(word for on, word in switches if on)

    def changed(self, wishes: Mapping[str, Any]) -> MonitorState:
        """With some values set; levels are clamped to their range and whole dB."""
        fitting = {name: value for name, value in wishes.items() if name in self.__dataclass_fields__}
        for name in ("level_db", "reference_db"):
            if fitting.get(name) is not None:
                fitting[name] = float(min(max(round(fitting[name]), LOWEST_DB), HIGHEST_DB))
        return replace(self, **fitting)


def monitor_path() -> Path:
    """The user's file."""
    return state_dir() / "monitor.json"


def load_monitor() -> MonitorState:
    """The user's settings; the quiet ones where there is no file, or none that can be read."""
    try:
        stored = json.loads(read_own(monitor_path(), _LONGEST_BYTES))
        state = MonitorState()
        level_db = stored.get("level_db")
        if isinstance(level_db, (int, float)) and math.isfinite(level_db):
            state = state.changed({"level_db": level_db})
        reference_db = stored.get("reference_db")
        if isinstance(reference_db, (int, float)) and math.isfinite(reference_db):
            state = state.changed({"reference_db": reference_db})
        return state.changed({name: stored.get(name) is True for name in ("dim", "mono", "side", "swap")})
    except (OSError, ValueError, AttributeError, OverflowError, RecursionError):
        return MonitorState()


class MonitorFile:
    """Saves the monitor section off the control loop: at once what is quieter, later what is louder.

    A start after a crash finds what was saved; so it is never louder than what was heard last.

    Args:
        state: as loaded.
        failed: told, from another thread, why it could not be saved.
    """

    def __init__(self, state: MonitorState, failed: Callable[[str], None]) -> None:
        self.state = state
        self._failed = failed
        self._saved = state
        self._due_s = math.inf
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="monitor settings", daemon=True)
        self._thread.start()

    def change(self, wishes: Mapping[str, Any]) -> MonitorState:
        """Sets some values; returns what is set now."""
        with self._changed:
            self.state = self.state.changed(wishes)
            quieter = self.state.loudness_db < self._saved.loudness_db
            self._due_s = time.monotonic() + (0.0 if quieter else _SETTLED_S)
            self._changed.notify()
        return self.state

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._ended and time.monotonic() < self._due_s:
                    left_s = self._due_s - time.monotonic()
                    self._changed.wait(None if math.isinf(left_s) else left_s)
                state, ended = self.state, self._ended
                self._due_s = math.inf
            if state != self._saved:
                self._save(state)
            if ended:
                return

    def _save(self, state: MonitorState) -> None:
        path = monitor_path()
        try:
            make_private(path.parent)
            write_atomic(path, json.dumps(asdict(state), indent=1).encode(), replace=True, mode=0o600)
            self._saved = state
        except (StemlatheError, OSError) as error:
            self._failed(str(error))

    def close(self) -> None:
        """Saves what is set now."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()
