"""Bad albums, deliveries, records, DDP sets, entries, messages and segments, from right ones."""

from __future__ import annotations

import json
import os
import shutil
import zlib
from pathlib import Path
from random import Random
from typing import Any

from engine.link import layout
from engine.link.header import header_crc
from engine.link.messages import ANSWERS, COMMANDS
from tests.torture import mutate
from tests.torture.child import in_a_child
from tests.torture.ground import ROOT, Fault, Ground, Row

WORK = max((ROOT / "tests" / "survival" / "fixtures").glob("*/work"))
_JSON: dict[str, Any] = {}


def _base(path: Path) -> Any:
    """A JSON document of the fixtures; read once."""
    return _JSON.setdefault(
        str(path),
        json.loads(path.read_bytes().splitlines()[0])
        if path.suffix == ".jsonl"
        else json.loads(path.read_bytes()),
    )


# ------------------------------------------------------------------------------- albums


def load_album_of(path: Path) -> None:
    from engine.session.album.files import load_album, read_session_text
    from engine.session.album.layout import examine
    from engine.session.album.order import with_swapped

    made = load_album(path, require_files=False)
    for disc in range(1, max(track.disc for track in made.tracks) + 1):
        examine(made, disc, {track.number: 44_100 * 5 for track in made.tracks})
    if len(made.tracks) > 1:
        with_swapped(read_session_text(path), 0, path)


def album(ground: Ground, number: Random, row: Row) -> None:
    """Album files: read, laid out, their tracks put in another order."""
    text = (WORK / "album.toml").read_text(encoding="utf-8")
    in_a_child(ground, number, row, lambda n: mutate.toml(text, n), "album.toml", load_album_of)


# ------------------------------------------------------------------------------ names

_WORDS = ("Song", "Drums", "e\u0301", "𝄞", "CON", " ", "-", "a" * 60, "👩‍🎤" * 15, "{title}", "{version}")
_ODD = ("..", "../", "/", "\\", ".", "~", "\u202e", "\u2028", ":", "*", "%00", "a" * 300)


def _session_of_names(number: Random) -> bytes:
    def name() -> str:
        parts = number.choices(_WORDS, k=number.randint(1, 4))
        if number.random() < 0.3:
            parts.insert(number.randrange(len(parts) + 1), number.choice(_ODD))
        return json.dumps("".join(parts), ensure_ascii=False)

    stems = "".join(f'[[stems]]\nname = {name()}\npath = "{one}.flac"\n' for one in ("drums", "bass"))
    template = f"file_name = {name()}\n" if number.random() < 0.5 else ""
    return (
        f"format = 1\ntitle = {name()}\nsample_rate = 8000\n{stems}"
        f'[[deliverables]]\nname = {name()}\n{template}versions = ["master", "stems"]\n'
    ).encode("utf-8", "surrogatepass")


def _plan(path: Path) -> None:
    from engine.deliver.job import plan_jobs
    from engine.session.files import load_session

    folder = path.parent / "out"
    session = load_session(path, require_files=False)
    for job in plan_jobs(session, deliverables=[], versions=[], folder=folder, force=True):
        for file in job.files:
            inside = Path(os.path.abspath(file)).relative_to(folder)
            if any(len(os.fsencode(part)) > 255 for part in inside.parts):
                raise ValueError(f"a name that no file system takes: {inside}")
            if any(ord(letter) < 32 for letter in str(inside)):
                raise ValueError(f"a control character in a name: {inside}")


def names(ground: Ground, number: Random, row: Row) -> None:
    """Titles, stems, deliverables and templates of names: nothing lies outside the output folder."""
    in_a_child(ground, number, row, _session_of_names, "s.toml", _plan)


# ------------------------------------------------------------------- deliveries and records


def read_delivery(path: Path) -> None:
    from engine.delivery.evidence import read_evidence
    from engine.errors import InputError
    from engine.recall.records import delivery_in

    try:
        read_evidence(path.parent)
    except InputError:
        delivery_in(path.parent)
        raise
    delivery_in(path.parent)


def report(ground: Ground, number: Random, row: Row) -> None:
    """The reports of deliveries, as `verify`, `recall` and `diff` read them."""
    tree = _base(WORK / "delivery" / "report.json")
    in_a_child(ground, number, row, lambda n: mutate.json_document(tree, n), "report.json", read_delivery)


