"""A desk without an application: the controls, and what they said, asked and sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from documents import with_words

from engine.errors import StemlatheError
from engine.link.document import Document
from engine.link.messages import COMMANDS, Message, check, decode, encode
from engine.link.records import Role, State
from engine.link.snapshot import NO_TRANSPORT, Snapshot
from engine.processes import edit_files
from engine.session.files import parse_session
from engine.session.validate import session_from_tree
from tui.controls.controls import Controls
from tui.controls.surface import NOTHING_BESIDES, Besides
from tui.panels.chain.panel import ChainPanel
from tui.view import Focus, Panel, View

TEXT = """
format = 1
title = "Falling Water"
sample_rate = 48000

[reference]
path = "mix.wav"

[[stems]]
name = "Drums"
role = "drums"
path = "drums.wav"
trim_db = 0.5
chain = [
  { type = "eq", bands = [
    { shape = "high_pass", frequency_hz = 30.0 },
    { frequency_hz = 2500.0, gain_db = 1.0 },
  ] },
  { type = "compressor", ratio = 1.5, attack_ms = 20.0 },
]

[[stems]]
name = "Bass"
role = "bass"
path = "bass.wav"
polarity_inverted = true

[[stems]]
name = "Lead Vocal"
role = "vocals"
path = "vocal.wav"
chain = [ { type = "deesser", enabled = false } ]

[master]
chain = [
  { type = "multiband", crossovers_hz = [120.0, 2000.0], bands = [ {}, { ratio = 1.5 }, {} ] },
  { type = "limiter", drive_db = 2.0 },
]

[[deliverables]]
name = "streaming"
loudness_lufs = -14.0
ceiling_dbtp = -1.0

[[deliverables]]
name = "cd"
"""

PATH = Path("/songs/falling-water.toml")
_TRANSPORT = NO_TRANSPORT._replace(
    state=State.PAUSED, sample_rate_hz=48000, length_frames=480000, position_frames=96000
)


def make_view(text: str = TEXT, **changes: Any) -> View:
    """A view of a session's text, in control, stopped at 2 s of 10."""
    session = session_from_tree(parse_session(text, PATH), PATH)
    document = Document(text=text, path=str(PATH), revision=7, saved_revision=5)
    view = View(
        session=session,
        document=document,
        snapshot=Snapshot(transport=_TRANSPORT),
        role=Role.CONTROLLER,
        focus=Focus(),
    )
    return replace(view, **changes)


