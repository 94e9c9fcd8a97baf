"""Every command of the guide is run, page by page, on stems or masters made for it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

GUIDE = Path(__file__).parents[2] / "docs/guide"
RATE = 48000
PAGES = sorted(path for path in GUIDE.glob("*.md") if "```sh" in path.read_text(encoding="utf-8"))


def _material(folder: Path, page: str) -> None:
    """What a page begins with: finished files in a folder of theirs, or stems."""
    found = re.search(r"<!-- tracks: (.*) -->", page)
    if found is None:
        _song(folder, page)
        return
    below, *names = shlex.split(found[1])
    (folder / below).mkdir()
    random = np.random.default_rng(4)
    for place, name in enumerate(names):
        time = np.arange((5 + place % 3) * 44100) / 44100
        tone = 0.1 * np.sin(2 * np.pi * (90.0 + 30.0 * place) * time)
        noise = 0.05 * random.standard_normal((len(time), 2))
        soundfile.write(folder / below / f"{name}.wav", tone[:, None] + noise, 44100, "PCM_24")


def _song(folder: Path, page: str) -> None:
    """The stems that a page names, their sum, and the fault it wants in the mix."""
    found = re.search(r"<!-- stems: (.*) -->", page)
    assert found, "a page with commands names its stems"
    fault = re.search(r"<!-- fault: (\w+) gain ([\d.]+) -->", page)
    random = np.random.default_rng(3)
    time = np.arange(6 * RATE) / RATE
    total = np.zeros((len(time), 2))
    for place, name in enumerate(shlex.split(found[1])):
        tone = 0.08 * np.sin(2 * np.pi * 70.0 * 2**place * time + place)
        noise = (
            0.02
            * random.standard_normal((len(time), 2))
            * np.exp(-6.0 * ((time * 2 + place / 3) % 1))[:, None]
        )
        stem = np.round((tone[:, None] + noise) * 2**23) / 2**23
        soundfile.write(folder / f"{name}.wav", stem, RATE, "PCM_24")
        total += stem * (10 ** (float(fault[2]) / 20) if fault and fault[1] == name else 1.0)
    soundfile.write(folder / "mix.wav", total, RATE, "PCM_24")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_command_of_a_page_works(path: Path, tmp_path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    _material(tmp_path, page)
    script = "\n".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL))
    installed = Path(sys.executable).parent  # `stemlathe`, as pip has installed it beside this Python
    environment = {**os.environ, "PATH": f"{installed}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def test_every_toml_of_the_guide_is_toml() -> None:
    import tomllib

    for path in GUIDE.glob("*.md"):
        for text in re.findall(r"```toml\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
            tomllib.loads(text)
