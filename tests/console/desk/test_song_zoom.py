"""A stretch of the song on its time lines: what is drawn of it, and that everything keeps its place."""

from __future__ import annotations

import dataclasses

import pytest
from desk_pictures import Picture
from desk_views import Studio
from documents import with_words

from engine.link.history import Heard, History
from tui.desk.overview import Overview
from tui.desk.pace import Moment
from tui.desk.song import SongLoudness
from tui.desk.stretch import zoom_of
from tui.desk.transport import TransportBar
from tui.display.cells import CellBuffer
from tui.view import CLOSEST_ZOOM, Panel, View

RATE = 48000
LENGTH = 240 * RATE
WIDTH, ROWS = 100, 6
ZOOMS = (1, 2, 4, 8)
#: Steps of the overview in which the song is loud, is limited and is over.
LOUD, LIMITED, OVER = (300, 310), (305, 320), 700
MARKERS = (("Verse", 30), ("Chorus", 75), ("Bridge", 210))


def at(seconds: float, zoom: int, *, loop: tuple[float, float] = (-1, -1), on: bool = True) -> View:
    """A song of four minutes, quiet but for a hit, at a time of it."""
    view = Studio().view()
    peaks = bytearray([255 - 51] * 1000)  # 12 dB down, 51 steps of 60 dB / 255
    peaks[LOUD[0] : LOUD[1]] = bytes([255] * 10)
    reductions, overs = bytearray(1000), bytearray(1000)
    reductions[LIMITED[0] : LIMITED[1]] = bytes([60] * 15)
    overs[OVER] = 1
    document = with_words(
        view.document,
        {
            "overview": {"bins": 1000, "peaks": peaks.hex(), "rms": bytes(1000).hex()},
            "marks": {"reductions": reductions.hex(), "overs": overs.hex(), "old": False},
            "markers": [{"name": name, "position_frames": second * RATE} for name, second in MARKERS],
        },
    )
    begin, end = (round(second * RATE) if second >= 0 else -1 for second in loop)
    transport = view.snapshot.transport._replace(
        position_frames=min(LENGTH, round(seconds * RATE)),
        length_frames=LENGTH,
        sample_rate_hz=RATE,
        loop_start_frames=begin,
        loop_end_frames=end,
        loop_on=on and begin >= 0,
    )
    return dataclasses.replace(
        view,
        document=document,
        snapshot=dataclasses.replace(view.snapshot, transport=transport),
        focus=dataclasses.replace(view.focus, zoom=zoom),
    )


def drawn(view: View, width: int = WIDTH) -> CellBuffer:
    buffer = CellBuffer(width, ROWS)
    Overview(buffer.canvas).draw(Moment(view))
    return buffer


def page_of(second: float, zoom: int) -> tuple[float, float]:
    """The times between which the song is shown while a second of it is heard."""
    size_s = 240.0 / zoom
    page = min(zoom - 1, int(second / size_s))
    return page * size_s, (page + 1) * size_s


def columns(buffer: CellBuffer, row: int, glyphs: str) -> list[int]:
    return [x for x, glyph in enumerate(buffer.glyphs[row]) if glyph in glyphs]


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("second", [0.0, 31.0, 74.0, 120.0, 168.5, 239.9, 240.0])
def test_what_happens_at_a_time_is_drawn_at_that_time(zoom, second):
    """Peaks, limiting, overs, markers and playhead, each from its time in the song alone."""
    begin, end = page_of(second, zoom)

    def column(time: float) -> int | None:
        return int((time - begin) / (end - begin) * WIDTH + 1e-9) if begin <= time < end else None

    buffer = drawn(at(second, zoom))
    playhead = next(x for x in range(WIDTH) if buffer.glyphs[1][x] == "┃")
    assert playhead == (column(second) if second < 240.0 else WIDTH - 1)
    hit = [x for x in columns(buffer, 1, "⣿⢸⡇") if x != playhead]
    expected = {
        x
        for step in range(*LOUD)
        for part in range(8)
        if (x := column((step + part / 8) * 0.24)) is not None and x != playhead
    }
    assert expected - {min(expected, default=0), max(expected, default=0)} <= set(hit) <= expected
    limited = columns(buffer, ROWS - 1, "█")
    assert (limited != []) == (column(LIMITED[0] * 0.24) is not None)
    if limited:
        assert abs(limited[0] - column(LIMITED[0] * 0.24)) <= 1
        assert len(limited) == pytest.approx(15 * 0.24 / (end - begin) * WIDTH, abs=2)
    overs = columns(buffer, ROWS - 1, "▲")
    assert (overs != []) == (column(OVER * 0.24) is not None)
    if overs:
        assert abs(overs[0] - column(OVER * 0.24)) <= 1
    for name, time in MARKERS:
        x = column(time)
        assert (f"▾{name}" in buffer.text()) == (x is not None), name
        if x is not None:
            assert buffer.glyphs[0][x] == "▾"
            assert buffer.glyphs[ROWS - 2][x] == "╷" or x == playhead


