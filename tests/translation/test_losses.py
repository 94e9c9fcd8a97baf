"""What stems lose on playback systems: signals whose loss is known, and the command that tells it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.advice.elsewhere import elsewhere
from engine.cli.main import main
from engine.session.files import load_session
from engine.session.playback import SYSTEMS
from engine.translation.filters import curve_db
from engine.translation.losses import LossMeter, sentences, word_of
from tui.panels.elsewhere.panel import PASSES

RATE = 48_000
SHIPPED = tuple(SYSTEMS.shipped().values())


def tone(frequency_hz: float, seconds: float = 2.0) -> np.ndarray:
    """On both sides, −14 dBFS."""
    wave = 0.2 * np.sin(2.0 * np.pi * frequency_hz * np.arange(round(seconds * RATE)) / RATE)
    return np.repeat(wave[:, None], 2, axis=1)


def losses(mix: np.ndarray, *stems: np.ndarray, block: int = 9000):
    """The mix's and the stems' losses by system, dB."""
    names = [f"Stem {number}" for number in range(1, len(stems) + 1)]
    whole = np.concatenate([mix, *stems], axis=1)
    with LossMeter(SHIPPED, RATE, names, 2) as meter:
        for start in range(0, len(whole), block):
            meter.process(whole[start : start + block])
        return meter.finish()


@pytest.mark.parametrize("frequency_hz", [100.0, 250.0, 4000.0])
def test_a_tone_loses_what_the_curve_says(frequency_hz: float) -> None:
    mix, stem = losses(tone(1000.0), tone(frequency_hz))
    assert mix.stem is None
    for system, of_mix, of_stem in zip(SHIPPED, mix.losses, stem.losses, strict=True):
        assert of_mix.loudness_change_lu == pytest.approx(0.0, abs=0.25)
        assert of_mix.against_mix_lu is None
        expected = float(curve_db(system, [frequency_hz])[0])
        # the fall into the silence that the meter's blocks see is some tenths of a LU of a slow filter
        assert of_stem.loudness_change_lu == pytest.approx(expected, abs=0.3)
        assert of_stem.against_mix_lu == of_stem.loudness_change_lu - of_mix.loudness_change_lu
        assert of_stem.word == word_of(of_stem.loudness_change_lu)


def test_one_loudspeaker_loses_what_the_sides_do_not_share() -> None:
    noise = 0.05 * np.random.default_rng(3).standard_normal((3 * RATE, 2))
    same = np.repeat(noise[:, :1], 2, axis=1)
    against = same * [1.0, -1.0]
    _, apart, together, opposite = losses(same, noise, same, against)
    for system, one, two, three in zip(SHIPPED, apart.losses, together.losses, opposite.losses, strict=True):
        if system.mono:
            assert one.loudness_change_lu - two.loudness_change_lu == pytest.approx(-3.0, abs=0.1)
            assert three.loudness_change_lu is None
            assert three.word == "gone"
        else:
            assert one.loudness_change_lu == pytest.approx(two.loudness_change_lu, abs=0.1)
    told = sentences([opposite], SHIPPED)
    assert told == (
        "Stem 3 is gone on the phone: nothing is left",
        "Stem 3 is gone on the small mono radio: nothing is left",
    )


def test_what_has_no_loudness_loses_none() -> None:
    _, silent = losses(tone(1000.0), np.zeros((2 * RATE, 2)))
    assert silent.integrated_lufs is None
    assert {(loss.loudness_change_lu, loss.word) for loss in silent.losses} == {(None, None)}
    assert sentences([silent], SHIPPED) == ()


def test_how_it_is_cut_into_blocks_changes_nothing() -> None:
    pair = tone(1000.0, 1.0), tone(80.0, 1.0)
    assert losses(*pair, block=777) == losses(*pair, block=100_000)


@pytest.mark.parametrize(
    ("change_lu", "word"),
    [
        (-10.0, "gone"),
        (-9.99, "weak"),
        (-5.0, "weak"),
        (-4.99, "quieter"),
        (-2.0, "quieter"),
        (-1.99, "kept"),
        (0.0, "kept"),
        (1.99, "kept"),
        (2.0, "louder"),
    ],
)
def test_the_words(change_lu: float, word: str) -> None:
    assert word_of(change_lu) == word


# --------------------------------------------------------------------------------- the command line


@pytest.fixture
def song(tmp_path: Path, own_folders: Path) -> Path:
    """A sub, a guitar that covers the vocal's second half, and the vocal."""
    vocal = tone(1000.0, 4.0)
    guitar = np.repeat(np.random.default_rng(5).standard_normal((4 * RATE, 1)), 2, axis=1)
    spectrum = np.fft.rfft(guitar, axis=0)
    hz = np.fft.rfftfreq(len(guitar), 1.0 / RATE)
    spectrum[(hz < 700.0) | (hz > 1400.0)] = 0.0
    guitar = 0.4 * np.fft.irfft(spectrum, axis=0)
    guitar[: 2 * RATE] = 0.0
    text = f"format = 1\ntitle = 'Song'\nsample_rate = {RATE}\n"
    for name, role, signal in (
        ("Sub", "sub", tone(45.0, 4.0)),
        ("Guitar", "instruments", guitar),
        ("Vocal", "vocals", 0.08 * vocal),
    ):
        soundfile.write(tmp_path / f"{name}.wav", signal, RATE, subtype="FLOAT")
        text += f"[[stems]]\nname = '{name}'\nrole = '{role}'\npath = '{name}.wav'\n"
    path = tmp_path / "song.toml"
    path.write_text(text)
    return path


