"""Transport: positions are exact to the frame, and nothing clicks but what the song itself does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.live.loop import cells
from engine.live.player.player import State

FRAMES = 30_011
#: Sample n of the stem says which frame it is.
STEP = 2.0**-16


@pytest.fixture
def counting(write_session):
    """A session without any processing whose every frame says where it is."""
    ramp = (np.arange(FRAMES) * STEP)[:, None] * np.array([1.0, -1.0])
    return write_session({"ramp": ramp}, master="chain = []", subtype="FLOAT")


@pytest.fixture
def fade_frames(play, counting):
    """Length of the crossfade between two graphs."""
    return int(play(counting, pulls=False).player.board.cells[cells.FADE_FRAMES])


def frame_of(signal: np.ndarray) -> np.ndarray:
    """Which frames of `counting` a signal consists of."""
    assert np.array_equal(signal[:, 0], -signal[:, 1])
    return np.rint(signal[:, 0] / STEP).astype(np.int64)


def test_it_plays_every_frame_once_and_stops_at_the_end(play, counting):
    tape = play(counting)
    tape.player.play()
    tape.until_end()
    assert np.array_equal(frame_of(tape.signal), np.arange(FRAMES))
    assert np.array_equal(tape.positions, np.arange(FRAMES))
    tape.until(lambda: tape.player.has_been_heard)
    assert tape.player.position_frames == FRAMES


@pytest.mark.parametrize("target", [0, 1, 63, 64, 12_345, FRAMES - 2000])
def test_a_seek_is_exact(play, counting, fade_frames, target):
    tape = play(counting)
    tape.player.play()
    tape.until_frames(3000)
    tape.player.seek(target)
    tape.until_settled()
    tape.until_end()
    assert np.array_equal(tape.positions[-1000:], np.arange(FRAMES - 1000, FRAMES))
    cut = int(np.flatnonzero(np.diff(tape.positions) != 1)[0]) + 1
    # the first frame that belongs to the new place is the one that was asked for
    assert tape.positions[cut] == target
    frames = frame_of(tape.signal)
    assert np.array_equal(frames[cut + fade_frames :], np.arange(target + fade_frames, FRAMES))
    assert np.array_equal(frames[:cut], np.arange(cut))


@pytest.mark.parametrize("target", [FRAMES, FRAMES + 1, 10**12, -5])
def test_a_seek_outside_the_song_is_the_nearest_inside(play, counting, fade_frames, target):
    tape = play(counting)
    tape.player.play()
    tape.until_frames(1000)
    tape.player.seek(target)
    tape.until_settled()
    if target < 0:
        tape.until_end()
        assert np.flatnonzero(tape.positions[1:] == 0).size == 1
        return
    tape.until_end()
    tape.until(lambda: tape.player.position_frames == FRAMES)
    # what is heard while it fades out comes from behind the end: silence
    behind = tape.positions >= FRAMES
    assert behind.sum() == fade_frames
    assert np.array_equal(frame_of(tape.signal[:-fade_frames]), np.arange(len(tape.signal) - fade_frames))
    tape.player.play()  # from the end it goes on at the beginning
    before = len(tape.positions)
    tape.until(lambda: tape.player.tapped_frames > before + 500)
    assert np.array_equal(tape.positions[before : before + 500], np.arange(500))


@pytest.mark.parametrize(("start", "end"), [(5000, 5001), (4999, 5002), (4097, 8193), (777, 9001), (0, 63)])
def test_a_loop_is_exact_to_the_frame(play, counting, start, end):
    tape = play(counting)
    tape.player.set_loop(True, start, end)
    tape.player.play()
    tape.until_frames(end + 3 * max(end - start, 700))
    tape.player.pause()
    length = end - start
    count = len(tape.signal) - end
    expected = np.concatenate([np.arange(end), start + np.arange(count) % length])
    assert np.array_equal(frame_of(tape.signal), expected)
    assert np.array_equal(tape.positions, expected)


def test_a_loop_that_is_taken_off_lets_the_song_go_on(play, counting):
    tape = play(counting)
    tape.player.set_loop(True, 2000, 4001)
    tape.player.play()
    tape.until_frames(9000)
    tape.player.set_loop(False)
    tape.until_end()
    steps = np.diff(tape.positions)
    assert set(steps) == {1, 2000 - 4000}
    assert tape.positions[-1] == FRAMES - 1


def test_an_end_set_where_the_song_is_heard_jumps_at_once(play, counting):
    tape = play(counting)
    tape.player.play()
    tape.until_frames(6000)
    here = tape.player.position_frames
    tape.player.set_loop(True, 1000, here + 1)
    tape.until_frames(len(tape.signal) + 5000)
    tape.player.pause()
    back = np.flatnonzero(np.diff(tape.positions) < 0)
    assert back.size >= 1
    assert tape.positions[back[0] + 1] == 1000


@pytest.mark.parametrize(("start", "end"), [(5, 5), (9, 3), (-1, 10), (0, FRAMES + 1)])
def test_a_loop_outside_the_song_or_without_length_is_refused(play, counting, start, end):
    tape = play(counting, pulls=False)
    with pytest.raises(UsageError, match="loop"):
        tape.player.set_loop(True, start, end)


def test_pause_fades_and_resumes_with_the_next_frame(play, counting):
    tape = play(counting)
    tape.player.play()
    tape.until_frames(2000)
    tape.player.pause()
    tape.until(lambda: tape.player.state is State.PAUSED)
    paused_at = len(tape.signal)
    tape.until(lambda: tape.player.position_frames == paused_at)
    tape.player.play()
    tape.until_end()
    assert np.array_equal(frame_of(tape.signal), np.arange(FRAMES))


def test_seek_while_paused_is_heard_from_its_first_frame(play, counting):
    tape = play(counting)
    tape.player.seek(7001)
    tape.until_settled()
    tape.until(lambda: tape.player.position_frames == 7001)
    tape.player.play()
    tape.until_end()
    assert np.array_equal(frame_of(tape.signal), np.arange(7001, FRAMES))


def test_the_latest_of_many_seeks_wins(play, counting):
    tape = play(counting)
    tape.player.play()
    tape.until_frames(1000)
    for target in (100, 20_000, 3, 15_000, 9_000):
        tape.player.seek(target)
    tape.until_settled()
    tape.until_end()
    cut = int(np.flatnonzero(np.diff(tape.positions) != 1)[-1]) + 1
    assert tape.positions[cut] == 9_000
    assert tape.positions[-1] == FRAMES - 1


def test_playing_stops_where_it_is_told_to(play, counting):
    tape = play(counting)
    tape.player.stop_at(1234)
    tape.player.play()
    tape.until_end()
    assert np.array_equal(frame_of(tape.signal), np.arange(1234))


def test_after_the_end_a_seek_alone_does_not_play(play, counting):
    tape = play(counting)
    tape.player.stop_at(2000)
    tape.player.play()
    tape.until_end()
    tape.player.seek(500)
    tape.until_settled()
    for _ in range(20):
        tape.until(lambda: True)
    assert len(tape.signal) == 2000
    assert tape.player.state is State.PAUSED
    tape.player.play()
    tape.until_end()
    assert np.array_equal(frame_of(tape.signal[2000:]), np.arange(500, 2000))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("seek"), st.integers(-10, FRAMES + 10)),
            st.tuples(st.just("loop"), st.integers(0, FRAMES - 600), st.integers(1, 500)),
            st.tuples(st.just("no loop")),
            st.tuples(st.just("pause")),
            st.tuples(st.just("play")),
            st.tuples(st.just("run"), st.integers(1, 3000)),
        ),
        max_size=12,
    )
)
def test_every_jump_leads_where_it_was_asked_to(play, counting, commands):
    """Whatever is commanded: what is played is the song, and jumps go to seek targets and loop starts."""
    tape = play(counting)
    player, landings = tape.player, {0}
    player.play()
    for name, *numbers in commands:
        if name == "seek":
            player.seek(numbers[0])
            landings.add(min(max(numbers[0], 0), FRAMES))
        elif name == "loop":
            player.set_loop(True, numbers[0], numbers[0] + numbers[1])
            landings.add(numbers[0])
        elif name == "no loop":
            player.set_loop(False)
        elif name == "run":
            goal = len(tape.signal) + numbers[0]
            tape.until(lambda goal=goal: player.state is not State.PLAYING or len(tape.signal) >= goal)
        else:
            getattr(player, name)()
            landings.add(player.position_frames if name == "pause" else 0)
    tape.until_settled()
    positions = tape.positions
    jumps = np.flatnonzero(np.diff(positions) != 1) + 1
    assert set(positions[jumps]) <= landings | {player.position_frames}
    inside = positions < FRAMES
    frames = frame_of(tape.signal)
    # while two graphs cross, a frame is between both; elsewhere it is the song's own
    crossing = np.zeros(len(positions), bool)
    for jump in jumps:
        crossing[jump : jump + 2000] = True
    assert np.array_equal(frames[inside & ~crossing], positions[inside & ~crossing])
