"""Measures whole files: every meter over one reading of the file, several files on all cores."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.audio.layout import Layout
from engine.audio.source import open_source
from engine.cores import usable_cores
from engine.errors import InputError
from engine.meters.channels import DEFAULT_LAYOUTS, channel_weights
from engine.meters.history import history_of
from engine.meters.loudness import LoudnessMeter
from engine.meters.peakratio import psr_min_db
from engine.meters.spectrum import BANDS, SpectrumMeter
from engine.meters.statistics import StatisticsMeter, bits_of, full_scale_of
from engine.meters.truepeak import TruePeakMeter
from engine.progress import Progress, silent
from engine.report.history import ProgrammeHistory
from engine.report.measure import FileMeasurement, MeasureReport, Unusable

if TYPE_CHECKING:
    from concurrent.futures import Executor

Doubles = NDArray[np.float64]
Found = TypeVar("Found")

#: Samples read at once: they stay in a core's cache until every meter has seen them.
_BLOCK_SAMPLES = 1 << 15
#: The same when two threads share the work on a block: larger, as handing it over costs time.
_SHARED_BLOCK_SAMPLES = 1 << 18
#: A file that one thread has measured before a second one would have been set up.
_SMALL_BYTES = 1 << 22


class Measurer:
    """All meters of `measure` over blocks of any size, with the same result.

    Args:
        sample_rate: Hz, 8 kHz to 768 kHz.
        channels: of the blocks.
        subtype: sample format of the programme, for the report.
        bits: of integer samples, where fewer count than the subtype has (24 in a container of 32); they
            decide what is clipped.
        layout: places of the channels; None: the usual ones.
        notes: what was mended in reading the file, for the report.
    """

    def __init__(
        self,
        sample_rate: int,
        channels: int,
        subtype: str,
        bits: int | None = None,
        *,
        layout: Layout | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.sample_rate = sample_rate
        self.channels = channels
        self.subtype = subtype
        self._layout = layout
        self._notes = notes
        self._loudness = LoudnessMeter(sample_rate, channels, channel_weights(channels, layout))
        self._true_peak = TruePeakMeter(sample_rate, channels)
        self._statistics = StatisticsMeter(channels, full_scale_of(bits or bits_of(subtype)))

    def process(self, block: Doubles, helper: Executor | None = None) -> None:
        """Measures the next frames.

        Args:
            block: `(frames, channels)` float64, C order, full scale ±1.0, finite.
            helper: takes over a part of the work; nothing of it remains when this returns.
        """
        if helper is None:
            self._true_peak.process(block)
        else:
            searched = helper.submit(self._true_peak.process, block)
        self._loudness.process(block)
        self._statistics.process(block)
        if helper is not None:
            searched.result()

    def history(self, bands: Doubles) -> ProgrammeHistory:
        """The programme along its time line, so far.

        Args:
            bands: mean square of each third octave.
        """
        return history_of(self._loudness.slot_powers, self._true_peak.result().slot_peaks, bands)

    def result(self, path: Path) -> FileMeasurement:
        """Everything measured so far; measuring may go on.

        Args:
            path: the file that the programme is, for the report.
        """
        loudness, peak, statistics = (
            self._loudness.result(),
            self._true_peak.result(),
            self._statistics.result(),
        )
        integrated = loudness.integrated_lufs
        return FileMeasurement(
            path=path,
            sample_rate=self.sample_rate,
            channels=self.channels,
            frames=self._statistics.frames,
            duration_s=self._statistics.frames / self.sample_rate,
            subtype=self.subtype,
            integrated_lufs=integrated,
            lra_lu=loudness.lra_lu,
            momentary_max_lufs=loudness.momentary_max_lufs,
            short_term_max_lufs=loudness.short_term_max_lufs,
            true_peak_dbtp=peak.dbtp,
            true_peak_channels_dbtp=peak.channels_dbtp,
            sample_peak_dbfs=statistics.sample_peak_dbfs,
            plr_db=None if integrated is None or peak.dbtp is None else peak.dbtp - integrated,
            psr_min_db=psr_min_db(peak.slot_peaks, self._loudness.slot_powers, integrated),
            rms_dbfs=statistics.rms_dbfs,
            correlation=statistics.correlation,
            dc_offset=statistics.dc_offset,
            clipped_samples=statistics.clipped_samples,
            layout=self._layout or DEFAULT_LAYOUTS.get(self.channels),
            notes=self._notes,
        )


class _StoppedError(Exception):
    """The user has interrupted the measurement."""


class _Work:
    """Files being measured: how far they are, and whether to go on."""

    def __init__(self, paths: Sequence[Path], progress: Progress) -> None:
        self._progress = progress
        self._sizes = [_bytes_of(path) for path in paths]
        self._done = [0.0] * len(paths)
        self._stopped = threading.Event()
        self._cause: BaseException | None = None
        progress("measuring", 0, max(1, sum(self._sizes)))  # from here, before several threads tell it

    def tell(self, index: int, share: float) -> None:
        """File `index` is done to `share` (0 to 1)."""
        if self._stopped.is_set():
            raise _StoppedError
        self._done[index] = share * self._sizes[index]
        self._progress("measuring", sum(self._done), max(1, sum(self._sizes)))

    def stop(self, cause: BaseException) -> BaseException:
        """Ends the work on all files at their next block; returns what ended it first."""
        self._cause = self._cause or cause
        self._stopped.set()
        return self._cause


def _bytes_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def measure_file(path: Path, progress: Progress = silent) -> FileMeasurement:
    """Measures one file.

    Raises:
        InputError: the file cannot be used.
    """
    work = _Work([path], progress)
    if usable_cores() < 2 or _bytes_of(path) < _SMALL_BYTES:
        return _measure(path, 0, work)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as helper:
        return _measure(path, 0, work, helper)


def measure_files(paths: Sequence[Path], progress: Progress = silent) -> MeasureReport:
    """Measures files, as many at once as there are cores.

    A file that cannot be used does not stop the others: its entry in the report says why.

    Args:
        paths: the files; the report keeps their order.
        progress: told, from any thread, how much of all their bytes is done.
    """
    if len(paths) == 1:
        try:
            return MeasureReport((measure_file(paths[0], progress),))
        except InputError as error:
            return MeasureReport((Unusable(paths[0], error),))
    return MeasureReport(_side_by_side(paths, progress, _measure))


def measure_histories(
    paths: Sequence[Path], progress: Progress = silent
) -> tuple[tuple[FileMeasurement, ProgrammeHistory] | Unusable, ...]:
    """`measure_files` along their time lines too; the spectrum is that of the first two channels."""
    return _side_by_side(paths, progress, _measure_history)


def _side_by_side(
    paths: Sequence[Path], progress: Progress, task: Callable[[Path, int, _Work], Found]
) -> tuple[Found | Unusable, ...]:
    work = _Work(paths, progress)

    def entry(index: int) -> Found | Unusable:
        try:
            return task(paths[index], index, work)
        except InputError as error:
            work.tell(index, 1.0)
            return Unusable(paths[index], error)
        except BaseException as error:
            raise work.stop(error) from None

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max(1, min(len(paths), usable_cores()))) as pool:
        try:
            return tuple(pool.map(entry, range(len(paths))))
        except BaseException as error:
            pool.shutdown(cancel_futures=True, wait=False)
            raise work.stop(error) from None


def measure_history(path: Path, progress: Progress = silent) -> tuple[FileMeasurement, ProgrammeHistory]:
    """Measures one file, along its time line too; the spectrum is that of the first two channels.

    Raises:
        InputError: the file cannot be used.
    """
    return _measure_history(path, 0, _Work([path], progress))


def _measure_history(path: Path, index: int, work: _Work) -> tuple[FileMeasurement, ProgrammeHistory]:
    spectra: list[SpectrumMeter] = []

    def watch(block: Doubles, sample_rate: int) -> None:
        if not spectra:
            spectra.append(SpectrumMeter(sample_rate))
        pair = np.repeat(block, 2, axis=1) if block.shape[1] == 1 else block[:, :2]
        spectra[0].process(np.ascontiguousarray(pair))

    measurer = _measured(path, index, work, None, watch)
    bands = spectra[0].take() if spectra else np.zeros(BANDS)
    return measurer.result(path), measurer.history(bands)


def _measure(path: Path, index: int, work: _Work, helper: Executor | None = None) -> FileMeasurement:
    return _measured(path, index, work, helper).result(path)


def _measured(
    path: Path,
    index: int,
    work: _Work,
    helper: Executor | None = None,
    watch: Callable[[Doubles, int], None] | None = None,
) -> Measurer:
    with open_source(path) as source:
        measurer = Measurer(
            source.sample_rate,
            source.channels,
            source.subtype,
            source.bits,
            layout=source.layout,
            notes=source.notes,
        )
        samples = _BLOCK_SAMPLES if helper is None else _SHARED_BLOCK_SAMPLES
        block = np.empty((max(1, samples // source.channels), source.channels))
        for start in range(0, source.frames, len(block)):
            part = block[: source.frames - start]
            source.read_into(start, part, 0, source.channels)
            measurer.process(part, helper)
            if watch is not None:
                watch(part, source.sample_rate)
            work.tell(index, (start + len(part)) / source.frames)
        work.tell(index, 1.0)
        return measurer
