"""The demo's session file: a sensible starting point that already sounds finished."""

from __future__ import annotations

from collections.abc import Mapping

from engine.demo.song import TITLE
from engine.session.toml_text import literal

SESSION_NAME = "demo.toml"
REFERENCE_NAME = "Reference Mix.wav"

_HEAD = """\
# The demo of stemlathe: a song synthesised on this machine, and a starting point for its master.
# Everything here may be changed; `stemlathe demo` never writes over this file.
format = 1
title = {title}
sample_rate = 48000

[reference]
path = {reference}
sha256 = {reference_sha256}
"""

_STEM = """
[[stems]]
name = {name}
role = {role}
path = {path}
sha256 = {sha256}
source_gain_db = 0.0
polarity_inverted = false
offset_samples = 0.0
chain = [
{chain}]
trim_db = {trim_db}
mute = false
solo = false
"""

# Each within the conservative range of its role's card; what is switched off waits to be tried.
_CHAINS: Mapping[str, tuple[str, float]] = {
    "Drums": (
        """\
  { type = "eq", bands = [
    { shape = "peak", frequency_hz = 380.0, gain_db = -1.5, q = 0.9 },
    { shape = "high_shelf", frequency_hz = 9000.0, gain_db = 1.0, q = 0.7071 },
  ] },
  { type = "compressor", threshold_db = -16.0, ratio = 1.8, \
attack_ms = 12.0, release_ms = 90.0, knee_db = 6.0 },
""",
        0.0,
    ),
    "Bass": (
        """\
  { type = "eq", bands = [
    { shape = "high_pass", frequency_hz = 30.0, q = 0.7071 },
    { shape = "peak", frequency_hz = 220.0, gain_db = -1.0, q = 1.0 },
  ] },
  { type = "compressor", threshold_db = -22.0, ratio = 1.8, \
attack_ms = 22.0, release_ms = 130.0, knee_db = 6.0 },
""",
        0.0,
    ),
    "Instruments": (
        """\
  { type = "eq", bands = [
    { shape = "low_shelf", frequency_hz = 150.0, gain_db = -1.0, q = 0.7071 },
    { shape = "peak", frequency_hz = 2500.0, gain_db = -0.8, q = 0.8 },
  ] },
  { type = "compressor", enabled = false, threshold_db = -20.0, ratio = 1.5, \
attack_ms = 25.0, release_ms = 160.0, knee_db = 6.0 },
""",
        0.0,
    ),
    "Lead Vocal": (
        """\
  { type = "eq", bands = [
    { shape = "high_pass", frequency_hz = 90.0, q = 0.7071 },
    { shape = "peak", frequency_hz = 3200.0, gain_db = 0.8, q = 0.8 },
  ] },
  { type = "compressor", threshold_db = -24.0, ratio = 1.4, \
attack_ms = 25.0, release_ms = 150.0, knee_db = 6.0 },
""",
        0.3,
    ),
    "Backing Vocals": (
        """\
  { type = "eq", bands = [
    { shape = "high_pass", frequency_hz = 120.0, q = 0.7071 },
    { shape = "high_shelf", frequency_hz = 8000.0, gain_db = 1.0, q = 0.7071 },
  ] },
  { type = "compressor", enabled = false, threshold_db = -26.0, ratio = 1.4, \
attack_ms = 30.0, release_ms = 180.0, knee_db = 6.0 },
""",
        0.0,
    ),
}

_TAIL = """
[master]
chain = [
  { type = "eq", phase = "minimum", bands = [
    { shape = "low_shelf", frequency_hz = 90.0, gain_db = 0.5, q = 0.7071 },
    { shape = "peak", frequency_hz = 300.0, gain_db = -0.7, q = 0.8 },
    { shape = "high_shelf", frequency_hz = 10000.0, gain_db = 1.2, q = 0.7071 },
  ] },
  { type = "compressor", threshold_db = -16.0, ratio = 1.5, \
attack_ms = 40.0, release_ms = 200.0, knee_db = 6.0 },
  { type = "limiter", ceiling_dbtp = -1.0, release_ms = 100.0 },
]
start_s = 0.0
end_s = 0.0
fade_in_s = 0.0
fade_out_s = 0.0
fade_shape = "cosine"

[[deliverables]]
name = "streaming"
preset = "spotify"
loudness_lufs = -14.0
ceiling_dbtp = -1.0
sample_rate = 44100
encoding = "wav24"
versions = ["master"]

[[deliverables]]
name = "apple"
preset = "apple-music"
loudness_lufs = -16.0
ceiling_dbtp = -1.0
sample_rate = 44100
encoding = "wav24"
versions = ["master"]

[[deliverables]]
name = "broadcast"
preset = "broadcast-r128"
loudness_lufs = -23.0
ceiling_dbtp = -1.0
sample_rate = 48000
encoding = "wav24"
versions = ["master"]

[[deliverables]]
name = "loud"
loudness_lufs = -9.0
ceiling_dbtp = -1.0
sample_rate = 96000
encoding = "wav24"
versions = ["master"]
"""


def demo_session_toml(reference_sha256: str, stems: Mapping[str, tuple[str, str]]) -> str:
    """The text of a new demo session, for files that lie beside it.

    Args:
        reference_sha256: of the reference mix.
        stems: by stem name: its role and the hash of its file `NAME.wav`.

    Raises:
        KeyError: a stem the demo does not have.
    """
    text = _HEAD.format(
        title=literal(TITLE), reference=literal(REFERENCE_NAME), reference_sha256=literal(reference_sha256)
    )
    for name, (role, sha256) in stems.items():
        chain, trim_db = _CHAINS[name]
        text += _STEM.format(
            name=literal(name),
            role=literal(role),
            path=literal(f"{name}.wav"),
            sha256=literal(sha256),
            chain=chain,
            trim_db=literal(trim_db),
        )
    return text + _TAIL
