"""The chain editor in words, from the very rows that are drawn."""

from __future__ import annotations

from collections.abc import Iterable

from engine.session.model import Session
from engine.session.words import value_text
from tui.controls.advice import advice_text
from tui.controls.places import chain_of, strip_name
from tui.panels.chain.advice import advice_of, row_help
from tui.panels.chain.rows import Row, chain_rows, resolved
from tui.panels.told import Told
from tui.view import View


def tell_chain(view: View) -> Told:
    """The focused strip's chain; the row's detail is its meaning, range, steps and what the card thinks."""
    session = view.session
    if session is None:
        return Told("chain", ["the session is still being loaded"])
    focus = resolved(session, view.focus)
    rows = chain_rows(session, focus)
    at = next((index for index, row in enumerate(rows) if row.spot == (focus.processor, focus.key)), 0)
    advice = advice_of(session, focus.stem, rows)
    found = [advice_text(one) for one in advice.get(rows[at].spot, ())] if rows else []
    detail = [row_help(rows[at], session.sample_rate), *dict.fromkeys(found)] if rows else []
    return Told(
        f"{strip_name(session, focus.stem)} chain, {_count(session, focus.stem)}",
        _others(advice.values(), found),
        [row_words(row) for row in rows],
        at,
        detail,
    )


def _count(session: Session, stem: int) -> str:
    count = len(chain_of(session, stem))
    return f"{count} processor{'' if count == 1 else 's'}" if count else "no processor: n adds one"


def _others(advice: Iterable[tuple[object, ...]], told: list[str]) -> list[str]:
    texts = [advice_text(one) for found in advice for one in found]  # type: ignore[arg-type]
    return [text for text in dict.fromkeys(texts) if text not in told]


def row_words(row: Row) -> str:
    """`3 Compressor, on, −18.0 dB, 2.0:1`; `band 1 gain, +1.0 dB`."""
    if row.depth == 0 and row.processor >= 0:
        state = "on" if row.enabled else "off"
        return ", ".join(filter(None, (f"{row.processor + 1} {row.label}", state, _listed(row.summary))))
    if row.place is None:
        return ", ".join(filter(None, (row.label, _listed(row.summary))))
    text = f"{row.label}, {value_text(row.place.parameter, row.place.value)}"
    return text if row.enabled else f"{text}, processor off"


def _listed(summary: str) -> str:
    return ", ".join(summary.split("  "))
