"""Whole pictures of every view, cell by cell: what a user sees, kept beside this file.

Whoever means to change a picture draws them again and looks at what differs before it is committed:

    STEMLATHE_SEEN=draw python -m pytest -n 0 tests/console/seen; git diff tests/console/seen
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from album_views import ALBUM, result
from chain_views import EVERY
from desk_pictures import KEYS, changed
from desk_views import Studio
from documents import with_words
from elsewhere_views import MASKER, report
from work_views import (
    PATH,
    check_report,
    done,
    null_report,
    output,
    render_report,
    under_way,
    view_of,
    with_row,
)

from engine.link.document import HistoryStep
from engine.link.history import Heard, History
from engine.link.records import Source, State
from engine.link.snapshot import NO_CLOSE_UP, NO_MASTER, NO_STATUS, NO_STEM, Snapshot
from engine.session.files import parse_session
from engine.session.validate import session_from_tree
from tui.controls.asking import live_work
from tui.desk.desk import Desk
from tui.display.cells import CellBuffer
from tui.panels.album.panel import AlbumPanel
from tui.panels.chain.panel import ChainPanel
from tui.panels.compare.panel import ComparePanel
from tui.panels.elsewhere.panel import ElsewherePanel
from tui.panels.history.panel import HistoryPanel
from tui.panels.intake.panel import IntakePanel
from tui.panels.loudness.panel import LoudnessPanel
from tui.panels.null.panel import NullPanel
from tui.panels.render.panel import RenderPanel
from tui.screen.layout import Screen
from tui.view import MASTER, Focus, Panel, View
from tui.work.codec import CodecListening
from tui.work.verb_job import Work
from tui.work.verb_runner import Runner

HERE = Path(__file__).parent
#: Letters that stand for styles, in the order in which the styles come.
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def printed(buffer: CellBuffer) -> str:
    """A picture as text: its glyphs, then a letter for each cell's style, then what the letters stand for."""
    letters: dict[str, str] = {}
    styles = [
        "".join(
            letters.setdefault(" ".join(style.split()), _LETTERS[len(letters)]) if glyph else ""
            for glyph, style in zip(glyphs, row, strict=True)
        )
        for glyphs, row in zip(buffer.glyphs, buffer.styles, strict=True)
    ]
    legend = [f"{letter} {style}" for style, letter in letters.items()]
    return "\n".join([*buffer.text().split("\n"), "", *styles, "", *legend, ""])


BANDS = 31
FALLING = tuple(-20.0 - 0.7 * band for band in range(BANDS))


def on_screen(view: View, width: int, height: int) -> CellBuffer:
    """The whole screen, with the desk in it."""
    buffer, desk = CellBuffer(width, height), Desk()
    Screen().draw(buffer.canvas, view, {Panel.STEMS: desk.draw, Panel.MASTER: desk.draw}, KEYS)
    return buffer


def in_panel(panel: Any, view: View, width: int, height: int) -> CellBuffer:
    """A panel alone."""
    buffer = CellBuffer(width, height)
    panel.draw(buffer.canvas, view)
    return buffer


def desks() -> Iterator[tuple[str, CellBuffer]]:
    """Stems and master, quiet and in trouble."""
    calm = Studio()
    for size in ((80, 24), (120, 36), (160, 40)):
        yield f"stems-{size[0]}x{size[1]}", on_screen(calm.view(), *size)
    master = Focus(panel=Panel.MASTER, stem=MASTER)
    for size in ((80, 24), (160, 48)):
        yield f"master-{size[0]}x{size[1]}", on_screen(calm.view(focus=master), *size)
    busy = Studio(
        stems=14, muted=frozenset({1, 4}), soloed=frozenset({2}), inverted=frozenset({3}), reference=False
    )
    view = busy.view(40.0, focus=Focus(stem=9))
    view = changed(view, "transport", source=Source.DRY, state=State.PAUSED, loop_on=False)
    view = changed(view, "monitor", dim=True, mono=True, translation="car", reference_db=float("nan"))
    view = changed(view, "job", label="solving the drive", progress=0.42, left_s=12.0)
    yield "trouble-120x36", on_screen(view, 120, 36)
    unlimited = Studio(stems=3, limiter=False, names=("夜の川", "A name that is far too long for its column"))
    yield "few-100x30", on_screen(unlimited.view(3.0), 100, 30)


def work() -> Iterator[tuple[str, CellBuffer]]:
    """The panels that show what verbs found."""
    runner = Runner()
    null = view_of(Panel.NULL)
    yield "null-before-80x18", in_panel(NullPanel(runner), null, 80, 18)
    done(runner, _work(null, "null"), null_report())
    yield "null-100x28", in_panel(NullPanel(runner), null, 100, 28)
    yield "null-stem-160x42", in_panel(NullPanel(runner), with_row(null, 4), 160, 42)
    runner = Runner()
    intake = view_of(Panel.INTAKE)
    done(runner, _work(intake, "check"), check_report())
    yield "intake-80x18", in_panel(IntakePanel(runner), intake, 80, 18)
    yield "intake-stem-160x42", in_panel(IntakePanel(runner), with_row(intake, 4), 160, 42)
    runner = Runner()
    renders = view_of(Panel.RENDER)
    files = (output("streaming", "master"), output("cd", "master", holds=False))
    done(runner, Work("render", PATH, revision=3), render_report(*files))
    yield "loudness-80x18", in_panel(LoudnessPanel(runner), _played(), 80, 18)
    yield "loudness-160x42", in_panel(LoudnessPanel(runner), _played(), 160, 42)
    yield "render-80x18", in_panel(RenderPanel(runner), renders, 80, 18)
    under_way(runner, Work("render", PATH, revision=3))
    yield "render-160x42", in_panel(RenderPanel(runner), with_row(renders, 1, 1), 160, 42)
    runner = Runner()
    elsewhere = view_of(Panel.ELSEWHERE)
    done(runner, _work(elsewhere, "advise", "--translation"), report(MASKER))
    yield "elsewhere-80x18", in_panel(ElsewherePanel(runner), elsewhere, 80, 18)
    yield "elsewhere-masker-160x42", in_panel(ElsewherePanel(runner), with_row(elsewhere, 3), 160, 42)


