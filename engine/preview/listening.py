"""What a codec makes of a session's master, to listen to: rendered, encoded, decoded, measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from engine.audio.codecs import require_codecs
from engine.audio.convert import Converter
from engine.audio.source import AudioSource, open_source
from engine.audio.writer import open_writer
from engine.deliver.job import job_of, refuse_missing_dialogue
from engine.deliver.render import render
from engine.errors import UsageError, machine_error
from engine.preview.codec_trip import travel
from engine.progress import Progress, silent
from engine.report.preview import Decoded
from engine.session.encodings import ENCODINGS
from engine.session.model import Deliverable, Session
from engine.session.versions import STEMS, in_section, known_versions

Doubles = NDArray[np.float64]

_BLOCK_FRAMES = 1 << 14
#: Without a deliverable: the limiter's own ceiling and drive.
_AS_IT_PLAYS = Deliverable("as it plays", None, None, "programme", None, None, "wav32f", ("master",))


@dataclass(frozen=True)
class Wanted:
    """What is to be listened to.

    Attributes:
        session: the session.
        codec: one of `engine.session.encodings.ENCODINGS`, lossy.
        deliverable: name of the one whose target, ceiling and rate hold; None: none.
        version: of the song.
        decoded: the WAV to write, 32-bit float at the session's rate.
    """

    session: Session
    codec: str
    deliverable: str | None
    version: str
    decoded: Path


def decode_to_listen(wanted: Wanted, progress: Progress = silent) -> Decoded:
    """Renders the version, sends it through the codec, and writes what comes back.

    Raises:
        UsageError: there is no such deliverable or version.
        InputError: a stem cannot be used, or the package that encodes is missing (`codecs_missing`).
        MachineError: the system refused.
    """
    session = wanted.session
    if ENCODINGS[wanted.codec].needs_codecs:
        require_codecs(f"to encode {wanted.codec}")
    deliverable = replace(_deliverable(wanted), encoding="wav32f", mono_files=False, file_name=None)
    if wanted.version not in known_versions(session) or wanted.version == STEMS:
        raise UsageError(f"--version {wanted.version}: there is no such version to listen to")
    refuse_missing_dialogue(session, deliverable)
    try:
        wanted.decoded.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="stemlathe-codec-", dir=wanted.decoded.parent) as scratch:
            job = job_of(session, deliverable, wanted.version, Path(scratch))
            (master,) = render(session, [job], progress).outputs
            progress(f"{wanted.codec}: encoding and decoding", 0, 1)
            encoded = Path(scratch) / f"coded{ENCODINGS[wanted.codec].extension}"
            trip = travel(master.path, wanted.codec, encoded)
            _write(encoded, wanted.decoded, session.sample_rate)
            progress(f"{wanted.codec}: encoding and decoding", 1, 1)
    except OSError as error:
        raise machine_error(error, wanted.decoded, "write what the codec gives back") from error
    return Decoded(
        path=wanted.decoded,
        codec=wanted.codec,
        bitrate_kbps=trip.bitrate_kbps,
        sample_rate=trip.sample_rate,
        decoded_true_peak_dbtp=trip.true_peak_dbtp,
        overs=trip.overs,
        integrated_lufs=trip.integrated_lufs,
        master_true_peak_dbtp=master.true_peak_dbtp,
        master_lufs=master.integrated_lufs,
        start_s=in_section(session, wanted.version).master.start_s,
    )


def _deliverable(wanted: Wanted) -> Deliverable:
    if wanted.deliverable is None:
        return _AS_IT_PLAYS
    known = {one.name: one for one in wanted.session.deliverables}
    if wanted.deliverable not in known:
        listed = ", ".join(known) or "none"
        raise UsageError(f"there is no deliverable '{wanted.deliverable}': this session has {listed}")
    return known[wanted.deliverable]


def _write(encoded: Path, decoded: Path, sample_rate: int) -> None:
    """The decoded samples at the rate at which they will be heard."""
    with (
        open_source(encoded) as source,
        open_writer(decoded, sample_rate, source.channels, "wav32f", dither_key=0) as writer,
    ):
        converter = None
        if source.sample_rate != sample_rate:
            converter = Converter(source.sample_rate, sample_rate, source.channels)
        for start in range(0, source.frames, _BLOCK_FRAMES):
            block = _read(source, start)
            writer.write(block if converter is None else converter.process(block))
        if converter is not None:
            writer.write(converter.process(np.zeros((0, source.channels)), last=True))


def _read(source: AudioSource, start: int) -> Doubles:
    block = np.empty((min(_BLOCK_FRAMES, source.frames - start), source.channels))
    source.read_into(start, block, 0, source.channels)
    return block
