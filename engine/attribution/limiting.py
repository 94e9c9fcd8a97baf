"""Who makes a limiter act: what it gets, quantum by quantum, laid beside its gains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.attribution.shares import Attribution, Decisive, decisive
from engine.compiler.abi import QUANTUM_FRAMES
from engine.offline.scratch import Scratch
from engine.plan.output import OutputSettings, fades_of, lay_out_output
from engine.plan.plan import pack
from engine.rack.operation import Doubles
from engine.rack.watch import ROWS, SHARES, take_rows, watch
from engine.report.render import StemShare
from engine.session.model import Session
from engine.session.versions import MASTER, heard, in_section
from engine.units import gain_from_db

#: Quanta that are looked at together: enough for numpy's own time to vanish.
_TOGETHER = 4096


@dataclass(frozen=True)
class Heard:
    """Whose shares are looked for, and where.

    Attributes:
        names: of the stems.
        sample_rate: of song frames, Hz.
        first_frame: of the delivered range.
        last_frame: one past its last.
    """

    names: tuple[str, ...]
    sample_rate: int
    first_frame: int
    last_frame: int

    def count(self, attribution: Attribution, quanta: Decisive) -> None:
        """Counts what lies in the delivered range."""
        inside = (quanta.frame >= self.first_frame) & (quanta.frame < self.last_frame)
        attribution.process(quanta[inside])

    def shares(self, found: Sequence[Attribution]) -> tuple[StemShare, ...]:
        """Of each stem, over all events of several gains; none where nothing was reduced."""
        weight = sum(one.weight for one in found)
        if weight == 0.0:
            return ()
        caused = np.sum([one.caused for one in found], axis=0) / weight
        worst = np.argmax([one.worst for one in found], axis=0)
        return tuple(
            StemShare(name, float(share), float(found[place].worst_frame[stem] / self.sample_rate))
            for stem, (name, share, place) in enumerate(zip(self.names, caused, worst, strict=True))
        )


def heard_in(session: Session, song_frames: int) -> Heard:
    """What is heard of a session.

    Args:
        session: the mix.
        song_frames: its length.
    """
    fades = fades_of(in_section(session, MASTER).master, session.sample_rate, song_frames)
    names = tuple(stem.name for stem in heard(session))
    return Heard(names, session.sample_rate, fades.start_frame, fades.end_frame)


class LimiterInput:
    """What a limiter gets, quantum by quantum: it can be laid beside the gains of any drive and rate.

    Args:
        heard: of the session.
        first_frame: song frame of the first quantum.
        quanta: how many will be appended.
        folder: where a long song's are kept; its free space is checked.
        stack: lets go of what is kept.
    """

    def __init__(self, heard: Heard, first_frame: int, quanta: int, folder: Path, stack: ExitStack) -> None:
        self._heard = heard
        self._first_frame = first_frame
        columns = SHARES + len(heard.names)
        self._kept = stack.enter_context(Scratch(quanta, folder, columns))

    def append(self, rows: Doubles) -> None:
        """The next quanta, see `engine.rack.watch.take_rows`."""
        self._kept.append(rows)

    def attribute(self, settings: OutputSettings, gains: Doubles) -> Attribution:
        """Who makes the limiter act.

        Args:
            settings: of the output, with the drive.
            gains: `(quanta, 1)`, the limiter's smallest, of the output plan from its first frame on.
        """
        assert settings.limiter is not None, "there is a limiter"
        # a true peak passes its samples by up to 3.01 dB (a sine at a quarter of the sample rate)
        floor = gain_from_db(float(settings.limiter["ceiling_dbtp"]) - settings.drive_db) * 0.5**0.5
        found = Attribution(len(self._heard.names), floor)
        scale = settings.sample_rate / self._heard.sample_rate
        late = lay_out_output(settings).latency_frames
        first_frame = self._first_frame
        for rows in _together(self._kept.blocks()):
            quanta = decisive(rows, first_frame)
            edges = (first_frame + QUANTUM_FRAMES * np.arange(len(rows) + 1)).astype(np.float64)
            self._heard.count(found, replace(quanta, gain=smallest_within(gains[:, 0], edges * scale + late)))
            first_frame += QUANTUM_FRAMES * len(rows)
        found.finish()
        return found


def _together(blocks: Iterable[Doubles]) -> Iterator[Doubles]:
    """The same rows in fewer blocks."""
    waiting: list[Doubles] = []
    for block in blocks:
        waiting.append(block)
        if sum(map(len, waiting)) >= _TOGETHER:
            yield np.concatenate(waiting)
            waiting = []
    if waiting:
        yield np.concatenate(waiting)


class LimiterWatch:
    """Looks at blocks of any length of a programme and its parts.

    Args:
        parts: how many.
    """

    def __init__(self, parts: int) -> None:
        columns = 2 + 2 * parts
        self._parts = parts
        self._plan = pack(
            [watch(range(0, columns, 2))], columns=columns, output_column=0, latency_frames=0, gain_columns=()
        )
        self._run = self._plan.start()
        self._rest = np.zeros((0, columns))

    def process(self, block: Doubles, *, last: bool = False) -> Doubles:
        """What is decisive in the whole quanta so far, see `engine.rack.watch.take_rows`.

        Args:
            block: `(frames, 2 + 2 · parts)`.
            last: silence follows.
        """
        padding = -(len(self._rest) + len(block)) % QUANTUM_FRAMES if last else 0
        data = np.concatenate((self._rest, block, np.zeros((padding, block.shape[1]))))
        whole = len(data) // QUANTUM_FRAMES * QUANTUM_FRAMES
        self._rest = data[whole:]
        rows = [np.zeros((0, SHARES + self._parts))]
        for start in range(0, whole, ROWS * QUANTUM_FRAMES):
            self._run.process(data[start : min(start + ROWS * QUANTUM_FRAMES, whole)])
            rows.append(take_rows(self._run.state[self._plan.state_place(0) :], self._parts))
        return np.concatenate(rows)


def smallest_within(gains: Doubles, edges: Doubles) -> Doubles:
    """The smallest gain between each two edges.

    Args:
        gains: `(quanta,)`, the smallest of each quantum from frame 0 on; not empty.
        edges: `(n + 1,)` frames, ascending; what lies outside gets the nearest quantum's.

    Returns:
        `(n,)`.
    """
    places = np.clip(np.floor_divide(edges, QUANTUM_FRAMES).astype(np.int64), 0, len(gains) - 1)
    end = max(places[-1], places[-2] + 1)
    return np.minimum.reduceat(gains[:end], places[:-1])
