"""Writes the demo song to a folder: stems, reference mix and session file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.audio.disk_space import require_space
from engine.demo.session_text import REFERENCE_NAME, SESSION_NAME, demo_session_toml
from engine.errors import InputError, machine_error
from engine.files import hidden_folder, sweep
from engine.progress import Progress, silent
from engine.session.files import save_session_text
from engine.session.pins import sha256_of

ROLES: Mapping[str, str] = {
    "Drums": "drums",
    "Bass": "bass",
    "Instruments": "instruments",
    "Lead Vocal": "vocals",
    "Backing Vocals": "backing_vocals",
}
_BYTES_PER_FRAME = 5 * 6 + 8
"""Five stereo stems of 24 bits and a stereo mix of 32."""
_LABEL = "synthesising the demo"


@dataclass(frozen=True)
class DemoFiles:
    """Where the demo is.

    Attributes:
        session: the session file.
        reference: the mix, 32-bit float WAV.
        stems: 24-bit WAV files, in the session's order; their sum is exactly the mix.
        written: False if everything was there already.
    """

    session: Path
    reference: Path
    stems: tuple[Path, ...]
    written: bool


def write_demo(directory: Path, progress: Progress = silent) -> DemoFiles:
    """Makes sure that the demo is in `directory`, which is created where it is missing.

    Running it again is harmless: a session file that is there is kept as it is, whatever its user
    changed, and audio files that are whole are kept too. New files appear only when all of them are
    complete. Where the session pins audio of an earlier version of this program that is still whole,
    that audio stays.

    Args:
        directory: where to.
        progress: is told how far the synthesis has come.

    Raises:
        InputError: a file of one of the demo's names is something else (kind `exists`), or the
            folder's name belongs to a file (kind `not_a_folder`).
        MachineError: the folder cannot be written, or the disk is full.
    """
    folder = _ready(directory)
    found = {name: folder / name for name in _audio_names() if (folder / name).exists()}
    session = folder / SESSION_NAME
    hashes = {name: sha256_of(path) for name, path in found.items()}
    pinned = _pins(session)
    whole = len(found) == len(_audio_names()) and all(pinned.get(n) == h for n, h in hashes.items())
    if not whole:
        hashes = _print_audio(folder, hashes, progress)
    if not session.exists():
        stems = {name: (role, hashes[f"{name}.wav"]) for name, role in ROLES.items()}
        save_session_text(session, demo_session_toml(hashes[REFERENCE_NAME], stems), replace=False)
        whole = False
    stems_there = tuple(folder / f"{name}.wav" for name in ROLES)
    return DemoFiles(session, folder / REFERENCE_NAME, stems_there, written=not whole)


def _audio_names() -> tuple[str, ...]:
    return (*(f"{name}.wav" for name in ROLES), REFERENCE_NAME)


def _ready(directory: Path) -> Path:
    folder = directory.absolute()
    if folder.exists() and not folder.is_dir():
        raise InputError(
            f"{folder}: is a file, not a folder: choose another one with --dir",
            kind="not_a_folder",
            path=folder,
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise machine_error(error, folder, "make the folder") from error
    return folder


def _pins(session: Path) -> dict[str, str]:
    """Hashes by file name as the session pins them; empty where there is no legible one.

    A session that cannot be read is not this function's business: it is kept, and whoever opens it
    says what is wrong with it.
    """
    try:
        tree = tomllib.loads(session.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    entries = [tree.get("reference"), *(tree["stems"] if isinstance(tree.get("stems"), list) else ())]
    pairs = ((e.get("path"), e.get("sha256")) for e in entries if isinstance(e, dict))
    return {path: pin for path, pin in pairs if isinstance(path, str) and isinstance(pin, str)}


def _print_audio(folder: Path, present: Mapping[str, str], progress: Progress) -> dict[str, str]:
    """Synthesises and writes what is missing; hashes of all audio files by name.

    Raises:
        InputError: a file in `present` has another hash than the demo's.
        MachineError: the system refused.
    """
    from engine.demo.song import TOTAL_FRAMES

    require_space(folder, TOTAL_FRAMES * _BYTES_PER_FRAME, "the demo song")
    hashes: dict[str, str] = {}
    try:
        sweep(folder)
        with hidden_folder(folder) as hidden:
            _synthesise(hidden, progress)
            for name in _audio_names():
                hashes[name] = sha256_of(hidden / name)
                if present.get(name, hashes[name]) != hashes[name]:
                    raise _in_the_way(folder / name)
            for name in _audio_names():
                if name not in present:
                    (hidden / name).replace(folder / name)
    except OSError as error:
        raise machine_error(error, folder, "write") from error
    return hashes


def _in_the_way(path: Path) -> InputError:
    return InputError(
        f"{path}: is there and is not this demo's: choose another folder with --dir or move the file away",
        kind="exists",
        path=path,
    )


def _synthesise(folder: Path, progress: Progress) -> None:
    import numpy as np

    from engine.audio.writer import open_writer
    from engine.demo.render import FULL_SCALE, PARTS, printed
    from engine.demo.song import TOTAL_FRAMES
    from engine.demo.tone import SAMPLE_RATE

    steps = len(PARTS) + 1
    mix = np.zeros((TOTAL_FRAMES, 2), dtype=np.int32)
    for number, part in enumerate(PARTS):
        progress(_LABEL, number, steps)
        stem = printed(part)
        with open_writer(folder / f"{part.name}.wav", SAMPLE_RATE, 2, "wav24", dither_key=0) as writer:
            writer.write_integers(stem)
        mix += stem
    progress(_LABEL, len(PARTS), steps)
    # The peak lies below full scale, where a float32 holds every 24-bit integer exactly.
    with open_writer(folder / REFERENCE_NAME, SAMPLE_RATE, 2, "wav32f", dither_key=0) as writer:
        writer.write(mix / FULL_SCALE)
    progress(_LABEL, steps, steps)
