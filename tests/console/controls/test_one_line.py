"""One-line commands: a processor, a band, a value in a line, on the chosen stem or a named one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chain_views import applied
from hypothesis import given
from hypothesis import strategies as st

from engine.session.declare import Kind
from engine.session.processors import EQ_BAND, PROCESSORS
from engine.units import MINUS
from tui.actions.processors import meanings
from tui.controls.oneline.strip import split
from tui.controls.oneline.typed import NotMeantError, read, words_of
from tui.display.cells import CellBuffer
from tui.overlay.commands import command_prompt
from tui.overlay.prompt import Memory


def chain_of(session, stem):
    return session.stems[stem].chain


def test_plus_one_at_three_kilohertz_on_the_vocal_is_one_line_and_one_step(make_desk):
    desk = make_desk(focus_stem=2)
    desk.controls.line("eq 3k +1 q1")
    [(kind, payload)] = desk.sent
    assert (kind, payload["label"]) == ("edit", "Lead Vocal eq added")
    deesser, eq = chain_of(applied(desk), 2)
    assert not deesser.enabled
    [band] = eq.values["bands"]
    assert (band["shape"], band["frequency_hz"], band["gain_db"], band["q"]) == ("peak", 3000.0, 1.0, 1.0)
    assert "Lead Vocal" in desk.said


@pytest.mark.parametrize(
    "line",
    [
        "vocal eq 3k +1",
        "Lead Vocal eq 3 kHz +1 dB",
        "3 eq 3000 +1",
        "vocals eq gain=+1 frequency=3k",
        "lead eq +1 3k",
    ],
)
def test_a_stem_may_be_named_before_it(make_desk, line):
    desk = make_desk()
    desk.controls.line(line)
    band = chain_of(applied(desk), 2)[1].values["bands"][0]
    assert (band["frequency_hz"], band["gain_db"]) == (3000.0, 1.0)
    assert desk.focus.stem == 0  # what was chosen stays chosen


@pytest.mark.parametrize(
    ("line", "stem", "name", "value"),
    [
        ("bass trim -0.5", 1, "trim_db", -0.5),
        ("bass mute", 1, "mute", True),
        ("2 polarity", 1, "polarity_inverted", False),
        ("vocals solo", 2, "solo", True),
    ],
)
def test_what_acts_on_a_strip_acts_on_a_named_one(make_desk, line, stem, name, value):
    desk = make_desk()
    desk.controls.line(line)
    assert getattr(applied(desk).stems[stem], name) == value


def test_a_command_is_no_word_of_a_stems_name_where_no_command_follows(make_desk):
    desk = make_desk(focus_stem=0)
    session = replace(
        desk.controls.view.session,
        stems=tuple(
            replace(stem, name="LdVx comp FINAL") if index == 2 else stem
            for index, stem in enumerate(desk.controls.view.session.stems)
        ),
    )
    actions = desk.controls.actions
    assert split("comp -18 1.5", session, actions) == (None, "comp -18 1.5")
    assert split("comp eq 3k +1", session, actions) == (2, "eq 3k +1")
    assert split("final comp -18", session, actions) == (2, "comp -18")


def test_a_band_that_is_there_is_changed_and_another_is_added(make_desk):
    desk = make_desk()
    desk.controls.line("eq 2.5k -1")
    assert desk.sent == [
        (
            "edit",
            {
                "label": f"Drums eq band 2: gain +1.0 dB → {MINUS}1.0 dB",
                "changes": [["stems[0].chain[0].bands[1].gain_db", -1.0]],
            },
        )
    ]
    desk = make_desk()
    desk.controls.line("eq 2.6k -1")  # a quarter tone is 2.57 kHz
    assert len(chain_of(applied(desk), 0)[0].values["bands"]) == 3


@pytest.mark.parametrize(
    ("line", "shape", "expected"),
    [
        ("hp 80 24", "high_pass", {"frequency_hz": 80.0, "slope_db_per_octave": 24.0, "q": 0.7071}),
        ("high-pass 80 48 db/oct", "high_pass", {"slope_db_per_octave": 48.0}),
        ("lp 18k 12 q1", "low_pass", {"frequency_hz": 18000.0, "slope_db_per_octave": 12.0, "q": 1.0}),
        ("hs 10k +1", "high_shelf", {"gain_db": 1.0}),
        ("ls 100 -1.5 0.5", "low_shelf", {"gain_db": -1.5, "q": 0.5}),
        ("eq 100 -1.5 low shelf", None, {}),
        ("eq hp 80 18", "high_pass", {"slope_db_per_octave": 18.0}),
        ("notch 50 10", "notch", {"frequency_hz": 50.0, "q": 10.0, "gain_db": 0.0}),
        ("eq 3k +1 1.4 mid", "peak", {"q": 1.4, "channels": "mid"}),
    ],
)
def test_shapes_take_what_means_something_for_them(make_desk, line, shape, expected):
    desk = make_desk()
    desk.controls.line(line)
    if shape is None:
        assert desk.sent == []
        assert "'low'" in desk.said
        return
    band = chain_of(applied(desk), 0)[0].values["bands"][-1]
    assert band["shape"] == shape
    assert {name: band[name] for name in expected} == expected


def test_every_slope_of_a_pass_can_be_had(make_desk):
    slopes = next(one for one in EQ_BAND if one.name == "slope_db_per_octave").values
    assert slopes[0] == 6.0
    assert slopes[-1] == 48.0
    for slope in slopes:
        desk = make_desk(focus_stem=1)
        desk.controls.line(f"hp 30 {slope:g}")
        assert chain_of(applied(desk), 1)[0].values["bands"][0]["slope_db_per_octave"] == slope
    desk = make_desk()
    desk.controls.line("hp 30 30")
    assert desk.sent == []
    assert "6, 12, 18, 24, 36, 48" in desk.said


def test_an_equaliser_that_is_off_stays_off_with_its_bands(make_desk):
    text = make_desk().recorder.now.document.text.replace('type = "eq",', 'type = "eq", enabled = false,')
    desk = make_desk(text=text)
    assert "stays off" in desk.controls.preview("eq 3k +1")[0]
    desk.controls.line("eq 3k +1")
    off, on, _ = chain_of(applied(desk), 0)
    assert (off.enabled, len(off.values["bands"])) == (False, 2)
    assert (on.enabled, len(on.values["bands"])) == (True, 1)


def test_a_processor_that_is_off_is_switched_on_by_its_name(make_desk):
    desk = make_desk()
    desk.controls.line("vocal deess 7k -32")
    [deesser] = chain_of(applied(desk), 2)
    assert (deesser.enabled, deesser.values["frequency_hz"], deesser.values["threshold_db"]) == (
        True,
        7000.0,
        -32.0,
    )


def test_one_that_is_not_there_comes_with_the_values_of_the_card(make_desk):
    typed, added = make_desk(focus_stem=1), make_desk(focus_stem=1)
    typed.controls.line("comp")
    added.change(focus_processor=-1).controls.line("comp ratio 1.3")
    plain, changed = chain_of(applied(typed), 1)[0], chain_of(applied(added), 1)[0]
    assert changed.values == {**plain.values, "ratio": 1.3}


@pytest.mark.parametrize(
    ("line", "path", "value"),
    [
        ("comp -20 1.3", "stems[0].chain[1].threshold_db", -20.0),
        ("comp 30 ms 0.2s", "stems[0].chain[1].attack_ms", 30.0),
        ("comp mix 50%", "stems[0].chain[1].mix", 0.5),
        ("comp rms", "stems[0].chain[1].detector", "rms"),
        ("comp off", "stems[0].chain[1].enabled", False),
        ("threshold -20", "stems[0].chain[1].threshold_db", -20.0),
        ("ceiling -2", "master.chain[1].ceiling_dbtp", -2.0),
        ("limiter -2 3", "master.chain[1].drive_db", 3.0),
        ("master mb 2 threshold -20", "master.chain[0].bands[1].threshold_db", -20.0),
        ("eq linear", "stems[0].chain[0].phase", "linear"),
    ],
)
def test_values_of_what_is_there(make_desk, line, path, value):
    desk = make_desk()
    desk.controls.line(line)
    [(_, payload)] = desk.sent
    assert [path, value] in payload["changes"]
    applied(desk)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("eq 3k +40", "gain: +40 is out of range"),
        ("eq 30k +1", "frequency: 30k is out of range"),
        ("eq 3q +1", "'3q' fits nothing of the equaliser"),
        ("eq 3k +1 1 2", "'2' is one too many"),
        ("eq +1", "say the frequency of the band"),
        ("eq foo", "'foo' is no value of the equaliser"),
        ("drums ceiling -2", "not for stems"),
        ("bass threshold -20", "Bass has no compressor or deesser"),
        ("drums comp #2 -20", "#1 is the first"),
        ("comp", "it values, compressor off"),
        ("comp -18 1.5", "it is so already"),
        ("mb 4 ratio 2", "Drums has no multiband"),
        ("master mb 4 ratio 2", "the multiband has 3"),
        ("comp attack", "attack needs a value"),
        ("bass", "Bass: say what"),
        ("bass save", "save is not about one stem"),
    ],
)
def test_what_is_wrong_is_named_before_and_after(make_desk, line, said):
    desk = make_desk()
    text, possible = desk.controls.preview(line)
    assert said in text
    assert not possible
    desk.controls.line(line)
    assert desk.sent == []
    assert said in desk.said


def test_several_of_a_type_have_to_be_told_apart(make_desk):
    text = make_desk().recorder.now.document.text.replace(
        '  { type = "compressor", ratio = 1.5, attack_ms = 20.0 },',
        '  { type = "compressor", ratio = 1.5 },\n  { type = "compressor", ratio = 1.2 },',
    )
    desk = make_desk(text=text)
    desk.controls.line("comp -20")
    assert desk.sent == []
    assert "say which" in desk.said
    desk.controls.line("comp #2 -20")
    assert desk.sent[0][1]["changes"] == [["stems[0].chain[2].threshold_db", -20.0]]


def test_the_prompt_says_what_will_happen(make_desk):
    prompt = command_prompt(make_desk().controls, Memory())
    for letter in "eq 3k +1 q1":
        prompt.key(letter, letter)
    place = prompt.place(80, 24)
    buffer = CellBuffer(place.width, place.height)
    prompt.draw(buffer.canvas)
    assert "Drums eq: a new band, frequency 3 kHz, gain +1.0 dB, q 1.00" in buffer.text()
    assert ":eq 3k +1 q1" in buffer.text().splitlines()[-1]


def test_words_are_completed(make_desk):
    controls = make_desk().controls
    assert "hp" in controls.completions("hp")
    assert "comp threshold=" in controls.completions("comp th")
    assert "vocal deesser" in controls.completions("vocal de")
    assert "Lead Vocal" in controls.completions("Lead V")
    assert "eq 3k +1 mid" in controls.completions("eq 3k +1 m")
    assert "deesser remove" in controls.completions("deesser re")


def test_every_processor_and_shape_has_its_line_and_is_understood(make_desk):
    for name, meaning in meanings().items():
        desk = make_desk(focus_stem=-1)
        if meaning.parameter:
            continue
        text, _ = desk.controls.preview(f"{name.replace('_', '-')} {'1k' if meaning.choice else ''}")
        assert text
        assert "there is no action" not in text


@given(st.text(max_size=30))
def test_nothing_that_is_typed_is_more_than_refused(text):
    fields = PROCESSORS["compressor"].parameters
    try:
        typed = read(words_of(text), fields, 48000, "the compressor")
    except NotMeantError:
        return
    for name, value in typed.values.items():
        parameter = PROCESSORS["compressor"].by_name[name]
        assert parameter.kind is Kind.CHOICE or parameter.accepts(value, 48000)


@given(st.floats(10.0, 23000.0), st.floats(-24.0, 24.0), st.floats(0.1, 20.0))
def test_what_is_typed_is_what_is_set(frequency_hz, gain_db, q):
    words = words_of(f"{frequency_hz:.3f} {gain_db:+.3f}dB q{q:.3f}")
    fields = [one for one in EQ_BAND if "high_pass" not in one.only_for]
    if float(f"{q:.3f}") < 0.1 or float(f"{frequency_hz:.3f}") < 10.0:
        return
    typed = read(words, fields, 48000, "the equaliser").values
    assert typed["frequency_hz"] == float(f"{frequency_hz:.3f}")
    assert typed["gain_db"] == float(f"{gain_db:.3f}")
    assert typed["q"] == float(f"{q:.3f}")
