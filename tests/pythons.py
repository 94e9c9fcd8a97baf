"""`python tests/pythons.py [VERSION…]`: README's two commands on other Pythons, in clones.

Each runs in a clone of what is committed and with folders of its own, without a terminal (no TERM, nothing on
standard input, a session of its own) and with SIGHUP and SIGINT ignored, as `nohup` and `&` leave them. The
demo's files are compared with those of the first Python. Of the tests those rooms run that depend on the
Python most (`ROOMS`); `--all` runs every one. VERSION is a version, fetched by uv where it is not here, or
the path of a Python: in a root of another system (debootstrap, a container) its own. It prints a table and
ends with 1 if anything failed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from readme_command import readme_command

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
#: Files and their formats, processes and signals, shared memory, faults, machine code.
ROOMS = ("tests/session", "tests/link", "tests/survival", "tests/compiler", "tests/batch/test_child.py")
#: Longest that one command may take, s.
_LONGEST_S = 3 * 3600.0


@dataclass
class Row:
    """What came of one Python.

    Attributes:
        python: its full version, or why there is none.
        demo: exit code, how many files are as those of the first, and a hash of all of them.
        tests: pytest's last line, or the exit code of what came before it.
        failed: anything was not as it should be.
    """

    python: str = ""
    demo: str = ""
    tests: str = ""
    failed: bool = False


def _found(version: str) -> str | None:
    """The interpreter of a version or path; one of a version is fetched where it is not here."""
    if os.sep in version:
        return version if os.access(version, os.X_OK) else None
    subprocess.run(["uv", "python", "install", "-q", version], check=False)
    command = ["uv", "python", "find", "--no-project", version]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def _run(command: str, clone: Path, python: str, log: Path) -> int:
    """Runs a shell command in a clone, its `python3` being that one."""
    places = clone.parent
    (places / "bin").mkdir(exist_ok=True)
    if not (places / "bin" / "python3").exists():
        (places / "bin" / "python3").symlink_to(python)
    environment = {
        "PATH": f"{places / 'bin'}:{os.environ['PATH']}",
        "HOME": str(places),
        "XDG_RUNTIME_DIR": str(places / "run"),
        "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip")),
    }
    (places / "run").mkdir(mode=0o700, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["bash", "-c", f"trap '' HUP INT; {command}"],
            cwd=clone,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            return process.wait(_LONGEST_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()


def _audio(clone: Path) -> dict[str, str]:
    """What the demo has rendered, by name."""
    return {
        str(path.relative_to(clone)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(clone.rglob("renders/*"))
        if path.is_file() and "fixtures" not in path.parts
    }


def _tried(version: str, folder: Path, first: dict[str, str], rooms: str) -> Row:
    row = Row()
    python = _found(version)
    if python is None:
        return Row(f"{version} is not to be had", failed=True)
    asked = [python, "-c", "import platform; print(platform.python_version())"]
    row.python = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    clone, log = folder / "clone", folder / "log.txt"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    code = _run(readme_command("demo"), clone, python, log)
    made = _audio(clone)
    same = sum(first.setdefault(name, digest) == digest for name, digest in made.items())
    whole = hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in made.items()).encode())
    row.demo = f"exit {code}, {same} of {len(first)} files the same ({whole.hexdigest()[:8]})"
    row.failed = code != 0 or not same == len(made) == len(first)
    code = _run(f"rm -rf .venv && {readme_command('tests')} {rooms}", clone, python, log)
    lines = log.read_text(errors="replace").strip().splitlines()
    counts = [line for line in lines if re.search(r"\d+ (passed|failed|error)", line)]
    row.tests = f"exit {code}: {counts[-1].strip(' =') if counts else lines[-1][:200]}"
    row.failed = row.failed or code != 0
    if row.failed:
        print(f"\n{row.python}: the end of its log\n" + "\n".join(lines[-60:]), file=sys.stderr)
    return row


def main() -> int:
    """Tries every version; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "versions", nargs="*", default=VERSIONS, help="as uv knows them: 3.14, 3.15t, pypy3.11"
    )
    parser.add_argument("--all", action="store_true", help="every test, not those of some rooms")
    parser.add_argument("--rooms", nargs="+", default=ROOMS, help="these tests")
    arguments = parser.parse_args()
    rooms = "" if arguments.all else " ".join(arguments.rooms)
    first: dict[str, str] = {}
    rows = []
    print("| Python | README's demo | README's tests" + (f" ({rooms})" if rooms else "") + " | min |")
    print("| --- | --- | --- | ---: |", flush=True)
    for version in arguments.versions:
        begun_s = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="python-") as name:
            rows.append(_tried(version, Path(name), first, rooms))
        row, minutes = rows[-1], (time.monotonic() - begun_s) / 60.0
        print(f"| {row.python} | {row.demo} | {row.tests} | {minutes:.0f} |", flush=True)
    return 1 if any(row.failed for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
