"""The null test against the fault injector: confusion matrix, wrong fixes, residuals, time.

    python tests/bench/null_faults.py run [--songs 0-21] [--causes gain,offset] [--pairs N] [--seed 1]
                                          [--first-seed 1000] [--real DIR] [--log LOG.jsonl]
    python tests/bench/null_faults.py show LOG.jsonl …        the tables of one or more runs
    python tests/bench/null_faults.py speed                   five minutes of eight stems

`run` is one process and appends a line a case, so that it can be done in slices; `--pairs N` adds N
random pairs of the causes to every song, `--pairs all` all of them. A fault so small that the verdict is
a pass is counted as `pass`: nothing but dither is told then.

*Right first*: the first cause named is one that was injected, with its stem. *Wrong fix*: a cause other
than `unknown` that was not injected, or a correction whose amount is off by more than 0.1 dB or 0.05
samples.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "nulltest"))

import engine  # noqa: F401  before NumPy, as in the command: it keeps BLAS to one thread

# isort: split
import numpy as np
import soundfile
from null_export_faults import ALL_FAULTS
from null_faults import RATE, Case, inject_into, song, total
from null_songs import FIRST_SEED, SECONDS, songs

from engine.nulltest.nulltest import null_test
from engine.report.null import NullReport
from engine.report.null_causes import NullCause, is_correctable
from engine.session.model import Master, Reference, Session, Stem

_KEYS = {"source_gain_db": 0.0, "polarity_inverted": False, "offset_samples": 0.0, "sha256": None}
_KEYS |= {"chain": (), "trim_db": 0.0, "mute": False, "solo": False, "role": "other"}
#: How far a correction may be off: dB, samples.
_GAIN_WITHIN_DB, _OFFSET_WITHIN = 0.1, 0.05


def wrong_fixes(case: Case, report: NullReport) -> list[str]:
    """Causes named that were not injected, and corrections by a wrong amount."""
    expected = {(kind, stem) for kind, stem, _ in case.expected}
    wrong = []
    for cause in report.causes:
        sentence = not is_correctable(cause.kind, _channel(cause)) and cause.kind != "unknown"
        if sentence and (_kind(cause), cause.stem) not in expected:
            wrong.append(_kind(cause))
    told = [(_kind(cause), cause.stem, cause.amount) for cause in report.causes]
    for name in case.stems:
        is_db, is_inverted, is_later = _net(told, name)
        db, inverted, later = _net(case.expected, name)
        if is_db != 0.0 and abs(is_db - db) > _GAIN_WITHIN_DB:
            wrong.append(f"gain {name} {is_db:+.3f} for {db:+.3f}")
        if is_inverted and not inverted:
            wrong.append(f"polarity {name}")
        if is_later != 0.0 and abs(is_later - later) > _OFFSET_WITHIN:
            wrong.append(f"offset {name} {is_later:+.3f} for {later:+.3f}")
    return wrong


def _channel(cause: NullCause) -> str | None:
    # builds before causes had a channel are measured with this bench too
    return getattr(cause, "channel", None)


def _kind(cause: NullCause) -> str:
    """`polarity`, or `polarity left`."""
    return cause.kind if _channel(cause) is None else f"{cause.kind} {_channel(cause)}"


def _net(causes: Iterable[tuple[str, str | None, float | None]], name: str) -> tuple[float, bool, float]:
    """Gain in dB, polarity and offset that causes ask for on a stem, all together."""
    db, inverted, later = 0.0, False, 0.0
    for kind, stem, amount in causes:
        if stem in (None, name):
            db += (amount or 0.0) if kind == "gain" else 0.0
            later += (amount or 0.0) if kind == "offset" else 0.0
            inverted ^= kind == "polarity"
    return db, inverted, later


class _Files:
    """Stems of a song as files, written once, and sessions of them."""

    def __init__(self, folder: Path, stems: dict[str, Any]) -> None:
        self.folder = folder
        self._written = stems
        for name, samples in stems.items():
            soundfile.write(folder / f"{name}.wav", samples, RATE, "FLOAT")

    def session(self, case: Case) -> Session:
        models = []
        for name, samples in case.stems.items():
            path = self.folder / f"{name}.wav"
            if samples is not self._written.get(name):
                path = self.folder / f"{name} changed.wav"
                soundfile.write(path, samples, RATE, "FLOAT")
            models.append(Stem(name=name, path=path, **_KEYS))
        path = self.folder / "mix of all.wav"
        soundfile.write(path, case.mix, RATE, "FLOAT")
        return Session(self.folder / "s.toml", "t", RATE, Reference(path, None), tuple(models), Master(), ())


def run(arguments: argparse.Namespace) -> None:
    """Every fault and pair on every song asked for."""
    known = songs(arguments.real, arguments.seconds, arguments.first_seed)
    names = list(known)
    first, _, last = arguments.songs.partition("-")
    chosen = names[int(first) : int(last or first) + 1]
    causes = arguments.causes.split(",") if arguments.causes else list(ALL_FAULTS)
    with open(arguments.log, "a") as log:
        for name in chosen:
            faults = list(causes) if not arguments.only_pairs else []
            random = np.random.default_rng([arguments.seed, names.index(name)])
            pairs = [
                "+".join(pair) for pair in itertools.combinations([c for c in causes if "+" not in c], 2)
            ]
            count = len(pairs) if arguments.pairs == "all" else min(int(arguments.pairs), len(pairs))
            faults += [pairs[n] for n in random.permutation(len(pairs))[:count]]
            with tempfile.TemporaryDirectory() as folder:
                # as the files hold them
                stems = {k: v.astype(np.float32).astype(np.float64) for k, v in known[name]().items()}
                files = _Files(Path(folder), stems)
                for fault in faults:
                    line = _case(files, stems, name, names.index(name), fault, arguments.seed)
                    log.write(json.dumps(line) + "\n")
                    log.flush()
                    if line["named"] not in ("right", "pass") or line["wrong"]:
                        print(_told(line), flush=True)


def _case(
    files: _Files, stems: dict[str, Any], name: str, number: int, fault: str, seed: int
) -> dict[str, Any]:
    case = inject_into(stems, 1000 * seed + number, *fault.split("+"), known=ALL_FAULTS)
    session = files.session(case)
    begun, worked = time.perf_counter(), time.process_time()
    report = null_test(session)
    took, busy = time.perf_counter() - begun, time.process_time() - worked
    wanted = [(kind, stem) for kind, stem, _ in case.expected]
    causes = [(_kind(cause), cause.stem) for cause in report.causes]
    named = "right" if causes and causes[0] in wanted else "pass" if report.verdict == "pass" else "miss"
    if fault == "dither" and named != "right":
        named = "miss"
    return {
        "song": name,
        "fault": fault,
        "expected": case.expected,
        "told": [(_kind(cause), cause.stem, cause.amount) for cause in report.causes],
        "named": named,
        "all": set(causes) == set(wanted),
        "wrong": wrong_fixes(case, report),
        "before": report.residual_rms_dbfs,
        "after": report.residual_after_fix_rms_dbfs,
        "seconds": round(took, 3),
        "cpu": round(busy, 3),
    }


def _told(line: dict[str, Any]) -> str:
    def short(causes: Any) -> str:
        return ", ".join(
            f"{kind}({stem or ''}{'' if amount is None else f' {amount:+.4g}'})"
            for kind, stem, amount in causes
        )

    wrong = f" WRONG {line['wrong']}" if line["wrong"] else ""
    levels = f"{line['before']:.1f} to {line['after']:.1f} dBFS"
    what = f"{line['song']} {line['fault']}: {short(line['expected'])} told {short(line['told'])}"
    return f"- {line['named']}: {what}; {levels}{wrong}"


def show(paths: Iterable[Path]) -> None:
    """Tables in Markdown: singles by cause named, pairs as a square, every miss."""
    lines = [json.loads(text) for path in paths for text in path.read_text().splitlines()]
    singles = [line for line in lines if "+" not in line["fault"]]
    pairs = [line for line in lines if "+" in line["fault"]]
    _show_confusion(singles)
    if pairs:
        _show_pairs(pairs)
    for title, some in (("singles", singles), ("pairs", pairs)):
        counts = Counter(line["named"] for line in some)
        judged = len(some) - counts["pass"]
        if not judged:
            continue
        wrong = sum(bool(line["wrong"]) for line in some)
        print(
            f"\n{title}: {len(some)} cases on {len({line['song'] for line in some})} songs, "
            f"{counts['pass']} of them a pass; right first {counts['right']} of {judged} "
            f"({100 * counts['right'] / judged:.2f} %); all named and nothing else "
            f"{sum(line['all'] for line in some)}; wrong fixes {wrong} ({100 * wrong / len(some):.2f} %); "
            f"median {np.median([line['seconds'] for line in some]):.2f} s"
        )
    missed = [line for line in lines if line["named"] == "miss" or line["wrong"]]
    print(f"\nEvery miss ({len(missed)}):\n")
    for line in missed:
        print(_told(line))


def _show_confusion(lines: list[dict[str, Any]]) -> None:
    named: dict[str, Counter[str]] = defaultdict(Counter)
    after: dict[str, float] = defaultdict(lambda: -999.0)
    for line in lines:
        first = "pass" if line["named"] == "pass" else line["told"][0][0] if line["told"] else "nothing"
        if line["named"] == "miss" and first in [kind for kind, _, _ in line["expected"]]:
            first += ", other stem"
        named[line["fault"]][first] += 1
        if line["all"] and all(is_correctable(*(*kind.split(), None)[:2]) for kind, _, _ in line["expected"]):
            after[line["fault"]] = max(after[line["fault"]], line["after"])
    columns = sorted({kind for counts in named.values() for kind in counts})
    print("| injected | " + " | ".join(columns) + " | right first | wrong fix | worst after, dBFS |")
    print("|" + " --- |" * (len(columns) + 4))
    for fault in [name for name in ALL_FAULTS if name in named]:
        mine = [line for line in lines if line["fault"] == fault]
        counts = [str(named[fault][column] or "·") for column in columns]
        right = sum(line["named"] == "right" for line in mine)
        judged = sum(line["named"] != "pass" for line in mine)
        wrong = sum(bool(line["wrong"]) for line in mine)
        level = f"{after[fault]:.1f}" if after[fault] > -999.0 else "–"
        print(f"| {fault} | {' | '.join(counts)} | {right} of {judged} | {wrong} | {level} |")


def _show_pairs(lines: list[dict[str, Any]]) -> None:
    cells: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        one, two = line["fault"].split("+")
        cells[one, two].append(line)
        cells[two, one].append(line)
    names = [name for name in ALL_FAULTS if any(name in pair for pair in cells)]
    print("\nPairs: right first / judged, ✗ = wrong fixes\n")
    print("| with | " + " | ".join(names) + " |")
    print("|" + " --- |" * (len(names) + 1))
    for row in names:
        texts = []
        for column in names:
            some = cells.get((row, column), [])
            judged = [line for line in some if line["named"] != "pass"]
            wrong = sum(bool(line["wrong"]) for line in some)
            text = f"{sum(line['named'] == 'right' for line in judged)}/{len(judged)}" if some else ""
            texts.append(text + (f" ✗{wrong}" if wrong else ""))
        print(f"| {row} | {' | '.join(texts)} |")


#: What a song of five minutes is diagnosed for; "" is a song that nulls.
_TIMED = ("", "gain", "offset", "all_late", "fraction", "extra", "swap", "missing", "bus_eq", "compressor")
_TIMED += ("limiter", "saturation", "resampled", "pan_law", "length", "dither")
_TIMED += ("gain+bus_eq", "missing+gain", "fraction+compressor", "bus_eq+limiter")


def speed() -> None:
    """Five minutes, eight stems, 24-bit WAV: the plain verdict, and the diagnosis of several faults."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        part = song(5, 30.0, 8)
        stems = []
        for stem, samples in part.items():
            soundfile.write(folder / f"{stem}.wav", np.tile(samples, (10, 1)), RATE, "PCM_24")
            stems.append(Stem(name=stem, path=folder / f"{stem}.wav", **_KEYS))
        for fault in _TIMED:
            case = inject_into(part, 5, *(fault.split("+") if fault else []), known=ALL_FAULTS)
            if fault == "missing":
                case.mix, case.stems = total(part) + song(6, 30.0, 8)["S1"], part
            soundfile.write(folder / "mix.wav", np.tile(case.mix, (10, 1)), RATE, "PCM_24")
            reference = Reference(folder / "mix.wav", None)
            there = tuple(stem for stem in stems if stem.name in case.stems)
            session = Session(folder / "s.toml", "t", RATE, reference, there, Master(), ())
            took = busy = float("inf")
            for _ in range(2):
                begun, worked = time.perf_counter(), time.process_time()
                report = null_test(session)
                took = min(took, time.perf_counter() - begun)
                busy = min(busy, time.process_time() - worked)
            kinds = [(cause.kind, cause.stem) for cause in report.causes]
            print(
                f"{fault or 'no fault'}: {took:.2f} s ({busy:.2f} s of processor, load "
                f"{os.getloadavg()[0]:.1f}), named {kinds}",
                flush=True,
            )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    running = verbs.add_parser("run")
    running.add_argument("--songs", default="0-21", help="numbers of the first and last song")
    running.add_argument("--causes", default="", help="single causes or A+B, with commas; default: all")
    running.add_argument("--pairs", default="0", help="random pairs a song, or `all`")
    running.add_argument("--only-pairs", action="store_true", help="no single causes")
    running.add_argument("--seconds", type=float, default=SECONDS, help="length of a song")
    running.add_argument("--seed", type=int, default=1, help="of the faults")
    running.add_argument("--first-seed", type=int, default=FIRST_SEED, help="of the synthetic songs")
    running.add_argument("--real", type=Path, default=None, help="folder of real stems of 30 s")
    running.add_argument("--log", type=Path, default=Path("null-faults.jsonl"))
    showing = verbs.add_parser("show")
    showing.add_argument("logs", type=Path, nargs="+")
    verbs.add_parser("speed")
    arguments = parser.parse_args()
    if arguments.verb == "run":
        run(arguments)
    elif arguments.verb == "show":
        show(arguments.logs)
    else:
        speed()


if __name__ == "__main__":
    main()
