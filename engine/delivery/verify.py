"""`verify`: a delivery looked at again, anywhere: every file hashed, every sound measured."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.delivery.contents import REPORT_JSON
from engine.delivery.evidence import Evidence, read_evidence
from engine.delivery.file_checks import file_findings
from engine.delivery.second_opinion import opinion_findings, second_opinion
from engine.delivery.sums import Hashes, hashes_of
from engine.errors import InputError
from engine.measure import measure_files
from engine.progress import Progress, silent
from engine.report.deliver import FileFinding, Status, VerifiedFile, VerifyReport
from engine.report.delivery import DeliveredFile, SecondOpinion
from engine.report.findings import Severity
from engine.report.measure import FileMeasurement
from engine.session.pins import sha256_of
from engine.units import level_text

#: Files that hold audio, by the endings of what this program writes and is given.
_AUDIO = frozenset((".wav", ".flac", ".aif", ".aiff", ".mp3", ".m4a", ".opus", ".ogg"))
#: How far a figure may be from what was delivered: half of the last digit of a report.
_FIGURE_TOLERANCE = 0.005
_SEVERITIES = ("error", "warning", "note")
_EDITED = "somebody has edited the sums: trust neither"


@dataclass(frozen=True)
class _Found:
    """A file that is there: its hashes, or why it has none."""

    hashes: Hashes | None
    problem: str = ""


def verify_folder(folder: Path, progress: Progress = silent) -> VerifyReport:
    """Compares a folder with its sums and its report, measures its audio, and asks another meter.

    Args:
        folder: of a delivery.
        progress: told about every file.

    Raises:
        InputError: it is no folder, or nothing in it says that it is a delivery.
    """
    folder = Path(os.path.abspath(folder))
    evidence = read_evidence(folder)
    names = list(_names_in(folder))
    found: dict[str, _Found] = {}
    for number, name in enumerate(names, start=1):
        found[name] = _look_at(folder / name)
        progress("hashing", number, len(names))
    expected = evidence.names()
    unknown = [name for name in names if name not in expected]
    statuses: dict[str, Status] = {name: _status(name, evidence, found.get(name)) for name in expected}
    statuses |= dict.fromkeys(unknown, "unknown")
    findings = [*evidence.findings, *_file_findings(statuses, found, evidence)]
    whole = {name for name, one in found.items() if one.hashes}
    pairs = {name: files for name, files in evidence.pairs().items() if whole.issuperset(files)}
    for name in _contradicted(folder, pairs, statuses, evidence):
        statuses |= dict.fromkeys(pairs[name], "changed")
        text = f"together they are not what {REPORT_JSON} says: {' and '.join(pairs[name])}"
        findings.append(FileFinding("error", "contradiction", name, text, _EDITED))
    # a pair sounds as one: it is measured as that, and each of its files for itself
    statuses_of_audio = statuses | {name: _worst(statuses, files) for name, files in pairs.items()}
    audio = [name for name in (*expected, *unknown) if name in whole and _is_audio(name)]
    measured = _measured(folder, [*audio, *pairs], progress)
    findings += _measure_findings(measured, evidence.delivered, statuses_of_audio)
    opinions = _opinions(folder, measured, evidence, progress)
    findings += opinion_findings(opinions)
    findings += _checked(folder, measured, evidence, progress)
    files = tuple(
        _verified(folder / name, status, found.get(name), measured.get(name))
        for name, status in statuses.items()
    )
    findings.sort(key=lambda finding: _SEVERITIES.index(finding.severity))
    return VerifyReport(files, tuple(findings), opinions)


def _names_in(folder: Path) -> Iterator[str]:
    """Every file below, in a fixed order; links are not followed."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        for name in sorted((*files, *links)):
            yield (Path(place) / name).relative_to(folder).as_posix()


