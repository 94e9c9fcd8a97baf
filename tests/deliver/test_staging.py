"""What others see of a render's files before it ends, or where it was ended: finished ones only."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from deliver_material import musical

from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.errors import MachineError
from engine.session.files import load_session

# at this rate LAME passes the ceiling by more than half a dB, so that the file is written several times;
# the pair is tagged after it was measured, and the acapella passes full scale and becomes a float file
WANTED = """[metadata]
artist = "Somebody"

[[deliverables]]
name = "lossy"
loudness_lufs = -11.0
ceiling_dbtp = -1.0
encoding = "mp3-128"

[[deliverables]]
name = "pair"
encoding = "wav24"
mono_files = true

[[deliverables]]
name = "parts"
encoding = "flac16"
versions = ["instrumental", "stems"]
"""


class _Onlooker:
    """Looks at every file in the folder whenever the render tells of a step."""

    def __init__(self, folder, ends_at=None):
        self.folder = folder
        self.steps = 0
        self.seen = {}
        self.measurings = 0
        self._ends_at = ends_at

    def __call__(self, label, done, total):
        self.steps += 1
        for place, folders, names in os.walk(self.folder):  # passes over what goes meanwhile
            folders[:] = [name for name in folders if not name.startswith(".stemlathe-")]
            for name in names:
                if not name.startswith(".stemlathe-"):
                    status = os.stat(Path(place, name))  # a file that takes another's place is another file
                    self.seen.setdefault(name, set()).add((status.st_ino, status.st_mtime_ns))
        if label == "lossy · master: measuring" and done == total:
            self.measurings += 1
            if self.measurings == self._ends_at:
                raise KeyboardInterrupt


@pytest.fixture
def session(make_session):
    stems = {"Drums": musical(4.0, seed=1), "Bass": musical(4.0, seed=2)}
    return load_session(make_session(stems, WANTED))


def _jobs(session, folder, **wanted):
    options = {"deliverables": [], "versions": [], "folder": folder, "force": False, **wanted}
    return plan_jobs(session, **options)


def test_a_file_has_its_name_only_as_what_it_will_be(session, tmp_path):
    folder = tmp_path / "out"
    onlooker = _Onlooker(folder)
    report = render(session, _jobs(session, folder), onlooker)
    assert onlooker.measurings >= 2, "nothing was written again: this test shows nothing"
    onlooker("", 0, 0)
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert set(onlooker.seen) == names
    assert all(len(files) == 1 for files in onlooker.seen.values()), onlooker.seen
    assert not list(folder.rglob(".stemlathe-*"))
    single = [output for output in report.outputs if output.deliverable != "pair"]
    for output in single:
        assert hashlib.sha256(output.path.read_bytes()).hexdigest() == output.sha256
    assert len(names) == len(single) + 2


def test_what_is_ended_before_a_correction_leaves_no_uncorrected_file(session, tmp_path):
    folder = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        render(session, _jobs(session, folder, deliverables=["lossy"]), _Onlooker(folder, ends_at=1))
    assert not list(folder.iterdir())


def test_an_older_file_stays_until_the_new_one_is_finished(session, tmp_path):
    folder = tmp_path / "out"
    [job] = _jobs(session, folder, deliverables=["lossy"])
    folder.mkdir()
    job.path.write_bytes(b"last week's")
    with pytest.raises(KeyboardInterrupt):
        render(session, [job], _Onlooker(folder, ends_at=1))
    assert [path.read_bytes() for path in folder.iterdir()] == [b"last week's"]


def test_a_folder_of_the_files_name_is_told_before_anything_is_done(session, tmp_path):
    folder = tmp_path / "out"
    [job] = _jobs(session, folder, deliverables=["lossy"])
    job.path.mkdir(parents=True)
    onlooker = _Onlooker(folder)
    with pytest.raises(MachineError, match="a folder of that name") as told:
        render(session, [job], onlooker)
    assert (told.value.path, onlooker.steps) == (job.path, 0)
    assert list(folder.iterdir()) == [job.path]


def test_errors_name_the_place_that_was_asked_for(session, tmp_path, monkeypatch):
    def refused(path, tags):
        raise MachineError(f"{path}: cannot write: the disk is full", kind="disk_full", path=path)

    monkeypatch.setattr("engine.deliver.tagging.write_tags", refused)
    folder = tmp_path / "out"
    [job] = _jobs(session, folder, deliverables=["lossy"])
    with pytest.raises(MachineError) as told:
        render(session, [job])
    assert (str(told.value), told.value.path) == (f"{job.path}: cannot write: the disk is full", job.path)
    assert not list(folder.iterdir())
