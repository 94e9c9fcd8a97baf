"""What a watch writes down: the deciding sample of each quantum, and each part's share of it."""

from __future__ import annotations

import numpy as np
import pytest

from engine.compiler.abi import QUANTUM_FRAMES
from engine.plan.plan import pack
from engine.rack.watch import FRAME, LEVEL, ROWS, SHARES, SMALLEST_GAIN, take_rows, watch

QUANTA = 20
# own left, own right, other left, other right
MATRICES = {
    "stereo": (1.0, 1.0, 0.0, 0.0),
    "left": (1.0, 0.0, 0.0, 1.0),
    "side": (0.5, 0.5, -0.5, -0.5),
}


def _detected(pair, matrix):
    own_left, own_right, other_left, other_right = matrix
    left, right = pair[:, 0], pair[:, 1]
    return np.stack((own_left * left + other_left * right, own_right * right + other_right * left), axis=1)


def _run(pairs, gain, matrix, hold):
    """Rows over the programme (the sum of `pairs`) and its parts."""
    frames = np.concatenate((sum(pairs), *pairs, gain[:, None]), axis=1)
    columns = frames.shape[1]
    lefts = range(0, columns - 1, 2)
    plan = pack(
        [watch(lefts, matrix, gain_column=columns - 1, hold=hold)],
        columns=columns,
        output_column=0,
        latency_frames=0,
        gain_columns=(),
    )
    run, untouched = plan.start(), frames.copy()
    run.process(frames)
    assert np.array_equal(frames, untouched)
    rows = take_rows(run.state, len(pairs))
    assert len(take_rows(run.state, len(pairs))) == 0
    return rows


@pytest.mark.parametrize("channels", MATRICES)
@pytest.mark.parametrize("hold", [0.0, 0.995])
def test_rows_are_what_numpy_finds(random, channels, hold):
    matrix = MATRICES[channels]
    pairs = [random.standard_normal((QUANTA * QUANTUM_FRAMES, 2)) for _ in range(3)]
    gain = random.random(QUANTA * QUANTUM_FRAMES)
    rows = _run(pairs, gain, matrix, hold)
    whole = _detected(sum(pairs), matrix)
    side = np.abs(whole).argmax(axis=1)
    chosen = [np.take_along_axis(_detected(pair, matrix), side[:, None], axis=1)[:, 0] for pair in pairs]
    seen = np.take_along_axis(whole, side[:, None], axis=1)[:, 0]
    means = [np.zeros(len(seen)) for _ in range(4)]
    for mean, part in zip(means, (seen, *chosen), strict=True):
        value = 0.0
        for frame, power in enumerate(seen * part):
            value = hold * value + (1.0 - hold) * power
            mean[frame] = value
    assert rows.shape == (QUANTA, SHARES + 3)
    for quantum, row in enumerate(rows):
        span = slice(quantum * QUANTUM_FRAMES, (quantum + 1) * QUANTUM_FRAMES)
        frame = int(means[0][span].argmax())
        assert row[FRAME] == frame
        assert row[SMALLEST_GAIN] == gain[span].min()
        assert row[LEVEL] == pytest.approx(np.sqrt(means[0][span][frame]), rel=1e-12)
        expected = [mean[span][frame] / means[0][span][frame] for mean in means[1:]]
        assert row[SHARES:] == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert row[SHARES:].sum() == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("hold", [0.0, 0.99])
def test_silence_is_nobodys_and_leaves_nothing_behind(random, hold):
    pair = random.standard_normal((QUANTA * QUANTUM_FRAMES, 2))
    pair[QUANTUM_FRAMES:] = 0.0
    rows = _run([pair, -pair], np.ones(len(pair)), MATRICES["stereo"], hold)
    assert np.array_equal(rows[:, LEVEL], np.zeros(QUANTA))
    assert np.array_equal(rows[:, SHARES:], np.zeros((QUANTA, 2)))
    rows = _run([pair], np.ones(len(pair)), MATRICES["stereo"], hold)
    assert rows[0, SHARES] == pytest.approx(1.0)
    assert np.isfinite(rows).all()


def test_a_watch_that_is_not_asked_in_time_says_so():
    plan = pack([watch((0, 2))], columns=4, output_column=0, latency_frames=0, gain_columns=())
    run = plan.start()
    run.process(np.ones(((ROWS + 1) * QUANTUM_FRAMES, 4)))
    with pytest.raises(ValueError, match="129 were run"):
        take_rows(run.state, 1)
