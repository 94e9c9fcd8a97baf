"""The null test against the fault injector: confusion matrix, wrong corrections, residuals, time.

    python tests/bench/null_faults.py [SONGS [FAULT,FAULT+FAULT,…]]     (from the root of the tree)
    python tests/bench/null_faults.py speed                             five minutes of eight stems

Every song is its own set of stems with its own random sizes. A fault so small that the verdict is a
pass is counted as `pass`: nothing but dither is told then.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "nulltest"))

import numpy as np
import soundfile
from null_faults import FAULTS, PAIRED, RATE, Case, inject, song, total
from null_sessions import make_session

from engine.nulltest.nulltest import null_test
from engine.report.null import NullReport
from engine.session.corrections import CORRECTABLE
from engine.session.model import Master, Reference, Session, Stem


def wrong_fix(case: Case, report: NullReport) -> bool:
    """Whether a correction is proposed that undoes nothing that was done, or by a wrong amount."""
    expected = [fault for fault in case.expected if fault[0] in CORRECTABLE]
    for cause in report.causes:
        if cause.kind not in CORRECTABLE:
            continue
        same = [amount for kind, stem, amount in expected if (kind, stem) == (cause.kind, cause.stem)]
        if not same:
            return True
        if same[0] is not None and (cause.amount is None or abs(cause.amount - same[0]) > 0.1):
            return True
    return False


def run(songs: int, faults: list[str]) -> None:
    named: dict[str, Counter[str]] = defaultdict(Counter)
    worst: dict[str, float] = defaultdict(lambda: -999.0)
    wrong: Counter[str] = Counter()
    for seed in range(1000, 1000 + songs):
        for fault in faults:
            case = inject(seed, *fault.split("+"), seconds=8.0)
            with tempfile.TemporaryDirectory() as folder:
                report = null_test(make_session(Path(folder), case.stems, case.mix))
            causes = {(cause.kind, cause.stem) for cause in report.causes}
            wanted = [(kind, stem) for kind, stem, _ in case.expected]
            first = (report.causes[0].kind, report.causes[0].stem) if report.causes else None
            right = first in wanted
            name = "right" if right else ("pass" if report.verdict == "pass" else "-")
            if not right and first is not None:
                name = first[0] + (" (other stem)" if first[0] in [kind for kind, _ in wanted] else "")
            named[fault][name] += 1
            named[fault]["all right"] += causes == set(wanted)
            wrong[fault] += wrong_fix(case, report)
            if all(kind in CORRECTABLE for kind, _ in wanted) and causes == set(wanted):
                worst[fault] = max(worst[fault], report.residual_after_fix_rms_dbfs)
            if not right and report.verdict != "pass":
                told = [(cause.kind, cause.stem, cause.amount) for cause in report.causes]
                print(f"  miss: song {seed} {fault}: {case.expected} told {told}", flush=True)
    print(f"{'injected':<20}{'right first':>12}{'all right':>10}{'wrong fix':>10}{'after':>9}  else named")
    for fault in faults:
        counts = named[fault]
        rest = {k: n for k, n in counts.items() if k not in ("right", "all right")}
        after = f"{worst[fault]:.1f}" if worst[fault] > -999.0 else "-"
        figures = f"{counts['right']:>12}{counts['all right']:>10}{wrong[fault]:>10}{after:>9}"
        print(f"{fault:<20}{figures}  {rest}")
    done = songs * len(faults)
    right, passed = (sum(c[key] for c in named.values()) for key in ("right", "pass"))
    print(f"right first {right} of {done - passed} that do not pass")
    print(f"wrong fixes {sum(wrong.values())} of {done}")


def speed() -> None:
    """Five minutes, eight stems, 24-bit WAV, one stem of another gain, then an equalised mix."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        part = song(5, 30.0, 8)
        stems = []
        for stem, samples in part.items():
            soundfile.write(folder / f"{stem}.wav", np.tile(samples, (10, 1)), RATE, "PCM_24")
            keys = {"source_gain_db": 0.0, "polarity_inverted": False, "offset_samples": 0.0}
            keys |= {"chain": (), "trim_db": 0.0, "mute": False, "solo": False}
            stems.append(Stem(name=stem, role="other", path=folder / f"{stem}.wav", sha256=None, **keys))
        mixes = {"gain": total(part) + 0.3 * part["S2"], "missing": total(part) + song(6, 30.0, 8)["S1"]}
        bent = total(part)
        bent[1:] += 0.3 * bent[:-1]
        mixes["filter"] = bent
        for fault, mix in mixes.items():
            soundfile.write(folder / "mix.wav", np.tile(mix, (10, 1)), RATE, "PCM_24")
            reference = Reference(folder / "mix.wav", None)
            session = Session(folder / "s.toml", "t", RATE, reference, tuple(stems), Master(), ())
            for _ in range(2):
                begun, worked = time.perf_counter(), time.process_time()
                report = null_test(session)
                took, busy = time.perf_counter() - begun, time.process_time() - worked
            kinds = [cause.kind for cause in report.causes]
            print(f"{fault}: {took:.2f} s ({busy:.2f} s of processor), named {kinds}", flush=True)


if __name__ == "__main__":
    words = sys.argv[1:]
    if words == ["speed"]:
        speed()
    else:
        pairs = ["+".join(pair) for pair in itertools.combinations(PAIRED, 2)]
        run(int(words[0]) if words else 20, words[1].split(",") if len(words) > 1 else [*FAULTS, *pairs])
