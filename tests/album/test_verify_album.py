"""`verify` on an album's folder and on DDP sets alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from album_material import MadeAlbum

from engine.cli.main import main


def verified(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = main(["verify", str(folder), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def copy(made: MadeAlbum, tmp_path: Path) -> Path:
    """An own copy of the album, as it arrives at a plant."""
    return Path(shutil.copytree(made.folder, tmp_path / "album"))


def test_an_album_holds(copy: Path, made: MadeAlbum, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = verified(copy, capsys)
    assert (code, said["holds"]) == (0, True), said["findings"]
    assert {one["status"] for one in said["files"]} == {"ok"}
    assert "early_start" not in {one["kind"] for one in said["findings"]}  # a segue has nothing before it
    [disc] = said["ddp"]
    assert [one["title"] for one in disc["tracks"]] == ["Falling Water", 'Zwölf "Uhr"', "Song", "Last"]
    for read, told in zip(disc["tracks"], made.report.tracks, strict=True):
        assert read["start_s"] == told.start_s
        assert read["duration_s"] == pytest.approx(told.duration_s, abs=1e-9)
        assert read["isrc"] == told.isrc
    image = next(one for one in said["files"] if one["path"].endswith("IMAGE.DAT"))
    assert image["integrated_lufs"] == pytest.approx(made.report.album.integrated_lufs, abs=1e-9)


def test_a_set_alone(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = verified(copy / "ddp", capsys)
    assert (code, said["holds"]) == (0, True), said["findings"]
    assert {Path(one["path"]).name for one in said["files"]} >= {"DDPID", "IMAGE.DAT", "CDTEXT.BIN"}


@pytest.mark.parametrize("name", ["IMAGE.DAT", "CDTEXT.BIN", "PQDESCR", "DDPID"])
def test_a_flipped_bit(copy: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy / "ddp" / name
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(bytes(content))
    code, said = verified(copy / "ddp", capsys)
    assert (code, said["holds"]) == (1, False)
    assert {Path(one["path"]).name: one["status"] for one in said["files"]}[name] == "changed"
    assert verified(copy, capsys)[0] == 1


def test_a_missing_image(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "ddp" / "IMAGE.DAT").unlink()
    code, said = verified(copy / "ddp", capsys)
    assert code == 1
    assert {Path(one["path"]).name: one["status"] for one in said["files"]}["IMAGE.DAT"] == "missing"


def test_names_in_other_case(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sets travel over file systems that know no case."""
    for path in (copy / "ddp").iterdir():
        path.rename(path.with_name(path.name.lower()))
    code, said = verified(copy / "ddp", capsys)
    assert code == 0, said["findings"]


def test_no_ddp_map(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "ddp" / "DDPMS").unlink()
    code, said = verified(copy / "ddp", capsys)
    assert code == 3
    assert said["error"]["kind"] == "not_ddp"


def test_as_text(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(copy)]) == 0
    said = capsys.readouterr().out
    assert "DDP 2.00" in said
    assert "DEA312600001  Falling Water · The Band" in said