def test_closer_is_wider_until_a_step_has_a_cell():
    """The hit of 2.4 s: an eighth of the song still has a step of the engine's thousand for every cell."""
    assert [len(columns(drawn(at(88.0, zoom)), 1, "⣿")) for zoom in ZOOMS] == [1, 2, 4, 8]
    assert 2 * CLOSEST_ZOOM * WIDTH > 1000 >= CLOSEST_ZOOM * WIDTH


def test_the_scale_is_the_songs_in_every_stretch():
    """12 dB below the hit is a quarter as high, also where the hit is not shown."""
    whole, part = drawn(at(200.0, 1)), drawn(at(200.0, 8))
    for buffer in (whole, part):
        filled = [buffer.glyphs[row][50] not in " ⠀" for row in range(1, ROWS - 1)]
        assert filled == [False, False, False, True]


def test_a_stretch_without_limiting_says_so_of_itself():
    text = drawn(at(200.0, 8)).text()
    assert "nothing is limited, nothing is over in this stretch" in text
    assert "nothing is limited" not in drawn(at(75.0, 8)).text()


def test_it_turns_the_page_where_the_song_comes_to_its_end_and_nothing_moves_within():
    buffer = CellBuffer(WIDTH, ROWS)
    overview = Overview(buffer.canvas)
    still = set()
    for second in (60.0, 75.5, 89.99):
        overview.draw(Moment(at(second, 8)))
        text = buffer.text()
        assert "▾Chorus" in text
        still.add(text.splitlines()[0])
    assert len(still) == 1
    overview.draw(Moment(at(90.0, 8)))
    assert "Chorus" not in buffer.text()
    assert buffer.text() == drawn(at(90.0, 8)).text()
    overview.draw(Moment(at(75.5, 1)))
    assert buffer.text() == drawn(at(75.5, 1)).text(), "the whole song again, as if it had never been closer"


@pytest.mark.parametrize(
    ("loop", "second", "looped", "signs"),
    [
        ((63.0, 69.0), 64.0, (10, 30), "[]"),
        ((50.0, 69.0), 64.0, (0, 30), "]"),
        ((63.0, 100.0), 64.0, (10, 99), "["),
        ((50.0, 100.0), 64.0, (0, 99), ""),
        ((63.0, 90.0), 64.0, (10, 99), "[]"),  # ends with the page
        ((63.0, 90.0), 95.0, None, ""),  # and has nothing on the next
        ((30.0, 60.0), 64.0, None, ""),
        ((100.0, 110.0), 64.0, None, ""),
        ((-1, -1), 64.0, None, ""),
    ],
)
def test_a_loop_is_shown_as_far_as_it_reaches_into_the_stretch(loop, second, looped, signs):
    buffer = drawn(at(second, 8, loop=loop))
    row, styles = buffer.glyphs[ROWS - 2], buffer.styles[2]
    marked = {int((time - 60) / 0.3 + 1e-9) for _, time in MARKERS}
    found = [x for x in range(WIDTH) if "loop" in styles[x]]
    skipped = marked | {x for x in range(WIDTH) if "playhead" in styles[x]}
    assert found == ([x for x in range(looped[0], looped[1] + 1) if x not in skipped] if looped else [])
    assert "".join(glyph for glyph in row if glyph in "[]") == signs
    off = drawn(at(second, 8, loop=loop, on=False))
    assert not any(style == "loop" for style in off.styles[2])
    assert "".join(glyph for glyph in off.glyphs[ROWS - 2] if glyph in "[]") == signs


