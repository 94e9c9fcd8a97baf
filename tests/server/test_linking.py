"""Linked stems: trims move by as much, chains likewise, what differs stays different."""

from __future__ import annotations

import copy
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processes import wait_until
from studio import ask, edit, refused, session_of

from engine.server.linking import with_linked

TREE = tomllib.loads("""
[[stems]]
name = "L"
path = "l.wav"
trim_db = 1.0
chain = [
  { type = "eq", bands = [ { frequency_hz = 100.0, gain_db = 1.0 } ] },
  { type = "compressor", ratio = 2.0 },
]
[[stems]]
path = "R.wav"
chain = [ { type = "eq", bands = [ { frequency_hz = 150.0, gain_db = -1.0 } ] }, { type = "compressor" } ]
[[stems]]
name = "Other"
path = "o.wav"
chain = [ { type = "compressor" } ]
""")
LINKS = [["L", "R", "Other"]]


def changed(*changes, links=LINKS):
    """The stems after what was asked for and what links add."""
    tree = copy.deepcopy(TREE)
    for key, value in with_linked(TREE, links, changes):
        node = tree
        for part in key[:-1]:
            node = node[part]
        node[key[-1]] = value
    return tree["stems"]


def test_a_trim_moves_the_others_by_as_much_within_their_range():
    assert [stem["trim_db"] for stem in changed((("stems", 0, "trim_db"), 1.5))] == [1.5, 0.5, 0.5]
    moved = changed((("stems", 1, "trim_db"), 24.0))
    assert [moved[0]["trim_db"], moved[1]["trim_db"]] == [24.0, 24.0]
    back = changed((("stems", 0, "trim_db"), None))
    assert back[1]["trim_db"] == -1.0


def test_a_value_is_set_where_the_same_processor_stands():
    stems = changed((("stems", 0, "chain", 1, "ratio"), 3.0))
    assert stems[1]["chain"][1]["ratio"] == 3.0
    assert "ratio" not in stems[2]["chain"][0]
    stems = changed((("stems", 0, "chain", 0, "bands", 0, "q"), 2.0))
    assert stems[1]["chain"][0]["bands"][0] == {"frequency_hz": 150.0, "gain_db": -1.0, "q": 2.0}


def test_what_comes_goes_and_moves_does_so_in_both_and_values_stay_apart():
    eq, compressor = TREE["stems"][0]["chain"]
    added = changed((("stems", 0, "chain"), [eq, {"type": "deesser"}, compressor]))[1]["chain"]
    assert [table["type"] for table in added] == ["eq", "deesser", "compressor"]
    assert added[0]["bands"][0]["frequency_hz"] == 150.0
    moved = changed((("stems", 0, "chain"), [compressor, eq]))[1]["chain"]
    assert [table["type"] for table in moved] == ["compressor", "eq"]
    assert moved[1]["bands"][0]["gain_db"] == -1.0
    gone = changed((("stems", 0, "chain"), [compressor]))[1]["chain"]
    assert gone == [{"type": "compressor"}]
    band = {"frequency_hz": 3000.0, "gain_db": 1.0}
    with_band = changed((("stems", 0, "chain"), [{**eq, "bands": [*eq["bands"], band]}, compressor]))[1][
        "chain"
    ]
    assert with_band[0]["bands"] == [{"frequency_hz": 150.0, "gain_db": -1.0}, band]
    assert changed((("stems", 0, "chain"), []))[2]["chain"] == [{"type": "compressor"}]  # another chain


def test_only_trims_and_chains_move_and_a_named_stem_is_left_alone():
    assert with_linked(TREE, LINKS, [(("stems", 0, "mute"), True)]) == [(("stems", 0, "mute"), True)]
    assert with_linked(TREE, LINKS, [(("title",), "x")]) == [(("title",), "x")]
    both = [(("stems", 0, "trim_db"), 2.0), (("stems", 1, "trim_db"), -2.0)]
    assert [key for key, _ in with_linked(TREE, [["L", "R"]], both)] == [key for key, _ in both]
    assert with_linked(TREE, [], both) == both


@given(st.floats(-5, 5), st.floats(-5, 5), st.integers(0, 1))
def test_linked_trims_keep_their_distance(first, second, moved):
    tree = copy.deepcopy(TREE)
    tree["stems"][0]["trim_db"], tree["stems"][1]["trim_db"] = first, second
    target = round(first + second, 3)
    added = dict(with_linked(tree, [["L", "R"]], [(("stems", moved, "trim_db"), target)]))
    apart = added["stems", 0, "trim_db"] - added["stems", 1, "trim_db"]
    assert apart == pytest.approx(first - second, abs=2e-6)


def test_the_engine_moves_them_as_one_step_and_remembers(desk, studio):
    ask(desk, "link", groups=[["Drums", "Bass"]])
    wait_until(lambda: desk.document().links == (("Drums", "Bass"),))
    ask(desk, "set", path="stems[0].trim_db", value=0.5)
    ask(desk, "set", path="stems[0].trim_db", value=0.7)
    wait_until(lambda: [stem.trim_db for stem in session_of(desk, studio).stems] == [0.7, 0.7, 0.0])
    ask(desk, "undo")
    wait_until(lambda: [stem.trim_db for stem in session_of(desk, studio).stems] == [0.0, 0.0, 0.0])
    edit(desk, "renamed", ("stems[1].name", "Sub"))
    wait_until(lambda: desk.document().links == (("Drums", "Sub"),))
    ask(desk, "link", groups=[])
    ask(desk, "set", path="stems[0].trim_db", value=0.5)
    wait_until(lambda: [stem.trim_db for stem in session_of(desk, studio).stems] == [0.5, 0.0, 0.0])


def test_links_that_cannot_be_are_refused(desk):
    assert refused(desk, "link", groups=[["Drums", "Nobody"]]) == "no_stem"
    assert refused(desk, "link", groups=[["Drums"]]) == "bad_payload"
    assert refused(desk, "link", groups=[["Drums", "Bass"], ["Bass", "Vocals"]]) == "bad_payload"
