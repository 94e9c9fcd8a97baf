"""Edits that come faster than the engine answers: the second is made of what the first leaves."""

from __future__ import annotations

from engine.link.messages import Message


def edits(desk):
    return [content["changes"] for kind, content, _ in desk.recorder.sent if kind == "edit"]


def types(desk):
    (((_, tables),),) = edits(desk)[-1:]
    return [table["type"] for table in tables]


def test_the_second_processor_does_not_take_the_first_back(make_desk):
    desk = make_desk(focus_stem=1)
    desk.controls.line("comp -18 1.5")
    desk.controls.line("deesser")
    assert edits(desk)[-1][0][0] == "stems[1].chain"
    assert types(desk) == ["compressor", "deesser"]
    assert [one.type for one in desk.controls.view.session.stems[1].chain] == ["compressor", "deesser"]


def test_a_value_set_in_between_stays(make_desk):
    desk = make_desk(focus_stem=1)
    desk.controls.line("comp -18 1.5")
    desk.controls.line("threshold -30")
    desk.controls.line("deesser")
    (((_, tables),),) = edits(desk)[-1:]
    assert (tables[0]["type"], tables[0]["threshold_db"]) == ("compressor", -30.0)
    assert types(desk) == ["compressor", "deesser"]


def test_what_the_engine_refuses_is_not_built_on(make_desk):
    desk = make_desk(focus_stem=1)
    desk.controls.line("comp -18 1.5")
    desk.controls.answer(Message("error", len(desk.recorder.sent), None, {"code": "stale", "message": "no"}))
    desk.controls.line("deesser")
    assert types(desk) == ["deesser"]


def test_once_the_engine_shows_it_nothing_waits(make_desk):
    desk = make_desk(focus_stem=1)
    desk.controls.line("comp -18 1.5")
    desk.controls.answer(Message("done", len(desk.recorder.sent), 8, {}))
    assert [one.type for one in desk.controls.view.session.stems[1].chain] == ["compressor"]
    desk.change(document_revision=8)  # of another text: somebody has taken it out again
    assert desk.controls.view.session.stems[1].chain == ()
    assert not desk.controls.pending
