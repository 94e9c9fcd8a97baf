"""Lists, lines and questions as they stand on the screen, cell by cell, and how far their keys go."""

from __future__ import annotations

import pytest
from desk_pictures import styled
from overlay_views import shown

from tui.display.cells import CellBuffer
from tui.looks.themes import NAMES
from tui.overlay.chooser import Chooser, Item, items_of, matching
from tui.overlay.line_editor import LineEditor
from tui.overlay.notepad import Notepad
from tui.overlay.overlay import Overlay, box, frame, nothing
from tui.overlay.prompt import Memory, Prompt, shared_start
from tui.overlay.question import Question


def items(count: int = 6) -> list[Item]:
    """Every second one has a key at the right; the first is about nothing."""
    return [
        Item(f"name {n}", nothing, about="about it " * n, right=f"g {n}" if n % 2 else "")
        for n in range(count)
    ]


def commands(count: int = 12) -> Prompt:
    """A line with completions and something to say."""
    prompt = Prompt(
        ":",
        "",
        lambda _: None,
        complete=lambda text: [one for n in range(count) if (one := f"mono{n}").startswith(text)],
        about=lambda line: f"about {line}",
        preview=lambda line: ("it would", False) if line == "mo" else ("", True),
    )
    prompt.line.set("mo")
    return prompt


def styles(overlay: Overlay, width: int, height: int) -> list[list[tuple[str, str]]]:
    """Its rows in pieces of one style."""
    place = overlay.place(width, height)
    buffer = CellBuffer(place.width, place.height)
    overlay.draw(buffer.canvas)
    for row in buffer.styles:
        for style in row:
            colours = {word for word in style.replace(" on ", " ").split() if word not in ("bold", "reverse")}
            assert colours <= set(NAMES), "a colour that no theme has"
    return styled(buffer)


@pytest.mark.parametrize(
    ("size", "wanted", "place"),
    [
        ((80, 24), (40, 10), (20, 7, 40, 10)),
        ((81, 25), (40, 10), (20, 7, 40, 10)),
        ((80, 24), (76, 22), (2, 1, 76, 22)),
        ((80, 24), (77, 23), (2, 1, 76, 22)),
        ((80, 24), (0, 0), (39, 11, 1, 1)),
        ((3, 2), (40, 10), (1, 0, 1, 1)),
    ],
)
def test_a_box_stands_in_the_middle_two_cells_from_the_edge(
    size: tuple[int, int], wanted: tuple[int, int], place: tuple[int, int, int, int]
) -> None:
    assert box(*size, *wanted) == place


@pytest.mark.parametrize(
    ("size", "rows"),
    [
        ((12, 3), ["┌─ title ──┐", "│          │", "└─ keys ───┘"]),
        ((9, 3), ["┌─ tit…─┐", "│       │", "└─ key…─┘"]),
        ((4, 3), ["┌──┐", "│  │", "└──┘"]),
        ((3, 3), ["", "", ""]),
        ((4, 2), ["", ""]),
    ],
)
def test_a_frame_has_a_title_above_and_keys_below(size: tuple[int, int], rows: list[str]) -> None:
    buffer = CellBuffer(*size)
    inner = frame(buffer.canvas, "title", "keys")
    assert buffer.text().split("\n") == rows
    framed = rows[0] != ""
    assert (inner.width, inner.height) == ((size[0] - 4, size[1] - 2) if framed else size)
    if inner.width:
        inner.put(0, 0, "x", "text")
        assert buffer.glyphs[1 if framed else 0][2 if framed else 0] == "x"


def test_a_list() -> None:
    assert shown(Chooser("pick", items), 50, 14) == [
        "┌─ pick ─────────────────────────────────────┐",
        "│ /                                          │",
        "│ ▸ name 0                                   │",
        "│   name 1  about it                     g 1 │",
        "│   name 2  about it about it                │",
        "│   name 3  about it about it about it   g 3 │",
        "│   name 4  about it about it about it abou… │",
        "│   name 5  about it about it about it … g 5 │",
        "└─ enter chooses  ↑ ↓  esc closes ───────────┘",
    ]
    found = styles(Chooser("pick", items, chosen=1), 50, 14)
    border = ("│", "border on panel")
    assert found[2] == [border, ("name 0", "text on panel"), border]
    assert found[3] == [
        border,
        ("▸", "focus on selected"),
        ("name 1", "bold text on selected"),
        ("about it", "dim on selected"),
        ("g 1", "accent on selected"),
        border,
    ]


