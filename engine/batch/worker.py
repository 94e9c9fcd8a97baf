"""What runs on the workers of a cluster: the proof of a worker, and a session's render.

Only texts go to and fro. A worker calculates nothing in its own process: proof and render are commands
of their own, which end with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.batch.address import SharedRoot
from engine.batch.child import end_all, host_name, start
from engine.errors import ExitCode
from engine.processes.launch import safe_environment

#: A worker that has not proved itself within this time gets no job, s: kernels may have to be compiled.
PROOF_TIMEOUT_S = 600.0
_PROBE_BYTES = 1 << 16
_POLL_S = 0.1
_PROOF = "from engine.batch.worker import print_proof; print_proof()"

#: Runs that are over: their renders end.
_stopped: set[str] = set()
_lock = threading.Lock()


def probe_of(path: Path) -> str | None:
    """Size and hash of the beginning of a file: whether two machines see the same one."""
    try:
        with path.open("rb") as file:
            beginning = hashlib.sha256(file.read(_PROBE_BYTES)).hexdigest()
        return f"{path.stat().st_size}-{beginning}"
    except OSError:
        return None


def own_proof() -> dict[str, str]:
    """Version of the program, and what this machine computes."""
    from engine import __version__
    from engine.compiler.warm import ensure_compiled
    from engine.plan.numerics import proof

    ensure_compiled()
    found = proof()
    return {"program": __version__, "designs": found.designs, "sound": found.sound}


def print_proof() -> None:
    """The command that a worker proves itself by: version and names of files in, proof and probes out.

    Another version says no more than its number: nothing else of it would count.
    """
    from engine import __version__

    wanted = json.load(sys.stdin)
    if wanted["program"] != __version__:
        json.dump({"program": __version__}, sys.stdout)
        return
    probes = {name: probe_of(Path(name)) for name in wanted["files"]}
    json.dump({**own_proof(), "probes": probes}, sys.stdout)


async def prove(wanted: str) -> str:
    """The proof of the worker that this runs on, as JSON.

    Args:
        wanted: JSON of the version (`program`) and of the files that it has to see (`files`).
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", _PROOF),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=safe_environment(),
    )
    try:
        async with asyncio.timeout(PROOF_TIMEOUT_S):
            said, told = await process.communicate(wanted.encode())
    except TimeoutError:
        process.kill()
        return json.dumps({"host": host_name(), "error": "its proof took too long"})
    if process.returncode != 0:
        last = (told.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        return json.dumps({"host": host_name(), "error": f"its proof failed: {last}"})
    return json.dumps({**json.loads(said), "host": host_name()})


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
        message = f"{others[0]}{_more(others)}: is not there on {host_name()}, or is another file: share the "
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


def shortfall(
    own: dict[str, str],
    seen: dict[str, Any],
    wanted: dict[str, str | None],
    root: SharedRoot | None = None,
) -> str | None:
    """Why a worker gets no work; None where it proves itself.

    Args:
        own: our own proof.
        seen: the worker's.
        wanted: probes of the files it has to see, by their names there.
        root: the folder that has another name there.
    """
    if "error" in seen:
        return str(seen["error"])
    if seen["program"] != own["program"]:
        return f"it has stemlathe {seen['program']}, this is {own['program']}: install the same version there"
    if (seen["designs"], seen["sound"]) != (own["designs"], own["sound"]):
        return "its short proof has other bytes: compare 'stemlathe doctor' on both machines"
    missing = [name for name, probe in wanted.items() if seen["probes"].get(name) is None]
    other = [name for name, probe in wanted.items() if seen["probes"].get(name) not in (None, probe)]
    if missing and root is not None and missing[0].startswith(f"{root.there}/"):
        return (
            f"it cannot see {missing[0]}{_more(missing)}: --shared-root {root.here}={root.there} does not "
            "lead to the songs there: name their folder as that machine calls it"
        )
    if missing:
        return (
            f"it cannot see {missing[0]}{_more(missing)}: share the folder, or use --shared-root HERE=THERE"
        )
    if other:
        return f"{other[0]}{_more(other)} is another file there: share the folder of the songs"
    return None


def _more(names: Sequence[str]) -> str:
    return f" and {len(names) - 1} more" if len(names) > 1 else ""
