"""What the monitor section and the choice of what to hear do, and that a capture knows nothing of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from engine.errors import InputError
from engine.live.graph.codec_sound import CodecSound
from engine.live.graph.graph import Listen
from engine.live.player.changes import Programme
from engine.live.player.monitor import MonitorSection

FRAMES = 24_000


@pytest.fixture
def signal():
    """Different on both sides."""
    time_s = np.arange(FRAMES) / 48_000
    return np.stack([0.3 * np.sin(2e3 * time_s), 0.2 * np.cos(3e3 * time_s)], axis=1)


@pytest.fixture
def session(write_session, signal):
    """Two stems and the mix they sum to, with a master chain that changes them."""
    stems = {"a": 0.5 * signal, "b": 0.5 * signal[:, ::-1], "mix": signal}
    written = write_session(
        stems,
        stem_keys="chain = [ { type = 'gain', gain_db = 3.0 } ]\ntrim_db = 1.0",
        master="chain = [ { type = 'gain', gain_db = -2.0 } ]",
        extra='reference = { path = "mix.wav" }',
        subtype="FLOAT",
    )
    return replace(written, stems=written.stems[:2])


SECTIONS = {
    "unity": (MonitorSection(), [[1.0, 0.0], [0.0, 1.0]]),
    "level": (MonitorSection(level_db=-6.0), [[10**-0.3, 0.0], [0.0, 10**-0.3]]),
    "dim": (MonitorSection(level_db=-6.0, dim=True), [[10**-1.3, 0.0], [0.0, 10**-1.3]]),
    "mono": (MonitorSection(mono=True), [[0.5, 0.5], [0.5, 0.5]]),
    "side": (MonitorSection(side=True), [[0.5, -0.5], [0.5, -0.5]]),
    "swap": (MonitorSection(swap=True), [[0.0, 1.0], [1.0, 0.0]]),
}


@pytest.mark.parametrize("name", SECTIONS)
def test_the_section_is_heard_and_never_captured(play, session, name):
    section, matrix = SECTIONS[name]
    plain, tape = play(session), play(session)
    tape.player.set_monitor(section)
    for each in (plain, tape):
        each.player.play()
        each.until_end()
    assert np.array_equal(tape.signal, plain.signal)
    late = (tape.heard_positions >= 6000) & (tape.heard_positions < FRAMES)
    expected = plain.signal[tape.heard_positions[late]] @ np.array(matrix).T
    assert late.sum() > 12_000
    assert np.abs(tape.heard[late] - expected).max() < 1e-6


def test_a_level_glides(play, session):
    tape = play(session)
    tape.player.play()
    tape.until_frames(6000)
    before = len(tape.heard)
    tape.player.set_monitor(MonitorSection(dim=True))
    tape.until_end()
    steps = np.abs(np.diff(tape.heard[before - 500 :], axis=0))
    assert steps.max() < 0.03  # the signal's own steps are 0.012, a switched dim would make 0.27


def test_it_fades_in_on_play_and_out_on_pause(play, write_session):
    """20 ms each way; the capture does not."""
    tape = play(write_session({"a": np.full((FRAMES, 2), 0.5)}, master="chain = []", subtype="FLOAT"))
    tape.player.play()
    tape.until_frames(6000)
    tape.player.pause()
    tape.until(lambda: tape.player.state.name == "PAUSED" and not tape.heard[-1].any())
    heard = tape.heard[tape.heard[:, 0] > 0.0][:, 0]
    assert np.diff(heard[:960]) == pytest.approx(0.5 / 960, rel=1e-3)
    assert np.diff(heard[-960:]) == pytest.approx(-0.5 / 960, rel=1e-3)
    assert (heard[960:-960] == 0.5).all()
    assert (tape.signal == 0.5).all()


def expected_mix(session, signal: np.ndarray, listen: Listen) -> np.ndarray:
    """What ought to be heard."""
    dry = 0.5 * signal + 0.5 * signal[:, ::-1]
    if listen is Listen.PROCESSED:
        return dry * 10 ** (2.0 / 20.0)
    if listen is Listen.DRY:
        return dry
    if listen is Listen.CODEC:
        return np.concatenate((np.zeros((4800, 2)), 0.25 * signal[: len(signal) - 4800]))
    return signal if listen is Listen.REFERENCE else dry - signal


@pytest.fixture
def coded(session, signal, tmp_path) -> CodecSound:
    """A quarter of the mix, of a master that begins 0.1 s late."""
    soundfile.write(tmp_path / "coded.wav", 0.25 * signal, 48000, "FLOAT")
    return CodecSound(tmp_path / "coded.wav", 4800 / session.sample_rate)


@pytest.mark.parametrize("listen", list(Listen))
def test_what_is_heard(play, session, signal, listen, coded):
    tape = play(Programme(session, listen=listen, codec=coded))
    tape.player.play()
    tape.until_end()
    expected = expected_mix(session, signal, listen)
    late = (tape.heard_positions >= 6000) & (tape.heard_positions < FRAMES)
    assert late.sum() > 12_000
    assert np.abs(tape.heard[late] - expected[tape.heard_positions[late]]).max() < 1e-6


def test_all_choices_stay_aligned_while_they_are_switched(play, session, signal, coded):
    """Through loops and seeks: what is heard beside the main graph belongs to the same song frame."""
    tape = play(session)
    tape.player.set_loop(True, 3001, 9999)
    tape.player.play()
    choices = (Listen.DRY, Listen.REFERENCE, Listen.CODEC, Listen.PROCESSED, Listen.DRY, Listen.RESIDUAL)
    for turn, listen in enumerate(choices):
        tape.player.set_programme(Programme(session, listen=listen, codec=coded))
        if turn % 2:
            tape.player.seek(5000 + turn)
        tape.until_settled()
        begun = len(tape.heard) + tape.player.ring_frames + 512
        tape.until(lambda begun=begun: len(tape.heard) > begun + 4000)
        heard, positions = tape.heard[begun:], tape.heard_positions[begun:]
        assert np.abs(heard - expected_mix(session, signal, listen)[positions]).max() < 1e-6


def test_match_gains_are_heard_only(play, session, signal):
    plain, tape = play(session), play(Programme(session, listen=Listen.DRY))
    tape.player.set_match(1.0, 0.25)
    for each in (plain, tape):
        each.player.play()
        each.until_end()
    assert np.array_equal(tape.signal, plain.signal)
    late = (tape.heard_positions >= 6000) & (tape.heard_positions < FRAMES)
    expected = expected_mix(session, signal, Listen.DRY)[tape.heard_positions[late]]
    assert np.abs(tape.heard[late] - 0.25 * expected).max() < 1e-6


def test_soloed_stems_alone_are_heard_with_everything_behind_them(play, session, signal):
    stems = (replace(session.stems[0], solo=True), session.stems[1])
    tape = play(replace(session, stems=stems))
    tape.player.play()
    tape.until_end()
    assert np.abs(tape.heard).max() == pytest.approx(0.5 * np.abs(signal).max() * 10**0.1, rel=1e-3)


def test_the_reference_has_to_be_there(play, session):
    tape = play(replace(session, reference=None), pulls=False)
    with pytest.raises(InputError, match="reference") as caught:
        tape.player.set_programme(Programme(replace(session, reference=None), listen=Listen.RESIDUAL))
    assert caught.value.kind == "no_reference"
