"""`watch`, cell by cell: what stands where, in which colour, and how far it scrolls."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Literal

import pytest
from desk_pictures import styled
from watch_views import ENGINE, RENDER, SESSION, told

from engine.processes.ended_renders import REMEMBERED_S, Ending
from engine.processes.watch_view import Outlook, Sight
from tui.display.cells import CellBuffer
from tui.watch.picture import Gone, draw_watch
from tui.watch.run import Memory, _Watch

NOW_S = 1e9
MISSED = "−15.21 LUFS is the nearest that can be reached"
ENDED = Ending("old", 9, SESSION, "done", "", 8.2, NOW_S, (told("cd", "tv"), told("cd", "x", holds=False)))
BOTH = Outlook((RENDER, ENGINE), ())


def drawn(outlook: Outlook, height: int = 24, first: int = 0, gone: tuple[Gone, ...] = ()) -> CellBuffer:
    buffer = CellBuffer(80, height)
    draw_watch(buffer.canvas, outlook, gone, first, NOW_S)
    return buffer


def rows(outlook: Outlook, height: int = 24, first: int = 0, gone: tuple[Gone, ...] = ()) -> list[str]:
    """The rows of a picture, without the blanks behind them."""
    return [row.rstrip() for row in drawn(outlook, height, first, gone).text().splitlines()]


def clock(before_s: float = 0.0) -> str:
    """A time as this machine's zone has it."""
    return time.strftime("%H:%M:%S", time.localtime(NOW_S - before_s))


def test_everything_has_its_place() -> None:
    lost = Gone("lost", "engine", NOW_S - 5.0)
    assert rows(Outlook((RENDER, ENGINE), (ENDED,)), 17, gone=(lost,)) == [
        f" WATCH   2 running · 2 ended{clock():>51}",
        " ▶ falling-water       43% ██████▉           00:12 left   23 × file 2 of 4",
        "   render ·  −14.1 LUFS      — dBTP  streaming · master: loudness, pass 2",
        "   /songs/Falling Water.toml",
        "     ✓ −14.00 LUFS  −1.01 dBTP  streaming · master",
        "",
        " ▶ slow-rivers        playing    1:07.4 of 3:12.0   load  12% 2 under-runs",
        "   engine · I  −14.2 LUFS of 43% S  −13.1   −1.1 dBTP  GR 2.3 dB  target −14.0",
        "   null · 3 consoles · 188 MB · pid 7 · /songs/Falling Water.toml",
        "",
        " ENDED within the last ten minutes",
        f" · lost               engine has ended at {clock(5.0)}",
        f" ✖ old                1 hold, 1 missed   {clock()}, took 0:08.2",
        "     ✖ −15.21 LUFS  −1.01 dBTP  cd · x",
        f"       {MISSED}",
        "     ✓ −14.00 LUFS  −1.01 dBTP  cd · tv",
        " q leaves, what runs goes on",
    ]


def test_good_and_bad_have_their_colours() -> None:
    found = [row for row in styled(drawn(Outlook((RENDER, ENGINE), (ENDED,)))) if row]
    assert [row[0][1] for row in found] == [
        *("title on panel", "accent", "dim", "faint", "good", "good", "dim", "dim"),
        *("label", "bad", "bad", "bad", "good", "dim on panel"),
    ]
    assert found[5][-1] == ("2 under-runs", "warn")
    assert ("1 hold, 1 missed", "bad") in found[9]
    calm = replace(ENGINE, status=replace(ENGINE.status, xruns=0, clients=1, state="failed"))
    (title, first, _, third, *_) = styled(drawn(Outlook((calm,), ())))
    assert title == [("WATCH   1 running · 0 ended", "title on panel"), (clock(), "dim on panel")]
    assert (first[0], first[-1]) == (("✖", "bad"), ("0 under-runs", "dim"))
    assert "1 console ·" in third[0][0]


def test_a_render_that_tells_nothing_yet_is_at_its_first_file() -> None:
    status = replace(RENDER.status, progress=None)
    (_, first, second, *_) = rows(Outlook((Sight(status, outputs=1),), ()))
    assert first == " ▶ falling-water        0%                       — left    — × file 1 of 1"
    assert second.split() == ["render", "·", "—", "LUFS", "—", "dBTP"]
    done = replace(RENDER, outputs_done=4, speed=0.5, status=replace(status, progress=1.0))
    assert rows(Outlook((done,), ()))[1] == (
        " ▶ falling-water      100% ████████████████  00:12 left    0 × file 4 of 4"
    )


