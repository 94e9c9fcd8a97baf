"""The command `stemlathe`: finds the verb, runs it, and turns every outcome into an exit code.

A verb is a module `engine.cli.<verb>` with `add_arguments(parser)` and `execute(arguments) -> int`.
It is imported only when it is asked for, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from engine import __version__
from engine.cli.streams import finish, make_streams, to_nowhere
from engine.errors import ExitCode, MachineError, StemlatheError, UsageError
from engine.terminal_text import json_for_terminals, one_line

#: Every verb with the line `--help` shows for it.
VERBS: dict[str, str] = {
    "demo": "write the demo session and open it",
    "new": "make a session from stems; roles are guessed from file names, every guess shown",
    "templates": "list the stem splits, each role's starting values and the delivery targets",
    "check": "stem intake: can these files be trusted?",
    "null": "null test of the stems against the reference mix",
    "measure": "loudness and true-peak report of any audio files",
    "render": "offline render of the deliverables, measured on what was written",
    "deliver": "render into a folder that can be sent: audio, reports, recall sheet, hashes",
    "verify": "is a delivery still what was delivered? hashes and measures it anywhere",
    "preview": "what AAC, MP3, Opus, Vorbis and mono make of a master",
    "album": "album assembly: DDP image, cue sheet and wave file, tracks, sheets, sums",
    "recall": "a delivery made again and compared: which stem, setting, target or program differs",
    "diff": "two sessions, revisions or deliveries told apart in words",
    "open": "the console on a session; its engine is started where none runs",
    "attach": "the console on an engine that runs",
    "replace": "a new file for a stem: settings kept, check and null run again, what changed is told",
    "advise": "what each trim would do to loudness and limiting; proposes, never applies",
    "ps": "list the running engines and renders of this user",
    "watch": "a monitor of running engines and renders: progress, loudness, verdicts",
    "stop": "end a running engine or render",
    "play": "the real-time engine without a console, from the song's beginning",
    "doctor": "what works on this machine, and how to mend what does not",
}


class _Parser(argparse.ArgumentParser):
    """Reports wrong usage as our own error, so that `--json` covers it too."""

    def error(self, message: str) -> NoReturn:
        # what is printed begins with the program's name
        where = self.prog.partition(" ")[2]
        raise UsageError(f"{where + ': ' if where else ''}{message}; see '{self.prog} --help'")


def _top_parser() -> _Parser:
    verbs = "\n".join(f"  {name:<11}{text}" for name, text in VERBS.items())
    parser = _Parser(
        prog="stemlathe",
        usage="stemlathe [VERB [ARGUMENT …]]",
        description="Stem mastering: stems that null, masters that measure.",
        epilog=f"verbs:\n{verbs}\n\n'stemlathe VERB --help' tells more about each; "
        "'stemlathe' alone opens the session used last, or the demo.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"stemlathe {__version__}")
    parser.add_argument("verb", metavar="VERB", help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _parse(argv: Sequence[str]) -> tuple[Any, argparse.Namespace]:
    """The verb's module and its arguments."""
    if not argv:
        argv = _without_verb()
    if argv[0].startswith("-"):
        _top_parser().parse_args(argv)
    verb = argv[0]
    if verb not in VERBS:
        import difflib

        near = difflib.get_close_matches(verb, VERBS, n=1)
        hint = f"did you mean '{near[0]}'?" if near else "'stemlathe --help' lists the verbs"
        raise UsageError(f"there is no verb '{verb}': {hint}")
    module = importlib.import_module(f"engine.cli.{verb}")
    parser = _Parser(prog=f"stemlathe {verb}", description=VERBS[verb].capitalize() + ".")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else there")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    module.add_arguments(parser)
    return module, parser.parse_args(argv[1:])


def _without_verb() -> list[str]:
    """The session used last or the demo, where there is a terminal; else help."""
    from engine.cli.console import has_terminal, words_without_verb

    if not has_terminal():
        _top_parser().print_help()
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
    _forget_working_folder()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # `nohup` has it ignored, and so it stays
            signal.signal(number, _interrupt)
    make_streams()
    try:
        code = main()
    except SystemExit as leaving:  # of --help and --version
        code = leaving.code if isinstance(leaving.code, int) else 0
    raise SystemExit(finish(code))
