"""What is heard and how it differs; every state of the session and how it came to be."""

from __future__ import annotations

import cmath
import math
import random
import time
from dataclasses import replace

import pytest

from engine.link.document import HistoryStep
from engine.link.records import Source, State
from engine.link.snapshot import NO_MASTER
from tui.display.cells import CellBuffer
from tui.panels.compare.balance import (
    BANDS,
    NOMINAL_HZ,
    Mean,
    band_frequency_hz,
    band_index,
    difference_db,
    weighted_level_db,
)
from tui.panels.compare.panel import ComparePanel
from tui.panels.history.differences import text_differences
from tui.panels.history.panel import HistoryPanel
from tui.panels.history.undo_tree import steps_between, tree_lines
from tui.view import Panel
from tui.work.codec import CodecListening
from tui.work.verb_runner import Runner

MATCH = {
    "dry_db": 6.3,
    "reference_db": -1.1,
    "processed_lufs": -9.8,
    "dry_lufs": -16.1,
    "reference_lufs": -8.7,
}
STORED = {"A": {"revision": 3, "label": "Drums trim +0.5 dB"}, "B": None, "C": None, "D": None}


def text_of(panel, view, width=100, height=24):
    buffer = CellBuffer(width, height)
    panel.draw(buffer.canvas, view)
    return buffer.text()


# -- the tonal difference ---------------------------------------------------------------------------


def k_weighting_db(frequency_hz, rate=48000.0):
    """The filters of ITU-R BS.1770-5 annex 1, tables 1 and 2, as they are printed."""
    stages = (
        ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
        ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
    )
    z = cmath.exp(-2j * math.pi * frequency_hz / rate)
    gain = 1.0
    for above, below in stages:
        gain *= abs(sum(b * z**n for n, b in enumerate(above)) / sum(a * z**n for n, a in enumerate(below)))
    return 20.0 * math.log10(gain)


@pytest.mark.parametrize("index", range(BANDS))
def test_bands_are_weighted_as_loudness_is(index):
    spectrum = [-200.0] * BANDS
    spectrum[index] = -20.0
    reference = [-200.0] * BANDS
    reference[17] = -20.0
    measured = weighted_level_db(spectrum) - weighted_level_db(reference)
    expected = k_weighting_db(band_frequency_hz(index)) - k_weighting_db(1000.0)
    assert measured == pytest.approx(expected, abs=0.25)


def test_bands_have_their_frequencies():
    for index, nominal_hz in enumerate(NOMINAL_HZ):
        assert band_frequency_hz(index) == pytest.approx(nominal_hz, rel=0.02)
        assert band_index(nominal_hz) == index


@pytest.mark.parametrize("louder_by", [None, 6.0])
def test_a_louder_copy_does_not_differ(louder_by):
    reference = [-20.0 - 0.7 * index for index in range(BANDS)]
    master = [level + 6.0 for level in reference]
    assert difference_db(master, reference, louder_by) == pytest.approx([0.0] * BANDS)


def test_a_boost_shows_in_its_band_and_silence_in_none():
    reference = [-20.0] * 30 + [-math.inf]
    master = [level + (3.0 if index == 5 else 0.0) for index, level in enumerate(reference)]
    found = difference_db(master, reference, 0.0)
    assert found[5] == pytest.approx(3.0)
    assert found[30] is None
    assert [value for value in found if value and abs(value) > 0.01] == [found[5]]
    assert difference_db([-math.inf] * BANDS, reference) == [None] * BANDS


def test_the_mean_is_one_of_powers_and_ignores_silence():
    mean = Mean()
    mean.add([-10.0] * BANDS)
    mean.add([-math.inf] * BANDS)
    mean.add([-20.0] * BANDS)
    assert mean.count == 2
    assert mean.levels_dbfs()[0] == pytest.approx(10.0 * math.log10((0.1 + 0.01) / 2.0))


# -- the compare panel ------------------------------------------------------------------------------


