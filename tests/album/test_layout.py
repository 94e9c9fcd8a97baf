"""Where tracks lie: every mark on a CD frame, no mark behind its sound, and sums that come out."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from album_material import album_text
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.session.album.files import read_text_album
from engine.session.album.layout import (
    CD_RATE,
    FRAME_SAMPLES,
    PREGAP_FRAMES,
    DiscLayout,
    boundaries,
    lay_out,
)
from engine.session.album.rules import layout_findings


def laid_out(lengths_s: list[float], *tracks: dict[str, Any], **root: Any) -> DiscLayout:
    album = _album(lengths_s, *tracks, **root)
    return lay_out(album, 1, {n: round(s * CD_RATE) for n, s in enumerate(lengths_s, 1)})


def _album(lengths_s: list[float], *tracks: dict[str, Any], **root: Any) -> Any:
    given = [*tracks, *({} for _ in range(len(lengths_s) - len(tracks)))]
    made = [{"path": f"{n}.wav", "title": f"T{n}", **one} for n, one in enumerate(given, 1)]
    return read_text_album(album_text(made, **root), Path("/tmp/album.toml"))


def test_two_tracks_with_their_pauses() -> None:
    layout = laid_out([8.0, 10.0], start_offset_frames=0)
    one, two = layout.tracks
    assert (one.pause, one.start, one.audio_start) == (0, 150, 150 * FRAME_SAMPLES)
    assert (two.pause, two.start) == (150 + 600, 150 + 600 + 150)
    assert two.audio_start == two.start * FRAME_SAMPLES
    assert layout.lead_out == 150 + 600 + 150 + 750


def test_marks_lie_early_by_the_start_offset() -> None:
    plain, early = laid_out([8.0, 8.0], start_offset_frames=0), laid_out([8.0, 8.0], start_offset_frames=5)
    assert early.tracks[0].start == plain.tracks[0].start == PREGAP_FRAMES
    assert early.tracks[0].audio_start == (PREGAP_FRAMES + 5) * FRAME_SAMPLES
    assert early.tracks[1].audio_start // FRAME_SAMPLES - early.tracks[1].start == 5


def test_a_segue_begins_on_the_very_sample_and_has_no_pause() -> None:
    layout = laid_out([8.00001, 10.0], {}, {"gap_s": 0.0}, start_offset_frames=0)
    one, two = layout.tracks
    assert two.audio_start == one.audio_end
    assert two.pause is None
    assert two.start == one.audio_end // FRAME_SAMPLES


def test_a_cross_fade_overlaps() -> None:
    layout = laid_out([8.0, 10.0], {}, {"gap_s": -2.5})
    one, two = layout.tracks
    assert two.overlap == round(2.5 * CD_RATE)
    assert two.audio_start == one.audio_end - two.overlap


@pytest.mark.parametrize(
    ("lengths_s", "tracks", "kind", "names"),
    [
        ([3.9, 10.0], [{}, {"gap_s": 0.0}], "short_track", "track 1 'T1'"),
        ([10.0, 3.9], [{}, {}], "short_track", "track 2 'T2'"),
        ([10.0, 8.0], [{}, {"gap_s": -9.0}], "crossfade_too_long", "track 2 'T2'"),
        ([10.0, 8.0, 10.0], [{}, {"gap_s": -5.0}, {"gap_s": -5.0}], "crossfade_too_long", "track 2 'T2'"),
        ([10.0], [{"gap_s": -1.0}], "crossfade_too_long", "track 1 'T1'"),
        ([10.0], [{"indexes_s": [10.0]}], "index_outside", "track 1 'T1'"),
        ([10.0, 10.0], [{"indexes_s": [9.0]}, {"gap_s": -3.0}], "index_outside", "track 1 'T1'"),
        ([10.0], [{"indexes_s": [4.0, 4.001]}], "index_outside", "track 1 'T1'"),
        ([3000.0, 1900.0], [{}, {}], "too_long", "track 2 'T2'"),
    ],
)
def test_what_no_disc_can_hold_names_the_track(
    lengths_s: list[float], tracks: list[dict[str, Any]], kind: str, names: str
) -> None:
    with pytest.raises(InputError) as caught:
        laid_out(lengths_s, *tracks)
    assert caught.value.kind == kind
    assert names in caught.value.message


def test_all_that_no_disc_can_hold_is_told_at_once() -> None:
    lengths = [10.0, 3.0, 8.0, 5000.0]
    tracks = [{"indexes_s": [5.0, 99.0]}, {"gap_s": 0.0}, {"gap_s": -9.0}]
    with pytest.raises(InputError) as caught:
        laid_out(lengths, *tracks)
    message = caught.value.message
    for words in (
        "4 faults",
        "track 1 'T1': an index at 99 s",
        "from track 2 'T2' to track 3 'T3'",
        "track 2 'T2' is 3.0",
        "track 4 'T4' goes beyond",
    ):
        assert words in message, (words, message)
    assert "\n" not in message


def test_beyond_78_minutes_is_told_and_beyond_79_58_can_be_allowed() -> None:
    lengths = [78 * 60 + 5.0]
    album = _album(lengths)
    found = layout_findings(album, laid_out(lengths))
    assert [(one.kind, one.severity, one.track) for one in found] == [("long_disc", "warning", 1)]
    assert laid_out([80 * 60.0], longest_disc_s=5000).playing_frames > 80 * 60 * 75


def test_four_seconds_only_with_the_pause_are_told() -> None:
    lengths = [3.5, 10.0]
    found = layout_findings(_album(lengths), laid_out(lengths))
    assert [(one.kind, one.track) for one in found] == [("short_without_pause", 1)]


TRACK = st.tuples(
    st.floats(6.5, 300.0), st.one_of(st.just(0.0), st.floats(0.001, 9.0), st.floats(-2.0, -0.001))
)


@settings(max_examples=80, deadline=None)
@given(st.lists(TRACK, min_size=1, max_size=15), st.integers(0, 30))
def test_random_albums_come_out_even(tracks: list[tuple[float, float]], offset: int) -> None:
    lengths = [length for length, _ in tracks]
    made = [{"gap_s": gap if place else abs(gap)} for place, (_, gap) in enumerate(tracks)]
    layout = laid_out(lengths, *made, start_offset_frames=offset, longest_disc_s=5999)
    edges = boundaries(layout)
    assert sum(b - a for a, b in itertools.pairwise(edges)) == layout.lead_out - edges[0]
    assert layout.lead_out * FRAME_SAMPLES >= layout.tracks[-1].audio_end
    assert layout.lead_out * FRAME_SAMPLES - layout.tracks[-1].audio_end < FRAME_SAMPLES
    previous = PREGAP_FRAMES - 1
    for one in layout.tracks:
        assert previous < one.start <= one.audio_start // FRAME_SAMPLES
        assert one.audio_start // FRAME_SAMPLES - one.start <= offset
        if one.pause is not None and one.track.on_disc > 1:
            assert previous < one.pause < one.start
        previous = one.start
