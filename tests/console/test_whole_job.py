"""A whole job by keys alone: from badly named stems to a session that is opened again, key by key.

What each move costs stands in `docs/guide/a-job-by-keys.md`, which is printed from here:
`python tests/console/test_whole_job.py > docs/guide/a-job-by-keys.md`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120.0
RATE = 48_000


@dataclass(frozen=True)
class Move:
    """One thing an engineer does.

    Attributes:
        what: for people.
        keys: as they are typed, one after another; a name of NAMED is one key.
        sees: what is on the screen once it is done.
    """

    what: str
    keys: tuple[str, ...]
    sees: tuple[str, ...]

    @property
    def typed(self) -> str:
        """As a terminal sends them."""
        return "".join(NAMED.get(key, key) for key in self.keys)

    @property
    def count(self) -> int:
        """Keys pressed."""
        return sum(1 if key in NAMED else len(key) for key in self.keys)


NAMED = {"enter": "\r", "tab": "\t", "esc": "\x1b", "down": "\x1b[B", "ctrl+u": "\x15", "space": " "}

#: The job; `{}` of the screen's texts is nothing that hangs on its size.
JOB = (
    Move("new session: all files of this folder", ("Bn", "enter", "enter"), ("make the session: 3 stems",)),
    Move("a role that was a guess: drums", ("trk", "enter", "drums", "enter"), ("Drums", "make the session")),
    Move("its name", ("trk", "enter", "rename", "enter", "ctrl+u", "Kit", "enter"), ("Kit  ",)),
    Move("make it, and it is open", ("make the", "enter"), ("opened", "Kit", "LEAD")),
    Move("trim of the first stem up by 0.3 dB", ("1lll",), ("+0.3",)),
    Move("trim of the second to −1.5 dB", ("2=", "ctrl+u", "-1.5", "enter"), ("−1.5",)),
    Move("rename the first stem", ("1E", "ctrl+u", "Sub", "enter"), ("Sub",)),
    Move("another role for it", ("I", "sub", "enter"), ("Sub: Sub",)),
    Move("move it to the end", ("JJ",), ("3 Sub",)),
    Move("a note about it", ("n", "less of 40 Hz?", "tab"), ("less of 40 Hz?",)),
    Move("a note about the session", ("0n", "for vinyl", "tab"), ("kept in the session",)),
    Move("save", ("W",), ("saved",)),
    Move("save as", ("Bw", "ctrl+u", "loud", "enter"), ("saved as loud.toml",)),
    Move("open the one before again", ("Br", "enter"), ("opened", "Sub")),
)


def page() -> str:
    """The list for people."""
    lines = [
        "# A job by keys",
        "",
        "A session from badly named stems, prepared, noted, saved under another name and opened again,",
        "with the keyboard alone, at 80×24 as at 200×60. Text that is typed counts letter by letter.",
        "",
        "| move | keys | count |",
        "| --- | --- | --- |",
    ]
    for move in JOB:
        keys = " ".join(f"`{key}`" for key in move.keys)
        lines.append(f"| {move.what} | {keys} | {move.count} |")
    lines += ["", f"Together {sum(move.count for move in JOB)} keys."]
    return "\n".join(lines) + "\n"


@pytest.fixture
def folder(folders: Path) -> Iterator[Path]:
    """Three stems nobody has named well, their sum, and a session to begin from."""
    from engine.processes.registry import running
    from engine.processes.terminate import end

    random = np.random.default_rng(7)
    stems = folders / "bounce"
    stems.mkdir()
    names = ("Trk 01 final", "LEAD vx_comp3", "bs DI (2)")
    parts = [np.round(0.1 * random.standard_normal((2 * RATE, 2)).clip(-3, 3) * 2**23) / 2**23 for _ in names]
    for name, samples in zip((*names, "night MIX v2"), (*parts, sum(parts)), strict=True):
        soundfile.write(stems / f"{name}.wav", samples, RATE, "PCM_24")
    first = stems / "empty.toml"
    first.write_text(
        f'format = 1\ntitle = "First"\nsample_rate = {RATE}\n'
        f'[[stems]]\nname = "Any"\npath = "{names[0]}.wav"\n',
        encoding="utf-8",
    )
    yield stems
    for entry in running():
        end(entry)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_job_is_done_by_keys_alone(folder: Path, size: tuple[int, int]) -> None:
    from pty_screen import PtyScreen

    from engine.compiler.warm import ensure_compiled
    from engine.session.files import load_session

    ensure_compiled()
    command = [sys.executable, "-c", "from engine.cli.main import run; run()"]
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
    words = ["open", str(folder / "empty.toml"), "--device", "null"]
    pty = PtyScreen([*command, *words], *size, environment=environment)
    try:
        pty.until(lambda: "PAUSED" in pty.text() and "leave" in pty.text(), PATIENCE_S)
        for move in JOB:
            for key in move.keys:
                pty.settle(0.15, PATIENCE_S)
                pty.keys(NAMED.get(key, key))
            pty.until(lambda move=move: all(text in pty.text() for text in move.sees), PATIENCE_S)
        pty.keys("q")
        assert pty.wait() == 0
    finally:
        pty.close()
    made = next(path for path in folder.glob("*.toml") if path.name not in ("empty.toml", "loud.toml"))
    for path in (made, folder / "loud.toml"):
        session = load_session(path)
        assert [stem.name for stem in session.stems][1:] == ["Kit", "Sub"]
        assert {stem.role for stem in session.stems} == {"sub", "drums", "vocals"}
        assert sorted(stem.trim_db for stem in session.stems) == pytest.approx([-1.5, 0.0, 0.3])
        assert session.stems[2].notes == "less of 40 Hz?"
        assert session.notes == "for vinyl"
        assert session.reference is not None
        assert session.reference.path.name == "night MIX v2.wav"
    assert load_session(folder / "empty.toml").title == "First"  # nobody has touched it


def test_the_printed_list_is_the_one_that_was_walked() -> None:
    written = (ROOT / "docs/guide/a-job-by-keys.md").read_text("utf-8")
    assert written == page(), "python tests/console/test_whole_job.py > docs/guide/a-job-by-keys.md"


if __name__ == "__main__":
    print(page(), end="")
