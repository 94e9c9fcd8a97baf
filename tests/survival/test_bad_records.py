"""Records, reports and DDP sets that somebody has damaged or made up: a sentence, never a traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.ddp.reading.identifier import check_ean, read_identifier
from engine.ddp.reading.model import Found, is_number
from engine.deliver.job import plan_jobs
from engine.delivery.evidence import read_evidence
from engine.delivery.generations import next_revision, read_generations
from engine.delivery.render_record import proven, read_render_record
from engine.errors import InputError
from engine.recall.records import delivery_in
from engine.session.files import load_session

WORK = max((Path(__file__).parent / "fixtures").glob("*/work"))
DEEP = ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000]


@pytest.fixture
def work(tmp_path) -> Path:
    """A delivery, a render and their session."""
    return Path(shutil.copytree(WORK, tmp_path / "work"))


def _set(path: Path, keys: list, value: object, line: bool = False) -> None:
    tree = here = json.loads(path.read_text(encoding="utf-8"))
    for key in keys[:-1]:
        here = here[key]
    here[keys[-1]] = value
    path.write_text(json.dumps(tree) + "\n" * line, encoding="utf-8")


@pytest.mark.parametrize("text", DEEP)
def test_what_is_nested_deeper_than_the_stack_is_told(work, text, capsys):
    (work / "delivery" / "report.json").write_text(text)
    (work / "deliveries.jsonl").write_text(text + "\n")
    [record] = (work / "renders" / ".stemlathe").iterdir()
    record.write_text(text)
    with pytest.raises(InputError, match="nested too deeply"):
        delivery_in(work / "delivery")
    assert "damaged" in {found.kind for found in read_evidence(work / "delivery").findings}
    with pytest.raises(InputError, match="line 1 is no delivery"):
        next_revision(work / "song.toml")
    assert read_render_record(work / "song.toml", work / "renders") is None
    assert main(["diff", str(work / "delivery"), str(work / "delivery")]) == 3
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (["record", "format"], "1"),
        (["record", "format"], None),
        (["record", "outputs", 0, "path"], ["a"]),
        (["record", "outputs", 0, "integrated_lufs"], "loud"),
        (["record", "stems", 0, "frames"], {}),
        (["record", "stems"], [7]),
        (["record", "settings"], []),
    ],
)
def test_a_record_with_a_value_of_another_type_is_told(work, keys, value):
    report = work / "delivery" / "report.json"
    _set(report, keys, value)
    with pytest.raises(InputError, match="is no report of a delivery"):
        delivery_in(work / "delivery")
    assert {found.kind for found in read_evidence(work / "delivery").findings} >= {"damaged"}
    _set(work / "deliveries.jsonl", keys, value, line=True)
    with pytest.raises(InputError, match="line 1 is no delivery"):
        read_generations(work / "song.toml")


def test_a_revision_that_is_no_number_is_told(work):
    path = work / "deliveries.jsonl"
    path.write_text(path.read_text().replace('"revision": 1', '"revision": 1e999'))
    with pytest.raises(InputError, match="line 1 is no delivery"):
        next_revision(work / "song.toml")


@pytest.mark.parametrize("key", ["numerics", "proof", "outputs"])
@pytest.mark.parametrize("value", ["x", 7, 0.5, ["a"], {"a": 1}])
def test_a_render_whose_record_is_odd_is_made_again(work, key, value):
    [path] = (work / "renders" / ".stemlathe").iterdir()
    _set(path, ["record", key], value)
    session = load_session(work / "song.toml")
    jobs = plan_jobs(session, deliverables=[], versions=[], folder=work / "renders", force=True)
    assert read_render_record(session.path, work / "renders") is None
    assert proven(session, jobs, work / "renders") is None


def test_digits_of_other_scripts_are_no_numbers_in_a_ddp_set():
    assert is_number("0123456789")
    assert not any(is_number(text) for text in ("", "³", "١٢", "1²", "-1", " 1"))
    found = Found()
    content = b"DDP 2.00" + "400638133393³".encode("latin-1")
    read_identifier(content.ljust(128), found)
    said = {one.kind: one.message for one in found.all}
    assert "names the EAN '400638133393³', which is none" in said["ean"]
    before = len(found.all)
    check_ean("4006381333931", "DDPID", found)
    assert len(found.all) == before
