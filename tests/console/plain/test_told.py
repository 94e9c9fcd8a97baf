"""Panels in words: each tells itself; a new panel or processor is told without another line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from chain_views import EVERY
from desk_views import Studio
from documents import with_words

from engine.link.records import Source, State, StemCloseUp
from engine.session import processors
from engine.session.declare import ProcessorDeclaration, number
from engine.session.files import parse_session
from engine.session.validate import session_from_tree
from tui.desk.told import tell_desk
from tui.display.cells import Canvas
from tui.panels.chain.told import tell_chain
from tui.panels.registry import make_panels
from tui.panels.told import Telling, Told, teller
from tui.plain.panel_in_view import PanelInView
from tui.plain.speech import spoken
from tui.plain.topics import SAYING, Asked
from tui.view import MASTER, Focus, Panel, View

PATH = Path("/songs/every.toml")


def _view(text: str, **focus: object) -> View:
    focus = {"panel": Panel.CHAIN, "stem": MASTER, "processor": 0, **focus}
    return View(session=session_from_tree(parse_session(text, PATH), PATH), focus=Focus(**focus))


def test_every_panel_has_words_of_its_own(runner) -> None:
    panels = make_panels(runner)
    assert [name for name, panel in panels.items() if not isinstance(panel, Telling)] == []
    view = Studio().view()
    for panel in panels.values():
        told = panel.told(view)
        assert told.title
        for line in (told.title, *told.lines, *told.rows, *told.detail):
            assert spoken(line, ascii_only=True).isascii()


def test_the_desk_tells_every_strip() -> None:
    told = tell_desk(Studio(stems=3, muted=frozenset({1}), soloed=frozenset({0})).view())
    assert len(told.rows) == 4
    assert told.rows[0].startswith("1 Drums, trim +0.5 dB, solo")
    assert "muted" in told.rows[1]
    assert "silent, others are soloed" in told.rows[2]
    assert told.rows[3].startswith("0 master, ")


def test_a_stem_tells_its_loudness_as_far_as_it_is_known() -> None:
    def told(loudness: float | None, state: State = State.PLAYING, topic: str = "stem") -> str:
        close_up = () if loudness is None else (StemCloseUp(loudness, ()),) * 2
        studio = Studio(stems=2)
        moment = studio.snapshot(100.0, state=state)
        view = studio.view(snapshot=moment, stems_close_up=close_up, focus=Focus(stem=1))
        return "\n".join(SAYING[topic](Asked(view, tell_desk(view))))

    assert "RMS −20.0 dBFS, short-term −23.1 LUFS\n" in told(-23.14)
    assert told(-23.14, topic="stems").count("short-term −23.1 LUFS") == 2
    assert "short-term −23.1 LUFS when it last played" in told(-23.14, State.PAUSED)
    assert "short-term loudness after 3 s of playing" in told(float("nan"))
    assert "short-term" not in told(None), "nobody has asked for it to be measured"


def test_every_value_of_every_processor_is_a_row() -> None:
    for place, processor in enumerate(_view(EVERY).session.master.chain):
        told = tell_chain(_view(EVERY, processor=place))
        declared = processors.PROCESSORS[processor.type]
        assert told.row.startswith(f"{place + 1} {declared.title}")
        text = "\n".join(told.rows)
        for parameter in declared.parameters:
            assert parameter.name.partition("_")[0].removesuffix("s") in text


def test_a_processor_that_nobody_has_heard_of_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    widener = ProcessorDeclaration(
        "shimmer",
        "Shimmer",
        "SH",
        "adds what was not there",
        (number("glow_db", "how much of it", "dB", 0.0, 24.0, 6.0, step=0.1, coarse_step=1.0),),
    )
    monkeypatch.setitem(processors.PROCESSORS, "shimmer", widener)
    text = EVERY.replace('{ type = "gain" },', '{ type = "gain" }, { type = "shimmer", glow_db = 3.0 },')
    told = tell_chain(_view(text, processor=1, key="glow_db"))
    assert told.row == "glow, 3.0 dB"
    assert "2 Shimmer, on, 3.0 dB" in told.rows
    assert told.detail[0].startswith("glow: how much of it")


class _NewPanel:
    """Draws, and knows nothing of words."""

    def draw(self, canvas: Canvas, view: View) -> None:
        canvas.put(0, 0, "NEW THINGS", "title")
        canvas.put(30, 0, "│ ▇▇▇▁▁ ⠿⠿", "border")
        canvas.put(0, 1, "level", "label")
        canvas.put(20, 1, "−3.0 dB", "value")
        canvas.put(0, 2, "▸ first row", "text on selected")
        canvas.put(30, 2, "✓ holds", "good on selected")


def test_a_panel_without_words_is_read_from_its_picture() -> None:
    told = teller(_NewPanel(), "new things").told(View())
    assert told.title == "new things"
    assert [spoken(line) for line in told.lines] == ["NEW THINGS", "level, minus 3.0 dB"]
    assert spoken(told.row) == "first row, holds"


def test_the_monitor_names_what_it_sounds_like_and_what_is_listened_into() -> None:
    view = Studio().view()
    transport = view.snapshot.transport._replace(source=Source.DELTA, match_db=0.0)
    monitor = view.snapshot.monitor._replace(level_db=-20.0, translation="phone", mono=True)
    aim = {"stem": "Lead Vocal", "processor": 0, "type": "deesser", "band": -1}
    snapshot = replace(view.snapshot, transport=transport, monitor=monitor)
    view = replace(view, snapshot=snapshot, document=with_words(view.document, {"listening": aim}))
    asked = Asked(view, tell_desk(view))
    assert SAYING["monitor"](asked) == [
        "monitor −20.0 dB, like phone, mono",
        "heard is delta Lead Vocal deesser, at its own level",
    ]
    assert "heard is delta Lead Vocal deesser, at its own level" in SAYING["transport"](asked)[1]


def test_the_track_that_is_heard_is_named_with_its_match() -> None:
    view = Studio().view()
    transport = view.snapshot.transport._replace(source=Source.TRACK, match_db=-9.4)
    aim = {"path": "/songs/renders/old.wav", "name": "old.wav"}
    view = replace(
        view,
        snapshot=replace(view.snapshot, transport=transport),
        document=with_words(view.document, {"listening": aim}),
    )
    assert "heard is track old.wav, matched −9.4 dB" in SAYING["transport"](Asked(view, tell_desk(view)))[1]


class _Tested:
    """A panel whose test ends while one waits in it."""

    def __init__(self) -> None:
        self.now = Told("null test", ["n runs the test"])

    def told(self, view: View) -> Told:
        return self.now

    def draw(self, canvas: Canvas, view: View) -> None:
        raise AssertionError("it tells itself")


def test_a_verdict_that_comes_while_one_waits_is_told_with_its_first_row():
    panel, view = _Tested(), Studio().view(focus=Focus(panel=Panel.NULL))
    told = PanelInView({Panel.NULL: panel})
    assert list(told.news(view, 5)) == ["null test", "n runs the test"]
    panel.now = Told("null test, fail", ["2 causes"], ["gain in Bass", "offset in Vox"], 0)
    assert list(told.news(view, 10)) == ["null test, fail", "2 causes", "gain in Bass"]
    assert list(told.news(view, 15)) == []
