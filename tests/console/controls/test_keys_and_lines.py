"""Every key of the contract, the keymap, the command line, help and the README's table: one registry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.link.records import Role
from tui.actions.help import footer, help_groups
from tui.actions.key_list import page
from tui.actions.keymap import Keymap, keymap_text, load_keymap
from tui.actions.keys import key_label, parse_keys, sign_name
from tui.actions.line import UnknownCommandError, complete, parse_line
from tui.actions.processors import meanings
from tui.actions.registry import GROUPS
from tui.controls.controls import HANDLERS, all_actions
from tui.display.cells import CellBuffer
from tui.panels.registry import make_panels
from tui.screen.layout import draw_footer
from tui.view import Focus, Panel, View
from tui.work.verb_runner import Runner

ROOT = Path(__file__).parents[3]

#: The common actions and those of every panel.
ACTIONS = all_actions(make_panels(Runner()))

#: The promised keys, as a person writes them, and the action of each.
CONTRACT = {
    "space": "play_pause",
    "left": "seek_back",
    "right": "seek_forward",
    "<": "seek_back_far",
    ">": "seek_forward_far",
    "home": "start",
    "end": "end",
    "[": "previous_marker",
    "]": "next_marker",
    "i": "loop_in",
    "o": "loop_out",
    "r": "loop",
    "m": "mute",
    "s": "solo",
    "S": "solo_only",
    "p": "polarity",
    "a": "processed_dry",
    "d": "residual",
    "c": "snapshot",
    "t": "target",
    "R": "render",
    "g s": "view_stems",
    "g m": "view_master",
    "g n": "view_null",
    "g r": "view_render",
    "g l": "view_loudness",
    "g i": "view_intake",
    "g h": "view_history",
    "g a": "view_album",
    "M": "marker",
    "'": "jump",
    ",": "monitor_down",
    ".": "monitor_up",
    ":": "command",
    "ctrl+p": "palette",
    "!": "dim",
    "j": "row_down",
    "k": "row_up",
    "down": "row_down",
    "up": "row_up",
    **{str(number): f"stem_{number}" for number in range(1, 10)},
    "0": "choose_master",
    "h": "step_down",
    "-": "step_down",
    "l": "step_up",
    "+": "step_up",
    "H": "coarse_down",
    "L": "coarse_up",
    "=": "type_value",
    "backspace": "default",
    "x": "bypass",
    "X": "bypass_chain",
    "b": "reference",
    "e": "edit_chain",
    "u": "undo",
    "ctrl+r": "redo",
    "v": "version",
    "W": "save",
    "tab": "next_panel",
    "shift+tab": "previous_panel",
    "z": "reset",
    "f": "mono",
    "y": "side",
    "w": "swap",
    "?": "help",
    "q": "leave",
    "Q": "stop_engine",
}


#: In the matrix of renders the step of what is focused is one version to the side.
INSTEAD = {
    **{(Panel.RENDER, key): "version_left" for key in ("h", "-")},
    **{(Panel.RENDER, key): "version_right" for key in ("l", "+")},
}


@pytest.mark.parametrize(("key", "name"), CONTRACT.items())
@pytest.mark.parametrize("panel", Panel)
def test_each_promised_key_does_the_same_everywhere(key, name, panel):
    action = Keymap(ACTIONS).find(parse_keys(key), panel)
    assert action is not None
    assert action.name == INSTEAD.get((panel, key), name)


@pytest.mark.parametrize("panel", Panel)
def test_no_key_means_two_things_in_one_place(panel):
    # a panel's own keys too: where they are others' elsewhere, those say so (key_panels)
    seen = {}
    for action in ACTIONS:
        if not action.has_keys_in(panel) or action.lost:
            continue
        for key in action.keys:
            assert key not in seen, f"{key} in {panel}: {seen[key]} and {action.name}"
            seen[key] = action.name
    for key in seen:  # a key that begins a sequence does nothing by itself
        assert key.split(",")[0] not in seen or "," not in key, f"{key} in {panel} is never reached"


def test_keys_are_left_to_a_panel_only_where_it_uses_them_or_nothing_of_what_they_change_is_seen():
    for action in ACTIONS:
        assert action.keys or not action.key_panels, f"{action.name} has no key to leave to a panel"
        assert not (action.panels and action.key_panels), f"{action.name} says twice where it is"
        left = [panel for panel in Panel if not action.has_keys_in(panel)] if action.key_panels else []
        own = [one for one in ACTIONS if one.panels and set(one.keys) & set(action.keys)]
        assert not left or any(one.panels & set(left) for one in own), f"{action.name} leaves keys to nobody"


def test_a_key_left_to_a_panel_is_shown_and_reached_only_where_it_holds():
    keymap = Keymap(ACTIONS)
    for panel, name in (
        (Panel.STEMS, "paste_chain"),
        (Panel.RENDER, "plan_version"),
        (Panel.ALBUM, "album_audition"),
    ):
        assert keymap.find("P", panel).name == name
    assert keymap.find("P", Panel.LOUDNESS) is None  # nobody pastes a chain over a stem that is not seen
    entries = {
        entry.command.split()[0]: entry.keys
        for group in help_groups(keymap, View(focus=Focus(Panel.LOUDNESS)))
        for entry in group.entries
    }
    assert entries["paste-chain"] == ""
    assert entries["file-name"] == "F"


def test_a_key_of_the_user_holds_wherever_its_action_works():
    keymap = Keymap(ACTIONS, {"note": ("f5", "n")})
    assert keymap.find("f5", Panel.NULL).name == "note"
    assert keymap.find("n", Panel.NULL).name == "null_test"
    assert keymap.find("n", Panel.STEMS).name == "note"


def test_keys_are_as_textual_names_them():
    from textual.keys import _character_to_key

    for sign in map(chr, range(33, 127)):
        assert sign_name(sign) == _character_to_key(sign)


def test_every_action_can_be_typed_and_has_a_group_and_help():
    for action in ACTIONS:
        assert (
            parse_line(f":{action.command} x" if action.needs_argument else action.command, ACTIONS)[0]
            is action
        )
        assert action.group in GROUPS
        assert action.help


def test_every_action_is_carried_out_by_the_controls_or_belongs_to_a_panel():
    desk = {Panel.STEMS, Panel.MASTER}  # has no panel of its own that could
    common = {action.name for action in ACTIONS if action.panels <= desk}
    assert common == set(HANDLERS) | set(meanings()) & common
    assert not set(HANDLERS) & set(meanings())


def test_the_printed_list_holds_exactly_the_keys_there_are():
    written = (ROOT / "docs" / "keys.md").read_text("utf-8")
    assert written == page(), "write it anew: python -m tui.actions.key_list > docs/keys.md"
    assert "docs/keys.md" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("g s", "g,s"),
        ("g,s", "g,s"),
        (",", "comma"),
        ("S", "S"),
        ("Space", "space"),
        ("esc", "escape"),
        ("ctrl+r", "ctrl+r"),
        ("F5", "f5"),
        ("less_than_sign", "less_than_sign"),
    ],
)
def test_keys_may_be_written_as_people_write_them(typed, key):
    assert parse_keys(typed) == key
    assert parse_keys(key_label(key)) == key


@pytest.mark.parametrize("typed", ["ctrl+s", "alt+x", "ctrl+shift+a", "", "hyper", "§§"])
def test_keys_that_not_every_terminal_sends_are_refused(typed):
    with pytest.raises(ValueError, match="key"):
        parse_keys(typed)


def keymap_of(tmp_path, text):
    path = tmp_path / "keymap.toml"
    path.write_text(text, "utf-8")
    return load_keymap(ACTIONS, path)


def test_keys_can_be_rebound_and_swapped(tmp_path):
    keymap, problems = keymap_of(tmp_path, 'mute = ["s", "f2"]\nsolo = "m"\ndim = []\n')
    assert problems == ()
    assert keymap.find("s", Panel.STEMS).name == "mute"
    assert keymap.find("f2", Panel.STEMS).name == "mute"
    assert keymap.find("m", Panel.STEMS).name == "solo"
    assert keymap.find("exclamation_mark", Panel.STEMS) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('mutee = "f2"', "did you mean 'mute'"),
        ('mute = "ctrl+q"', "ctrl+q"),
        ("mute = 3", "give a key"),
        ('mute = "s"', "already taken by solo"),
        ('mute = "g"', "already taken by view_stems"),
        ('mute = "space x"', "already taken by play_pause"),
        ('add_processor = "N"', "already taken by add_band"),
    ],
)
def test_what_cannot_be_rebound_is_named_and_skipped(tmp_path, text, named):
    keymap, problems = keymap_of(tmp_path, f'{text}\nsave = "f9"\n')
    assert len(problems) == 1
    assert named in problems[0]
    assert "keymap.toml" in problems[0]
    assert keymap.find("m", Panel.STEMS).name == "mute"
    assert keymap.find("f9", Panel.STEMS).name == "save"


@pytest.mark.parametrize("text", ["mute =", "\xff\xfe"])
def test_a_broken_keymap_is_named_and_skipped(tmp_path, text):
    path = tmp_path / "keymap.toml"
    path.write_bytes(text.encode("latin-1"))
    keymap, problems = load_keymap(ACTIONS, path)
    assert "keymap.toml: is skipped" in problems[0]
    assert keymap.find("m", Panel.STEMS).name == "mute"


def test_no_keymap_is_no_problem(tmp_path):
    assert load_keymap(ACTIONS, tmp_path / "none.toml")[1] == ()


def test_the_written_keymap_is_the_keymap_once_uncommented(tmp_path):
    text = keymap_text(Keymap(ACTIONS))
    assert all(line.startswith("#") for line in text.splitlines() if line)
    lines = [line.removeprefix("# ") for line in text.splitlines() if " = [" in line]
    keymap, problems = keymap_of(tmp_path, "\n".join(lines))
    assert problems == ()
    assert {action.name: keymap.keys(action.name) for action in ACTIONS} == {
        action.name: action.keys for action in ACTIONS
    }


def test_a_panels_own_key_wins_there_and_the_lost_engines_everywhere():
    keymap = Keymap(ACTIONS)
    assert keymap.find("enter", Panel.HISTORY).name == "go_to_state"
    assert keymap.find("enter", Panel.STEMS) is None
    assert keymap.find("enter", Panel.HISTORY, lost=True).name == "restart"


@pytest.mark.parametrize(
    ("line", "name", "argument"),
    [
        (":trim -0.5", "trim", "-0.5"),
        ("seek 1:23.5", "seek", "1:23.5"),
        ("  :go   Lead Vocal ", "go", "Lead Vocal"),
        ("mon -12", None, ""),
        ("monitor -12", "monitor", "-12"),
        ("sav", "save", ""),
        ("write_keymap", "write_keymap", ""),
        ("SAVE", "save", ""),
    ],
)
def test_command_lines(line, name, argument):
    if name is None:
        with pytest.raises(UnknownCommandError, match="may be monitor"):
            parse_line(line, ACTIONS)
        return
    action, rest = parse_line(line, ACTIONS)
    assert (action.name, rest) == (name, argument)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("plya-pause", "did you mean 'play-pause'"),
        ("xyzzy", "lists them all"),
        ("trim", "trim needs dB"),
        ("save now", "save takes nothing"),
        (":", "type the name"),
    ],
)
def test_lines_that_mean_nothing_say_what_is_near(line, said):
    with pytest.raises(UnknownCommandError, match=said):
        parse_line(line, ACTIONS)


def test_lines_are_completed_with_names_and_with_arguments():
    assert complete(":sol", ACTIONS, lambda action: []) == ["solo", "solo-only"]
    assert complete("target s", ACTIONS, lambda action: ["none", "Streaming"]) == ["target Streaming"]
    assert complete("nothing s", ACTIONS, lambda action: ["some"]) == []


def test_help_lists_the_panels_own_keys_first_and_hides_other_panels(desk):
    groups = help_groups(Keymap(ACTIONS), desk.change(focus_panel=Panel.CHAIN).recorder.now)
    assert groups[0].title == "In this view: chain"
    assert any(entry.command == "add-processor [type]" for entry in groups[0].entries)
    stems = help_groups(Keymap(ACTIONS), desk.change(focus_panel=Panel.STEMS).recorder.now)
    everything = [entry for group in stems for entry in group.entries]
    assert not any(entry.command.startswith("add-processor") for entry in everything)
    assert sum("choose a stem" in entry.help and "…" in entry.keys for entry in everything) == 1


def test_the_footer_shows_what_may_follow_a_prefix(desk):
    keymap, view = Keymap(ACTIONS), desk.recorder.now
    assert ("space", "play") in footer(keymap, view)
    assert ("n", "null") in footer(keymap, view, "g")


def test_the_key_that_plays_an_albums_gap_has_room_on_the_smallest_screen(desk):
    buffer = CellBuffer(80, 1)
    view = desk.change(focus_panel=Panel.ALBUM).recorder.now
    draw_footer(buffer.canvas, 0, footer(Keymap(ACTIONS), view))
    assert "P hear gap" in buffer.text()


def test_all_views_after_g_fit_the_smallest_screen(desk):
    keymap = Keymap(ACTIONS)
    buffer = CellBuffer(80, 1)
    draw_footer(buffer.canvas, 0, footer(keymap, desk.recorder.now, "g"))
    text = buffer.text()
    assert "…" not in text
    assert [word for panel in Panel if panel is not Panel.CHAIN and (word := panel.value) not in text] == []


def test_who_only_watches_sees_which_keys_do_nothing(desk):
    """What needs control is dimmed for an observer and left out of the footer; nothing is for who has it."""
    keymap, view = Keymap(ACTIONS), desk.recorder.now
    needs_control = {action.help for action in ACTIONS if action.control}
    for role in Role:
        seen = replace(view, role=role)
        entries = [entry for group in help_groups(keymap, seen) for entry in group.entries]
        for entry in entries:
            assert entry.usable is (role is Role.CONTROLLER or entry.help not in needs_control), entry
        assert ("m", "mute") in footer(keymap, view)
        assert (("m", "mute") in footer(keymap, seen)) is (role is Role.CONTROLLER)
