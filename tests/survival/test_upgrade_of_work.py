"""Deliveries, renders, albums, entries and segments of former versions: opened, or refused with a sentence.

`fixtures/VERSION/work` is what `make_fixtures.py` made with that version.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import zlib
from pathlib import Path

import pytest

from engine import __version__
from engine.cli.main import main
from engine.deliver.job import plan_jobs
from engine.delivery.generations import next_revision, read_generations
from engine.delivery.render_record import proven, read_render_record
from engine.delivery.sums import hashes_of
from engine.delivery.verify import verify_folder
from engine.errors import InputError, SessionError
from engine.link import layout
from engine.link.failures import SegmentError
from engine.link.header import header_crc, peek
from engine.link.identity import own_identity
from engine.link.records import Kind
from engine.link.segment import Access, attach
from engine.processes.ended_renders import endings
from engine.processes.registry import private_folder, running
from engine.recall.records import delivery_in
from engine.session.album.files import load_album
from engine.session.files import load_session

FOLDERS = sorted(path for path in (Path(__file__).parent / "fixtures").glob("*/work"))


@pytest.fixture(params=FOLDERS, ids=lambda path: path.parent.name)
def former(request, tmp_path) -> Path:
    """A copy of what one version made."""
    return Path(shutil.copytree(request.param, tmp_path / "work"))


def test_this_version_has_fixtures():
    assert __version__ in [path.parent.name for path in FOLDERS]


def test_a_delivery_of_a_former_version_verifies(former):
    report = verify_folder(former / "delivery")
    assert {file.status for file in report.files} == {"ok"}
    assert len(report.files) == 8
    assert not [found for found in report.findings if found.severity != "note"]
    [audio] = [file for file in report.files if file.integrated_lufs is not None]
    assert audio.integrated_lufs == pytest.approx(-16.0, abs=0.01)


def test_a_delivery_of_a_former_version_counts(former):
    """The list beside the session knows it, and the next one is its successor."""
    session = former / "song.toml"
    [generation] = read_generations(session)
    assert generation.revision == 1
    assert generation.manifest_sha256 == hashes_of(former / "delivery" / "SHA256SUMS").sha256
    assert next_revision(session) == 2
    recalled = delivery_in(former / "delivery")
    assert recalled.record == generation.record
    assert [output.path for output in recalled.record.outputs] == ["streaming.flac"]


def test_a_delivery_of_a_later_version_is_refused_with_a_sentence(former):
    path = former / "delivery" / "report.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"format": 1', '"format": 999'))
    with pytest.raises(InputError, match=r"newer program.*999"):
        delivery_in(former / "delivery")
    line = (former / "deliveries.jsonl").read_text(encoding="utf-8")
    (former / "deliveries.jsonl").write_text(line + line.replace('"format": 1', '"format": 999'))
    assert len(read_generations(former / "song.toml")) == 1


def test_renders_of_a_former_version_prove_themselves_or_are_made_again(former):
    """On the libraries that made them they are taken; with others the bytes are no longer promised."""
    session = load_session(former / "song.toml")
    jobs = plan_jobs(session, deliverables=[], versions=[], folder=former / "renders", force=True)
    record = read_render_record(session.path, former / "renders")
    assert record is not None
    assert record.planned == ("streaming.flac",)
    assert [output.integrated_lufs for output in record.outputs] == [pytest.approx(-16.0, abs=0.01)]
    found = proven(session, jobs, former / "renders")
    assert found is None or [output.sha256 for output in found] == [record.outputs[0].sha256]
    [path] = (former / "renders" / ".stemlathe").iterdir()
    path.write_text(path.read_text(encoding="utf-8").replace('"format": 1', '"format": 999', 1))
    assert read_render_record(session.path, former / "renders") is None
    assert proven(session, jobs, former / "renders") is None


def test_an_album_of_a_former_version_opens_with_its_values(former):
    album = load_album(former / "album.toml", require_files=False)
    one, two = album.tracks
    assert (album.title, album.upc, album.levels) == ("Slow Rivers", "4006381333931", "keep")
    assert (one.source.name, one.isrc, one.gap_s) == ("one.wav", "DEA312600001", 2.0)
    assert (two.source.name, two.isrc, two.gap_s) == ("song.toml", "DEA312600002", -1.5)
    assert (two.crossfade, two.fade_out_s) == ("equal_gain", 0.5)
    path = former / "album.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("format = 1", "format = 999"))
    with pytest.raises(SessionError, match="format"):
        load_album(path, require_files=False)


def test_entries_of_a_former_version_are_known_or_left_alone(former, runtime):
    """What ended is told; an engine of a boot that is over is not there, and its entry is removed."""
    folder = private_folder()
    (folder / "ended").mkdir(mode=0o700)
    shutil.copyfile(former / "ended.json", folder / "ended" / "song-1.json")
    shutil.copyfile(former / "registry.json", folder / "song.json")
    later = json.loads((former / "registry.json").read_text()) | {"kind": "of the future"}
    (folder / "other.json").write_text(json.dumps(later))
    for path in folder.rglob("*.json"):
        path.chmod(0o600)
    [ending] = endings(math.inf)
    assert (ending.name, ending.how, ending.session.name) == ("song", "done", "song.toml")
    assert ending.outputs[0].holds is True
    assert running() == []
    assert not (folder / "song.json").exists()


@pytest.fixture
def segment(former):
    """A segment of a former version, in shared memory; changed by whoever takes its bytes."""
    name = f"stemlathe-test-{os.getpid()}"
    path = Path("/dev/shm") / name
    content = bytearray(zlib.decompress((former / "segment.zlib").read_bytes()))

    def write() -> str:
        path.write_bytes(content)
        path.chmod(0o600)
        return name

    yield content, write
    path.unlink(missing_ok=True)


def _as_of(content: bytearray, **values: int) -> None:
    """Gives the header other values, and the checksum that goes with them.

    Its process is this one: engines that start beside the test remove what is of a dead one.
    """
    at = layout.HEADER.offset
    born = layout.BORN.unpack_from(content, at)
    born = born._replace(**own_identity()._asdict(), uid=os.getuid(), **values)
    layout.BORN.pack_into(content, at, born)
    header = content[at : at + layout.BORN.size]
    layout.BORN.pack_into(content, at, born._replace(crc32=header_crc(header)))


def test_a_segment_of_a_former_version_opens_or_is_refused_with_a_sentence(segment):
    content, write = segment
    _as_of(content)
    name = write()
    born, _ = peek(name)
    assert born.kind == Kind.ENGINE
    if born.minimum_version <= layout.VERSION and born.version >= layout.OLDEST_READABLE_VERSION:
        with attach(name, Access.READ) as opened:
            assert opened.born() == born
    else:
        with pytest.raises(SegmentError, match=r"protocol .* this program"):
            attach(name, Access.READ)


def test_a_segment_of_a_later_version_is_refused_with_a_sentence(segment):
    content, write = segment
    _as_of(content, version=layout.VERSION + 1000, minimum_version=layout.VERSION + 1)
    with pytest.raises(SegmentError, match=r"protocol .* this program") as caught:
        attach(write(), Access.READ)
    assert caught.value.kind == "incompatible_version"


def test_the_verb_says_it_of_a_delivery_of_a_former_version(former, capsys):
    assert main(["verify", str(former / "delivery"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["holds"] is True
