"""Delivered folders: complete, the same each time, and not there at all when anything fails."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from full_disk import Disk

from engine.delivery.deliver import Order, deliver
from engine.delivery.generations import generations_path, next_revision, read_generations
from engine.delivery.verify import verify_folder
from engine.errors import InputError, MachineError
from engine.files import AtomicFile
from engine.report.deliver import DeliverReport
from engine.report.delivery import RECORD_FORMAT, DeliveryRecord
from engine.report.plain import as_json
from engine.report.reading import read_as
from engine.session.files import load_session

MakeOrder = Callable[..., Order]
PROGRAM = "from engine.cli.main import run; run()"


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def hidden(folder: Path) -> list[str]:
    """What unfinished work has left in a folder."""
    return [name for name in os.listdir(folder) if name.startswith(".")]


def test_a_delivery_is_complete_and_measured(delivered_once: DeliverReport) -> None:
    folder = delivered_once.folder
    assert set(bytes_of(folder)) >= {
        "Süß Song (Master) [streaming].wav",
        "Süß Song (Instrumental) [streaming].wav",
        *("report.json", "recall.txt", "SHA256SUMS", "MD5SUMS", "song.toml"),
    }
    assert delivered_once.holds
    assert delivered_once.revision == 1
    for output in delivered_once.render.outputs:
        assert output.path.parent == folder
        assert output.path.is_file()
    for opinion in delivered_once.opinions:
        assert opinion.difference_lu is not None
        # pyloudnorm 0.2.0 reads 0.035 LU low on the reference tone
        assert -0.1 < opinion.difference_lu < 0.0


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs the GNU coreutils")
def test_foreign_tools_take_the_sums(delivery: Path) -> None:
    for tool, sums in (("sha256sum", "SHA256SUMS"), ("md5sum", "MD5SUMS")):
        run = subprocess.run(
            [tool, "--check", "--strict", sums], cwd=delivery, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr
        assert run.stdout.count(": OK") == len(bytes_of(delivery)) - (1 if tool == "sha256sum" else 2)


def test_two_deliveries_of_one_session_are_the_same_bytes(make_order: MakeOrder, tmp_path: Path) -> None:
    first = deliver(make_order(folder=tmp_path / "a", note="for Ada", with_stems=True))
    second = deliver(make_order(folder=tmp_path / "b", with_stems=True))
    assert bytes_of(first.folder) == bytes_of(second.folder)
    assert (first.revision, second.revision) == (1, 2)
    one, two = read_generations(make_order().session.path)
    assert (one.note, two.note) == ("for Ada", "")
    assert one.record == two.record
    assert one.manifest_sha256 == two.manifest_sha256
    assert Path(two.folder) == second.folder


def test_no_paper_tells_of_this_machine(delivered_once: DeliverReport, made_session: Path) -> None:
    for name, content in bytes_of(delivered_once.folder).items():
        assert str(made_session.parent).encode() not in content, name


@pytest.mark.usefixtures("no_drawing")
def test_the_sessions_copy_names_the_stems_that_go_with_it(make_order: MakeOrder) -> None:
    report = deliver(make_order(with_stems=True))
    copy = report.folder / "song.toml"
    text = copy.read_text(encoding="utf-8")
    assert "# made by hand" in text
    assert 'path = "stems/one.wav" # the first' in text
    session = load_session(copy)  # with its files there, and pinned
    assert session.stems[0].sha256 is not None
    assert soundfile.info(session.stems[0].path).frames == 4 * 48_000


def test_the_record_is_read_back_as_it_was_written(delivered_once: DeliverReport) -> None:
    tree = json.loads((delivered_once.folder / "report.json").read_text(encoding="utf-8"))
    record = read_as(DeliveryRecord, tree["record"])
    assert record.format == RECORD_FORMAT
    assert as_json(record) == tree["record"]
    assert [stem.name for stem in record.stems] == ["Drums", "Voice"]
    assert record.settings["stems"][1]["trim_db"] == 0.5
    assert record.targets[0].preset == "spotify"
    assert record.targets[0].source
    assert "newer_field" not in as_json(read_as(DeliveryRecord, {**tree["record"], "newer_field": 1}))


@pytest.mark.usefixtures("no_drawing")
def test_a_delivered_file_is_never_replaced(make_order: MakeOrder, tmp_path: Path) -> None:
    first = deliver(make_order())
    before = bytes_of(first.folder)
    with pytest.raises(InputError, match="a delivery is already there"):
        deliver(make_order())
    order = make_order(force=True)
    session = dataclasses.replace(order.session, title="Second")
    second = deliver(dataclasses.replace(order, session=session))
    assert second.folder == first.folder
    assert second.set_aside == tmp_path / "out (revision 1)"
    assert bytes_of(second.set_aside) == before
    assert "Second (Master) [streaming].wav" in bytes_of(second.folder)
    assert verify_folder(second.set_aside).holds


def test_a_folder_with_other_things_is_left_alone(make_order: MakeOrder, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    for force in (False, True):
        with pytest.raises(InputError, match="holds other files"):
            deliver(make_order(force=force))
    assert bytes_of(tmp_path / "out") == {"notes.txt": b"mine"}
    (tmp_path / "a file").write_text("mine")
    with pytest.raises(InputError, match="a file of that name"):
        deliver(make_order(folder=tmp_path / "a file", force=True))


@pytest.mark.usefixtures("no_drawing")
def test_a_disk_that_fills_up_leaves_nothing(
    make_order: MakeOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = AtomicFile.write
    count = {"calls": 0, "full at": -1}

    def counted(self: AtomicFile, data: bytes) -> None:
        # the name for `ps` stands on another disk, and a delivery goes on without it
        count["calls"] += self.path.is_relative_to(tmp_path)
        if count["calls"] == count["full at"]:
            raise MachineError(f"{self.path}: cannot write: {os.strerror(errno.ENOSPC)}", kind="disk_full")
        write(self, data)

    monkeypatch.setattr(AtomicFile, "write", counted)
    order = make_order()
    deliver(make_order(folder=tmp_path / "whole"))
    last, log = count["calls"], generations_path(order.session.path)
    recorded = log.read_bytes()
    for full_at in (1, last // 2, last - 1, last):
        count |= {"calls": 0, "full at": full_at}
        with pytest.raises(MachineError) as failed:
            deliver(order)
        assert failed.value.kind == "disk_full"
        assert not order.folder.exists()
        assert ".stemlathe-" not in failed.value.message
        assert hidden(tmp_path) == []
        assert log.read_bytes() == recorded
    assert next_revision(order.session.path) == 2


#: In the order in which they are written.
PAPERS = ("song.toml", "recall.txt", "report.json", "report.html", "report.pdf", "MD5SUMS", "SHA256SUMS")


@pytest.mark.usefixtures("no_drawing")
def test_a_disk_that_is_full_for_one_of_the_papers_leaves_nothing(
    make_order: MakeOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, full_for, written = AtomicFile.write, [""], []

    def refusing(self: AtomicFile, data: bytes) -> None:
        if self.path.name == full_for[0]:
            raise MachineError(f"{self.path}: cannot write: {os.strerror(errno.ENOSPC)}", kind="disk_full")
        written.append(self.path.name)
        write(self, data)

    monkeypatch.setattr(AtomicFile, "write", refusing)
    order = make_order()
    for place, paper in enumerate((*PAPERS, generations_path(order.session.path).name)):
        full_for[0] = paper
        written.clear()
        with pytest.raises(MachineError) as failed:
            deliver(order)
        assert failed.value.kind == "disk_full"
        assert [name for name in written if name in PAPERS] == list(PAPERS[:place])
        assert not order.folder.exists()
        assert hidden(tmp_path) == []
        assert not generations_path(order.session.path).exists()


@pytest.mark.parametrize("left_bytes", [0, 2_000, 100_000])
def test_a_disk_that_fills_up_under_the_papers_of_a_whole_program(
    make_order: MakeOrder, tmp_path: Path, left_bytes: int
) -> None:
    """The audio is there; of the papers none fits, one does, or all but the pages."""
    order = make_order()
    disk = Disk(tmp_path / "cell", [tmp_path / "out", tmp_path / "own", tmp_path])
    reader, writer = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "deliver", str(order.session.path), "--out", str(order.folder)],
        env={**os.environ, **disk.environment(), "STEMLATHE_PROGRESS_FD": str(writer)},
        pass_fds=(writer,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as lines:
            for line in lines:
                if '"second opinion"' in line:  # of the last files, written and measured; no paper yet
                    disk.fill(left_bytes)
                    break
            lines.read()
        assert process.stderr is not None
        told = process.stderr.read().decode()
        assert process.wait(timeout=60) == 4
    assert told.count("\n") == 1
    assert os.strerror(errno.ENOSPC) in told or "is full" in told
    assert not order.folder.exists()
    assert hidden(tmp_path) == []
    assert not generations_path(order.session.path).exists()


@pytest.mark.usefixtures("no_drawing")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_an_interrupted_delivery_leaves_nothing_under_its_name(
    make_order: MakeOrder, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    order = make_order()
    reader, writer = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "deliver", str(order.session.path), "--out", str(order.folder)],
        env={**os.environ, "STEMLATHE_PROGRESS_FD": str(writer)},
        pass_fds=(writer,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as lines:
            for line in lines:  # until its first file is there
                if '"output"' in line:
                    process.send_signal(number)
                    break
            lines.read()
        assert process.wait(timeout=60) == code
    assert not order.folder.exists()
    assert not generations_path(order.session.path).exists()
    report = deliver(order)  # and what was left behind is removed
    assert report.revision == 1
    assert hidden(tmp_path) == []


def test_a_damaged_list_of_deliveries_is_named(make_order: MakeOrder) -> None:
    order = make_order()
    path = generations_path(order.session.path)
    path.write_text('{"revision": 1}\n')
    with pytest.raises(InputError, match="line 1 is no delivery"):
        deliver(order)
    newer = {"revision": 7, "record": {"format": RECORD_FORMAT + 1, "session": "song.toml"}}
    path.write_text(json.dumps(newer))
    assert next_revision(order.session.path) == 8
    assert read_generations(order.session.path) == []
