"""Every kind of damage to a delivery is told, by the name of the file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from delivery_material import seal, told

from engine.cli.main import main
from engine.delivery.evidence import read_evidence
from engine.delivery.sums import hashes_of, read_sums, sums_text
from engine.delivery.verify import verify_folder
from engine.errors import InputError
from engine.report.deliver import DeliverReport

MASTER = "Süß Song (Master) [streaming].wav"
INSTRUMENTAL = "Süß Song (Instrumental) [streaming].wav"


def test_a_copy_elsewhere_holds(delivery: Path, delivered_once: DeliverReport) -> None:
    report = verify_folder(delivery)
    assert report.holds
    # the sounds are looked at again too, and what was odd about them still is
    assert set(report.findings) == set(delivered_once.findings)
    assert {file.path.name for file in report.files} == set(os.listdir(delivery))
    found = {file.path.name: file for file in report.files}
    for output in delivered_once.render.outputs:
        again = found[output.path.name]
        assert again.integrated_lufs == output.integrated_lufs
        assert again.true_peak_dbtp == output.true_peak_dbtp
    assert len(report.opinions) == 2


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def silence(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    path.write_bytes(content)


def linked(path: Path) -> None:
    path.rename(path.parent.parent / "kept.wav")
    path.symlink_to(path.parent.parent / "kept.wav")


Damage = Callable[[Path], object]

CHANGES: dict[str, tuple[Damage, set[tuple[str, str | None]]]] = {
    "one bit of the sound": (lambda d: flip(d / MASTER, 5000), {("changed", MASTER)}),
    "one bit of the header": (lambda d: flip(d / MASTER, 4), {("changed", MASTER)}),
    "half of it silent": (lambda d: silence(d / MASTER), {("changed", MASTER), ("figure", MASTER)}),
    "cut off": (lambda d: cut(d / MASTER), {("changed", MASTER), ("unreadable_audio", MASTER)}),
    "emptied": (
        lambda d: (d / MASTER).write_bytes(b""),
        {("changed", MASTER), ("unreadable_audio", MASTER)},
    ),
    "gone": (lambda d: (d / MASTER).unlink(), {("missing", MASTER)}),
    "renamed": (lambda d: (d / MASTER).rename(d / "Final.wav"), {("renamed", "Final.wav")}),
    "moved": (
        lambda d: ((d / "old").mkdir(), (d / MASTER).rename(d / "old" / MASTER)),
        {("renamed", f"old/{MASTER}")},
    ),
    "swapped": (
        lambda d: (
            (d / MASTER).rename(d / "x"),
            (d / INSTRUMENTAL).rename(d / MASTER),
            (d / "x").rename(d / INSTRUMENTAL),
        ),
        {("swapped", MASTER), ("swapped", INSTRUMENTAL), ("figure", MASTER), ("figure", INSTRUMENTAL)},
    ),
    "a link instead": (lambda d: linked(d / MASTER), {("changed", MASTER)}),
    "a folder instead": (
        lambda d: ((d / MASTER).unlink(), (d / MASTER).mkdir()),
        {("missing", MASTER)},
    ),
    "a pipe instead": (
        lambda d: ((d / "recall.txt").unlink(), os.mkfifo(d / "recall.txt")),
        {("changed", "recall.txt")},
    ),
    "something added": (lambda d: (d / ".DS_Store").write_bytes(b"x"), {("unknown", ".DS_Store")}),
    "a paper edited": (lambda d: flip(d / "recall.txt", 3), {("changed", "recall.txt")}),
    "sums that are empty": (lambda d: os.truncate(d / "SHA256SUMS", 0), {("left_out", "SHA256SUMS")}),
    "no sums of one kind": (lambda d: (d / "MD5SUMS").unlink(), {("missing", "MD5SUMS")}),
    "no main sums": (lambda d: (d / "SHA256SUMS").unlink(), {("missing", "SHA256SUMS")}),
    "sums with a bad line": (
        lambda d: (d / "SHA256SUMS").write_bytes((d / "SHA256SUMS").read_bytes() + b"hello\n"),
        {("damaged", "SHA256SUMS")},
    ),
    "sums that lead outside": (
        lambda d: (d / "SHA256SUMS").write_bytes(
            (d / "SHA256SUMS").read_bytes() + b"%s  ../../etc/passwd\n" % (b"0" * 64)
        ),
        {("outside", "SHA256SUMS")},
    ),
    "a report that is none": (
        lambda d: (d / "report.json").write_text("{"),
        {("changed", "report.json"), ("damaged", "report.json")},
    ),
    "sums made anew over a changed sound": (
        lambda d: (flip(d / MASTER, 5000), seal(d)),
        {("contradiction", MASTER)},
    ),
}


@pytest.mark.parametrize("damage", CHANGES)
def test_damage_is_told(delivery: Path, damage: str) -> None:
    do, expected = CHANGES[damage]
    do(delivery)
    report = verify_folder(delivery)
    assert told(report) == expected
    assert not report.holds
    assert main(["verify", str(delivery)]) == 1


def test_a_line_taken_out_of_the_sums_is_told_wherever_it_stood(delivery: Path) -> None:
    """The first one is that of the other sums, which nothing but this list vouches for."""
    sums = delivery / "SHA256SUMS"
    lines = sums.read_bytes().splitlines(keepends=True)
    assert lines[0].endswith(b"  MD5SUMS\n")
    for at, line in enumerate(lines):
        sums.write_bytes(b"".join((*lines[:at], *lines[at + 1 :])))
        evidence = read_evidence(delivery)
        name = line.split(b"  ", 1)[1].rstrip(b"\n").decode()
        assert [(one.kind, one.path, one.message) for one in evidence.findings] == [
            ("left_out", "SHA256SUMS", f"does not list '{name}'")
        ]
    sums.write_bytes(b"".join(lines))
    assert not read_evidence(delivery).findings


def test_a_line_taken_out_of_the_other_sums_is_told_wherever_it_stood(delivery: Path) -> None:
    sums = delivery / "MD5SUMS"
    lines = sums.read_bytes().splitlines(keepends=True)
    for at in (0, len(lines) - 1):
        sums.write_bytes(b"".join((*lines[:at], *lines[at + 1 :])))
        assert told(verify_folder(delivery)) == {("changed", "MD5SUMS")}


def test_sums_of_others_need_not_list_each_other(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("one")
    hashes = hashes_of(tmp_path / "one.txt")
    (tmp_path / "MD5SUMS").write_bytes(sums_text({"one.txt": hashes.md5}))
    (tmp_path / "SHA256SUMS").write_bytes(sums_text({"one.txt": hashes.sha256}))
    assert verify_folder(tmp_path).holds


def test_line_ends_of_other_systems_do_no_harm(delivery: Path) -> None:
    sums = delivery / "SHA256SUMS"
    sums.write_bytes(sums.read_bytes().replace(b"\n", b"\r\n"))
    assert verify_folder(delivery).holds


def test_a_delivery_of_a_newer_program_says_so_and_is_compared_all_the_same(delivery: Path) -> None:
    report = delivery / "report.json"
    tree = json.loads(report.read_text(encoding="utf-8"))
    tree["format"] = 99
    tree["record"]["format"] = 99
    tree["record"]["outputs"][0]["later"] = "unknown here"
    report.write_text(json.dumps(tree), encoding="utf-8")
    seal(delivery)
    found = verify_folder(delivery)
    assert found.holds
    first, *others = found.findings
    assert (first.severity, first.kind) == ("warning", "newer")
    assert {one.severity for one in others} == {"note"}


def test_what_is_no_delivery_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="no such folder"):
        verify_folder(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is no delivery"):
        verify_folder(tmp_path)
    assert main(["verify", str(tmp_path), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "not_a_delivery"


def test_the_documents_fields(delivery: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(delivery), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["holds"] is True
    assert set(document["files"][0]) == {"path", "status", "sha256", "integrated_lufs", "true_peak_dbtp"}
    assert {finding["kind"] for finding in document["findings"]} == {"early_start"}


def test_sums_with_names_of_every_kind_survive(tmp_path: Path) -> None:
    names = ["plain", "with  two spaces", "back\\slash", "line\nend", "süß", "*star", "\\n"]
    hashes = {name: hashlib.sha256(name.encode()).hexdigest() for name in names}
    (tmp_path / "sums").write_bytes(sums_text(hashes))
    assert dict(read_sums(tmp_path / "sums", 64).hashes) == hashes


def test_what_is_odd_about_a_sound_is_told_with_its_file(delivery: Path) -> None:
    samples, rate = soundfile.read(delivery / MASTER, always_2d=True)
    soundfile.write(delivery / MASTER, np.concatenate((samples, np.zeros((11 * rate, 2)))), rate, "PCM_24")
    found = {(one.kind, one.path): one for one in verify_folder(delivery).findings}
    assert found["long_tail", MASTER].message.startswith("the last 1")
    assert found["changed", MASTER].severity == "error"
