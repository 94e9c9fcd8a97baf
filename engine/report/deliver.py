"""What `deliver` and `verify` found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.report.album import DiscRead
from engine.report.check import CheckReport
from engine.report.delivery import SecondOpinion
from engine.report.findings import Severity
from engine.report.null import NullReport
from engine.report.plain import as_json
from engine.report.render import OutputReport, RenderReport

#: What has become of a delivered file.
Status = Literal["ok", "changed", "missing", "unknown"]


@dataclass(frozen=True)
class FileFinding:
    """Something about a file of a delivery that somebody should know.

    Attributes:
        severity: `error`, `warning` or `note`.
        kind: stable short code for scripts, `snake_case`.
        path: inside the folder, with `/`; None: the delivery as a whole.
        message: what was found, with figures.
        fix: what to do about it.
    """

    severity: Severity
    kind: str
    path: str | None
    message: str
    fix: str


@dataclass(frozen=True)
class DeliverReport:
    """A delivery that is in its place.

    Attributes:
        render: its audio files, each measured where it is.
        tags: of each of them as read back, in the same order.
        check: the intake of the stems.
        null: the null test; None without a reference.
        opinions: the loudness of each file by another meter.
        findings: about the files.
        folder: where it is.
        manifest: its `SHA256SUMS`.
        revision: counts the deliveries of that session.
        reports: the papers for people.
        set_aside: where an earlier delivery of that name went; None without one.
    """

    render: RenderReport
    tags: tuple[dict[str, str], ...]
    check: CheckReport
    null: NullReport | None
    opinions: tuple[SecondOpinion, ...]
    findings: tuple[FileFinding, ...]
    folder: Path
    manifest: Path
    revision: int
    reports: tuple[Path, ...]
    set_aside: Path | None

    @property
    def holds(self) -> bool:
        """Every file met what was asked, and neither stems, null test nor finished files were found bad."""
        return delivery_holds(self.render, self.check, self.null, self.findings)

    def as_json(self) -> dict[str, object]:
        """The contract's document: that of a render, and what makes it a delivery."""
        document = as_json(self.render)
        for output, tags in zip(document["outputs"], self.tags, strict=True):
            output["tags"] = tags
        return {
            **document,
            "folder": self.folder,
            "manifest": self.manifest,
            "revision": self.revision,
            "reports": self.reports,
            "set_aside": self.set_aside,
            "holds": self.holds,
            "intake": self.check.verdict,
            "null": None if self.null is None else self.null.verdict,
            "second_opinions": [opinion_json(one) for one in self.opinions],
            "findings": self.findings,
        }


@dataclass(frozen=True)
class DeliverOutcome:
    """What whoever ran `deliver` reads back of its document.

    Attributes:
        outputs: the audio files, each measured where it is.
        findings: about the files.
        holds: as of `DeliverReport`.
    """

    outputs: tuple[OutputReport, ...]
    findings: tuple[FileFinding, ...]
    holds: bool


def delivery_holds(
    render: RenderReport, check: CheckReport, null: NullReport | None, findings: Iterable[FileFinding]
) -> bool:
    """Whether nothing about a delivery fell short."""
    return (
        render.holds
        and check.verdict != "fail"
        and (null is None or null.verdict != "fail")
        and all(finding.severity != "error" for finding in findings)
    )


def opinion_json(opinion: SecondOpinion) -> dict[str, object]:
    """An opinion with its difference."""
    return {**as_json(opinion), "difference_lu": opinion.difference_lu}


@dataclass(frozen=True)
class VerifiedFile:
    """A file of a delivery as it is now.

    Attributes:
        path: absolute.
        status: `ok`, `changed`, `missing`, or `unknown`: not part of the delivery.
        sha256: as it is now; None where it is not there or cannot be read.
        integrated_lufs: as measured now; None where it is no audio.
        true_peak_dbtp: as measured now.
    """

    path: Path
    status: Status
    sha256: str | None
    integrated_lufs: float | None
    true_peak_dbtp: float | None


@dataclass(frozen=True)
class VerifyReport:
    """A delivery, looked at again.

    Attributes:
        files: those of the manifest in its order, then those that are unknown.
        findings: errors first.
        opinions: the loudness of its audio by another meter.
        discs: the DDP sets of an album's folder as they were read back.
    """

    files: tuple[VerifiedFile, ...]
    findings: tuple[FileFinding, ...]
    opinions: tuple[SecondOpinion, ...]
    discs: tuple[DiscRead, ...] = ()

    @property
    def holds(self) -> bool:
        """Every file is as it was delivered, and nothing else is there."""
        errors = any(finding.severity == "error" for finding in self.findings)
        return not errors and all(file.status == "ok" for file in self.files)

    def as_json(self) -> dict[str, object]:
        """The contract's document."""
        return {
            "holds": self.holds,
            "files": self.files,
            "findings": self.findings,
            "second_opinions": [opinion_json(one) for one in self.opinions],
            "ddp": self.discs,
        }

    @staticmethod
    def fields_from_json(tree: Mapping[str, object]) -> dict[str, object]:
        """Those of the contract's document."""
        names = {"second_opinions": "opinions", "ddp": "discs"}
        return {names.get(key, key): value for key, value in tree.items()}
