"""What is told: answers to keys and lines, edits in words, events, the rows of panels."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from engine.link.records import State
from tui.feed import Feed
from tui.view import Panel, View


def test_the_first_words_say_what_is_open_and_where_the_keys_act(sit) -> None:
    async def scenario(sitting) -> None:
        await sitting.told("Drums, trim")

    lines = [line for line in sit(scenario) if not line.startswith("loading")]
    assert lines[0] == "stemlathe: Falling Water, 3 stems"
    assert lines[1].startswith("playing at ")


def test_an_edit_is_told_as_old_and_new(sit) -> None:
    async def scenario(sitting) -> None:
        assert await sitting.line("3") == ["3 Guitars, trim plus 0.5 dB, 2 processors"]
        assert await sitting.line("l") == ["Guitars trim plus 0.5 to plus 0.6 dB"]
        assert await sitting.line("trim -1") == ["Guitars trim plus 0.6 to minus 1.0 dB"]
        undone = await sitting.line("u")
        assert undone[-1] == "Guitars trim minus 1.0 to plus 0.6 dB"
        assert await sitting.line("p") == [
            "warning: Guitars: a correction changes the sum: g n runs the null test again",
            "Guitars polarity inverted off to on",
        ]

    sit(scenario)


def test_the_loudness_of_stems_is_measured_for_whoever_may_ask_for_it(sit) -> None:
    async def scenario(sitting) -> None:
        async with asyncio.timeout(10.0):
            while not sitting.console.newest.stems_close_up:
                sitting.console.look()
                await asyncio.sleep(0.01)
        for command, count in (("say stem", 1), ("say stems", 3)):
            assert sum("short-term minus" in line for line in await sitting.line(command)) == count

    sit(scenario)


def test_a_value_at_its_end_and_a_row_at_its_end_are_told_again(sit) -> None:
    async def scenario(sitting) -> None:
        assert await sitting.line("k") == ["1 Drums, trim minus 0.5 dB, 2 processors"]
        assert (await sitting.line("right"))[0].startswith("playing at ")

    sit(scenario)


def test_the_chain_is_walked_row_by_row_and_its_structure_told(sit) -> None:
    async def scenario(sitting) -> None:
        opened = await sitting.line("e")
        assert opened == ["Drums chain, 2 processors", "1 Equaliser, on, 2 bands"]
        assert await sitting.line("j") == ["phase, minimum"]
        assert await sitting.line("} }") == [
            "band 1, high pass, 30 Hz, 0.0 dB",
            "band 2, peak, 380 Hz, minus 1.5 dB",
        ]
        added = await sitting.line("add-processor deesser")
        assert "Drums chain: deesser added" in added
        assert added[-1].startswith("2 De-esser, on")
        assert "frequency_hz" not in " ".join(await sitting.line("say row"))

    sit(scenario)


def test_what_an_edit_has_led_to_is_told_however_late_it_is_published(sit, monkeypatch) -> None:
    view, late = Feed.view, []

    def delayed(feed: Feed, *args, **kwargs):
        now = view(feed, *args, **kwargs)
        if late and len(late) < 12 and now.document.revision != late[0].document.revision:
            late.append(now)
            return late[0]
        late[:] = [now]
        return now

    monkeypatch.setattr(Feed, "view", delayed)

    async def scenario(sitting) -> None:
        await sitting.line("e")
        added = await sitting.line("add-processor deesser")
        assert "Drums chain: deesser added" in added
        assert added[-1].startswith("2 De-esser, on")

    sit(scenario)


def test_questions_name_their_answers_and_no_is_an_answer(sit) -> None:
    async def scenario(sitting) -> None:
        asked = await sitting.line("Q")
        assert asked == [
            "question: Stop the engine? The music ends for everybody. y yes, anything else no",
        ]
        assert await sitting.line("maybe") == ["no"]

    sit(scenario)


def test_a_value_that_is_asked_for_keeps_what_was_there_with_an_empty_line(sit) -> None:
    async def scenario(sitting) -> None:
        (asked,) = await sitting.line("=")
        assert asked.startswith("Drums trim (minus 60 to 24 dB) (enter keeps minus 0.5 dB)")
        assert (await sitting.line("loud"))[0].startswith("error: Drums trim: ")
        await sitting.line("=")
        assert await sitting.line(".") == ["given up"]
        await sitting.line("=")
        assert await sitting.line("0.3") == ["Drums trim minus 0.5 to plus 0.3 dB"]

    sit(scenario)


def test_lists_are_read_out_and_chosen_by_number_or_words(sit) -> None:
    async def scenario(sitting) -> None:
        read = await sitting.line("/")
        assert "2 Bass" in read  # its role, which is called the same, is not said twice
        assert (await sitting.line("2"))[-1].startswith("2 Bass, trim")
        assert (await sitting.line("/guit"))[-1].startswith("3 Guitars")
        assert (await sitting.line("/nobody"))[-1] == "nothing fits nobody: given up"
        assert (await sitting.line("say here"))[-1].startswith("3 Guitars")

    sit(scenario)


def test_help_is_a_list_and_can_be_searched(sit) -> None:
    async def scenario(sitting) -> None:
        assert "capital R: render, command render" in await sitting.line("?")
        found = await sitting.line("help polarity")
        assert found == ["Stems:", "p: polarity, command polarity"]

    sit(scenario)


def test_figures_are_told_on_demand(sit) -> None:
    async def scenario(sitting) -> None:
        assert (await sitting.line("say loudness"))[0].startswith("integrated minus 13.")
        assert (await sitting.line('" p'))[0].startswith("master: true peak maximum ")
        assert len(await sitting.line("say stems")) == 4
        assert (await sitting.line("say nonsense"))[0].startswith("error: 'nonsense' is no single topic")
        last = await sitting.line("say target")
        assert await sitting.line("again") == last

    sit(scenario)


def test_overs_and_what_others_do_are_told_as_they_happen(sit) -> None:
    async def scenario(sitting) -> None:
        await sitting.told("warning: over: master ")

    sit(scenario, "--overs-every", "0.2")


def test_an_engine_that_dies_is_told(sit) -> None:
    async def scenario(sitting) -> None:
        sitting.engine.process.kill()
        sitting.engine.process.wait()
        await sitting.told("ENGINE LOST")
        answer = await sitting.line("trim 1")
        assert answer == ["warning: the engine is gone: enter restarts it in the same state"]

    sit(scenario)


def test_after_the_first_key_of_a_sequence_what_may_follow_is_told(sit, monkeypatch) -> None:
    monkeypatch.setattr("tui.plain.console._WHICH_KEY_S", 0.05)

    async def scenario(sitting) -> None:
        await sitting.keys("g")
        await sitting.told("g: then s the stems, m the master")
        assert (await sitting.keys("n"))[0] == "null test"

    sit(scenario, lines=False)


@pytest.mark.parametrize("lines", [True, False])
def test_keys_that_mean_nothing_say_so(sit, lines: bool) -> None:
    async def scenario(sitting) -> None:
        answer = await (sitting.line("%") if lines else sitting.keys("percent_sign"))
        assert answer == ["percent sign means nothing here"]

    sit(scenario, lines=lines)


def test_a_line_being_typed_is_not_broken_by_events(sit) -> None:
    async def scenario(sitting) -> None:
        await sitting.keys("colon", "t", "r")
        sitting.console.voice.say("something has happened", "warning")
        assert sitting.lines[-1] == "command: tr"
        await sitting.keys("backspace", "backspace", "m", "o", "n", "o", "enter")
        assert "warning: something has happened" in sitting.lines
        assert "monitor mono on" in sitting.lines
        assert "\x1b" not in "".join(sitting.written)

    sit(scenario, lines=False)


def test_what_needs_a_picture_says_so(sit) -> None:
    async def scenario(sitting) -> None:
        assert (await sitting.line("theme"))[0] == "there is no picture here, colours change nothing"
        for line in (")", "(", "zoom 1/4"):
            assert (await sitting.line(line))[0].startswith("there is no picture here, no time line"), line

    sit(scenario)


def test_while_the_engine_loads_a_view_is_told_as_ever(sit):
    """After an update the kernels are compiled for a minute: keys act meanwhile, never in silence."""

    async def scenario(sitting) -> None:
        console = sitting.console
        feed, view = console.feed, console.feed.view
        console.feed.view = lambda focus: _loading(view(focus))
        console._open = False
        console.look()
        console.press("g", "g")
        console.press("h", "h")
        assert any("opened" in line for line in sitting.lines), sitting.lines[-5:]
        console.press("g", "g")
        console.press("s", "s")
        await sitting.told("still loading")
        feed.view = view

    sit(scenario, lines=False)


def _loading(view: View) -> View:
    transport = view.snapshot.transport._replace(state=State.LOADING)
    return replace(view, snapshot=replace(view.snapshot, transport=transport))


def test_words_typed_into_a_view_without_a_list_are_no_keys(sit):
    """`/vox` where nothing has been found yet would step the version, end the loop and bypass."""

    async def scenario(sitting) -> None:
        await sitting.keys("g", "h")
        sitting.console.controls.panels[Panel.HISTORY].labels = lambda view: []
        read = await sitting.keys("slash", "v", "o", "x", "enter")
        assert read[0] == "there is no list in this view: enter goes back"
        assert not any("version" in line or "loop" in line or "bypass" in line for line in read)
        assert "given up" in read

    sit(scenario, lines=False)
