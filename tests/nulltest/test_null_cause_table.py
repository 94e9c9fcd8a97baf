"""The table of causes: what a kind's row promises is what the rest of the program does."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from null_sessions import make_session, noise

from engine.nulltest import wording, wording_of_mix
from engine.nulltest.placing import FORMS
from engine.report.null_causes import CAUSES, NullCause, correction_of
from engine.session.corrections import corrections


def cause(kind: str, stem: str | None = None, amount: float | None = None, **other: str) -> NullCause:
    return NullCause(kind, stem, amount, None, 0.5, "", "", **other)  # type: ignore[arg-type]


def test_every_kind_has_a_sentence_and_every_sentence_a_kind() -> None:
    said = {
        word
        for module in (wording, wording_of_mix)
        for _, function in inspect.getmembers(module, inspect.isfunction)
        for word in CAUSES
        if f'"{word}"' in inspect.getsource(function)
    }
    # the kinds of channel faults are handed in by name
    assert set(wording._FORM_WORDS) == set(FORMS)
    assert said | set(FORMS) == set(CAUSES)


@pytest.mark.parametrize("kind", CAUSES)
def test_a_correction_is_written_only_for_kinds_that_it_undoes(tmp_path: Path, kind: str) -> None:
    session = make_session(tmp_path, {"A": noise(1, 100)}, None)
    asked = corrections(session, [cause(kind, "A", 1.5)])
    assert bool(asked) == CAUSES[kind].correctable
    assert not corrections(session, [cause(kind, "A", 1.5, channel="left")])


def test_corrections_add_up_by_stem() -> None:
    causes = [
        *(cause("gain", None, 1.0), cause("gain", "A", -3.0), cause("gain", "B", 9.0)),
        *(cause("polarity"), cause("polarity", "B"), cause("offset", "A", 2.5), cause("length", "A", 9.0)),
    ]
    found = correction_of(causes, "A")
    assert (found.gain_db, found.inverted, found.offset_samples) == (-2.0, True, 2.5)
    assert correction_of(causes, "B").inverted is False
