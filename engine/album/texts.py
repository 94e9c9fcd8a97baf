"""What a disc says of itself: CD-Text and master identifier, with everything told that had to give way."""

from __future__ import annotations

from engine.ddp.writing import cdtext
from engine.ddp.writing.disc import Disc, TrackMarks
from engine.report.album import AlbumFinding
from engine.session.album.latin import ascii_only, latin
from engine.session.album.layout import DiscLayout
from engine.session.album.model import CREDIT_NAMES, Album, AlbumTrack
from engine.session.album.tables import GENRES, LANGUAGES

_TYPES = dict(zip(CREDIT_NAMES, cdtext.CREDIT_TYPES, strict=True))
_NAMES = {cdtext.TITLE: "title", **{kind: name for name, kind in _TYPES.items()}}
#: A CD-Text string is recommended to be no longer, bytes.
_LONGEST = 160
_MASTER_ID_BYTES = 48


def disc_of(album: Album, layout: DiscLayout) -> tuple[Disc, list[AlbumFinding]]:
    """Everything that a disc's DDP set says, and what had to be changed for that.

    Args:
        album: the album file as it was read.
        layout: of the disc.
    """
    packs, findings = _packs(album, layout) if album.cd_text else (b"", [])
    marks = tuple(
        TrackMarks(0 if place == 0 else one.pause, one.start, one.indexes, one.track.isrc)
        for place, one in enumerate(layout.tracks)
    )
    disc = Disc(marks, layout.lead_out, album.upc, master_id(album, layout.number), album.isrc_on_both, packs)
    return disc, findings


def master_id(album: Album, number: int) -> str:
    """The name of the master, up to 48 ASCII characters: catalogue number, title, disc."""
    disc = f" CD{number}" if len(album.discs) > 1 else ""
    text = ascii_only(" ".join(filter(None, (album.catalogue_number, album.title))))
    return text[: _MASTER_ID_BYTES - len(disc)].rstrip() + disc


def _packs(album: Album, layout: DiscLayout) -> tuple[bytes, list[AlbumFinding]]:
    tracks = [one.track for one in layout.tracks]
    findings = [finding for track in tracks for finding in _told_apart(album, track)]
    title = album.title if len(album.discs) == 1 else f"{album.title} (CD {layout.number})"
    whole = {"title": title} | {name: getattr(album.credits, name) for name in CREDIT_NAMES}
    findings += [
        _transliterated(None, None, name, text) for name, text in whole.items() if latin(text) != text
    ]
    texts = [cdtext.Texts(cdtext.TITLE, _bytes(title), tuple(_bytes(one.title) for one in tracks))]
    for name, kind in _TYPES.items():
        each = [getattr(track.credits, name) for track in tracks]
        if whole[name] or any(each):
            texts.append(cdtext.Texts(kind, _bytes(whole[name]), tuple(map(_bytes, each))))
    wanted = cdtext.CdText(
        texts=tuple(texts),
        disc_id=_bytes(album.catalogue_number) if album.cd_text_codes else b"",
        genre=album.genre,
        genre_name=_genre_name(album.genre),
        codes=_codes(album, tracks),
        tracks=len(tracks),
        language=LANGUAGES[album.language],
    )
    fitted = cdtext.fitted(wanted)
    return cdtext.packs(fitted.cd_text), findings + _overflow(tracks, fitted)


def _bytes(text: str) -> bytes:
    return latin(text).encode("latin-1")[:_LONGEST]


def _genre_name(genre: int) -> bytes:
    return next((name for name, code in GENRES.items() if code == genre), "").encode("latin-1")


def _codes(album: Album, tracks: list[AlbumTrack]) -> tuple[bytes, ...]:
    codes = [album.upc, *(track.isrc for track in tracks)]
    return tuple((code or "").encode() for code in codes) if album.cd_text_codes and any(codes) else ()


def _told_apart(album: Album, track: AlbumTrack) -> list[AlbumFinding]:
    """What of a track's own texts CD-Text cannot write as it stands."""
    texts = {"title": track.title} | {
        name: getattr(track.credits, name)
        for name in CREDIT_NAMES
        if getattr(track.credits, name) != getattr(album.credits, name)
    }
    return [
        _transliterated(track.number, track.title, name, text)
        for name, text in texts.items()
        if latin(text) != text
    ]


def _transliterated(number: int | None, title: str | None, name: str, text: str) -> AlbumFinding:
    written = latin(text)
    lost = written.count("?") > text.count("?")
    return AlbumFinding(
        "warning" if lost else "note",
        "transliterated",
        number,
        title,
        f"CD-Text is ISO 8859-1: the {name} '{text}' is written as '{written}' there",
        "give a spelling of your own, or set cd_text = false",
    )


def _overflow(tracks: list[AlbumTrack], fitted: cdtext.Fitted) -> list[AlbumFinding]:
    findings = []
    if fitted.dropped:
        listed = _listed(sorted({number for number, _ in fitted.dropped}))
        what = " and ".join(dict.fromkeys(_NAMES[kind] for _, kind in fitted.dropped))
        findings.append(
            AlbumFinding(
                "note",
                "cd_text_dropped",
                None,
                None,
                f"CD-Text is over its capacity of {cdtext.MOST_TEXT_PACKS} packs: {what} that repeat the "
                f"album's are left out of {listed}",
                "nothing is lost: players show the album's",
            )
        )
    for number, kind in fitted.shortened:
        track = tracks[number - 1] if number else None
        findings.append(
            AlbumFinding(
                "warning",
                "cd_text_shortened",
                track.number if track else None,
                track.title if track else None,
                f"CD-Text is over its capacity: the {_NAMES[kind]} is cut to {fitted.limit} characters",
                "shorten the texts yourself, or set cd_text = false",
            )
        )
    return findings


def _listed(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"track {numbers[0]}"
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"tracks {numbers[0]} to {numbers[-1]}"
    return "tracks " + ", ".join(map(str, numbers))
