"""Many sessions in one command: throughput, memory, open files, and what the command itself costs.

    python tests/bench/many_sessions.py [--sessions 200] [--seconds 30] [--alone 10] [--jobs 0] [--keep DIR]

Generates a catalogue, renders it in one command, and the first few sessions of it again, one command after
the other. Processor time counts, because wall-clock time says little on a machine that does other things:
both are printed with the load. The command's own share is its processor time over that of all it started.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import soundfile

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / name) for name in ("batch", "determinism")]
from rendered import beat  # noqa: E402 (its folder is no package)

COMMAND = [sys.executable, "-c", "from engine.cli.main import run; run()"]
_RATE = 48000
_DIFFERENT = 8
_TEXT = """format = 1
title = "Song {number:05}"
sample_rate = 48000
[[stems]]
name = "Drums"
role = "drums"
path = "Drums.wav"
trim_db = {first:.2f}
chain = [ {{ type = "compressor", threshold_db = -24.0, ratio = 2.0 }} ]
[[stems]]
name = "Voice"
role = "vocals"
path = "Voice.wav"
trim_db = {second:.2f}
chain = [ {{ type = "eq", bands = [ {{ shape = "peak", frequency_hz = 3000.0, gain_db = 1.5 }} ] }} ]
[master]
chain = [ {{ type = "limiter", ceiling_dbtp = -1.0 }} ]
[[deliverables]]
name = "streaming"
loudness_lufs = -14.0
encoding = "wav24"
"""


def write_catalogue(folder: Path, sessions: int, seconds: float) -> list[Path]:
    """Sessions that all differ; a few recordings are shared among them as hard links."""
    folder.mkdir(parents=True)
    for seed in range(2 * _DIFFERENT):
        wave = beat(round(_RATE * seconds), seed + 1)
        soundfile.write(folder / f"{seed}.wav", wave, _RATE, subtype="PCM_24")
    paths = []
    for number in range(sessions):
        song = folder / "songs" / f"{number:05}"
        song.mkdir(parents=True)
        for place, name in enumerate(("Drums", "Voice")):
            os.link(folder / f"{(2 * number + place) % (2 * _DIFFERENT)}.wav", song / f"{name}.wav")
        text = _TEXT.format(number=number, first=-3.0 - 0.01 * number, second=-3.0 + 0.01 * (number % 50))
        path = song / "song.toml"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _load() -> str:
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def watched(words: list[str]) -> dict[str, object]:
    """Runs a command and looks at it once a second."""
    begun_s, before_s = time.monotonic(), _children_s()
    said = tempfile.TemporaryFile()  # noqa: SIM115 (a pipe that nobody reads would hold up the end)
    process = subprocess.Popen([*COMMAND, *words, "--json"], stdout=said, stderr=subprocess.DEVNULL)
    own = psutil.Process(process.pid)
    seen: list[tuple[float, float, int, int, float]] = []  # s, MB, files, processes, own processor time
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            times = own.cpu_times()
            row = own.memory_info().rss / 1e6, own.num_fds(), len(own.children(recursive=True))
            if row[1]:
                seen.append((time.monotonic() - begun_s, *row, times.user + times.system))
        time.sleep(1.0)
        if len(seen) % 60 == 59:
            print(f"    {seen[-1][0]:6.0f} s  {seen[-1][1]:.0f} MB  {seen[-1][2]} files", flush=True)
    all_s = _children_s() - before_s
    said.seek(0)
    document = json.load(said)
    errors = [one["error"] for one in document["sessions"] if one["error"]]
    return {
        "exit": process.returncode,
        "errors": errors[:3],
        "wall_s": time.monotonic() - begun_s,
        "processor_s": all_s,
        "own_s": seen[-1][4],
        "first_job_s": next((one[0] for one in seen if one[3]), None),
        "document_bytes": said.tell(),
        "mb": [round(one[1], 1) for one in seen[:: max(1, len(seen) // 8)]],
        "files": [one[2] for one in seen[:: max(1, len(seen) // 8)]],
    }


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--alone", type=int, default=10, help="sessions rendered one command after the other")
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        paths = write_catalogue(folder / "catalogue", arguments.sessions, arguments.seconds)
        alone = paths[: arguments.alone]
        print(f"load before: {_load()}", flush=True)
        begun_s, before_s = time.monotonic(), _children_s()
        for path in alone:
            words = ["render", str(path), "--out", str(folder / "alone" / path.parent.name), "--json"]
            subprocess.run([*COMMAND, *words], stdout=subprocess.DEVNULL, check=True)
        wall_s, used_s = time.monotonic() - begun_s, _children_s() - before_s
        if alone:
            each = f"{wall_s / len(alone):.2f} s each, {used_s / len(alone):.2f} s of processor time each"
            print(f"one after the other, {len(alone)}: {each}; load {_load()}", flush=True)
        found = watched(["render", str(folder / "catalogue" / "songs"), "--jobs", str(arguments.jobs)])
        print(json.dumps(found, indent=1))
        count, all_s, own_s = len(paths), found["processor_s"], found["own_s"]
        each = f"{found['wall_s'] / count:.2f} s each, {all_s / count:.2f} s of processor time each"
        print(f"{count} in one run: {each}, own share {100 * own_s / all_s:.2f} %; load {_load()}")


if __name__ == "__main__":
    main()
