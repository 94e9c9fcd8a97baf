"""Tags of rendered files: from the session's metadata and what was measured on each."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import engine
from engine.audio.codecs import encoder_version
from engine.deliver.file_names import recording_of
from engine.deliver.job import Job
from engine.pairs import members
from engine.report.render import OutputReport
from engine.session.encodings import ENCODINGS, Encoding
from engine.session.model import Session
from engine.session.pins import sha256_of
from engine.session.versions import MASTER, STEMS, in_section, title_of
from engine.tags.bext import cut_short
from engine.tags.file import write_tags
from engine.tags.tags import Loudness, Tags, Technical

#: Keys of `[metadata]` that are tags of the same name.
_PLAIN = (
    "artist",
    "album",
    "composer",
    "writer",
    "label",
    "catalogue_number",
    "genre",
    "copyright",
    "comment",
)


def title_and_isrc(session: Session, job: Job) -> tuple[str, str | None]:
    """What a file's recording is called, and its ISRC.

    A version without a title of its own has its name in brackets after the session's. The ISRC of the
    metadata is the master's; every other version is a recording of its own, and stems are none.
    """
    own, isrc = recording_of(session, job.version)
    title = own or session.title
    if job.stem is not None:
        return f"{title} ({job.stem})", isrc
    return (title if own or job.version == MASTER else f"{title} ({title_of(job.version)})"), isrc


def tags_of(session: Session, job: Job, report: OutputReport, time_reference: int = 0) -> Tags:
    """The tags of one rendered file.

    Args:
        session: with metadata.
        job: what the file is.
        report: what was measured on it.
        time_reference: of its first frame, samples since midnight at the file's rate.
    """
    encoding = ENCODINGS[report.substituted_encoding or job.deliverable.encoding]
    metadata = session.metadata
    title, isrc = title_and_isrc(session, job)
    text = {"title": title}
    if job.version not in (MASTER, STEMS):
        text["version"] = title_of(job.version)
    for name in _PLAIN:
        value = getattr(metadata, name, None)
        if value is not None:
            text[name] = value
    if metadata is not None and metadata.year is not None:
        text["year"] = str(metadata.year)
    if isrc is not None:
        text["isrc"] = isrc
    text["encoder"] = _encoder(encoding)
    return Tags(
        text=text,
        originator=None if metadata is None else metadata.originator,
        loudness=Loudness(
            report.integrated_lufs,
            report.lra_lu,
            report.true_peak_dbtp,
            report.momentary_max_lufs,
            report.short_term_max_lufs,
        ),
        technical=_technical(session, job, report, encoding, time_reference),
    )


def _encoder(encoding: Encoding) -> str:
    ours = f"stemlathe {engine.__version__}"
    return f"{ours}, {encoder_version()}" if encoding.needs_codecs else ours


def _technical(
    session: Session, job: Job, report: OutputReport, encoding: Encoding, time_reference: int
) -> Technical | None:
    if encoding.container != "WAV":
        return None
    names = ("Left", "Right")
    stems_rate = f"A=PCM,F={session.sample_rate},M=stereo,T=stems"
    dither = f"; {'noise-shaped' if job.deliverable.dither == 'shaped' else 'TPDF'} dither"
    file = (
        f"A=PCM,F={report.sample_rate},W={encoding.bits},M=stereo,"
        f"T=stemlathe {engine.__version__}{dither if encoding.dithered else '; float'}"
    )
    return Technical(report.sample_rate, encoding.bits, names, time_reference, (stems_rate, file))


def tagged(session: Session, job: Job, report: OutputReport, song_start_samples: int = 0) -> OutputReport:
    """Tags a file that was written and measured; returns its report.

    Where the session has neither metadata nor a title or ISRC for the version the file stays as it is. What a
    broadcast wave file has no room for is noted.

    Args:
        session: the session file as it was read.
        job: what the file is.
        report: what was measured on it.
        song_start_samples: where the song begins, samples since midnight at the session's rate.

    Raises:
        MachineError: the system refused.
    """
    section = session.sections.get(job.version)
    if session.metadata is None and (section is None or (section.title or section.isrc) is None):
        return report
    rate = report.sample_rate
    section_start = math.floor(in_section(session, job.version).master.start_s * rate + 0.5)
    time_reference = round(Fraction(song_start_samples * rate, session.sample_rate)) + section_start
    tags = tags_of(session, job, report, time_reference)
    paths = members(report.path)
    for side, path in enumerate(paths):
        write_tags(path, tags if len(paths) == 1 else _of_side(tags, side))
    cut = () if tags.technical is None else cut_short(tags)
    return replace(report, sha256=sha256_of(report.path), notes=(*report.notes, *cut))


def _of_side(tags: Tags, side: int) -> Tags:
    """The tags of one of two mono files: the loudness is that of both together."""
    if tags.technical is None:
        return tags
    history = tuple(
        line.replace("M=stereo,T=stemlathe", "M=mono,T=stemlathe") for line in tags.technical.coding_history
    )
    names = (tags.technical.channel_names[side],)
    return replace(tags, technical=replace(tags.technical, channel_names=names, coding_history=history))
