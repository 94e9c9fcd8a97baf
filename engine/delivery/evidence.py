"""What a delivery's folder says about its own files: two files of sums, and its report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from engine.delivery.contents import REPORT_JSON
from engine.delivery.sums import MD5SUMS, SHA256SUMS, Hashes, Sums, read_sums
from engine.errors import InputError
from engine.pairs import spelt_out
from engine.report.deliver import FileFinding
from engine.report.delivery import RECORD_FORMAT, DeliveredFile, DeliveryRecord
from engine.report.plain import from_json
from engine.report.reading import read_as

_DAMAGED = "trust only what another of its papers says too"
#: Of files that are left out so many are named.
_NAMES_TOLD = 3


@dataclass
class Evidence:
    """The witnesses of a delivery, and what was found on themselves.

    Attributes:
        sha256: of `SHA256SUMS`, by name.
        md5: of `MD5SUMS`, by name.
        delivered: the audio files of `report.json`, by name; a pair of mono files by its one path.
        findings: about these papers.
    """

    sha256: Mapping[str, str] = field(default_factory=dict)
    md5: Mapping[str, str] = field(default_factory=dict)
    delivered: Mapping[str, DeliveredFile] = field(default_factory=dict)
    findings: list[FileFinding] = field(default_factory=list)

    def names(self) -> list[str]:
        """Every file that belongs to the delivery, the sums included, in the order of `SHA256SUMS`."""
        delivered = [name for output in self.delivered for name in self.files_of(output)]
        return list(dict.fromkeys((*self.sha256, *self.md5, *delivered, MD5SUMS, SHA256SUMS)))

    def files_of(self, output: str) -> tuple[str, ...]:
        """The names of the file, or of the pair of files, that `report.json` calls `output`."""
        if output in self.sha256 or output in self.md5:
            return (output,)
        return tuple(path.as_posix() for path in spelt_out(Path(output)))

    def pairs(self) -> dict[str, tuple[str, ...]]:
        """The pairs of mono files with the names of left and right."""
        found = {output: self.files_of(output) for output in self.delivered}
        return {output: files for output, files in found.items() if len(files) > 1}

    def compared(self, name: str, hashes: Hashes) -> Iterator[tuple[str, str, str]]:
        """Each witness that speaks of a file, with what it says and what is."""
        if name in self.sha256:
            yield SHA256SUMS, self.sha256[name], hashes.sha256
        if name in self.md5:
            yield MD5SUMS, self.md5[name], hashes.md5
        if name in self.delivered:
            yield REPORT_JSON, self.delivered[name].sha256, hashes.sha256


def read_evidence(folder: Path) -> Evidence:
    """Reads the papers of a delivery.

    Raises:
        InputError: the folder is not there, cannot be read, or holds none of them.
    """
    if not folder.is_dir():
        problem = "is a file: name the folder of a delivery" if folder.exists() else "there is no such folder"
        raise InputError(f"{folder}: {problem}", kind="missing_file", path=folder)
    papers = (SHA256SUMS, MD5SUMS, REPORT_JSON)
    if not any((folder / name).is_file() for name in papers):
        raise InputError(
            f"{folder}: is no delivery: it has neither {SHA256SUMS} nor {REPORT_JSON}: "
            "name a folder that 'stemlathe deliver' has made",
            kind="not_a_delivery",
            path=folder,
        )
    evidence = Evidence()
    main = _sums(folder, SHA256SUMS, 64, evidence)
    evidence.sha256 = main or {}
    evidence.md5 = _sums(folder, MD5SUMS, 32, evidence) or {}
    evidence.delivered = _delivered(folder / REPORT_JSON, evidence)
    if main is not None:
        evidence.findings += _left_out(evidence, is_delivery=(folder / REPORT_JSON).is_file())
    return evidence


def _left_out(evidence: Evidence, *, is_delivery: bool) -> Iterator[FileFinding]:
    """Tells of files that lost their line in `SHA256SUMS`, where no hash betrays it.

    They are what another paper lists, and in a delivery the other sums; those of an album or a stranger
    need not be among the files that its main sums list.
    """
    listed = (MD5SUMS, *evidence.names()) if is_delivery else evidence.md5
    lost = [name for name in dict.fromkeys(listed) if name not in evidence.sha256 and name != SHA256SUMS]
    if lost:
        names = ", ".join(f"'{name}'" for name in lost[:_NAMES_TOLD])
        more = f" and {len(lost) - _NAMES_TOLD} more" if len(lost) > _NAMES_TOLD else ""
        yield FileFinding("error", "left_out", SHA256SUMS, f"does not list {names}{more}", _DAMAGED)


def _sums(folder: Path, name: str, digits: int, evidence: Evidence) -> dict[str, str] | None:
    """What a file of sums lists; None: it is not there, or cannot be read."""
    try:
        sums: Sums = read_sums(folder / name, digits)
    except FileNotFoundError:
        return None  # told as a file that is missing
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        evidence.findings.append(FileFinding("error", "damaged", name, problem, _DAMAGED))
        return None
    if sums.bad_lines:
        lines = ", ".join(str(number) for number in sums.bad_lines[:5])
        problem = f"line {lines} is no hash and name"
        evidence.findings.append(FileFinding("error", "damaged", name, problem, _DAMAGED))
    inside: dict[str, str] = {}
    for listed, value in sums.hashes.items():
        path = PurePosixPath(listed)
        if path.is_absolute() or ".." in path.parts:
            problem = f"names '{listed}', which lies outside the folder"
            evidence.findings.append(FileFinding("error", "outside", name, problem, _DAMAGED))
        else:
            inside[path.as_posix()] = value
    return inside


def _delivered(path: Path, evidence: Evidence) -> dict[str, DeliveredFile]:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        evidence.findings.append(FileFinding("error", "damaged", REPORT_JSON, problem, _DAMAGED))
        return {}
    try:
        tree: dict[str, Any] = from_json(text)
        newer = tree["format"] > RECORD_FORMAT
        outputs = read_as(DeliveryRecord, tree["record"]).outputs
    except (ValueError, TypeError, KeyError) as error:
        problem = f"is no report of a delivery ({type(error).__name__}: {error})"
        evidence.findings.append(FileFinding("error", "damaged", REPORT_JSON, problem, _DAMAGED))
        return {}
    if newer:
        problem = f"was written by a newer program (format {tree['format']}, this one knows {RECORD_FORMAT})"
        fix = "what this program does not know of it is not compared: verify it with the newer one too"
        evidence.findings.append(FileFinding("warning", "newer", REPORT_JSON, problem, fix))
    return {output.path: output for output in outputs}
