"""The README's commands are the two that are promised, and pinned."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("name", "ends_with"), [("demo", "stemlathe demo"), ("tests", "-m pytest")])
def test_each_command_is_pinned_and_ends_where_it_says(name, ends_with):
    script = ROOT / "tests" / "readme_command.py"
    done = subprocess.run([sys.executable, script, name], capture_output=True, text=True, check=True)
    assert "-c constraints.txt" in done.stdout
    assert done.stdout.strip().endswith(ends_with)


def test_every_dependency_is_pinned_by_name_and_version_only():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(
        re.fullmatch(r'[A-Za-z0-9._-]+==[0-9A-Za-z.]+(; python_version (<|>=) "3\.\d+")?', pin)
        for pin in pins
    )
    pinned = {re.split("==", pin)[0].lower().replace("_", "-") for pin in pins}
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    asked = {name.lower() for name in re.findall(r'^    "([A-Za-z0-9-]+)[<>=]', project, re.MULTILINE)}
    assert asked
    assert asked <= pinned


def test_every_dependency_says_why_it_is_there():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rows = re.findall(r'^    "[A-Za-z0-9-]+[<>=][^"]*",(.*)$', project, re.MULTILINE)
    assert rows
    assert all(re.search(r"#\s*\w+", row) for row in rows)
