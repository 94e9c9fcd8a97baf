"""The made-up session of the fake engine: its files need not exist."""

from __future__ import annotations

import json
from pathlib import Path

from fake_desk import part

from engine.session.files import parse_session
from engine.session.model import Session
from engine.session.validate import session_from_tree

_HEAD = """\
# A session of the tests: its files need not exist.
format = 1
title = {title}
sample_rate = 48000
"""
_REFERENCE = """
[reference]
path = "mix.wav"
"""
_STEM = """
[[stems]]
name = {name}
role = "{role}"
path = {path}
chain = [
  {{ type = "eq", bands = [ {{ shape = "high_pass", frequency_hz = 30.0 }}, \
{{ shape = "peak", frequency_hz = 380.0, gain_db = -1.5, q = 0.9 }} ] }},
  {{ type = "compressor", threshold_db = -18.0, ratio = 1.8, attack_ms = 12.0, release_ms = 90.0 }},
]
trim_db = {trim_db}
mute = false
solo = false
"""
_TAIL = """
[master]
chain = [
  { type = "eq", bands = [ { shape = "high_shelf", frequency_hz = 10000.0, gain_db = 1.0 } ] },
  { type = "compressor", threshold_db = -16.0, ratio = 1.5, attack_ms = 40.0, release_ms = 200.0 },
  { type = "limiter", ceiling_dbtp = -1.0, release_ms = 100.0 },
]

[[deliverables]]
name = "streaming"
preset = "spotify"
versions = ["master", "instrumental"]

[[deliverables]]
name = "apple"
preset = "apple-music"
versions = ["master"]
"""


def session_text(stems: int = 8, title: str = "Falling Water", *, with_reference: bool = True) -> str:
    """A session of `stems` stems; beyond eight, names repeat with a number."""
    text = _HEAD.format(title=json.dumps(title, ensure_ascii=False)) + _REFERENCE * with_reference
    for index in range(stems):
        name, role = part(index)
        path = json.dumps(f"{name}.wav")
        text += _STEM.format(name=json.dumps(name), role=role, path=path, trim_db=0.5 * (index % 3 - 1))
    return text + _TAIL


def session_of(text: str, path: Path) -> Session:
    """The session that a text describes."""
    return session_from_tree(parse_session(text, path), path)
