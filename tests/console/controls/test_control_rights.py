"""Who may do what, what an engine's answer undoes, and what is shown until it comes."""

from __future__ import annotations

import dataclasses
import math

from engine.link.messages import Message
from engine.link.records import Role, Source, State
from engine.link.snapshot import NO_TRANSPORT, Snapshot
from engine.processes.client import Health
from tui.actions.every import ACTIONS
from tui.controls.pending import PATIENCE_S, SETTLING_S, Pending
from tui.view import Panel, View


def test_an_observer_can_look_but_change_nothing_and_is_told_why(make_desk):
    clients = [{"index": 2, "pid": 4711, "role": "controller"}]
    desk = make_desk(role=Role.OBSERVER, document_clients=clients)
    for action in ACTIONS:
        if action.control:
            desk.controls.perform(action.name, "1")
    assert desk.sent == []
    assert "console 2 (process 4711) is in control" in desk.said
    assert ":take-over" in desk.said
    desk.press("j", "e", "g", "h")
    assert desk.focus.panel is Panel.HISTORY
    desk.controls.line("take-over")
    assert desk.sent == [("take_over", {})]


def test_when_the_controller_has_left_nobody_is_said_to_be_in_control(make_desk):
    clients = [{"index": 1, "pid": 4712, "role": "observer"}]
    desk = make_desk(role=Role.OBSERVER, document_clients=clients).press("m")
    assert desk.sent == []
    assert desk.said.startswith("nobody is in control: :take-over")


def test_a_read_only_console_cannot_take_over_or_stop(make_desk):
    desk = make_desk(role=Role.OBSERVER, read_only=True)
    desk.press("m", "Q")
    desk.controls.line("take-over")
    assert desk.sent == []
    assert desk.recorder.confirmed == []
    assert "--read-only" in desk.said


def test_an_engine_that_hangs_or_failed_can_be_restarted(make_desk):
    desk = make_desk(health=Health.HANGING).press("enter")
    assert desk.recorder.done == [("restart", "")]
    desk = make_desk()
    desk.controls.line("restart")
    assert "nothing to restart" in desk.said


def test_with_the_engine_gone_enter_restarts_it(make_desk):
    desk = make_desk(health=Health.GONE).press("m")
    assert desk.sent == []
    assert "enter restarts it" in desk.said
    desk.press("enter")
    assert desk.recorder.done == [("restart", "")]


def test_a_full_queue_is_said_and_nothing_is_shown(desk):
    desk.recorder.full = True
    desk.press("l", "space")
    assert "has not read" in desk.said
    assert desk.controls.view is desk.recorder.now


def test_a_refused_edit_goes_back_and_says_the_engines_sentence(desk):
    desk.press("l")
    desk.controls.answer(Message("error", 1, None, {"code": "stale", "message": "changed meanwhile"}))
    assert desk.controls.view is desk.recorder.now
    assert ("changed meanwhile", "error") in desk.recorder.said


def test_a_confirmed_edit_is_shown_until_the_engines_picture_has_it(make_desk):
    desk = make_desk().press("l")
    desk.controls.answer(Message("done", 1, 8))
    assert desk.controls.view.session.stems[0].trim_db == 0.6
    desk.change(document_revision=8)
    assert desk.controls.view is desk.recorder.now


def test_what_is_never_answered_is_forgotten():
    now = [0.0]
    pending = Pending(clock=lambda: now[0])
    view = View(snapshot=Snapshot(NO_TRANSPORT._replace(state=State.PAUSED)))
    pending.expect_state(1, "monitor", {"dim": True})
    assert pending.shown(view).snapshot.monitor.dim
    now[0] = PATIENCE_S + 0.1
    assert pending.shown(view) is view
    pending.expect_state(2, "monitor", {"dim": True})
    pending.answered(2, done=True)
    now[0] += SETTLING_S + 0.1
    assert pending.shown(view) is view


def test_other_answers_are_told(desk):
    desk.controls.answer(Message("notice", 0, None, {"code": "device_lost", "message": "the device is gone"}))
    desk.controls.answer(Message("role", 0, None, {"role": "observer", "controller": 1, "pid": 99}))
    assert "the device is gone" in desk.said
    assert "process 99 is in control now" in desk.said


def test_how_a_source_is_matched_is_not_known_before_the_engine_plays_it():
    """The gain of what was heard before is not the new one's: neither is shown, nor told."""
    pending = Pending(clock=lambda: 0.0)
    view = View(snapshot=Snapshot(NO_TRANSPORT._replace(match_db=-10.6)))
    pending.expect_state(1, "transport", {"source": Source.DRY, "match_db": math.nan})
    assert math.isnan(pending.shown(view).snapshot.transport.match_db)
    pending.answered(1, done=True)
    assert math.isnan(pending.shown(view).snapshot.transport.match_db)
    played = NO_TRANSPORT._replace(source=Source.DRY, match_db=-1.2)
    view = dataclasses.replace(view, snapshot=dataclasses.replace(view.snapshot, transport=played))
    assert pending.shown(view).snapshot.transport.match_db == -1.2
    assert not pending


def test_what_is_asked_of_an_engine_that_still_loads_stays_shown_until_it_answers():
    """Kernels may be compiled for a minute: the engine does it then, and until then it is not taken back."""
    now = [0.0]
    pending = Pending(clock=lambda: now[0])
    loading = View(snapshot=Snapshot(NO_TRANSPORT), health=Health.RUNNING)
    assert loading.snapshot.transport.state is State.LOADING
    pending.expect_state(1, "monitor", {"dim": True})
    now[0] = 10.0 * PATIENCE_S
    assert pending.shown(loading).snapshot.monitor.dim
    loaded = View(snapshot=Snapshot(NO_TRANSPORT._replace(state=State.PAUSED)), health=Health.RUNNING)
    assert pending.shown(loaded).snapshot.monitor.dim
    now[0] += PATIENCE_S + 0.1
    assert not pending.shown(loaded).snapshot.monitor.dim
