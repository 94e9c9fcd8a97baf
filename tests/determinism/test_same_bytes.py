"""The same session makes the same bytes on other machines: here as switches stand in for them.

What is quick to try is tried here; `python tests/determinism/matrix.py` tries all of it.
"""

from __future__ import annotations

import subprocess
import sys

from machines import LIBRARIES, environment
from rendered import EVERYTHING, render_hashes, write_session

#: Compares `fused` with exact fractions, and signs of zeros with those of plain sums.
_FUSED = """
import sys
from fractions import Fraction
import numpy as np
from engine.compiler.abi import compiled
from engine.compiler.lanes import fused, load8, store
from engine.compiler.processor import has_fused

@compiled("void(float64[::1], float64[::1], float64[::1], float64[::1])")
def run(factor, other, addend, out):
    for n in range(factor.size):
        out[n] = fused(factor[n], other[n], addend[n])

assert has_fused() == (sys.argv[1] == "fused"), "the switch has no effect"
random, count = np.random.default_rng(7), 3000
a, b = (random.standard_normal(count) * 2.0 ** random.integers(-40, 40, count) for _ in range(2))
# sums that cancel, sums near the middle between two doubles, and any others
c = -a * b * (1.0 + random.integers(-3, 3, count) * 2.0**-52)
c[::3] = random.standard_normal(1000) * 2.0 ** random.integers(-80, 80, 1000)
c[1::3] = 2.0 ** random.integers(-80, 80, 1000)
out = np.empty(count)
run(a, b, c, out)
true = [float(Fraction(x) * Fraction(y) + Fraction(z)) for x, y, z in zip(*(v.tolist() for v in (a, b, c)))]
assert out.tolist() == true, sum(x != y for x, y in zip(out.tolist(), true))
zeros = np.array([[x, y, z] for x in (0.0, -0.0) for y in (1.0, -1.0) for z in (0.0, -0.0)]).T.copy()
out = np.empty(zeros.shape[1])
run(*zeros, out)
assert np.signbit(out).tolist() == np.signbit(zeros[0] * zeros[1] + zeros[2]).tolist()
"""


def test_other_libraries_make_the_same_files(tmp_path):
    sessions = [
        write_session(tmp_path / EVERYTHING, EVERYTHING, seconds=2.0),
        write_session(tmp_path / "hard", "hard", seconds=1.0, sample_rate=96000),
    ]
    switches = {name: value for one in LIBRARIES.values() for name, value in one.items()}
    here = render_hashes(sessions, environment({}), tmp_path / "here")
    there = render_hashes(sessions, environment(switches), tmp_path / "there")
    assert len(here) == 10
    assert {name for name in here if here[name] != there.get(name)} == set()


def test_a_processor_without_the_instruction_rounds_once_too(tmp_path):
    script = tmp_path / "fused.py"
    script.write_text(_FUSED, encoding="utf-8")
    for processor, expected in (("generic", "emulated"), ("haswell", "fused")):
        command = [sys.executable, str(script), expected]
        switches = environment({"NUMBA_CPU_NAME": processor})
        done = subprocess.run(command, env=switches, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