def _work(view: View, verb: str, *options: str) -> Work:
    found = live_work(view, verb, options)
    assert found is not None
    return found


def _played() -> View:
    """Most of the song was heard, a part of it before the newest edits."""
    view = view_of(Panel.LOUDNESS)
    master = NO_MASTER._replace(integrated_lufs=-12.34, lra_lu=5.1, true_peak_max_dbtp=-0.7, plr_db=11.6)
    levels = tuple(-20.0 + (place * 37) % 100 / 9.0 for place in range(100))
    states = bytes([Heard.HEARD] * 70 + [Heard.OUTDATED] * 20 + [Heard.UNHEARD] * 10)
    return replace(
        view,
        snapshot=Snapshot(master=master, status=NO_STATUS._replace(loudness_heard=0.9)),
        history=History(3, 4800, 480_000, levels, states),
        document=with_words(view.document, {"target": "streaming"}),
    )


def edited() -> Iterator[tuple[str, CellBuffer]]:
    """The chain of the master, each processor once; the history; the comparison."""
    session = session_from_tree(parse_session(EVERY, PATH), PATH)
    playing = replace(view_of(Panel.CHAIN), session=session)
    playing = changed(playing, "transport", state=State.PLAYING, sample_rate_hz=48_000)
    stems = (NO_STEM._replace(processors_db=(3.2,) * 7),)
    reductions = tuple(float(number) for number in range(8))
    master = NO_MASTER._replace(processors_db=reductions, gain_reduction_db=4.0)
    playing = replace(
        playing,
        snapshot=replace(playing.snapshot, stems=stems, master=master),
        close_up=NO_CLOSE_UP._replace(
            strip=MASTER,
            bands=BANDS,
            before_dbfs=FALLING,
            after_dbfs=tuple(level - 3.0 for level in FALLING),
            before_rms_dbfs=-21.3,
            after_rms_dbfs=-24.5,
            before_peak_dbfs=-9.8,
            after_peak_dbfs=-11.2,
        ),
    )
    for number, processor in enumerate(session.master.chain):
        focus = Focus(panel=Panel.CHAIN, stem=MASTER, processor=number)
        size = (140, 40) if number % 2 else (100, 28)
        drawn = in_panel(ChainPanel(), replace(playing, focus=focus), *size)
        yield f"chain-{processor.type}-{size[0]}x{size[1]}", drawn
    seen = view_of(Panel.HISTORY)
    branches = ((1, None), (2, 1), (3, 2), (4, 2), (5, 4), (6, 3), (7, 6))
    steps = tuple(HistoryStep(one, parent, f"step {one}", 1e9 + one) for one, parent in branches)
    past = {"revision": 7, "saved_revision": 5, "rendered_revision": 5}
    stored = {"A": {"revision": 3, "label": "Drums trim +0.5 dB"}, "B": None, "C": None, "D": None}
    document = dataclasses.replace(with_words(seen.document, {**past, "snapshots": stored}), history=steps)
    yield "history-100x28", in_panel(HistoryPanel(), replace(seen, document=document), 100, 28)
    match = {
        "dry_db": 6.3,
        "reference_db": -1.1,
        "processed_lufs": -9.8,
        "dry_lufs": -16.1,
        "reference_lufs": -8.7,
    }
    seen = view_of(Panel.COMPARE)
    reference = [level + (2.0 if band == 8 else -0.1 * band) for band, level in enumerate(FALLING)]
    words = {"match": match, "snapshots": stored, "master_spectrum_dbfs": FALLING}
    document = with_words(seen.document, {**words, "reference_spectrum_dbfs": reference})
    seen = changed(replace(seen, document=document), "transport", source=Source.REFERENCE, match_db=-1.1)
    for size in ((80, 24), (160, 42)):
        panel = ComparePanel(CodecListening(Runner()))
        yield f"compare-{size[0]}x{size[1]}", in_panel(panel, seen, *size)


def albums(folder: Path) -> Iterator[tuple[str, CellBuffer]]:
    """An album that was made."""
    (folder / "album.toml").write_text(ALBUM)
    for name in ("song.toml", "b.wav", "c.wav"):
        (folder / name).write_text("")
    runner = Runner()
    seen = view_of(Panel.ALBUM)
    seen = replace(seen, document=with_words(seen.document, {"path": str(folder / "song.toml")}))
    done(runner, Work("album", folder / "album.toml"), result(made=True))
    for size in ((80, 18), (160, 42)):
        yield f"album-{size[0]}x{size[1]}", in_panel(AlbumPanel(runner), with_row(seen, 1), *size)


@pytest.mark.parametrize("pictures", [desks, work, edited, albums], ids=lambda made: made.__name__)
def test_every_cell_is_as_it_was_looked_at(
    pictures: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.chdir(tmp_path)
    differing = []
    for name, buffer in pictures(tmp_path) if pictures is albums else pictures():
        text, file = printed(buffer), HERE / f"{name}.txt"
        if os.environ.get("STEMLATHE_SEEN") == "draw":
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            differing.append(name)
            (tmp_path / file.name).write_text(text, encoding="utf-8")
    assert differing == [], f"compare {HERE} with {tmp_path}"
