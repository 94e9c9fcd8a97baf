"""What each processor costs, and how fast a session with the full rack renders and plays.

    python tests/bench/rack_cost.py [--folder DIR] [processors] [kernels] [render] [play]

Processors: nanoseconds of processor time per frame and lane, on eight pairs of columns (the stems)
and on one (the bus). The full rack: linear-phase EQ, multiband, tape saturator and compressor on
each of eight stems, the whole rack on the master. Nothing here gates a test: machines are noisy.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parent))

import material

from engine.plan.build import lay_out_bus
from engine.plan.layout import Columns
from engine.plan.output import OutputSettings, build_output, fades_of, limiter_settings
from engine.plan.plan import pack
from engine.rack.operation import Use
from engine.session.declare import Parameter
from engine.session.files import load_session
from engine.session.processors import PROCESSORS

STEMLATHE = str(Path(sys.executable).parent / "stemlathe")
RATE = material.SAMPLE_RATE
SECONDS = 60
FRAMES = 1 << 15
#: Frames at a time, as a render does it: the whole matrix stays in the second-level cache.
CHUNK_FRAMES = 512
RUNS = 5

EQ_BANDS = """[
    { shape = "high_pass", frequency_hz = 30.0 },
    { shape = "peak", frequency_hz = 1000.0, gain_db = 1.5, q = 1.0 },
    { shape = "high_shelf", frequency_hz = 8000.0, gain_db = 1.0 } ]"""
BAND = "{ threshold_db = -30.0, ratio = 2.0 }"
LINEAR_EQ = f'{{ type = "eq", phase = "linear", bands = {EQ_BANDS} }}'
MULTIBAND = f'{{ type = "multiband", crossovers_hz = [200.0, 2000.0], bands = [{BAND}, {BAND}, {BAND}] }}'
TAPE = '{ type = "saturator", drive_db = 6.0, character = "tape" }'
COMPRESSOR = '{ type = "compressor", threshold_db = -24.0, ratio = 2.0 }'
MASTER = ",\n  ".join(
    [
        LINEAR_EQ,
        COMPRESSOR,
        MULTIBAND,
        TAPE,
        f'{{ type = "eq", bands = {EQ_BANDS} }}',
        '{ type = "deesser" }',
        '{ type = "stereo", width = 1.1, mono_below_hz = 120.0 }',
        '{ type = "limiter", drive_db = 4.0 }',
    ]
)


def write_session(folder: Path) -> Path:
    """The full-rack session over eight stems of a minute."""
    folder.mkdir(parents=True, exist_ok=True)
    chain = f"[\n  {LINEAR_EQ},\n  {MULTIBAND},\n  {TAPE},\n  {COMPRESSOR} ]"
    text = f'format = 1\ntitle = "Full rack"\nsample_rate = {RATE}\n\n'
    for index in range(material.STEMS):
        path = folder / f"rack stem {index + 1}.wav"
        if not path.exists():
            soundfile.write(path, material.stem_signal(index)[: RATE * SECONDS], RATE, subtype="PCM_24")
        text += f'[[stems]]\nname = "{index + 1}"\nrole = "other"\npath = "{path.name}"\nchain = {chain}\n\n'
    text += f"[master]\nchain = [\n  {MASTER} ]\n\n"
    text += '[[deliverables]]\nname = "bench"\nencoding = "wav24"\n'
    session = folder / "full rack.toml"
    session.write_text(text, encoding="utf-8")
    return session


def defaults(parameters: tuple[Parameter, ...], **given: Any) -> dict[str, Any]:
    """A processor's settings: what is given, else what is declared."""
    return {parameter.name: parameter.default for parameter in parameters} | given


def cases() -> Mapping[str, tuple[str, dict[str, Any]]]:
    """Name of each case, its processor and its settings."""
    declared = {kind: declaration.parameters for kind, declaration in PROCESSORS.items()}
    fields = {name: PROCESSORS[name].by_name["bands"].fields for name in ("eq", "multiband")}
    bands = (
        defaults(fields["eq"], shape="high_pass", frequency_hz=30.0),
        defaults(fields["eq"], frequency_hz=1000.0, gain_db=1.5, q=1.0),
        defaults(fields["eq"], shape="high_shelf", frequency_hz=8000.0, gain_db=1.0),
    )
    on_mid = tuple({**band, "channels": "mid"} for band in bands)
    three = (defaults(fields["multiband"], threshold_db=-30.0),) * 3
    five = (defaults(fields["multiband"], threshold_db=-30.0),) * 5
    multiband = declared["multiband"]
    saturator = declared["saturator"]
    return {
        "gain": ("gain", {"gain_db": 3.0}),
        "eq, 3 bands, minimum phase": ("eq", {"phase": "minimum", "bands": bands}),
        "eq, 3 bands, linear phase": ("eq", {"phase": "linear", "bands": bands}),
        "eq, 3 bands on mid, linear phase": ("eq", {"phase": "linear", "bands": on_mid}),
        "compressor": ("compressor", defaults(declared["compressor"], threshold_db=-30.0)),
        "multiband, 3 bands, minimum phase": (
            "multiband",
            defaults(multiband, crossovers_hz=(200.0, 2000.0), bands=three),
        ),
        "multiband, 5 bands, minimum phase": (
            "multiband",
            defaults(multiband, crossovers_hz=(100.0, 400.0, 1500.0, 6000.0), bands=five),
        ),
        "multiband, 3 bands, linear phase": (
            "multiband",
            defaults(multiband, phase="linear", crossovers_hz=(200.0, 2000.0), bands=three),
        ),
        **{
            f"saturator, {character}": ("saturator", defaults(saturator, drive_db=6.0, character=character))
            for character in ("tape", "tube", "soft", "hard")
        },
        "stereo, mono bass": ("stereo", {"width": 1.1, "mono_below_hz": 120.0}),
        "deesser": ("deesser", defaults(declared["deesser"])),
        "limiter": ("limiter", defaults(declared["limiter"], drive_db=10.0)),
    }