@pytest.fixture
def compare(make_desk):
    """A desk with the compare panel open."""
    panel = ComparePanel(CodecListening(Runner()))
    desk = make_desk(panels={Panel.COMPARE: panel}, focus_panel=Panel.COMPARE)
    desk.panel = panel
    return desk.change(document_match=MATCH, document_snapshots=STORED)


def test_every_row_can_be_heard(compare):
    for _ in range(4):
        compare.press("enter", "j")
    compare.press("j")  # the codec has tests of its own
    compare.press("enter", "j", "enter")
    assert compare.sent == [
        ("listen", {"source": "processed"}),
        ("listen", {"source": "dry"}),
        ("listen", {"source": "reference"}),
        ("listen", {"source": "residual"}),
        ("snapshot", {"letter": "A", "action": "recall"}),
    ]
    assert "snapshot B is empty" in compare.said


def test_levels_and_what_matches_them_are_shown(compare):
    compare.change(transport_source=Source.REFERENCE, transport_match_db=-1.1)
    lines = text_of(compare.panel, compare.controls.view).splitlines()
    assert "heard at −1.1 dB" in lines[0]
    row = next(line for line in lines if "reference" in line)
    assert "♪" in row
    assert "−8.7" in row
    assert "+1.1 dB" in row
    assert "state 3  Drums trim +0.5 dB" in "\n".join(lines)
    assert sum("♪" in line for line in lines) == 1


def test_the_song_s_spectra_are_compared_equally_loud(compare):
    reference = [-30.0 - 0.5 * index for index in range(BANDS)]
    master = [level + 1.1 - 2.2 + (2.0 if index == 8 else 0.0) for index, level in enumerate(reference)]
    compare.change(document_master_spectrum_dbfs=master, document_reference_spectrum_dbfs=reference)
    compare.change(document_match={**MATCH, "processed_lufs": -9.8, "reference_lufs": -8.7})
    tone = compare.panel.tone(compare.controls.view)
    assert tone.bands_db[8] == pytest.approx(2.0)
    assert tone.bands_db[20] == pytest.approx(0.0)
    text = text_of(compare.panel, compare.controls.view)
    assert "+2.0 dB at 125 Hz" in " ".join(text.split())
    assert "over the whole song" in text


def test_what_is_called_largest_goes_up_and_down(compare):
    """Where the master has more in every band, the band with the least of it is none of the largest."""
    reference = [-30.0] * BANDS
    master = [level + (2.0 if index == 8 else 0.3) for index, level in enumerate(reference)]
    compare.change(document_master_spectrum_dbfs=master, document_reference_spectrum_dbfs=reference)
    compare.change(document_match={**MATCH, "processed_lufs": -9.0, "reference_lufs": -9.0})
    text = " ".join(text_of(compare.panel, compare.controls.view, 200, 40).split())
    assert "largest: +2.0 dB at 125 Hz" in text
    assert "+0.3 dB" not in text


def test_any_file_that_is_heard_is_compared_and_named(compare):
    """An earlier render is none of the session's references."""
    master = [-30.0] * BANDS
    render = [level - (2.0 if index == 22 else 0.0) for index, level in enumerate(master)]
    aim = {"path": "/songs/renders/old.wav", "name": "old.wav"}
    compare.change(document_master_spectrum_dbfs=master, transport_source=Source.TRACK)
    compare.change(document_listening=aim)
    assert "old.wav: —" in text_of(compare.panel, compare.recorder.now)  # not measured yet
    compare.change(document_listening={**aim, "integrated_lufs": -9.8, "spectrum_dbfs": render})
    shown = text_of(compare.panel, compare.recorder.now)
    assert "♪ old.wav: −9.8 LUFS" in shown
    assert "MASTER MINUS TRACK" in shown
    assert "+2.0 dB at 3.15 kHz" in shown
    told = compare.panel.told(compare.recorder.now)
    assert any(line.startswith("tone against old.wav: largest: +2.0 dB at 3.15 kHz") for line in told.lines)


