"""Makes the README's pictures from the running program: `python tests/console/pictures.py`.

Synthesises the demo in a temporary folder, plays it through the engine on `null`, presses the keys that a
user presses, and writes what Textual exports to `docs/pictures/`.
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

from engine.demo.files import write_demo
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
#: What is pressed, until when to wait then, and what the picture is called.
SHOTS: tuple[tuple[tuple[str, ...], float, str], ...] = (
    (("space",), 40.0, "desk"),
    (("e", "down", "down", "down"), 3.0, "chain"),
    (("g", "n", "n"), 12.0, "null"),
)


async def _photograph(console: Console) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await _until(pilot, lambda: console.newest.snapshot.transport.state is State.PAUSED)
        await pilot.press("T", "t")
        # what is found out beside the sound takes its time on a busy machine; a picture shows it all
        await _until(pilot, lambda: _is_known(console.newest), 600.0)
        for keys, wait_s, name in SHOTS:
            await pilot.press(*keys)
            await pilot.pause(wait_s)
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
    marks = document.get("marks") or {"old": True}
    null = document.get("null_state") == "current"
    return document.get("target") is not None and null and not marks["old"] and not status.drive_stale


async def _until(pilot: Any, done: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > deadline_s:
            raise TimeoutError("the engine does not get ready")
        await pilot.pause(0.1)


def main() -> None:
    """Makes all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("RUNTIME_DIR", "STATE_HOME", "CONFIG_HOME"):
            (Path(folder) / name).mkdir(mode=0o700)
            os.environ[f"XDG_{name}"] = str(Path(folder) / name)
        session = write_demo(Path(folder) / "River of Light").session
        entry = start(session, device="null")
        feed = Feed(attach_to(entry, Role.CONTROLLER, wait_s=1.0), Role.CONTROLLER)
        terminal = Terminal(Depth.TRUE, multiplexed=False, remote=False)
        looks = Looks(Depth.TRUE, Settings(fps=4.0))
        parts = Parts(feed, looks, terminal, CellBuffer(*SIZE), Mirror(*SIZE), Picture())
        try:
            asyncio.run(_photograph(Console(parts, {})))
        finally:
            feed.close()
            end(entry, ask_s=5.0)  # its folders go with this block


if __name__ == "__main__":
    main()
