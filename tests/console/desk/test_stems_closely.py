"""Wide screens show what each stem is made of: short-term loudness, and a spectrum of sixteen cells."""

from __future__ import annotations

import dataclasses
import math
import re

import pytest
from desk_pictures import Picture, drawn
from desk_views import Studio

from engine.link.records import STEM_BANDS, State, StemCloseUp
from tui.desk.closely import LOUDNESS_HEADING, SPECTRUM_HEADING
from tui.desk.columns import CLOSELY_FROM

SILENT = StemCloseUp(math.nan, (-math.inf,) * STEM_BANDS)


def one_band(band: int, level_dbfs: float = -30.0) -> StemCloseUp:
    """A stem that sounds in one band."""
    levels = [-math.inf] * STEM_BANDS
    levels[band] = level_dbfs
    return StemCloseUp(-23.4, tuple(levels))


def view(*stems: StemCloseUp, **changes):
    return Studio(stems=len(stems) or 2).view(stems_close_up=stems, **changes)


@pytest.mark.parametrize(("height", "rows"), [(24, 1), (60, 2)])
@pytest.mark.parametrize("band", [0, 3, STEM_BANDS - 1])
def test_a_band_stands_in_its_cell(height, rows, band):
    picture = drawn(view(one_band(band), SILENT), (200, height))
    found = [row for row in picture.buffer.text().splitlines() if " 1 Drums" in row]
    assert len(found) == 1
    top = picture.buffer.text().splitlines().index(found[0])
    rows_shown = list(zip(picture.buffer.glyphs, picture.buffer.styles, strict=True))[top : top + rows]
    lit = [
        [style.startswith("spectrum") and glyph != " " for glyph, style in zip(glyphs, styles, strict=True)]
        for glyphs, styles in rows_shown
    ]
    cells = [place for place, column in enumerate(zip(*lit, strict=True)) if any(column)]
    heading = picture.line(SPECTRUM_HEADING)
    assert cells == [heading.index(SPECTRUM_HEADING) + band]


def test_the_loudness_stands_under_its_heading_and_is_not_made_up():
    picture = drawn(view(one_band(2), SILENT), (200, 60))
    text = picture.buffer.text().splitlines()
    at = picture.line(LOUDNESS_HEADING).index(LOUDNESS_HEADING)
    below = [row[at : at + 6].strip() for row in text]
    assert "−23.4" in below
    second = text.index(picture.line("2 Bass"))
    assert text[second + 1][at : at + 6].strip() == "—"
    # nobody has looked: nothing is known
    assert "−23.4" not in drawn(view(), (200, 60)).buffer.text()


def test_louder_is_higher_and_what_is_gone_leaves_nothing():
    picture = Picture(200, 60)
    made = view(one_band(5, -60.0))
    at = None
    heights = []
    for number, level in enumerate((-60.0, -40.0, -15.0, -math.inf)):
        picture.draw(dataclasses.replace(made, now_s=10.0 + number, stems_close_up=(one_band(5, level),)))
        at = picture.line(SPECTRUM_HEADING).index(SPECTRUM_HEADING) + 5
        top = next(y for y, row in enumerate(picture.buffer.text().splitlines()) if " 1 Drums" in row)
        cell = [picture.buffer.glyphs[top + row][at] for row in (0, 1)]
        heights.append(sum(" ▁▂▃▄▅▆▇█".index(glyph) for glyph in cell))
    assert heights[0] < heights[1] < heights[2]
    assert heights[3] == 0


def test_paused_the_last_picture_stays_and_is_dimmed():
    made = view(one_band(5))
    picture = Picture(200, 60)
    picture.draw(made)
    still = dataclasses.replace(made.snapshot, transport=made.snapshot.transport._replace(state=State.PAUSED))
    picture.draw(dataclasses.replace(made, snapshot=still, now_s=made.now_s + 1.0))
    at = picture.line(SPECTRUM_HEADING).index(SPECTRUM_HEADING) + 5
    top = next(y for y, row in enumerate(picture.buffer.text().splitlines()) if " 1 Drums" in row)
    assert picture.buffer.glyphs[top + 1][at] != " "
    assert picture.buffer.styles[top + 1][at].startswith("faint")
    figure = picture.line(LOUDNESS_HEADING).index(LOUDNESS_HEADING) + 5
    assert picture.buffer.styles[top + 1][figure].startswith("faint")
    picture.draw(dataclasses.replace(made, now_s=made.now_s + 2.0))
    assert picture.buffer.styles[top + 1][figure].startswith("dim")


def test_narrower_screens_have_no_room_for_it():
    picture = drawn(view(one_band(5), SILENT), (CLOSELY_FROM - 1, 48))
    assert SPECTRUM_HEADING not in picture.buffer.text()
    assert SPECTRUM_HEADING in drawn(view(one_band(5), SILENT), (CLOSELY_FROM, 48)).buffer.text()


def test_a_wide_console_asks_the_engine_for_it_and_a_narrower_one_no_longer(start_fake, terminal):
    engine = start_fake()
    pty = terminal("attach", columns=200, rows=60)

    def figures() -> list[str]:
        lines = pty.text().splitlines()
        heading = next((line for line in lines if LOUDNESS_HEADING in line), "")
        at = heading.find(LOUDNESS_HEADING)
        return [line[at : at + 6].strip() for line in lines if heading]

    def asked() -> list[dict[str, object]]:
        return [one["payload"] for one in engine.commands() if one["kind"] == "look"]

    pty.until(lambda: sum(re.fullmatch(r"−\d+\.\d", text) is not None for text in figures()) >= 8)
    assert asked() == [{"stem": None, "image": False, "stems": True}]
    pty.resize(160, 48)
    pty.until(lambda: asked()[-1] == {"stem": None, "image": False})
