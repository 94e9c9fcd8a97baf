"""The way of the signal on wide screens: every processor in its order, with what it takes away now."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from chain_views import EVERY, drawn

from engine.link.records import State
from engine.link.snapshot import NO_MASTER
from tui.panels.chain.flow import FROM_COLUMNS, FROM_ROWS
from tui.view import MASTER

NAN = math.nan
NAMES = (
    "in",
    "Gain",
    "Equaliser",
    "Compressor",
    "Multiband",
    "Saturator",
    "Stereo",
    "De-esser",
    "Limiter",
    "out",
)


def flow(desk, width=200, height=52):
    """The rows of the flow: heading, names, bars, figures."""
    rows = drawn(desk, width, height, frames=2).text().splitlines()
    top = next(y for y, row in enumerate(rows) if "SIGNAL FLOW" in row)
    return [row[row.index("│") + 1 :] if "│" in row else row for row in rows[top : top + 4]]


def master(chain, *reductions_db):
    desk = chain(MASTER, 2, text=EVERY, transport_state=State.PLAYING)
    meters = NO_MASTER._replace(processors_db=reductions_db)
    return desk.change(snapshot=replace(desk.recorder.now.snapshot, master=meters))


def test_every_processor_stands_there_in_its_order(chain):
    _, names, _, _ = flow(master(chain))
    places = [names.find(name) for name in NAMES]
    assert all(place >= 0 for place in places), names
    assert places == sorted(places)
    assert names.count("▶") == len(NAMES) - 1


def test_what_each_takes_away_stands_below_it(chain):
    reductions = (NAN, NAN, 2.3, 0.0, NAN, NAN, 1.1, 6.0)
    _, names, bars, figures = flow(master(chain, *reductions))
    for name, value, filled in (
        ("Compressor", "−2.3", True),
        ("Multiband", "0.0", False),
        ("Limiter", "−6.0", True),
    ):
        begin = names.index(name)
        assert figures[begin : begin + 12].strip().startswith(value)
        assert ("█" in bars[begin : begin + 12]) == filled
    equaliser = names.index("Equaliser")
    assert figures[equaliser : equaliser + 10].strip() == ""
    # deeper is longer
    assert bars[names.index("Limiter") :].count("█") > bars[names.index("Compressor") :][:12].count("█")


def test_a_stem_has_its_trim_behind_its_chain(chain):
    desk = chain(0, 0)
    view = desk.recorder.now
    stem = replace(view.session.stems[0], trim_db=-1.5)
    desk.change(session=replace(view.session, stems=(stem, *view.session.stems[1:])))
    _, names, _, figures = flow(desk)
    assert figures[names.index("trim") :].startswith("−1.5 dB")
    assert names.rindex("out") > names.index("trim")


def test_a_long_chain_shows_what_is_about_the_chosen_one(chain):
    processors = ", ".join('{ type = "gain" }' for _ in range(14)) + ', { type = "limiter" }'
    text = f'format = 1\ntitle = "Long"\nsample_rate = 48000\n[master]\nchain = [{processors}]\n'
    text += '[[stems]]\nname = "a"\nrole = "drums"\npath = "a.wav"\n'
    desk = chain(MASTER, 14, text=text)
    heading, names, _, _ = flow(desk, FROM_COLUMNS, FROM_ROWS)
    assert "Limiter" in names
    assert "more" in heading


@pytest.mark.parametrize(("width", "height"), [(FROM_COLUMNS - 1, 52), (200, FROM_ROWS - 1), (80, 18)])
def test_smaller_screens_have_no_room_for_it(chain, width, height):
    desk = master(chain)
    assert "SIGNAL FLOW" not in drawn(desk, width, height).text()
    assert "SIGNAL FLOW" in drawn(desk, FROM_COLUMNS, FROM_ROWS).text()
