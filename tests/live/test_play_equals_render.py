"""What plays is what a render writes, bit for bit, whatever takes the blocks."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.cli.main import main
from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.live.devices.null_device import NullDevice
from engine.live.player.capture import Capture

FLOAT = '[[deliverables]]\nname = "float"\nencoding = "wav32f"\n'
LIMITER = '{ type = "limiter", ceiling_dbtp = -1.0, drive_db = 4.0, release_ms = 100.0 }'
COMPRESSOR = '{ type = "compressor", threshold_db = -24.0, ratio = 1.5 }'
EQ = '{ type = "eq", bands = [ { shape = "high_shelf", frequency_hz = 8000.0, gain_db = 2.0 } ] }'
STEM = (
    'chain = [ { type = "eq", bands = [ { shape = "high_pass", frequency_hz = 40.0 }, '
    '{ shape = "peak", frequency_hz = 800.0, gain_db = 2.0, channels = "mid" } ] }, '
    '{ type = "compressor", threshold_db = -30.0, ratio = 2.0, attack_ms = 10.0 } ]\n'
)


def rendered(session, tmp_path: Path) -> tuple[np.ndarray, bytes]:
    """The float render without a loudness target: its samples and the whole file."""
    jobs = plan_jobs(session, deliverables=["float"], versions=[], folder=tmp_path / "out", force=True)
    path = render(session, jobs).outputs[0].path
    return soundfile.read(path, dtype="float32")[0], path.read_bytes()


@pytest.fixture
def session(write_session, material):
    """Every way a stem can stand in a session: depths, mono, lengths, offsets, polarity, mute, fades."""
    frames = 45_007
    stems = {
        "a": material(frames, 1),
        "b": material(frames - 3000, 2)[:, 0],
        "c": material(frames, 3),
        "d": material(frames - 77, 4),
    }
    keys = {
        "a": STEM + "trim_db = 0.7",
        "b": "offset_samples = 12.25\nsource_gain_db = -1.5",
        "c": STEM + "mute = true",
        "d": STEM + "offset_samples = -40.0\npolarity_inverted = true",
    }
    master = (
        f'chain = [ {EQ}, {COMPRESSOR}, {LIMITER} ]\nfade_in_s = 0.1\nfade_out_s = 0.2\nfade_shape = "exp"'
    )
    return write_session(
        stems,
        stem_keys=keys,
        master=master,
        extra=FLOAT,
        subtype={"a": "PCM_16", "b": "FLOAT", "c": "PCM_24", "d": "FLAC"},
    )


@pytest.mark.parametrize("block_frames", [64, 256, 512, 1000])
def test_a_capture_is_the_float_render_at_every_block_size(session, play, tmp_path, block_frames):
    expected, file = rendered(session, tmp_path)
    tape = play(session, block_frames=block_frames, pulls=False)
    path = tmp_path / "capture.wav"
    capture = Capture(tape.player, path, wait=True)
    device = NullDevice(tape.player.ring, 1, 48_000, block_frames, speed=0)
    tape.player.play()
    while not tape.player.has_been_heard:
        time.sleep(0.001)
    device.stop()
    capture.close()
    captured = soundfile.read(path, dtype="float32")[0]
    assert np.array_equal(captured.view(np.uint32), expected.view(np.uint32))
    assert path.read_bytes() == file


@pytest.mark.parametrize("sample_rate", [44_100, 96_000])
def test_it_is_the_render_with_any_latency_at_any_rate(write_session, material, play, tmp_path, sample_rate):
    """A linear-phase equaliser is late by frames that are no multiple of anything."""
    linear = STEM.replace('type = "eq",', 'type = "eq", phase = "linear",')
    session = write_session(
        {"a": material(30_001, 1, sample_rate), "b": material(29_000, 2, sample_rate)},
        stem_keys={"a": linear, "b": STEM + "offset_samples = 0.5"},
        master=f"chain = [ {EQ}, {COMPRESSOR}, {LIMITER} ]",
        extra=FLOAT,
        sample_rate=sample_rate,
    )
    expected, _ = rendered(session, tmp_path)
    tape = play(session)
    tape.player.play()
    tape.until_end()
    assert tape.player.latency_frames > 0.03 * sample_rate
    assert np.array_equal(tape.signal.astype(np.float32), expected)


def test_the_verb_captures_the_same_and_reports(session, tmp_path, capsys):
    expected, _ = rendered(session, tmp_path)
    path = tmp_path / "käpture 1.wav"
    arguments = ["play", str(session.path), "--headless", "--device", "null", "--json"]
    assert main([*arguments, "--capture", str(path), "--block", "256", "--seconds", "0.5"]) == 0
    report = json.loads(capsys.readouterr().out)
    captured = soundfile.read(path, dtype="float32")[0]
    assert len(captured) == 24_000
    assert np.array_equal(captured.view(np.uint32), expected[:24_000].view(np.uint32))
    assert report["device"] == "null"
    assert (report["sample_rate"], report["block"], report["xruns"]) == (48_000, 256, 0)
    assert report["seconds"] == 0.5
    # the ring is full when the song begins and is emptied when it ends
    assert 24_000 / 256 <= report["blocks"] <= 24_000 / 256 + 40
    assert 0.0 < report["load_mean"] <= report["load_p999"] <= report["load_max"]
    assert list(report) == [
        *("device", "sample_rate", "block", "blocks", "xruns"),
        *("load_mean", "load_p999", "load_max", "seconds"),
    ]


def test_a_solved_drive_is_what_plays(write_session, material, play, tmp_path):
    target = (
        '[[deliverables]]\nname = "loud"\nencoding = "wav32f"\nloudness_lufs = -16.0\nceiling_dbtp = -2.0\n'
    )
    session = write_session({"a": material(60_000, 1)}, extra=target)
    jobs = plan_jobs(session, deliverables=["loud"], versions=[], folder=tmp_path / "out", force=True)
    output = render(session, jobs).outputs[0]
    path = tmp_path / "capture.wav"
    arguments = ["play", str(session.path), "--headless", "--device", "null", "--deliverable", "loud"]
    assert main([*arguments, "--capture", str(path)]) == 0
    written = soundfile.read(output.path, dtype="float32")[0]
    captured = soundfile.read(path, dtype="float32")[0]
    assert abs(output.drive_db) > 1.0
    assert np.array_equal(captured.view(np.uint32), written.view(np.uint32))


def test_heads_and_tails_lie_where_they_lie_in_the_song(write_session, material, play, tmp_path):
    master = f"chain = [ {LIMITER} ]\nstart_s = 0.2\nend_s = 0.8\nfade_in_s = 0.1\nfade_out_s = 0.1"
    session = write_session({"a": material(48_000, 1)}, master=master, extra=FLOAT)
    expected, _ = rendered(session, tmp_path)
    tape = play(session)
    tape.player.play()
    tape.until_end()
    assert len(tape.signal) == 48_000
    assert np.array_equal(tape.signal[9600:38_400].astype(np.float32), expected)
    assert not tape.signal[:9600].any()
    assert not tape.signal[38_400:].any()


def test_a_capture_never_overwrites_what_it_is_made_from(session, capsys):
    stem = session.stems[0].path
    before = stem.read_bytes()
    code = main(["play", str(session.path), "--headless", "--device", "null", "--capture", str(stem)])
    assert code == 3
    assert stem.read_bytes() == before
    assert "never written to" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 2),
        (["--headless", "--block", "8"], 2),
        (["--headless", "--seconds", "0"], 2),
        (["--headless", "--seconds", "nan"], 2),
        (["--headless", "--deliverable", "vinyl"], 2),
        (["--headless", "--device", "no such device"], 4),
    ],
)
def test_wrong_usage_and_refusing_machines(session, arguments, code, capsys):
    assert main(["play", str(session.path), *arguments]) == code
    assert capsys.readouterr().err.startswith("stemlathe: ")


def test_an_interrupted_capture_holds_what_was_played(session, tmp_path):
    path = tmp_path / "capture.wav"
    command = [sys.executable, "-c", "import sys; from engine.cli.main import run; run()", "play"]
    command += [str(session.path), "--headless", "--device", "null", "--capture", str(path)]
    loop = subprocess.Popen([*command, "--block", "64"], stderr=subprocess.PIPE)
    while loop.poll() is None and not list(tmp_path.glob(".stemlathe-*")):
        time.sleep(0.01)
    time.sleep(0.3)
    loop.send_signal(signal.SIGINT)
    assert loop.wait(20) in (130, 0)  # 0: it was over before
    captured = soundfile.read(path, dtype="float32")[0]
    expected, _ = rendered(session, tmp_path)
    assert np.array_equal(captured.view(np.uint32), expected[: len(captured)].view(np.uint32))


def test_a_capture_of_a_refusing_device_is_no_file(session, tmp_path):
    path = tmp_path / "capture.wav"
    arguments = ["play", str(session.path), "--headless", "--device", "none such", "--capture", str(path)]
    assert main(arguments) == 4
    assert not path.exists()
    assert not list(tmp_path.glob(".stemlathe-*"))
