"""The report of a delivery: what was sent, how it was made, and how it can be proved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.papers.document import (
    Block,
    Cell,
    Column,
    Document,
    Figure,
    Figures,
    Heading,
    Listing,
    Paragraph,
    Table,
    Tone,
    Verdict,
)
from engine.papers.measured import Measured, standards
from engine.papers.pictures.residual import residual_picture
from engine.papers.programme_page import judged_file, programme_page
from engine.papers.programmes import drawn_programmes
from engine.papers.words import coding, judged
from engine.report.check import CheckReport
from engine.report.deliver import FileFinding
from engine.report.delivery import DeliveryRecord, SecondOpinion
from engine.report.null import NullReport
from engine.report.render import OutputReport
from engine.units import number_text, seconds_text

_FILES = (
    Column("file"),
    Column("format"),
    Column("length", numeric=True),
    Column("LUFS", numeric=True),
    Column("target", numeric=True),
    Column("dBTP", numeric=True),
    Column("ceiling", numeric=True),
    Column("LRA LU", numeric=True),
    Column("PLR dB", numeric=True),
    Column("verdict"),
)
#: Of a tag a report shows so many characters.
_LONGEST_TAG = 300
#: What is said of a file that says nothing, or nothing besides what all say.
_ELSE = {False: "none", True: "nothing else"}


@dataclass(frozen=True)
class Delivered:
    """Everything that the report of a delivery is made of.

    Attributes:
        title: of the song.
        record: what the delivery came from and what was written.
        outputs: the files, their paths inside the folder, in the order of the record's.
        measured: those that `drawn_programmes` draws along their time line, by path.
        reference: the mix, likewise; None without one.
        check: the intake.
        null: the null test; None without a reference.
        tags: of each output as read back, in the same order.
        opinions: of another meter.
        findings: about the files.
        holds: nothing fell short.
        recall: the recall sheet.
    """

    title: str
    record: DeliveryRecord
    outputs: tuple[OutputReport, ...]
    measured: Mapping[str, Measured]
    reference: Measured | None
    check: CheckReport
    null: NullReport | None
    tags: tuple[Mapping[str, Any], ...]
    opinions: tuple[SecondOpinion, ...]
    findings: tuple[FileFinding, ...]
    holds: bool
    recall: str


def delivered_document(delivered: Delivered) -> Document:
    """The whole report; nothing in it knows when or where it was made."""
    missed = sum(not output.holds for output in delivered.outputs)
    count = len(delivered.outputs)
    if delivered.holds:
        verdict = Verdict("good", "Everything holds")
    elif missed:
        verdict = Verdict("bad", f"{missed} of {count} files fell short")
    else:
        verdict = Verdict("bad", "The files hold; what they were made from does not")
    blocks = [
        *_files(delivered),
        *_findings(delivered),
        *_opinions(delivered),
        *_null(delivered),
        *_intake(delivered),
        *_masters(delivered),
        Heading("Chain recall"),
        Listing(delivered.recall.rstrip("\n")),
        *_tags(delivered),
        *_hashes(delivered),
    ]
    subtitle = f"Delivery report · {count} {'file' if count == 1 else 'files'}"
    numerics = ", ".join(f"{name} {version}" for name, version in delivered.record.numerics.items())
    footer = f"{standards()} Made with {numerics}."
    return Document(delivered.title, subtitle, verdict, tuple(blocks), footer)


def _files(delivered: Delivered) -> Iterator[Block]:
    yield Heading("What was delivered")
    yield Table(_FILES, tuple(_file_row(output) for output in delivered.outputs))
    for output in delivered.outputs:
        sentences = [reason for reason in output.reasons if " " in reason]
        if sentences:
            yield Paragraph(f"{output.path.as_posix()}: {'; '.join(sentences)}.", "bad")


def _file_row(output: OutputReport) -> tuple[Cell | str, ...]:
    return (
        output.path.as_posix(),
        f"{output.sample_rate / 1000:g} kHz, {coding(output.subtype)}",
        seconds_text(output.frames / output.sample_rate),
        number_text(output.integrated_lufs, 2),
        number_text(output.target_lufs),
        number_text(output.true_peak_dbtp, 2),
        number_text(output.ceiling_dbtp),
        number_text(output.lra_lu),
        number_text(output.plr_db),
        judged_file(output),
    )


def _findings(delivered: Delivered) -> Iterator[Block]:
    if not delivered.findings:
        return
    yield Heading("Found on the files", 2)
    files: dict[tuple[str, str], list[str]] = {}
    for one in delivered.findings:
        files.setdefault((one.severity, f"{one.message}: {one.fix}"), []).append(one.path or "all")
    rows = tuple((judged(severity), ", ".join(paths), what) for (severity, what), paths in files.items())
    yield Table((Column("severity"), Column("file"), Column("what and what to do")), rows)


def _masters(delivered: Delivered) -> Iterator[Block]:
    stems = [stem.name for stem in delivered.record.stems]
    for drawn in drawn_programmes(delivered.outputs):
        measured = delivered.measured[drawn.output.path.as_posix()]
        yield from programme_page(drawn, measured, delivered.reference, stems)


def _null(delivered: Delivered) -> Iterator[Block]:
    null = delivered.null
    yield Heading("Null test: stems against mix")
    if null is None:
        yield Paragraph("There is no reference mix, so nothing says that the stems are the mix.", "warn")
        return
    tone = judged(null.verdict).tone
    yield Paragraph(_null_sentence(null), tone)
    yield Figures(
        (
            Figure("Residual", number_text(null.residual_rms_dbfs), "dBFS", "RMS"),
            Figure("Residual peak", number_text(null.residual_peak_dbfs), "dBFS"),
            Figure("Under the mix", number_text(null.residual_relative_db), "dB"),
            Figure("Worst 400 ms", number_text(null.worst_window_rms_dbfs), "dBFS"),
            Figure("Level difference", number_text(null.level_difference_db, 2, signed=True), "dB"),
        )
    )
    yield residual_picture(null)
    if null.causes:
        rows = tuple(
            (
                cause.kind.replace("_", " "),
                cause.stem or "all",
                f"{100 * cause.confidence:.0f} %",
                f"{cause.evidence}: {cause.fix}",
            )
            for cause in null.causes
        )
        yield Table(
            (Column("cause"), Column("stem"), Column("sure", numeric=True), Column("evidence and remedy")),
            rows,
        )


def _null_sentence(null: NullReport) -> str:
    if null.exact:
        return "The stems sum to the mix: the difference is inaudible and lies below 20 bits."
    return {
        "pass": "The stems sum to the mix within the limits of the test.",
        "warn": "The stems sum to the mix nearly: see what differs.",
        "fail": "The stems do not sum to the mix.",
    }[null.verdict]


def _intake(delivered: Delivered) -> Iterator[Block]:
    check = delivered.check
    yield Heading("Intake of the stems")
    columns = (
        Column("stem"),
        Column("file"),
        Column("format"),
        Column("length", numeric=True),
        Column("bits", numeric=True),
        Column("dBFS", numeric=True),
        Column("dBTP", numeric=True),
        Column("RMS dBFS", numeric=True),
    )
    yield Table(
        columns,
        tuple(
            (
                stem.name,
                pin.file,
                f"{stem.sample_rate / 1000:g} kHz, {coding(stem.subtype)}",
                seconds_text(stem.duration_s),
                str(stem.true_bits or "—"),
                number_text(stem.sample_peak_dbfs),
                number_text(stem.true_peak_dbtp),
                number_text(stem.rms_dbfs),
            )
            for stem, pin in zip(check.stems, delivered.record.stems, strict=True)
        ),
    )
    words: dict[str, tuple[str, Tone]] = {
        "pass": ("Nothing speaks against the stems.", "good"),
        "warn": ("The stems can be used; some of what was found should be looked at.", "warn"),
        "fail": ("The stems cannot be trusted as they are.", "bad"),
    }
    yield Paragraph(*words[check.verdict])
    if check.findings:
        rows = tuple(
            (judged(one.severity), one.stem or "all", f"{one.message}: {one.fix}") for one in check.findings
        )
        yield Table((Column("severity"), Column("stem"), Column("what and what to do")), rows)


def _opinions(delivered: Delivered) -> Iterator[Block]:
    if not delivered.opinions:
        return
    meter = delivered.opinions[0].meter
    yield Heading("A second opinion on loudness")
    yield Paragraph(
        f"Every file was measured again by {meter}, which shares no code with stemlathe's meter. It reads "
        "the reference tone of ITU-R BS.1770 0.035 LU low; a difference above 0.1 LU is a finding."
    )
    columns = (
        Column("file"),
        Column("stemlathe LUFS", numeric=True),
        Column(f"{meter} LUFS", numeric=True),
        Column("difference LU", numeric=True),
    )
    rows = tuple(
        (
            one.path + (f" (not read: {one.reason})" if one.reason else ""),
            number_text(one.ours_lufs, 3),
            number_text(one.theirs_lufs, 3),
            number_text(one.difference_lu, 3, signed=True),
        )
        for one in delivered.opinions
    )
    yield Table(columns, rows)


def _tags(delivered: Delivered) -> Iterator[Block]:
    if not any(delivered.tags):
        return
    yield Heading("Tags, as read back from the files")
    texts = [list(_tag_texts(tags)) for tags in delivered.tags]
    # what all files say stands once: 30 encodings of a master differ in their encoder and their gain
    common = [text for text in texts[0] if all(text in other for other in texts)] if len(texts) > 1 else []
    rows = [
        (output.path.as_posix(), " · ".join(text for text in own if text not in common) or _ELSE[bool(own)])
        for output, own in zip(delivered.outputs, texts, strict=True)
    ]
    if common:
        rows.insert(0, ("every file", " · ".join(common)))
    yield Table((Column("file"), Column("tags")), tuple(rows))


def _tag_texts(tags: Mapping[str, Any]) -> Iterator[str]:
    for name, value in tags.items():
        if isinstance(value, Mapping):
            yield from (f"{name} {text}" for text in _tag_texts(value))
        elif value is not None:
            text = str(value)
            if len(text) > _LONGEST_TAG:
                text = f"{text[:_LONGEST_TAG]}… ({len(text)} characters, all of them in report.json)"
            yield f"{name}: {text}"


def _hashes(delivered: Delivered) -> Iterator[Block]:
    yield Heading("Hashes")
    yield Paragraph(
        "SHA-256 of each file, and of its decoded samples, which tags do not change. All files of this "
        "delivery are in SHA256SUMS and MD5SUMS, to be checked with 'sha256sum -c SHA256SUMS', or with "
        "'stemlathe verify', which also measures them again."
    )
    columns = (Column("file"), Column("SHA-256", fixed=True), Column("of the audio", fixed=True))
    record = delivered.record
    yield Table(columns, tuple((one.path, one.sha256, one.audio_sha256) for one in record.outputs))
    pins = [*record.stems, *([] if record.reference is None else [record.reference])]
    yield Heading("What it was made from", 2)
    sources = (
        Column("stem"),
        Column("file"),
        Column("SHA-256", fixed=True),
        Column("of the audio", fixed=True),
    )
    yield Table(
        sources, tuple((pin.name or "the mix", pin.file, pin.sha256, pin.audio_sha256) for pin in pins)
    )