def test_without_them_what_was_heard_is_compared(compare):
    view = compare.controls.view
    panel, canvas = compare.panel, CellBuffer(100, 24).canvas
    shapes = {Source.PROCESSED: 1.0, Source.REFERENCE: 0.0}
    assert panel.tone(view) is None
    slot = 0
    for source, tilt in shapes.items():
        for _ in range(30):
            slot += 1
            spectrum = tuple(-20.0 + tilt * (0.1 * index) for index in range(BANDS)) + (0.0,) * 33
            snapshot = replace(
                view.snapshot,
                transport=view.snapshot.transport._replace(state=State.PLAYING, source=source),
                master=NO_MASTER._replace(spectrum_bands=BANDS, spectrum_dbfs=spectrum),
            )
            panel.draw(canvas, replace(view, snapshot=snapshot, now_s=slot / 10.0 + 0.01))
    tone = panel.tone(view)
    assert tone.bands_db[30] - tone.bands_db[0] == pytest.approx(3.0)
    assert "3 s of the master, 3 s of the mix" in tone.origin
    assert "hear the same part" in tone.origin


def test_an_edit_forgets_what_was_heard_of_the_master(compare):
    test_without_them_what_was_heard_is_compared(compare)
    compare.change(document_revision=8)
    text_of(compare.panel, compare.controls.view)
    assert compare.panel.tone(compare.controls.view) is None


@pytest.mark.parametrize(("width", "height"), [(80, 16), (120, 30), (200, 50), (60, 6)])
def test_compare_fits_every_size(compare, width, height):
    levels = [-30.0] * BANDS
    compare.change(document_master_spectrum_dbfs=levels, document_reference_spectrum_dbfs=levels)
    assert len(text_of(compare.panel, compare.controls.view, width, height).splitlines()) == height


# -- differences ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("trim_db = 0.5", "trim_db = -1.0", "Drums trim: +0.5 dB → −1.0 dB"),
        ("trim_db = 0.5\n", "", "Drums trim: +0.5 dB → +0.0 dB"),
        ("gain_db = 1.0", "gain_db = 2.0", "Drums eq band 2 gain: +1.0 dB → +2.0 dB"),
        ("ratio = 1.5, attack_ms", "ratio = 1.8, attack_ms", "Drums compressor ratio: 1.5:1 → 1.8:1"),
        ("[120.0, 2000.0]", "[150.0, 2000.0]", "master multiband crossovers: 120, 2000 → 150, 2000"),
        ('title = "Falling Water"', 'title = "Rain"', "title: Falling Water → Rain"),
        ("    { frequency_hz = 2500.0, gain_db = 1.0 },\n", "", "Drums eq bands: 2 → 1"),
        ('{ type = "deesser", enabled = false }', "", "Lead Vocal chain: deesser → none"),
        ("loudness_lufs = -14.0", 'loudness_lufs = "none"', "streaming loudness: −14.0 LUFS → none"),
    ],
)
def test_differences_are_lines_for_people(make_desk, old, new, line):
    first = make_desk().recorder.now
    assert old in first.document.text
    second = make_desk(text=first.document.text.replace(old, new)).recorder.now
    texts = first.document.text, second.document.text
    assert text_differences(*texts) == [line]


def test_comments_and_defaults_are_no_differences(make_desk):
    view = make_desk().recorder.now
    text = view.document.text
    other = "# a comment\n" + text.replace('name = "Bass"', 'name = "Bass"\ntrim_db = 0.0')
    assert text_differences(text, other) == []
    assert text_differences(text, text) == []


# -- the undo tree ----------------------------------------------------------------------------------


def history(*steps):
    return [HistoryStep(revision, parent, f"step {revision}", 1.0e9 + revision) for revision, parent in steps]


BRANCHED = history((1, None), (2, 1), (3, 2), (4, 2), (5, 4), (6, 3), (7, 6))


def test_the_way_to_the_present_is_the_left_lane():
    lines = tree_lines(BRANCHED, 7)
    assert [line.entry.revision for line in lines] == [7, 6, 5, 4, 3, 2, 1]
    assert [line.lanes.rstrip() for line in lines] == ["●", "◉", "│ ○", "│ ○", "◉ │", "◉─┘", "◉"]
    assert [line.on_way for line in lines] == [True, True, False, False, True, True, True]


