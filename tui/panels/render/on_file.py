"""What finished files say of themselves: hash, tags and loudness along the song, read by a verb."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from engine.pairs import members
from tui.display.cells import Canvas
from tui.glyphs.blocks import column_glyph, rising
from tui.panels.page import put_pieces
from tui.work.verb_job import Job, Stage, Work
from tui.work.verb_runner import Runner

if TYPE_CHECKING:
    from engine.report.measure import FullMeasurement, FullReport, Unusable

#: How long a cell is looked at before its files are read, s: who only passes by reads nothing.
_STILL_S = 0.4
#: Files that are read at once; the stems of a song are more than anybody looks at.
_MOST = 4
#: Files beside those of the cell that is looked at, where all are shown.
_MOST_BESIDE = 20
#: What the height of a strip stands for, LUFS: from what is hardly music to the loudest there is.
_LOWEST_LUFS, _HIGHEST_LUFS = -40.0, -4.0
_KNOWN = 64

#: Path, and time of change and size of it, or of both files of a pair: another file under the same name is
#: another file.
_Stamp = tuple[str, tuple[tuple[int, int], ...]]


@dataclass(frozen=True)
class OnFile:
    """One file.

    Attributes:
        sha256: as it is now.
        tags: as read back.
        strip_lufs: short-term loudness along the song; −∞ where there is silence.
        integrated_lufs: as measured now; None: none.
        true_peak_dbtp: likewise.
        error: why it cannot be read; empty where it can.
    """

    sha256: str = ""
    tags: Mapping[str, str] | None = None
    strip_lufs: tuple[float, ...] = ()
    integrated_lufs: float | None = None
    true_peak_dbtp: float | None = None
    error: str = ""


class FileReader:
    """Reads the files of the cell that is looked at, each once.

    Args:
        runner: does it.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._known: dict[_Stamp, OnFile] = {}
        self._job: Job | None = None
        self._asked: tuple[_Stamp, ...] = ()
        self._looked_at: tuple[tuple[str, ...], float] = ((), 0.0)

    def look(self, paths: Sequence[str], now_s: float, beside: Sequence[str] = ()) -> dict[str, OnFile]:
        """What is known of files by their paths; what is not is read once they have been looked at a while.

        Args:
            paths: of the cell that is looked at.
            now_s: CLOCK_MONOTONIC.
            beside: of other cells that are shown; they are read after those.
        """
        self._take_in()
        wanted = tuple(dict.fromkeys((*paths[:_MOST], *beside[:_MOST_BESIDE])))
        if wanted != self._looked_at[0]:
            self._looked_at = (wanted, now_s)
        stamps = {path: stamp for path in wanted if (stamp := _stamp(path)) is not None}
        unknown = tuple(stamp for stamp in stamps.values() if stamp not in self._known)
        is_still = now_s - self._looked_at[1] >= _STILL_S
        if unknown and is_still and (self._job is None or not self._job.active):
            self._asked = unknown[:_MOST]
            first, *others = (stamp[0] for stamp in self._asked)
            self._job = self._runner.start(Work("measure", Path(first), (*others, "--full")))
        return {path: self._known[stamp] for path, stamp in stamps.items() if stamp in self._known}

    def key(self) -> object:
        """What is known, for telling when to draw."""
        return len(self._known), None if self._job is None else (id(self._job), self._job.changes)

    def _take_in(self) -> None:
        job = self._job
        if job is None or job.active:
            return
        self._job = None
        entries = () if job.result is None else cast("FullReport", job.result).files
        if job.stage is Stage.CANCELLED:
            return
        for number, stamp in enumerate(self._asked):
            self._known[stamp] = (
                _on_file(entries[number]) if number < len(entries) else OnFile(error=job.error)
            )
        while len(self._known) > _KNOWN:
            self._known.pop(next(iter(self._known)))


def _stamp(path: str) -> _Stamp | None:
    try:
        found = [os.stat(file) for file in members(Path(path))]
    except OSError:
        return None
    return path, tuple((one.st_mtime_ns, one.st_size) for one in found)


def _on_file(entry: FullMeasurement | Unusable) -> OnFile:
    from engine.report.measure import Unusable

    if isinstance(entry, Unusable):
        return OnFile(error=entry.error.message)
    return OnFile(
        sha256=entry.sha256,
        tags=entry.tags,
        strip_lufs=entry.short_term_over_time_lufs,
        integrated_lufs=entry.integrated_lufs,
        true_peak_dbtp=entry.true_peak_dbtp,
    )


def strip_text(levels_lufs: Sequence[float], cells: int) -> str:
    """Short-term loudness as a row of columns, the loudest of what each cell stands for; silence is blank."""
    if not levels_lufs or cells <= 0:
        return ""
    count = len(levels_lufs)
    glyphs = []
    for cell in range(cells):
        begin = cell * count // cells
        part = levels_lufs[begin : max(begin + 1, (cell + 1) * count // cells)]
        share = max(0.0, (max(part) - _LOWEST_LUFS) / (_HIGHEST_LUFS - _LOWEST_LUFS))
        glyphs.append(column_glyph(rising(share, 1), 0))
    return "".join(glyphs)


def draw_strip(canvas: Canvas, y: int, found: OnFile | None, recorded_sha256: str) -> None:
    """Draws the loudness along a file into one row; None: it has not been read yet."""
    if found is None:
        canvas.put(0, y, "…", "faint", canvas.width)
    elif found.error:
        canvas.put(0, y, found.error, "bad", canvas.width)
    elif recorded_sha256 and found.sha256 != recorded_sha256:
        canvas.put(0, y, "is not the file that was rendered", "bad", canvas.width)
    else:
        canvas.put(0, y, strip_text(found.strip_lufs, canvas.width), "loudness", canvas.width)


def draw_on_file(canvas: Canvas, y: int, found: OnFile, recorded_sha256: str) -> int:
    """Draws what a file says of itself below its line; returns the rows that took."""
    room = canvas.height - y
    if room < 1:
        return 0
    if found.error:
        canvas.put(4, y, found.error, "bad", canvas.width - 4)
        return 1
    if recorded_sha256 and found.sha256 != recorded_sha256:
        text = f"is not the file that was rendered: {found.sha256[:12]} instead of {recorded_sha256[:12]}"
        canvas.put(4, y, text, "bad", canvas.width - 4)
        return 1
    rows = 0
    if found.strip_lufs:
        canvas.put(4, y, strip_text(found.strip_lufs, canvas.width - 5), "loudness")
        rows += 1
    if rows < room:
        tags = found.tags or {}
        pieces = [(f"{found.sha256[:12]}  ", "faint")]
        for name in _ordered(tags):
            pieces += [(f"{name} ", "dim"), (f"{tags[name]}  ".replace("\n", " "), "text")]
        if not tags:
            pieces.append(("no tags", "dim"))
        put_pieces(canvas.part(4, y + rows, canvas.width - 4, 1), 0, 0, pieces)
        rows += 1
    return rows


#: The tags that tell recordings apart come first.
_FIRST = ("isrc", "title", "artist", "album")


def _ordered(tags: Mapping[str, str]) -> list[str]:
    return sorted(tags, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
