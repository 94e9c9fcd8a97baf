"""The sides of a record: one 24-bit file each, as loud as the tracks are without their limiters."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.album.assembly import Spot, assembled
from engine.album.cut_sheet import cut_sheet
from engine.album.levels import Levels
from engine.album.papers import cut_document, write_papers
from engine.album.renders import Renders
from engine.album.side_layout import SideLayout, lay_out_side
from engine.album.source import Blocks, Doubles, naming, opened
from engine.audio.writer import open_writer
from engine.ddp.writing.fileset import write_file
from engine.deliver.file_names import safe_name
from engine.delivery.sums import hashes_of
from engine.meters.loudness import LoudnessMeter
from engine.meters.truepeak import TruePeakMeter
from engine.offline.ahead import ahead
from engine.plan.layout import Columns, Layout, rack_module
from engine.plan.stream import Stream
from engine.progress import Progress
from engine.rack.operation import Use
from engine.report.album import AlbumFinding, SideReport
from engine.session.album.layout import CD_RATE
from engine.session.album.model import Album, Vinyl
from engine.session.processors import PROCESSORS
from engine.session.versions import MASTER, session_of
from engine.units import gain_from_db, level_text
from engine.vinyl.bands import BandMeter, FlatTops
from engine.vinyl.findings import Place, SideTrack, side_findings
from engine.vinyl.stems import Question, culprits

#: The loudest of all sides is brought down to this; the cutter sets the level, the converter must not clip.
CEILING_DBTP = -1.0


@dataclass(frozen=True)
class _Figures:
    """A side before its common gain."""

    true_peak_dbtp: float | None
    loudness_before_lufs: float | None
    loudness_after_lufs: float | None


def make_sides(
    album: Album,
    vinyl: Vinyl,
    levels: Levels,
    renders: Renders,
    folder: Path,
    final: Path,
    progress: Progress,
) -> tuple[SideReport, ...]:
    """Writes `vinyl/` into an album's folder.

    Args:
        album: the album file as it was read.
        vinyl: what its file says of a record.
        levels: finds the tracks' audio.
        renders: of its sessions.
        folder: of the album, being filled.
        final: what that will be called.
        progress: told about every pass.

    Raises:
        InputError: a track cannot be used.
        MachineError: the system refused.
    """
    layouts = []
    for place, numbers in enumerate(vinyl.sides):
        rate = _rate_of(album, numbers, renders)
        audio = levels.for_side(numbers, rate, limiter=vinyl.limiter)
        layouts.append(lay_out_side(album, vinyl.name_of(place), numbers, audio, rate))
    figures = [_measured(album, vinyl, layout, progress) for layout in layouts]
    peaks = [one.true_peak_dbtp for one in figures if one.true_peak_dbtp is not None]
    gain_db = min(0.0, CEILING_DBTP - max(peaks, default=CEILING_DBTP))
    (folder / "vinyl").mkdir()
    reports = []
    for layout, figure in zip(layouts, figures, strict=True):
        bands = BandMeter(layout.sample_rate)
        name = f"{safe_name(album.catalogue_number or album.title)}_Side{layout.name}"
        path = folder / "vinyl" / f"{name}.wav"
        _write(album, vinyl, layout, gain_db, path, bands, progress)
        tracks = [_track(spot, progress) for spot in layout.spots]
        findings = [
            *_whole_side(vinyl, figure, gain_db),
            *_converted(layout, renders),
            *_found(album, vinyl, layout, bands, tracks, renders),
        ]
        sha256 = hashes_of(path).sha256
        sheet = cut_sheet(album, vinyl, layout, path.name, sha256, findings)
        write_file(path.with_suffix(".txt"), sheet.encode())
        document = cut_document(album, vinyl, layout, path.name, sha256, findings)
        write_papers(path.with_suffix(".txt"), document)
        reports.append(
            SideReport(layout.name, final / "vinyl" / path.name, layout.duration_s, tuple(findings))
        )
    return tuple(reports)


def _rate_of(album: Album, numbers: Sequence[int], renders: Renders) -> int:
    """The rate that most of its sessions have; of a side without sessions, most of its files.

    The higher one of those that are equally many. One song at 96 kHz among nine at 48 kHz would
    otherwise make a side of 96 kHz that is nine tenths interpolated.
    """
    sessions, files = [], []
    for track in map(album.track, numbers):
        with naming(album, track):
            if track.session is not None:
                sessions.append(renders.session(track).sample_rate)
            elif track.path is not None:
                files.append(opened(track, track.path, CD_RATE).file_rate)
    rates = sessions or files
    return max(rates, key=lambda rate: (rates.count(rate), rate))


def _monoed(vinyl: Vinyl, blocks: Blocks, sample_rate: int) -> Blocks:
    """The programme with its side signal high-passed: second order, minimum phase; mid as it is."""
    if vinyl.mono_below_hz <= 0.0:
        return blocks
    band = {field.name: field.default for field in PROCESSORS["eq"].by_name["bands"].fields}
    band |= {
        "shape": "high_pass",
        "frequency_hz": vinyl.mono_below_hz,
        "slope_db_per_octave": 12.0,
        "channels": "side",
    }
    settings = {"phase": "minimum", "bands": (band,)}
    columns = Columns(sample_rate, 2)
    prepared = rack_module("eq").prepare([Use(settings, (0, 1))], columns)
    plan = Layout(prepared.operations, columns.columns, 0, prepared.latency_frames, ()).packed()
    return _streamed(blocks, Stream(plan))


def _streamed(blocks: Blocks, stream: Stream) -> Iterator[Doubles]:
    for block in blocks:
        yield stream.process(block)
    yield stream.finish()


def _programme(album: Album, layout: SideLayout) -> Blocks:
    return ahead(assembled(album, layout.spots, layout.samples))


def _measured(album: Album, vinyl: Vinyl, layout: SideLayout, progress: Progress) -> _Figures:
    """True peak behind the side's high-pass, loudness in front of it and behind it."""
    before, after = LoudnessMeter(layout.sample_rate, 2), LoudnessMeter(layout.sample_rate, 2)
    peak = TruePeakMeter(layout.sample_rate, 2)
    label, done = f"side {layout.name}: measuring", 0

    def watched() -> Blocks:
        for block in _programme(album, layout):
            before.process(block)
            yield block

    for block in _monoed(vinyl, watched(), layout.sample_rate):
        block = np.ascontiguousarray(block)
        after.process(block)
        peak.process(block)
        done += len(block)
        progress(label, done, layout.samples)
    return _Figures(peak.result().dbtp, before.result().integrated_lufs, after.result().integrated_lufs)


