"""The verbs of the command line, and the parser of each and of all.

A verb is a module `engine.cli.<verb>` with `add_arguments(parser)` and `execute(arguments) -> int`.
It is imported only when it is asked for, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import importlib
import re
from typing import Any, NoReturn

from engine import __version__
from engine.errors import UsageError

#: Lines that `VERB --help` shows at its end.
_EXAMPLES: dict[str, tuple[str, ...]] = {
    "new": ("new .", "new Stems/ --reference Mix.wav --out song.toml"),
    "check": ("check song.toml",),
    "null": ("null song.toml", "null song.toml --apply"),
    "measure": ("measure renders/*.wav", "measure renders/ --csv"),
    "render": ("render song.toml", "render song.toml --deliverable streaming"),
    "deliver": ("deliver song.toml --out 'For the client'",),
    "replace": ("replace song.toml 'Lead Vocal' LeadVox_v4.wav",),
    "play": ("play song.toml --headless --device null --seconds 10",),
    "completion": (
        "completion bash > ~/.local/share/bash-completion/completions/stemlathe",
        "completion fish > ~/.config/fish/completions/stemlathe.fish",
    ),
}

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
    "completion": "print the completion of bash, zsh or fish",
    "doctor": "what works on this machine, and how to mend what does not",
}


class VerbParser(argparse.ArgumentParser):
    """Reports wrong usage as our own error, so that `--json` covers it too."""

    def error(self, message: str) -> NoReturn:
        # what is printed begins with the program's name
        where = self.prog.partition(" ")[2]
        if (hint := self._nearest_option(message)) is not None:
            message += hint
        raise UsageError(f"{where + ': ' if where else ''}{message}; see '{self.prog} --help'")

    def _nearest_option(self, message: str) -> str | None:
        """What a mistyped option is nearest to."""
        typed = re.match(r"unrecognized arguments: (--?[\w-]+)", message)
        known = [option for option in self._option_string_actions if option.startswith("--")]
        import difflib

        near = difflib.get_close_matches(typed[1], known, n=1) if typed else []
        return f": did you mean '{near[0]}'?" if near else None


def top_parser() -> VerbParser:
    """The parser of a command line without a verb: help and version."""
    verbs = "\n".join(f"  {name:<11}{text}" for name, text in VERBS.items())
    parser = VerbParser(
        prog="stemlathe",
        usage="stemlathe [VERB [ARGUMENT …]]",
        description="Stem mastering: stems that null, masters that measure.",
        epilog=f"verbs:\n{verbs}\n\n'stemlathe VERB --help' tells more about each; "
        "'stemlathe' alone opens the session used last, or the demo.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-V", "--version", action="version", version=f"stemlathe {__version__}")
    parser.add_argument("verb", metavar="VERB", help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def verb_parser(
    verb: str, parser: argparse.ArgumentParser | None = None
) -> tuple[Any, argparse.ArgumentParser]:
    """The module of a verb and its parser.

    Args:
        verb: a key of `VERBS`.
        parser: to declare the arguments in; a new one by default.
    """
    module = importlib.import_module(f"engine.cli.{verb}")
    if parser is None:
        parser = VerbParser(prog=f"stemlathe {verb}", description=_sentence(VERBS[verb]))
    examples = _EXAMPLES.get(verb, ())
    if examples:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = "examples:\n" + "\n".join(f"  stemlathe {line}" for line in examples)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else there")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    module.add_arguments(parser)
    return module, parser


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + ("" if text.endswith("?") else ".")


def whole_parser() -> argparse.ArgumentParser:
    """One parser of all verbs, for completions; imports every verb."""
    parser = argparse.ArgumentParser(prog="stemlathe")
    parser.add_argument("-V", "--version", action="version", version=f"stemlathe {__version__}")
    verbs = parser.add_subparsers(dest="verb")
    for verb, text in VERBS.items():
        verb_parser(verb, verbs.add_parser(verb, help=text, description=_sentence(text)))
    return parser
