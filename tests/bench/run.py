"""All benchmarks in one command; each figure side by side with its peer in the same run.

    python -m pip install -c constraints.txt -e '.[bench]'
    python tests/bench/run.py [--runs 5] [--folder DIR] [NAME …]

Commands are run in turn (A B C, A B C, …) as whole processes; printed are the medians of the wall
clock and the median of the ratios pair by pair. Nothing here gates a test: machines are noisy.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import material

STEMLATHE = str(Path(sys.executable).parent / "stemlathe")
HERE = Path(__file__).parent

STEM_CHAIN = """[
  { type = "eq", bands = [
    { shape = "high_pass", frequency_hz = 30.0 },
    { shape = "peak", frequency_hz = 1000.0, gain_db = 1.5, q = 1.0 },
    { shape = "high_shelf", frequency_hz = 8000.0, gain_db = 1.0 } ] },
  { type = "compressor", threshold_db = -24.0, ratio = 2.0, attack_ms = 15.0, release_ms = 120.0 },
]"""

MASTER = """
[master]
chain = [
  { type = "eq", bands = [
    { shape = "low_shelf", frequency_hz = 100.0, gain_db = 1.0 },
    { shape = "peak", frequency_hz = 3000.0, gain_db = -1.0, q = 1.0 },
    { shape = "high_shelf", frequency_hz = 10000.0, gain_db = 1.0 } ] },
  { type = "compressor", threshold_db = -18.0, ratio = 1.5, attack_ms = 30.0, release_ms = 200.0 },
  { type = "limiter", ceiling_dbtp = -1.0, drive_db = 4.0, release_ms = 100.0 },
]

[[deliverables]]
name = "bench"
encoding = "wav24"
"""

FFMPEG_STEM = (
    "highpass=f=30,equalizer=f=1000:t=q:w=1:g=1.5,treble=f=8000:g=1,"
    "acompressor=threshold=-24dB:ratio=2:attack=15:release=120"
)
FFMPEG_MASTER = (
    "bass=f=100:g=1,equalizer=f=3000:t=q:w=1:g=-1,treble=f=10000:g=1,"
    "acompressor=threshold=-18dB:ratio=1.5:attack=30:release=200,"
    "alimiter=level_in=4dB:limit=-1dB:release=100:level=disabled"
)


def session(folder: Path, stems: Sequence[Path]) -> Path:
    """The benchmark's session over `stems`."""
    path = folder / "bench.toml"
    rows = [
        f'[[stems]]\nname = "{stem.stem}"\nrole = "other"\npath = "{stem.name}"\nchain = {STEM_CHAIN}\n'
        for stem in stems
    ]
    head = f'format = 1\ntitle = "Bench"\nsample_rate = {material.SAMPLE_RATE}\n\n'
    path.write_text(head + "\n".join(rows) + MASTER, encoding="utf-8")
    return path


def wall(command: Sequence[str], check: bool = True) -> float:
    """Wall-clock seconds of one run of a command."""
    begun = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    taken = time.perf_counter() - begun
    if check and done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
    return taken


def compare(
    title: str, runs: int, ours: tuple[str, Callable[[], float]], *peers: tuple[str, Callable[[], float]]
) -> None:
    """Runs all in turn and prints medians and pairwise ratios peer ÷ ours."""
    everyone = (ours, *peers)
    for _, run in everyone:
        run()
    seconds: dict[str, list[float]] = {name: [] for name, _ in everyone}
    for _ in range(runs):
        for name, run in everyone:
            seconds[name].append(run())
    print(f"\n{title} (median of {runs}, s)")
    for name, _ in everyone:
        values = seconds[name]
        ratios = [theirs / own for theirs, own in zip(values, seconds[ours[0]], strict=True)]
        spread = f"{min(values):.2f}…{max(values):.2f}"
        print(f"  {name:<34}{statistics.median(values):8.2f}  ({spread})   × {statistics.median(ratios):.2f}")


