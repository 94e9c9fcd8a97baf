"""The picture of the album panel: tracks with gaps, lengths and levels, and the disc with its marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.session.album.model import Album, AlbumTrack
from engine.units import number_text
from tui.display.cells import Canvas, clipped
from tui.display.wrapping import wrapped
from tui.glyphs.blocks import bar
from tui.glyphs.numbers import short_clock
from tui.panels.page import Piece, explain, job_pieces, put_lines, put_pieces, window_start
from tui.work.verb_job import Job, Stage

if TYPE_CHECKING:
    from engine.report.album import AlbumFinding, AlbumLevels, AlbumTrackReport

NO_ALBUM = (
    "There is no album file beside this session. 'stemlathe album FOLDER --new' writes one from the sessions "
    'and finished files in a folder, or write it by hand: title = "…", then a [[tracks]] with session = '
    '"…" or path = "…" for each track. This view shows it as soon as it is there.'
)
#: Said before anything was made.
MAKE_IT = "R makes the album: DDP image, cue sheet, tracks, record sides, approval page"
_HEARD_CELLS = 20
_SIGNS = {"error": ("✖", "bad"), "warning": ("▲", "warn"), "note": ("·", "dim")}
#: Columns right of the title: heading and width; from behind they give way where the screen is narrow.
_COLUMNS = (("gap s", 7), ("start", 8), ("length", 8), ("LUFS", 7), ("dBTP", 7), ("ISRC", 14))
#: Columns that a wide screen has room for; the last two are texts.
_MORE_COLUMNS = (("trim dB", 9), ("fades s", 11), ("artist", 26), ("file or session", 42))
_TEXTS = frozenset({"artist", "file or session"})
#: Cells that a title has at least, and at most where others need the room.
_NARROWEST_TITLE, _WIDEST_TITLE = 18, 56
#: Cells from which on it is worth beginning a name.
_SHORTEST = 4


@dataclass(frozen=True)
class AlbumPicture:
    """Everything that is drawn.

    Attributes:
        album: None: there is none.
        problem: why its file cannot be read; empty: it can.
        tracks: the newest plan or album as the verb told it, by track number; without those whose place
            another track has taken since.
        levels: the newest finished album's tracks, likewise, for their levels.
        whole: that album's own levels; None before it was made.
        folder: where that album is; empty before.
        findings: of the newest.
        chosen: row.
        job: the newest; None: none yet.
        hearing: the newest gap that was to be heard; None: none yet.
        now_s: CLOCK_MONOTONIC.
    """

    album: Album | None
    problem: str
    tracks: Mapping[int, AlbumTrackReport]
    levels: Mapping[int, AlbumTrackReport]
    whole: AlbumLevels | None
    folder: str
    findings: Sequence[AlbumFinding]
    chosen: int
    job: Job | None
    hearing: Job | None
    now_s: float


def draw_album(canvas: Canvas, picture: AlbumPicture) -> None:
    """Draws the panel."""
    album = picture.album
    if album is None:
        canvas.put(1, 0, "ALBUM", "title")
        explain(canvas, 2, picture.problem or NO_ALBUM)
        return
    _draw_head(canvas, album, picture)
    below = 6 if canvas.height >= 18 else 4
    room = max(1, canvas.height - 2 - below)
    first = window_start(picture.chosen, len(album.tracks), room)
    columns = _columns(canvas.width, max((len(one.title) for one in album.tracks), default=0))
    _draw_headings(canvas, columns)
    last = min(first + room, len(album.tracks))
    for row in range(first, last):
        _draw_track(canvas, 2 + row - first, row, columns, picture)
    y = min(canvas.height - below, 2 + last - first + 1)
    _draw_disc(canvas, y, album, picture)
    _draw_rest(canvas, y + 2, picture)


def _draw_head(canvas: Canvas, album: Album, picture: AlbumPicture) -> None:
    length_s = sum(_end(one) for one in _last_of_discs(picture.tracks).values())
    parts = [short_clock(length_s).strip()] if picture.tracks else []
    if picture.whole is not None:
        parts.append(f"{level(picture.whole.integrated_lufs)} LUFS")
        parts.append(f"loudest {level(picture.whole.loudest_track_lufs)}")
        parts.append(f"{level(picture.whole.true_peak_dbtp)} dBTP")
    text = "  ".join(parts)
    end = canvas.width - 1 - len(text)
    canvas.put(end, 0, text, "value")
    x = canvas.put(1, 0, "ALBUM", "title") + 3
    for words, style in ((album.title, "bold title"), (album.credits.artist, "dim")):
        # figures are never covered by a long name
        if words and end - 2 - x >= _SHORTEST:
            x += canvas.put(x, 0, clipped(words, end - 2 - x), style) + 2


def _last_of_discs(tracks: Mapping[int, AlbumTrackReport]) -> dict[int, AlbumTrackReport]:
    last: dict[int, AlbumTrackReport] = {}
    for one in tracks.values():
        disc = one.disc
        if disc not in last or _end(one) > _end(last[disc]):
            last[disc] = one
    return last


def _end(track: AlbumTrackReport) -> float:
    return track.start_s + track.duration_s


def _columns(width: int, longest_title: int) -> list[tuple[str, int, int]]:
    """Heading, column and width of what fits right of the titles."""
    fitting = list(_COLUMNS)
    while sum(size for _, size in fitting) > width - _NARROWEST_TITLE - 4 and len(fitting) > 3:
        fitting.pop()
    taken = sum(size for _, size in fitting)
    title = min(max(_NARROWEST_TITLE, longest_title + 1), _WIDEST_TITLE, width - 4 - taken)
    for heading, size in _MORE_COLUMNS:
        if 4 + title + taken + size <= width:
            fitting.append((heading, size))
            taken += size
    x = 4 + title
    placed = []
    for heading, size in fitting:
        placed.append((heading, x, size))
        x += size
    return placed


def _draw_headings(canvas: Canvas, columns: Sequence[tuple[str, int, int]]) -> None:
    canvas.put(4, 1, "title", "dim")
    for heading, x, size in columns:
        canvas.put(x + 2 if heading in _TEXTS else x + size - len(heading), 1, heading, "dim")


def _draw_track(
    canvas: Canvas, y: int, row: int, columns: Sequence[tuple[str, int, int]], picture: AlbumPicture
) -> None:
    assert picture.album is not None, "drawn only with an album"
    track = picture.album.tracks[row]
    chosen = row == picture.chosen
    ground = " on selected" if chosen else ""
    style = f"{'bold text' if chosen else 'text'}{ground}"
    canvas.put(0, y, "▸" if chosen else " ", f"accent{ground}", canvas.width - 1)
    canvas.put(1, y, f"{track.number:2d}", style)
    canvas.put(4, y, track.title, style, max(1, columns[0][1] - 5))
    planned = picture.tracks.get(track.number)
    made = picture.levels.get(track.number)
    values = {
        "gap s": number_text(track.gap_s, 2),
        "start": clock(None if planned is None else planned.start_s),
        "length": clock(None if planned is None else planned.duration_s),
        "LUFS": level(None if made is None else made.integrated_lufs),
        "dBTP": level(None if made is None else made.true_peak_dbtp),
        "ISRC": track.isrc or "—",
        "trim dB": number_text(track.trim_db, signed=True) if track.trim_db else "—",
        "fades s": _fades(track),
        "artist": track.credits.artist,
        "file or session": track.source.name,
    }
    for heading, x, size in columns:
        text = values[heading]
        if heading in _TEXTS:
            canvas.put(x + 2, y, text, f"dim{ground}", size - 2)
        else:
            name = "value" if heading != "ISRC" else "dim"
            canvas.put(x + size - len(text), y, text, f"{name}{ground}")


def _fades(track: AlbumTrack) -> str:
    """Seconds of the fade in and the fade out; a dash for neither."""
    if not track.fade_in_s and not track.fade_out_s:
        return "—"
    return f"{track.fade_in_s:g} / {track.fade_out_s:g}"


def clock(seconds: float | None) -> str:
    """A time on the disc; a dash for none."""
    return short_clock(seconds).strip()


def level(value: float | None) -> str:
    """A level with one decimal; a dash for none."""
    return number_text(value)


def _draw_disc(canvas: Canvas, y: int, album: Album, picture: AlbumPicture) -> None:
    """The chosen track's disc as a line with its marks; pauses are gaps in it."""
    chosen = album.tracks[min(picture.chosen, len(album.tracks) - 1)]
    tracks = [one for one in picture.tracks.values() if one.disc == chosen.disc]
    canvas = canvas.part(1, 0, canvas.width - 2, canvas.height)
    width = canvas.width
    if not tracks:
        canvas.put(0, y, "lengths are not known yet", "dim")
        return
    length_s = max(_end(one) for one in tracks)
    for one in tracks:
        begin, end = (round(width * at / length_s) for at in (one.start_s, _end(one)))
        style = "accent" if one.number == chosen.number else "dim"
        canvas.put(begin, y, "┃" + "━" * max(0, end - begin - 1), style)
        label = str(one.number)
        if end - begin > len(label):
            canvas.put(begin, y + 1, label, style)


