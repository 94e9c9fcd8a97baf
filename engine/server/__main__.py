"""`python -P -m engine.server --session FILE`: the engine of a session, until it is told to end."""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import os
import signal
from pathlib import Path

from engine.errors import StemlatheError
from engine.link.records import Kind, State
from engine.live.child_process import log_file
from engine.live.log import open_log, say_failure, say_last
from engine.paths import whole_path
from engine.processes.host import open_host
from engine.processes.launch import log_path
from engine.server.journal import Journal
from engine.server.live_session import LiveSession
from engine.server.loop import Engine
from engine.server.state import Options
from engine.session.files import require_files_of


def _options(arguments: list[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="engine.server")
    parser.add_argument("--session", type=Path, required=True)
    parser.add_argument("--device")
    parser.add_argument("--block", type=int, default=512)
    parser.add_argument("--deliverable")
    given = parser.parse_args(arguments)
    return Options(whole_path(given.session), given.device, given.block, given.deliverable)


def _detach(session: Path) -> None:
    """Leaves the terminal: a process session of its own, nothing to read, everything said into the log."""
    with contextlib.suppress(PermissionError):  # whoever started it has done so already
        os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    log = open_log(log_file(log_path(session).name))
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    # what hangs can be looked at: kill -USR1 writes every thread's place into the log
    faulthandler.register(signal.SIGUSR1)


def _run(options: Options) -> int:
    journal = Journal(options.session)
    try:
        live = LiveSession(options.session, journal)
        require_files_of(live.session)
        with open_host(Kind.ENGINE, options.session) as host:
            host.beat(State.LOADING)
            engine = Engine(host, live, options)

            def end(_number: int, _frame: object) -> None:
                engine.end()

            signal.signal(signal.SIGTERM, end)
            try:
                engine.run()
            finally:
                engine.close()
            return 0 if engine.failure is None else int(engine.failure.exit_code)
    finally:
        journal.close()


def main(arguments: list[str] | None = None) -> int:
    """Runs an engine; returns its exit code."""
    options = _options(arguments)
    try:
        _detach(options.session)
        return _run(options)
    except StemlatheError as error:
        say_last(error.message)
        return int(error.exit_code)
    except OSError as error:
        say_last(str(error))
        return 4


if __name__ == "__main__":
    try:
        code = main()
    except Exception as mistake:
        say_failure(mistake)
        code = 1
    # threads of audio libraries may hang at an ordinary exit
    os._exit(code)
