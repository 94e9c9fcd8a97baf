"""Deliveries with left and right in files of their own: made, proved, made again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from delivery_material import seal, status, told

from engine.cli.main import main
from engine.delivery.deliver import Order, deliver
from engine.delivery.verify import verify_folder

MakeOrder = Callable[..., Order]
PAIR = "Süß Song (Master) [streaming].{L,R}.wav"
LEFT, RIGHT = (PAIR.replace("{L,R}", side) for side in "LR")


@pytest.fixture
def mono(make_order: MakeOrder, no_drawing: None) -> Order:
    """An order for one pair."""
    path = make_order().session.path
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "mono_files = true\n", encoding="utf-8")
    return make_order(versions=("master",))


@pytest.fixture
def folder(mono: Order) -> Path:
    report = deliver(mono)
    assert report.holds
    return report.folder


def test_a_pair_is_delivered_tagged_and_summed(mono: Order, folder: Path) -> None:
    left, right = (soundfile.info(folder / name) for name in (LEFT, RIGHT))
    assert (left.channels, right.channels, left.frames) == (1, 1, right.frames)
    assert {LEFT, RIGHT} <= {line[66:] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    report = verify_folder(folder)
    assert report.holds
    assert not [finding for finding in report.findings if finding.severity == "error"]
    assert [opinion.path for opinion in report.opinions] == [PAIR]


@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_damage_to_one_side_is_told_with_its_name(folder: Path, side: str) -> None:
    content = bytearray((folder / side).read_bytes())
    content[9000] ^= 1
    (folder / side).write_bytes(content)
    report = verify_folder(folder)
    assert ("changed", side) in told(report)
    assert {file.path.name for file in report.files if file.status != "ok"} == {side}


def test_a_side_that_is_missing_or_was_renamed_is_told(folder: Path) -> None:
    shutil.move(folder / LEFT, folder / "left.wav")
    assert ("renamed", "left.wav") in told(verify_folder(folder))
    (folder / "left.wav").unlink()
    assert ("missing", LEFT) in told(verify_folder(folder))


def swap(folder: Path) -> None:
    (folder / LEFT).rename(folder / "x")
    (folder / RIGHT).rename(folder / LEFT)
    (folder / "x").rename(folder / RIGHT)


def test_swapped_sides_are_told_as_that(folder: Path) -> None:
    swap(folder)
    report = verify_folder(folder)
    assert {("swapped", LEFT), ("swapped", RIGHT)} <= told(report)
    (message,) = (one.message for one in report.findings if (one.kind, one.path) == ("swapped", LEFT))
    assert message == f"is '{RIGHT}' under this name"


def test_sides_that_were_swapped_and_summed_again_are_found_by_the_report(folder: Path) -> None:
    swap(folder)
    seal(folder)
    report = verify_folder(folder)
    assert ("contradiction", PAIR) in told(report)
    assert {status(report, side) for side in (LEFT, RIGHT)} == {"changed"}


def test_a_delivered_pair_is_recalled(mono: Order, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recall", str(mono.session.path), "--delivery", str(folder)]) == 0
    assert "the same" in capsys.readouterr().out


def test_a_render_of_pairs_is_resumed_and_replaces_nobody_elses(
    mono: Order, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "render",
        str(mono.session.path),
        "--version",
        "master",
        "--out",
        str(tmp_path / "r"),
        "--resume",
    ]
    assert main(words) == 0
    before = (tmp_path / "r" / LEFT).stat().st_mtime_ns
    assert main(words) == 0
    assert (tmp_path / "r" / LEFT).stat().st_mtime_ns == before
    shutil.rmtree(tmp_path / "r" / ".stemlathe")
    assert main(words) == 3
    assert "no record of a render says that it is ours" in capsys.readouterr().err
