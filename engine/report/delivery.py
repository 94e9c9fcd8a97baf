"""What left the house: the record of a delivery, as plain data that later programs can read.

A record holds what a delivery came from and what came of it, and nothing of the clock or the machine's
folders: two deliveries of one session have equal records. A generation is one line of
`deliveries.jsonl`: a record, and who got it when.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.report.plain import as_json

#: The version of the record; a newer one may hold what this program does not know.
RECORD_FORMAT = 1


@dataclass(frozen=True)
class FilePin:
    """A file that a delivery came from.

    Attributes:
        name: of the stem; empty for the reference.
        file: name of the file, without its folder.
        sha256: of the file's bytes.
        audio_sha256: of its decoded samples, see `engine.audio.fingerprint`.
        sample_rate: Hz.
        channels: of the file.
        frames: length.
    """

    name: str
    file: str
    sha256: str
    audio_sha256: str
    sample_rate: int
    channels: int
    frames: int


@dataclass(frozen=True)
class TargetPin:
    """What a deliverable was aimed at, with where the figures come from.

    Attributes:
        deliverable: its name.
        preset: the target it started from; None without one.
        loudness_lufs: None: no target.
        loudness_anchor: `programme` or `dialogue`.
        ceiling_dbtp: None: the limiter's own.
        source: who says so; empty without a preset.
        date: when it was written from its source; None without one.
    """

    deliverable: str
    preset: str | None
    loudness_lufs: float | None
    loudness_anchor: str
    ceiling_dbtp: float | None
    source: str
    date: str | None


@dataclass(frozen=True)
class DeliveredFile:
    """An audio file of a delivery.

    Attributes:
        path: inside the folder, with `/`.
        version: of the song.
        stem: the stem's name where the version is `stems`, else None.
        deliverable: name of the deliverable.
        sha256: of the file's bytes.
        audio_sha256: of its decoded samples.
        integrated_lufs: measured on the file; None where there is none.
        true_peak_dbtp: measured on the file.
    """

    path: str
    version: str
    stem: str | None
    deliverable: str
    sha256: str
    audio_sha256: str
    integrated_lufs: float | None
    true_peak_dbtp: float | None


@dataclass(frozen=True)
class DeliveryRecord:
    """Everything that decides the bytes of a delivery, and their hashes.

    Attributes:
        format: `RECORD_FORMAT` of the program that wrote it.
        program: version of the program.
        numerics: version of everything that calculates, by name.
        session: name of the session file.
        session_sha256: of its text.
        settings: the whole session as it was read, every default filled in, without paths.
        stems: in the session's order.
        reference: the mix; None without one.
        targets: of the delivered deliverables.
        outputs: the audio files, in the order of the deliverables.
        proof: what the machine computed, by name (`engine.plan.numerics`); empty in older records.
        designs: hash of what each processor was designed to, by its key; empty in older records.
    """

    format: int
    program: str
    numerics: Mapping[str, str]
    session: str
    session_sha256: str
    settings: Mapping[str, Any]
    stems: tuple[FilePin, ...]
    reference: FilePin | None
    targets: tuple[TargetPin, ...]
    outputs: tuple[DeliveredFile, ...]
    proof: Mapping[str, str] = field(default_factory=dict)
    designs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Generation:
    """One delivery of a session: a line of `deliveries.jsonl`.

    Attributes:
        revision: counts the deliveries of that session, from 1.
        delivered_at: UTC, ISO 8601 to the second.
        note: for whom or what it was; may be empty.
        folder: where it was put, absolute.
        manifest_sha256: of the folder's `SHA256SUMS`, which names every other file.
        machine: what calculated, for people.
        record: what was delivered.
    """

    revision: int
    delivered_at: str
    note: str
    folder: str
    manifest_sha256: str
    machine: str
    record: DeliveryRecord

    def as_json(self) -> dict[str, object]:
        """The line, with its folder as it is."""
        return {name.name: as_json(getattr(self, name.name)) for name in dataclasses.fields(self)}


@dataclass(frozen=True)
class SecondOpinion:
    """The loudness of a file by a meter that shares no code with ours.

    Attributes:
        path: inside the folder, with `/`.
        meter: its name and version.
        ours_lufs: our reading; None where there is none.
        theirs_lufs: the other reading; None where there is none, or the file was not read.
        reason: why it was not read; empty where it was.
    """

    path: str
    meter: str
    ours_lufs: float | None
    theirs_lufs: float | None
    reason: str = ""

    @property
    def difference_lu(self) -> float | None:
        """Theirs minus ours; None where one is missing."""
        if self.ours_lufs is None or self.theirs_lufs is None:
            return None
        return self.theirs_lufs - self.ours_lufs