def cost_ns(kind: str, settings: Mapping[str, Any], pairs: int) -> float:
    """Processor time per frame and lane, the best of several runs."""
    context = Columns(RATE, 2 * pairs)
    uses = [Use(settings, (left, left + 1)) for left in range(0, 2 * pairs, 2)]
    prepared = importlib.import_module(f"engine.rack.{kind}").prepare(uses, context)
    plan = pack(
        prepared.operations, columns=context.columns, output_column=0, latency_frames=0, gain_columns=()
    )
    chunk = np.zeros((CHUNK_FRAMES, plan.columns))
    signal = np.random.default_rng(1).standard_normal((FRAMES, 2 * pairs)) * 0.1
    best = float("inf")
    for _ in range(RUNS):
        run = plan.start()
        taken = 0.0
        for start in range(0, FRAMES, len(chunk)):
            chunk[:, : 2 * pairs] = signal[start : start + len(chunk)]
            begun = time.thread_time()
            run.process(chunk)
            taken += time.thread_time() - begun
        best = min(best, taken)
    return best / FRAMES / (2 * pairs) * 1e9


def bench_processors(_folder: Path) -> None:
    print("\nns per frame and lane              8 pairs   1 pair")
    for name, (kind, settings) in cases().items():
        if kind == "limiter":
            print(f"  {name:<34}       – {cost_ns(kind, settings, 1):8.2f}")
        else:
            print(f"  {name:<34}{cost_ns(kind, settings, 8):8.2f} {cost_ns(kind, settings, 1):8.2f}")


def bench_kernels(folder: Path) -> None:
    """The two plans of the full rack, on one thread."""
    session = load_session(write_session(folder))
    bus = lay_out_bus(session, session.stems, summed=[True] * len(session.stems)).packed()
    fades = fades_of(session.master, RATE, FRAMES)
    output = build_output(OutputSettings(RATE, limiter_settings(session), 0.0, fades))
    signal = np.random.default_rng(1).standard_normal((FRAMES, 2 * len(session.stems))) * 0.1
    seconds = []
    for plan, columns in ((bus, 2 * len(session.stems)), (output, 2)):
        chunk = np.zeros((CHUNK_FRAMES, plan.columns))
        best = float("inf")
        for _ in range(RUNS):
            run, taken = plan.start(), 0.0
            for start in range(0, FRAMES, len(chunk)):
                chunk[:, :columns] = signal[start : start + len(chunk), :columns]
                begun = time.thread_time()
                run.process(chunk)
                taken += time.thread_time() - begun
            best = min(best, taken)
        seconds.append(best)
    factors = [FRAMES / RATE / one for one in (*seconds, sum(seconds))]
    print("\nfull rack, kernels on one thread, × real time")
    print(f"  up to the limiter {factors[0]:.1f}, limiter {factors[1]:.1f}, both {factors[2]:.1f}")
    print(f"  mean load when played: {100.0 / factors[2]:.1f} %")


def bench_render(folder: Path) -> None:
    command = [STEMLATHE, "render", str(write_session(folder)), "--out", str(folder / "out"), "--force"]
    factors, seconds = [], []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in (0, 1):
            sys.exit(done.stderr)
        factors.append(json.loads(done.stdout)["realtime_factor"])
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    print(f"\nfull rack, render of {SECONDS} s, × real time: " + " ".join(f"{one:.1f}" for one in factors))
    # what other work on the machine leaves alone; the whole command, starting included
    print("  processor time, s: " + " ".join(f"{one:.1f}" for one in seconds))


def bench_play(folder: Path) -> None:
    command = [STEMLATHE, "play", str(write_session(folder)), "--headless", "--device", "null"]
    done = subprocess.run(
        [*command, "--seconds", "10", "--json"], capture_output=True, text=True, check=False
    )
    print(f"\nfull rack, played: {done.stdout.strip() or done.stderr.strip()}")


BENCHES = {
    "processors": bench_processors,
    "kernels": bench_kernels,
    "render": bench_render,
    "play": bench_play,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)} (all)")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "stemlathe-bench")
    arguments = parser.parse_args()
    for name in arguments.names or BENCHES:
        BENCHES[name](arguments.folder)


if __name__ == "__main__":
    main()
