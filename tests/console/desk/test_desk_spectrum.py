"""The desk's spectrum: the track that is heard beside it, and what is left of it while nothing plays."""

from __future__ import annotations

import dataclasses
import math

import pytest
from desk_pictures import Picture, changed, drawn
from desk_views import Studio
from documents import with_words

from engine.link.records import Source, State


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_a_track_is_named_and_drawn_over_the_spectrum_once_it_is_matched(size):
    """A gain that is not known yet neither breaks the picture nor draws the track where it is not heard."""
    single = {"path": "/songs/single.wav", "name": "single", "spectrum_dbfs": [-40.0] * 31, "waits": False}
    view = changed(Studio().view(), "transport", source=Source.TRACK, match_db=math.nan)
    view = dataclasses.replace(
        view, document=with_words(view.document, {"listening": {**single, "integrated_lufs": -8.0}})
    )
    text = Picture(*size).draw(view)
    assert "TRACK" in text
    assert "not matched" in text
    dashes = text.count("─")
    matched = Picture(*size).draw(changed(view, "transport", match_db=-6.0))
    assert "6.0 dB" in matched
    assert matched.count("─") > dashes + 10


def _paused(view, **document):
    """The moment after a pause: the meters have fallen."""
    silent = (-math.inf,) * view.snapshot.master.spectrum_bands
    view = changed(changed(view, "transport", state=State.PAUSED), "master", spectrum_dbfs=silent)
    return dataclasses.replace(view, document=with_words(view.document, {**document}), now_s=view.now_s + 5.0)


def _spectrum(picture: Picture, style: str) -> list[tuple[int, int]]:
    """Cells of bars in a style, above the row of frequencies."""
    return [
        (row, column)
        for row, styles in enumerate(picture.buffer.styles)
        for column, one in enumerate(styles)
        if one == style and picture.buffer.glyphs[row][column] in "▁▂▃▄▅▆▇█"
    ]


def test_a_pause_leaves_the_last_spectrum_dimmed_with_the_songs_mean(size):
    picture, view = Picture(*size), Studio().view()
    picture.draw(view)
    bars = _spectrum(picture, "spectrum")
    assert bars
    mean = [-40.0] * 31
    picture.draw(_paused(view, master_spectrum_dbfs=mean))
    assert _spectrum(picture, "spectrum") == []
    dimmed, dashes = set(_spectrum(picture, "faint")), []
    for row, glyphs in enumerate(picture.buffer.glyphs):
        dashes += [
            (row, x)
            for x, one in enumerate(glyphs)
            if one == "─" and picture.buffer.styles[row][x] == "label"
        ]
    assert dashes
    assert set(bars) <= dimmed | set(dashes)
    picture.draw(dataclasses.replace(view, now_s=view.now_s + 9.0))
    assert _spectrum(picture, "spectrum") == bars
    assert "mean of the song" not in picture.buffer.text()


def test_opened_paused_the_mean_stands_there_alone():
    view = changed(_paused(Studio().view()), "master", spectrum_bands=0, spectrum_dbfs=())
    assert "no spectrum yet" in drawn(view, (160, 48)).buffer.text()
    view = dataclasses.replace(
        view, document=with_words(view.document, {"master_spectrum_dbfs": [-40.0] * 31})
    )
    text = drawn(view, (160, 48)).buffer.text()
    assert "mean of the song" in text
    assert "no spectrum yet" not in text


@pytest.mark.parametrize("loudest", range(31))
def test_what_the_dashes_are_is_never_crossed_by_them(loudest):
    """A band that reaches the top is where the words would stand."""
    mean = [-14.0 if abs(band - loudest) < 2 else -40.0 for band in range(31)]
    for wide in (120, 200):
        picture, view = Picture(wide, 48), Studio().view()
        for now in (view, _paused(view, master_spectrum_dbfs=[-40.0] * 31)):
            picture.draw(now)
        picture.draw(_paused(dataclasses.replace(view, now_s=view.now_s + 5.0), master_spectrum_dbfs=mean))
        assert picture.buffer.text().count("─ mean of the song") == 1


def test_where_nothing_was_heard_yet_that_is_said_until_something_is(size):
    """A console that looks at a paused engine has no last picture, and the song's mean is still to come."""
    picture, view = Picture(*size), Studio().view()
    assert "no spectrum yet" in picture.draw(_paused(view))
    playing = dataclasses.replace(view, now_s=view.now_s + 10.0)
    assert "no spectrum yet" not in picture.draw(playing)
    assert _spectrum(picture, "spectrum") == _spectrum(drawn(playing, size), "spectrum")
    fresh = Picture(*size)
    fresh.draw(_paused(view))
    later = dataclasses.replace(_paused(view, master_spectrum_dbfs=[-40.0] * 31), now_s=view.now_s + 10.0)
    assert "no spectrum yet" not in fresh.draw(later)
