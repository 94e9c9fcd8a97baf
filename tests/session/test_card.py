"""Advice from the quick-reference card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.report.findings import Finding, verdict
from engine.session.range_card import card_findings
from engine.session.roles import cards, master_card, roles
from engine.session.validate import session_from_tree

#: (trim, ratio, EQ maximum, attack, release) per column, as in the card
CARD = {
    "general": ((1, 3), (1.5, 2), 2, (10, 30), (80, 200)),
    "drums": ((2, 3), (1.5, 2), 3, (5, 15), (60, 120)),
    "vocals": ((1, 2), (1.2, 1.5), 2, (20, 40), (100, 250)),
    "bass/keys": ((1, 3), (1.5, 2), 2, (15, 30), (80, 180)),
    "master": ((0, 0), (1.5, 2), 3, (30, 60), (100, 300)),
}


def test_the_card() -> None:
    found = {
        card.title: (
            (card.trim_db.low, card.trim_db.high),
            (card.ratio.low, card.ratio.high),
            card.eq_maximum_db,
            (card.attack_ms.low, card.attack_ms.high),
            (card.release_ms.low, card.release_ms.high),
        )
        for card in cards().values()
    }
    assert found == CARD
    assert master_card().title == "master"


def test_roles_and_their_columns() -> None:
    columns = {name: role.card.title for name, role in roles().items()}
    special = {"drums": "drums", "bass": "bass/keys", "sub": "bass/keys"}
    special |= {"vocals": "vocals", "backing_vocals": "vocals"}
    general = ["instruments", "melodic", "music", "dialogue", "effects", "fx", "acoustic", "orchestral"]
    assert columns == special | dict.fromkeys([*general, "other"], "general")


def findings(
    chain: list[Any] | None = None,
    *,
    role: str = "drums",
    master: list[Any] | None = None,
    stems: int = 1,
    **stem: Any,
) -> list[Finding]:
    first = {"name": "S", "path": "s.wav", "role": role, "chain": chain or [], **stem}
    others = [{"name": f"other {index}", "path": "x.wav"} for index in range(stems - 1)]
    tree = {"sample_rate": 48000, "stems": [first, *others], "master": {"chain": master or []}}
    return list(card_findings(session_from_tree(tree, Path("/song.toml"))))


def kinds(found: list[Finding]) -> list[tuple[str, str, str | None]]:
    return [(finding.severity, finding.kind, finding.stem) for finding in found]


@pytest.mark.parametrize(
    ("role", "trim_db", "severity"),
    [
        ("drums", 3.0, None),
        ("drums", -3.0, None),
        ("drums", 3.1, "warning"),
        ("drums", -3.1, "warning"),
        ("vocals", 2.0, None),
        ("vocals", -2.1, "note"),
        ("vocals", 3.1, "warning"),
        ("other", 0.0, None),
    ],
)
def test_trims(role: str, trim_db: float, severity: str | None) -> None:
    expected = [] if severity is None else [(severity, "trim", "S")]
    assert kinds(findings(role=role, trim_db=trim_db)) == expected


@pytest.mark.parametrize(
    ("ratio", "severity"),
    [(1.0, None), (1.4, "note"), (1.5, None), (2.0, None), (2.1, "note"), (3.0, "note"), (3.1, "warning")],
)
def test_ratios(ratio: float, severity: str | None) -> None:
    compressor = {"type": "compressor", "ratio": ratio, "attack_ms": 10, "release_ms": 100}
    expected = [] if severity is None else [(severity, "ratio", "S")]
    assert kinds(findings([compressor])) == expected


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"attack_ms": 4.9}, "attack"),
        ({"attack_ms": 15.1}, "attack"),
        ({"release_ms": 59}, "release"),
        ({"release_ms": 121}, "release"),
    ],
)
def test_times_outside_the_card_are_notes(values: dict[str, float], kind: str) -> None:
    compressor = {"type": "compressor", "attack_ms": 10, "release_ms": 100, **values}
    assert kinds(findings([compressor])) == [("note", kind, "S")]


@pytest.mark.parametrize(
    ("role", "band", "expected"),
    [
        ("drums", {"gain_db": 3.0}, []),
        ("drums", {"gain_db": 3.1}, ["eq_gain"]),
        ("vocals", {"gain_db": -2.1}, ["eq_gain"]),
        ("vocals", {"gain_db": 3.9, "shape": "tilt"}, []),
        ("vocals", {"gain_db": 4.1, "shape": "tilt"}, ["eq_gain"]),
        ("vocals", {"gain_db": 9.0, "shape": "notch"}, []),
        ("vocals", {"gain_db": 9.0, "shape": "high_pass", "q": 4.0}, []),
        ("drums", {"q": 0.5}, []),
        ("drums", {"q": 2.0}, []),
        ("drums", {"q": 0.49}, ["eq_q"]),
        ("drums", {"q": 2.01, "gain_db": -6}, ["eq_gain", "eq_q"]),
        ("drums", {"q": 0.3, "shape": "low_shelf"}, []),
    ],
)
def test_eq_bands(role: str, band: dict[str, Any], expected: list[str]) -> None:
    chain = [{"type": "eq", "bands": [{"shape": "peak", "frequency_hz": 1000, **band}]}]
    assert kinds(findings(chain, role=role)) == [("warning", kind, "S") for kind in expected]


def test_the_master_has_its_own_column() -> None:
    chain = [
        {"type": "eq", "bands": [{"shape": "peak", "frequency_hz": 1000, "gain_db": 3.5}]},
        {"type": "compressor", "attack_ms": 10, "release_ms": 200},
    ]
    found = findings(master=chain)
    assert kinds(found) == [("warning", "eq_gain", None), ("note", "attack", None)]
    assert "30 to 60 ms" in found[1].message


def test_what_is_off_is_left_alone() -> None:
    chain = [
        {"type": "eq", "enabled": False, "bands": [{"frequency_hz": 1000, "gain_db": 20, "q": 10}]},
        {"type": "compressor", "enabled": False, "ratio": 50},
    ]
    assert findings(chain) == []


def test_multiband_and_deesser_keep_the_common_limit() -> None:
    multiband = {"type": "multiband", "crossovers_hz": [200], "bands": [{"ratio": 1.5}, {"ratio": 4}]}
    deesser = {"type": "deesser"}
    assert kinds(findings([multiband, deesser])) == [("warning", "ratio", "S")]
    assert kinds(findings([{"type": "deesser", "ratio": 3.5}])) == [("warning", "ratio", "S")]


@pytest.mark.parametrize(("stems", "warned"), [(8, False), (9, True)])
def test_more_than_eight_stems(stems: int, warned: bool) -> None:
    found = [entry for entry in kinds(findings(stems=stems)) if entry[1] == "stem_count"]
    assert found == ([("warning", "stem_count", None)] if warned else [])


@pytest.mark.parametrize(
    ("severities", "expected"),
    [([], "pass"), (["note"], "pass"), (["note", "warning"], "warn"), (["warning", "error", "note"], "fail")],
)
def test_verdicts(severities: list[Any], expected: str) -> None:
    assert verdict(Finding(severity, "k", None, "m", "f") for severity in severities) == expected
