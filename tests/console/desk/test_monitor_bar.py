"""The monitor's line: its section never gives way, and what stands beside it is whole or not there."""

from __future__ import annotations

import dataclasses
import re

import pytest
from desk_pictures import Picture, changed, styled
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


@pytest.mark.parametrize(
    ("level_db", "reference_db", "words"),
    [
        (-12.0, -15.0, "+3.0 dB re reference"),
        (-15.0, -12.0, "−3.0 dB re reference"),
        (-12.0, -12.04, "at the reference"),
        (-12.0, -12.06, "+0.1 dB re reference"),
        (-12.0, float("nan"), "not calibrated"),
    ],
)
def test_the_level_beside_the_reference(level_db: float, reference_db: float, words: str) -> None:
    view = changed(Studio().view(), "monitor", level_db=level_db, reference_db=reference_db)
    text = line(view, 120, 36)
    assert words in text
    assert f" MONITOR  {level_db:.1f} dB".replace("-", "−") in text


@pytest.mark.parametrize(
    ("peak_dbtp", "over"), [(-0.96, False), (-0.95, False), (-0.94, True), (0.5, True), (float("nan"), False)]
)
def test_a_true_peak_is_over_where_its_figure_is(peak_dbtp: float, over: bool) -> None:
    """The ceiling is −1 dBTP; what is shown as that is not over it."""
    picture = Picture(120, 36)
    view = changed(Studio().view(), "master", true_peak_max_dbtp=peak_dbtp)
    picture.draw(dataclasses.replace(view, focus=Focus(Panel.HISTORY)))
    styles = [style for text, style in styled(picture.buffer)[-2] if text.startswith("TP")]
    assert styles == ["bold over" if over else "value"]


@pytest.mark.parametrize(
    ("progress", "left_s", "words"),
    [
        (0.42, 12.0, "solving the drive  42% 00:12 left"),
        (0.42, float("nan"), "solving the drive  42%"),
        (0.0, 65.0, "  0% 01:05 left"),
    ],
)
def test_work_beside_the_sound_stands_at_the_end(progress: float, left_s: float, words: str) -> None:
    view = changed(Studio().view(), "job", label="solving the drive", progress=progress, left_s=left_s)
    assert words in line(view, 200, 60)
