"""The session as data: what the file asked for, complete, checked and frozen.

Every value is within its declared range and every default is filled in, so that nothing behind this
module asks "is it there?" again. Built by `engine.session.validate`, from files by
`engine.session.files`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Processor:
    """One processor of a chain.

    Attributes:
        type: its name in `engine.session.processors.PROCESSORS`.
        enabled: False: passes its input through unchanged.
        values: every declared parameter by name. Numbers are floats, lists of numbers tuples of
            floats, bands tuples of mappings that are as complete as this one.
    """

    type: str
    enabled: bool
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Reference:
    """The mix that the stems must sum to.

    Attributes:
        path: absolute.
        sha256: of the whole file, 64 lower-case hexadecimal digits; None: not pinned.
    """

    path: Path
    sha256: str | None


@dataclass(frozen=True)
class Stem:
    """One stem: file, corrections, chain and fader, in the order of the signal path.

    Attributes:
        name: unique in the session, ignoring case.
        role: one of `engine.session.roles.roles()`.
        path: absolute.
        sha256: of the whole file, 64 lower-case hexadecimal digits; None: not pinned.
        source_gain_db: correction, −60…24 dB.
        polarity_inverted: correction.
        offset_samples: correction, + is later, ±10 s of frames at the session's rate, fractions allowed.
        chain: processors between corrections and trim.
        trim_db: the fader, −60…24 dB.
        mute: leaves the stem out of every sum.
        solo: monitoring only; never in renders, versions or the null test.
        notes: free text.
    """

    name: str
    role: str
    path: Path
    sha256: str | None
    source_gain_db: float
    polarity_inverted: bool
    offset_samples: float
    chain: tuple[Processor, ...]
    trim_db: float
    mute: bool
    solo: bool
    notes: str = ""


@dataclass(frozen=True)
class Master:
    """The master bus.

    Attributes:
        chain: processors on the sum; at most one limiter, the last.
        start_s: where renders begin, s of song time.
        end_s: where renders end, s of song time; 0 = the end of the song.
        fade_in_s: length of the fade at the start, s.
        fade_out_s: length of the fade at the end, s.
        fade_shape: `linear`, `cosine` or `exp`.
    """

    chain: tuple[Processor, ...] = ()
    start_s: float = 0.0
    end_s: float = 0.0
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0
    fade_shape: str = "cosine"


@dataclass(frozen=True)
class Deliverable:
    """One file format and loudness to deliver; its preset is already resolved.

    Attributes:
        name: unique in the session, ignoring case; usable in a file name.
        preset: the target it started from, for display; None without one.
        loudness_lufs: integrated loudness to reach, LUFS; None: no target.
        loudness_anchor: what the target is aimed at, `programme` or `dialogue`.
        ceiling_dbtp: true-peak ceiling, dBTP; None: the limiter's own.
        sample_rate: of the file, Hz; None: the session's own.
        encoding: one of `engine.session.encodings.ENCODINGS`.
        versions: names of built-in versions or of the session's own.
        dither: of integer encodings, `tpdf` or `shaped`.
        mono_files: one file for each channel.
        file_name: template of the files' names; None: the usual one.
    """

    name: str
    preset: str | None
    loudness_lufs: float | None
    loudness_anchor: str
    ceiling_dbtp: float | None
    sample_rate: int | None
    encoding: str
    versions: tuple[str, ...]
    dither: str = "tpdf"
    mono_files: bool = False
    file_name: str | None = None

    @property
    def sound(self) -> Deliverable:
        """Without what only names or counts files: equal for what sounds equal."""
        return replace(self, preset=None, versions=(), mono_files=False, file_name=None)


@dataclass(frozen=True)
class Metadata:
    """Values for tags; None where the session gives none.

    Attributes:
        isrc: of the master, twelve characters without hyphens.
        originator: who made the file, for `bext`.

    All others as their names say, `year` from 1000 to 9999.
    """

    artist: str | None = None
    album: str | None = None
    composer: str | None = None
    writer: str | None = None
    label: str | None = None
    catalogue_number: str | None = None
    genre: str | None = None
    year: int | None = None
    copyright: str | None = None
    comment: str | None = None
    isrc: str | None = None
    originator: str | None = None


@dataclass(frozen=True)
class VersionSection:
    """What a version says for itself; None: as the master section has it.

    Attributes:
        title: of the recording.
        isrc: of the recording, twelve characters without hyphens.
        start_s: where it begins, s of song time.
        end_s: where it ends, s of song time; 0 = the end of the song.
        fade_in_s: length of the fade at its start, s.
        fade_out_s: length of the fade at its end, s.
    """

    title: str | None = None
    isrc: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    fade_in_s: float | None = None
    fade_out_s: float | None = None


@dataclass(frozen=True)
class OtherReference:
    """A track to compare with: never in a null test or a render.

    Attributes:
        name: for people.
        path: absolute.
    """

    name: str
    path: Path


@dataclass(frozen=True)
class Session:
    """A whole session file.

    Attributes:
        path: absolute path of the session file.
        title: names the rendered files.
        sample_rate: that of the stems, Hz.
        reference: the mix to null against; None without one.
        stems: at least one, in the file's order.
        master: the master bus.
        deliverables: in the file's order, possibly none.
        versions: versions of the user's own by name, each `{"trims_db": {stem name: dB}}`.
        unlinked: names of versions, built-in or own, that are solved for themselves (`linked = false`).
        sections: what versions, built-in or own, say for themselves, by name.
        metadata: values for tags; None: files are not tagged.
        references: other tracks to compare with.
        notes: free text.
    """

    path: Path
    title: str
    sample_rate: int
    reference: Reference | None
    stems: tuple[Stem, ...]
    master: Master
    deliverables: tuple[Deliverable, ...]
    versions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unlinked: frozenset[str] = frozenset()
    sections: Mapping[str, VersionSection] = field(default_factory=dict)
    metadata: Metadata | None = None
    references: tuple[OtherReference, ...] = ()
    notes: str = ""