def bench_render(folder: Path, runs: int) -> None:
    stems = material.make_stems(folder)
    ours = [
        STEMLATHE,
        "render",
        str(session(folder, stems)),
        "--out",
        str(folder / "out"),
        "--force",
        "--json",
    ]
    names = [str(stem) for stem in stems]
    pedalboard = [sys.executable, str(HERE / "peer_pedalboard.py"), str(folder / "pedalboard.wav"), *names]
    graph = ";".join(f"[{index}:a]{FFMPEG_STEM}[s{index}]" for index in range(len(stems)))
    labels = "".join(f"[s{index}]" for index in range(len(stems)))
    graph += f";{labels}amix=inputs={len(stems)}:normalize=0,{FFMPEG_MASTER}[out]"
    ffmpeg = ["ffmpeg", "-v", "error", "-y"]
    for name in names:
        ffmpeg += ["-i", name]
    ffmpeg += ["-filter_complex", graph, "-map", "[out]", "-c:a", "pcm_s24le", str(folder / "ffmpeg.wav")]
    compare(
        "render, 8 stems × 240 s, whole command",
        runs,
        ("stemlathe render (true peak, re-read)", lambda: wall(ours)),
        ("pedalboard", lambda: wall(pedalboard)),
        ("ffmpeg", lambda: wall(ffmpeg)),
    )


def bench_kernels(folder: Path, runs: int) -> None:
    stems = material.make_stems(folder)
    path = str(session(folder, stems))
    ours = [sys.executable, str(HERE / "kernels_alone.py"), path]
    peer = [
        sys.executable,
        str(HERE / "peer_pedalboard.py"),
        str(folder / "pedalboard.wav"),
        *map(str, stems),
    ]

    def kernels(command: list[str]) -> float:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(done.stdout.split()[-1])

    compare(
        "kernels alone, one thread, same chain",
        runs,
        ("stemlathe (true-peak limiter)", lambda: kernels(ours)),
        ("pedalboard", lambda: kernels(peer)),
    )


def bench_measure(folder: Path, runs: int) -> None:
    stems = [str(stem) for stem in material.make_stems(folder)]
    ffmpeg = ["ffmpeg", "-v", "error", "-i", stems[0], "-af", "ebur128=peak=true", "-f", "null", "-"]
    compare(
        "measure, one file of 240 s, whole command",
        runs,
        ("stemlathe measure", lambda: wall([STEMLATHE, "measure", stems[0], "--json"])),
        ("ffmpeg ebur128=peak=true", lambda: wall(ffmpeg)),
    )
    libebur128 = [sys.executable, str(HERE / "peer_libebur128.py"), *stems]
    compare(
        "measure, eight files of 240 s, whole command",
        runs,
        ("stemlathe measure", lambda: wall([STEMLATHE, "measure", *stems, "--json"])),
        ("libebur128, one thread", lambda: wall(libebur128)),
    )


def bench_start(folder: Path, runs: int) -> None:
    compare("start", runs, ("stemlathe --help", lambda: wall([STEMLATHE, "--help"])))
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "XDG_CACHE_HOME": cache}
        short = folder / "short.wav"
        if not short.exists():
            import soundfile

            soundfile.write(short, material.stem_signal(0)[:4800], material.SAMPLE_RATE, subtype="PCM_24")
        command = [STEMLATHE, "measure", str(short), "--json"]
        begun = time.perf_counter()
        subprocess.run(command, env=environment, capture_output=True, check=True)
        print(f"\nfirst use, compiling all kernels: {time.perf_counter() - begun:.1f} s")
    load = [sys.executable, str(HERE / "kernel_load.py")]
    done = subprocess.run(load, capture_output=True, text=True, check=True)
    print(done.stdout, end="")


BENCHES = {
    "render": bench_render,
    "kernels": bench_kernels,
    "measure": bench_measure,
    "start": bench_start,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)} (all)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "stemlathe-bench")
    arguments = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        sys.exit("ffmpeg is not installed")
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load before the run {load:.2f}")
    for name in arguments.names or BENCHES:
        BENCHES[name](arguments.folder, arguments.runs)


if __name__ == "__main__":
    main()
