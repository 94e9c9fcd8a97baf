"""Wall clocks that jump: nothing may depend on them but the dates that are told."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from random import Random

from engine.link.identity import is_alive
from engine.server.journal import journal_path, read_events
from tests.survival.full_disk import Clock
from tests.torture.ground import Fault, Ground, Row, tree
from tests.torture.played import Played

_DAY_S = 86_400.0
_JUMPS_S = (1.0, 61.0, 3_600.0, _DAY_S, 400 * _DAY_S, 3_650 * _DAY_S)


def _anywhere(number: Random) -> float:
    """By how much a clock is wrong, s: a little, years, 1970, 1901, the year 2200."""
    now_s = time.time()
    if number.random() < 0.3:
        return number.choice((-now_s, -now_s - 2**31, 2**32 - now_s, 64_000 * _DAY_S))
    return number.choice((-1.0, 1.0)) * number.choice(_JUMPS_S) * number.random()


@contextlib.contextmanager
def _set(more: Mapping[str, str]) -> Iterator[None]:
    former = {name: os.environ.get(name) for name in more}
    os.environ.update(more)
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def engine(ground: Ground, number: Random, row: Row) -> None:
    """The clock of an engine that plays and is edited: it answers, is found, and comes back after a kill."""
    clock = Clock(ground.folder / "clock")
    with ground.copy() as folder, _set(clock.environment()):
        played = Played(folder)
        for count in range(8):
            row.times += 1
            clock.jump(_anywhere(number))
            if not (is_alive(played.entry.identity) and played.is_answered(count)):
                row.lose("an edit is not answered after the clock has jumped")
            if not played.moves():
                row.lose("the music stopped when the clock jumped")
        shown = ground.run(["ps", "--json"])
        ground.judge(shown, row)
        if str(played.entry.identity.pid).encode() not in shown.stdout:
            row.lose(f"ps does not show an engine that runs: {shown.stdout.decode()}")
        ground.judge(ground.run(["watch", "--json"]), row)
        played.close()
        book, _ = read_events(journal_path(played.song).read_bytes())
        if book is None or not set(range(8)) <= set(book.markers):
            row.lose("answered edits are gone after the clock has jumped")
        clock.jump(_anywhere(number))
        again = Played(folder)
        if not set(range(8)) <= {one.position_frames for one in again.desk.document().markers}:
            row.lose("an engine does not come back where it was when the clock is wrong")
        again.close()


def verbs(ground: Ground, number: Random, row: Row) -> None:
    """The clock of a verb, several times while it runs: it ends as ever, and renders the same bytes."""
    row.times += 1
    clock = Clock(ground.folder / "clock")
    with ground.copy() as folder:
        out, song = ground.fresh(), str(folder / "s.toml")
        render = ["render", song, "--out", str(out)]
        others = (
            ["check", song],
            ["null", song, "--apply"],
            ["new", str(folder), "--out", str(folder / "n.toml")],
        )
        words = render if number.random() < 0.5 else number.choice(others)
        clock.jump(_anywhere(number))
        process = ground.start(words, environment=clock.environment())
        for _ in range(6):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(number.uniform(0.0, 0.4 * ground.render_s))
            clock.jump(_anywhere(number))
            if number.random() < 0.3:
                ground.judge(ground.run(["ps"], environment=clock.environment()), row)
        done = ground.end(process)
        ground.judge(done, row, frozenset({0, 1}))
        if words is render and tree(out) != ground.reference:
            row.lose("a render writes other bytes when the clock jumps")
        if words is render and (listed := _listed(ground)):
            row.lose(f"what has ended is listed still: {listed}")
        shutil.rmtree(out, ignore_errors=True)


def _listed(ground: Ground) -> list[object]:
    return list(json.loads(ground.run(["ps", "--json"]).stdout).get("running", []))


FAULTS: dict[str, Fault] = {"clock jumps: engine": engine, "clock jumps: verbs": verbs}
