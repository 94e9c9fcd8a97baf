"""What is lost on other playback systems and what masks the vocal, as the verb says it."""

from __future__ import annotations

from typing import Any

from engine.report.plain import as_json
from engine.report.translation import (
    Loss,
    MaskedSpan,
    Masker,
    Masking,
    SystemReport,
    Translated,
    TranslationReport,
)

WEAK, GONE = ("weak", *["kept"] * 5), ("gone", "gone", *["kept"] * 4)
SYSTEMS = ("phone", "laptop", "earbuds", "car", "club", "radio")


def losses(*changes: float | None, words: tuple[Any, ...] = ("kept",) * 6) -> tuple[Loss, ...]:
    return tuple(
        Loss(system, change, change, word)
        for system, change, word in zip(SYSTEMS, changes, words, strict=True)
    )


def report(*maskers: Masker, reason: str | None = None) -> dict[str, Any]:
    """What `advise --translation` says of two stems; with a reason, masking could not be judged."""
    made = TranslationReport(
        systems=tuple(SystemReport(name, name, False, 0.0, "typical", "a test", None) for name in SYSTEMS),
        mix=Translated(None, -14.0, losses(-6.2, -4.0, -0.1, 0.4, 0.0, -8.0)),
        stems=(
            Translated("Drums", -18.0, losses(-8.5, -5.5, 0.0, 0.5, 0.1, -9.0, words=WEAK)),
            Translated(
                "Bass",
                -20.0,
                losses(None, -14.0, 0.0, 1.0, 0.0, -20.0, words=GONE),
            ),
        ),
        sentences=("the sub of Bass is gone on the laptop: −14.0 LU",),
        masking=Masking(() if reason else ("Lead Vocal",), maskers, 75.0, reason),
        seconds=1.0,
    )
    found: dict[str, Any] = as_json(made)
    return found


SPANS = (MaskedSpan(12.0, 15.0, -4.0), MaskedSpan(60.0, 62.0, -2.0))
MASKER = Masker("Guitars", 2000.0, 12.5, 0.4, -3.2, SPANS)
