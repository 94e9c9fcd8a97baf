"""Makes the README's and the guide's pictures from the running program: `python tests/console/pictures.py`.

Synthesises the demo in a temporary folder, plays it through the engine on `null`, presses the keys that a
user presses, and writes what Textual exports to `docs/pictures/`. A second song, whose bass was exported too
quietly, shows a null test that fails.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import soundfile

from engine.cli.main import main as cli
from engine.demo.files import REFERENCE_NAME, write_demo
from engine.link.records import Role, State
from engine.processes.client import attach_to
from engine.processes.launch import start
from engine.processes.terminate import end
from tui.application.app import Console
from tui.display.cells import CellBuffer
from tui.display.mirror import Mirror
from tui.display.styles import Depth
from tui.display.terminal import Terminal
from tui.feed import Feed
from tui.looks.looks import Looks
from tui.screen.output import Parts
from tui.screen.router import Picture
from tui.settings import Settings
from tui.view import View

SIZE = (132, 40)
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
#: What is pressed, how long to wait then, s, and what the picture is called.
Shots = tuple[tuple[tuple[str, ...], float, str], ...]
SHOTS: Shots = (
    (("space",), 40.0, "desk"),
    (("e", "down", "down", "down"), 3.0, "chain"),
    (("down",) * 13, 3.0, "compressor"),
    (("g", "l"), 3.0, "loudness"),
    (("g", "n", "n"), 3.0, "null"),
    (("g", "i"), 3.0, "intake"),
    (("g", "e"), 3.0, "elsewhere"),
)
#: The same of the song whose bass is too quiet by so much, dB.
FAULTY_SHOTS: Shots = ((("g", "n", "n"), 3.0, "null-fails"),)
_TOO_QUIET_DB = -6.0


async def _photograph(console: Console, shots: Shots) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await _until(pilot, lambda: console.newest.snapshot.transport.state is State.PAUSED)
        if shots is SHOTS:
            await pilot.press("T", "t")
            # what is found out beside the sound takes its time on a busy machine; a picture shows it all
            await _until(pilot, lambda: _is_known(console.newest), 600.0)
        for keys, wait_s, name in shots:
            await pilot.press(*keys)
            await pilot.pause(wait_s)
            await _until(pilot, lambda: not console.bench.runner.active(), 600.0)
            await pilot.pause(1.0)
            picture = console.export_screenshot(title="stemlathe")
            # the export names its classes after what it shows, which differs from picture to picture
            picture = re.sub(r"terminal-\d+", f"terminal-{name}", picture)
            # fonts from elsewhere are not loaded where the picture stands in a page
            picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
            PICTURES.mkdir(parents=True, exist_ok=True)
            (PICTURES / f"{name}.svg").write_text(picture, "utf-8")


def _is_known(view: View) -> bool:
    """Whether the engine has found out everything about the session as it is."""
    document, status = view.document, view.snapshot.status
    null = document.null_state == "current"
    return (
        document.target is not None
        and null
        and document.marks is not None
        and not document.marks.old
        and not status.drive_stale
    )


async def _until(pilot: Any, done: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > deadline_s:
            raise TimeoutError("the engine does not get ready")
        await pilot.pause(0.1)


def _write_faulty(folder: Path, demo: Path) -> Path:
    """A session made from the demo's files, with a bass that was exported too quietly."""
    folder.mkdir()
    for path in demo.parent.glob("*.wav"):
        (folder / path.name).symlink_to(path)
    bass = next(path for path in folder.glob("*.wav") if "bass" in path.name.lower())
    samples, rate = soundfile.read(bass)
    bass.unlink()
    soundfile.write(bass, samples * 10.0 ** (_TOO_QUIET_DB / 20.0), rate, subtype="PCM_24")
    session = folder / "River of Light.toml"
    if code := cli(["new", str(folder), "--reference", str(folder / REFERENCE_NAME), "--out", str(session)]):
        raise SystemExit(code)
    return session


def _take(session: Path, shots: Shots) -> None:
    """Photographs a session's console."""
    entry = start(session, device="null")
    feed = Feed(attach_to(entry, Role.CONTROLLER, wait_s=1.0), Role.CONTROLLER)
    terminal = Terminal(Depth.TRUE, multiplexed=False, remote=False)
    looks = Looks(Depth.TRUE, Settings(fps=4.0))
    parts = Parts(feed, looks, terminal, CellBuffer(*SIZE), Mirror(*SIZE), Picture())
    try:
        asyncio.run(_photograph(Console(parts, {}), shots))
    finally:
        feed.close()
        end(entry, ask_s=5.0)  # its folders go with those of the caller


def main() -> None:
    """Makes all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("RUNTIME_DIR", "STATE_HOME", "CONFIG_HOME"):
            (Path(folder) / name).mkdir(mode=0o700)
            os.environ[f"XDG_{name}"] = str(Path(folder) / name)
        session = write_demo(Path(folder) / "River of Light").session
        _take(session, SHOTS)
        _take(_write_faulty(Path(folder) / "From a stranger", session), FAULTY_SHOTS)


if __name__ == "__main__":
    main()
