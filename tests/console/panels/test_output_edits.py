"""Deliverables and versions edited in the render panel: what reaches session, history and file."""

from __future__ import annotations

import contextlib
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from documents import with_words
from hypothesis import given
from hypothesis import strategies as st
from work_views import TEXT, Recorder, shown, view_of, with_row

from engine.errors import SessionError
from engine.link.records import Role
from engine.server.journal import Journal
from engine.server.live_session import LiveSession
from engine.session.editing import with_changes
from engine.session.files import read_text_session
from engine.session.model import Session
from tui.controls.not_possible import NotPossibleError
from tui.panels.render import edits
from tui.panels.render.panel import RenderPanel
from tui.panels.render.plan import columns_of
from tui.view import Panel, View
from tui.work.verb_runner import Runner

#: A session with remarks that no edit may lose.
REMARKED = f"""\
# of the second mixing day
{TEXT}
# for the club only
[versions.club]
trims_db = {{ Drums = 1.0 }}
[versions.instrumental]
isrc = "DEA312600002"
"""


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LiveSession:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "song.toml"
    path.write_text(REMARKED, encoding="utf-8")
    return LiveSession(path, Journal(path))


class Console:
    """The panel in front of a live session: what it sends is carried out as the engine does."""

    def __init__(self, live: LiveSession) -> None:
        self.live, self.panel = live, RenderPanel(Runner())
        self.row, self.column = 0, 0

    @property
    def view(self) -> View:
        text = self.live.book.text
        view = view_of(Panel.RENDER, text, row=self.row, column=self.column)
        document = with_words(view.document, {"path": str(self.live.path)})
        return replace(view, document=document, role=Role.CONTROLLER, session=self.live.session)

    def at(self, deliverable: str, version: str) -> Console:
        names = [one.name for one in self.live.session.deliverables]
        self.row, self.column = names.index(deliverable), columns_of(self.live.session).index(version)
        return self

    def do(self, action: str, argument: str = "", *, pick: str | None = None, answer: str = "") -> Recorder:
        """Presses a key; of a list that is offered, chooses what begins with `pick`; types `answer`."""
        controls = _Picking(answer=answer)
        controls.wanted = pick
        assert self.panel.perform(action, argument, self.view, controls)  # type: ignore[arg-type]
        for label, changes in controls.edits:
            self.live.change(changes, label=label)
        return controls

    @property
    def session(self) -> Session:
        return self.live.session


class _Picking(Recorder):
    wanted: str | None = None

    def choose(self, title, names, pick, chosen=0):  # type: ignore[no-untyped-def]
        self.offered.append((title, [name for name, _ in names]))
        if self.wanted is not None:
            wanted, self.wanted = self.wanted.partition(" > ")[::2]
            plain = [name.removeprefix("□ ") for name, _ in names]
            pick(next(number for number, name in enumerate(plain) if name.startswith(wanted)))


@pytest.fixture
def console(live: LiveSession) -> Console:
    return Console(live)


def test_a_deliverable_is_added_changed_and_taken_out_each_one_step_of_undo(console: Console) -> None:
    console.do("add_deliverable", pick="apple-music")
    added = console.session.deliverables[2]
    assert (added.name, added.preset, added.versions) == ("apple-music", "apple-music", ("master",))
    console.at("apple-music", "master")
    console.do("change_deliverable", pick="loudness", answer="-11.5")
    console.do("change_deliverable", pick="encoding > flac16")
    console.do("change_deliverable", pick="mono files")
    console.do("change_deliverable", pick="file name", answer="{title} [{deliverable}]")
    console.do("change_deliverable", pick="versions > tv")
    console.do("change_deliverable", pick="name", answer="apple")
    changed = console.session.deliverables[2]
    assert (changed.name, changed.loudness_lufs, changed.encoding) == ("apple", -11.5, "flac16")
    assert (changed.mono_files, changed.file_name) == (True, "{title} [{deliverable}]")
    assert changed.versions == ("master", "tv")
    console.at("apple", "master").do("remove_output")
    assert [one.name for one in console.session.deliverables] == ["streaming", "cd"]
    labels = [step.label for step in console.live.book.tree.steps.values()]
    assert labels[-8:] == [
        "deliverable apple-music added",
        "apple-music loudness −11.5 LUFS",
        "apple-music encoding flac16",
        "apple-music mono files on",
        "apple-music file name {title} [{deliverable}]",
        "apple-music with tv",
        "apple-music name apple",
        "deliverable apple removed",
    ]
    console.live.undo()
    assert console.session.deliverables[2] == changed
    for _ in range(7):
        console.live.undo()
    assert console.live.book.text == REMARKED


