"""Random albums, 1 to 99 tracks: what the file asks for stands on the disc, as another reader finds it."""

from __future__ import annotations

import itertools
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from album_material import album_text
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.album.texts import disc_of
from engine.ddp.reading.fileset import read_ddp
from engine.ddp.writing.fileset import write_fileset
from engine.session.album.files import read_text_album
from engine.session.album.latin import latin
from engine.session.album.layout import CD_RATE, FRAME_SAMPLES, PREGAP_FRAMES, boundaries, lay_out

SECTOR = 2352
LETTERS = "abc XYZ 012 äöüß éñ ¿¡ “”–… ŁĐ Жя 低"


def a_title(chance: random.Random) -> str:
    text = "".join(chance.choices(LETTERS, k=chance.choice((1, 5, 12, 24)))).strip()
    return f"{text} x".strip()


def an_album(count: int, seed: int) -> tuple[str, dict[int, int]]:
    """An album file of that many tracks and their lengths in samples, everything else left to chance."""
    chance = random.Random(seed)
    longest_s = chance.choice((8.0, 8.0, 8.0, 600.0))  # images are read several times: few are of an hour
    room_s = min(longest_s, 4700.0 / count - 3.0)  # all of it fits on a disc, pauses included
    tracks: list[dict[str, Any]] = []
    lengths: dict[int, int] = {}
    for number in range(1, count + 1):
        length_s = chance.uniform(6.5, max(7.0, room_s))
        gap_s = chance.choice((0.0, 2.0, chance.uniform(0.001, 2.0), -chance.uniform(0.001, 2.0)))
        track: dict[str, Any] = {"path": f"{number}.wav", "title": a_title(chance)}
        track["gap_s"] = abs(gap_s) if number == 1 else round(gap_s, chance.choice((1, 3, 6)))
        places = sorted(chance.uniform(0.5, length_s - 2.5) for _ in range(chance.choice((0, 0, 1, 5))))
        track["indexes_s"] = [round(b, 4) for a, b in itertools.pairwise([0.0, *places]) if b - a > 0.1]
        if chance.random() < 0.5:
            track["isrc"] = f"DEA31{number:07d}"
        if chance.random() < 0.3:
            track["artist"] = a_title(chance)
        tracks.append(track)
        lengths[number] = round(length_s * CD_RATE)
    root: dict[str, Any] = {"artist": a_title(chance), "start_offset_frames": chance.randint(0, 20)}
    if chance.random() < 0.5:
        root |= {"upc": "4006381333931", "catalogue_number": "CAT 001"}
    root["track_isrc_packets"] = chance.choice(("first", "both"))
    root["longest_disc_s"] = 5400.0
    return album_text(tracks, **root), lengths


@settings(max_examples=12, deadline=None)
@given(st.one_of(st.sampled_from([1, 2, 99]), st.integers(1, 99)), st.integers(0, 2**32))
def test_every_field_of_a_random_album_comes_back(
    tmp_path_factory: pytest.TempPathFactory, count: int, seed: int
) -> None:
    text, lengths = an_album(count, seed)
    album = read_text_album(text, Path("/tmp/album.toml"))
    layout = lay_out(album, 1, lengths)
    disc, findings = disc_of(album, layout)
    folder = tmp_path_factory.mktemp("ddp")
    with (folder / "IMAGE.DAT").open("wb") as image:
        image.truncate(layout.lead_out * SECTOR)
    write_fileset(folder, disc)
    found = read_ddp(folder)
    shutil.rmtree(folder)
    assert found.holds, found.findings

    # the disc as a whole: the image ends where the lead-out begins, and with the last track's last frame
    assert found.sectors == found.lead_out == layout.lead_out
    sounding_end = layout.tracks[-1].audio_end
    assert (layout.lead_out - 1) * FRAME_SAMPLES < sounding_end <= layout.lead_out * FRAME_SAMPLES
    assert found.ean == album.upc

    # every track: marks, codes, texts
    assert len(found.tracks) == count
    for read, track in zip(found.tracks, album.tracks, strict=True):
        assert read.isrc == track.isrc
        if not {"shortened", "dropped"} & {one.kind.rpartition("_")[2] for one in findings}:
            assert read.texts["title"] == latin(track.title)
    sums = 0
    for place, (read, one) in enumerate(zip(found.tracks, layout.tracks, strict=True)):
        before = layout.tracks[place - 1] if place else None
        first = PREGAP_FRAMES * FRAME_SAMPLES if before is None else before.audio_end
        wanted = round(one.track.gap_s * CD_RATE)
        if before is None:
            assert (read.pause, read.start) == (0, max(PREGAP_FRAMES, round(one.track.gap_s * 75)))
        elif wanted <= 0:  # segue or cross-fade: the very sample, and no pause
            assert one.audio_start == first + wanted
            assert read.pause is None
        else:
            assert 0 <= one.audio_start - first - wanted < FRAME_SAMPLES
        assert one.audio_end - one.audio_start == lengths[one.track.number]
        assert 0 <= one.audio_start // FRAME_SAMPLES - read.start <= album.start_offset_frames
        assert list(read.indexes) == [
            (one.audio_start + round(at_s * CD_RATE)) // FRAME_SAMPLES for at_s in one.track.indexes_s
        ]
        following = found.tracks[place + 1] if place + 1 < count else None
        end = layout.lead_out
        if following is not None:
            end = following.start if following.pause is None else following.pause
        pause = 0 if read.pause is None else read.start - read.pause
        sums += pause + end - read.start
    assert sums == layout.lead_out  # pauses and tracks fill the disc, with nothing over
    edges = boundaries(layout)
    assert sum(b - a for a, b in itertools.pairwise(edges)) == layout.lead_out - edges[0]
