"""The chosen row of a list is one bar: no gaps in it, nothing of it left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from album_views import ALBUM, result
from documents import with_words
from elsewhere_views import MASKER
from elsewhere_views import report as elsewhere_report
from work_views import check_report, done, null_report, view_of, with_row

from tui.controls.asking import live_work
from tui.display.cells import CellBuffer
from tui.panels.registry import make_panels
from tui.view import Panel, View
from tui.work.verb_job import Work
from tui.work.verb_runner import Runner

SIZES = [(80, 18), (120, 30), (200, 52)]
#: Panels with lists and one of their rows.
ROWS = [
    *((Panel.INTAKE, 0), (Panel.INTAKE, 4), (Panel.NULL, 0), (Panel.COMPARE, 1), (Panel.COMPARE, 6)),
    *((Panel.LOUDNESS, 0), (Panel.LOUDNESS, 4), (Panel.ELSEWHERE, 1), (Panel.ELSEWHERE, 3), (Panel.ALBUM, 1)),
]


@pytest.fixture
def runner(own_folders: Path) -> Runner:
    return Runner()


def seen(panel: Panel, runner: Runner, folder: Path) -> View:
    """A panel with something in its list."""
    (folder / "album.toml").write_text(ALBUM)
    for name in ("song.toml", "b.wav", "c.wav"):
        (folder / name).write_text("")
    view = view_of(panel)
    if panel is Panel.ALBUM:
        done(runner, Work("album", folder / "album.toml"), result(made=True))
        path = str(folder / "song.toml")
        return replace(view, document=with_words(view.document, {"path": path}))
    verbs = {
        Panel.INTAKE: ("check", (), check_report()),
        Panel.NULL: ("null", (), null_report()),
        Panel.ELSEWHERE: ("advise", ("--translation",), elsewhere_report(MASKER)),
    }
    if panel in verbs:
        verb, arguments, found = verbs[panel]
        work = live_work(view, verb, arguments)
        assert work is not None
        done(runner, work, found)
    return view


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("panel", "row"), ROWS)
def test_the_chosen_row_is_one_bar(
    runner: Runner, tmp_path: Path, panel: Panel, row: int, size: tuple[int, int]
) -> None:
    view = with_row(seen(panel, runner, tmp_path), row)
    buffer = CellBuffer(*size)
    make_panels(runner)[panel].draw(buffer.canvas, view)
    rows = [y for y, glyphs in enumerate(buffer.glyphs) if "▸" in glyphs]
    assert rows, buffer.text()
    for y in rows:
        glyphs = buffer.glyphs[y]
        begin = glyphs.index("▸")
        end = next((x for x in range(begin, size[0]) if glyphs[x] == "│"), size[0])
        end = max(x for x in range(end) if glyphs[x].strip()) + 1
        gaps = [x for x in range(begin, end) if not buffer.styles[y][x].endswith(" on selected")]
        assert gaps == [], "".join(glyphs)