def _look_at(path: Path) -> _Found:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return _Found(None, "is a link to somewhere else")
        if not stat.S_ISREG(mode):
            return _Found(None, "is no ordinary file")
        return _Found(hashes_of(path))
    except OSError as error:
        return _Found(None, f"cannot be read ({error.strerror})")


def _status(name: str, evidence: Evidence, found: _Found | None) -> Status:
    if found is None:
        return "missing"
    if found.hashes is None:
        return "changed"
    return "ok" if all(one == other for _, one, other in evidence.compared(name, found.hashes)) else "changed"


def _contradicted(
    folder: Path, pairs: Mapping[str, Sequence[str]], statuses: Mapping[str, Status], evidence: Evidence
) -> list[str]:
    """Pairs whose files are as the sums say, and together not as the report says."""
    return [
        name
        for name, files in pairs.items()
        if _worst(statuses, files) == "ok" and sha256_of(folder / name) != evidence.delivered[name].sha256
    ]


def _worst(statuses: Mapping[str, Status], names: Sequence[str]) -> Status:
    return next((statuses[name] for name in names if statuses[name] != "ok"), "ok")


def _file_findings(
    statuses: Mapping[str, Status], found: Mapping[str, _Found], evidence: Evidence
) -> Iterator[FileFinding]:
    """What has become of each file that is not as it was; a new name is told as that."""
    missing = [name for name, status in statuses.items() if status == "missing"]
    renamed: dict[str, str] = {}
    for name, status in statuses.items():
        hashes = found[name].hashes if name in found else None
        if status != "unknown" or hashes is None:
            continue
        was = next((one for one in missing if evidence.sha256.get(one) == hashes.sha256), None)
        if was is not None and was not in renamed.values():
            renamed[name] = was
    for name, status in statuses.items():
        if status == "missing" and name not in renamed.values():
            yield FileFinding("error", "missing", name, "is not there", "ask for it again, or deliver again")
        elif status == "changed" and (other := _swapped_with(name, statuses, found, evidence)) is not None:
            text = f"is '{other}' under this name"
            yield FileFinding("error", "swapped", name, text, "give both their names again")
        elif status == "changed":
            yield _changed(name, found[name], evidence)
        elif status == "unknown" and name in renamed:
            text = f"is '{renamed[name]}' under another name"
            yield FileFinding("error", "renamed", name, text, f"call it '{renamed[name]}' again")
        elif status == "unknown":
            problem = found[name].problem
            text = f"is not part of the delivery{' and ' + problem if problem else ''}"
            yield FileFinding("error", "unknown", name, text, "take it out of the folder")


def _swapped_with(
    name: str, statuses: Mapping[str, Status], found: Mapping[str, _Found], evidence: Evidence
) -> str | None:
    """The other file that is not itself and whose content has this name now."""
    hashes = found[name].hashes
    if hashes is None:
        return None
    others = (one for one, status in statuses.items() if status == "changed" and one != name)
    return next((one for one in others if evidence.sha256.get(one) == hashes.sha256), None)


def _changed(name: str, found: _Found, evidence: Evidence) -> FileFinding:
    fix = "do not use it: ask for it again, or deliver again"
    if found.hashes is None:
        return FileFinding("error", "changed", name, found.problem, fix)
    pairs = list(evidence.compared(name, found.hashes))
    against = [witness for witness, one, other in pairs if one != other]
    agreeing = [witness for witness, one, other in pairs if one == other]
    if agreeing:
        text = f"is as {_say(agreeing)}, and not as {_say(against)}"
        return FileFinding("error", "contradiction", name, text, _EDITED)
    return FileFinding("error", "changed", name, f"is not what {_say(against)}", fix)


def _say(names: Sequence[str]) -> str:
    """Who says something: `SHA256SUMS says`, `SHA256SUMS and MD5SUMS say`."""
    return f"{_and(names)} {'says' if len(names) == 1 else 'say'}"


def _and(names: Sequence[str]) -> str:
    return " and ".join(names)


