"""ctrl+c before anything has begun: exit code 130 and one line, whatever is being imported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Stands for a module that takes long to import: says so, and waits to be let go on.
SLOW = "import os, sys\nos.write(1, b'importing\\n')\nos.read(0, 1)\nsys.exit('was not interrupted')\n"


def entry() -> list[str]:
    """What the installed command does."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        module, function = tomllib.load(file)["project"]["scripts"]["stemlathe"].split(":")
    return [sys.executable, "-c", f"from {module} import {function}; {function}()"]


def started(folder: Path, module: str, *words: str, ignored: bool = False) -> subprocess.Popen[bytes]:
    """The command, importing that module and no further."""
    (folder / f"{module}.py").write_text(SLOW, encoding="utf-8")
    path = os.pathsep.join((str(folder), str(ROOT)))
    process = subprocess.Popen(
        [*entry(), *words],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=(lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)) if ignored else None,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"importing\n"
    return process


@pytest.mark.parametrize("module", ["argparse", "json", "numpy"])
def test_while_importing_there_is_no_traceback(tmp_path: Path, module: str) -> None:
    """Two that the command line itself needs, and one that only the verb does."""
    (tmp_path / "a.wav").write_bytes(b"")
    with started(tmp_path, module, "measure", str(tmp_path / "a.wav")) as process:
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (130, b"stemlathe: interrupted\n")


def test_json_is_told_as_everywhere(tmp_path: Path) -> None:
    with started(tmp_path, "argparse", "measure", "a.wav", "--json") as process:
        process.send_signal(signal.SIGINT)
        document, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(document)["error"]["kind"] == "interrupted"
    assert told == b"stemlathe: interrupted\n"


def test_an_interrupt_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    with started(tmp_path, "argparse", "templates", ignored=True) as process:
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(b"x", timeout=60)
    assert process.returncode == 1
    assert told == b"was not interrupted\n"