def test_edits_are_there_again_after_the_engine_was_killed(console: Console) -> None:
    console.do("add_deliverable", "cd")  # there is one of that name: it is numbered
    console.do("add_version", "radio")
    console.live._journal.close()
    again = LiveSession(console.live.path, Journal(console.live.path))
    assert again.book.text == console.live.book.text != REMARKED
    assert [one.name for one in again.session.deliverables] == ["streaming", "cd", "cd 2"]
    assert "# for the club only" in again.book.text


def test_a_value_goes_back_to_what_its_target_says(console: Console) -> None:
    console.at("streaming", "master").do("change_deliverable", pick="ceiling", answer="-3 dB")
    assert console.session.deliverables[0].ceiling_dbtp == -3.0
    console.do("change_deliverable", pick="ceiling", answer="")
    assert console.session.deliverables[0].ceiling_dbtp == -1.0
    assert "ceiling" not in console.live.book.text.partition("[versions")[0].partition("streaming")[2]
    console.do("change_deliverable", pick="loudness", answer="none")
    assert console.session.deliverables[0].loudness_lufs is None
    console.do("change_deliverable", pick="preset > cd")
    assert console.session.deliverables[0].preset == "cd"


def test_what_makes_no_sense_is_said_and_changes_nothing(console: Console) -> None:
    console.at("cd", "master")
    for said, doing in (
        ("out of range", lambda: console.do("change_deliverable", pick="ceiling", answer="7")),
        ("cannot be empty", lambda: console.do("change_deliverable", pick="name", answer=" ")),
        ("only version", lambda: console.do("plan_version")),
        ("already", lambda: console.do("add_version", "CLUB")),
        ("already", lambda: console.do("add_version", "Master")),
    ):
        controls = doing()
        assert said in controls.said[-1][0]
        assert controls.edits == []
    assert console.live.book.text == REMARKED


def test_the_order_of_deliverables_changes_and_their_remarks_go_with_them(
    live: LiveSession, console: Console
) -> None:
    first, second = (one.name for one in live.session.deliverables)
    console.at(second, "master").do("deliverable_earlier")
    assert [one.name for one in console.session.deliverables] == [second, first]
    assert sorted(live.book.text.splitlines()) == sorted(REMARKED.splitlines())
    console.at(second, "master")
    controls = console.do("deliverable_earlier")
    assert (controls.edits, controls.said[-1][0]) == ([], "it is the first deliverable already")
    console.do("deliverable_later")
    assert live.book.text == REMARKED


def test_tags_come_change_and_go(console: Console) -> None:
    console.at("cd", "master").do("change_tags", pick="artist", answer="Jörg")
    console.do("change_tags", pick="year", answer="2026")
    console.do("change_tags", pick="isrc", answer="de-a31-26-00001")
    metadata = console.session.metadata
    assert metadata is not None
    assert (metadata.artist, metadata.year, metadata.isrc) == ("Jörg", 2026, "DEA312600001")
    controls = console.do("change_tags", pick="year", answer="26")
    assert controls.edits == []
    for tag in ("artist", "year", "isrc"):
        console.do("change_tags", pick=tag, answer="")
    assert console.session.metadata is None
    assert console.live.book.text.rstrip() == REMARKED.rstrip()


def test_a_version_of_ones_own_comes_changes_and_goes(console: Console) -> None:
    console.at("cd", "master").do("add_version", answer="radio edit")
    assert console.session.deliverables[1].versions == ("master", "radio edit")
    console.at("cd", "radio edit")
    console.do("change_version", pick="end", answer="1.5 min")
    console.do("change_version", pick="fade out", answer="2")
    console.do("change_version", pick="ISRC".lower(), answer="DEA312600003")
    console.do("change_version", pick="trim of Lead Vocal", answer="+1.5")
    section = console.session.sections["radio edit"]
    assert (section.end_s, section.fade_out_s, section.isrc) == (90.0, 2.0, "DEA312600003")
    assert console.session.versions["radio edit"]["trims_db"] == {"Lead Vocal": 1.5}
    console.do("change_version", pick="trim of Lead Vocal", answer="0")
    assert console.session.versions["radio edit"]["trims_db"] == {}
    console.do("change_version", pick="name", answer="radio")
    assert console.session.deliverables[1].versions == ("master", "radio")
    assert console.session.sections["radio"] == section
    console.at("cd", "radio").do("remove_output", pick="the version")
    assert "radio" not in console.live.book.text
    assert console.session.deliverables[1].versions == ("master",)


