"""What takes long and writes much, killed at any moment: deliveries, albums, many sessions at once."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import numpy as np
import soundfile

from engine.files import TEMPORARY_PREFIX
from tests.torture.ground import PATIENCE_S, Fault, Ground, Row, tree
from tests.torture.kills import age, killed

_CD_RATE = 44_100
_ALBUM = """format = 1
title = "Torture"
artist = "Nobody"

[[tracks]]
path = "one.wav"
title = "One"

[[tracks]]
path = "two.wav"
title = "Two"
gap_s = 1.0
"""
#: After so many of the kills the same is done again, which has to put everything right; it takes long.
_PUT_RIGHT = 0.25
#: Processes of a batch end with it within this time, s.
_GONE_S = PATIENCE_S


def _sound(folder: Path) -> dict[str, str]:
    return {name: digest for name, digest in tree(folder).items() if name.endswith((".wav", ".flac"))}


def _hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(f"{TEMPORARY_PREFIX}*")]


def _complete_or_absent(ground: Ground, out: Path, what: str, row: Row) -> bool:
    """A folder that is there verifies; whether it is there."""
    if not out.exists() or not any(out.iterdir()):
        return False
    done = ground.run(["verify", str(out)])
    if done.returncode:
        row.lose(
            f"a {what} that was killed left a folder that does not verify: {done.stdout.decode()[-900:]}"
        )
    return True


def deliver(ground: Ground, number: Random, row: Row) -> None:
    """`deliver`: the folder is complete or not there, and what was there before is there still."""
    row.times += 1
    place = ground.fresh()
    out = place / "delivery"
    words = ["deliver", str(ground.song / "s.toml"), "--out", str(out), "--deliverable", "streaming"]
    elsewhere = [*words[:3], str(ground.fresh() / "delivery"), *words[4:]]
    killed(ground, number, words, row, ground.times("deliver", elsewhere))
    there = _complete_or_absent(ground, out, "delivery", row)
    row.said["complete" if there else "not there"] += 1
    if _hidden(place) and number.random() < _PUT_RIGHT:
        age(place)
        ground.judge(ground.run([*words, "--force"]), row)
        if not _complete_or_absent(ground, out, "delivery", row):
            row.lose("there is no delivery after one that was killed")
        if left := _hidden(place):
            row.lose(f"hidden files stay after a complete delivery: {left}")
        elsewhere = [name for name in os.listdir(place) if name != "delivery"]
        if elsewhere != [] and not there:
            row.lose(f"a delivery left something else beside it: {elsewhere}")
    shutil.rmtree(place)


def _write_album(folder: Path) -> Path:
    numbers = np.random.default_rng(11)
    for name in ("one", "two"):
        sound = 0.1 * numbers.standard_normal((5 * _CD_RATE, 2))
        soundfile.write(folder / f"{name}.wav", sound, _CD_RATE, subtype="PCM_24")
    path = folder / "album.toml"
    path.write_text(_ALBUM, encoding="utf-8")
    return path


def album(ground: Ground, number: Random, row: Row) -> None:
    """`album`: new, or over the one before: the folder is the old or the new one, whole, or not there."""
    row.times += 1
    place = ground.fresh()
    written, out = _write_album(place), place / "out"
    words = ["album", str(written), "--out", str(out)]
    elsewhere = ["album", str(written), "--out", str(place / "other")]
    taken_s = ground.times("album", elsewhere)
    shutil.rmtree(place / "other", ignore_errors=True)
    replaced = number.random() < 0.3
    if replaced:
        ground.judge(ground.run(words), row)
        written.write_text(_ALBUM.replace("One", "Other"), encoding="utf-8")
        words.append("--force")
    killed(ground, number, words, row, taken_s)
    there = _complete_or_absent(ground, out, "album", row)
    if replaced and not there:
        row.lose("an album that was there is gone")
    row.said["complete" if there else "not there"] += 1
    if _hidden(place) and number.random() < _PUT_RIGHT:
        age(place)
        ground.judge(ground.run(words if "--force" in words else [*words, "--force"]), row)
        if left := _hidden(place):
            row.lose(f"hidden files stay after a complete album: {left}")
    shutil.rmtree(place)


class _Batch:
    """Three songs, and what an undisturbed render of them writes; made once."""

    _made: ClassVar[dict[Path, dict[str, dict[str, str]]]] = {}

    def __init__(self, ground: Ground) -> None:
        self.folder = ground.fresh()
        self.songs = [self._song(ground, name, trim_db) for name, trim_db in (("a", 0), ("b", -1), ("c", 1))]
        self.words = ["render", *map(str, self.songs), "--json", "--jobs", "2"]
        if ground.folder not in self._made:
            ground.times("batch", self.words)
            self._made[ground.folder] = {
                song.parent.name: _sound(song.parent / "renders") for song in self.songs
            }
            assert all(self._made[ground.folder].values()), "the untouched songs do not render"
            for song in self.songs:
                shutil.rmtree(song.parent / "renders")
        self.reference = self._made[ground.folder]

    def _song(self, ground: Ground, name: str, trim_db: int) -> Path:
        folder = self.folder / name
        shutil.copytree(ground.song, folder)
        path = folder / "s.toml"
        text = path.read_text(encoding="utf-8").replace("trim_db = 0.5", f"trim_db = {trim_db}")
        head = text.partition('\n[[deliverables]]\nname = "flac"')[0]
        path.write_text(head, encoding="utf-8")
        return path

    def strange(self) -> list[str]:
        """Files under a final name whose bytes are not those of an undisturbed render."""
        return [
            f"{song.parent.name}/{name}"
            for song in self.songs
            for name, digest in _sound(song.parent / "renders").items()
            if self.reference[song.parent.name].get(name) != digest
        ]

    def finished(self) -> dict[str, int]:
        """Songs whose record says that all is written, and when their file was made, ns."""
        found = {}
        for song in self.songs:
            renders = song.parent / "renders"
            for record in (renders / ".stemlathe").glob("*.json"):
                with contextlib.suppress(ValueError):
                    if json.loads(record.read_text(encoding="utf-8"))["outputs"]:
                        found[song.parent.name] = max(
                            path.stat().st_mtime_ns for path in renders.glob("*.wav")
                        )
        return found


def batch(ground: Ground, number: Random, row: Row) -> None:
    """`render a b c`, killed, and then `--resume`: nothing twice, nothing in part, the same bytes."""
    row.times += 1
    made = _Batch(ground)
    process = ground.start(made.words)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(number.uniform(0.0, 1.1 * ground.times("batch", made.words)))
    if number.random() < 0.3 and (children := ground.below(process.pid)):
        with contextlib.suppress(ProcessLookupError):  # one of the renders, and the batch goes on
            os.kill(number.choice(children), signal.SIGKILL)
        ground.judge(ground.end(process), row)
    else:
        process.kill()
        ground.judge(ground.end(process), row, frozenset({0, 1, 3, 4, -signal.SIGKILL}))
    until_s = time.monotonic() + _GONE_S
    while (living := ground.working_on(made.folder)) and time.monotonic() < until_s:
        time.sleep(0.05)
    if living:
        row.lose(f"renders go on {_GONE_S:.0f} s after their batch was killed: {living}")
    if strange := made.strange():
        row.lose(f"a batch that was killed left other bytes: {strange}")
    before = made.finished()
    row.said[f"{len(before)} of 3 were done"] += 1
    age(made.folder)
    done = ground.run([*made.words, "--resume"])
    ground.judge(done, row)
    _require_resumed(made, done, before, row)
    shutil.rmtree(made.folder)


def _require_resumed(
    made: _Batch, done: subprocess.CompletedProcess[bytes], before: dict[str, int], row: Row
) -> None:
    if strange := made.strange():
        row.lose(f"--resume left other bytes: {strange}")
    if len(after := made.finished()) != len(made.songs):
        row.lose(f"--resume did not finish: {sorted(after)}")
    if again := [name for name, at_ns in before.items() if after.get(name) != at_ns]:
        row.lose(f"--resume rendered again what was done: {again}")
    told: list[dict[str, Any]] = json.loads(done.stdout or b"{}").get("sessions", [])
    resumed = {Path(one["session"]).parent.name for one in told if one.get("resumed")}
    if not set(before) <= resumed:
        row.lose(f"--resume does not say that {sorted(set(before) - resumed)} were done")
    if left := _hidden(made.folder):
        row.lose(f"hidden files stay after --resume: {left}")


FAULTS: dict[str, Fault] = {"kill deliver": deliver, "kill album": album, "kill batch, then --resume": batch}
