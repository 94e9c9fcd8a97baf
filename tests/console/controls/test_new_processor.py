"""A processor that nobody has heard of: its kernel and its declaration are enough for everybody else.

A softener of onsets is declared here. Its gain depends on how fast the level rises, not on a threshold: it is
no compressor's, and is watched and metered all the same.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile
from chain_views import drawn

from engine.cli.main import main
from engine.compiler.abi import QUANTUM_FRAMES, kernel
from engine.rack.compressor import apply_operation
from engine.rack.operation import Context, Gain, Operation, Prepared, Use
from engine.rack.watch import watch
from engine.session import processors
from engine.session.declare import ProcessorDeclaration, number
from tui.desk.words import chain_words
from tui.view import MASTER

RATE = 48000
SOFTENER = ProcessorDeclaration(
    "softener",
    "Onset softener",
    "OS",
    "takes the edge off what rises fast",
    (
        number(
            "softening_db",
            "most that an onset is turned down by",
            "dB",
            0.0,
            24.0,
            6.0,
            step=0.1,
            coarse_step=1.0,
        ),
    ),
)


@kernel
def _shape(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: gain column, left column. Parameters: smallest gain, fast and slow smoothing."""
    gain_column, left = words_p[0], words_p[1]
    smallest, fast, slow = parameters_p[0], parameters_p[1], parameters_p[2]
    quick, steady = state_p[0], state_p[1]
    for frame in range(QUANTUM_FRAMES):
        at = frame * columns
        level = max(abs(frames_p[at + left]), abs(frames_p[at + left + 1]))
        quick = level + fast * (quick - level)
        steady = level + slow * (steady - level)
        rising = quick / (steady + 1e-9)
        frames_p[at + gain_column] = 1.0 if rising <= 1.0 else max(smallest, 1.0 / rising)
    state_p[0], state_p[1] = quick, steady


def prepare(uses: Sequence[Use], context: Context) -> Prepared:
    """The gain of each use, and applying it to all of its pairs."""
    operations: list[Operation] = []
    gains: list[tuple[Gain, ...]] = []
    for use in uses:
        column = context.allocate_columns(1)
        smoothing = [math.exp(-1000.0 / (ms * context.sample_rate)) for ms in (1.0, 50.0)]
        smallest = 10.0 ** (-use.settings["softening_db"] / 20.0)
        operations.append(
            Operation(_shape, (column, use.columns[0]), np.array([smallest, *smoothing]), np.zeros(2))
        )
        lefts = [left for left, _ in use.pairs]
        watching = watch(lefts, (1.0, 1.0, 0.0, 0.0), gain_column=column) if use.watched else None
        operations += [] if watching is None else [watching]
        operations.append(apply_operation(lefts, [column] * len(lefts), ["stereo"] * len(lefts)))
        gains.append((Gain(column, floor=0.01, watch=watching),))
    return Prepared(tuple(operations), gains=tuple(gains))


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two things a processor is made of, and nothing else."""
    module = ModuleType("engine.rack.softener")
    module.prepare = prepare  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "engine.rack.softener", module)
    monkeypatch.setitem(processors.PROCESSORS, "softener", SOFTENER)


TEXT = """
format = 1
title = "Onsets"
sample_rate = 48000

[[stems]]
name = "Drums"
role = "drums"
path = "drums.wav"
chain = [ { type = "softener" } ]

[[stems]]
name = "Bass"
role = "bass"
path = "bass.wav"

[master]
chain = [ { type = "softener", softening_db = 12.0 }, { type = "limiter" } ]

[[deliverables]]
name = "float"
encoding = "wav32f"
"""


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """Onsets over a quiet bass."""
    random = np.random.default_rng(7)
    seconds = 3
    time = np.arange(seconds * RATE) / RATE
    hits = random.standard_normal((len(time), 2)) * 0.1 * np.exp(-30.0 * (time % 0.5))[:, None]
    bass = np.repeat(0.002 * np.sin(2 * np.pi * 55.0 * time)[:, None], 2, axis=1)
    soundfile.write(tmp_path / "drums.wav", hits, RATE, "FLOAT")
    soundfile.write(tmp_path / "bass.wav", bass, RATE, "FLOAT")
    path = tmp_path / "onsets.toml"
    path.write_text(TEXT)
    return path


def test_desk_and_chain_editor_show_it(chain):
    desk = chain(stem=MASTER, processor=0, text=TEXT)
    assert "Onset softener" in drawn(desk).text() or "softener" in drawn(desk).text()
    assert "softening" in drawn(desk).text()
    strip = desk.recorder.now.session.stems[0].chain
    assert chain_words(strip, 8) == [("OS", "value")]
    desk.change(focus_key="softening_db").press("l")
    ((kind, payload),) = desk.sent
    assert (kind, payload["value"]) == ("set", pytest.approx(12.1))


def test_it_has_its_own_line(chain):
    desk = chain(stem=1, processor=-1, text=TEXT)
    assert desk.controls.preview("softener 8")[0] == "Bass: a new onset softener: softening 8.0 dB"
    desk.controls.line("os 8 dB")
    assert desk.sent[0][1]["changes"] == [["stems[1].chain", [{"type": "softener", "softening_db": 8.0}]]]
    desk.controls.line("drums softening 3")
    assert desk.sent[1][1]["changes"] == [["stems[0].chain[0].softening_db", 3.0]]


def test_a_new_one_can_be_added(chain):
    desk = chain(stem=0, processor=0, text=TEXT).press("n")
    ((_, _, callback),) = desk.recorder.asked
    callback("softener")
    ((kind, payload),) = desk.sent
    assert kind == "edit"
    assert payload["changes"][0][1][-1] == {"type": "softener"}


def test_check_render_and_attribution_know_it(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(session), "--json"]) in (0, 1)
    capsys.readouterr()
    assert main(["render", str(session), "--json"]) == 0
    (output,) = json.loads(capsys.readouterr().out)["outputs"]
    (cause,) = [one for one in output["gain_reduction"] if one["type"] == "softener"]
    shares = {stem["stem"]: stem["share"] for stem in cause["shares"]}
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-6)
    assert shares["Drums"] > 0.8
    rendered, _ = soundfile.read(output["path"])
    drums, _ = soundfile.read(session.with_name("drums.wav"))
    assert np.abs(rendered).max() < 0.7 * np.abs(drums).max()


def test_it_is_refused_outside_its_range(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session.write_text(TEXT.replace("softening_db = 12.0", "softening_db = 30.0"))
    assert main(["check", str(session)]) == 3
    assert "master.chain[0].softening_db" in capsys.readouterr().err
