"""PyAV, the optional package that encodes MP3, AAC and Opus; imported only when it is needed."""

from __future__ import annotations

from typing import Any

from engine.errors import InputError


def require_codecs(purpose: str) -> Any:
    """The package `av`.

    Args:
        purpose: what it is needed for, a phrase: `"to write mp3-320"`.

    Raises:
        InputError: kind `codecs_missing`: it is not installed; says how to get it.
    """
    try:
        import av
    except ImportError as error:
        raise InputError(
            f"the package PyAV is needed {purpose}: pip install 'stemlathe[codecs]', or pip install av",
            kind="codecs_missing",
        ) from error
    return av


def encoder_version() -> str:
    """The encoders' own version, for tags and records: `Lavc62.28.102`.

    Raises:
        InputError: as `require_codecs`.
    """
    major, minor, micro = require_codecs("to encode").library_versions["libavcodec"]
    return f"Lavc{major}.{minor}.{micro}"
