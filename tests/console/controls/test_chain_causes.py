"""The chain editor tells whose samples make the master's processors act."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from engine.link.records import MASTER_PROCESSORS
from engine.link.snapshot import NO_STEM
from tui.display.cells import CellBuffer
from tui.panels.chain.panel import ChainPanel
from tui.view import MASTER, Panel

CHAINS = """
format = 1
title = "Three"
sample_rate = 48000

[[stems]]
name = "Drums"
role = "drums"
path = "drums.wav"
chain = [ { type = "compressor" } ]

[[stems]]
name = "Bass"
role = "bass"
path = "bass.wav"

[[stems]]
name = "ストリングスとホーン"
role = "instruments"
path = "strings.wav"

[master]
chain = [ { type = "compressor" }, { type = "limiter" } ]
"""


def shares(*master):
    """What a stem's meters say of the master's processors."""
    return NO_STEM._replace(master_shares=(*master, *[math.nan] * (MASTER_PROCESSORS - len(master))))


@pytest.fixture
def last_row(make_desk):
    """The last row right of the list, for a focus."""

    def draw(stem, processor, width=110):
        panel = ChainPanel()
        desk = make_desk(panels={Panel.CHAIN: panel}, text=CHAINS)
        desk.change(focus_panel=Panel.CHAIN, focus_stem=stem, focus_processor=processor, focus_key="")
        stems = (shares(0.25, 1.2), shares(0.75, -0.2), shares(0.0, math.nan))
        desk.change(snapshot=replace(desk.recorder.now.snapshot, stems=stems))
        buffer = CellBuffer(width, 28)
        panel.draw(buffer.canvas, desk.controls.view)
        return buffer.text().splitlines()[-1].partition("│")[2].strip()

    return draw


def test_the_largest_share_comes_first_and_the_processor_counts(last_row):
    assert last_row(MASTER, 0) == "for Bass 75 %  Drums 25 %"
    assert last_row(MASTER, 1) == "for Drums 120 %  Bass −20 %"


def test_a_stems_own_processor_has_no_shares(last_row):
    assert "%" not in last_row(0, 0)


def test_what_has_no_room_is_left_out_whole(last_row):
    assert last_row(MASTER, 0, width=64) == "for Bass 75 %"
