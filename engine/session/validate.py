"""From a TOML tree to a session: every rule of the session format.

Pure apart from the user's targets file: whether the stems exist is `engine.session.files`' matter.
Whatever the tree holds, the outcome is a `Session` or a `SessionError`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.pairs import pair_name, pair_path
from engine.session import fields
from engine.session.chains import read_chain
from engine.session.encodings import ENCODINGS, SHAPED_RATES
from engine.session.file_name import check_template
from engine.session.model import Deliverable, Master, OtherReference, Reference, Session, Stem
from engine.session.name_rules import check_file_name, refuse_duplicates
from engine.session.reading import KeyPath, Reader, nearest, shown
from engine.session.recording import read_metadata
from engine.session.roles import roles
from engine.session.targets import Target, targets
from engine.session.version_tables import read_versions

_SHA256_DIGITS = frozenset("0123456789abcdef")


#: A tree that was read before, and the session it is.
Known = tuple[Mapping[str, Any], Session]


def session_from_tree(tree: Mapping[str, Any], file: Path, known: Known | None = None) -> Session:
    """Builds the session that a parsed session file describes.

    Args:
        tree: as `tomllib` returns it.
        file: the session file; relative paths start from its folder.
        known: an earlier state of the same file. Stems and master that are the very same objects in both
            trees are taken over instead of being read again.

    Raises:
        SessionError: for anything the format does not allow; names the file, the key with its full
            path, what is wrong and what is allowed.
    """
    reader = Reader(file)
    _check_format(reader, tree)
    if "tracks" in tree and "stems" not in tree:
        reader.refuse(
            (),
            "is an album, not a session: 'stemlathe album' makes it, 'stemlathe open' shows it",
            kind="is_album",
        )
    root = reader.table(tree, (), fields.ROOT)
    reader.sample_rate = root["sample_rate"]
    if known is not None and known[1].sample_rate != reader.sample_rate:
        known = None
    stems = _stems(reader, root["stems"], known)
    master = _master(reader, {} if root["master"] is None else root["master"], known)
    versions = read_versions(reader, root["versions"], stems, master)
    return Session(
        path=file.absolute(),
        title=root["title"] or _without_controls(file.stem) or "Untitled",
        sample_rate=root["sample_rate"],
        reference=None if root["reference"] is None else _reference(reader, root["reference"]),
        stems=stems,
        master=master,
        deliverables=_deliverables(reader, root["deliverables"], versions.own),
        versions=versions.own,
        unlinked=frozenset(versions.unlinked),
        sections=versions.sections,
        metadata=read_metadata(reader, root["metadata"]),
        references=_other_references(reader, root["references"]),
        notes=root["notes"],
    )


def _check_format(reader: Reader, tree: Mapping[str, Any]) -> None:
    """A newer file is told as such, before its unknown keys are."""
    value = tree.get("format", fields.FORMAT)
    if isinstance(value, int) and not isinstance(value, bool) and value > fields.FORMAT:
        reader.refuse(
            ("format",),
            f"{shown(value)} is newer than this program, which reads {fields.FORMAT}: update stemlathe",
            kind="newer_format",
        )


def _without_controls(text: str) -> str:
    return "".join(char for char in text if char.isprintable())


def _path(reader: Reader, text: str, key: KeyPath) -> Path:
    """Absolute path of a file named relative to the session file."""
    joined = reader.file.absolute().parent / text
    try:
        # only the folder is resolved, so that `..` reads well and a linked file keeps its name
        return Path(os.path.realpath(joined.parent)) / joined.name
    except ValueError:
        reader.refuse(key, f"{shown(text)} cannot be a path on this system: rename the file")


def _paths(reader: Reader, tree: Any, key: KeyPath) -> tuple[Any, tuple[str, ...]]:
    """The table with one path in it, and every path that was given: a pair of mono files is a list of two."""
    given = tree.get("path") if isinstance(tree, Mapping) else None
    if not isinstance(given, list):
        return tree, ()
    place = (*key, "path")
    if len(given) != 2:
        reader.refuse(place, f"holds {len(given)} items: give one path, or left and right of a pair")
    texts = tuple(reader.value(item, (*place, index), fields.PATH) for index, item in enumerate(given))
    return {**tree, "path": texts[0]}, texts


def _file(reader: Reader, values: Mapping[str, Any], pair: tuple[str, ...], key: KeyPath) -> Path:
    """The path that a table names, one of `engine.pairs` where it is a pair."""
    place = (*key, "path")
    if not pair:
        return _path(reader, values["path"], place)
    left, right = (_path(reader, text, (*place, index)) for index, text in enumerate(pair))
    try:
        return pair_path(left, right)
    except ValueError:
        reader.refuse(place, "names no pair: give the files of left and right, without braces in their names")


def _sha256(reader: Reader, text: str | None, key: KeyPath) -> str | None:
    if not text:
        return None
    digest = text.lower()
    if len(digest) != 64 or not _SHA256_DIGITS.issuperset(digest):
        reader.refuse(key, f"{shown(text)} is no SHA-256: give 64 hexadecimal digits or leave the key out")
    return digest


def _reference(reader: Reader, tree: Any) -> Reference:
    key: KeyPath = ("reference",)
    tree, pair = _paths(reader, tree, key)
    values = reader.table(tree, key, fields.REFERENCE)
    return Reference(_file(reader, values, pair, key), _sha256(reader, values["sha256"], (*key, "sha256")))


def _other_references(reader: Reader, tree: Any) -> tuple[OtherReference, ...]:
    items = reader.tables(tree, ("references",))
    found = []
    for item, key in items:
        values = reader.table(item, key, fields.OTHER_REFERENCE)
        path = _path(reader, values["path"], (*key, "path"))
        found.append(OtherReference(values["name"] or path.stem, path))
    names = ((track.name, (*key, "name")) for track, (_, key) in zip(found, items, strict=True))
    refuse_duplicates(reader, names)
    return tuple(found)


def _stems(reader: Reader, tree: Any, known: Known | None) -> tuple[Stem, ...]:
    items = reader.tables(tree, ("stems",))
    if not items:
        reader.refuse(("stems",), "the session has no stems: add at least one [[stems]]", kind="no_stems")
    former: list[tuple[Any, Stem | None]] = []
    if known is not None:
        former.extend(zip(known[0]["stems"], known[1].stems, strict=True))
    before = {id(table): stem for table, stem in former}
    beside = former if len(former) == len(items) else [({}, None)] * len(items)
    stems = tuple(
        before.get(id(item)) or _stem(reader, item, key, *there)
        for (item, key), there in zip(items, beside, strict=True)
    )
    refuse_duplicates(
        reader, ((stem.name, (*key, "name")) for stem, (_, key) in zip(stems, items, strict=True))
    )
    return stems


def _stem(reader: Reader, tree: Any, key: KeyPath, former: Mapping[str, Any], known: Stem | None) -> Stem:
    tree, pair = _paths(reader, tree, key)
    values = reader.table(tree, key, fields.STEM)
    path = _file(reader, values, pair, key)
    name = values["name"] or pair_name(path)
    if not name.strip():
        reader.refuse((*key, "name"), "is empty: give the stem a name")
    role = values["role"]
    if role not in roles():
        reader.refuse((*key, "role"), f"{shown(role)} is unknown: {nearest(role, roles())}")
    limit = fields.LARGEST_OFFSET_S * reader.sample_rate
    if abs(values["offset_samples"]) > limit:
        reader.refuse(
            (*key, "offset_samples"),
            f"{shown(values['offset_samples'])} is out of range: allowed is {-limit} to {limit} samples "
            f"({fields.LARGEST_OFFSET_S} s)",
        )
    return Stem(
        name=name,
        role=role,
        path=path,
        sha256=_sha256(reader, values["sha256"], (*key, "sha256")),
        source_gain_db=values["source_gain_db"],
        polarity_inverted=values["polarity_inverted"],
        offset_samples=values["offset_samples"],
        chain=read_chain(
            reader,
            values["chain"],
            (*key, "chain"),
            on_stem=True,
            known=((), ()) if known is None else (former.get("chain"), known.chain),
        ),
        trim_db=values["trim_db"],
        mute=values["mute"],
        solo=values["solo"],
        notes=values["notes"],
    )


def _master(reader: Reader, tree: Any, known: Known | None) -> Master:
    key: KeyPath = ("master",)
    former = {} if known is None else known[0].get("master", {})
    if known is not None and tree is former:
        return known[1].master
    values = reader.table(tree, key, fields.MASTER)
    if values["end_s"] != 0.0 and values["end_s"] <= values["start_s"]:
        reader.refuse(
            (*key, "end_s"),
            f"{shown(values['end_s'])} is not after start_s, {shown(values['start_s'])}: "
            "give a later time, or 0 for the end",
        )
    return Master(
        chain=read_chain(
            reader,
            values["chain"],
            (*key, "chain"),
            on_stem=False,
            known=((), ()) if known is None else (former.get("chain"), known[1].master.chain),
        ),
        start_s=values["start_s"],
        end_s=values["end_s"],
        fade_in_s=values["fade_in_s"],
        fade_out_s=values["fade_out_s"],
        fade_shape=values["fade_shape"],
    )


def _deliverables(reader: Reader, tree: Any, own_versions: Mapping[str, Any]) -> tuple[Deliverable, ...]:
    items = reader.tables(tree, ("deliverables",))
    asks_preset = any(isinstance(item, Mapping) and "preset" in item for item, _ in items)
    known_targets = targets() if asks_preset else {}
    known_versions = (*fields.BUILT_IN_VERSIONS, *own_versions)
    deliverables = tuple(
        _deliverable(reader, item, key, known_targets, known_versions) for item, key in items
    )
    refuse_duplicates(
        reader, ((made.name, (*key, "name")) for made, (_, key) in zip(deliverables, items, strict=True))
    )
    return deliverables


def _deliverable(
    reader: Reader,
    tree: Any,
    key: KeyPath,
    known_targets: Mapping[str, Target],
    known_versions: Sequence[str],
) -> Deliverable:
    values = reader.table(tree, key, fields.DELIVERABLE)
    check_file_name(reader, values["name"], (*key, "name"))
    preset = values["preset"]
    if preset is not None:
        if preset not in known_targets:
            reader.refuse((*key, "preset"), f"{shown(preset)} is unknown: {nearest(preset, known_targets)}")
        for field in fields.PRESET_KEYS:
            fill = getattr(known_targets[preset], field.name)
            if field.name not in tree and fill is not None:
                values[field.name] = fill
    _check_versions(reader, values["versions"], (*key, "versions"), known_versions)
    _check_encoding(reader, values, key)
    return Deliverable(**values)


def _check_encoding(reader: Reader, values: Mapping[str, Any], key: KeyPath) -> None:
    """Codecs take a few sample rates only."""
    rate = values["sample_rate"] or reader.sample_rate
    encoding = ENCODINGS[values["encoding"]]
    if not encoding.takes_rate(rate):
        possible = ", ".join(map(str, encoding.rates))
        reader.refuse(
            (*key, "encoding"),
            f"{shown(encoding.name)} cannot hold {rate} Hz, only {possible}: "
            f"set sample_rate = {encoding.nearest_rate(rate)} in this deliverable",
        )
    if values["dither"] == "shaped" and not (encoding.bits == 16 and rate in SHAPED_RATES):
        reader.refuse(
            (*key, "dither"),
            f'"shaped" is for 16 bits at {" and ".join(map(str, SHAPED_RATES))} Hz, this is {encoding.name} '
            f'at {rate} Hz: leave the key out, or say "tpdf"',
        )
    check_template(reader, values["file_name"], (*key, "file_name"))
    if values["mono_files"] and encoding.lossy:
        reader.refuse(
            (*key, "mono_files"),
            f"coders save by what both channels share, so {encoding.name} is not split into files of one "
            "channel: choose a WAV, AIFF or FLAC encoding",
        )


def _check_versions(reader: Reader, names: Sequence[str], key: KeyPath, known: Sequence[str]) -> None:
    if not names:
        reader.refuse(key, 'is empty: name at least one version, for example "master"')
    for index, name in enumerate(names):
        if name not in known:
            reader.refuse(
                (*key, index),
                f"{shown(name)} is unknown: {nearest(name, known)}, or define it under [versions]",
            )
        if name in names[:index]:
            reader.refuse((*key, index), f"{shown(name)} is there twice: remove one")