def test_the_command_tells_it_as_json(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["advise", str(song), "--translation", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert set(report) == {"systems", "mix", "stems", "sentences", "masking", "seconds"}
    assert [system["name"] for system in report["systems"]] == [system.name for system in SHIPPED]
    assert [stem["stem"] for stem in report["stems"]] == ["Sub", "Guitar", "Vocal"]
    laptop = {loss["system"]: loss for loss in report["stems"][0]["losses"]}["laptop"]
    assert laptop["word"] == "gone"
    assert laptop["loudness_change_lu"] == pytest.approx(-46.0, abs=2.0)
    assert any(sentence.startswith("Sub is gone on the laptop: −4") for sentence in report["sentences"])
    masking = report["masking"]
    assert (masking["vocals"], masking["reason"]) == (["Vocal"], None)
    # alone and among all together it is the same stem: which of the two comes first says nothing
    assert {(one["stem"], one["octave_hz"]) for one in masking["maskers"]} == {
        ("Guitar", 1000.0),
        (None, 1000.0),
    }
    worst = masking["maskers"][0]
    assert worst["spans"][0]["start_s"] == pytest.approx(2.0, abs=0.15)


def test_every_pass_tells_how_far_it_is(song: Path, tmp_path: Path) -> None:
    """The console shares its bar out over as many: one that was not counted stood at 100 % till the end."""
    told: dict[str, float] = {}
    elsewhere(load_session(song), tmp_path, lambda label, done, total: told.update({label: done / total}))
    assert told == dict.fromkeys(("stems", "loudness", "elsewhere"), 1.0)
    assert len(told) == PASSES


def test_the_console_asks_about_edits_that_are_not_saved(
    song: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = song.read_text().replace("[[stems]]", "[[stems]]\nmute = true", 1)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["advise", str(song), "--translation", "--stdin", "--json"]) == 0
    judged = [row["stem"] for row in json.loads(capsys.readouterr().out)["stems"]]
    every = [stem.name for stem in load_session(song).stems]
    assert judged == every[1:]


def test_the_command_tells_it_in_words(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in song.parent.iterdir() if path.is_file()}
    assert main(["advise", str(song), "--translation"]) == 0
    said = capsys.readouterr().out
    assert "Sub is gone on the laptop: −" in said
    assert "what masks Vocal, heard at 75 dB SPL" in said
    assert any(line.split()[:2] == ["Guitar", "1k"] and "0:02.0–0:04.0" in line for line in said.splitlines())
    assert "laptop: typical, 2026-11-29; " in said
    assert {path: path.read_bytes() for path in before} == before


def test_without_a_vocal_masking_is_not_looked_for(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    song.write_text(song.read_text().replace("role = 'vocals'", "role = 'other'"))
    assert main(["advise", str(song), "--translation"]) == 0
    assert "was not looked for: no stem that is heard has the role vocals" in capsys.readouterr().out


def test_a_users_own_system_is_in_the_table(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = SYSTEMS.user_path
    path.parent.mkdir(parents=True)
    path.write_text("[systems.kitchen]\npoints = [[20, -9], [100, -3], [1000, 0], [9000, -6]]\n")
    assert main(["advise", str(song), "--translation", "--json"]) == 0
    stems = json.loads(capsys.readouterr().out)["stems"]
    kitchen = stems[0]["losses"][-1]
    assert kitchen["system"] == "kitchen"
    assert -9.0 < kitchen["loudness_change_lu"] < -3.0


@pytest.mark.parametrize(
    ("arguments", "text", "code", "says"),
    [
        (["--deliverable", "cd"], "", 2, "leave --deliverable out"),
        ([], "[systems.kitchen]\npoints = 3\n", 3, "systems.kitchen.points"),
    ],
)
def test_what_cannot_be_is_refused(
    song: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], text: str, code: int, says: str
) -> None:
    path = SYSTEMS.user_path
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert main(["advise", str(song), "--translation", *arguments]) == code
    assert says in capsys.readouterr().err
