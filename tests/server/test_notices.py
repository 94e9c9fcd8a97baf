"""Notices: the newest are kept, those of other threads wait their turn, stems say what is the matter."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.link.document import StemState
from engine.server.notices import Notices

STEMS: Any = [
    SimpleNamespace(name="Bass", path=Path("/songs/bass.wav")),
    SimpleNamespace(name="Vox", path=Path("/songs/vox.wav")),
]
WELL = (StemState("Bass", "ok", ""), StemState("Vox", "ok", ""))


@pytest.fixture
def told() -> list[tuple[str, str]]:
    """What every console was told."""
    return []


@pytest.fixture
def notices(told: list[tuple[str, str]]) -> Notices:
    host: Any = SimpleNamespace(notify=lambda code, message: told.append((code, message)))
    return Notices(host)


def test_twenty_are_kept_the_oldest_first(notices: Notices, told: list[tuple[str, str]]) -> None:
    assert not notices.is_new
    for number in range(21):
        notices.tell("code", str(number))
    assert [one.message for one in notices.newest] == [str(number) for number in range(1, 21)]
    assert len(told) == 21
    assert notices.is_new


def test_what_no_longer_holds_is_forgotten_by_its_code(notices: Notices) -> None:
    for code in ("a", "b", "a", "c"):
        notices.tell(code, code)
    notices.is_new = False
    notices.forget("x")
    assert not notices.is_new
    notices.forget("a", "c")
    assert [one.code for one in notices.newest] == ["b"]
    assert notices.is_new
    for number in range(30):
        notices.tell("d", str(number))
    assert len(notices.newest) == 20


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("stem_truncated", "truncated"),
        ("stem_removed", "missing"),
        ("stem_replaced", "replaced"),
        ("stem_changed", "replaced"),
    ],
)
def test_a_stems_file_is_in_trouble_until_it_is_opened_again(
    notices: Notices, told: list[tuple[str, str]], code: str, state: str
) -> None:
    path = STEMS[1].path
    notices.note(SimpleNamespace(kind=code, message="why", path=path))  # type: ignore[arg-type]
    assert (told, notices.stems_state(STEMS)) == ([], WELL), "it waits its turn"
    notices.hear()
    assert told == [(code, "why")]
    assert notices.stems_state(STEMS) == (WELL[0], StemState("Vox", state, "why"))
    notices.is_new = False
    notices.file_is_well(path)
    assert notices.is_new
    assert notices.stems_state(STEMS) == WELL


@pytest.mark.parametrize(("code", "path"), [("stem_removed", None), ("other", STEMS[0].path)])
def test_what_is_about_no_file_or_nothing_bad_changes_no_state(
    notices: Notices, told: list[tuple[str, str]], code: str, path: Path | None
) -> None:
    notices.tell_later(code, "why", path)
    notices.hear()
    assert told == [(code, "why")]
    assert notices.stems_state([*STEMS, SimpleNamespace(name="None", path=Path("None"))])[:2] == WELL  # type: ignore[list-item]
    assert notices.stems_state([SimpleNamespace(name="x", path=Path("None"))]) == (StemState("x", "ok", ""),)  # type: ignore[list-item]
