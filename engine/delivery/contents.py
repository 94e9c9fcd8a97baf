"""The papers of a delivery and their files: everything beside the audio and the sums."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.delivery.recall_sheet import recall_sheet, settings_sheet
from engine.delivery.session_copy import session_copy
from engine.papers.delivered import Delivered, delivered_document
from engine.papers.html import html_of
from engine.papers.measured import Measured
from engine.papers.pdf import pdf_of
from engine.report.check import CheckReport
from engine.report.deliver import FileFinding, opinion_json
from engine.report.delivery import RECORD_FORMAT, DeliveryRecord, SecondOpinion
from engine.report.null import NullReport
from engine.report.plain import as_json
from engine.report.render import RenderReport
from engine.session.atomic import write_atomic
from engine.session.model import Session

REPORT_JSON = "report.json"
REPORT_HTML = "report.html"
REPORT_PDF = "report.pdf"
RECALL_SHEET = "recall.txt"


@dataclass(frozen=True)
class Contents:
    """What is known about a delivery before it is sealed.

    Attributes:
        session: that was delivered.
        text: of its file.
        record: what it came from and what was written.
        render: the files as measured, their paths inside the folder.
        tags: of each of them as read back.
        check: the intake.
        null: the null test; None without a reference.
        opinions: of another meter.
        findings: about the files.
        measured: what is drawn of them along its time line, by path inside the folder.
        reference: the mix, likewise; None without one.
        holds: nothing fell short.
    """

    session: Session
    text: str
    record: DeliveryRecord
    render: RenderReport
    tags: tuple[dict[str, str], ...]
    check: CheckReport
    null: NullReport | None
    opinions: tuple[SecondOpinion, ...]
    findings: tuple[FileFinding, ...]
    measured: Mapping[str, Measured]
    reference: Measured | None
    holds: bool

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Writes every paper; returns those that are reports for people.

        Raises:
            MachineError: the system refused.
        """
        hashes = {
            stem.path: pin.sha256 for stem, pin in zip(self.session.stems, self.record.stems, strict=True)
        }
        if self.session.reference is not None and self.record.reference is not None:
            hashes[self.session.reference.path] = self.record.reference.sha256
        copy = session_copy(self.session, self.text, hashes)
        write_atomic(folder / self.session.path.name, copy.encode(), replace=False)
        sheet = recall_sheet(self.session, self.record)
        write_atomic(folder / RECALL_SHEET, sheet.encode(), replace=False)
        document = json.dumps(self.as_json(), ensure_ascii=False, allow_nan=False, indent=1)
        write_atomic(folder / REPORT_JSON, document.encode() + b"\n", replace=False)
        report = delivered_document(self._delivered())
        write_atomic(folder / REPORT_HTML, html_of(report), replace=False)
        write_atomic(folder / REPORT_PDF, pdf_of(report), replace=False)
        return tuple(folder / name for name in (REPORT_HTML, REPORT_PDF, REPORT_JSON))

    def _delivered(self) -> Delivered:
        """What the report for people is made of, without a path of this machine."""
        here = f"{self.session.path.parent}/"
        findings = (
            replace(one, message=one.message.replace(here, ""), fix=one.fix.replace(here, ""))
            for one in self.check.findings
        )
        return Delivered(
            title=self.session.title or self.session.path.stem,
            record=self.record,
            outputs=self.render.outputs,
            measured=self.measured,
            reference=self.reference,
            check=replace(self.check, findings=tuple(findings)),
            null=self.null,
            tags=self.tags,
            opinions=self.opinions,
            findings=self.findings,
            holds=self.holds,
            recall=settings_sheet(self.session, {}),
        )

    def as_json(self) -> dict[str, Any]:
        """`report.json`: no clock, and no path of this machine."""
        outputs = as_json(self.render.outputs)
        for tree, output, tags in zip(outputs, self.render.outputs, self.tags, strict=True):
            tree["path"] = output.path.as_posix()
            tree["tags"] = tags
        check = as_json(self.check)
        for stem, pin in zip(check["stems"], self.record.stems, strict=True):
            stem["path"] = pin.file
        document = {
            "format": RECORD_FORMAT,
            "title": self.session.title,
            "record": as_json(self.record),
            "outputs": outputs,
            "intake": check,
            "null": as_json(self.null),
            "second_opinions": [opinion_json(one) for one in self.opinions],
            "findings": as_json(self.findings),
        }
        found = _without(document, f"{self.session.path.parent}/")
        assert isinstance(found, dict)
        return found


def _without(value: Any, folder: str) -> Any:
    """The same with every text without `folder`."""
    if isinstance(value, dict):
        return {key: _without(item, folder) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, folder) for item in value]
    return value.replace(folder, "") if isinstance(value, str) else value
