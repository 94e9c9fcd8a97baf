"""The album file: what it may say, and that every refusal names the key and the track."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from album_material import album_text

from engine.errors import SessionError
from engine.session.album.codes import counted_up, ean_of, isrc_of
from engine.session.album.files import edit_album, load_album, read_text_album
from engine.session.album.latin import ascii_only, latin

TWO = [{"path": "a.wav", "title": "One"}, {"path": "b.wav", "title": "Two"}]


def read(tracks: list[dict[str, Any]], **root: Any) -> Any:
    return read_text_album(album_text(tracks, **root), Path("/tmp/album.toml"))


def refusal(tracks: list[dict[str, Any]], **root: Any) -> SessionError:
    with pytest.raises(SessionError) as caught:
        read(tracks, **root)
    return caught.value


def test_defaults_are_those_of_the_format() -> None:
    album = read(TWO)
    assert (album.levels, album.loudness_lufs, album.cd_text, album.start_offset_frames) == (
        "keep",
        None,
        True,
        2,
    )
    assert [track.gap_s for track in album.tracks] == [2.0, 2.0]
    assert album.discs == ((1, 2),)
    assert album.vinyl is None


def test_credits_left_out_are_the_albums() -> None:
    tracks = [{**TWO[0], "composer": "Somebody Else"}, TWO[1]]
    album = read(tracks, artist="The Band", composer="The Composer")
    assert [track.credits.artist for track in album.tracks] == ["The Band", "The Band"]
    assert [track.credits.composer for track in album.tracks] == ["Somebody Else", "The Composer"]


def test_codes_are_counted_up_past_those_that_are_taken() -> None:
    tracks = [{"path": f"{n}.wav", "title": str(n)} for n in range(4)]
    tracks[2]["isrc"] = "DE-A31-26-00002"
    album = read(tracks, isrc_first="DEA312600001")
    assert [track.isrc for track in album.tracks] == [
        "DEA312600001",
        "DEA312600003",
        "DEA312600002",
        "DEA312600004",
    ]


def test_counting_ends_with_the_year() -> None:
    assert list(counted_up("DEA312699998", [])) == ["DEA312699998", "DEA312699999"]
    error = refusal([*TWO, {"path": "c.wav", "title": "Three"}], isrc_first="DEA312699998")
    assert error.key == "isrc_first"
    assert "track 3 'Three'" in error.message


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("DEA31260001", "11 characters"),
        ("DEA3126000011", "13 characters"),
        ("DE!312600001", "is no ISRC"),
        ("DEA31260000A", "is no ISRC"),
        ("XXA312600001", "prefix XX"),
    ],
)
def test_a_wrong_isrc_names_its_track(code: str, says: str) -> None:
    error = refusal([TWO[0], {**TWO[1], "isrc": code}])
    assert error.key == "tracks[1].isrc"
    assert "track 2 'Two'" in error.message
    assert says in error.message


def test_an_isrc_may_be_written_as_it_is_printed() -> None:
    assert isrc_of("ISRC de-a31-26-00001") == "DEA312600001"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("4006381333932", "should be 1"),
        ("40063813339", "11 digits"),
        ("73513537", "8 digits"),
        ("40063813339X1", "no EAN"),
    ],
)
def test_a_wrong_ean_is_refused(code: str, says: str) -> None:
    error = refusal(TWO, upc=code)
    assert error.key == "upc"
    assert says in error.message


def test_a_upc_becomes_an_ean() -> None:
    assert ean_of("012345678905") == "0012345678905"


def test_the_same_isrc_twice_names_both_tracks() -> None:
    error = refusal([{**TWO[0], "isrc": "DEA312600001"}, {**TWO[1], "isrc": "DE-A31-26-00001"}])
    assert error.kind == "duplicate_isrc"
    assert "track 2 'Two'" in error.message
    assert "track 1 'One'" in error.message


def test_everything_that_is_wrong_is_told_at_once() -> None:
    tracks = [
        {**TWO[0], "isrc": "DEA312600001", "indexes_s": [5.0, 4.0]},
        {**TWO[1], "isrc": "DE-A31-26-00001"},
        {"path": "c.wav", "title": "Three", "isrc": "DEA31260001", "gap_s": "2"},
        {"path": "d.wav", "title": "Four", "isrc": "XXA312600001"},
    ]
    error = refusal(tracks, upc="4006381333932", genre="polka metal")
    assert error.key == "upc"
    for words in (
        "6 faults",
        "should be 1",
        "polka metal",
        "track 1 'One': index 03",
        "tracks[2].gap_s",
        "track 4 'Four'",
        "prefix XX",
        "track 2 'Two' has the ISRC DEA312600001 of track 1 'One'",
    ):
        assert words in error.message, words
    assert error.message.count("album.toml") == 1
    assert "\n" not in error.message


def test_every_missing_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "album.toml"
    file.write_text(album_text(TWO))
    with pytest.raises(SessionError, match=r"2 faults.*track 1 'One'.*track 2 'Two'"):
        load_album(file)


def test_a_hundred_tracks_fit_no_disc_but_two() -> None:
    tracks = [{"path": f"{n}.wav", "title": f"T{n}"} for n in range(1, 101)]
    error = refusal(tracks)
    assert error.kind == "too_many_tracks"
    assert "track 100" in error.message
    numbers = list(range(1, 101))
    album = read(tracks, discs=[numbers[:50], numbers[50:]])
    assert (album.tracks[50].disc, album.tracks[50].on_disc) == (2, 1)


@pytest.mark.parametrize(
    ("track", "key"),
    [
        ({"path": "a.wav", "session": "a.toml"}, "tracks[0]"),
        ({"title": "nothing"}, "tracks[0]"),
        ({"path": "a.wav", "gap": 2.0}, "tracks[0].gap"),
        ({"path": "a.wav", "gap_s": "2"}, "tracks[0].gap_s"),
        ({"path": "a.wav", "fade_shape": "log"}, "tracks[0].fade_shape"),
        ({"path": "a.wav", "indexes_s": [5.0, 5.0]}, "tracks[0].indexes_s[1]"),
        ({"path": "a.wav", "indexes_s": [0.0]}, "tracks[0].indexes_s[0]"),
        ({"path": "a.wav", "trim_db": 25.0}, "tracks[0].trim_db"),
    ],
)
def test_a_track_that_cannot_be_is_refused_by_its_key(track: dict[str, Any], key: str) -> None:
    assert refusal([track]).key == key


@pytest.mark.parametrize(
    ("root", "key"),
    [
        ({"genre": "polka metal"}, "genre"),
        ({"genre": 29}, "genre"),
        ({"language": "ja"}, "language"),
        ({"levels": "target"}, "loudness_lufs"),
        ({"discs": [[1, 1]]}, "discs[0].tracks[1]"),
        ({"discs": [[1], [3]]}, "discs[1].tracks[0]"),
        ({"vinyl": {"size_inch": 9, "sides": [[1]]}}, "vinyl.size_inch"),
        ({"vinyl": {"sides": [[1], [1]]}}, "vinyl.sides[1][0]"),
        ({"vinyl": {"sides": []}}, "vinyl.sides"),
        ({"format": 2}, "format"),
    ],
)
def test_what_the_album_cannot_be_is_refused_by_its_key(root: dict[str, Any], key: str) -> None:
    assert refusal(TWO, **root).key == key


def test_an_edit_keeps_comments(tmp_path: Path) -> None:
    file = tmp_path / "album.toml"
    file.write_text('title = "A" # the working title\n[[tracks]]\npath = "a.wav" # mine\n')
    edit_album(file, [(("tracks", 0, "gap_s"), 3.5), (("title",), "B")])
    assert (
        file.read_text()
        == 'title = "B" # the working title\n[[tracks]]\npath = "a.wav" # mine\ngap_s = 3.5\n'
    )


def test_a_file_that_is_not_there_names_its_track(tmp_path: Path) -> None:
    file = tmp_path / "album.toml"
    file.write_text(album_text(TWO))
    with pytest.raises(SessionError, match="track 1 'One'") as caught:
        load_album(file)
    assert caught.value.kind == "missing_file"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Café Ænima", "Café Ænima"),
        ("“Łódź” — now…", '"Lódz" - now...'),
        ("Москва", "Moskva"),
        ("e\u0301", "é"),
    ],
)
def test_titles_in_the_letters_of_cd_text(text: str, written: str) -> None:
    assert latin(text) == written
    latin(text).encode("latin-1")
    assert ascii_only(text).isascii()
