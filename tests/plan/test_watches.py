"""Watches in the bus plan: they change no bit, and their parts are the stems, whatever else follows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.plan.build import BusLayout, lay_out_bus
from engine.rack.watch import LEVEL, SHARES, take_rows
from engine.session.model import Session
from engine.session.validate import session_from_tree

FRAMES = 24_576
STEMS = 3
COMPRESSOR = {"type": "compressor", "threshold_db": -40.0}
FILTERED = {**COMPRESSOR, "sidechain_highpass_hz": 150.0}
MULTIBAND = {"type": "multiband", "crossovers_hz": [500.0], "bands": [{"threshold_db": -40.0}] * 2}
REST = [
    {"type": "eq", "phase": "linear", "bands": [{"frequency_hz": 300.0, "gain_db": 4.0}]},
    {"type": "saturator", "drive_db": 6.0},
]
LIMITER = {"type": "limiter"}


def session(*master) -> Session:
    stems = [{"path": f"{number}.wav", "role": "other"} for number in range(STEMS)]
    tree = {"sample_rate": 48000, "stems": stems, "master": {"chain": list(master)}}
    return session_from_tree(tree, Path("session.toml"))


def run(layout: BusLayout, signal: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """The bus and its parts; and what each watch has written down of the stems."""
    plan = layout.packed()
    matrix = np.zeros((FRAMES, plan.columns))
    matrix[:, : signal.shape[1]] = signal
    running = plan.start()
    found = [np.zeros((0, SHARES + STEMS)) for _ in layout.watches]
    for start in range(0, FRAMES, 8192):
        running.process(matrix[start : start + 8192])
        for number, watch in enumerate(layout.watches):
            rows = take_rows(running.state[plan.state_place(watch.operation) :], watch.parts)
            own = rows[:, [*range(SHARES), *(SHARES + n for n in watch.stems)]]
            found[number] = np.concatenate((found[number], own))
    return matrix[:, plan.output_column : plan.output_column + plan.output_columns], found


@pytest.mark.parametrize("room", [0, 3])
@pytest.mark.parametrize("parts", [[], [["0"], ["1", "2"]], [["0"], ["1"], ["2"]]])
def test_they_change_no_bit_and_tell_the_stems_shares(random, parts, room):
    whole = session(COMPRESSOR, *REST, FILTERED, MULTIBAND, {"type": "deesser"}, LIMITER)
    names = {stem.name: str(number) for number, stem in enumerate(whole.stems)}
    parts = [[name for name, number in names.items() if number in part] for part in parts]
    signal = 0.3 * random.standard_normal((FRAMES, 2 * STEMS))
    plain, watched = (
        lay_out_bus(whole, whole.stems, summed=[True] * STEMS, parts=parts, room_for_parts=room, watched=one)
        for one in (False, True)
    )
    expected, _ = run(plain, signal)
    result, found = run(watched, signal)
    assert np.array_equal(result, expected)
    assert [watch.tap is None for watch in watched.watches] == [False] * 5 + [True]
    for rows in found:
        heard = rows[:, LEVEL] > 1e-9
        assert heard.sum() > FRAMES // 64 // 4
        assert rows[heard, SHARES:].sum(axis=1) == pytest.approx(np.ones(heard.sum()), abs=1e-6)
        assert rows.shape[1] == SHARES + STEMS
    # the first compressor hears the stems as they are
    pairs = signal.reshape(FRAMES, STEMS, 2)
    mix = np.abs(pairs.sum(axis=1))
    first = np.unravel_index(mix[:64].argmax(), (64, 2))
    assert found[0][0, SHARES:] == pytest.approx(
        pairs[first[0], :, first[1]] / pairs[first[0], :, first[1]].sum()
    )


def test_a_stem_outside_the_sum_has_no_share(random):
    whole = session(COMPRESSOR, LIMITER)
    layout = lay_out_bus(whole, whole.stems, summed=[True, False, True], watched=True)
    _, found = run(layout, 0.3 * random.standard_normal((FRAMES, 2 * STEMS)))
    for rows in found:
        assert not rows[:, SHARES + 1].any()
        assert rows[:, SHARES:].sum(axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-9)


def test_where_no_gain_acts_nothing_follows():
    whole = session(*REST)
    plain, watched = (
        lay_out_bus(whole, whole.stems, summed=[True] * STEMS, watched=one) for one in (False, True)
    )
    assert watched.watches == ()
    assert watched.columns == plain.columns
    assert len(watched.operations) == len(plain.operations)


def test_what_works_in_blocks_does_not_depend_on_company(random):
    """Live a muted stem keeps running, in a render it is left out: the others have the same bits."""
    linear = {**REST[0], "bands": [{"frequency_hz": 900.0, "gain_db": 3.0, "q": 2.0}]}
    split = {"type": "multiband", "phase": "linear", "crossovers_hz": [400.0], "bands": [{}, {}]}
    stems = [
        {"path": f"{number}.wav", "role": "other", "mute": number == 0, "chain": [linear, split]}
        for number in range(STEMS)
    ]
    tree = {"sample_rate": 48000, "stems": stems, "master": {"chain": [linear]}}
    whole = session_from_tree(tree, Path("session.toml"))
    signal = random.standard_normal((FRAMES, 2 * STEMS))
    live, _ = run(lay_out_bus(whole, whole.stems, summed=[False, True, True]), signal)
    rendered, _ = run(lay_out_bus(whole, whole.stems[1:], summed=[True, True]), signal[:, 2:])
    assert np.array_equal(live, rendered)
    assert np.abs(live).max() > 1.0