@dataclass
class Recorder:
    """An application that only remembers; `answer_all` plays the engine that agrees.

    Attributes:
        now: the view it shows.
        sent: (kind, payload, revision) of every command; references are read.
        said: (text, level).
        offered: (title, names, callback, chosen).
        asked: (prompt, initial, callback).
        copied: texts.
        opened: (path, how the session before is left) of every session.
        no_clipboard: why nothing can be copied.
        written: (title, text, callback).
        confirmed: (question, callback).
        done: (name, argument) of what is the application's.
        full: the engine's queue takes nothing.
        by_path: what the newest list does with a typed path.
        back: what it, or the newest prompt, does when it is given up.
    """

    now: View
    sent: list[tuple[str, dict[str, Any], int | None]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    offered: list[Any] = field(default_factory=list)
    asked: list[tuple[str, str, Callable[[str], None]]] = field(default_factory=list)
    confirmed: list[tuple[str, Callable[[], None]]] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)
    no_clipboard: str = ""
    opened: list[tuple[Path, set[str]]] = field(default_factory=list)
    written: list[tuple[str, str, Callable[[str], None]]] = field(default_factory=list)
    done: list[tuple[str, str]] = field(default_factory=list)
    works: list[Any] = field(default_factory=list)
    full: bool = False
    by_path: Callable[[str], None] | None = None
    back: Callable[[], None] | None = None

    def view(self) -> View:
        return self.now

    def send(self, kind: str, payload: Mapping[str, Any], revision: int | None) -> int:
        if self.full:
            raise StemlatheError("the engine has not read earlier commands yet")
        message = decode(encode(Message(kind, len(self.sent) + 1, revision, payload)))
        if kind in COMMANDS:
            check(message)
        content = dict(message.payload)
        if kind == "edit":
            content = json.loads(edit_files.take(content["reference"]))
        self.sent.append((kind, content, revision))
        return len(self.sent)

    def set_focus(self, focus: Focus) -> None:
        self.now = replace(self.now, focus=focus)

    def say(self, text: str, level: str) -> None:
        self.said.append((text, level))

    def ask(
        self,
        prompt: str,
        initial: str,
        callback: Callable[[str], None],
        *,
        files: bool = False,
        back: Callable[[], None] | None = None,
    ) -> None:
        self.back = back
        self.asked.append((prompt, initial, callback))

    def choose(
        self,
        title: str,
        names: Sequence[tuple[str, str]],
        pick: Callable[[int], None],
        chosen: int = 0,
        besides: Besides = NOTHING_BESIDES,
    ) -> None:
        self.by_path, self.back = besides.by_path, besides.back
        self.offered.append((title, [name for name, _ in names], pick, chosen))

    def write(self, title: str, text: str, callback: Callable[[str], None]) -> None:
        self.written.append((title, text, callback))

    def confirm(self, question: str, callback: Callable[[], None]) -> None:
        self.confirmed.append((question, callback))

    def copy(self, text: str) -> str:
        self.copied.append(text)
        return self.no_clipboard

    def open_session(self, path: Path, **how: Any) -> None:
        self.opened.append((path, {name for name, value in how.items() if value}))

    def run(self, work: Any) -> None:
        self.works.append(work)

    def app(self, name: str, argument: str) -> None:
        self.done.append((name, argument))


@dataclass
class Desk:
    """Controls, the recorder they talk to, and the panel that is looked at, where a test has one."""

    controls: Controls
    recorder: Recorder
    panel: ChainPanel | None = None

    def press(self, *keys: str) -> Desk:
        for key in keys:
            self.controls.key(key)
        return self

    def change(self, **changes: Any) -> Desk:
        """Changes the view: `focus_…` the focus, `document_…` the document, `transport_…` the transport."""
        view = self.recorder.now
        for name, value in changes.items():
            part, _, rest = name.partition("_")
            if part == "focus":
                view = replace(view, focus=replace(view.focus, **{rest: value}))
            elif part == "document":
                view = replace(view, document=with_words(view.document, {rest: value}))
            elif part in ("transport", "monitor"):
                record = getattr(view.snapshot, part)._replace(**{rest: value})
                view = replace(view, snapshot=replace(view.snapshot, **{part: record}))
            else:
                view = replace(view, **{name: value})
        self.recorder.now = view
        return self

    @property
    def sent(self) -> list[tuple[str, dict[str, Any]]]:
        return [(kind, payload) for kind, payload, _ in self.recorder.sent]

    @property
    def said(self) -> str:
        return "\n".join(text for text, _ in self.recorder.said)

    @property
    def focus(self) -> Focus:
        return self.recorder.now.focus


@pytest.fixture
def make_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    """Makes a desk; options are those of `Desk.change`, `text` of the session, and of `Controls`."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def make(
        *,
        text: str = TEXT,
        panels: Mapping[Panel, Any] | None = None,
        read_only: bool = False,
        **changes: Any,
    ) -> Desk:
        recorder = Recorder(make_view(text))
        return Desk(Controls(recorder, panels, read_only=read_only), recorder).change(**changes)

    return make


@pytest.fixture
def chain(make_desk: Callable[..., Desk]) -> Callable[..., Desk]:
    """Makes a desk with the chain editor open."""

    def make(stem: int = 0, processor: int = 0, key: str = "", **options: Any) -> Desk:
        panel = ChainPanel()
        desk = make_desk(panels={Panel.CHAIN: panel}, **options)
        desk.panel = panel
        return desk.change(focus_panel=Panel.CHAIN, focus_stem=stem, focus_processor=processor, focus_key=key)

    return make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """A desk with the first stem chosen."""
    return make_desk()
