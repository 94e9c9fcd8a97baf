"""Where the record of what was delivered is: a delivery's folder, the list of deliveries, or the renders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.delivery.contents import REPORT_JSON
from engine.delivery.generations import read_generations
from engine.delivery.render_record import read_render_record
from engine.errors import InputError
from engine.report.delivery import RECORD_FORMAT, DeliveryRecord
from engine.report.plain import from_json
from engine.report.reading import read_as


@dataclass(frozen=True)
class Delivered:
    """A delivery.

    Attributes:
        record: what it came from and what came of it.
        folder: where its files are; None where they are not at hand.
    """

    record: DeliveryRecord
    folder: Path | None


def delivery_in(folder: Path) -> Delivered:
    """The delivery in a folder, of this or an older format.

    Raises:
        InputError: there is none, it cannot be read, or a newer program made it.
    """
    path = folder / REPORT_JSON
    try:
        tree = from_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(
            f"{folder}: is no delivery: it has no {REPORT_JSON}: name a folder that 'stemlathe deliver' "
            "has made",
            kind="not_a_delivery",
            path=folder,
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be read ({error}): take it from another copy of the delivery",
            kind="damaged",
            path=path,
        ) from error
    return Delivered(_record(tree, path), folder)


def _record(tree: object, path: Path) -> DeliveryRecord:
    try:
        assert isinstance(tree, dict), "it is no table"
        record = tree["record"]
        if record["format"] > RECORD_FORMAT:
            raise InputError(
                f"{path}: was written by a newer program (format {record['format']}, this one knows "
                f"{RECORD_FORMAT}): use that one",
                kind="newer",
                path=path,
            )
        return read_as(DeliveryRecord, record)
    except (KeyError, TypeError, ValueError, AssertionError) as error:
        raise InputError(
            f"{path}: is no report of a delivery ({error}): take it from another copy of the delivery",
            kind="damaged",
            path=path,
        ) from error


def revision_of(session: Path, revision: int) -> Delivered:
    """One of the deliveries of a session, by its number.

    Raises:
        InputError: there is none of that number.
    """
    found = {one.revision: one for one in read_generations(session)}
    if revision not in found:
        numbers = ", ".join(str(number) for number in found) or "none yet"
        raise InputError(
            f"{session}: has no delivery of revision {revision}: there are {numbers}",
            kind="no_delivery",
            path=session,
        )
    folder = Path(found[revision].folder)
    return Delivered(found[revision].record, folder if folder.is_dir() else None)


def last_delivery(session: Path) -> Delivered:
    """The last delivery of a session; without one, its last render that has a record.

    Raises:
        InputError: there is neither.
    """
    generations = read_generations(session)
    if generations:
        return revision_of(session, generations[-1].revision)
    renders = session.parent / "renders"
    rendered = read_render_record(session, renders)
    if rendered is not None and rendered.record.outputs:
        return Delivered(rendered.record, renders)
    raise InputError(
        f"{session}: was never delivered from here: name the folder with --delivery FOLDER, or deliver "
        "it first",
        kind="no_delivery",
        path=session,
    )