def test_states_after_the_present_one_stand_beside_it():
    lines = tree_lines(BRANCHED, 2)
    drawn = {line.entry.revision: line.lanes.rstrip() for line in lines}
    assert drawn[2].startswith("●─")
    assert drawn[1] == "◉"
    assert all(drawn[revision].startswith(" ") for revision in (3, 4, 5, 6, 7))


def test_every_tree_is_drawn_with_one_mark_for_each_state():
    random.seed(4)
    for _ in range(50):
        count = random.randint(1, 40)
        steps = [(1, None)] + [(number, random.randint(1, number - 1)) for number in range(2, count + 1)]
        present = random.randint(1, count)
        lines = tree_lines(history(*steps), present)
        assert len(lines) == count
        shown = [line for line in lines if any(sign in line.lanes for sign in "●◉○")]
        assert len(shown) >= count - sum(len(line.lanes) >= 10 for line in lines)
        assert sum("●" in line.lanes for line in lines) == 1


def test_a_forgotten_parent_and_an_empty_history():
    assert [line.lanes.rstrip() for line in tree_lines(history((8, 7), (9, 8)), 9)] == ["●", "◉"]
    assert tree_lines([], None) == []


def test_steps_between_two_states():
    assert steps_between(BRANCHED, 5, 7) == (["step 5", "step 4"], ["step 3", "step 6", "step 7"])
    assert steps_between(BRANCHED, 7, 7) == ([], [])


# -- the history panel ------------------------------------------------------------------------------


@pytest.fixture
def past(make_desk, tmp_path):
    """A desk with the history open, of a session whose file is a little behind."""
    panel = HistoryPanel()
    desk = make_desk(panels={Panel.HISTORY: panel}, focus_panel=Panel.HISTORY)
    desk.panel = panel
    file = tmp_path / "song.toml"
    text = desk.recorder.now.document.text
    file.write_text(text.replace("trim_db = 0.5", "trim_db = 0.0"), "utf-8")
    return desk.change(
        document_path=str(file),
        document_history=BRANCHED,
        document_revision=7,
        document_saved_revision=5,
        document_rendered_revision=5,
        document_snapshots=STORED,
    )


def test_the_history_tells_states_marks_and_changes(past):
    text = text_of(past.panel, past.controls.view, 120, 24)
    assert "7 states" in text
    assert "step 5" in text
    assert "[saved rendered]".replace(" ", "] [") in text
    assert "[A]" in text
    assert "Drums trim: +0.0 dB → +0.5 dB" in text
    assert "taken back: step 5" in text
    assert "step 7" in text
    day = time.strftime("%d %b", time.localtime(1.0e9))
    assert day in text


def test_enter_goes_to_the_chosen_state(past):
    past.press("enter")
    assert past.sent == []
    assert "the present state" in past.said
    past.press("j", "j", "enter")
    assert past.sent == [("history", {"revision": 5})]
    for _ in range(20):
        past.press("j")
    assert past.focus.row == 6


def test_a_saved_session_has_no_changes(past):
    past.change(document_saved_revision=7, document_rendered_revision=None)
    text = " ".join(text_of(past.panel, past.controls.view, 120, 24).split())
    assert "nothing: the file is as you hear it" in text
    assert "not known which state was rendered last" in text


def test_a_file_that_cannot_be_read_is_said(past):
    past.change(document_path="/nowhere/song.toml")
    assert "/nowhere/song.toml" in text_of(past.panel, past.controls.view, 120, 24)


@pytest.mark.parametrize(("width", "height"), [(80, 16), (120, 30), (200, 50), (60, 5)])
def test_the_history_fits_every_size(past, width, height):
    steps = history((1, None), *((number, number - 1) for number in range(2, 120)))
    past.change(document_history=steps, document_revision=119, focus_row=60)
    lines = text_of(past.panel, past.controls.view, width, height).splitlines()
    assert len(lines) == height
    if height > 10:
        assert sum("▸" in line for line in lines) == 1
        assert any("↑" in line for line in lines)
        assert any("↓" in line for line in lines)
