"""Lossy deliverables: target and ceiling hold on what is decoded, and parts say that they do not add up."""

from __future__ import annotations

import numpy as np
import pytest
from deliver_material import musical

from engine.audio.source import open_source
from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.errors import SessionError
from engine.meters.truepeak import TruePeakMeter
from engine.session.files import load_session

DELIVERABLE = """[[deliverables]]
name = "{encoding}"
loudness_lufs = -11.0
ceiling_dbtp = -1.0
encoding = "{encoding}"
"""


def _render(path):
    session = load_session(path)
    return render(session, plan_jobs(session, deliverables=[], versions=[], folder=None, force=False)).outputs


def _true_peak(path):
    with open_source(path) as source:
        out = np.empty((source.frames, 2))
        source.read_into(0, out)
        meter = TruePeakMeter(source.sample_rate, 2)
    meter.process(out)
    return meter.result().dbtp


def test_target_and_ceiling_hold_on_what_is_decoded(make_session):
    """At this rate both coders add more than half a dB of peak, and LAME lowers all by half an LU."""
    encodings = ("mp3-128", "aac-128")
    text = "".join(DELIVERABLE.format(encoding=encoding) for encoding in encodings)
    stems = {"Drums": musical(5.0, seed=1), "Bass": musical(5.0, seed=2)}
    for output in _render(make_session(stems, text)):
        assert output.holds, (output.deliverable, output.reasons)
        assert output.integrated_lufs == pytest.approx(-11.0, abs=0.1)
        assert output.true_peak_dbtp == pytest.approx(_true_peak(output.path), abs=1e-9)
        assert output.true_peak_dbtp <= -0.98


def test_a_rate_that_the_codec_does_not_know_is_refused_with_the_session(make_session):
    text = DELIVERABLE.format(encoding="opus-96").replace("encoding", "sample_rate = 44100\nencoding")
    with pytest.raises(SessionError, match=r"deliverables\[0\]\.encoding.*sample_rate = 48000"):
        load_session(make_session({"Drums": musical(1.0, seed=1)}, text))