def read_sums_of(path: Path) -> None:
    from engine.delivery.verify import _file_findings, _status, read_evidence

    evidence = read_evidence(path.parent)
    list(_file_findings({name: _status(name, evidence, None) for name in evidence.names()}, {}, evidence))


def sums(ground: Ground, number: Random, row: Row) -> None:
    """Lists of hashes."""
    content = (WORK / "delivery" / "SHA256SUMS").read_bytes()
    in_a_child(ground, number, row, lambda n: mutate.damaged(content, n), "SHA256SUMS", read_sums_of)


def _read_generations(path: Path) -> None:
    from engine.delivery.generations import next_revision, read_generations

    next_revision(path.with_name("song.toml"))
    read_generations(path.with_name("song.toml"))


def generations(ground: Ground, number: Random, row: Row) -> None:
    """The list of deliveries beside a session."""
    tree = _base(WORK / "deliveries.jsonl")
    in_a_child(
        ground,
        number,
        row,
        lambda n: b"".join(mutate.json_document(tree, n) + b"\n" for _ in range(n.randint(1, 3))),
        "deliveries.jsonl",
        _read_generations,
    )


def _read_record(path: Path) -> None:
    from engine.deliver.job import plan_jobs
    from engine.delivery.render_record import proven, read_render_record
    from engine.session.files import load_session

    folder = path.parent.parent
    session = load_session(folder.parent / "song.toml")
    read_render_record(session.path, folder)
    jobs = plan_jobs(session, deliverables=[], versions=[], folder=folder, force=True)
    proven(session, jobs, folder)


def record(ground: Ground, number: Random, row: Row) -> None:
    """The records by which renders prove themselves to `--resume`."""
    folder = ground.fresh()
    shutil.copytree(WORK, folder, dirs_exist_ok=True)
    [path] = (folder / "renders" / ".stemlathe").iterdir()
    tree = _base(path)
    in_a_child(
        ground, number, row, lambda n: mutate.json_document(tree, n), path.name, _read_record, path.parent
    )
    shutil.rmtree(folder)


# ------------------------------------------------------------------------------- DDP sets


def _read_set(path: Path) -> None:
    from engine.ddp.reading.fileset import read_ddp

    read_ddp(path.parent)


def ddp(ground: Ground, number: Random, row: Row) -> None:
    """DDP sets of any maker: identifier, map, descriptor of marks, CD-Text, sums."""
    from engine.ddp.writing import cdtext
    from engine.ddp.writing.cdtext import CdText, Texts, packs
    from engine.ddp.writing.disc import Disc, TrackMarks
    from engine.ddp.writing.fileset import write_fileset

    titles = Texts(cdtext.TITLE, b"Album", (b"One", "Zwölf".encode("latin-1")))
    text = packs(CdText((titles,), b"", 0, b"", (), 2, 9))
    tracks = (TrackMarks(0, 150, (), "DEA312600001"), TrackMarks(520, 600, (620, 700), "DEA312600002"))
    folder = ground.fresh()
    with (folder / "IMAGE.DAT").open("wb") as image:
        image.truncate(800 * 2352)
    write_fileset(folder, Disc(tracks, 800, "4006381333931", "CAT 001 Album", False, text))
    name = number.choice(sorted(path.name for path in folder.iterdir() if path.name != "IMAGE.DAT"))
    content = (folder / name).read_bytes()
    in_a_child(ground, number, row, lambda n: mutate.damaged(content, n), name, _read_set, folder)
    shutil.rmtree(folder)


# ----------------------------------------------------------- what programs tell each other


def read_message(path: Path) -> None:
    from engine.link.messages import check, decode, encode

    message = decode(path.read_bytes())
    encode(message)
    check(message, ANSWERS if message.kind in ANSWERS else COMMANDS)


def _message(number: Random) -> bytes:
    kind, word = number.choice([*COMMANDS.items(), *ANSWERS.items()])
    values = {
        int: 7,
        float: -1.5,
        str: "stems[0].trim_db",
        bool: True,
        list: [["Drums", "Bass"]],
        dict: {"a": 1},
    }
    payload = {
        name: item.choices[0]
        if item.choices
        else next((values[one] for one in item.types if one in values), None)
        for name, item in word.items.items()
    }
    return mutate.json_document({"kind": kind, "id": 1, "revision": 3, "payload": payload}, number)


