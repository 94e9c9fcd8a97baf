"""The chain editor: processors and bands come, go and move; what is sent makes a session."""

from __future__ import annotations

import pytest
from chain_views import EVERY, applied

from engine.session.chains import read_chain
from engine.session.processors import PROCESSORS
from engine.session.reading import Reader
from tui.panels.chain.advice import advice_of
from tui.panels.chain.rows import chain_rows
from tui.view import MASTER, Focus, Panel


@pytest.mark.parametrize("kind", PROCESSORS)
@pytest.mark.parametrize("stem", [0, 1, MASTER])
def test_every_processor_can_be_added_and_the_result_is_a_session(chain, kind, stem):
    desk = chain(stem, 0 if stem != 1 else -1)
    before = len(chain_of(desk.recorder.now.session, stem))
    desk.press("n")
    assert "new processor" in desk.recorder.asked[0][0]
    desk.recorder.asked[0][2](kind)
    if kind == "limiter":
        assert desk.sent == []
        assert ("one is allowed" if stem == MASTER else "no single processor") in desk.said
        return
    made = chain_of(applied(desk), stem)
    assert len(made) == before + 1
    assert made[desk.focus.processor].type == kind
    assert stem != MASTER or made[-1].type == "limiter"


def chain_of(session, stem):
    return session.master.chain if stem == MASTER else session.stems[stem].chain


def test_a_chain_for_a_master_the_file_does_not_have_yet(chain):
    text = EVERY[: EVERY.index("[master]")]
    desk = chain(MASTER, -1, text=text)
    desk.controls.line("add-processor limiter")
    desk.controls.line("add-processor comp")
    assert desk.sent[0][1]["changes"][0][0] == "master"
    assert applied(desk).master.chain[-1].type in ("limiter", "compressor")


def test_a_new_compressor_has_the_values_of_the_card(chain):
    desk = chain(1, -1)
    desk.controls.line("add-processor Comp")
    table = desk.sent[0][1]["changes"][0][1][0]
    assert table["type"] == "compressor"
    assert "enabled" not in table
    assert desk.sent[0][1]["label"] == "Bass compressor added"
    session = applied(desk)
    focus = Focus(Panel.CHAIN, 1, 0)
    assert advice_of(session, 1, chain_rows(session, focus)) == {}


def test_bands_come_go_and_move(chain):
    desk = chain(0, 0, "bands[0].q").press("N")
    bands = applied(desk).stems[0].chain[0].values["bands"]
    assert [band["frequency_hz"] for band in bands] == [30.0, 1000.0, 2500.0]
    assert desk.focus.key == "bands[1]"
    desk.recorder.sent.clear()
    desk.controls.pending.forget()  # as if it had never been asked for
    desk.change(focus_key="bands[0].q").press("J")
    assert applied(desk).stems[0].chain[0].values["bands"][1]["shape"] == "high_pass"
    desk.recorder.sent.clear()
    desk.controls.pending.forget()  # as if it had never been asked for
    desk.change(focus_key="bands[1]").press("D")
    assert len(applied(desk).stems[0].chain[0].values["bands"]) == 1
    assert "u brings it back" in desk.said


def test_a_multibands_bands_are_split_and_joined_with_their_crossovers(chain):
    desk = chain(MASTER, 0, "bands[1]").press("N")
    values = applied(desk).master.chain[0].values
    assert values["crossovers_hz"] == (120.0, 490.0, 2000.0)
    assert len(values["bands"]) == 4
    desk.recorder.sent.clear()
    desk.controls.pending.forget()  # as if it had never been asked for
    desk.change(focus_key="bands[2]").press("D")
    values = applied(desk).master.chain[0].values
    assert (values["crossovers_hz"], len(values["bands"])) == ((120.0,), 2)
    desk.recorder.sent.clear()
    desk.controls.pending.forget()  # as if it had never been asked for
    desk.change(focus_key="crossovers_hz[0]").press("D")
    values = applied(desk).master.chain[0].values
    assert (values["crossovers_hz"], len(values["bands"])) == ((2000.0,), 2)
    assert desk.focus.key == "bands[1]"
    desk.change(focus_key="bands[0]").press("J")
    assert "ordered by frequency" in desk.said


def test_processors_move_but_the_limiter_stays_last(chain):
    desk = chain(0, 1, "ratio").press("K")
    assert [processor.type for processor in applied(desk).stems[0].chain] == ["compressor", "eq"]
    assert desk.focus.processor == 0
    desk = chain(MASTER, 0).press("J")
    assert desk.sent == []
    assert "the limiter stays last" in desk.said
    desk.press("K")
    assert "at the end already" in desk.said


def test_what_waits_for_the_engine_is_not_lost_by_an_edit_of_the_structure(chain):
    desk = chain(0, 1, "threshold_db").press("l", "J", "K")
    table = desk.sent[1][1]["changes"][0][1][0]
    assert table["type"] == "compressor"
    assert table["threshold_db"] == -17.9


def test_edits_without_anything_to_edit_say_so(chain):
    desk = chain(1, -1).press("N", "D", "J")
    assert desk.sent == []
    assert "choose a processor first; n adds one" in desk.said
    desk = chain(0, 1).press("N")
    assert "has no bands" in desk.said


def test_new_tables_are_read_by_the_format(chain):
    desk = chain(0, 1)
    desk.controls.line("add-processor multiband")
    tables = desk.sent[0][1]["changes"][0][1]
    reader = Reader(desk.recorder.now.session.path, 48000)
    assert len(read_chain(reader, tables, ("stems", 0, "chain"), on_stem=True)) == 3
