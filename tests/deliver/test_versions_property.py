"""Over random stems and random chains: the parts add up, in float and in every integer.

`STEMLATHE_CASES=300 python -m pytest tests/deliver/test_versions_property.py` tries hundreds; the
suite a few.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.session.files import load_session

CASES = int(os.environ.get("STEMLATHE_CASES", "6"))
RATE = 48_000
FRAMES = 9_000
ENCODINGS = {"wav32f": None, "wav24": 24, "wav16": 16}
ROLES = ("drums", "bass", "dialogue", "vocals", "backing_vocals", "other")

gains_db = st.floats(-12.0, 12.0).map(lambda value: round(value, 2))
thresholds_db = st.floats(-50.0, -5.0).map(lambda value: round(value, 1))


@st.composite
def compressors(draw):
    return (
        f"threshold_db = {draw(thresholds_db)}, ratio = {draw(st.sampled_from([1.0, 1.5, 4.0, 100.0]))}, "
        f"attack_ms = {draw(st.sampled_from([0.05, 5.0, 100.0]))}, release_ms = 60.0, "
        f"makeup_db = {draw(gains_db)}, mix = {draw(st.sampled_from([0.0, 0.4, 1.0]))}, "
        f'detector = "{draw(st.sampled_from(["peak", "rms"]))}"'
    )


@st.composite
def processors(draw):
    kind = draw(st.sampled_from(["gain", "eq", "compressor", "multiband", "saturator", "stereo", "deesser"]))
    phase = draw(st.sampled_from(["minimum", "linear"]))
    channels = draw(st.sampled_from(["stereo", "mid", "side", "left", "right"]))
    if kind == "gain":
        inside = f"gain_db = {draw(gains_db)}"
    elif kind == "eq":
        shape = draw(st.sampled_from(["peak", "low_shelf", "high_pass", "notch", "tilt"]))
        hz = draw(st.sampled_from([30.0, 300.0, 3000.0, 15000.0]))
        band = f'shape = "{shape}", frequency_hz = {hz}, gain_db = {draw(gains_db)}, channels = "{channels}"'
        inside = f'phase = "{phase}", bands = [ {{ {band} }} ]'
    elif kind == "compressor":
        highpass = draw(st.sampled_from([0.0, 120.0]))
        inside = f'{draw(compressors())}, channels = "{channels}", sidechain_highpass_hz = {highpass}'
    elif kind == "multiband":
        crossovers = draw(st.sampled_from([[500.0], [120.0, 2500.0], [80.0, 400.0, 2000.0, 9000.0]]))
        bands = ", ".join(f"{{ {draw(compressors())} }}" for _ in range(len(crossovers) + 1))
        inside = f'crossovers_hz = {crossovers}, phase = "{phase}", bands = [ {bands} ]'
    elif kind == "saturator":
        character = draw(st.sampled_from(["tape", "tube", "soft", "hard"]))
        mix = draw(st.sampled_from([0.0, 0.5, 1.0]))
        inside = f'drive_db = {draw(st.floats(0.0, 24.0)):.1f}, mix = {mix}, character = "{character}"'
    elif kind == "stereo":
        mono = draw(st.sampled_from([0.0, 150.0]))
        inside = f"width = {draw(st.sampled_from([0.0, 0.7, 1.5]))}, mono_below_hz = {mono}"
    else:
        inside = f"threshold_db = {draw(thresholds_db)}, ratio = 4.0"
    enabled = draw(st.sampled_from(["true", "true", "true", "false"]))
    return f'{{ type = "{kind}", enabled = {enabled}, {inside} }}'


@st.composite
def sessions(draw):
    """Session text, and the signal of each stem as a seed and a level."""
    count = draw(st.integers(1, 7))
    limiter = f'{{ type = "limiter", ceiling_dbtp = -1.0, drive_db = {draw(st.floats(-6.0, 9.0)):.1f} }}'
    chain = [*draw(st.lists(processors(), max_size=4)), *draw(st.sampled_from([[limiter], [limiter], []]))]
    text = f'format = 1\ntitle = "t"\nsample_rate = {RATE}\n'
    levels = []
    for n in range(count):
        own = draw(st.lists(processors(), max_size=1))
        text += f'[[stems]]\nname = "S{n}"\nrole = "{draw(st.sampled_from(ROLES))}"\npath = "S{n}.wav"\n'
        text += f"trim_db = {draw(gains_db)}\nmute = {draw(st.sampled_from(['false'] * 5 + ['true']))}\n"
        text += f"polarity_inverted = {draw(st.sampled_from(['false', 'true']))}\n"
        text += f"offset_samples = {draw(st.sampled_from([0, -37, 100.25]))}\nchain = [{', '.join(own)}]\n"
        levels.append(draw(st.sampled_from([0.0, 1e-4, 0.1, 0.5])))
    text += f"[master]\nchain = [{', '.join(chain)}]\nfade_out_s = 0.05\n"
    rate = draw(st.sampled_from([RATE, RATE, 44_100]))
    versions = ["master", "instrumental", "acapella", "tv", "music_effects", "stems"]
    for encoding in ENCODINGS:
        text += f'[[deliverables]]\nname = "{encoding}"\nencoding = "{encoding}"\nsample_rate = {rate}\n'
        text += f"versions = {versions}\n"
    return text, levels, draw(st.integers(0, 1000))


def _stem(level, seed):
    random = np.random.default_rng(seed)
    time = np.arange(FRAMES)[:, None] / RATE
    tone = np.sin(2 * np.pi * random.uniform(40.0, 5000.0) * time + random.uniform(0.0, 6.0, 2))
    return level * (0.7 * tone + 0.3 * np.clip(random.standard_normal((FRAMES, 2)), -1, 1))


def _samples(output, bits):
    """float64 exactly as in the file; integers in LSB. Float files of integers come back as integers."""
    audio = soundfile.read(output.path, always_2d=True, dtype="float64")[0]
    return audio if bits is None else audio * 2.0 ** (bits - 1)


def _differences(session, outputs, bits):
    audio = {output.stem or output.version: _samples(output, bits) for output in outputs}
    roles = {stem.name: stem.role for stem in session.stems if not stem.mute}
    silence = np.zeros_like(audio["master"])

    def stems(*wanted):
        return sum((audio[name] for name, role in roles.items() if role in wanted), silence)

    yield "instrumental + acapella", audio["instrumental"] + audio["acapella"] - audio["master"]
    yield "acapella", stems("vocals", "backing_vocals") - audio["acapella"]
    if roles:  # the master of no stem at all is dithered silence
        yield "stems", stems(*ROLES) - audio["master"]
        yield "instrumental", stems("drums", "bass", "other", "dialogue") - audio["instrumental"]
    yield "tv", audio["tv"] + stems("vocals") - audio["master"]
    yield "music_effects", audio["music_effects"] + stems("dialogue") - audio["master"]


def _check(session, outputs, encoding):
    bits = ENCODINGS[encoding]
    # without a limiter chains can pass full scale, and a float's own rounding grows with its level
    loudest = max(np.abs(_samples(output, None)).max(initial=0.0) for output in outputs)
    for name, difference in _differences(session, outputs, bits):
        if bits is None:
            assert np.sqrt(np.mean(difference**2)) <= 1e-6 * max(1.0, loudest), name
        elif bits == 24 and loudest > 2.0:  # a 32-bit float holds integers up to 2^24
            assert np.abs(difference).max() <= 16 * loudest, name
        else:
            assert not difference.any(), name


@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=sessions())
def test_parts_add_up(made, tmp_path: Path):
    text, levels, seed = made
    folder = tmp_path / "case"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for n, level in enumerate(levels):
        soundfile.write(folder / f"S{n}.wav", _stem(level, seed + n), RATE, subtype="FLOAT")
    (folder / "s.toml").write_text(text, encoding="utf-8")
    session = load_session(folder / "s.toml")
    jobs = plan_jobs(session, deliverables=[], versions=[], folder=None, force=False)
    report = render(session, jobs)
    for encoding in ENCODINGS:
        _check(session, [output for output in report.outputs if output.deliverable == encoding], encoding)
