"""Previews are encoded beside other work: they end with it, and what they complain about comes to light."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from engine.album.preview import Previews
from engine.errors import MachineError
from engine.progress import Progress, silent


def test_an_interrupt_ends_them_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    def endless(wav: Path, path: Path, progress: Progress) -> None:
        path.write_bytes(b"ID3")
        while True:
            begun.set()
            progress("preview", 1, 2)

    monkeypatch.setattr("engine.album.preview.write_preview", endless)

    def interrupted() -> None:
        with Previews({1: tmp_path / "a.wav"}, tmp_path, silent):
            assert begun.wait(60.0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert os.listdir(tmp_path) == []
    assert "preview" not in {thread.name for thread in threading.enumerate()}


def test_what_goes_wrong_is_told_to_who_waits_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(wav: Path, path: Path, progress: Progress) -> None:
        raise MachineError(f"{path}: no room", kind="disk_full", path=path)

    monkeypatch.setattr("engine.album.preview.write_preview", full)
    with (
        Previews({1: tmp_path / "a.wav"}, tmp_path, silent) as previews,
        pytest.raises(MachineError, match="no room"),
    ):
        previews.paths()
    assert os.listdir(tmp_path) == []


def test_how_far_they_are_is_told_while_they_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, float, float]] = []
    seen = threading.Event()

    def halfway(wav: Path, path: Path, progress: Progress) -> None:
        progress("preview", 1, 2)
        assert seen.wait(60.0)
        path.write_bytes(b"ID3")

    def progress(label: str, done: float, total: float) -> None:
        told.append((label, done, total))
        if (label, done, total) == ("preview", 1, 2):
            seen.set()

    monkeypatch.setattr("engine.album.preview.write_preview", halfway)
    with Previews({1: tmp_path / "a.wav"}, tmp_path, progress) as previews:
        assert previews.paths()[1].read_bytes() == b"ID3"
    assert ("preview", 1, 2) in told
    assert os.listdir(tmp_path) == []