def _draw_rest(canvas: Canvas, y: int, picture: AlbumPicture) -> None:
    """How the work goes, then what was found, the chosen track's first."""
    assert picture.album is not None, "drawn only with an album"
    canvas = canvas.part(1, 0, canvas.width - 2, canvas.height)
    pieces = job_pieces(picture.job, picture.now_s, "")
    if pieces and pieces[0][0]:
        put_pieces(canvas, 0, y, pieces)
        y += 1
    elif canvas.height - y > 2 or not picture.findings:
        canvas.put(0, y, made_words(picture), "faint" if not picture.folder else "dim", canvas.width)
        y += 1
    heard = hearing_pieces(picture.hearing, picture.album)
    if heard and y < canvas.height:
        put_pieces(canvas, 0, y, heard)
        y += 1
    number = picture.album.tracks[min(picture.chosen, len(picture.album.tracks) - 1)].number
    order = sorted(picture.findings, key=lambda one: (one.track != number, one.severity == "note"))
    for finding in order:
        if y >= canvas.height:
            return
        sign, style = _SIGNS[finding.severity]
        where = "" if finding.track is None else f"{finding.track}: "
        canvas.put(0, y, sign, style)
        lines = wrapped(f"{where}{finding.message}", canvas.width - 2)
        y += put_lines(canvas, 2, y, lines, style, min(2, canvas.height - y))


def made_words(picture: AlbumPicture) -> str:
    """Where the album is that was made, or how to make it."""
    return f"made: {picture.folder}" if picture.folder else MAKE_IT


def hearing_pieces(job: Job | None, album: Album) -> list[Piece]:
    """One line about the gap that is heard; nothing once it was."""
    if job is None or job.stage in (Stage.DONE, Stage.CANCELLED):
        return []
    if job.stage is Stage.FAILED:
        return [("✖ ", "bad"), (job.error, "bad")]
    number = int(job.work.arguments[1])
    titles = [track.title for track in album.tracks if track.number == number]
    what = f"gap before {number} {titles[0] if titles else ''}"
    if job.label != "playing":
        return [("♪ ", "accent"), (f"{what}: {job.label or 'starting'} …", "dim")]
    share = round(8 * _HEARD_CELLS * job.shares.get("playing", 0.0))
    return [
        ("♪ ", "accent"),
        (bar(share, _HEARD_CELLS), "accent"),
        (f" {what}", "text"),
        ("  P stops", "faint"),
    ]
