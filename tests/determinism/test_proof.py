"""A machine's proof: that of any other, and another where anything is computed otherwise."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from machines import LIBRARIES, environment

from engine.plan import numerics
from engine.plan.numerics import design_digests, proof
from engine.rack import crossover
from engine.session.files import read_text_session

_SESSION = """format = 1
title = "t"
sample_rate = 48000
[[stems]]
name = "A"
path = "a.wav"
chain = [
  { type = "multiband", crossovers_hz = [ 200.0 ], bands = [ { ratio = 2.0 }, { ratio = 2.0 } ] },
  { type = "gain", gain_db = %s },
  { type = "deesser", enabled = false },
]
"""


def test_other_libraries_give_the_same_proof():
    switches = {name: value for one in LIBRARIES.values() for name, value in one.items()}
    command = [sys.executable, "-c", "from engine.plan.numerics import proof; print(proof())"]
    done = subprocess.run(command, env=environment(switches), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(proof())


def test_one_last_bit_of_one_filter_is_another_proof(monkeypatch):
    true = proof()
    exact = crossover.tan_pi
    monkeypatch.setattr(crossover, "tan_pi", lambda turn: float(np.nextafter(exact(turn), 9.0)))
    changed = numerics.proof.__wrapped__()
    assert changed.designs != true.designs
    assert changed.sound != true.sound


def test_designs_are_told_apart_by_their_key(tmp_path):
    one, other = (
        design_digests(read_text_session(_SESSION % gain, tmp_path / "s.toml")) for gain in ("1.0", "1.5")
    )
    assert list(one) == ["stems[0].chain[0]", "stems[0].chain[1]"]
    assert one["stems[0].chain[0]"] == other["stems[0].chain[0]"]
    assert one["stems[0].chain[1]"] != other["stems[0].chain[1]"]
