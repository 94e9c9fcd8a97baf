"""`verify` on an album's folder, or on a DDP set of any maker alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.ddp.reading.fileset import is_ddp_folder, read_ddp
from engine.ddp.reading.model import DdpSet
from engine.delivery.sums import MD5SUMS, SHA256SUMS, hashes_of
from engine.delivery.verify import verify_folder
from engine.errors import InputError
from engine.measure import Measurer
from engine.progress import Progress, silent
from engine.report.album import DiscRead, DiscTrackRead
from engine.report.deliver import FileFinding, Status, VerifiedFile, VerifyReport
from engine.report.measure import FileMeasurement

_RATE, _FRAME_BYTES, _BLOCK_FRAMES = 44100, 4, 65536
_LBA_0 = 150
_FRAMES_PER_S = 75
_SEVERITIES = ("error", "warning", "note")
#: Said of a song's file; a side begins where the needle comes down, a mark lies before its sound or in it.
_NOT_OF_ALBUMS = frozenset({"early_start"})
_STATUSES: Mapping[str, Status] = {"ok": "ok", "changed": "changed", "missing": "missing"}


def ddp_folders(folder: Path) -> tuple[Path, ...]:
    """The DDP sets of a folder: itself, or folders in it."""
    if is_ddp_folder(folder):
        return (folder,)
    try:
        inside = sorted(one for one in folder.iterdir() if one.is_dir() and not one.is_symlink())
    except OSError:
        return ()
    return tuple(one for one in inside if is_ddp_folder(one))


def verify_album(folder: Path, progress: Progress = silent) -> VerifyReport:
    """Reads every DDP set of a folder back, beside what `verify` says of any delivery.

    Args:
        folder: of an album, or of a set alone.
        progress: told about every file.

    Raises:
        InputError: a set cannot be read, or the folder says nothing about its own files.
    """
    folder = Path(os.path.abspath(folder))
    sets = [read_ddp(one) for one in ddp_folders(folder)]
    alone = len(sets) == 1 and sets[0].path == folder
    if alone and not any((folder / name).is_file() for name in (SHA256SUMS, MD5SUMS)):
        report = VerifyReport(tuple(_verified(sets[0], progress)), (), ())
    else:
        report = _with_images(verify_folder(folder, progress), sets, progress)
    of_files = (found for found in report.findings if found.kind not in _NOT_OF_ALBUMS)
    findings = [*of_files, *(found for one in sets for found in _findings(one, folder))]
    findings.sort(key=lambda finding: _SEVERITIES.index(finding.severity))
    return replace(report, findings=tuple(findings), discs=tuple(_disc(one) for one in sets))


def _verified(found: DdpSet, progress: Progress) -> Iterator[VerifiedFile]:
    """The files of a set that has no sums but its own."""
    for check in found.files:
        is_image = found.image is not None and check.path.name == found.image.name
        measured = _measured(check.path, progress) if is_image and check.path.is_file() else None
        # a file that no checksum names may lie there: paper is no part of the audio
        status = _STATUSES.get(check.status, "ok")
        sha256 = None
        if check.path.is_file():
            try:
                sha256 = hashes_of(check.path).sha256
            except OSError:
                status = "changed"
        yield VerifiedFile(
            check.path.absolute(),
            status,
            sha256,
            None if measured is None else measured.integrated_lufs,
            None if measured is None else measured.true_peak_dbtp,
        )


def _with_images(report: VerifyReport, sets: list[DdpSet], progress: Progress) -> VerifyReport:
    """The same with the images measured, which look like no audio to anybody else."""
    images = {one.image.absolute() for one in sets if one.image is not None}
    files = []
    for file in report.files:
        if file.path in images and file.path.is_file():
            measured = _measured(file.path, progress)
            file = replace(
                file, integrated_lufs=measured.integrated_lufs, true_peak_dbtp=measured.true_peak_dbtp
            )
        files.append(file)
    return replace(report, files=tuple(files))


def _measured(image: Path, progress: Progress) -> FileMeasurement:
    """An image as the 16-bit stereo that it is, from LBA 0 on."""
    measurer = Measurer(_RATE, 2, "PCM_16", 16)
    done, size = 0, max(1, image.stat().st_size)
    try:
        with image.open("rb") as file:
            file.seek(_LBA_0 * 2352)
            while block := file.read(_BLOCK_FRAMES * _FRAME_BYTES):
                whole = len(block) // _FRAME_BYTES * _FRAME_BYTES
                samples = np.frombuffer(block[:whole], "<i2").reshape(-1, 2) / 32768.0
                measurer.process(np.ascontiguousarray(samples))
                done += len(block)
                progress("measuring the image", min(done, size), size)
    except OSError as error:
        raise InputError(
            f"{image}: cannot be read ({error.strerror}): check its rights", kind="unreadable", path=image
        ) from error
    progress("measuring the image", size, size)
    return measurer.result(image)


def _findings(found: DdpSet, folder: Path) -> Iterator[FileFinding]:
    inside = "" if found.path == folder else found.path.name
    for one in found.findings:
        where = f"track {one.track}: " if one.track is not None else ""
        yield FileFinding(one.severity, one.kind, inside or None, where + one.message, one.fix)


def _disc(found: DdpSet) -> DiscRead:
    tracks = []
    for place, track in enumerate(found.tracks):
        following = found.tracks[place + 1] if place + 1 < len(found.tracks) else None
        end = found.lead_out if following is None else following.start
        if following is not None and following.pause is not None:
            end = following.pause
        tracks.append(
            DiscTrackRead(
                number=track.number,
                title=track.texts.get("title", ""),
                performer=track.texts.get("performer", ""),
                isrc=track.isrc,
                start_s=(track.start - _LBA_0) / _FRAMES_PER_S,
                duration_s=None if end is None else (end - track.start) / _FRAMES_PER_S,
                indexes_s=tuple((frame - _LBA_0) / _FRAMES_PER_S for frame in track.indexes),
            )
        )
    return DiscRead(
        path=found.path,
        level=found.level,
        ean=found.ean,
        master_id=found.master_id,
        title=found.texts.get("title", ""),
        performer=found.texts.get("performer", ""),
        sectors=found.sectors,
        tracks=tuple(tracks),
    )