def test_what_a_built_in_version_says_comes_and_goes_with_its_section(console: Console) -> None:
    console.at("streaming", "acapella").do("change_version", pick="title", answer="Falling Water (Voices)")
    assert console.session.sections["acapella"].title == "Falling Water (Voices)"
    console.do("change_version", pick="title", answer="")
    assert "[versions.acapella]" not in console.live.book.text
    console.do("change_version", pick="linked")
    assert console.session.unlinked == frozenset({"acapella"})


def test_the_last_section_of_versions_goes_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "song.toml"
    path.write_text(f"{TEXT}[versions.club]\ntrims_db = {{ Drums = 1.0 }}\n", encoding="utf-8")
    console = Console(LiveSession(path, Journal(path)))
    console.at("streaming", "club").do("remove_output", pick="the version")
    assert console.session.versions == {}
    console.at("streaming", "master").do("add_version", "club")
    assert console.session.deliverables[0].versions[-1] == "club"


def test_a_session_without_deliverables_gets_its_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "song.toml"
    path.write_text(TEXT.partition("[[deliverables]]")[0], encoding="utf-8")
    console = Console(LiveSession(path, Journal(path)))
    assert "I adds one" in console.do("change_deliverable").said[0][0]
    console.do("add_deliverable", "spotify")
    assert [one.preset for one in console.session.deliverables] == ["spotify"]


def test_what_the_deliverable_names_and_r_leaves_out_is_marked(console: Console) -> None:
    assert "·□" not in shown(console.panel, console.view)
    console.panel.perform("only_output", "", with_row(console.view, 1), Recorder())
    assert shown(console.panel, console.view).count("·□") == 3


NAMES = st.text("abcABC é.-'", min_size=1, max_size=8)
STEPS = st.one_of(
    st.tuples(st.just("add"), NAMES),
    st.tuples(st.just("remove"), st.integers(0, 5)),
    st.tuples(st.just("plan"), st.integers(0, 60)),
    st.tuples(st.just("version"), NAMES),
    st.tuples(st.just("trim"), st.floats(-6.0, 6.0).map(lambda value: round(value, 1))),
    st.tuples(st.just("unversion"), st.integers(0, 9)),
)


@given(st.lists(STEPS, max_size=12))
def test_no_row_of_edits_makes_a_session_that_cannot_be_read(steps: list[tuple[str, object]]) -> None:
    path, text = Path("/songs/song.toml"), REMARKED
    for kind, argument in steps:
        tree, session = tomllib.loads(text), read_text_session(text, path)
        edit = _edit(kind, argument, tree, session)
        if edit is None:
            continue
        changed = with_changes(text, edit.changes, path)
        with contextlib.suppress(SessionError):
            read_text_session(changed, path)
            text = changed
            continue
        # the engine refuses it as a whole and says why
        with pytest.raises(SessionError, match="cannot be part of a file name"):
            read_text_session(changed, path)
    assert "# of the second mixing day" in text


def _edit(kind: str, argument: object, tree: dict[str, object], session: Session) -> edits.Edit | None:
    count, own = len(session.deliverables), list(session.versions)
    try:
        match kind, argument:
            case "add", str(name):
                return edits.deliverable_added(tree, name, "spotify")
            case "remove", int(number) if number < count:
                return edits.deliverable_removed(tree, number)
            case "plan", int(number) if count:
                columns = columns_of(session)
                return edits.version_planned(tree, number % count, columns[number % len(columns)], columns)
            case "version", str(name):
                return edits.version_added(tree, name, 0 if count else None)
            case "trim", float(trim_db) if own:
                return edits.version_trim(tree, own[-1], "Lead Vocal", trim_db, "")
            case "unversion", int(number) if own:
                return edits.version_removed(tree, own[number % len(own)])
    except NotPossibleError:
        pass
    return None
