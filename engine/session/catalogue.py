"""Gathers splits, roles and targets into one report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from engine.report.templates import (
    CardReport,
    Span,
    TargetReport,
    TemplateReport,
    TemplatesReport,
    TemplateStemReport,
)
from engine.session.roles import Card, Range, master_card, roles
from engine.session.starting_values import master_chain, stem_chain
from engine.session.targets import targets
from engine.session.template import templates

#: The rate at which starting chains are shown; only very low rates change them.
_SHOWN_RATE = 48000


def catalogue() -> TemplatesReport:
    """Everything a session can start from.

    Raises:
        SessionError: the user's own targets file is broken.
    """
    return TemplatesReport(
        templates=tuple(
            TemplateReport(
                name=template.name,
                title=template.title,
                help=template.help,
                stems=tuple(TemplateStemReport(stem.name, stem.role) for stem in template.stems),
            )
            for template in templates().values()
        ),
        roles=tuple(
            _card(role.name, role.title, role.card, stem_chain(role.card, _SHOWN_RATE))
            for role in roles().values()
        ),
        master=_card("master", "Master bus", master_card(), master_chain(_SHOWN_RATE)),
        targets=tuple(TargetReport(**dataclasses.asdict(target)) for target in targets().values()),
    )


def _card(name: str, title: str, card: Card, chain: Sequence[Mapping[str, Any]]) -> CardReport:
    return CardReport(
        name=name,
        title=title,
        column=card.title,
        trim_db=_span(card.trim_db),
        ratio=_span(card.ratio),
        eq_maximum_db=card.eq_maximum_db,
        attack_ms=_span(card.attack_ms),
        release_ms=_span(card.release_ms),
        starting_chain=tuple(chain),
    )


def _span(values: Range) -> Span:
    return (values.low, values.high)
