"""The bus offline: whose files it takes, how long the song is, and that it is the stems' sum in its place."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.errors import InputError
from engine.offline.bus import StemFiles, bus_blocks
from engine.plan.build import build_bus
from engine.session.model import Session
from engine.session.validate import session_from_tree

RATE = 48_000
LINEAR = {"type": "eq", "phase": "linear", "bands": [{"frequency_hz": 300.0, "gain_db": 0.0}]}


def song(folder: Path, *signals: np.ndarray, rate: int = RATE, **master: Any) -> Session:
    """A session whose stems are these signals."""
    stems = []
    for number, signal in enumerate(signals):
        soundfile.write(folder / f"{number}.wav", signal, rate, "DOUBLE")
        stems.append({"path": f"{number}.wav", "role": "other"})
    tree = {"sample_rate": RATE, "stems": stems, "master": master}
    return session_from_tree(tree, folder / "session.toml")


@pytest.mark.parametrize("frames", [(10_000, 5_000), (1, 8192), (8193, 8192), (64, 64)])
@pytest.mark.parametrize("chain", [[], [LINEAR]])
def test_the_sum_of_the_stems_is_as_long_as_the_longest_and_where_it_was(
    tmp_path: Path, random: np.random.Generator, frames: tuple[int, int], chain: list[dict[str, Any]]
) -> None:
    one, other = (0.1 * random.standard_normal((length, 2)) for length in frames)
    expected = np.zeros((max(frames), 2))
    expected[: len(one)] += one
    expected[: len(other)] += other
    session = song(tmp_path, one, other, chain=chain)
    with StemFiles(session) as files:
        assert files.song_frames == max(frames)
        blocks = list(bus_blocks(build_bus(session, session.stems), files))
    assert all(len(block) for block in blocks)
    found = np.concatenate(blocks)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < (1e-15 if not chain else 1e-9)


def test_watches_see_every_quantum_of_the_song_with_the_stems_shares(
    tmp_path: Path, random: np.random.Generator
) -> None:
    """Two stems that are one and two thirds of the sum."""
    signal = 0.3 * random.standard_normal((9_999, 2))
    compressor = {"type": "compressor", "threshold_db": -40.0}
    session = song(tmp_path, signal / 3.0, signal / 1.5, chain=[compressor])
    taken: list[np.ndarray] = []
    ended: list[int] = []

    class Watching:
        """Keeps what it is told."""

        def take(self, watch: int, rows: np.ndarray) -> None:
            assert watch == 0
            taken.append(rows)

        def end(self) -> None:
            ended.append(len(taken))

    with StemFiles(session) as files:
        plan = build_bus(session, session.stems, watched=True)
        for _ in bus_blocks(plan, files, Watching()):
            assert not ended
    assert ended == [len(taken)]
    rows = np.concatenate(taken)
    assert len(rows) * 64 >= 9_999
    shares = rows[: 9_999 // 64 - 1, -2:]
    shares = shares[shares.sum(axis=1) > 0.5]
    assert len(shares) > 100
    assert shares == pytest.approx(np.array([[1 / 3, 2 / 3]] * len(shares)), abs=0.02)


@pytest.mark.parametrize(
    ("rate", "channels", "kind"),
    [(44_100, 2, "sample_rate"), (RATE, 3, "channels"), (RATE, 2, ""), (RATE, 1, "")],
)
def test_files_of_another_shape_are_refused(tmp_path: Path, rate: int, channels: int, kind: str) -> None:
    session = song(tmp_path, np.zeros((100, channels)), rate=rate)
    if not kind:
        with StemFiles(session) as files:
            assert files.sources.keys() == {stem.name for stem in session.stems}
        return
    with pytest.raises(InputError) as refused:
        StemFiles(session)
    assert refused.value.kind == kind
    assert str(tmp_path / "0.wav") in str(refused.value)


@pytest.mark.parametrize(
    ("said", "found"),
    [((None, None), 0), ((48_000, 48_000), 48_000), ((48_000, None), 48_000), ((48_000, 1), 0), ((0, 0), 0)],
)
def test_the_song_begins_where_all_stems_that_say_so_agree(said: tuple[int | None, ...], found: int) -> None:
    files = StemFiles.__new__(StemFiles)
    files.sources = {str(n): SimpleNamespace(time_reference=one) for n, one in enumerate(said)}  # type: ignore[misc]
    assert files.time_reference == found
