"""Completions, asked of the real shells; help and hints of the command line."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.cli.completion import SHELLS, completion_script
from engine.cli.main import main
from engine.cli.parsers import VERBS, verb_parser

BASH = """
source {script}
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
COMP_LINE="{words}"; COMP_POINT=${{#COMP_LINE}}
$(complete -p stemlathe | sed 's/.*-F \\([^ ]*\\) .*/\\1/') stemlathe "${{COMP_WORDS[COMP_CWORD]}}" ""
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def asked(shell: str, code: str) -> str:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    options = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    found = subprocess.run([shell, *options, "-c", code], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completion")
    for shell in SHELLS:
        (folder / shell).write_text(completion_script(shell))
    return folder


def test_bash_completes_verbs_and_options(scripts: Path) -> None:
    verbs = asked("bash", BASH.format(script=scripts / "bash", words="stemlathe me"))
    assert verbs.split() == ["measure"]
    options = asked("bash", BASH.format(script=scripts / "bash", words="stemlathe render --de"))
    assert {"--debug", "--deliverable"} <= set(options.split())


def test_fish_completes_verbs_and_options(scripts: Path) -> None:
    code = f"source {scripts / 'fish'}; complete -C 'stemlathe me'; complete -C 'stemlathe render --deliv'"
    found = asked("fish", code)
    assert "measure" in found
    assert "--deliverable" in found


def test_zsh_takes_the_script(scripts: Path) -> None:
    code = f"autoload -Uz compinit; compinit -u -D; source {scripts / 'zsh'}; whence -w _shtab_stemlathe"
    assert "function" in asked("zsh", code)


def test_completion_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "fish", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["shell"] == "fish"
    assert main(["completion", "tcsh"]) == 2


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["help", verb])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "?." not in shown
    assert shown == verb_parser(verb)[1].format_help()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["render", "x.toml", "--delivrable", "x"], "did you mean '--deliverable'?"),
        (["help", "rendr"], "did you mean 'render'?"),
        (["--json"], "name the verb first"),
    ],
)
def test_hints(words: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert hint in capsys.readouterr().err


def test_measure_of_a_folder_as_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("2.wav", "10.wav"):
        soundfile.write(tmp_path / name, np.full((48_000, 2), 0.1), 48_000)
    assert main(["measure", str(tmp_path), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [Path(row["path"]).name for row in rows] == ["2.wav", "10.wav"]
    assert float(rows[0]["sample_peak_dbfs"]) == pytest.approx(-20.0, abs=0.01)
    (tmp_path / "empty").mkdir()
    assert main(["measure", str(tmp_path / "empty")]) == 3
