"""`/` in every view, and the names of a deliverable's files."""

from __future__ import annotations

import pytest

from tui.overlay.chooser import matching
from tui.overlay.rows import row_list
from tui.panels.registry import make_panels
from tui.view import Panel
from tui.work.verb_runner import Runner


@pytest.fixture
def whole(make_desk):
    """A desk with all panels."""
    return make_desk(panels=make_panels(Runner()))


@pytest.mark.parametrize(
    ("panel", "typed", "row"),
    [
        (Panel.LOUDNESS, "apple", None),
        (Panel.LOUDNESS, "cd", 1),
        (Panel.RENDER, "cd", 1),
        (Panel.COMPARE, "residual", 3),
        (Panel.COMPARE, "snapshot c", 7),
        (Panel.HISTORY, "bass", 1),
    ],
)
def test_a_row_is_found_by_what_it_says_and_gone_to(whole, panel, typed, row):
    history = [
        {"revision": 7, "parent": 6, "label": "Drums trim +0.5 dB", "time": 2.0},
        {"revision": 6, "parent": None, "label": "Bass muted", "time": 1.0},
    ]
    whole.change(focus_panel=panel, document_history=history, document_revision=7)
    rows = row_list(whole.controls)
    assert rows is not None
    found = matching(rows._items(), typed)
    assert found
    found[0].done()
    if row is not None:
        assert whole.focus.row == row or panel is Panel.HISTORY
    assert whole.focus.panel is panel


def test_any_value_of_a_chain_is_one_search_away(chain):
    desk = chain(processor=0)
    rows = row_list(desk.controls)
    assert rows is not None
    labels = [item.label for item in rows._items()]
    assert any("band 2" in label for label in labels)
    (found, *_) = matching(rows._items(), "ratio")
    found.done()
    assert (desk.focus.processor, desk.focus.key) == (1, "ratio")
    (found, *_) = [item for item in rows._items() if "frequency" in item.label and "2.5" in item.about]
    found.done()
    assert (desk.focus.processor, desk.focus.key) == (0, "bands[1].frequency_hz")
    desk.press("l")
    assert desk.sent[-1][1]["path"] == "stems[0].chain[0].bands[1].frequency_hz"


def test_every_view_with_rows_has_its_list(whole):
    for panel, controls in whole.controls.panels.items():
        whole.change(focus_panel=panel)
        if controls.rows(whole.recorder.now):
            assert row_list(whole.controls) is not None, panel


def test_names_of_files_are_set_where_targets_and_renders_are_shown(whole):
    whole.change(focus_panel=Panel.LOUDNESS, focus_row=1).press("F")
    prompt, initial, entered = whole.recorder.asked[-1]
    assert prompt == "file names of cd"
    assert initial == "{title} ({version}) [{deliverable}]"
    assert "{catalogue_number}" in whole.said
    entered("{title} {bits}")
    assert whole.sent[-1] == ("set", {"path": "deliverables[1].file_name", "value": "{title} {bits}"})
    entered(initial)
    assert whole.sent[-1][1]["value"] is None
    whole.change(focus_panel=Panel.STEMS, document_target="streaming").controls.line("file-name {title}")
    assert whole.sent[-1] == ("set", {"path": "deliverables[0].file_name", "value": "{title}"})


def test_which_deliverable_is_asked_where_it_is_not_clear(whole):
    whole.controls.line("file-name {title}")
    title, names, pick, _ = whole.recorder.offered[-1]
    assert (title, names) == ("whose file names?", ["streaming", "cd"])
    pick(1)
    assert whole.sent[-1][1] == {"path": "deliverables[1].file_name", "value": "{title}"}
