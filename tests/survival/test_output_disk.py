"""The output's disk fills or goes away while a render works: said in a sentence, with exit code 4 or 3."""

from __future__ import annotations

import os

import numpy as np
import pytest

from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.errors import InputError, MachineError
from engine.offline import scratch
from engine.offline.scratch import Scratch
from engine.session.files import load_session
from engine.session.pins import sha256_of


@pytest.mark.parametrize("fits", [0, 1, 100_000])
def test_a_disk_that_fills_while_a_scratch_file_grows_is_told(tmp_path, monkeypatch, fits):
    real, left = os.pwrite, [fits]

    def pwrite(descriptor, data, offset):
        if not left[0]:
            raise OSError(28, "No space left on device")
        written = real(descriptor, data[: left[0]], offset)
        left[0] -= written
        return written

    with Scratch(100_000, tmp_path, memory_bytes=0) as kept:
        monkeypatch.setattr(scratch.os, "pwrite", pwrite)
        with pytest.raises(MachineError) as caught:
            kept.append(np.zeros((100_000, 2)))
    assert caught.value.kind == "disk_full"
    assert str(tmp_path) in caught.value.message


def test_a_scratch_file_never_has_a_name(tmp_path, monkeypatch):
    seen = []
    real = os.open
    monkeypatch.setattr(
        scratch.os, "open", lambda *a, **k: (seen.append(os.listdir(tmp_path)), real(*a, **k))[1]
    )
    with Scratch(1000, tmp_path, memory_bytes=0) as kept:
        kept.append(np.ones((1000, 2)))
        assert os.listdir(tmp_path) == []
        assert next(iter(kept.blocks())).sum() == 2000.0
    assert all(names == [] for names in seen)


def test_without_unnamed_files_a_named_one_is_unlinked_at_once(tmp_path, monkeypatch):
    real = os.open

    def refuse(path, flags, *rest, **named):
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(95, "Operation not supported")
        return real(path, flags, *rest, **named)

    monkeypatch.setattr(scratch.os, "open", refuse)
    with Scratch(1000, tmp_path, memory_bytes=0):
        assert os.listdir(tmp_path) == []


def test_a_file_that_goes_away_before_it_is_hashed_is_told(tmp_path):
    with pytest.raises(InputError) as caught:
        sha256_of(tmp_path / "gone" / "master.wav")
    assert caught.value.kind == "missing_file"


def test_a_stem_that_is_overwritten_while_it_is_rendered_is_told(tmp_path):
    import soundfile

    stem = tmp_path / "a.wav"
    soundfile.write(stem, np.full((48_000, 2), 0.25), 48_000, subtype="PCM_24")
    session = tmp_path / "s.toml"
    session.write_text(
        'format = 1\ntitle = "S"\nsample_rate = 48000\n[[stems]]\npath = "a.wav"\n'
        '[[deliverables]]\nname = "one"\nencoding = "wav24"\n',
        encoding="utf-8",
    )
    loaded = load_session(session)
    jobs = plan_jobs(loaded, deliverables=[], versions=[], folder=tmp_path / "out", force=True)
    assert render(loaded, jobs).outputs[0].frames == 48_000
    changed = []

    def progress(label: str, done: float, total: float) -> None:
        if not changed:
            changed.append(label)
            with stem.open("r+b") as file:
                file.seek(1000)
                file.write(b"" * 5000)

    with pytest.raises(InputError) as caught:
        render(loaded, jobs, progress)
    assert caught.value.kind == "changed"
    assert str(stem) in caught.value.message
