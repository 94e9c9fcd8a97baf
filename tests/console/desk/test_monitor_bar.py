"""The monitor's line: its section never gives way, and what stands beside it is whole or not there."""

from __future__ import annotations

import dataclasses
import re

import pytest
from desk_pictures import Picture, changed
from desk_views import Studio

from tui.view import Focus, Panel, View

SECTION = ("dim", "mono", "side", "swap")


def line(view: View, width: int, height: int) -> str:
    """The monitor's row of a panel that shows no loudness of its own."""
    picture = Picture(width, height)
    picture.draw(dataclasses.replace(view, focus=Focus(Panel.HISTORY)))
    return picture.buffer.text().splitlines()[-2]


@pytest.mark.parametrize("size", [(80, 24), (90, 24), (120, 36), (200, 60)])
@pytest.mark.parametrize("translation", ["", "car", "small radio"])
@pytest.mark.parametrize("soloed", [frozenset[int](), frozenset({0, 2})])
def test_a_figure_is_whole_or_not_there(
    size: tuple[int, int], translation: str, soloed: frozenset[int]
) -> None:
    view = Studio(soloed=soloed).view()
    view = changed(changed(view, "monitor", translation=translation), "master", true_peak_max_dbtp=-0.8)
    text = line(view, *size)
    assert "…" not in text
    assert all(name in text for name in SECTION)
    assert "−12.0 dB" in text
    for name in re.findall(r"\b(?:TP max|TP|I)(?= )", text):
        assert re.search(rf"\b{name} +~?−\d+\.\d\b", text), name
    if not translation and not soloed:
        assert "TP" in text
        assert " I " in text
