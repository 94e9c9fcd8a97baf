"""Stems in another order: comments go with their stem, and nothing else changes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SessionError
from engine.session.editing import TextEditor
from engine.session.reordering import move_between, moved_item, with_table_moved

TEXT = """\
format = 1   # head

# the kit
# two microphones
[[stems]]
name = "Drums"   # with sticks
notes = \"\"\"
[[stems]]
looks like a header
\"\"\"

[[stems]]
name = "Bass"
chain = [
  { type = "gain" }, # quiet
]


# sung at night
[[stems]]
name = "Voice"

[master]
chain = []
[[deliverables]]
name = "cd"
"""


def test_a_block_goes_with_its_comments() -> None:
    text = TEXT.replace('notes = """\n[[stems]]\nlooks like a header\n"""\n', "")
    moved = with_table_moved(text, "stems", 2, 0)
    assert moved is not None
    assert moved.startswith(
        'format = 1   # head\n\n# sung at night\n[[stems]]\nname = "Voice"\n\n# the kit\n# two microphones\n'
    )
    assert sorted(moved.splitlines()) == sorted(text.splitlines())
    assert with_table_moved(moved, "stems", 0, 2) == text


def test_what_only_looks_like_a_header_is_no_place_to_cut() -> None:
    editor = TextEditor(TEXT, Path("song.toml"))
    editor.moved("stems", 0, 2)
    names = [stem["name"] for stem in editor.tree["stems"]]
    assert names == ["Bass", "Voice", "Drums"]
    assert tomllib.loads(editor.text) == editor.tree
    assert editor.tree["stems"][2]["notes"] == "[[stems]]\nlooks like a header\n"


def test_an_inline_list_is_reordered_too() -> None:
    editor = TextEditor('stems = [ { name = "a" }, { name = "b" } ]\n', Path("song.toml"))
    editor.moved("stems", 1, 0)
    assert [stem["name"] for stem in editor.tree["stems"]] == ["b", "a"]


@pytest.mark.parametrize(("place", "to"), [(3, 0), (0, 3), (-1, 0)])
def test_a_place_that_is_not_there_changes_nothing(place: int, to: int) -> None:
    editor = TextEditor(TEXT, Path("song.toml"))
    with pytest.raises(SessionError, match=r"song.toml: stems\[-?\d\]: is not in the file"):
        editor.moved("stems", place, to)
    assert editor.text == TEXT


@given(
    st.lists(
        st.tuples(st.text("xy# ", max_size=5), st.integers(0, 2), st.booleans()), min_size=1, max_size=6
    ),
    st.data(),
)
def test_every_move_is_that_of_the_list_and_can_be_taken_back(stems, data) -> None:
    lines = ["format = 1", ""]
    for number, (comment, blanks, has_comment) in enumerate(stems):
        lines += [f"# {comment}"] if has_comment else []
        lines += ["[[stems]]", f'name = "{number}"', "[stems.more]", "x = 1", *[""] * blanks]
    text = "\n".join([*lines, "[master]", "y = 2", ""])
    place, to = (data.draw(st.integers(0, len(stems) - 1)) for _ in range(2))
    moved = with_table_moved(text, "stems", place, to)
    assert moved is not None
    names = [stem["name"] for stem in tomllib.loads(moved)["stems"]]
    assert names == moved_item([str(number) for number in range(len(stems))], place, to)
    assert with_table_moved(moved, "stems", to, place) == text


@pytest.mark.parametrize(
    ("items", "wanted", "move"),
    [
        ([1, 2, 3], [2, 3, 1], (0, 2)),
        ([1, 2, 3], [3, 1, 2], (2, 0)),
        ([1, 2, 3, 4], [1, 3, 2, 4], (1, 2)),
        ([1, 2, 3], [1, 2, 3], None),
        ([1, 2, 3], [3, 2, 1], None),
        ([1, 2, 3], [2, 1, 4], None),
        ([1, 2, 3], [1, 2], None),
    ],
)
def test_a_move_is_known_by_its_result(items, wanted, move):
    assert move_between(items, wanted) == move
