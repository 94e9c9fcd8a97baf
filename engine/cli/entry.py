"""The first module of the installed command: ctrl+c ends it without a traceback while it is still importing.

What the program needs takes a tenth of a second to import and more on a cold disk; nothing has been begun by
then, and nothing needs to be removed. `engine.cli.main.run` gives ctrl+c back its usual meaning where it is
ready to clean up.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

_CODE = 130
_DOCUMENT = b'{"error": {"kind": "interrupted", "message": "interrupted", "path": null}}\n'


def _leave(number: int, frame: object) -> NoReturn:
    # an exception would be raised inside whatever is being imported, which might keep it for itself
    if "--json" in sys.argv:
        os.write(1, _DOCUMENT)
    os.write(2, b"stemlathe: interrupted\n")
    os._exit(_CODE)


def run() -> NoReturn:
    """Entry point of the installed command."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a shell may have it ignored
        signal.signal(signal.SIGINT, _leave)
    from engine.cli.main import run as run_verb

    run_verb()
