"""A whole job without a picture, from badly named stems to verified files, through pipes and nothing else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from terminals import ROOT, STEMLATHE

from engine.compiler.warm import ensure_compiled
from engine.measure import measure_file
from engine.processes.registry import running
from engine.processes.terminate import end
from engine.session.files import load_session

RATE = 48_000
PATIENCE_S = 240.0
_JOB = """\
# can these stems be trusted, and are they the mix?
g i
wait
g n
wait
F
wait
# the vocal
go LdVx
trim 0.5
eq 3k +1 q1
deesser
note bright, because of the room
# the master
go master
ceiling -1.2
store A
# two targets become deliverables
g l
/spotify-loud
enter
/apple
enter
# of the first an instrumental too
g r
l
enter
R
y
wait
say row
"""


@pytest.fixture
def stems(folders: Path) -> Iterator[Path]:
    """Four stems of four seconds whose names say little; the bass was exported upside down."""
    random = np.random.default_rng(18)
    time_s = np.arange(4 * RATE) / RATE
    beat = 0.25 * np.exp(-9.0 * (time_s * 2.0 % 1.0)) * random.uniform(-1.0, 1.0, len(time_s))
    bass = 0.15 * np.sin(2.0 * np.pi * 55.0 * time_s)
    guitar = 0.08 * sum(np.sin(2.0 * np.pi * hz * time_s + hz) for hz in (220.0, 277.0, 330.0))
    vocal = 0.12 * np.sin(2.0 * np.pi * 330.0 * time_s) * (np.sin(2.0 * np.pi * time_s / 3.0) > 0.0)
    parts = {"01_DRMS_final_v3": beat, "bs_DI_print": bass, "GTRS_bounce(2)": guitar, "LdVx_FINAL": vocal}
    wide = {name: np.stack([part, np.roll(part, 7)], axis=1) for name, part in parts.items()}
    folder = folders / "from the client"
    folder.mkdir()
    for name, part in wide.items():
        sent = -part if name.startswith("bs") else part
        soundfile.write(folder / f"{name}.wav", sent, RATE, "FLOAT")
    soundfile.write(folder / "Evening MIX.wav", sum(wide.values()), RATE, "FLOAT")
    soundfile.write(folders / "retake.wav", 0.97 * wide["LdVx_FINAL"], RATE, "FLOAT")
    yield folder
    for entry in running():
        end(entry)


def _run(folder: Path, *words: str, lines: str = "", **values: str) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **values}
    done = subprocess.run(
        [*STEMLATHE, *words],
        input=lines.encode(),
        capture_output=True,
        cwd=folder,
        env=environment,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"\x1b" not in done.stdout
    return done.stdout.decode().splitlines()


def _in_order(lines: list[str], *wanted: str) -> None:
    """Each stands in a line, one after the other."""
    at = 0
    for words in wanted:
        found = next((place for place in range(at, len(lines)) if words in lines[place]), None)
        assert found is not None, f"'{words}' was not told after line {at}:\n" + "\n".join(lines)
        at = found + 1


def test_a_whole_job_by_lines_alone(stems: Path, folders: Path) -> None:
    ensure_compiled()
    session = folders / "evening.toml"
    made = _run(
        folders, "new", str(stems), "--reference", str(stems / "Evening MIX.wav"), "--out", str(session)
    )
    assert any("LdVx" in line and "vocals" in line for line in made)
    job = f"{_JOB}# a retake comes in\ng i\n/LdVx\nreplace-stem {folders / 'retake.wav'}\nwait\n"
    job += "say panel\nW\nleave\n"
    told = _run(folders, "open", "--plain", "--device", "null", str(session), lines=job, LANG="C", LC_ALL="C")
    assert all(line.isascii() for line in told)
    _in_order(
        told,
        "4 stems",
        "intake done: ",
        "null test done: fail",
        "bs DI print polarity inverted off to on",
        "null test done: pass",
        "LdVx FINAL trim 0.0 to plus 0.5 dB",
        "LdVx FINAL chain: eq added",
        "LdVx FINAL chain: deesser added",
        "LdVx FINAL notes",
        "master limiter ceiling minus 1.0 to minus 1.2 dBTP",
        "stored as snapshot A",
        "deliverable spotify-loud added",
        "deliverable apple-music added",
        "version instrumental, not chosen",
        "question: The session has unsaved edits: save them and render?",
        "yes",
        "render begun",
        "render done: ",
        "LdVx FINAL: another file is pinned",
        "LdVx FINAL has a new file, its settings stay",
        "saved",
        "left; the engine goes on",
    )
    kept = load_session(session)
    vocal = next(stem for stem in kept.stems if stem.name == "LdVx FINAL")
    assert (vocal.trim_db, vocal.path.name) == (0.5, "retake.wav")
    assert {"eq", "deesser"} <= {one.type for one in vocal.chain if one.enabled}
    assert "bright" in vocal.notes
    assert next(stem for stem in kept.stems if stem.role == "bass").polarity_inverted
    assert {"spotify-loud", "apple-music"} <= {one.name for one in kept.deliverables}
    (loud,) = (folders / "renders").glob("*[[]apple-music[]].wav")
    assert measure_file(loud).integrated_lufs == pytest.approx(-16.0, abs=0.15)
    assert list((folders / "renders").glob("*Instrumental*streaming*"))
