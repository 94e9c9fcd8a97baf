"""What is wrong with a file that should hold audio, as errors that name it and what to do."""

from __future__ import annotations

from pathlib import Path

from engine.errors import InputError


def unreadable(path: Path, error: OSError) -> InputError:
    """The error for a file the system does not let us read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return InputError(
            f"{path}: there is no such file: check the name and the folder", kind="missing_file", path=path
        )
    if isinstance(error, PermissionError):
        reason = "permission denied: change the file's rights"
    else:
        reason = error.strerror or str(error)
    return InputError(f"{path}: cannot be read: {reason}", kind="unreadable", path=path)


def not_audio(path: Path, what: str) -> InputError:
    """The error for a file that holds no audio we know; `what` continues the sentence."""
    return InputError(f"{path}: {what}", kind="not_audio", path=path)


def truncated(path: Path, expected_frames: int, present_frames: int) -> InputError:
    """The error for a file that ends before it should."""
    return InputError(
        f"{path}: the file is cut off: {present_frames} of {expected_frames} frames are there: "
        "copy or export it again",
        kind="truncated",
        path=path,
    )
