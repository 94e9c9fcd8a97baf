"""Do all stems start together: by their time references, and by their place in the reference mix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from engine.intake.together import Intake
from engine.report.findings import Finding
from engine.report.null import StemFit
from engine.session.model import Session, Stem

#: Largest `offset_samples` a session takes, s.
_LARGEST_OFFSET_S = 10


def wanted_offsets(session: Session, intakes: Sequence[Intake]) -> dict[str, int]:
    """The `offset_samples` that the `bext` time references of the stems ask for.

    Song frame 0 is where the reference mix begins, if it carries a time reference; else where most
    stems begin, corrections that the session makes already included.

    Returns:
        Frames, + is later, for every stem at the session's rate that carries a time reference.
    """
    corrections = {stem.name: stem.offset_samples for stem in session.stems}
    times = {
        intake.name: intake.scan.time_reference
        for intake in intakes
        if intake.scan.time_reference is not None and intake.scan.sample_rate == session.sample_rate
    }
    stems = {name: time for name, time in times.items() if name is not None}
    if not stems:
        return {}
    origin = times.get(None)
    if origin is None:
        origin = _most_common([time - round(corrections[name]) for name, time in stems.items()])
    return {name: time - origin for name, time in stems.items()}


def time_reference_findings(session: Session, wanted: Mapping[str, int]) -> Iterator[Finding]:
    """Stems that are not played where their time reference says.

    Args:
        session: with the corrections made already.
        wanted: see `wanted_offsets`.
    """
    for stem in session.stems:
        offset = wanted.get(stem.name)
        # a fraction of a frame is no matter of time references
        if offset is not None and abs(offset - stem.offset_samples) >= 1.0:
            yield _start(session, stem, offset, "by its time reference")


def lag_findings(session: Session, fits: Sequence[StemFit], told: Mapping[str, int]) -> Iterator[Finding]:
    """Stems that the reference mix holds earlier or later than the session plays them.

    Args:
        session: with a reference.
        fits: of every stem, on top of the session's corrections.
        told: offsets that other findings name already, by stem.
    """
    for stem, fit in zip(session.stems, fits, strict=True):
        wanted = stem.offset_samples + fit.fitted_offset_samples
        if fit.fitted_offset_samples and told.get(stem.name) != wanted:
            yield _start(session, stem, wanted, "in the reference mix")


def _start(session: Session, stem: Stem, wanted: float, where: str) -> Finding:
    """`wanted`: the offset that puts the stem right, samples, + is later."""
    amount = abs(wanted - stem.offset_samples)
    direction = "later" if wanted > stem.offset_samples else "earlier"
    applied = f" (offset_samples = {stem.offset_samples:g} included)" if stem.offset_samples else ""
    reachable = abs(wanted) <= _LARGEST_OFFSET_S * session.sample_rate
    mend = (
        f"set offset_samples = {wanted:.1f} for this stem, or export all stems from the same start"
        if reachable
        else f"export all stems from the same start: offset_samples mends ±{_LARGEST_OFFSET_S} s at most"
    )
    return Finding(
        "error",
        "start",
        stem.name,
        f"{where} it starts {amount:g} samples ({amount / session.sample_rate:.6f} s) {direction} than the "
        f"session plays it{applied}",
        mend,
    )


def _most_common(values: Sequence[int]) -> int:
    """The value found most often; of several, the smallest."""
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value))