@pytest.mark.parametrize(
    ("how", "missed", "summary", "sign", "word"),
    [
        ("done", False, "", ("✓", "good"), ("2 hold", "good")),
        ("done", True, "", ("✖", "bad"), ("1 hold, 1 missed", "bad")),
        ("done", False, "9 songs", ("✓", "good"), ("9 songs", "good")),
        ("failed", False, "", ("✖", "bad"), ("failed, 2 were finished", "bad")),
        ("interrupted", True, "", ("·", "warn"), ("interrupted, 1 were finished", "warn")),
        ("interrupted", True, "9 songs", ("·", "warn"), ("interrupted, 1 were finished: 9 songs", "warn")),
    ],
)
def test_how_it_ended_has_words_and_a_colour(
    how: Literal["done", "failed", "interrupted"],
    missed: bool,
    summary: str,
    sign: tuple[str, str],
    word: tuple[str, str],
) -> None:
    files = (told("cd", "tv"), told("cd", "x", holds=not missed))
    ending = replace(ENDED, how=how, outputs=files, summary=summary)
    found = styled(drawn(Outlook((), (ending,))))
    assert found[1] == [("ENDED within the last ten minutes", "label")]
    assert found[2][:3] == [sign, ("old", "text"), word]


def test_nothing_is_said_to_run_only_where_there_is_nothing_at_all() -> None:
    lost = (Gone("lost", "engine", NOW_S),)
    assert rows(Outlook((), ()))[1:4] == [
        "",
        " nothing is running",
        " 'stemlathe render SESSION' and 'stemlathe open SESSION' are seen here",
    ]
    for found in (rows(BOTH), rows(Outlook((), (ENDED,))), rows(Outlook((), ()), gone=lost)):
        assert not any("nothing is running" in row for row in found)


@pytest.mark.parametrize(("heard", "shown"), [(0.999, True), (1.0, False), (None, False)])
def test_how_much_was_heard_is_said_until_all_was(heard: float | None, shown: bool) -> None:
    text = rows(Outlook((replace(ENGINE, heard=heard),), ()))[2]
    assert ("LUFS of " in text) is shown


@pytest.mark.parametrize(
    ("length", "name"), [(17, "n" * 17 + " "), (18, "n" * 18), (19, "n" * 17 + "…"), (40, "n" * 17 + "…")]
)
def test_names_end_where_the_figures_begin(length: int, name: str) -> None:
    long = replace(RENDER, status=replace(RENDER.status, name="n" * length))
    assert rows(Outlook((long,), ()))[1].startswith(f" ▶ {name}  43% ")


@pytest.mark.parametrize("count", [5, 6, 7, 9])
def test_of_many_files_six_are_shown_and_the_others_counted(count: int) -> None:
    """Of those that come the newest; of those that are there what missed, first."""
    files = tuple(told("cd", f"v{number}", holds=number != 1) for number in range(count))
    coming = rows(Outlook((replace(RENDER, files=files),), ()))
    there = rows(Outlook((), (replace(ENDED, outputs=files),)))
    shown = [int(row[-1]) for row in coming if "cd · v" in row]
    assert shown == list(range(count))[-6:]
    assert [int(row[-1]) for row in there if "cd · v" in row] == [
        1,
        *(number for number in range(count) if number != 1),
    ][:6]
    for text in ("\n".join(coming), "\n".join(there)):
        assert ("more" in text) is (count > 6)
        assert count <= 6 or f"    … and {count - 6} more" in text


@pytest.mark.parametrize(
    ("height", "first", "foot"),
    [
        (11, 0, ""),
        (10, 0, "   1 more lines: j k"),
        (10, 1, "   1 lines above: k"),
        (10, 9, "   1 lines above: k"),
        (6, 2, "   3 more lines: j k"),
        (6, 5, "   5 lines above: k"),
    ],
)
def test_the_last_row_says_how_far_it_goes(height: int, first: int, foot: str) -> None:
    found = rows(BOTH, height, first)
    assert found[-1] == f" q leaves, what runs goes on{foot}"
    whole = rows(BOTH, 11)[1:-1]
    first = min(first, len(whole) - (height - 2))
    assert found[1:-1] == whole[first : first + height - 2]


def test_what_vanished_is_told_for_as_long_as_endings_are_the_newest_first() -> None:
    now_s = 100.0
    memory = Memory(lambda: now_s)
    memory.take(BOTH)
    now_s = 110.0
    assert [one.name for one in memory.take(Outlook((RENDER,), ()))] == ["slow-rivers"]
    now_s = 120.0
    assert [one.name for one in memory.take(Outlook((), ()))] == ["falling-water", "slow-rivers"]
    now_s = 110.0 + REMEMBERED_S - 0.5
    assert len(memory.take(Outlook((), ()))) == 2
    now_s = 110.0 + REMEMBERED_S
    assert [one.name for one in memory.take(Outlook((), ()))] == ["falling-water"]
    assert memory.take(Outlook((RENDER,), ())) == (), "it runs again"


def test_keys_scroll_as_far_as_there_are_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.watch.run.look", lambda _name: BOTH)
    buffer = CellBuffer(80, 8)
    watch = _Watch(None, Memory(), buffer)
    seen = []
    for step in (0, -1, 1, 1, 1, 1, 1, -1):
        watch.scroll(step)
        watch.draw()
        seen.append(buffer.text().splitlines()[-1].rstrip().removeprefix(" q leaves, what runs goes on   "))
    assert seen == [
        "3 more lines: j k",
        "3 more lines: j k",
        "2 more lines: j k",
        "1 more lines: j k",
        *("3 lines above: k",) * 3,
        "1 more lines: j k",
    ]
