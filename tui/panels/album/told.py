"""The album in words."""

from __future__ import annotations

from collections.abc import Iterator

from engine.session.album.model import AlbumTrack
from tui.panels.album.picture import NO_ALBUM, AlbumPicture, clock, hearing_pieces, level, made_words
from tui.panels.page import job_words
from tui.panels.told import Told


def tell_album(picture: AlbumPicture) -> Told:
    """Tracks as rows; the album's own figures and what was found before them."""
    album = picture.album
    if album is None:
        return Told("album", [picture.problem or NO_ALBUM])
    lines = [job_words(picture.job, "") or made_words(picture)]
    lines += filter(None, ["".join(text for text, _ in hearing_pieces(picture.hearing, album)).strip()])
    whole = picture.whole
    if whole is not None:
        lines.append(
            f"album {level(whole.integrated_lufs)} LUFS, loudest track "
            f"{level(whole.loudest_track_lufs)} LUFS, {level(whole.true_peak_dbtp)} dBTP"
        )
    for finding in picture.findings:
        where = "" if finding.track is None else f"track {finding.track}: "
        lines.append(f"{finding.severity}: {where}{finding.message}")
    rows = [f"track {track.number}, {', '.join(_about(track, picture))}" for track in album.tracks]
    return Told(f"album {album.title}, {album.credits.artist}".rstrip(", "), lines, rows, picture.chosen)


def _about(track: AlbumTrack, picture: AlbumPicture) -> Iterator[str]:
    yield track.title
    yield f"gap {track.gap_s:+.2f} s" if track.gap_s < 0 else f"gap {track.gap_s:.2f} s"
    planned, made = picture.tracks.get(track.number), picture.levels.get(track.number)
    if planned:
        yield f"starts at {clock(planned.start_s)}, length {clock(planned.duration_s)}"
    if made:
        yield f"{level(made.integrated_lufs)} LUFS, {level(made.true_peak_dbtp)} dBTP"
    yield f"ISRC {track.isrc}" if track.isrc else "no ISRC"