def _write(
    album: Album,
    vinyl: Vinyl,
    layout: SideLayout,
    gain_db: float,
    path: Path,
    bands: BandMeter,
    progress: Progress,
) -> None:
    gain, label = gain_from_db(gain_db), f"side {layout.name}"
    key = zlib.crc32(f"side {layout.name}".encode())
    with open_writer(path, layout.sample_rate, 2, "wav24", key, frames_hint=layout.samples) as writer:
        for block in _monoed(vinyl, _programme(album, layout), layout.sample_rate):
            block = np.ascontiguousarray(block * gain)
            writer.write(block)
            bands.process(block)
            progress(label, writer.frames, layout.samples)


def _track(spot: Spot, progress: Progress) -> SideTrack:
    """A track by itself: its crest, and whether it was clipped."""
    audio = spot.audio
    loudness, peak, flat = (
        LoudnessMeter(audio.sample_rate, 2),
        TruePeakMeter(audio.sample_rate, 2),
        FlatTops(),
    )
    for block in audio.blocks():
        block = np.ascontiguousarray(block)
        loudness.process(block)
        peak.process(block)
        flat.process(block)
    lufs, dbtp = loudness.result().integrated_lufs, peak.result().dbtp
    plr = None if lufs is None or dbtp is None else dbtp - lufs
    rate = audio.sample_rate
    flat_at_s = None if flat.first_frame is None else (spot.start + flat.first_frame) / rate
    return SideTrack(
        audio.track.number,
        audio.track.title,
        spot.start / rate,
        spot.end / rate,
        plr,
        flat,
        flat_at_s,
        finished=audio.track.path is not None,
    )


def _whole_side(vinyl: Vinyl, figures: _Figures, gain_db: float) -> Iterator[AlbumFinding]:
    before, after = figures.loudness_before_lufs, figures.loudness_after_lufs
    if vinyl.mono_below_hz > 0.0 and before is not None and after is not None:
        text = f"making the bass mono below {vinyl.mono_below_hz:g} Hz changes the loudness by "
        text += level_text(after - before, "LU", 2, signed=True)
        yield AlbumFinding("note", "mono_bass", None, None, text, "nothing: it lets the groove be cut")
    if gain_db < 0.0:
        text = f"all sides are {-gain_db:.2f} dB lower than the tracks, for a true peak of "
        text += level_text(CEILING_DBTP, "dBTP", None)
        yield AlbumFinding("note", "gain", None, None, text, "nothing: the cutter sets the level")


def _converted(layout: SideLayout, renders: Renders) -> Iterator[AlbumFinding]:
    """Tracks of another rate than the side's."""
    for spot in layout.spots:
        audio, track = spot.audio, spot.audio.track
        rate = audio.file_rate if track.session is None else renders.session(track).sample_rate
        if rate == layout.sample_rate:
            continue
        name = audio.path.name if track.session is None else track.session.name
        yield AlbumFinding(
            "note",
            "converted",
            track.number,
            track.title,
            f"{name} has {rate} Hz and was converted to {layout.sample_rate} Hz, the rate of the side",
            "nothing, or give its session" if track.session is None else "nothing, or all in one rate",
            spot.start / layout.sample_rate,
        )


def _found(
    album: Album,
    vinyl: Vinyl,
    layout: SideLayout,
    bands: BandMeter,
    tracks: Sequence[SideTrack],
    renders: Renders,
) -> list[AlbumFinding]:
    """What a cutter would say, first to learn which places need a stem's name, then with those names."""
    asked: dict[int, list[tuple[float, Place]]] = {}
    named: dict[tuple[int, float, str], str | None] = {}

    def ask(number: int, at_s: float, spot: Place) -> str | None:
        asked.setdefault(number, []).append((at_s, spot))
        return None

    def answer(number: int, at_s: float, spot: Place) -> str | None:
        return named.get((number, at_s, spot.kind))

    size, rpm, duration_s = vinyl.size_inch, vinyl.rpm, layout.duration_s
    side_findings(bands, tracks, size_inch=size, rpm=rpm, duration_s=duration_s, cause=ask)
    for number, places in asked.items():
        track = album.track(number)
        if track.session is None:
            continue
        session = renders.session(track)
        begin_s = session.master.start_s
        if track.version != MASTER:
            session = session_of(session, track.version)
        questions = [
            Question(begin_s + at_s, spot.window_s, spot.band_hz, spot.side_signal) for at_s, spot in places
        ]
        for (at_s, spot), stem in zip(places, culprits(session, questions), strict=True):
            named[number, at_s, spot.kind] = stem
    return side_findings(bands, tracks, size_inch=size, rpm=rpm, duration_s=duration_s, cause=answer)
