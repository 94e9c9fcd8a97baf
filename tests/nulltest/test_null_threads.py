"""What a null test, a check and a measurement find does not depend on how many threads share them out."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import soundfile

from engine import measure
from engine.intake import check
from engine.nulltest import bus_causes, bus_models, hypotheses, lags, nulltest, search, spread
from engine.nulltest import measure as levels
from engine.report.plain import as_json
from engine.session.files import load_session

RATE = 48000
_SHARED = (measure, check, levels, bus_causes, bus_models, hypotheses, lags, search, spread)


@pytest.fixture
def song(tmp_path, random):
    """Six seconds of four stems of as many formats; the mix has one of them later and louder."""
    total = np.zeros((6 * RATE, 2))
    text = f'format = 1\ntitle = "t"\nsample_rate = {RATE}\n[reference]\npath = "mix.wav"\n'
    for number, subtype in enumerate(("PCM_16", "PCM_24", "FLOAT", "PCM_24")):
        wave = 0.1 * random.standard_normal((6 * RATE, 2))
        wave[1:] += 0.8 * wave[:-1]
        wave *= 0.2 + np.abs(np.sin(np.arange(len(wave)) / (3000.0 + 700.0 * number)))[:, None]
        soundfile.write(tmp_path / f"{number}.wav", wave, RATE, subtype)
        total += np.roll(1.1 * wave, 37, axis=0) if number == 2 else wave
        text += f'[[stems]]\nname = "{number}"\nrole = "other"\npath = "{number}.wav"\n'
    soundfile.write(tmp_path / "mix.wav", total, RATE, "FLOAT")
    (tmp_path / "s.toml").write_text(text)
    return tmp_path


def test_every_figure_is_the_same_for_any_number_of_threads(song, monkeypatch):
    session = load_session(song / "s.toml")
    files = sorted(song.glob("*.wav"))
    found = set()
    for threads in (1, 2, 3, 8):
        for module in _SHARED:
            monkeypatch.setattr(module, "usable_cores", lambda threads=threads: threads)
        documents = [nulltest.null_test(session), check.check_session(session)]
        measured = measure.measure_files(files).files
        text = json.dumps([as_json(one) for one in (*documents, *measured)], default=str)
        found.add(text)
    assert len(found) == 1
    report = nulltest.null_test(session)
    assert report.causes, "the fault is seen"
    assert dataclasses.is_dataclass(report)
