"""Disks that fill up at any byte (`tests/survival/faults`): exit 4 with a sentence, nothing half done."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from random import Random

from engine.session.files import load_session
from tests.survival.full_disk import Disk
from tests.torture.ground import Fault, Ground, Row, tree

_CODES = frozenset({0, 1, 3, 4})


def _on_a_small_disk(
    ground: Ground, number: Random, row: Row, words: Sequence[str], folders: list[Path], most: int
) -> None:
    """Runs a verb while so many bytes fit on the disk that some folders lie on."""
    row.times += 1
    disk = Disk(ground.folder / "cell", folders)
    # near nothing, anywhere, and where small files are written
    disk.fill(number.choice((0, 1, number.randrange(200), number.randrange(5_000), number.randrange(most))))
    ground.judge(ground.run(words, environment=disk.environment()), row, _CODES)


def render(ground: Ground, number: Random, row: Row) -> None:
    """The output's disk: files are whole or not there."""
    out = ground.fresh()
    words = ["render", str(ground.song / "s.toml"), "--out", str(out)]
    _on_a_small_disk(ground, number, row, words, [out], 3_000_000)
    for name, digest in tree(out).items():
        if ground.reference.get(name) != digest:
            row.lose(f"a full disk left {name} with other bytes")
    if left := [path.name for path in out.rglob(".stemlathe-*")]:
        row.lose(f"a full disk left hidden files: {left}")
    shutil.rmtree(out)


def session(ground: Ground, number: Random, row: Row) -> None:
    """The session's disk: `new`, `replace` and `null --apply` change all or nothing."""
    with ground.copy() as folder:
        session, out = folder / "s.toml", folder / "made.toml"
        verb = number.choice(
            (
                ["null", str(session), "--apply"],
                ["replace", str(session), "Bass", str(folder / "drums.wav")],
                ["new", str(folder), "--out", str(out), "--force"],
            )
        )
        _on_a_small_disk(ground, number, row, verb, [folder], 10_000)
        for path in (session, *([out] if out.exists() else [])):
            load_session(path)
        if left := [path.name for path in folder.rglob(".stemlathe-*")]:
            row.lose(f"a full disk left hidden files: {left}")


def own_folders(ground: Ground, number: Random, row: Row) -> None:
    """The disk of state, configuration and runtime folders."""
    folders = [ground.folder / name for name in ("state", "config", "run")]
    song, out = str(ground.song / "s.toml"), ground.fresh()
    verb = number.choice(
        (["check", song], ["ps"], ["templates"], ["render", song, "--out", str(out)], ["doctor"])
    )
    _on_a_small_disk(ground, number, row, verb, folders, 3_000)
    if any(ground.reference.get(name) != digest for name, digest in tree(out).items()):
        row.lose("a full disk under the program's own folders changed a render")
    shutil.rmtree(out)


FAULTS: dict[str, Fault] = {
    "disk full at any byte: output": render,
    "disk full at any byte: session": session,
    "disk full at any byte: own folders": own_folders,
}
