"""What a delivery came from, pinned: stems by their decoded samples, targets, programs."""

from __future__ import annotations

import dataclasses
import hashlib
import platform
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from engine import __version__
from engine.audio.fingerprint import fingerprint
from engine.cores import usable_cores
from engine.plan.numerics import design_digests, proof
from engine.progress import Progress
from engine.report.delivery import (
    RECORD_FORMAT,
    DeliveredFile,
    DeliveryRecord,
    FilePin,
    TargetPin,
)
from engine.session.model import Deliverable, Session
from engine.session.pins import sha256_of
from engine.session.settings import settings_of
from engine.session.targets import targets

#: Packages whose version may decide a bit of a sound or a figure.
_NUMERICS = ("numpy", "numba", "llvmlite", "scipy", "soundfile", "soxr", "pyloudnorm")


def record_of(
    session: Session,
    text: str,
    deliverables: Iterable[Deliverable],
    outputs: Iterable[DeliveredFile],
    progress: Progress,
) -> DeliveryRecord:
    """The record of a delivery.

    Args:
        session: the session file as it was read.
        text: of its file, as it was rendered.
        deliverables: those that were delivered.
        outputs: what was written.
        progress: told how many of the files it came from are hashed.

    Raises:
        InputError: a stem or the reference cannot be read any more.
    """
    files = [(stem.name, stem.path) for stem in session.stems]
    if session.reference is not None:
        files.append(("", session.reference.path))
    pins = list(_side_by_side(lambda one: _pin(*one), files, "hashing the stems", progress))
    return DeliveryRecord(
        format=RECORD_FORMAT,
        program=__version__,
        numerics=numerics(),
        session=session.path.name,
        session_sha256=hashlib.sha256(text.encode()).hexdigest(),
        settings=settings_of(session),
        stems=tuple(pins[: len(session.stems)]),
        reference=None if session.reference is None else pins[-1],
        targets=tuple(_target_pin(one) for one in deliverables),
        outputs=tuple(outputs),
        proof=dataclasses.asdict(proof()),
        designs=design_digests(session),
    )


def _side_by_side(
    task: Callable[[tuple[str, Path]], FilePin],
    files: list[tuple[str, Path]],
    label: str,
    progress: Progress,
) -> Iterator[FilePin]:
    with ThreadPoolExecutor(min(len(files), usable_cores())) as pool:
        try:
            for done, pin in enumerate(pool.map(task, files), start=1):
                progress(label, done, len(files))
                yield pin
        except BaseException:
            pool.shutdown(cancel_futures=True, wait=False)
            raise


def _pin(name: str, path: Path) -> FilePin:
    audio = fingerprint(path)
    return FilePin(
        name, path.name, sha256_of(path), audio.audio_sha256, audio.sample_rate, audio.channels, audio.frames
    )


def _target_pin(deliverable: Deliverable) -> TargetPin:
    target = None if deliverable.preset is None else targets().get(deliverable.preset)
    return TargetPin(
        deliverable=deliverable.name,
        preset=deliverable.preset,
        loudness_lufs=deliverable.loudness_lufs,
        loudness_anchor=deliverable.loudness_anchor,
        ceiling_dbtp=deliverable.ceiling_dbtp,
        source="" if target is None else target.source,
        date=None if target is None else target.date,
    )


def numerics() -> dict[str, str]:
    """The version of everything that calculates, by name."""
    import soundfile
    import soxr

    found = {"python": platform.python_version()}
    for name in _NUMERICS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    found["libsndfile"] = str(soundfile.__libsndfile_version__)
    found["libsoxr"] = str(soxr.__libsoxr_version__)
    return found


def machine() -> str:
    """What calculates: system and processor, for people."""
    return f"{platform.system()} {platform.machine()}, {_processor()}"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "processor unknown"
