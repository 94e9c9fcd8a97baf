"""Whether a delivery is there already that would be the same if it were made again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.deliver.job import Job
from engine.delivery.contents import REPORT_JSON
from engine.delivery.evidence import read_evidence
from engine.delivery.generations import read_generations
from engine.delivery.render_record import would_be_the_same
from engine.delivery.session_copy import STEMS_FOLDER
from engine.delivery.sums import SHA256SUMS, hashes_of
from engine.errors import InputError
from engine.session.files import read_session_text
from engine.session.model import Session


def delivered_already(
    session: Session, jobs: Sequence[Job], folder: Path, *, with_stems: bool = False
) -> dict[str, Any] | None:
    """What `deliver` would tell of a folder, if it is this session's delivery, whole, and up to date.

    Every stem and every delivered file is read and hashed.

    Args:
        session: as it is now.
        jobs: the files that would be written.
        folder: the delivery.
        with_stems: what it came from has to be in it, too.

    Returns:
        `outputs` with absolute paths and whether everything `holds`; None: it has to be made.

    Raises:
        InputError: the list of deliveries is damaged.
    """
    try:
        manifest = hashes_of(folder / SHA256SUMS).sha256
    except OSError:
        return None
    if with_stems and not (folder / STEMS_FOLDER).is_dir():
        return None
    known = [one for one in read_generations(session.path) if one.manifest_sha256 == manifest]
    if not known:
        return None
    record = known[-1].record
    wanted = [(job.deliverable.name, job.version, job.stem) for job in jobs]
    text = hashlib.sha256(read_session_text(session.path).encode()).hexdigest()
    if (
        [(one.deliverable, one.version, one.stem) for one in record.outputs] != wanted
        or record.session_sha256 != text
        or not _is_whole(folder)
        or not would_be_the_same(record, session)
    ):
        return None
    return _document(folder)


def _is_whole(folder: Path) -> bool:
    """Every file that the sums name is there and as they say."""
    try:
        listed = read_evidence(folder).sha256
        return all(hashes_of(folder / name).sha256 == value for name, value in listed.items())
    except (InputError, OSError):
        return False


def _document(folder: Path) -> dict[str, Any]:
    """From the report, which the sums have proved."""
    tree = json.loads((folder / REPORT_JSON).read_bytes())
    outputs = [{**one, "path": str(folder / one["path"])} for one in tree["outputs"]]
    return {"outputs": outputs, "holds": _holds(tree)}


def _holds(tree: dict[str, Any]) -> bool:
    errors = any(one["severity"] == "error" for one in (*tree["findings"], *tree["intake"]["findings"]))
    null = tree["null"]
    fails = errors or (null is not None and null["verdict"] == "fail")
    return not fails and all(one["holds"] for one in tree["outputs"])
