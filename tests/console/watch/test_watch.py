"""`watch`: what runs and what has ended, as a picture, as JSON, and on a terminal of its own."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pty_screen import PtyScreen
from watch_views import ENGINE, RENDER, SESSION, told
from work_views import output

from engine.cli.main import main
from engine.processes.ended_renders import Ending
from engine.processes.published import RenderPublisher
from engine.processes.watch_view import Outlook, look
from engine.report.reading import read_as
from engine.report.render import OutputReport
from tui.display.cells import CellBuffer
from tui.watch.picture import Gone, draw_watch
from tui.watch.run import Memory

LIMIT_S = 30.0
ENDED = Ending("old", 9, SESSION, "done", "", 8.2, 1e9, (told("cd", "tv"), told("cd", "master", holds=False)))


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime folder of this test alone."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def report(**changes: object) -> OutputReport:
    """A finished file."""
    made = read_as(OutputReport, output("streaming", "master"))
    return replace(made, path=Path("/renders/x.wav"), **changes)  # type: ignore[arg-type]


def drawn(
    outlook: Outlook, width: int = 80, height: int = 24, first: int = 0, gone: tuple[Gone, ...] = ()
) -> str:
    buffer = CellBuffer(width, height)
    draw_watch(buffer.canvas, outlook, gone, first, 1e9)
    return buffer.text()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 60)])
def test_everything_that_runs_and_has_ended_is_seen(width: int, height: int) -> None:
    text = drawn(Outlook((RENDER, ENGINE), (ENDED,)), width, height)
    for part in (
        "2 running · 1 ended",
        "falling-water",
        "43%",
        "00:12 left",
        "23 ×",
        "file 2 of 4",
        "−14.1 LUFS",
    ):
        assert part in text
    for part in ("slow-rivers", "playing", "1:07.4", "3:12.0", "load  12%", "2 under-runs", "target −14.0"):
        assert part in text
    for part in ("I  −14.2 LUFS of 43%", "S  −13.1", "GR 2.3 dB", "3 consoles", "pass 2"):
        assert part in text
    for part in (
        "✓ −14.00 LUFS",
        "✖ old",
        "1 hold, 1 missed",
        "took 0:08.2",
        "✖ −15.21 LUFS",
        "is the nearest",
    ):
        assert part in text
    assert all(len(row) <= width for row in text.splitlines())


def test_nothing_says_so() -> None:
    assert "nothing is running" in drawn(Outlook((), ()))


def test_what_has_no_room_is_reached_by_scrolling() -> None:
    outlook = Outlook((RENDER,) * 9, (ENDED,))
    assert "more lines: j k" in drawn(outlook)
    assert "old" not in drawn(outlook)
    assert "✖ old" in drawn(outlook, first=999)
    assert "lines above: k" in drawn(outlook, first=999)


@pytest.mark.parametrize(
    ("how", "message", "words"),
    [("failed", "x.wav: the disk is full", "✖ old"), ("interrupted", "", "· old")],
)
def test_other_endings_are_told_apart(how: str, message: str, words: str) -> None:
    text = drawn(Outlook((), (replace(ENDED, how=how, message=message),)))  # type: ignore[arg-type]
    assert words in text
    assert how in text
    assert message in text


def test_what_vanishes_without_a_word_is_remembered_for_a_while() -> None:
    now_s = 1000.0
    memory = Memory(lambda: now_s)
    assert memory.take(Outlook((RENDER, ENGINE), ())) == ()
    gone = memory.take(Outlook((), (replace(ENDED, name="falling-water", pid=8),)))
    assert [one.name for one in gone] == ["slow-rivers"]  # the render has left its verdict
    assert "engine has ended at" in drawn(Outlook((), ()), gone=gone)
    now_s = 5000.0
    assert memory.take(Outlook((), ())) == ()


def test_a_real_render_is_looked_at(runtime: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RenderPublisher(SESSION, song_s=10.0, steps=4, outputs=2) as publisher:
        publisher("writing", 1, 2)
        publisher.delivered(report())
        deadline_s = time.monotonic() + LIMIT_S
        while not (sights := look().running) or not sights[0].files:
            assert time.monotonic() < deadline_s
        assert main(["watch", "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        (one,) = document["running"]
        assert (one["name"], one["kind"], one["progress"]) == ("falling-water", "render", 0.125)
        assert (one["outputs_done"], one["integrated_lufs"]) == (1, -14.003)
        assert one["files"][0]["holds"] is True
        assert document["ended"] == []
        assert main(["watch"]) == 0  # no terminal: once, as text
        assert "falling-water" in capsys.readouterr().out
    main(["watch", "falling-water", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (document["running"], document["ended"][0]["how"]) == ([], "done")


def test_a_name_that_nothing_has_is_told(runtime: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "nobody"]) != 0
    assert "nothing is running" in capsys.readouterr().err


def test_on_a_terminal_it_follows_a_render_and_gives_the_terminal_back(runtime: Path) -> None:
    source = "from engine.cli.main import run; run()"
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path)}
    with RenderPublisher(SESSION, song_s=10.0, steps=4, outputs=2) as publisher:
        publisher("writing", 1, 2)
        terminal = PtyScreen([sys.executable, "-c", source, "watch"], environment=environment)
        try:
            terminal.until(lambda: "falling-water" in terminal.text(), LIMIT_S)
            begun = terminal.received
            publisher("measuring", 2, 2)
            terminal.until(lambda: "measuring" in terminal.text(), LIMIT_S)
            publisher.delivered(report(true_peak_dbtp=-3.21))
            terminal.until(lambda: "−3.21 dBTP" in terminal.text(), LIMIT_S)
            assert terminal.received - begun < 2000  # differences, no whole screens
            publisher.close()
            terminal.until(lambda: "0 running" in terminal.text(), LIMIT_S)
            terminal.keys("q")
            assert terminal.wait(LIMIT_S) == 0
            # the cursor, plain writing and a clean screen come back before the former screen does
            assert terminal.raw.endswith(b"\x1b[?25h\x1b[0m\x1b[2J\x1b[H\x1b[?1049l")
        finally:
            terminal.close()
