"""`preview`: every codec that was asked for, the ceiling that avoids its overs, and mono."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.audio.codecs import encoder_version, require_codecs
from engine.cores import usable_cores
from engine.errors import InputError, UsageError, machine_error
from engine.measure import measure_file
from engine.preview.codec_trip import Trip, travel
from engine.preview.fold_down import fold_down
from engine.progress import Progress, silent
from engine.report.preview import CodecTrip, FilePreview, PreviewReport, UnusablePreview
from engine.session.encodings import ENCODINGS
from engine.session.platforms import Platform, platforms

#: What no decoded true peak may pass: beyond it players clip.
FULL_SCALE_DBTP = 0.0
#: The grid of suggested ceilings, dB, and how often a lower one is tried.
_STEP_DB, _MOST_TRIES = 0.1, 10
#: Codecs that stayed this far below full scale are not tried again at a lower level: the largest move of a
#: codec's peak that a change of level made was 0.7 dB.
_SAFE_DB = 1.0


@dataclass(frozen=True)
class Asked:
    """What a preview is to do.

    Attributes:
        files: masters.
        codecs: encodings, in order.
        folder: where encoded files are kept; None: nowhere.
        force: files that are there may be replaced.
    """

    files: Sequence[Path]
    codecs: Sequence[str]
    folder: Path | None = None
    force: bool = False


def preview(asked: Asked, progress: Progress = silent) -> PreviewReport:
    """Sends every file through every codec; one that cannot be used does not stop the others.

    Args:
        asked: what to do.
        progress: told after each trip.

    Raises:
        InputError: a codec needs a package that is missing, or an encoded file is already there.
        MachineError: an encoded file cannot be written.
    """
    needing = [codec for codec in asked.codecs if ENCODINGS[codec].needs_codecs]
    if needing:
        require_codecs(f"to encode {needing[0]}")
    paths = [_kept_path(asked, file, codec) for file in asked.files for codec in asked.codecs]
    if asked.folder is not None:
        _require_room(paths, asked.force)
        _make(asked.folder)
    found: list[FilePreview | UnusablePreview] = []
    for file in asked.files:
        try:
            found.append(_file(file, asked, progress))
        except InputError as error:
            found.append(UnusablePreview(file, error))
    return PreviewReport(tuple(found), _encoders(bool(needing)))


def _encoders(with_pyav: bool) -> str:
    import soundfile

    vorbis = f"libsndfile {soundfile.__libsndfile_version__} (Vorbis)"
    return f"{encoder_version()} (AAC, MP3, Opus), {vorbis}" if with_pyav else vorbis


def _kept_path(asked: Asked, file: Path, codec: str) -> Path:
    name = f"{file.stem} [{codec}]{ENCODINGS[codec].extension}"
    return (asked.folder or Path()) / name


def _require_room(paths: Sequence[Path], force: bool) -> None:
    seen: set[str] = set()
    for path in paths:
        if str(path).casefold() in seen:
            raise InputError(
                f"{path}: two files would be written under that name: preview them into two folders",
                kind="same_name",
                path=path,
            )
        seen.add(str(path).casefold())
        if path.exists() and not force:
            raise InputError(
                f"{path}: is already there: give --force to replace it, or another --out folder",
                kind="exists",
                path=path,
            )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise machine_error(error, folder, "make the output folder") from error


@contextmanager
def _scratch() -> Iterator[Path]:
    try:
        with TemporaryDirectory(prefix="stemlathe-preview-") as folder:
            yield Path(folder)
    except OSError as error:
        raise machine_error(error, Path(os.environ.get("TMPDIR", "/tmp")), "keep temporary files") from error


def _file(file: Path, asked: Asked, progress: Progress) -> FilePreview:
    measured = measure_file(file)
    known = platforms()
    total = len(asked.codecs)
    with _scratch() as scratch, ThreadPoolExecutor(usable_cores()) as pool:

        def go(codec: str) -> Trip:
            kept = asked.folder is not None
            place = _kept_path(asked, file, codec) if kept else scratch / _kept_path(asked, file, codec).name
            return travel(file, codec, place)

        trips: dict[str, Trip] = {}
        for codec, trip in zip(asked.codecs, pool.map(go, asked.codecs), strict=True):
            trips[codec] = trip
            progress(f"{file.name}: codecs", len(trips), total)
        ceiling = _ceiling(file, measured.true_peak_dbtp, trips, scratch, pool, progress)
    loudness = measured.integrated_lufs
    return FilePreview(
        path=file,
        integrated_lufs=loudness,
        true_peak_dbtp=measured.true_peak_dbtp,
        codecs=tuple(
            CodecTrip(
                codec=codec,
                bitrate_kbps=trip.bitrate_kbps,
                sample_rate=trip.sample_rate,
                decoded_true_peak_dbtp=trip.true_peak_dbtp,
                overs=trip.overs,
                integrated_lufs=trip.integrated_lufs,
                loudness_change_lu=_difference(trip.integrated_lufs, loudness),
                platforms=tuple(one.title for one in known.values() if codec in one.codecs),
                path=None if asked.folder is None else _kept_path(asked, file, codec),
            )
            for codec, trip in trips.items()
        ),
        suggested_ceiling_dbtp=ceiling,
        mono=fold_down(file),
    )


def _difference(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


def _ceiling(
    file: Path,
    true_peak_dbtp: float | None,
    trips: dict[str, Trip],
    scratch: Path,
    pool: ThreadPoolExecutor,
    progress: Progress,
) -> float | None:
    """The highest level at which no codec passes full scale, each found by encoding afresh.

    What a codec adds cannot be subtracted: the peak of AAC moves by ±0.3 dB with a hundredth of a dB.
    """
    if true_peak_dbtp is None:
        return None
    worst = max(
        (trip.true_peak_dbtp for trip in trips.values() if trip.true_peak_dbtp is not None), default=-math.inf
    )
    if worst <= FULL_SCALE_DBTP:
        return true_peak_dbtp
    at_risk = [
        codec
        for codec, trip in trips.items()
        if trip.true_peak_dbtp is not None and trip.true_peak_dbtp > FULL_SCALE_DBTP - _SAFE_DB
    ]
    ceiling = _below(true_peak_dbtp - (worst - FULL_SCALE_DBTP))
    for attempt in range(1, _MOST_TRIES + 1):
        gain_db = ceiling - true_peak_dbtp

        def again(codec: str, gain_db: float = gain_db) -> float:
            peak = travel(
                file, codec, scratch / f"again{codec}{ENCODINGS[codec].extension}", gain_db
            ).true_peak_dbtp
            return -math.inf if peak is None else peak

        worst = max(pool.map(again, at_risk))
        progress(f"{file.name}: ceiling", attempt, _MOST_TRIES)
        if worst <= FULL_SCALE_DBTP:
            progress(f"{file.name}: ceiling", _MOST_TRIES, _MOST_TRIES)
            return ceiling
        ceiling = min(_below(ceiling - (worst - FULL_SCALE_DBTP)), round(ceiling - _STEP_DB, 1))
    return None


def _below(level_db: float) -> float:
    """The next step of the grid at or below."""
    return round(math.floor(level_db / _STEP_DB + 1e-9) * _STEP_DB, 1)


def codecs_of(names: Sequence[str]) -> list[str]:
    """The encodings that names stand for: an encoding, a family (`aac`), or a platform (`spotify`).

    Args:
        names: empty: what any platform uses.

    Raises:
        UsageError: a name is none of these.
    """
    known = platforms()
    named = {codec for platform in known.values() for codec in platform.codecs}
    used = [codec for codec in ENCODINGS if codec in named]  # families together, low rates first
    if not names:
        return used
    return list(dict.fromkeys(codec for name in names for codec in _named(name, known, used)))


def _named(name: str, known: dict[str, Platform], used: Sequence[str]) -> Sequence[str]:
    if name in ENCODINGS and ENCODINGS[name].lossy:
        return [name]
    if name in known:
        return known[name].codecs
    family = [codec for codec in used if codec.partition("-")[0] == name]
    if family:
        return family
    lossy = ", ".join(codec for codec, encoding in ENCODINGS.items() if encoding.lossy)
    raise UsageError(
        f"--codec {name}: is neither a platform ({', '.join(known)}) nor a lossy encoding ({lossy})"
    )
