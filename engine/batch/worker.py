"""What runs on the workers of a cluster: a session's render.

Only texts go to and fro. A worker calculates nothing in its own process: a render is a command of its own,
which ends with it.
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

from engine.batch.child import end_all, host_name, start
from engine.batch.proof import more, probe_of
from engine.errors import ExitCode

_POLL_S = 0.1

#: Runs that are over: their renders end.
_stopped: set[str] = set()
_lock = threading.Lock()


def render(run: str, words: str, files: str) -> str:
    """Renders one session by a command of its own; its exit code and document as JSON.

    Args:
        run: the batch that it belongs to.
        words: JSON list, the command line after `stemlathe`.
        files: JSON of the probes of session and stems, by their names here; unless they are seen as
            there, nothing is rendered (`unseen`).
    """
    others = [name for name, probe in json.loads(files).items() if probe_of(Path(name)) != probe]
    if others:
        message = f"{others[0]}{more(others)}: is not there on {host_name()}, or is another file: share the "
        message += "folder of the songs"
        document = {"error": {"kind": "unseen", "message": message, "path": others[0]}}
        return json.dumps({"code": int(ExitCode.INPUT), "document": document, "unseen": True})
    child = start(json.loads(words))
    try:
        while child.poll() is None:
            if _is_stopped(run):
                break
            time.sleep(_POLL_S)
        else:
            code, document = child.result()
            return json.dumps({"code": code, "document": document})
    finally:
        end_all([child])
    return json.dumps({"code": 130, "document": _interrupted()})


def _interrupted() -> dict[str, Any]:
    return {"error": {"kind": "interrupted", "message": "the batch was ended", "path": None}}


def stop(run: str) -> None:
    """Ends the renders of a batch on this worker."""
    with _lock:
        _stopped.add(run)


def _is_stopped(run: str) -> bool:
    with _lock:
        return run in _stopped
