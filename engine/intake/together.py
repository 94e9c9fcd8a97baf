"""Findings about the stems as a set: rates, channels, lengths, files changed since they were pinned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.intake.scan import StemScan
from engine.report.findings import Finding
from engine.session.model import Session

#: Stems may end this much apart when what the longer ones have there is silence, s.
LENGTH_TOLERANCE_S = 0.1


@dataclass(frozen=True)
class Intake:
    """One file of the session and what its reading told.

    Attributes:
        name: of the stem; None: the reference.
        scan: of the file.
        sha256: of the file as it is now.
        pinned_sha256: as the session has it; None: not pinned.
    """

    name: str | None
    scan: StemScan
    sha256: str
    pinned_sha256: str | None

    @property
    def path(self) -> Path:
        """The file."""
        return self.scan.path

    @property
    def title(self) -> str:
        """For messages: the stem's name, or `the reference mix`."""
        return self.name or "the reference mix"


def comparable(intake: Intake, session: Session) -> bool:
    """Whether a file can be compared with the others at all: right rate, one or two channels, finite."""
    scan = intake.scan
    right_rate = scan.sample_rate == session.sample_rate
    return right_rate and scan.channels <= 2 and scan.frames > 0 and scan.not_finite == 0


def format_findings(session: Session, intakes: Sequence[Intake]) -> Iterator[Finding]:
    """Sample rates and channel counts, of the reference too."""
    for intake in intakes:
        scan = intake.scan
        if scan.sample_rate != session.sample_rate:
            yield Finding(
                "error",
                "sample_rate",
                intake.name,
                f"{scan.path} has {scan.sample_rate} Hz, the session {session.sample_rate} Hz",
                f"export it at {session.sample_rate} Hz from the project it comes from",
            )
        if scan.channels > 2:
            yield Finding(
                "error",
                "channels",
                intake.name,
                f"{scan.path} has {scan.channels} channels; stems have one or two",
                "export it as a stereo or mono file",
            )
    stems = [intake for intake in intakes if intake.name is not None]
    if any(intake.scan.channels == 2 for intake in stems):
        for intake in stems:
            if intake.scan.channels == 1:
                yield Finding(
                    "note",
                    "mono",
                    intake.name,
                    "mono among stereo stems: it feeds left and right at 0 dB",
                    "nothing to do, unless the mix has it panned or uses another pan law",
                )


def length_findings(session: Session, intakes: Sequence[Intake]) -> Iterator[Finding]:
    """Stems that end before the longest does, and a reference that differs from it.

    Frames are compared, so files at other rates are left out (they are an error of their own).
    """
    alike = [intake for intake in intakes if intake.scan.sample_rate == session.sample_rate]
    stems = [intake for intake in alike if intake.name is not None and intake.scan.frames > 0]
    if not stems:
        return
    longest = max(stems, key=lambda intake: intake.scan.frames)
    frames = longest.scan.frames
    last_loud = max(intake.scan.last_loud for intake in stems)
    for intake in stems:
        missing = frames - intake.scan.frames
        if missing > 0:
            silent = last_loud < intake.scan.frames
            tolerable = silent and missing <= LENGTH_TOLERANCE_S * session.sample_rate
            yield Finding(
                "warning" if tolerable else "error",
                "length",
                intake.name,
                f"{missing} samples ({missing / session.sample_rate:.3f} s) shorter than {longest.name}; the "
                f"set {'is silent' if silent else 'still sounds'} there",
                "export all stems over the same range, from the first bar to the end of the last tail",
            )
    for intake in alike:
        if intake.name is None and intake.scan.frames != frames:
            yield _reference_length(intake, frames, last_loud)


def _reference_length(reference: Intake, frames: int, last_loud: int) -> Finding:
    difference = reference.scan.frames - frames
    silent = max(last_loud, reference.scan.last_loud) < min(frames, reference.scan.frames)
    seconds = abs(difference) / reference.scan.sample_rate
    relation = "longer" if difference > 0 else "shorter"
    return Finding(
        "note" if silent else "warning",
        "length",
        None,
        f"the reference mix is {abs(difference)} samples ({seconds:.3f} s) {relation} than the longest stem; "
        f"{'only silence' if silent else 'sound'} lies there",
        "nothing to do" if silent else "bounce mix and stems over the same range",
    )


def changed_findings(intakes: Sequence[Intake]) -> Iterator[Finding]:
    """Files that are not those the session was saved with."""
    for intake in intakes:
        if intake.pinned_sha256 is not None and intake.pinned_sha256 != intake.sha256:
            yield Finding(
                "warning",
                "changed",
                intake.name,
                f"{intake.path} has changed since the session was saved",
                "run the null test again; if the new file is meant, save its hash with the session "
                f'(sha256 = "{intake.sha256}")',
            )


def count_findings(session: Session) -> Iterator[Finding]:
    """A set of one."""
    if len(session.stems) == 1:
        yield Finding(
            "note", "stem_count", None, "one stem; 4 to 8 are usual", "ask for stems if this is the whole mix"
        )
