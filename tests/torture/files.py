"""Files that change under a verb: told with the file's name, never a traceback, never a hang."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.torture.ground import Fault, Ground, Row


def _truncate(path: Path, number: Random) -> None:
    os.truncate(path, number.randrange(path.stat().st_size))


def _garble(path: Path, number: Random) -> None:
    with path.open("r+b") as file:
        file.seek(number.randrange(200))
        file.write(number.randbytes(64))


def _replace_by_folder(path: Path, _number: Random) -> None:
    path.unlink()
    path.mkdir()


def _remove_folder(path: Path, _number: Random) -> None:
    shutil.rmtree(path.parent, ignore_errors=True)


_CHANGES: dict[str, Callable[[Path, Random], None]] = {
    "removed": lambda path, _number: path.unlink(),
    "truncated": _truncate,
    "emptied": lambda path, _number: os.truncate(path, 0),
    "garbled": _garble,
    "grown": lambda path, number: path.write_bytes(path.read_bytes() + number.randbytes(10_000)),
    "a folder": _replace_by_folder,
    "no rights": lambda path, _number: path.chmod(0),
    "folder removed": _remove_folder,
}


def changed_stem(ground: Ground, number: Random, row: Row) -> None:
    """A stem that changes at any moment of a verb."""
    row.times += 1
    with ground.copy() as folder:
        out = ground.fresh()
        session = str(folder / "s.toml")
        words = number.choice(
            (
                ["check", session],
                ["null", session],
                ["render", session, "--out", str(out)],
                ["play", session, "--headless", "--device", "null", "--seconds", "0.3"],
                ["measure", str(folder / "drums.wav"), str(folder / "bass.wav")],
            )
        )
        process = ground.start(words)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(number.uniform(0.0, ground.render_s))
        target = folder / number.choice(("drums.wav", "bass.wav", "mix.wav", "s.toml"))
        _CHANGES[number.choice(list(_CHANGES))](target, number)
        ground.judge(ground.end(process), row)
        shutil.rmtree(out, ignore_errors=True)


def vanished_output(ground: Ground, number: Random, row: Row) -> None:
    """The output's folder goes away, or is moved, while a render writes into it."""
    row.times += 1
    out = ground.fresh()
    process = ground.start(["render", str(ground.song / "s.toml"), "--out", str(out)])
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(number.uniform(0.3, 1.0) * ground.render_s)
    moved = out.with_name(f"{out.name}-moved")
    with contextlib.suppress(OSError):
        if number.random() < 0.5:
            out.rename(moved)
        else:
            shutil.rmtree(out, ignore_errors=True)
    ground.judge(ground.end(process), row)
    shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(moved, ignore_errors=True)


FAULTS: dict[str, Fault] = {"file changed under a verb": changed_stem, "output folder gone": vanished_output}