def messages(ground: Ground, number: Random, row: Row) -> None:
    """Every message of the protocol, structured and damaged: read, written again, checked."""
    in_a_child(ground, number, row, _message, "message.json", read_message)


def _edit(path: Path) -> None:
    from engine.server.commands import _edit_of

    _edit_of(path.read_bytes())


def edits(ground: Ground, number: Random, row: Row) -> None:
    """Edits of clients, which travel as files."""
    tree = {
        "label": "gain",
        "changes": [["stems[0].trim_db", 1.5], ["master.chain[0].drive_db", 2.0], ["title", "x"]],
    }
    in_a_child(ground, number, row, lambda n: mutate.json_document(tree, n), "edit.json", _edit)


def _look_at_entries(path: Path) -> None:
    from engine.processes.ended_renders import endings
    from engine.processes.registry import running
    from engine.processes.watch_view import look
    from engine.server.monitor_file import load_monitor

    base = path.parent.parent if path.parent.name == "ended" else path.parent
    path.chmod(0o600)
    os.environ |= {"XDG_RUNTIME_DIR": str(base.parent), "XDG_STATE_HOME": str(base.parent)}
    running()
    endings()
    look()
    load_monitor()


def entries(ground: Ground, number: Random, row: Row) -> None:
    """What lies in the runtime and state folders: who runs, what ended, the monitor section."""
    base = ground.fresh() / "stemlathe"
    (base / "ended").mkdir(parents=True, mode=0o700)
    base.chmod(0o700)
    monitor = {"level_db": -20, "reference_db": None, "dim": True, "mono": False}
    name, tree = number.choice(
        (
            ("song.json", _base(WORK / "registry.json")),
            ("ended/song-1.json", _base(WORK / "ended.json")),
            ("monitor.json", monitor),
        )
    )
    in_a_child(ground, number, row, lambda n: mutate.json_document(tree, n), name, _look_at_entries, base)
    shutil.rmtree(base.parent)


def _open_segment(path: Path) -> None:
    from engine.link.document import documents
    from engine.link.header import peek
    from engine.link.parameters import parameters
    from engine.link.segment import Access, attach
    from engine.link.snapshot import snapshots

    name = f"stemlathe-torture-{os.getpid()}"
    place = Path("/dev/shm") / name
    descriptor = os.open(place, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, path.read_bytes())
        peek(name)
        with attach(name, Access.CLIENT) as segment:
            segment.life()
            snapshots(segment).read()
            documents(segment).read()
            parameters(segment).read()
    finally:
        os.close(descriptor)
        place.unlink(missing_ok=True)  # engines that start meanwhile remove what names a dead process


def segments(ground: Ground, number: Random, row: Row) -> None:
    """Shared memory of other versions and of nobody: header, sizes, snapshots, documents."""
    whole = zlib.decompress((WORK / "segment.zlib").read_bytes())
    head = layout.HEADER.offset

    def damaged(n: Random) -> bytes:
        data = bytearray(whole)
        if n.random() < 0.5:
            born = mutate.damaged(bytes(data[head : head + layout.BORN.size]), n)[: layout.BORN.size]
            data[head : head + len(born)] = born
        for _ in range(n.randrange(200)):
            data[n.randrange(head + layout.BORN.size, len(data))] = n.choice((0, 1, 0x7F, 0x80, 0xFF))
        if n.random() < 0.8:
            crc = header_crc(data[head : head + layout.BORN.size])
            at = head + layout.BORN.offset("crc32")
            data[at : at + 4] = crc.to_bytes(4, "little")
        return bytes(data[: n.randrange(len(data))] if n.random() < 0.1 else data)

    in_a_child(ground, number, row, damaged, "segment", _open_segment)


FAULTS: dict[str, Fault] = {
    "input: albums": album,
    "input: names": names,
    "input: reports of deliveries": report,
    "input: sums": sums,
    "input: lists of deliveries": generations,
    "input: records of renders": record,
    "input: DDP sets": ddp,
    "input: messages": messages,
    "input: edits": edits,
    "input: entries": entries,
    "input: segments": segments,
}