@pytest.mark.parametrize("zoom", ZOOMS)
def test_loudness_shows_the_same_stretch_at_the_same_columns(zoom):
    """Right above the overview on wide screens; here a chorus that is 5 LU louder, unheard from 200 s on."""
    slots = 1200
    values = [-15.0 if 75.0 <= slot * 0.2 < 105.0 else -20.0 for slot in range(slots)]
    states = bytes(Heard.HEARD if slot * 0.2 < 200.0 else Heard.UNHEARD for slot in range(slots))
    view = dataclasses.replace(at(80.0, zoom), history=History(1, LENGTH // slots, LENGTH, values, states))
    begin, end = page_of(80.0, zoom)
    buffer = CellBuffer(WIDTH + 6, 12)
    SongLoudness(buffer.canvas).draw(Moment(view))
    tops = [
        next((row for row in range(11) if buffer.glyphs[row][x] in "▁▂▃▄▅▆▇█"), 11)
        for x in range(6, WIDTH + 6)
    ]
    for x, top in enumerate(tops):
        # a column holds what begins in it; those at the edges of the chorus hold both
        first, last = begin + x * (end - begin) / WIDTH, begin + (x + 1) * (end - begin) / WIDTH
        if first >= 75.0 and last <= 105.0:
            assert top == min(tops)
        elif last < 200.0 and (last < 75.0 or first > 105.0):
            assert min(tops) < top < 11
        elif first > 200.2:
            assert top == 11
    playhead = [x - 6 for x in range(6, WIDTH + 6) if buffer.glyphs[0][x] == "│"]
    assert playhead == [int((80.0 - begin) / (end - begin) * WIDTH)]
    axis = buffer.glyphs[11]
    labels = "".join(axis).split()
    minutes, seconds = divmod(int(begin), 60)
    assert labels[0] == f"{minutes:02}:{seconds:02}"
    last_label = labels[-1]
    x = "".join(axis).index(last_label) - 6
    time = int(last_label[:2]) * 60 + int(last_label[3:])
    assert x == int((time - begin) / (end - begin) * WIDTH)


def test_the_page_turns_above_too_although_nothing_else_is_due():
    view = dataclasses.replace(
        at(89.0, 8), history=History(1, LENGTH // 1200, LENGTH, [-20.0] * 1200, bytes([Heard.HEARD]) * 1200)
    )
    buffer = CellBuffer(WIDTH + 6, 12)
    song = SongLoudness(buffer.canvas)
    song.draw(Moment(view))
    assert "01:00" in buffer.text()
    later = dataclasses.replace(at(91.0, 8), history=view.history)
    song.draw(Moment(later, figures=False, spectrum=False, histories=False, words=False))
    assert "01:30" in buffer.text()
    assert "01:00" not in buffer.text()


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_stretch_is_stated_beside_the_position(width):
    for zoom, second, said in ((2, 10.0, "1/2 00:00–02:00"), (8, 75.0, "1/8 01:00–01:30")):
        buffer = CellBuffer(width, 1)
        TransportBar(buffer.canvas).draw(Moment(at(second, zoom, loop=(60.0, 80.0))))
        assert said in buffer.text()
        assert "snap" in buffer.text(), "and nothing that was there is cut off"
        assert "…" not in buffer.text()
    buffer = CellBuffer(width, 1)
    bar = TransportBar(buffer.canvas)
    bar.draw(Moment(at(10.0, 1)))
    assert "1/" not in buffer.text()
    bar.draw(Moment(at(89.9, 8)))
    bar.draw(Moment(at(90.0, 8), figures=False))
    assert "1/8 01:30–02:00" in buffer.text(), "it turns with the page"


@pytest.mark.parametrize(
    ("text", "zoom"), [("whole", 1), ("1", 1), ("1/2", 2), (" 1/4 ", 4), ("8", 8), ("1/8", 8)]
)
def test_a_stretch_by_name(text, zoom):
    assert zoom_of(text) == zoom


@pytest.mark.parametrize("text", ["1/3", "0", "16", "1/16", "half", "-2"])
def test_there_is_no_other(text):
    with pytest.raises(ValueError, match=f"whole, 1/2, 1/4, 1/8: there is no '{text}'"):
        zoom_of(text)


@pytest.mark.parametrize("panel", [Panel.STEMS, Panel.MASTER])
@pytest.mark.parametrize("width", [120, 200])
def test_the_heading_says_what_is_shown(panel, width):
    picture = Picture(width, 48)

    def heading(zoom: int, second: float = 80.0, **document: object) -> str:
        view = at(second, zoom)
        focus, words = dataclasses.replace(view.focus, panel=panel), with_words(view.document, document)
        picture.draw(dataclasses.replace(view, focus=focus, document=words, now_s=view.now_s + zoom))
        row = picture.line("SHORT-TERM L")
        assert "╌" not in row.partition("SHORT-TERM")[0]
        return row

    assert "OVER THE SONG" in heading(1)
    assert "the mix" not in heading(1)
    zoomed = heading(4)
    assert "01:00–02:00" in zoomed
    assert "OVER THE SONG" not in zoomed
    # the song has come to the next page
    assert "02:00–03:00" in heading(4, 130.0)
    mix = {"reference_short_term_lufs": [-14.0] * 100}
    match = {"processed_lufs": -14.0, "reference_lufs": -13.0}
    whole = heading(1, **mix, match=match)
    assert "╌ the mix, as loud" in whole
    assert "01:00" not in whole
