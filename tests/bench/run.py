"""All benchmarks in one command: this build beside the one of `builds.BASE_COMMIT` and beside its peers.

    python -m pip install -c constraints.txt -e '.[bench]'
    python tests/bench/run.py [--runs 5] [--folder DIR] [--base CHECKOUT] [NAME …]

Commands are run in turn (A B C, A B C, …) as whole processes; printed are the medians of wall clock and
processor time, the peak of memory, and the medians of the ratios pair by pair. A row is added in `rows.py`.
Nothing here gates a test: machines are noisy.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from builds import base_build, this_build
from kernels_rows import EXTRA
from rows import ROWS
from turns import compare


def main() -> None:
    names = ", ".join([*ROWS, *EXTRA])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {names} (all)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "stemlathe-bench")
    parser.add_argument(
        "--base", type=Path, help="a checkout of the base with a .venv, instead of one made here"
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - {*ROWS, *EXTRA}:
        parser.error(f"{', '.join(sorted(unknown))}: not of {names}")
    if shutil.which("ffmpeg") is None:
        sys.exit("ffmpeg is not installed")
    ours, base = this_build(arguments.folder), base_build(arguments.folder, arguments.base)
    print(f"{platform.machine()}, {os.cpu_count()} cores, load before the run {os.getloadavg()[0]:.2f}")
    aims = []
    for name in arguments.names or [*ROWS, *EXTRA]:
        if name in EXTRA:
            EXTRA[name](arguments.folder, arguments.runs)
            continue
        row = ROWS[name]
        words = row.arguments(arguments.folder)
        entries = [one.entry(words, cold=row.cold) for one in (ours, base)]
        ratios = compare(row.title, arguments.runs, [*entries, *row.peers(arguments.folder)], row.codes)
        wanted = f"must {row.must:g}, aim {row.aim:g}" if row.must else "—"
        aims.append(f"  {name:<18}{ratios[base.name]:6.2f} ×   {wanted}")
    print(f"\nas many times as fast as {base.name}, wall clock\n" + "\n".join(aims))


if __name__ == "__main__":
    main()
