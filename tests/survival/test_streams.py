"""Standard output that is full, closed or left, and foreign text on its way to the terminal."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli.streams import Errors, Output
from engine.errors import MachineError
from engine.terminal_text import json_for_terminals, one_line, visible

_RUN = [sys.executable, "-c", "from engine.cli.main import run; run()"]


def run(words: list[str], *, shell: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Runs a command line, through a shell's redirection if one is given."""
    command = [*_RUN, *words]
    if shell:
        command = ["bash", "-c", f'"$@" {shell}', "bash", *command]
    return subprocess.run(command, capture_output=True, cwd=cwd, timeout=60, check=False)


@pytest.mark.parametrize(
    "words", [["templates"], ["templates", "--json"], ["--help"], ["templates", "--help"]]
)
@pytest.mark.parametrize(
    ("shell", "code"), [("> /dev/full", 4), (">&-", 0), ("2>&-", 0), ("2> /dev/full", 0), ("<&- >&- 2>&-", 0)]
)
def test_no_way_out_of_the_program_ends_in_a_traceback(words, shell, code):
    done = run(words, shell=shell)
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    if code == 4:
        (line,) = done.stderr.decode().splitlines()
        assert line.startswith("stemlathe: standard output: cannot write: the disk is full")


@pytest.mark.parametrize("words", [["templates"], ["templates", "--json"], ["--help"], ["ps"]])
def test_a_reader_who_has_left_is_no_failure(words):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*_RUN, *words], stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_errors_own_code_stays_where_it_cannot_be_told(tmp_path):
    for shell in ("2>&-", "2> /dev/full", ">&-"):
        assert run(["measure", "missing.wav"], shell=shell, cwd=tmp_path).returncode == 3
    assert run(["measure", "--json", "missing.wav"], shell="> /dev/full", cwd=tmp_path).returncode in (3, 4)


def test_a_closed_standard_error_is_not_the_next_file_that_is_opened(tmp_path):
    # the first file that is opened would get number 2, and every complaint with it
    done = run(["new", "nothing-here", "--out", "s.toml"], shell="2>&- <&-", cwd=tmp_path)
    assert done.returncode == 3
    assert list(tmp_path.iterdir()) == []


NASTY = "a\x1b]0;pwned\x07\x9b31m\u202egpj.wav\r\x7f"
SHOWN = r"a\x1b]0;pwned\x07\x9b31m\u202egpj.wav\x0d\x7f"


def test_foreign_text_is_shown_as_what_it_is():
    assert visible(NASTY) == SHOWN
    assert visible("Größe\tü\n日本 🎚") == "Größe\tü\n日本 🎚"
    assert one_line("a\nb") == r"a\nb"
    document = json.dumps({NASTY: NASTY}, ensure_ascii=False)
    sent = json_for_terminals(document)
    assert json.loads(sent) == {NASTY: NASTY}
    assert visible(sent) == sent


CASES = [
    ["measure", NASTY],
    [NASTY],
    ["measure", f"--{NASTY}"],
    ["check", "s.toml"],
    ["check", "broken.toml"],
    ["render", "s.toml", "--deliverable", NASTY],
    ["stop", NASTY],
    ["null", "s.toml"],
    ["measure", "--json", NASTY],
]


@pytest.mark.parametrize("words", CASES, ids=lambda words: words[0][:8])
def test_no_verb_sends_a_foreign_control_character(words, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    quoted = json.dumps(NASTY)
    head = f"format = 1\ntitle = {quoted}\nsample_rate = 48000\n"
    (tmp_path / "s.toml").write_text(f"{head}[[stems]]\npath = {quoted}\n", encoding="utf-8")
    (tmp_path / "broken.toml").write_text(f"{head}{quoted} = {quoted}\n", encoding="utf-8")
    done = run(words, cwd=tmp_path)
    sent = (done.stdout + done.stderr).decode()
    assert done.returncode in (1, 2, 3)
    assert "Traceback" not in sent
    assert not {letter for letter in sent if letter in NASTY and not letter.isprintable()}
    assert len(done.stderr.decode().splitlines()) == 1


def test_tables_show_foreign_text_and_keep_their_colours(monkeypatch):
    from rich.text import Text

    from engine.cli.tables import TerminalConsole

    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Output(raw, encoding="utf-8", errors="backslashreplace"))
    console = TerminalConsole(force_terminal=True, width=100, color_system="standard")
    console.print(Text(NASTY, style="red"))
    print(NASTY)
    sys.stdout.flush()
    sent = raw.getvalue().decode()
    assert sent.endswith(f"{SHOWN}\n")
    assert sent.startswith("\x1b[31m")
    assert not {letter for letter in sent if letter in NASTY[2:] and not letter.isprintable()}


class Refusing(io.RawIOBase):
    def __init__(self, number: int) -> None:
        self.number = number

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EBADF])
def test_what_refuses_output_is_told_and_what_refuses_complaints_is_not(number):
    text = "x" * 1_000_000  # more than Python keeps: 131,072 bytes from 3.14 on
    output = Output(io.BufferedWriter(Refusing(number)), encoding="utf-8")
    with pytest.raises(MachineError, match="standard output"):
        output.write(text)
    errors = Errors(io.BufferedWriter(Refusing(number)), encoding="utf-8", write_through=True)
    errors.write(text)
    errors.flush()
