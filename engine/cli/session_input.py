"""The session a verb works on: a file, or a text that stands for it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import SessionError

if TYPE_CHECKING:
    from engine.session.model import Session


def add_sessions(parser: argparse.ArgumentParser) -> None:
    """Declares an argument for one session or many, and how to give the text of one instead."""
    parser.add_argument(
        "sessions",
        type=Path,
        nargs="+",
        metavar="SESSION",
        help="session files (TOML), folders of sessions, or patterns",
    )
    add_stdin(parser)


def add_session(parser: argparse.ArgumentParser) -> None:
    """Declares the session argument and how to give its text instead."""
    parser.add_argument("session", type=Path, metavar="SESSION", help="the session file (TOML)")
    add_stdin(parser)


def add_stdin(parser: argparse.ArgumentParser) -> None:
    """Declares how to give a session's text instead of its file's."""
    parser.add_argument(
        "--stdin",
        action="store_true",
        help="read the session's text from standard input, for example with edits that are not saved: "
        "SESSION says which file it stands for, and only its folder is used",
    )


def read_session(arguments: argparse.Namespace) -> Session:
    """The session that the arguments name, complete and with its files there.

    Raises:
        SessionError: it breaks a rule of the format, or a file it names is missing.
    """
    return read_session_and_text(arguments)[0]


def read_session_and_text(arguments: argparse.Namespace) -> tuple[Session, str]:
    """The same, with the text that it was read from.

    Raises:
        SessionError: it breaks a rule of the format, or a file it names is missing.
    """
    from engine.session.files import read_session_text, read_text_session

    path: Path = arguments.session
    if not arguments.stdin:
        text = read_session_text(path)
        return read_text_session(text, path, require_files=True), text
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SessionError(
            f"standard input: is not UTF-8 (byte {error.start}): send the session's text as UTF-8",
            kind="not_utf8",
        ) from error
    return read_text_session(text, path, require_files=True), text
