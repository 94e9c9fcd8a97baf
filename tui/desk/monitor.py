"""The monitor section: what the room hears and no render ever does."""

from __future__ import annotations

from engine.link.records import State
from tui.desk.known import moving_style, outdated_share
from tui.desk.pace import Moment
from tui.desk.row import Piece, Row
from tui.desk.target import ceiling_dbtp
from tui.display.cells import Canvas, clipped
from tui.glyphs import numbers
from tui.view import View


class MonitorBar:
    """The monitor's line on row 0 of `canvas`; with the master's figures where the panel shows none.

    Args:
        canvas: where to draw.
        figures: whether loudness and true peak stand at its right end.
    """

    def __init__(self, canvas: Canvas, figures: bool) -> None:
        self._row = Row(canvas)
        self._figures = figures
        self._begun = False

    def draw(self, moment: Moment) -> None:
        """Shows the monitor section of `moment`."""
        if (moment.figures if self._figures else moment.histories) or not self._begun:
            self._begun = True
            self._row.draw([*_section(moment.view), *(_master(moment.view) if self._figures else [])])


def _section(view: View) -> list[Piece]:
    monitor = view.snapshot.monitor
    level = f"{numbers.change(monitor.level_db, 5)} dB"
    pieces = [Piece(("MONITOR", "MON"), "label", 4), Piece((level,), "bold value", 0)]
    if monitor.reference_db == monitor.reference_db:
        beside = numbers.change(monitor.level_db - monitor.reference_db, 5)
        at = (
            "at the reference"
            if not round(monitor.level_db - monitor.reference_db, 1)
            else f"{beside} dB re reference"
        )
        pieces.append(Piece((f"{at:<21}", f"ref{beside}"), "dim", 4))
    else:
        pieces.append(Piece(("not calibrated", ""), "faint", 4))
    if monitor.translation:
        # first of all, so that it is never cut: what is heard is not what is rendered
        pieces.insert(0, Piece((f"[LIKE {monitor.translation.upper()}]",), "bold reverse warn", 0))
    for name, on in (
        ("dim", monitor.dim),
        ("mono", monitor.mono),
        ("side", monitor.side),
        ("swap", monitor.swap),
    ):
        forms = (f"[{name.upper()}]",) if on else (f" {name} ", name)
        pieces.append(Piece(forms, "bold reverse warn" if on else "dim", 1))
    soloed = sum(stem.solo for stem in view.session.stems) if view.session is not None else 0
    pieces.append(Piece((f"[SOLO {soloed}]" if soloed else "",), "bold reverse solo", 0))
    return [*pieces, *_job(view)]


def _job(view: View) -> list[Piece]:
    """What the engine or a render works at in the background."""
    job = view.snapshot.job
    if job.progress != job.progress or view.snapshot.transport.state is State.LOADING:
        return []  # what is being loaded stands in the banner
    done = numbers.percent(job.progress)
    left = "" if job.left_s != job.left_s else f" {numbers.short_clock(job.left_s)} left"
    return [Piece((f"{clipped(job.label, 24)} {done}{left}", f"{done}{left}", done), "note", 2, right=True)]


def _master(view: View) -> list[Piece]:
    master = view.snapshot.master
    ceiling = ceiling_dbtp(view)
    over = ceiling is not None and master.true_peak_max_dbtp > ceiling + 0.05
    integrated = numbers.level(master.integrated_lufs)
    old = outdated_share(view) > 0.0
    if old:
        integrated = f"~{integrated.strip()}".rjust(len(integrated))
    loudness, peak = f"I {integrated}", numbers.level(master.true_peak_max_dbtp)
    # each is shown whole or not at all; of one rank, they give way by turns, their units before themselves
    return [
        Piece((f"{loudness} LUFS", loudness, loudness, ""), "dim" if old else "value", 3, right=True),
        Piece((f"S {numbers.level(master.short_term_lufs)}", ""), moving_style(view), 5, right=True),
        Piece(
            (f"TP max {peak} dBTP", f"TP {peak} dBTP", f"TP {peak}", ""),
            "bold over" if over else "value",
            3,
            right=True,
        ),
    ]
