"""The demo song, written once per test run, also when several workers share the run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from engine.demo.files import DemoFiles, write_demo
from engine.session.atomic import lock

STEP = 2.0**-23


@dataclass(frozen=True)
class Printed:
    """The demo as it is on disk: 24-bit integers per stem name, the mix as it is stored."""

    files: DemoFiles
    stems: Mapping[str, NDArray[np.int32]]
    mix: NDArray[np.float32]

    def stem(self, name: str) -> NDArray[np.float64]:
        """A stem, `(frames, 2)`, full scale 1.0."""
        return self.stems[name] * STEP


@pytest.fixture(scope="session")
def printed_demo(tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """Written through the public function, then read back by libsndfile."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "the demo"
    with lock(shared / "the demo.lock", wait_s=120.0):
        files = write_demo(folder)
    stems = {path.stem: _integers(path) for path in files.stems}
    mix, _ = soundfile.read(files.reference, dtype="float32")
    return Printed(files, stems, mix)


def _integers(path: Path) -> NDArray[np.int32]:
    # libsndfile delivers 24-bit samples in the upper bits of 32
    samples, _ = soundfile.read(path, dtype="int32")
    return np.asarray(samples >> 8)
