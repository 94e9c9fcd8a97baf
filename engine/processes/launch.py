"""Starts the engine of a session, or finds the one that runs already.

The engine is a new process session from a plain command line: it outlives whoever started it, and a
folder of the user's that happens to hold `engine/` or `tui/` shadows nothing.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from pathlib import Path

import engine
from engine.errors import MachineError, machine_error
from engine.link.failures import SegmentError
from engine.link.header import peek
from engine.link.identity import is_alive
from engine.link.records import Kind
from engine.paths import state_dir, whole_path
from engine.private import make_private
from engine.processes.registry import Entry, plain_name, private_folder, running

#: How long another start of the same session may take before this one gives up, and how long an engine
#: may take to appear, s.
_WAIT_S = 20.0
_POLL_S = 0.005
#: An engine that is busy may beat so late, s.
_PATIENCE_S = 0.5


def safe_environment() -> dict[str, str]:
    """The environment for a child that has to import this very package, wherever it was imported from."""
    here = str(Path(engine.__file__).resolve().parent.parent)
    others = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (here, others)))}


def session_key(session: Path) -> str:
    """What files that belong to a session file are named after: readable, and one per file."""
    path = os.path.realpath(session)
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return f"{plain_name(session.stem)}-{digest}"


def log_path(session: Path) -> Path:
    """The log of a session's engine."""
    return state_dir() / "logs" / f"engine-{session_key(session)}.log"


def find_engine(session: Path) -> Entry | None:
    """The running engine of a session file that consoles can attach to.

    Raises:
        MachineError: the runtime folder cannot be used.
    """
    wanted = os.path.realpath(session)
    for entry in running():
        if entry.kind is Kind.ENGINE and not entry.headless and os.path.realpath(entry.session) == wanted:
            return entry
    return None


def start(
    session: Path, *, device: str | None = None, deliverable: str | None = None, block: int | None = None
) -> Entry:
    """The engine of a session; started if none runs. Returns as soon as one can attach to it.

    Args:
        session: the session file.
        device: output to play through, if the engine is started now; None: as last time.
        deliverable: whose loudness and ceiling are played, likewise.
        block: frames per block, likewise.

    Raises:
        MachineError: it does not start (kind `no_start`); the message is what it said itself.
    """
    # imported here: who only attaches needs no lock
    from engine.session.atomic import lock

    with lock(private_folder() / f"start-{session_key(session)}", wait_s=_WAIT_S):
        found = find_engine(session)
        if found is not None and _goes_on(found):
            return found
        options = {"--device": device, "--deliverable": deliverable, "--block": block}
        given = [word for name, value in options.items() if value is not None for word in (name, str(value))]
        return _spawn(whole_path(session), given)


def _goes_on(entry: Entry) -> bool:
    """Whether an engine is not just being ended: a killed one takes a while to be gone.

    One that is stopped or hangs counts as going on: it may, and nobody else may have its session.
    """
    deadline_s = time.monotonic() + _PATIENCE_S
    try:
        beats = peek(entry.segment)[1].heartbeats
        while peek(entry.segment)[1].heartbeats == beats and time.monotonic() < deadline_s:
            if not is_alive(entry.identity):
                return False
            time.sleep(_POLL_S)
    except SegmentError:
        return False
    return True


def _spawn(session: Path, options: list[str]) -> Entry:
    import subprocess  # here: who finds a running engine does without

    log = _fresh_log(session)
    command = [sys.executable, "-P", "-m", "engine.server", "--session", os.fspath(session), *options]
    try:
        with open(log, "ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=safe_environment(),
            )
    except OSError as error:
        raise machine_error(error, log, "start the engine") from error
    deadline_s = time.monotonic() + _WAIT_S
    while (entry := find_engine(session)) is None:
        code = process.poll()
        if code is not None:
            raise MachineError(_last_words(log, code), kind="no_start", path=session)
        if time.monotonic() > deadline_s:
            process.kill()
            process.wait()
            raise MachineError(f"{session}: the engine does not start: {log} may say why", kind="no_start")
        time.sleep(_POLL_S)
    # it goes on without us: that nobody waits for it here is no leak
    process.returncode = 0
    return entry


def _fresh_log(session: Path) -> Path:
    """The path of an empty log; that of the engine before is kept beside it."""
    log = log_path(session)
    try:
        make_private(state_dir(), "logs")
        if log.exists():
            log.replace(log.with_suffix(".former.log"))
        os.close(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as error:
        raise machine_error(error, log, "write the log") from error
    return log


def _last_words(log: Path, code: int) -> str:
    """The last line of a log, without the program's name before it."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    last = lines[-1].removeprefix("stemlathe: ") if lines else ""
    return last or f"the engine ended with {code} and said nothing: {log}"