@pytest.mark.parametrize("chosen", [0, 3, 4, 10, 15, 16, 19, 25])
def test_the_chosen_one_is_in_the_middle_where_the_list_goes_on(chosen: int) -> None:
    rows = shown(Chooser("pick", lambda: items(20), chosen, back=nothing), 50, 12)
    assert rows[-1].startswith("└─ enter chooses  ↑ ↓  esc goes back ─")
    numbers = [int(row.split("name ")[1].split()[0]) for row in rows if "name" in row]
    chosen = min(chosen, 19)
    assert numbers == list(range(min(max(chosen - 3, 0), 13), min(max(chosen - 3, 0), 13) + 7))
    assert [row for row in rows if "▸" in row] == [row for row in rows if f"name {chosen} " in row]


@pytest.mark.parametrize(("count", "rows"), [(0, 4), (1, 4), (2, 5), (23, 26), (24, 26)])
def test_a_list_is_as_high_as_all_of_it(count: int, rows: int) -> None:
    assert Chooser("pick", lambda: items(count)).place(200, 60) == (58, (60 - rows) // 2, 84, rows)


def test_a_list_says_why_it_is_empty() -> None:
    assert "│   no rows here yet " in shown(Chooser("pick", list), 40, 10)[2]
    nothing_fits = Chooser("pick", items)
    by_path = Chooser("pick", items, by_path=lambda _: None)
    for letter in "zzz":
        nothing_fits.key(letter, letter)
    by_path.key("slash", "/")
    assert "│   nothing fits " in shown(nothing_fits, 50, 14)[2]
    assert "│   enter goes there, tab completes " in shown(by_path, 50, 14)[2]


def test_pages_of_a_list_are_ten_rows_and_its_ends_hold() -> None:
    chooser = Chooser("pick", lambda: items(25))
    found = []
    for key in (
        "up",
        "down",
        "tab",
        "ctrl+n",
        "pagedown",
        "pagedown",
        "pagedown",
        "shift+tab",
        "ctrl+p",
        "pageup",
    ):
        assert chooser.key(key, None) is None
        found.append(chooser.at)
    assert found == [0, 1, 2, 3, 13, 23, 24, 23, 22, 12]


def test_where_a_word_stands_decides_who_comes_first() -> None:
    """Beginnings of words before middles; a name before other words for it, those before what is said."""
    found = [
        Item("amute", nothing),
        Item("d", nothing, about="no mute"),
        Item("c", nothing, also="mute"),
        Item("b mute", nothing),
        Item("x", nothing, about="xmute"),
        Item("y", nothing, also="xmute"),
        Item("other", nothing),
        Item("a (mute)", nothing),
    ]
    assert [item.label for item in matching(found, "mute")] == [
        "b mute",
        "a (mute)",
        "c",
        "d",
        "amute",
        "y",
        "x",
    ]
    assert [item.label for item in matching(found, "ah")] == [], "no letters in that order"
    assert [item.label for item in matching(found, "otr")] == ["other"]
    assert matching(found, "") == found
    numbered: list[int] = []
    made = items_of([("one", "1"), ("two", "2")], numbered.append, ["eins"])
    made[1].done()
    assert (numbered, made[0].also, made[1].also, made[1].about) == ([1], "eins", "", "2")


def test_a_line_with_what_it_may_become() -> None:
    about = [f" mono{n}{'':36}about mono{n}" for n in range(7)]
    assert shown(commands(), 70, 24) == [
        *about,
        f" mono7{'':36}about mono7      and 4 more",
        " it would",
        " :mono0",
    ]
    assert styles(commands(), 70, 24)[-3:] == [
        [("mono7", "text on panel"), ("about mono7      and 4 more", "dim on panel")],
        [("it would", "warn on panel")],
        [
            (":", "bold accent on panel"),
            ("mo", "text on panel"),
            ("n", "reverse text on panel"),
            ("o0", "faint on panel"),
        ],
    ]


@pytest.mark.parametrize(
    ("count", "height", "rows"),
    [
        (12, 24, 10),
        (12, 12, 10),
        (12, 11, 9),
        (12, 5, 3),
        (12, 4, 2),
        (8, 24, 10),
        (2, 24, 4),
        (1, 24, 2),
        (0, 24, 2),
    ],
)
def test_a_line_takes_the_rows_that_its_completions_need(count: int, height: int, rows: int) -> None:
    """Eight at most, one alone stands in the line itself; four rows are left to the desk."""
    assert commands(count).place(80, height) == (0, height - rows, 80, rows)
    text = "\n".join(shown(commands(count), 80, height))
    left = count - (rows - 2) if rows > 2 else 0
    assert ("more" in text) is (left > 0)
    assert left <= 0 or f"and {left} more" in text


def test_a_long_question_stands_above_the_room_for_its_answer() -> None:
    prompt = Prompt("a question that is long and longer and longer?", "old", lambda _: None)
    assert styles(prompt, 50, 20) == [
        [("a question that is long and longer and longer?", "bold accent on panel")],
        [("▸", "bold accent on panel"), ("old", "text on selected")],
    ]
    prompt.key("right", None)
    assert styles(prompt, 50, 20)[1][1] == ("old", "text on panel")
    folded = Prompt("which of many words is it that you have meant here?", "", lambda _: None)
    assert " ".join(shown(folded, 40, 20)).split()[:-1] == folded.prompt.split()
    assert folded.place(40, 20).height == 3
    folder = Prompt("where?", "/songs/", lambda _: None)
    assert styles(folder, 50, 20)[0][1] == ("/songs/", "text on panel")


def test_two_hundred_lines_are_remembered() -> None:
    memory = Memory()
    for number in range(205):
        memory.add(f"line {number}")
    memory.add("  ")
    assert (memory.lines[0], memory.lines[-1], len(memory.lines)) == ("line 5", "line 204", 200)
    memory.add("line 7")
    assert (memory.lines[:3], memory.lines[-1], len(memory.lines)) == (
        ["line 5", "line 6", "line 8"],
        "line 7",
        200,
    )


@pytest.mark.parametrize(
    ("texts", "common"),
    [
        (["mono"], "mono"),
        (["mono", "monitor"], "mon"),
        (["mo", "mono"], "mo"),
        (["a", "b"], ""),
        (["a", "aab", "ab"], "a"),
    ],
)
def test_what_all_begin_with(texts: list[str], common: str) -> None:
    assert shared_start(texts) == common


@pytest.mark.parametrize(
    ("text", "at", "room", "row", "cursor"),
    [
        ("abc", 3, 10, "abc", 3),
        ("abcdef", 6, 7, "abcdef", 6),
        ("abcdef", 6, 6, "bcdef", 5),
        ("abcdef", 2, 6, "abcdef", 2),
        ("夜の川", 3, 6, "の川", 4),
        ("abc", 3, 1, "", 0),
    ],
)
def test_the_cursor_is_always_in_sight(text: str, at: int, room: int, row: str, cursor: int) -> None:
    line, buffer = LineEditor(text), CellBuffer(room, 1)
    line.at = at
    line.draw(buffer.canvas, 0, 0)
    assert buffer.text().rstrip() == row
    reversed_cells = [x for x, style in enumerate(buffer.styles[0]) if style.startswith("reverse")]
    assert reversed_cells[:1] == ([cursor] if room > 1 else [])


def test_a_question_stands_at_the_bottom() -> None:
    question = Question("replace four files that are there already and have long names?", nothing)
    assert question.place(50, 24) == (0, 22, 50, 2)
    assert styles(question, 50, 24) == [
        [
            ("y = yes, any other key = no:", "bold accent on panel"),
            ("replace four files", "bold warn on panel"),
        ],
        [("that are there already and have long names?", "bold warn on panel")],
    ]
    assert question.place(20, 4) == (0, 2, 20, 2)
    assert question.place(20, 2) == (0, 1, 20, 1)


def test_a_sheet_shows_the_rows_about_its_cursor_and_counts_them() -> None:
    pad = Notepad("note", "\n".join(f"row {n}" for n in range(40)), lambda _: None)
    rows = shown(pad)
    assert rows[0] == f"┌─ note {'─' * 56} 40/40 ────┐"
    assert [row.split()[2] for row in rows[1:-1]] == [str(n) for n in range(26, 40)]
    for _ in range(2):
        pad.key("pageup", None)
    rows = shown(pad)
    assert [row.split()[2] for row in rows[1:-1]] == [str(n) for n in range(12, 26)]
    assert "20/40" in rows[0]
    assert "/" not in shown(Notepad("note", "a\n" * 13, lambda _: None))[0]
    assert " 15/15 " in shown(Notepad("note", "a\n" * 14, lambda _: None))[0]
