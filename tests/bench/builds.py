"""Two builds of the program side by side: this checkout, and the one that a change is measured against."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from turns import Entry

#: The build that figures are ratios to.
BASE_COMMIT = "58d5ead"
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Build:
    """A build of the program with a cache folder of its own.

    Args:
        name: what the tables call it.
        program: its `stemlathe`.
        cache: its kernels and decoded audio.
    """

    name: str
    program: Path
    cache: Path

    def entry(self, arguments: Sequence[str], *, cold: bool = False) -> Entry:
        """One of its commands.

        Args:
            arguments: behind the program's name.
            cold: without anything in the cache.
        """

        def forget() -> None:
            shutil.rmtree(self.cache, ignore_errors=True)

        environment = {"XDG_CACHE_HOME": str(self.cache)}
        command = [str(self.program), *arguments]
        return (
            Entry(self.name, command, environment, forget) if cold else Entry(self.name, command, environment)
        )


def this_build(folder: Path) -> Build:
    """The build whose Python runs the bench; its cache lies in the bench's folder."""
    return Build("this build", Path(sys.executable).parent / "stemlathe", _cache(folder, "this"))


def base_build(folder: Path, checkout: Path | None) -> Build:
    """The build of `BASE_COMMIT`.

    Args:
        folder: of the bench; the checkout is made there, with an environment of its own, and kept.
        checkout: one that is there already, with a `.venv`.
    """
    checkout = checkout or _made(folder / f"stemlathe-{BASE_COMMIT}")
    return Build(BASE_COMMIT, checkout / ".venv" / "bin" / "stemlathe", _cache(folder, BASE_COMMIT))


def _cache(folder: Path, name: str) -> Path:
    cache = folder / f"cache-{name}"
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    return cache


def _made(checkout: Path) -> Path:
    if not (checkout / ".venv" / "bin" / "stemlathe").exists():
        print(f"building {BASE_COMMIT} in {checkout}, once …", flush=True)
        shutil.rmtree(checkout, ignore_errors=True)
        python = checkout / ".venv" / "bin" / "python"
        for command in (
            ["git", "clone", "-q", "--no-checkout", str(ROOT), str(checkout)],
            ["git", "-C", str(checkout), "checkout", "-q", BASE_COMMIT],
            [sys.executable, "-m", "venv", str(checkout / ".venv")],
            [
                str(python),
                "-m",
                "pip",
                "install",
                "-q",
                "-c",
                str(checkout / "constraints.txt"),
                "-e",
                str(checkout),
            ],
        ):
            subprocess.run(command, check=True)
    return checkout
