"""The whole matrix: which bytes change from one machine to another.

    python tests/determinism/matrix.py [--seconds 6] [--rates 48000 96000] [--keep DIR] [--only WORD …]
                                       [--chains NAME …] [--pythons PYTHON …]

Renders one session per processor, and one with all of them, as this machine and as each of
`machines`, and prints how many files are the same. Ends with 1 unless all are. Takes some minutes: the
kernels are compiled anew for two other processors. `--pythons` adds other Pythons that have the program:
of other versions, or scripts that run one elsewhere (`exec chroot /other python3 "$@"`, or under an
emulator), where the folder of `--keep` lies at the same place.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

from machines import LIBRARIES, PROCESSORS, environment
from rendered import CHAINS, EVERYTHING, render_hashes, write_session

_WHO = """
import platform
print("Python", platform.python_version(), *platform.libc_ver(), platform.machine())
"""


def told_by(python: str) -> str:
    """What another Python runs on."""
    return subprocess.run([python, "-c", _WHO], capture_output=True, text=True, check=True).stdout.strip()


def main() -> int:
    """Prints the matrix."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--rates", type=int, nargs="+", default=[48000, 96000])
    parser.add_argument("--only", nargs="+", default=[""], help="machines whose name holds one of these")
    parser.add_argument("--keep", type=Path, help="leave sessions and files there")
    parser.add_argument("--chains", nargs="+", default=[*CHAINS, EVERYTHING], help="sessions to render")
    parser.add_argument("--pythons", nargs="+", default=[], help="commands of other Pythons with the program")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sessions = [
            write_session(folder / f"{rate}" / name, name, seconds=arguments.seconds, sample_rate=rate)
            for rate in arguments.rates
            for name in arguments.chains
        ]
        here: dict[str, str] = {}
        worst = 0
        others = {"this machine again": {}, **LIBRARIES, **PROCESSORS}
        chosen = [name for word in arguments.only for name in others if word in name]
        machines = {
            "this machine": ({}, sys.executable),
            **{name: (others[name], sys.executable) for name in chosen},
        }
        machines |= {told_by(python): ({}, python) for python in arguments.pythons}
        for place, (machine, (switches, python)) in enumerate(machines.items()):
            found: dict[str, str] = {}
            for rate in arguments.rates:
                own = [session for session in sessions if session.parts[-3] == str(rate)]
                hashes = render_hashes(
                    own, environment(switches), folder / f"out-{place}" / str(rate), python=python
                )
                found |= {f"{rate} {name}": digest for name, digest in hashes.items()}
            here = here or found
            moved = [name for name, digest in found.items() if here[name] != digest]
            worst = max(worst, len(moved))
            print(f"{machine:<26} same {len(found) - len(moved)}/{len(found)}", flush=True)
            for name in moved:
                print(f"    {name}")
    return int(worst > 0)


if __name__ == "__main__":
    raise SystemExit(main())
