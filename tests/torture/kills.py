"""Programs killed at any moment: what was answered is kept, and what is there is whole."""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random

from engine.errors import StemlatheError
from engine.files import TEMPORARY_PREFIX
from engine.link.identity import is_alive
from engine.server.journal import journal_path, read_events
from engine.session.files import load_session
from tests.torture.ground import PATIENCE_S, Fault, Ground, Row, tree
from tests.torture.played import Played

_KILLED = frozenset({0, 1, 3, 4, -signal.SIGKILL})


def killed(ground: Ground, number: Random, words: list[str], row: Row, about_s: float) -> int:
    """Runs a verb and kills it somewhere; its exit code."""
    process = ground.start(words)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(number.uniform(0.0, about_s))
    process.kill()
    done = ground.end(process)
    ground.judge(done, row, _KILLED)
    return done.returncode


def age(folder: Path) -> list[Path]:
    """Makes hidden files and folders that are left behind old enough to be swept; returns them."""
    left = list(folder.rglob(f"{TEMPORARY_PREFIX}*"))
    for path in left:
        os.utime(path, (time.time() - 3600, time.time() - 3600))
    return left


def render(ground: Ground, number: Random, row: Row) -> None:
    """A render: what has its final name is whole, and what is hidden goes with the next run."""
    row.times += 1
    out = ground.fresh()
    words = ["render", str(ground.song / "s.toml"), "--out", str(out), "--force"]
    killed(ground, number, words, row, 1.1 * ground.render_s)
    for name, digest in tree(out).items():
        if ground.reference.get(name) != digest:
            row.lose(f"a render that was killed left {name} with other bytes")
    if age(out):
        ground.judge(ground.run(words), row)
        if left := list(out.rglob(f"{TEMPORARY_PREFIX}*")):
            row.lose(f"hidden files stay after a complete run: {[path.name for path in left]}")
        if tree(out) != ground.reference:
            row.lose("a render after one that was killed writes other bytes")
    shutil.rmtree(out)


def null_apply(ground: Ground, number: Random, row: Row) -> None:
    """`null --apply`: the session is the old one or the new one."""
    row.times += 1
    with ground.copy() as folder:
        session = folder / "s.toml"
        killed(ground, number, ["null", str(session), "--apply"], row, ground.render_s)
        _require_whole(session, folder, ground, row)


def replace(ground: Ground, number: Random, row: Row) -> None:
    """`replace`: the session is the old one or the new one, and audio is never written to."""
    row.times += 1
    with ground.copy() as folder:
        session = folder / "s.toml"
        shutil.copyfile(folder / "drums.wav", folder / "other.wav")
        words = ["replace", str(session), "Bass", str(folder / "other.wav")]
        killed(ground, number, words, row, ground.render_s)
        _require_whole(session, folder, ground, row)


def new(ground: Ground, number: Random, row: Row) -> None:
    """`new`: the session is whole or not there."""
    row.times += 1
    with ground.copy() as folder:
        out = folder / "made.toml"
        killed(ground, number, ["new", str(folder), "--out", str(out)], row, ground.render_s)
        if out.exists():
            _require_whole(out, folder, ground, row)


def _require_whole(session: Path, folder: Path, ground: Ground, row: Row) -> None:
    try:
        load_session(session)
    except StemlatheError as error:
        row.lose(f"the session is damaged: {error.message}")
    found, wanted = tree(folder), tree(ground.song)
    changed = [name for name in wanted if name.endswith(".wav") and found.get(name) != wanted[name]]
    if changed:
        row.lose(f"originals were changed: {changed}")


def engine(ground: Ground, number: Random, row: Row) -> None:
    """An engine that plays and is edited: no answered edit is lost, and the session file is untouched."""
    row.times += 1
    with ground.copy() as folder:
        before, played = tree(folder), Played(folder)
        timer = threading.Timer(number.uniform(0.0, 2.0), played.kill)
        timer.start()
        answered, sent = -1, 0
        with contextlib.suppress(StemlatheError):
            while is_alive(played.entry.identity):
                wish = {"action": "set", "position_frames": sent, "name": f"m{sent}"}
                if played.desk.request("marker", wish, timeout_s=5.0).kind == "done":
                    answered = sent
                sent += 1
        timer.join()
        played.close()
        book, _ = read_events(journal_path(played.song).read_bytes())
        kept = set() if book is None else set(book.markers)
        if not set(range(answered + 1)) <= kept:
            row.lose(f"{answered + 1} edits were answered and {len(kept)} are kept")
        row.said["answered edits kept"] += len(kept & set(range(answered + 1)))
        if tree(folder) != before:
            row.lose("an engine that was killed has changed the session's folder")


def save(ground: Ground, number: Random, row: Row) -> None:
    """An engine killed while it saves: the file is the old one or the new one."""
    row.times += 1
    with ground.copy() as folder:
        played = Played(folder)
        old = played.song.read_bytes()
        played.desk.request("set", {"path": "stems[0].trim_db", "value": 2.5}, timeout_s=PATIENCE_S)
        new = played.desk.document().text.encode()
        until_s = time.monotonic() + PATIENCE_S
        while new == old and time.monotonic() < until_s:
            time.sleep(0.01)
            new = played.desk.document().text.encode()
        played.desk.send("save")
        time.sleep(number.uniform(0.0, 0.08))
        saved = any(message.kind == "done" for message in played.desk.answers())
        played.close()
        found = played.song.read_bytes()
        if found not in (old, new) or (saved and found != new):
            row.lose(
                f"after a save the file is neither old nor new, or was answered and is not there: {found!r}"
            )
        row.said["saved" if found == new else "as before"] += 1


def console(ground: Ground, number: Random, row: Row) -> None:
    """A console killed: the engine plays on, and its place is free again."""
    row.times += 1
    with ground.copy() as folder:
        played = Played(folder)
        pid, terminal = pty.fork()
        if not pid:
            run = "from engine.cli.main import run; run()"
            os.environ["TERM"] = "xterm-256color"
            os.execv(
                sys.executable, [sys.executable, "-P", "-c", run, "open", "--read-only", str(played.song)]
            )
        until_s = time.monotonic() + number.uniform(0.2, 3.0)
        while time.monotonic() < until_s:
            with contextlib.suppress(OSError):
                os.set_blocking(terminal, False)
                os.read(terminal, 65536)
            time.sleep(0.02)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)
        until_s = time.monotonic() + PATIENCE_S
        while len(played.desk.document().clients or ()) > 1 and time.monotonic() < until_s:
            time.sleep(0.02)
        if len(played.desk.document().clients or ()) > 1:
            row.lose("the place of a console that was killed is not free after a minute")
        if not is_alive(played.entry.identity):
            row.lose("the engine ended with its console")
        row.said["the engine plays on"] += 1
        played.close()


FAULTS: dict[str, Fault] = {
    "kill render": render,
    "kill engine": engine,
    "kill engine while it saves": save,
    "kill console": console,
    "kill new": new,
    "kill replace": replace,
    "kill null --apply": null_apply,
}
