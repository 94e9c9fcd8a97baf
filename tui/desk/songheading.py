"""What stands over the loudness of the song: which stretch of it is shown, and what its lines are."""

from __future__ import annotations

from tui.desk.alongside import mix_along
from tui.desk.pace import Moment
from tui.desk.stretch import Stretch, stretch_of
from tui.display.cells import Canvas
from tui.glyphs.numbers import short_clock

_RANGE, _MIX = "   ┃ its range", "   ╌ the mix, as loud"
_RULE = "─"


def headings(stretch: Stretch, rate_hz: int, legend: str) -> tuple[str, ...]:
    """From the longest to the shortest, which says only what is shown."""
    long, short = "LOUDNESS OVER THE SONG, LUFS", "LUFS"
    if stretch.zoom > 1 and rate_hz > 0:
        begin, end = (short_clock(frames / rate_hz) for frames in (stretch.begin_frames, stretch.end_frames))
        short = f"LUFS {begin}–{end}"
        long = f"LOUDNESS {begin}–{end}, {stretch.name} OF THE SONG, LUFS"
    return tuple(f" SHORT-TERM {words} " for words in (long + legend, short + legend, short))


class SongHeading:
    """The heading on `canvas`, one row of a rule."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._shown: tuple[Stretch, int, str] | None = None

    def draw(self, moment: Moment) -> None:
        """Says which stretch `moment` shows."""
        view = moment.view
        stretch = stretch_of(view)
        if self._shown is not None and stretch == self._shown[0] and not moment.histories:
            return
        legend = _RANGE + (_MIX if mix_along(view) is not None else "")
        shown = stretch, view.snapshot.transport.sample_rate_hz, legend
        if shown == self._shown:
            return
        self._shown = shown
        canvas = self._canvas
        text = next((one for one in headings(*shown) if len(one) <= canvas.width), "")
        canvas.put(0, 0, text, "label")
        canvas.put(len(text), 0, _RULE * (canvas.width - len(text)), "border")
