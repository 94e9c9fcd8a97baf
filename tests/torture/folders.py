"""Folders that become read-only or go away, at first or at any moment: told, and nothing half done."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random

from engine.errors import StemlatheError
from engine.link.identity import is_alive
from engine.paths import cache_dir
from engine.session.files import load_session
from tests.survival.full_disk import Disk
from tests.torture.ground import Fault, Ground, Row, tree
from tests.torture.played import Played


def _words(folder: Path, out: Path, number: Random) -> Sequence[str]:
    song, drums = str(folder / "s.toml"), str(folder / "drums.wav")
    return number.choice(
        (
            ["check", song],
            ["null", song, "--apply"],
            ["new", str(folder), "--out", str(folder / "new.toml")],
            ["replace", song, "Bass", drums],
            ["render", song, "--out", str(out)],
            ["deliver", song, "--deliverable", "streaming", "--out", str(out / "delivery")],
            ["album", str(folder), "--new"],
            ["measure", drums],
            ["templates"],
            ["ps"],
            ["doctor"],
            ["play", song, "--headless", "--device", "null", "--seconds", "0.2"],
        )
    )


def read_only(ground: Ground, number: Random, row: Row) -> None:
    """Folders of session, output, state, configuration, runtime and cache on a read-only disk."""
    row.times += 1
    with ground.copy() as folder:
        out = ground.fresh()
        own = [ground.folder / name for name in ("state", "config", "run")]
        kind, places = number.choice(
            (("session", [folder]), ("output", [out]), ("own", own), ("cache", [cache_dir()]))
        )
        words = _words(folder, out, number)
        disk = Disk(ground.folder / "cell", places)
        at_once = number.random() < 0.6
        if at_once:
            disk.make_read_only()
        before = tree(folder)
        process = ground.start(words, environment=disk.environment())
        if not at_once:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(number.uniform(0.0, ground.render_s))
            disk.make_read_only()
        ground.judge(ground.end(process), row)
        load_session(folder / "s.toml")
        if at_once and kind == "session" and tree(folder) != before:
            row.lose(f"{words[0]} has changed a read-only folder")
        if any(ground.reference.get(name) not in (None, digest) for name, digest in tree(out).items()):
            row.lose(f"{words[0]} left other bytes where {kind} was read-only")
        shutil.rmtree(out)


def vanished(ground: Ground, number: Random, row: Row) -> None:
    """A folder goes away under an engine that plays: it plays on, answers, says so, and can be ended."""
    row.times += 1
    with ground.copy() as folder:
        played = Played(folder)
        kind, place = number.choice(
            (("session", folder), ("state", ground.folder / "state"), ("runtime", ground.folder / "run"))
        )
        played.until(lambda: False, number.uniform(0.0, 1.0))
        moved = ground.folder / f"moved-{row.times}"
        if number.random() < 0.5:
            place.rename(moved)
        else:
            shutil.rmtree(place, ignore_errors=True)
        for count in range(3):
            with contextlib.suppress(StemlatheError):
                if not played.is_answered(count):
                    row.lose(f"an edit is not answered after the {kind} folder went away")
        if not is_alive(played.entry.identity):
            row.lose(f"the engine ended with the {kind} folder")
        elif not played.moves():
            row.lose(f"the music stopped with the {kind} folder")
        else:
            for notice in played.desk.document().notices[-1:]:
                row.say(str(notice["message"]))
            row.said[f"{kind} gone: the engine plays on"] += 1
        if place == ground.folder / "run":
            place.mkdir(mode=0o700, exist_ok=True)
        played.close()
        shutil.rmtree(moved, ignore_errors=True)


FAULTS: dict[str, Fault] = {"folder read-only": read_only, "folder gone under an engine": vanished}
