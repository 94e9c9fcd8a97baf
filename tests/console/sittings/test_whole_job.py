"""A whole job by keys alone: from badly named, faulty stems to verified files, key by key.

What each move costs stands in `docs/guide/a-job-by-keys.md`, which is printed from here:
`python tests/console/sittings/test_whole_job.py > docs/guide/a-job-by-keys.md`.
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

from engine.measure import measure_file
from engine.session.model import Session

ROOT = Path(__file__).parents[3]
PATIENCE_S = 120.0
RATE, SECONDS = 48_000, 6


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

    def is_seen(self, screen: str) -> bool:
        """Whether it is done; chains are spaced where there is room."""
        return all("".join(text.split()) in "".join(screen.split()) for text in self.sees)


NAMED = {"enter": "\r", "tab": "\t", "esc": "\x1b", "down": "\x1b[B", "ctrl+u": "\x15", "space": " "}

#: The job; `{}` of the screen's texts is nothing that hangs on its size.
JOB = (
    Move("new session: all files of this folder", ("Bn", "enter", "enter"), ("make the session: 3 stems",)),
    Move("a role that was a guess: drums", ("trk", "enter", "drums", "enter"), ("Drums", "make the session")),
    Move("its name", ("trk", "enter", "rename", "enter", "Kit", "enter"), ("Kit  ",)),
    Move("make it, and it is open", ("make the", "enter"), ("opened", "Kit", "LEAD")),
    Move("the intake", ("gi",), ("INTAKE", "✖ FAIL", "▸")),
    Move("the null test: three causes", ("gn",), ("✖ FAIL", "⏎ applies")),
    Move("all three corrected, and tested again", ("F",), ("● PASS", "the stems are what was mixed")),
    Move("back to the stems", ("gs",), ("MASTER",)),
    Move("trim of the first stem up by 0.3 dB", ("1lll",), ("+0.3",)),
    Move("trim of the second to −1.5 dB", ("2=", "-1.5", "enter"), ("−1.5",)),
    Move("rename the first stem", ("1E", "Sub", "enter"), ("Sub",)),
    Move("another role for it", ("I", "sub", "enter"), ("Sub: Sub",)),
    Move("move it to the end", ("JJ",), ("3 Sub",)),
    Move("a note about it", ("n", "less of 40 Hz?", "tab"), ("less of 40 Hz?",)),
    Move("a note about the session", ("0n", "for vinyl", "tab"), ("kept in the session",)),
    Move("+1 dB at 3 kHz on the vocal", ("1", ":eq 3k +1 q1", "enter"), ("EQ",)),
    Move("a compressor", (":comp -18 1.5", "enter"), ("EQC",)),
    Move("a de-esser", (":deesser", "enter"), ("EQCD",)),
    Move("the limiter's ceiling to −2 dBTP", (":ceiling -2", "enter"), ("→ −2.0 dBTP",)),
    Move("a snapshot", ("C",), ("[A]",)),
    Move("a reference kept in the session", (":add-reference ../single.wav", "enter"), ("single: measured",)),
    Move("listen to it, and to the song again", ("*", "a"), ("PROCESSED",)),
    Move("the renders", ("gr",), ("RENDER", "streaming")),
    Move("a deliverable for Apple Music", ("I", "apple", "enter"), ("apple-music",)),
    Move("one for CD", ("I", "cd", "enter"), ("cd · master",)),
    Move("with instrumental and a cappella", ("lPlP",), ("cd · acapella", "renders 5")),
    Move("and a version of its own", ("&", "club", "enter"), ("cd · club", "renders 6")),
    Move("in which the drums are 1 dB louder", ("U", "of kit", "enter", "1", "enter"), ("cd · club",)),
    Move("render, edits saved first", ("R", "y"), ("6 hold",)),
    Move("a retake of the vocal", ("gi", "1", "enter", "../retake.wav", "enter"), ("has a new file",)),
    Move("back to the stems, and save", ("gs", "W"), ("saved",)),
    Move("save as", ("Bw", "loud", "enter"), ("saved as loud.toml",)),
    Move("open the one before again", ("Br", "enter"), ("opened", "Sub")),
)


def page() -> str:
    """The list for people."""
    lines = [
        "# A job by keys",
        "",
        "Badly named stems that do not sum to their mix (one is upside down, one late, one too soft),",
        "corrected, mastered, rendered as six files, one replaced, noted, saved under another name, opened",
        "again, with the keyboard alone, at 80×24 as at 200×60. Typed text counts letter by letter.",
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
    """Three stems nobody has named well and a fault in each, their sum, and a session to begin from."""
    from engine.processes.registry import running
    from engine.processes.terminate import end

    random = np.random.default_rng(7)
    stems = folders / "bounce"
    stems.mkdir()
    names = ("Trk 01 final", "LEAD vx_comp3", "bs DI (2)")
    frames, lead = SECONDS * RATE, RATE // 10
    parts = [0.05 * random.standard_normal((frames, 2)).clip(-3, 3) for _ in names]
    for part in parts:
        part[:lead] = part[-lead:] = 0.0
    late, soft, inverted = (parts[0], parts[1], parts[2])
    bounced = (np.roll(late, 96, axis=0), 10.0 ** (-1.3 / 20.0) * soft, -inverted)
    for name, samples in zip((*names, "night MIX v2"), (*bounced, sum(parts)), strict=True):
        soundfile.write(stems / f"{name}.wav", samples, RATE, "PCM_24")
    soundfile.write(folders / "retake.wav", 0.9 * soft, RATE, "PCM_24")
    soundfile.write(folders / "single.wav", 1.5 * sum(parts), RATE, "PCM_24")
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
            try:
                pty.until(lambda move=move: move.is_seen(pty.text()), PATIENCE_S)
            except AssertionError as error:
                raise AssertionError(f"{move.what}: {move.sees} is not seen:\n{pty.text()}") from error
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
        _is_mastered(session)
    assert load_session(folder / "empty.toml").title == "First"  # nobody has touched it


def _is_mastered(session: Session) -> None:
    lead, kit, sub = session.stems
    assert sub.polarity_inverted
    assert kit.offset_samples == pytest.approx(-96.0, abs=0.01)
    assert lead.source_gain_db == pytest.approx(1.3, abs=0.001)
    assert lead.path.name == "retake.wav"
    enabled = [processor for processor in lead.chain if processor.enabled]
    assert [processor.type for processor in enabled] == ["eq", "compressor", "deesser"]
    (band,) = enabled[0].values["bands"]
    assert (band["frequency_hz"], band["gain_db"], band["q"]) == (3000.0, 1.0, 1.0)
    assert (enabled[1].values["threshold_db"], enabled[1].values["ratio"]) == (-18.0, 1.5)
    assert session.master.chain[-1].values["ceiling_dbtp"] == -2.0
    assert [one.name for one in session.references] == ["single"]
    versions = {one.name: list(one.versions) for one in session.deliverables}
    planned = ["master", "instrumental", "acapella", "club"]
    assert versions == {"streaming": ["master"], "apple-music": ["master"], "cd": planned}
    assert session.versions["club"]["trims_db"] == {"Kit": 1.0}
    written = {file.name for file in (session.path.parent / "renders").glob("*.wav")}
    assert len(written) == 6
    (apple,) = (session.path.parent / "renders").glob("*[[]apple-music[]].wav")
    assert measure_file(apple).integrated_lufs == pytest.approx(-16.0, abs=0.15)


def test_the_printed_list_is_the_one_that_was_walked() -> None:
    written = (ROOT / "docs/guide/a-job-by-keys.md").read_text("utf-8")
    assert written == page(), "python tests/console/sittings/test_whole_job.py > docs/guide/a-job-by-keys.md"


if __name__ == "__main__":
    print(page(), end="")
