"""The command line itself: verbs, exit codes, errors as one line and as JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine import __version__
from engine.cli import main as command_line
from engine.cli.main import VERBS, main

STEMLATHE = [sys.executable, "-c", "from engine.cli.main import run; run()"]


def _run(*words: str, **options):
    return subprocess.run([*STEMLATHE, *words], capture_output=True, text=True, check=False, **options)


def test_version_is_one_line():
    done = _run("--version")
    assert done.returncode == 0
    assert done.stdout == f"stemlathe {__version__}\n"


def test_help_names_every_verb():
    done = _run("--help")
    assert done.returncode == 0
    assert all(f"  {verb} " in done.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_has_help_and_json(verb):
    done = _run(verb, "--help")
    assert done.returncode == 0
    assert "--json" in done.stdout


def test_no_verb_is_wrong_usage():
    assert _run().returncode == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rendr"], "did you mean 'render'?"),
        (["zzz"], "'stemlathe --help' lists the verbs"),
        (["render"], "SESSION"),
        (["render", "a.toml", "--nope"], "--nope"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(words, message, capsys):
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert len(captured.err.splitlines()) == 1


def test_an_error_is_a_document_with_json(tmp_path, capsys):
    path = tmp_path / "nicht da.toml"
    assert main(["render", str(path), "--json"]) == 3
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert error["path"] == str(path)
    assert error["kind"]
    assert "nicht da.toml" in captured.err


def test_debug_shows_the_traceback(tmp_path):
    done = _run("render", str(tmp_path / "none.toml"), "--debug")
    assert "Traceback" in done.stderr


def test_an_interrupt_ends_with_130(monkeypatch, capsys):
    def interrupted(words):
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "_parse", interrupted)
    assert main(["render"]) == 130
    assert capsys.readouterr().err == "stemlathe: interrupted\n"


def test_a_reader_that_leaves_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        done = subprocess.run(
            [*STEMLATHE, "templates", "--json"], stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_a_folder_that_holds_a_package_of_our_name_shadows_nothing(tmp_path):
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "__init__.py").write_text("raise SystemExit('shadowed')", encoding="utf-8")
    command = Path(sys.executable).parent / "stemlathe"
    if not command.exists():
        pytest.skip("the command is not installed beside this interpreter")
    done = subprocess.run([command, "--version"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == f"stemlathe {__version__}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ending_a_render_leaves_no_partial_file(tmp_path, number):
    """A real render, ended at the moment its output appears."""
    import numpy as np
    import soundfile

    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (48_000 * 120, 2))
    soundfile.write(tmp_path / "A.wav", noise, 48_000, subtype="PCM_24")
    session = tmp_path / "s.toml"
    session.write_text(
        'format = 1\nsample_rate = 48000\n[[stems]]\nname = "A"\npath = "A.wav"\n'
        '[master]\nchain = [ { type = "limiter", drive_db = 12.0 } ]\n'
        '[[deliverables]]\nname = "d"\nencoding = "flac24"\n',
        encoding="utf-8",
    )
    process = subprocess.Popen([*STEMLATHE, "render", str(session)], stderr=subprocess.PIPE)
    renders = tmp_path / "renders"
    while process.poll() is None and not (renders.exists() and any(renders.iterdir())):
        pass
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert list(renders.iterdir()) == []


@pytest.mark.parametrize("arguments", [["nope"], ["null"], ["render", "song.toml", "--nope"], ["--nope"]])
def test_the_programs_name_stands_once_before_what_is_wrong(arguments, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("stemlathe: ") == 1
