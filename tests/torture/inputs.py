"""Bad input by the hundred, in a child that may not grow, hang or die: only errors of ours may come of it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from random import Random

import numpy as np
import soundfile

from engine.errors import StemlatheError
from tests.torture import mutate
from tests.torture.child import Try, in_a_child
from tests.torture.ground import RATE, Fault, Ground, Row

_AUDIO: dict[str, bytes] = {}


def _audio_files(folder: Path) -> dict[str, bytes]:
    """A small file of each format and coding that libsndfile writes, by name."""
    if not _AUDIO:
        signal_ = np.random.default_rng(3).uniform(-0.5, 0.5, (2400, 2))
        for kind in soundfile.available_formats():
            for subtype in list(soundfile.available_subtypes(kind))[:4]:
                path = folder / f"base.{kind.lower()}"
                with contextlib.suppress(soundfile.LibsndfileError, RuntimeError, ValueError):
                    soundfile.write(path, signal_, RATE, format=kind, subtype=subtype)
                    _AUDIO[f"{kind} {subtype}"] = path.read_bytes()
    return _AUDIO


def _open_and_measure(path: Path) -> None:
    from engine.intake.scan import scan_stem
    from engine.measure import measure_file

    try:
        measure_file(path)
    except StemlatheError:
        scan_stem(path, lambda frames: None)
        raise


def audio(ground: Ground, number: Random, row: Row) -> None:
    """Audio files with damaged headers, measured and checked."""
    bases = list(_audio_files(ground.folder).values())
    in_a_child(
        ground, number, row, lambda n: mutate.audio(n.choice(bases), n), "damaged.audio", _open_and_measure
    )


def load_session_of(path: Path) -> None:
    from engine.session.editing import TextEditor
    from engine.session.files import load_session, read_session_text

    load_session(path)
    text = read_session_text(path)
    TextEditor(text, path).changed([(("title",), "Other")])


def session(ground: Ground, number: Random, row: Row) -> None:
    """Session files, loaded and edited."""
    text = (ground.song / "s.toml").read_text(encoding="utf-8")
    in_a_child(ground, number, row, lambda n: mutate.toml(text, n), "s.toml", load_session_of)


TARGETS = """[targets.mine]
loudness_lufs = -14.0
ceiling_dbtp = -1.0
encoding = "wav24"
sample_rate = 44100
source = "somebody"
date = "2026-01-01"
"""
KEYMAP = 'mute = "f2"\nsolo = ["f3", "g,z"]\nplay = "space"\nundo = "ctrl+z"\n'
THEME = 'name = "mine"\ndark = true\n[colours]\ntext = "#ffffff"\nmeter_low = "#00ff00"\n'


def load_targets(path: Path) -> None:
    from engine.session.targets import targets

    os.environ["XDG_CONFIG_HOME"] = str(path.parent.parent)
    targets()


def load_keymap_of(path: Path) -> None:
    from tui.actions.every import ACTIONS
    from tui.actions.keymap import load_keymap

    load_keymap(ACTIONS, path)


def load_theme(path: Path) -> None:
    from tui.looks.themes import load_themes

    os.environ["XDG_CONFIG_HOME"] = str(path.parent.parent.parent)
    load_themes()


def _config(name: str, text: str, attempt: Try) -> Fault:
    def fault(ground: Ground, number: Random, row: Row) -> None:
        in_a_child(ground, number, row, lambda n: mutate.toml(text, n), name, attempt)

    return fault


def _read_journal(path: Path) -> None:
    from engine.server.journal import read_events

    read_events(path.read_bytes())


def journal(ground: Ground, number: Random, row: Row) -> None:
    """Journals, cut and garbled: what is read is a state, or nothing."""
    from engine.server.journal import line_of
    from engine.server.session_state import Book, apply, step_event, whole
    from engine.server.undo_tree import Step, Tree

    book = Book()
    apply(book, step_event(Tree(), Step(1, None, "opened", 0.0, "title = 1\n")))
    content = line_of(whole(book)) + b"".join(
        line_of({"e": "marker", "frames": frames, "name": "m"}) for frames in range(20)
    )
    in_a_child(ground, number, row, lambda n: mutate.audio(content, n), "j.jsonl", _read_journal)


FAULTS: dict[str, Fault] = {
    "input: audio headers": audio,
    "input: sessions": session,
    "input: targets": _config("stemlathe/targets.toml", TARGETS, load_targets),
    "input: keymaps": _config("stemlathe/keymap.toml", KEYMAP, load_keymap_of),
    "input: themes": _config("stemlathe/themes/mine.toml", THEME, load_theme),
    "input: journals": journal,
}
