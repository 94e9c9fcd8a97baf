"""A session with every processor, the chain editor's text, and the session its edits make."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.session.files import parse_key, parse_session, with_changes
from engine.session.model import Session
from engine.session.validate import session_from_tree
from tui.display.cells import CellBuffer

EVERY = """
format = 1
title = "Every processor"
sample_rate = 48000

[[stems]]
name = "Drums"
role = "drums"
path = "drums.wav"

[master]
chain = [
  { type = "gain" },
  { type = "eq", phase = "linear", bands = [ { frequency_hz = 40.0, gain_db = 4.5 } ] },
  { type = "compressor", ratio = 4.0 },
  { type = "multiband", crossovers_hz = [200.0], bands = [ {}, {} ], phase = "linear" },
  { type = "saturator" },
  { type = "stereo" },
  { type = "deesser" },
  { type = "limiter" },
]
"""


def drawn(desk: Any, width: int = 100, height: int = 28, frames: int = 1) -> CellBuffer:
    """The panel of a desk, drawn once a second."""
    buffer = CellBuffer(width, height)
    canvas = buffer.canvas
    for frame in range(frames):
        desk.panel.draw(canvas, replace(desk.controls.view, now_s=float(frame)))
    return buffer


def applied(desk: Any) -> Session:
    """The session after what was sent, as the engine makes it."""
    view = desk.recorder.now
    text = view.document.text
    for kind, payload in desk.sent:
        changes = payload["changes"] if kind == "edit" else [[payload["path"], payload["value"]]]
        text = with_changes(text, [(parse_key(key), value) for key, value in changes], view.session.path)
    return session_from_tree(parse_session(text, view.session.path), view.session.path)
