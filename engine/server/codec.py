"""What a codec makes of the master, as something to listen to: a file that a console has had made.

It is encoded, decoded and measured by `preview` in a process of its own; the engine only plays what came
back. Its files are the engine's to remove, in a folder of the user's cache.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.link.failures import MessageRefused
from engine.live.graph.codec_sound import CodecSound
from engine.paths import cache_dir

#: Largest gain either way that two sounds are matched by, dB.
_LARGEST_DB = 60.0
_KEPT_S = 86400.0


def codec_folder() -> Path:
    """Where what codecs gave back is kept while it may be listened to."""
    return cache_dir() / "codec"


@dataclass(frozen=True)
class CodecListening:
    """What can be listened to.

    Attributes:
        sound: the file.
        difference_db: the master's loudness minus its, LU: the gain that makes it as loud as the master.
    """

    sound: CodecSound
    difference_db: float


def codec_listening(payload: Mapping[str, Any], former: CodecListening | None) -> CodecListening:
    """What a console asks to hear; without a file, what it was before.

    Raises:
        InputError: nothing was encoded yet, or the file is not there.
        MessageRefused: a number cannot be meant.
    """
    if "path" not in payload:
        if former is None:
            raise InputError("nothing has been encoded yet: G does it", kind="no_codec")
        return former
    path = Path(payload["path"])
    difference_db = float(payload.get("difference_db", 0.0))
    start_s = float(payload.get("start_s", 0.0))
    if not abs(difference_db) <= _LARGEST_DB or not (math.isfinite(start_s) and start_s >= 0.0):
        raise MessageRefused("neither a difference of that size nor such a start can be", kind="bad_payload")
    if not path.is_absolute() or not path.is_file():
        raise InputError(f"{path}: is not there any more: G encodes again", kind="no_codec", path=path)
    return CodecListening(CodecSound(path, start_s), difference_db)


def discard_forgotten() -> None:
    """Removes what engines that were killed have left: nobody listens to one codec for a day."""
    with contextlib.suppress(OSError):
        for path in codec_folder().glob("*.wav"):
            if time.time() - path.stat().st_mtime > _KEPT_S:
                path.unlink()


def discard(sound: CodecSound) -> None:
    """Removes a file that nobody will listen to any more, if it is one of those made for that."""
    if sound.path.parent == codec_folder():
        with contextlib.suppress(OSError):
            sound.path.unlink()
