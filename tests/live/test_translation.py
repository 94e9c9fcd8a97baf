"""A playback system in the monitor: heard as its filters say, without a click, and never captured."""

from __future__ import annotations

import numpy as np
import pytest

from engine.live.player.monitor import MonitorSection
from engine.plan.stream import Stream
from engine.session.playback import SYSTEMS
from engine.translation.filters import plan_of

FRAMES = 36_000
SHIPPED = SYSTEMS.shipped()


@pytest.fixture
def session(write_session, material):
    """One stem with something on both sides, and a master chain that changes it."""
    return write_session(
        {"a": material(FRAMES, 1)}, master="chain = [ { type = 'gain', gain_db = -2.0 } ]", subtype="FLOAT"
    )


def through(name: str, signal: np.ndarray) -> np.ndarray:
    """A signal as a system plays it from silence on."""
    stream = Stream(plan_of(SHIPPED[name], 48_000))
    return np.concatenate([stream.process(np.ascontiguousarray(signal)), stream.finish()])


@pytest.mark.parametrize("name", ["laptop", "phone", "club"])
def test_it_is_heard_behind_the_monitor_section_and_never_captured(play, session, name):
    plain, tape = play(session), play(session)
    tape.player.set_monitor(MonitorSection(level_db=-6.0, swap=True))
    tape.player.set_translation(SHIPPED[name])
    for each in (plain, tape):
        each.player.play()
        each.until_end()
    assert np.array_equal(tape.signal, plain.signal)
    expected = through(name, plain.signal[:, ::-1] * 10**-0.3)
    late = (tape.heard_positions >= 12_000) & (tape.heard_positions < FRAMES)
    assert late.sum() > 20_000
    difference = tape.heard[late] - expected[tape.heard_positions[late]]
    assert np.abs(difference).max() < 1e-6


def test_plain_is_plain_again(play, session):
    tape = play(session)
    tape.player.set_translation(SHIPPED["phone"])
    tape.player.set_translation(None)
    tape.player.play()
    tape.until_end()
    late = (tape.heard_positions >= 6000) & (tape.heard_positions < FRAMES)
    assert np.abs(tape.heard[late] - tape.signal[tape.heard_positions[late]]).max() < 1e-6


def test_it_is_switched_without_a_click(play, write_session):
    """Between plain, systems that take the tone away, and back, faster than they can fade."""
    time_s = np.arange(10 * FRAMES) / 48_000
    tone = np.repeat(0.5 * np.sin(2.0 * np.pi * 100.0 * time_s)[:, None], 2, axis=1)
    tape = play(write_session({"a": tone}, master="chain = []", subtype="FLOAT"))
    tape.player.play()
    tape.until_frames(6000)
    choices = ("phone", None, "laptop", "radio", "car", "phone", None)
    for turn, name in enumerate(choices):
        tape.player.set_translation(None if name is None else SHIPPED[name])
        begun = len(tape.heard)
        # some stay, some are overtaken before they have come in
        tape.until(lambda begun=begun, turn=turn: len(tape.heard) > begun + (12_000, 500)[turn % 2])
    begun = len(tape.heard)
    tape.until(lambda: len(tape.heard) > begun + 24_000)
    # the tone's own step is 0.0065, in the car 0.013; a switch between plain and phone would make 0.5
    steps = np.abs(np.diff(tape.heard[6000:], axis=0))
    assert steps.max() < 0.025
    positions = tape.heard_positions[-2000:]
    assert np.abs(tape.heard[-2000:] - tone[positions]).max() < 1e-6


def test_the_last_of_quick_choices_is_heard(play, write_session):
    time_s = np.arange(4 * FRAMES) / 48_000
    tone = np.repeat(0.5 * np.sin(2.0 * np.pi * 1000.0 * time_s)[:, None], 2, axis=1)
    tone[:, 1] *= -1.0
    tape = play(write_session({"a": tone}, master="chain = []", subtype="FLOAT"))
    tape.player.play()
    tape.until_frames(6000)
    for name in ("car", "laptop", "radio"):
        tape.player.set_translation(SHIPPED[name])
    begun = len(tape.heard)
    tape.until(lambda: len(tape.heard) > begun + 30_000)
    # one loudspeaker: left and right cancel
    assert np.abs(tape.heard[-2000:]).max() < 1e-6
    assert np.abs(tape.signal[-2000:]).max() == pytest.approx(0.5, abs=0.01)


def test_nothing_of_the_place_before_a_jump_is_heard_after_a_rest(play, write_session):
    """A pause empties the filters: they do not ring on into another place."""
    signal = np.zeros((FRAMES, 2))
    signal[:12_000] = 0.5
    tape = play(write_session({"a": signal}, master="chain = []", subtype="FLOAT"))
    tape.player.set_translation(SHIPPED["car"])
    tape.player.play()
    tape.until_frames(6000)
    tape.player.pause()
    tape.until(lambda: tape.player.state.name == "PAUSED")
    tape.player.seek(24_000)
    tape.until_settled()
    begun = len(tape.heard) + tape.player.ring_frames
    tape.player.play()
    tape.until_end()
    assert not tape.heard[begun:].any()
