"""What importing costs and pulls in, seen in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.compiler import elf

HEAVY = {"numpy", "numba", "scipy", "soundfile", "sounddevice", "soxr", "rich", "textual", "llvmlite"}
DSP = {"numba", "scipy", "soundfile", "sounddevice", "soxr", "llvmlite"}


def _modules_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(' '.join(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module", ["engine", "engine.cli.entry", "engine.cli.main", "engine.errors", "engine.units"]
)
def test_importing_the_command_line_loads_nothing_heavy(module):
    assert not _modules_after(f"import {module}") & HEAVY


def test_a_null_test_imports_what_looks_for_causes_only_when_it_has_to():
    code = "import sys, engine.nulltest.nulltest; print('engine.nulltest.diagnosis' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_nothing_is_read_before_the_first_picture_that_only_writing_and_mistyping_need():
    """They are 10 ms of processor time between the command and the picture."""
    loaded = _modules_after("import engine.cli.attach, engine.cli.main, tui.run")
    assert not loaded & {"hashlib", "secrets", "random", "shutil", "difflib", "lzma", "bz2", "textual"}


def test_the_first_picture_waits_for_no_control():
    """What draws it is imported before anything stands on the screen; what keys do comes behind it."""
    code = "import sys, tui.run; print(*(name for name in sys.modules if name.startswith('tui.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    late = {"actions", "application", "controls", "overlay", "panels", "plain", "work"}
    assert not late & {name.split(".")[1] for name in done.stdout.split()}


def test_what_the_console_may_see_loads_no_dsp():
    statement = """
import importlib, pkgutil
for name in ("engine.session", "engine.report", "engine.link", "tui"):
    package = importlib.import_module(name)
    for found in pkgutil.walk_packages(package.__path__, name + "."):
        importlib.import_module(found.name)
"""
    loaded = _modules_after(statement)
    assert not loaded & (DSP | {"numpy"})


def test_help_is_printed_without_importing_a_verb():
    code = "import sys; from engine.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print([name for name in sys.modules if name.startswith('engine.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "measure" in done.stdout
    assert "engine.session" not in done.stdout.splitlines()[-1]


def test_measuring_a_wave_file_imports_what_that_needs_and_no_more(tmp_path):
    """Once the kernels are compiled: no compiler, no other codec, no page, no console."""
    import wave

    from engine.compiler.warm import ensure_compiled

    ensure_compiled()
    path = tmp_path / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 48000, 0, "NONE", ""))
        file.writeframes(bytes(range(256)) * 750)
    allowed = {"numpy"} if elf.is_native() else {"numpy", "llvmlite"}
    statement = f"from engine.cli.main import main\nassert main(['measure', {str(path)!r}, '--csv']) == 0"
    foreign = HEAVY | {
        "matplotlib",
        "mutagen",
        "psutil",
        "pyloudnorm",
        "tomlkit",
        "av",
        "platformdirs",
        "stdnum",
    }
    assert _modules_after(statement) & foreign <= allowed
