"""From a TOML tree to an album: every rule of the album file that needs no audio.

Whatever the tree holds, the outcome is an `Album` or a `SessionError` that names the key, and the
track where one is concerned.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from engine.session.album import fields
from engine.session.album.codes import counted_up, ean_of, isrc_of
from engine.session.album.faults import Faults
from engine.session.album.model import CREDIT_NAMES, Album, AlbumTrack, Credits, Vinyl
from engine.session.album.tables import GENRES, LANGUAGES
from engine.session.reading import KeyPath, Reader, is_number, nearest, shown

_HIGHEST_GENRE = max(GENRES.values())


def album_from_tree(tree: Mapping[str, Any], file: Path) -> Album:
    """Builds the album that a parsed album file describes.

    Args:
        tree: as `tomllib` returns it.
        file: the album file; relative paths start from its folder.

    Raises:
        SessionError: for anything the format does not allow; kind `bad_album` unless it says more.
    """
    reader, faults = Reader(file), Faults()
    _check_format(reader, tree)
    root = reader.table(tree, (), fields.ROOT)
    items = reader.tables(root["tracks"], ("tracks",))
    if not items:
        reader.refuse(("tracks",), "the album has no tracks: add at least one [[tracks]]", kind="no_tracks")
    album_credits = _credits(root, Credits())
    within, count = faults.within, len(items)
    upc = within(lambda: _checked(reader, root["upc"], ("upc",), ean_of), None)
    first = within(lambda: _checked(reader, root["isrc_first"], ("isrc_first",), isrc_of), None)
    genre = within(lambda: _genre(reader, root["genre"]), 0)
    language = within(lambda: _language(reader, root["language"]), "en")
    loudness_lufs = within(lambda: _loudness(reader, root), None)
    read = [within(partial(_track, reader, item, key, album_credits, faults), None) for item, key in items]
    nowhere: tuple[tuple[int, ...], ...] = ()
    discs = within(lambda: _discs(reader, root["discs"], count), nowhere)
    vinyl = within(lambda: None if root["vinyl"] is None else _vinyl(reader, root["vinyl"], count), None)
    tracks = _placed([track for track in read if track is not None], discs)
    tracks = _with_codes(reader, tracks, first, faults)
    faults.refuse()
    return Album(
        path=file.absolute(),
        title=root["title"],
        credits=album_credits,
        upc=upc,
        catalogue_number=root["catalogue_number"],
        label=root["label"],
        genre=genre,
        language=language,
        levels=root["levels"],
        loudness_lufs=loudness_lufs,
        cd_text=root["cd_text"],
        cd_text_codes=root["cd_text_codes"],
        start_offset_frames=root["start_offset_frames"],
        isrc_on_both=root["track_isrc_packets"] == "both",
        longest_disc_s=root["longest_disc_s"],
        tracks=tuple(tracks),
        discs=discs,
        vinyl=vinyl,
    )


def _check_format(reader: Reader, tree: Mapping[str, Any]) -> None:
    value = tree.get("format", fields.FORMAT)
    if isinstance(value, int) and not isinstance(value, bool) and value > fields.FORMAT:
        reader.refuse(
            ("format",),
            f"{shown(value)} is newer than this program, which reads {fields.FORMAT}: update stemlathe",
            kind="newer_format",
        )
    if "stems" in tree and "tracks" not in tree:
        reader.refuse((), "is a session, not an album: name it in a [[tracks]] of an album file")


def _credits(values: Mapping[str, Any], fallback: Credits) -> Credits:
    return Credits(**{name: values[name] or getattr(fallback, name) for name in CREDIT_NAMES})


def _checked(reader: Reader, text: str | None, key: KeyPath, check: Any, whose: str = "") -> str | None:
    if not text:
        return None
    try:
        return str(check(text))
    except ValueError as error:
        reader.refuse(key, f"{whose}{shown(text)} {error}", kind="bad_code")


def _loudness(reader: Reader, root: Mapping[str, Any]) -> float | None:
    loudness: float | None = root["loudness_lufs"]
    if root["levels"] == "target" and loudness is None:
        reader.refuse(
            ("loudness_lufs",), 'is missing: levels = "target" needs one, for example loudness_lufs = -14.0'
        )
    return loudness


def _genre(reader: Reader, value: Any) -> int:
    if value is None:
        return 0
    if is_number(value):
        if not isinstance(value, int) or not 0 <= value <= _HIGHEST_GENRE:
            reader.refuse(("genre",), f"{shown(value)} is out of range: allowed is 0 to {_HIGHEST_GENRE}")
        return value
    if not isinstance(value, str):
        reader.refuse(("genre",), f"{shown(value)} is of the wrong type: give a name or a number")
    if value and value.casefold() not in GENRES:
        reader.refuse(("genre",), f"{shown(value)} is no CD-Text genre: {nearest(value, GENRES)}")
    return GENRES[value.casefold()] if value else 0


def _language(reader: Reader, value: str) -> str:
    if value.casefold() not in LANGUAGES:
        reader.refuse(
            ("language",),
            f"{shown(value)} is no language that CD-Text writes in ISO 8859-1: {nearest(value, LANGUAGES)}",
        )
    return value.casefold()


def _track(reader: Reader, tree: Any, key: KeyPath, album: Credits, faults: Faults) -> AlbumTrack:
    values = reader.table(tree, key, fields.TRACK)
    number = int(key[-1]) + 1
    if (values["session"] is None) == (values["path"] is None):
        what = "neither a session nor a" if values["session"] is None else "both a session and a"
        reader.refuse(key, f'track {number} names {what} path: give one, for example path = "finished.wav"')
    which = "session" if values["path"] is None else "path"
    source = _path(reader, values[which], (*key, which))
    track = AlbumTrack(
        number=number,
        disc=0,
        on_disc=0,
        session=source if which == "session" else None,
        path=source if which == "path" else None,
        version=values["version"],
        title=values["title"] or source.stem,
        credits=_credits(values, album),
        isrc=None,
        gap_s=values["gap_s"],
        crossfade=values["crossfade"],
        fade_in_s=values["fade_in_s"],
        fade_out_s=values["fade_out_s"],
        fade_shape=values["fade_shape"],
        indexes_s=values["indexes_s"],
        trim_db=values["trim_db"],
    )
    faults.within(lambda: _check_indexes(reader, track, (*key, "indexes_s")), None)
    isrc = faults.within(
        lambda: _checked(reader, values["isrc"], (*key, "isrc"), isrc_of, f"{track.label}: "), None
    )
    return replace(track, isrc=isrc)


def _check_indexes(reader: Reader, track: AlbumTrack, key: KeyPath) -> None:
    last_s = 0.0
    for place, index_s in enumerate(track.indexes_s):
        if index_s <= last_s:
            reader.refuse(
                (*key, place),
                f"{track.label}: index {place + 2:02d} at {index_s:g} s does not lie after the one before: "
                "write them rising, from more than 0",
                kind="index_outside",
            )
        last_s = index_s


def _path(reader: Reader, text: str, key: KeyPath) -> Path:
    """Absolute path of a file named relative to the album file."""
    joined = reader.file.absolute().parent / text
    try:
        return Path(os.path.realpath(joined.parent)) / joined.name
    except ValueError:
        reader.refuse(key, f"{shown(text)} cannot be a path on this system: rename the file")


def _with_codes(
    reader: Reader, tracks: Sequence[AlbumTrack], first: str | None, faults: Faults
) -> list[AlbumTrack]:
    """Every track with its ISRC: its own, or the next free one of those that are counted up."""
    owners: dict[str, AlbumTrack] = {}
    for track in tracks:
        if track.isrc in owners:
            faults.within(partial(_refuse_twice, reader, track, owners[track.isrc]), None)
        elif track.isrc is not None:
            owners[track.isrc] = track
    if first is None:
        return list(tracks)
    codes = counted_up(first, owners)
    given = []
    for track in tracks:
        code = track.isrc or next(codes, None)
        if code is None:
            faults.within(partial(_refuse_count, reader, track, first), None)
            break
        given.append(replace(track, isrc=code))
    return given


def _refuse_twice(reader: Reader, track: AlbumTrack, owner: AlbumTrack) -> None:
    problem = f"{track.label} has the ISRC {track.isrc} of {owner.label}: every recording has its own"
    reader.refuse(("tracks", track.number - 1, "isrc"), problem, kind="duplicate_isrc")


def _refuse_count(reader: Reader, track: AlbumTrack, first: str) -> None:
    problem = f"{first} leaves no number for {track.label}: five digits end at 99999: begin lower"
    reader.refuse(("isrc_first",), problem, kind="bad_code")


def _discs(reader: Reader, tree: Any, count: int) -> tuple[tuple[int, ...], ...]:
    items = reader.tables(tree, ("discs",))
    discs = [reader.table(item, key, fields.DISC)["tracks"] for item, key in items]
    keys: list[KeyPath] = [(*key, "tracks") for _, key in items]
    if not discs:
        discs, keys = [tuple(range(1, count + 1))], [("tracks",)]
    _check_numbers(reader, discs, keys, count)
    for disc, key in zip(discs, keys, strict=True):
        if len(disc) > fields.MOST_TRACKS:
            reader.refuse(
                key,
                f"a disc holds {fields.MOST_TRACKS} tracks at most and this one has {len(disc)}, "
                f"track {disc[fields.MOST_TRACKS]} is one too many: join tracks, or write [[discs]]",
                kind="too_many_tracks",
            )
    return tuple(tuple(disc) for disc in discs)


def _check_numbers(
    reader: Reader, lists: Sequence[Sequence[int]], keys: Sequence[KeyPath], count: int
) -> None:
    """Track numbers exist, and none is used twice."""
    seen: set[int] = set()
    for numbers, key in zip(lists, keys, strict=True):
        for place, number in enumerate(numbers):
            if number > count:
                reader.refuse((*key, place), f"there is no track {number}: the album has {count}")
            if number in seen:
                reader.refuse((*key, place), f"track {number} is there twice: remove one")
            seen.add(number)


def _placed(tracks: Sequence[AlbumTrack], discs: Sequence[Sequence[int]]) -> list[AlbumTrack]:
    places = {
        number: (disc, place)
        for disc, numbers in enumerate(discs, 1)
        for place, number in enumerate(numbers, 1)
    }
    return [
        replace(track, disc=places.get(track.number, (0, 0))[0], on_disc=places.get(track.number, (0, 0))[1])
        for track in tracks
    ]


def _vinyl(reader: Reader, tree: Any, count: int) -> Vinyl:
    key: KeyPath = ("vinyl",)
    values = reader.table(tree, key, fields.VINYL)
    for name, allowed in (("size_inch", fields.SIZES_INCH), ("rpm", fields.SPEEDS_RPM)):
        if values[name] not in allowed:
            listed = ", ".join(map(str, allowed))
            reader.refuse((*key, name), f"{values[name]} is out of range: allowed is {listed}")
    sides: list[Sequence[int]] = []
    keys: list[KeyPath] = []
    if not isinstance(values["sides"], list) or not values["sides"] or len(values["sides"]) > 26:
        reader.refuse((*key, "sides"), "is no list of 1 to 26 sides: write sides = [[1, 2], [3]]")
    for index, side in enumerate(values["sides"]):
        keys.append((*key, "sides", index))
        sides.append(reader.value(side, keys[-1], fields.DISC[0]))
    _check_numbers(reader, sides, keys, count)
    return Vinyl(
        size_inch=values["size_inch"],
        rpm=values["rpm"],
        mono_below_hz=values["mono_below_hz"],
        limiter=values["limiter"],
        sides=tuple(tuple(side) for side in sides),
    )
