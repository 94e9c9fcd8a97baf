"""The serial number of Ogg files: libsndfile draws lots, FFmpeg writes 0, which opusinfo warns of."""

from __future__ import annotations

import os

from engine.errors import machine_error
from engine.files import AtomicFile

#: Of the one logical stream of a file (RFC 3533, clause 6).
_SERIAL = 1


def fix_serial(file: AtomicFile) -> None:
    """Gives every page of a finished stream the same serial number in each run, and its new checksum.

    Raises:
        MachineError: the system refused.
    """
    from mutagen.ogg import OggPage

    try:
        with os.fdopen(os.dup(file.descriptor), "r+b") as pages:
            pages.seek(0)
            while pages.peek(1):
                begin = pages.tell()
                page = OggPage(pages)
                page.serial = _SERIAL
                pages.seek(begin)
                pages.write(page.write())
    except OSError as error:
        raise machine_error(error, file.path, "write") from error
