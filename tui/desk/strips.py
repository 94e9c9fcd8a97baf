"""The strips of all stems under one line of headings; scrolls where there are more than rows."""

from __future__ import annotations

from engine.link.records import StemMeters
from engine.link.snapshot import NO_STEM
from engine.session.model import Session
from tui.desk.closely import LOUDNESS_HEADING, SPECTRUM_HEADING, of_stem
from tui.desk.columns import Columns, columns
from tui.desk.pace import Moment
from tui.desk.strip import StemState, Strip
from tui.display.cells import Canvas
from tui.glyphs.scale import scale
from tui.view import View


class Strips:
    """All strips on `canvas`, for `stems` stems of `size` rows; a new one for another number or size."""

    def __init__(self, canvas: Canvas, stems: int, size: int) -> None:
        self._canvas, self._stems = canvas, stems
        self._columns: Columns = columns(canvas.width - 1, size)
        visible = min(stems, max(0, (canvas.height - 1) // size))
        self._strips = [
            Strip(canvas.part(0, 1 + place * size, canvas.width, size), self._columns)
            for place in range(visible)
        ]
        self._first = 0
        self._heading: tuple[int, int] | None = None
        self._states: list[StemState] = []

    def draw(self, moment: Moment) -> None:
        """Shows the stems of `moment`."""
        view = moment.view
        session = view.session
        if session is None:
            return
        if moment.words or not self._states:
            self._follow(view.focus.stem)
            self._draw_heading()
            self._states = self._visible(session, view)
        meters = view.snapshot.stems
        overs = _overs(view)
        for strip, state in zip(self._strips, self._states, strict=False):
            index = state.index
            reading: StemMeters = meters[index] if index < len(meters) else NO_STEM
            closely = of_stem(view.stems_close_up, index)
            strip.draw(moment, state, reading, closely, overs[index] if index < len(overs) else 0)

    def _visible(self, session: Session, view: View) -> list[StemState]:
        """What the strips in sight show besides their meters."""
        any_solo = any(stem.solo for stem in session.stems)
        files, chosen = _files(view), view.focus.stem
        linked = {name for group in view.document.links for name in group}
        shown = list(enumerate(session.stems))[self._first : self._first + len(self._strips)]
        return [
            StemState(index, stem, index == chosen, any_solo, files.get(stem.name, "ok"), stem.name in linked)
            for index, stem in shown
        ]

    def _follow(self, chosen: int) -> None:
        """Scrolls so that the chosen stem is in sight; the master leaves the rows as they are."""
        visible = len(self._strips)
        if 0 <= chosen < self._stems and visible:
            self._first = min(max(self._first, chosen - visible + 1), chosen)
        self._first = max(0, min(self._first, self._stems - visible))

    def _draw_heading(self) -> None:
        visible = len(self._strips)
        heading = (self._first, visible)
        if heading == self._heading:
            return
        self._heading = heading
        canvas, at = self._canvas, self._columns
        canvas.fill(0, 0, canvas.width, 1, " ", "label")
        above, below = self._first, self._stems - self._first - visible
        more = (f" ▲{above}" if above else "") + (f" ▼{below}" if below else "")
        begin = 1 if at.name.width < 12 else at.name.x
        used = canvas.put(begin, 0, "STEM", "label")
        canvas.put(begin + used, 0, more, "bold accent", at.name.x + at.name.width - begin - used)
        if at.role is not None:
            canvas.put(at.role.x, 0, "ROLE", "label", at.role.width)
        canvas.put(at.trim.x, 0, " TRIM", "label", at.trim.width)
        canvas.put(at.track.x, 0, _track_scale(at.track.width), "dim", at.track.width)
        spaced = at.switches.width >= 5
        canvas.put(at.switches.x, 0, "M S Ø" if spaced else "MSØ", "label", at.switches.width)
        canvas.put(at.chain.x, 0, "CHAIN", "label", at.chain.width)
        canvas.put(at.meter.x, 0, scale(at.meter.width).text, "dim", at.meter.width)
        if at.peak is not None:
            canvas.put(at.peak.x, 0, "PEAK".rjust(at.peak.width), "label", at.peak.width)
        if at.rms is not None:
            canvas.put(at.rms.x, 0, "RMS".rjust(at.rms.width), "label", at.rms.width)
        if at.spectrum is not None:
            canvas.put(at.spectrum.x, 0, SPECTRUM_HEADING, "dim", at.spectrum.width)
        if at.loudness is not None:
            canvas.put(at.loudness.x, 0, LOUDNESS_HEADING, "label", at.loudness.width)
        tall = at.role is None
        # in tall strips the held peak stands below the over sign
        canvas.put(
            at.over.x,
            0,
            ("PEAK" if tall else "OVR").rjust(at.over.width if tall else 3),
            "label",
            at.over.width,
        )
        self._put_right("GR", at.reduction.x, (at.reduction_figure or at.reduction))
        self._put_right("LIM", (at.share or at.share_figure).x, at.share_figure)

    def _put_right(self, text: str, begin: int, last: object) -> None:
        end = last.x + last.width  # type: ignore[attr-defined]
        self._canvas.put(begin, 0, text.rjust(end - begin), "label", end - begin)


def _track_scale(cells: int) -> str:
    """Ends and middle of the trim's track, one decibel a cell: `−3 0 +3`."""
    ends = f"−{cells // 2}", f"+{cells // 2}"
    return ends[0] + "0".center(cells - 4) + ends[1]


def _files(view: View) -> dict[str, str]:
    """What has become of each stem's file, by name."""
    return {item.name: item.state for item in view.document.stems_state}


def _overs(view: View) -> list[int]:
    """Overs of each stem since the maxima were reset."""
    if view.reading is None:
        return []
    return [item.overs - item.overs_at_reset for item in view.reading.totals.stem_overs]
