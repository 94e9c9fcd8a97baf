"""What the verbs that the console runs print, as the dataclasses that they wrote it from."""

from __future__ import annotations

from collections.abc import Mapping

from engine.report.album import AlbumReport, AuditionReport
from engine.report.check import CheckReport
from engine.report.deliver import DeliverOutcome, VerifyReport
from engine.report.measure import FullReport
from engine.report.new import NewReport
from engine.report.null import NotedNullReport
from engine.report.preview import Decoded
from engine.report.reading import read_as
from engine.report.render import RenderReport
from engine.report.translation import TranslationReport
from tui.work.verb_job import Work

#: By verb, with the options that the console gives it.
_KINDS: Mapping[str, type] = {
    "advise": TranslationReport,
    "album": AlbumReport,
    "check": CheckReport,
    "deliver": DeliverOutcome,
    "measure": FullReport,
    "new": NewReport,
    "null": NotedNullReport,
    "preview": Decoded,
    "render": RenderReport,
    "verify": VerifyReport,
}


def read_answer(work: Work, document: object) -> object:
    """What came of a piece of work.

    Raises:
        ValueError: it is not what that verb prints.
    """
    kind = AuditionReport if "--audition" in work.arguments else _KINDS[work.verb]
    return read_as(kind, document)
