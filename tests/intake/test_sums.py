"""Mixes and prints are known by their sound, whatever they are called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.intake.sums import sums_among
from engine.session.by_sound import Sum

RATE = 8_000
NAMES = ("a", "b", "c", "d")


def played(seed: int, seconds: float = 4.0) -> np.ndarray:
    """Notes of a part of their own: `(frames, 2)`."""
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    sound = np.zeros((len(time), 2))
    for start in np.arange(0.0, seconds, 0.25):
        envelope = np.where(time >= start, np.exp(-8.0 * (time - start)), 0.0) * (random.random() > 0.3)
        tone = np.sin(2.0 * np.pi * random.uniform(60.0, 900.0) * time + random.uniform(0.0, 6.0))
        sound += (envelope * tone)[:, None] * random.uniform(0.05, 0.2, 2)
    return sound


def write(folder: Path, sounds: dict[str, np.ndarray], rate: int = RATE) -> list[Path]:
    for name, sound in sounds.items():
        soundfile.write(folder / f"{name}.wav", sound, rate, subtype="FLOAT")
    return [folder / f"{name}.wav" for name in sounds]


def found(files: list[Path]) -> dict[str, str]:
    return {file.stem: "".join(part.stem for part in one.parts) for file, one in sums_among(files).items()}


@pytest.fixture
def stems() -> dict[str, np.ndarray]:
    return {name: played(seed) for seed, name in enumerate(NAMES)}


def test_a_mix_an_instrumental_and_copies_of_the_mix(tmp_path, stems) -> None:
    mix = sum(stems.values())
    instrumental = stems["a"] + stems["b"] + stems["c"]
    files = write(tmp_path, {"0": mix, **stems, "1": instrumental, "2": 0.5 * mix, "3": mix})
    assert found(files) == {"0": "abcd", "1": "abc", "2": "abcd", "3": "abcd"}


def test_a_mix_is_one_beside_a_copy_and_a_silent_stem_too(tmp_path, stems) -> None:
    mix = sum(stems.values())
    files = write(tmp_path, {**stems, "again": stems["b"], "silent": 0.0 * mix, "mix": mix})
    (told,) = sums_among(files).values()
    assert told == Sum(tuple(files[:4]), True)
    assert not sums_among(write(tmp_path, {**stems, "print": mix - stems["d"]}))[
        tmp_path / "print.wav"
    ].is_mix


def test_a_print_may_be_limited_late_and_turned_down(tmp_path, stems) -> None:
    mix = 0.6 * np.tanh(2.0 * np.roll(sum(stems.values()), 1, axis=0))
    assert found(write(tmp_path, {**stems, "print": mix})) == {"print": "abcd"}


def test_parts_and_copies_of_parts_are_no_sums(tmp_path, stems) -> None:
    assert found(write(tmp_path, {**stems, "again": 0.7 * stems["a"], "silent": 0.0 * stems["a"]})) == {}
    # an overhead hears two drums, each with the room's own sound
    room = np.random.default_rng(9).standard_normal(stems["a"].shape) * 0.05
    overhead = {"overhead": stems["a"] + 0.4 * stems["b"] + room}
    assert found(write(tmp_path, {**stems, **overhead})) == {}


def test_what_cannot_be_compared_is_left_alone(tmp_path, stems) -> None:
    mix = sum(stems.values())
    files = write(tmp_path, {**stems, "short": mix[: RATE // 2]})
    files += write(tmp_path, {"other rate": mix}, rate=2 * RATE)
    (tmp_path / "broken.wav").write_bytes(b"RIFF of nothing")
    assert found([*files, tmp_path / "broken.wav"]) == {}
    assert sums_among(files[:2]) == {}


@given(st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_two_or_more_of_any_stems_at_a_common_gain(tmp_path, data) -> None:
    seeds = data.draw(st.lists(st.integers(0, 1000), min_size=3, max_size=6, unique=True))
    sounds = {chr(97 + place): played(seed, 2.0) for place, seed in enumerate(seeds)}
    chosen = data.draw(st.sets(st.sampled_from(sorted(sounds)), min_size=2))
    gain = data.draw(st.floats(0.1, 4.0))
    files = write(tmp_path, {**sounds, "sum": gain * sum(sounds[name] for name in chosen)})
    assert found(files) == {"sum": "".join(sorted(chosen))}
