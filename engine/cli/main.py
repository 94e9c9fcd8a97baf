"""The command `stemlathe`: finds the verb, runs it, and turns every outcome into an exit code.

A verb is a module `engine.cli.<verb>` with `add_arguments(parser)` and `execute(arguments) -> int`.
It is imported only when it is asked for, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from engine.cli.parsers import VERBS, top_parser, verb_parser
from engine.cli.streams import finish, make_streams, to_nowhere
from engine.errors import ExitCode, MachineError, StemlatheError, UsageError
from engine.terminal_text import json_for_terminals, one_line

#: New objects after which Python looks for unreachable ones.
_OBJECTS_BETWEEN_COLLECTIONS = 20_000


def _parse(argv: Sequence[str]) -> tuple[Any, argparse.Namespace]:
    """The verb's module and its arguments."""
    if not argv:
        argv = _without_verb()
    if argv[0].startswith("-"):
        if argv[0] not in ("-h", "--help", "-V", "--version"):
            raise UsageError(f"'{argv[0]}' stands before a verb: name the verb first, see 'stemlathe --help'")
        top_parser().parse_args(argv)
    verb, *rest = argv
    if verb == "help":
        if not rest:
            top_parser().parse_args(["--help"])
        verb, *rest = (*rest[:1], "--help")
    if verb not in VERBS:
        import difflib

        near = difflib.get_close_matches(verb, VERBS, n=1)
        hint = f"did you mean '{near[0]}'?" if near else "'stemlathe --help' lists the verbs"
        raise UsageError(f"there is no verb '{verb}': {hint}")
    module, parser = verb_parser(verb)
    return module, parser.parse_args(rest)


def _without_verb() -> list[str]:
    """The session used last or the demo, where there is a terminal; else help."""
    from engine.cli.console import has_terminal, words_without_verb

    if not has_terminal():
        top_parser().print_help()
        raise SystemExit(ExitCode.USAGE)
    return words_without_verb()


def _tell(error: StemlatheError, as_json: bool) -> int:
    if as_json:
        # what is in the way may be standard output itself
        with contextlib.suppress(BrokenPipeError, MachineError):
            print(json_for_terminals(json.dumps(error.as_json(), ensure_ascii=False, allow_nan=False)))
    print(f"stemlathe: {one_line(error.message)}", file=sys.stderr)
    return int(error.exit_code)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit code.

    Args:
        argv: the arguments without the program's name; those of the process by default.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    as_json, debug = "--json" in words, "--debug" in words
    try:
        module, arguments = _parse(words)
        return int(module.execute(arguments))
    except StemlatheError as error:
        if debug:
            raise
        return _tell(error, as_json)
    except BrokenPipeError:
        # whoever read our output has left: there is nobody to tell
        to_nowhere()
        return int(ExitCode.DONE)
    except MemoryError:
        return _tell(MachineError("out of memory: close other programs", kind="memory"), as_json)
    except KeyboardInterrupt:
        return _tell(_InterruptedError("interrupted", kind="interrupted"), as_json)


class _InterruptedError(StemlatheError):
    exit_code = ExitCode.INTERRUPTED


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _forget_working_folder() -> None:
    """Takes the working folder off the import path: what it holds of our modules' names shadows nothing."""
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with contextlib.suppress(OSError):  # it may have been removed
        here = os.getcwd()
        sys.path[:] = [path for path in sys.path if path == home or path not in ("", ".", here)]


def run() -> NoReturn:
    """Entry point of the installed command.

    A request to end and a lost terminal are taken like ctrl+c: unfinished files are removed.
    """
    # what is imported stays, and looking through it again and again finds nothing: 700 by default
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    try:
        _forget_working_folder()
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) == signal.SIG_DFL:  # `nohup` has it ignored, and so it stays
                signal.signal(number, _interrupt)
        make_streams()
        if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:  # no longer that of `engine.cli.entry`
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = finish(_code_of_main())
    except KeyboardInterrupt:  # again, while the first one was being told
        to_nowhere()
        code = int(ExitCode.INTERRUPTED)
    raise SystemExit(code)


def _code_of_main() -> int:
    try:
        return main()
    except SystemExit as leaving:  # of --help and --version
        return leaving.code if isinstance(leaving.code, int) else 0