def _is_audio(name: str) -> bool:
    return Path(name).suffix.lower() in _AUDIO


def _measured(
    folder: Path, names: Sequence[str], progress: Progress
) -> dict[str, FileMeasurement | InputError]:
    if not names:
        return {}
    report = measure_files([folder / name for name in names], progress)
    return {
        name: entry if isinstance(entry, FileMeasurement) else _input_error(entry.error)
        for name, entry in zip(names, report.files, strict=True)
    }


def _input_error(error: Exception) -> InputError:
    return error if isinstance(error, InputError) else InputError(str(error))


def _measure_findings(
    measured: Mapping[str, FileMeasurement | InputError],
    delivered: Mapping[str, DeliveredFile],
    statuses: Mapping[str, Status],
) -> Iterator[FileFinding]:
    severity: Severity
    for name, entry in measured.items():
        if isinstance(entry, InputError):
            # what is listed and whole may well be something that only looks like audio
            severity = "error" if name in delivered else "note"
            yield FileFinding(severity, "unreadable_audio", name, entry.message, "do not use it")
            continue
        was = delivered.get(name)
        if was is None:
            continue
        for figure, then, now, unit in (
            ("loudness", was.integrated_lufs, entry.integrated_lufs, "LUFS"),
            ("true peak", was.true_peak_dbtp, entry.true_peak_dbtp, "dBTP"),
        ):
            if _differs(then, now):
                text = f"{figure} was {_level(then, unit)} and is {_level(now, unit)}"
                why = "the file has changed" if statuses[name] != "ok" else "the meter has changed"
                severity = "error" if statuses[name] != "ok" else "warning"
                yield FileFinding(severity, "figure", name, text, f"{why}: see what else is told of it")


def _differs(then: float | None, now: float | None) -> bool:
    if then is None or now is None:
        return then is not now
    return abs(then - now) > _FIGURE_TOLERANCE


def _level(value: float | None, unit: str) -> str:
    return "none" if value is None else level_text(value, unit, 2)


def _opinions(
    folder: Path,
    measured: Mapping[str, FileMeasurement | InputError],
    evidence: Evidence,
    progress: Progress,
) -> tuple[SecondOpinion, ...]:
    """Of what was delivered; where nothing says what was, of all audio."""
    asked = [
        (name, entry)
        for name, entry in measured.items()
        if isinstance(entry, FileMeasurement) and _is_delivered(name, evidence)
    ]
    opinions = []
    for number, (name, entry) in enumerate(asked, start=1):
        opinions.append(second_opinion(folder / name, name, entry.integrated_lufs))
        progress("second opinion", number, len(asked))
    return tuple(opinions)


def _checked(
    folder: Path,
    measured: Mapping[str, FileMeasurement | InputError],
    evidence: Evidence,
    progress: Progress,
) -> Iterator[FileFinding]:
    """What is odd about the sounds themselves, whether they are as they were or not."""
    halves = {file for files in evidence.pairs().values() for file in files}
    names = [
        name
        for name, entry in measured.items()
        if isinstance(entry, FileMeasurement) and name not in halves and _is_delivered(name, evidence)
    ]
    for number, name in enumerate(names, start=1):
        yield from file_findings(folder / name, name)
        progress("looking for what is odd", number, len(names))


def _is_delivered(name: str, evidence: Evidence) -> bool:
    """Whether it is one of the delivery's masters; where nothing says which are, every sound is."""
    return name in evidence.delivered or not evidence.delivered


def _verified(
    path: Path, status: Status, found: _Found | None, measured: FileMeasurement | InputError | None
) -> VerifiedFile:
    figures = measured if isinstance(measured, FileMeasurement) else None
    return VerifiedFile(
        path=path,
        status=status,
        sha256=None if found is None or found.hashes is None else found.hashes.sha256,
        integrated_lufs=None if figures is None else figures.integrated_lufs,
        true_peak_dbtp=None if figures is None else figures.true_peak_dbtp,
    )
