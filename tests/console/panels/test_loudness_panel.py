"""The loudness panel: figures, partial or whole, against deliverables and dated targets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from documents import with_words
from work_views import PATH, SIZES, Recorder, done, output, render_report, shown, view_of, with_row

from engine.link.history import Heard, History
from engine.link.snapshot import NO_MASTER, NO_STATUS, Snapshot
from engine.session.targets import listed, targets
from tui.display.cells import CellBuffer
from tui.panels.loudness.panel import LoudnessPanel
from tui.view import Panel, View
from tui.work.verb_job import Work
from tui.work.verb_runner import Runner

NAN = float("nan")


def playing(
    integrated_lufs: float = -12.34,
    true_peak_max_dbtp: float = -0.7,
    heard: float = 1.0,
    target: str | None = None,
) -> View:
    view = view_of(Panel.LOUDNESS)
    master = NO_MASTER._replace(
        integrated_lufs=integrated_lufs, lra_lu=5.1, true_peak_max_dbtp=true_peak_max_dbtp, plr_db=11.6
    )
    status = NO_STATUS._replace(loudness_heard=heard)
    document = with_words(view.document, {"target": target})
    return replace(view, snapshot=Snapshot(master=master, status=status), document=document)


@pytest.fixture
def panel(runner: Runner, own_folders: Path) -> LoudnessPanel:
    return LoudnessPanel(runner)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_size_compares_with_deliverables_and_targets(
    panel: LoudnessPanel, runner: Runner, width: int, height: int
) -> None:
    done(runner, Work("render", PATH, revision=3), render_report(output("streaming", "master")))
    text = shown(panel, playing(), width, height)
    for part in (
        "● the whole song",
        "LRA    5.1 LU",
        "streaming",
        "+1.7▲",
        "−0.3✖",
        "✓ −14.00 LUFS −1.01 dBTP" if width >= 92 else "✓ −14.00 −1.01",
    ):
        assert part in text
    assert width >= 92 or "on disk, LUFS dBTP" in text
    assert "not rendered" in text
    assert targets()["spotify"].title in text
    assert "▲ 1.7 LU above" in text
    assert targets()["spotify"].date in text  # type: ignore[operator]
    assert ("integrated  −12.3 LUFS" in text) == (height < 25)


def test_what_is_not_known_of_the_whole_song_is_marked(panel: LoudnessPanel) -> None:
    assert "○ partial: 43% of the song known" in shown(panel, playing(heard=0.435))
    history = History(3, 4800, 48000, (-14.0,) * 10, bytes([1] * 8 + [2] * 2))
    text = shown(panel, replace(playing(heard=0.996), history=history))
    assert "○ partial: 99%" in text
    assert "20% before the newest edits" in text


def test_before_anything_was_heard_nothing_is_made_up(panel: LoudnessPanel) -> None:
    text = shown(panel, playing(NAN, float("-inf"), heard=0.0))
    assert "▲" not in text
    assert "▼" not in text
    assert "−∞ dBTP" in text


@pytest.mark.parametrize(("lufs", "sign"), [(-14.0, " 0.0 "), (-15.5, "−1.5▼"), (-13.0, "+1.0▲")])
def test_differences_have_a_sign_besides_their_colour(panel: LoudnessPanel, lufs: float, sign: str) -> None:
    row = next(row for row in shown(panel, playing(lufs, -3.0)).splitlines() if "streaming" in row)
    assert sign in row
    assert "2.0 " in row  # the margin below −1 dBTP


def test_the_chosen_row_tells_source_and_date(panel: LoudnessPanel) -> None:
    view = playing()
    assert panel.rows(view) == 2 + len(listed(targets()))
    for number, target in enumerate(listed(targets()).values()):
        text = " ".join(shown(panel, with_row(view, 2 + number), 148, 54).split())
        assert f"{target.title}: {target.source}, read on {target.date}" in text


def test_enter_plays_at_a_deliverable_and_back(panel: LoudnessPanel) -> None:
    controls = Recorder()
    assert panel.perform("play_target", "", playing(), controls)
    panel.perform("play_target", "", playing(target="streaming"), controls)
    panel.perform("play_target", "", with_row(playing(), 1), controls)
    panel.perform("play_target", "", with_row(playing(), 9), controls)
    assert [payload["deliverable"] for _, payload in controls.sent] == ["streaming", None, "cd"]
    assert "added: enter plays at it" in controls.said[0][0]
    assert "▶ streaming" in shown(panel, playing(target="streaming"))


def test_a_broken_file_of_targets_is_named(own_folders: Path, runner: Runner) -> None:
    view = playing()
    path = own_folders / "config" / "stemlathe" / "targets.toml"
    path.parent.mkdir(parents=True)
    path.write_text("[targets.x\n", encoding="utf-8")
    text = shown(LoudnessPanel(runner), view, 160, 42)
    # a long path goes over several lines
    assert "targets.toml" in "".join(line.partition("│")[0].strip() for line in text.splitlines())


def test_moving_by_less_than_is_shown_draws_nothing(panel: LoudnessPanel) -> None:
    buffer = CellBuffer(80, 18)
    canvas = buffer.canvas
    panel.draw(canvas, playing(-12.34))
    buffer.take_changes()
    panel.draw(canvas, playing(-12.33, heard=1.0))
    assert buffer.take_changes() == []
    panel.draw(canvas, playing(-12.44))
    assert 0 < len(buffer.take_changes()) < 18


def test_the_chosen_deliverable_is_marked_all_along(panel: LoudnessPanel) -> None:
    buffer = CellBuffer(120, 30)
    panel.draw(buffer.canvas, playing())
    rows = ["".join(glyphs) for glyphs in buffer.glyphs]
    row = next(row for row, text in enumerate(rows) if "▸ streaming" in text)
    marked = [style.endswith(" on selected") for style in buffer.styles[row]]
    assert all(marked[rows[row].index("▸") : len(rows[row].rstrip())]), rows[row]


def test_a_target_becomes_a_deliverable_with_enter(panel: LoudnessPanel) -> None:
    view = playing()
    view = replace(view, document=with_words(view.document, {"text": '[[deliverables]]\nname = "hall"\n'}))
    place = len(view.session.deliverables) + list(panel.targets()).index("apple-music")
    controls = Recorder()
    panel.perform("play_target", "", with_row(view, place), controls)
    ((label, changes),) = controls.edits
    assert "apple-music" in label
    new = {"name": "apple-music", "preset": "apple-music"}
    assert changes == [(("deliverables", 1), new)]
    assert [name for name, _ in panel.labels(view)][place] == "apple-music"
    assert controls.moves == [{"row": len(view.session.deliverables)}]


# -- the histogram on wide screens -----------------------------------------------------------------


def _wide(panel: LoudnessPanel, view: View, *, outdated: bool = False) -> CellBuffer:
    """Two thirds of the song at −12.2, a third at −15.2."""
    states = bytes([Heard.OUTDATED if outdated else Heard.HEARD] * 900 + [Heard.UNHEARD] * 90)
    history = History(1, 480, 480 * 990, [-12.2] * 600 + [-15.2] * 300 + [NAN] * 90, states)
    buffer = CellBuffer(200, 52)
    panel.draw(buffer.canvas, replace(view, history=history))
    return buffer


def test_a_wide_screen_shows_how_much_of_the_song_is_how_loud(panel: LoudnessPanel) -> None:
    buffer = _wide(panel, playing(-12.3))
    bars = {
        row: styles.count("loudness")
        for row, (styles, glyphs) in enumerate(zip(buffer.styles, buffer.glyphs, strict=True))
        if any(one == "loudness" and glyph == "█" for one, glyph in zip(styles, glyphs, strict=True))
    }
    assert len(bars) == 2
    loud, soft = sorted(bars)
    assert soft - loud == 6  # 3 LU in steps of half
    filled = [sum(glyph in "▏▎▍▌▋▊▉█" for glyph in buffer.glyphs[row][110:]) for row in (loud, soft)]
    assert filled[1] == pytest.approx(filled[0] / 2, abs=1)
    rows = buffer.text().splitlines()
    assert "the song −12.3" in rows[loud]
    # −14 lies between both, and its targets stand there
    between = next(row for row in rows if "◂ −14.0 Spotify, TIDAL" in row)
    assert loud < rows.index(between) < soft
    assert "◂ −11.0 Spotify, listener setting Loud" in buffer.text()


def test_what_was_heard_before_the_newest_edits_is_dimmed_there_too(panel: LoudnessPanel) -> None:
    buffer = _wide(panel, playing(-12.3), outdated=True)
    assert not any(
        one == "loudness" and glyph == "█"
        for styles, glyphs in zip(buffer.styles, buffer.glyphs, strict=True)
        for one, glyph in zip(styles, glyphs, strict=True)
        if glyph == "█"
    )


def test_before_anything_was_heard_there_is_no_bar(panel: LoudnessPanel) -> None:
    assert "nothing heard yet" in shown(panel, playing(NAN), 200, 52)


def test_every_target_is_named_beside_the_histogram(panel: LoudnessPanel) -> None:
    lines = _wide(panel, playing(-12.3)).text().splitlines()
    begin = min(line.index("◂") for line in lines if "◂" in line)
    text = " ".join(" ".join(line[begin:] for line in lines).split())
    names = [one.title for one in listed(targets()).values() if one.loudness_lufs is not None]
    assert [name for name in names if name not in text] == []
    assert "…" not in text


def test_each_target_says_who_says_so(panel: LoudnessPanel) -> None:
    """The day is the same in every row and stands in the lines below; whose rule it is differs."""
    text = shown(panel, playing(), 140, 50)
    assert "Spotify, support page on loudness normalization" in text
    assert "EBU R 128 version 5.0" in text
    assert "bible" not in text
    assert "House rule" not in text


def test_a_preset_that_another_target_stands_for_is_explained_all_the_same(panel: LoudnessPanel) -> None:
    view = playing()
    assert view.session is not None
    old = replace(view.session.deliverables[0], preset="producers-bible-tidal")
    view = replace(view, session=replace(view.session, deliverables=(old,)))
    text = " ".join(shown(panel, view, 120, 50).split())
    assert "The figures of the target apple-music" in text
    assert text.endswith("see the target tidal.")


@pytest.mark.parametrize(("width", "height"), [(80, 40), (100, 40), (120, 40), (200, 60)])
def test_no_name_of_a_target_is_cut(panel: LoudnessPanel, width: int, height: int) -> None:
    lines = shown(panel, playing(-14.0), width, height).splitlines()
    table = "\n".join(line.partition("│")[0] for line in lines)
    assert [one.title for one in listed(targets()).values() if one.title not in table] == []


@pytest.mark.parametrize("integrated_lufs", [-14.0, -14.3, -16.0, -12.3])
def test_every_target_is_named_where_the_song_stands_beside_it(
    panel: LoudnessPanel, integrated_lufs: float
) -> None:
    lines = _wide(panel, playing(integrated_lufs)).text().splitlines()
    begin = min(line.index("◂") for line in lines if "◂" in line)
    text = " ".join(" ".join(line[begin:] for line in lines).split())
    names = [one.title for one in listed(targets()).values() if one.loudness_lufs is not None]
    assert [name for name in names if name not in text] == []


def test_what_is_on_disk_is_whole_on_the_smallest_screen(panel: LoudnessPanel, runner: Runner) -> None:
    done(runner, Work("render", PATH, revision=2), render_report(output("streaming", "master")))
    row = next(line for line in shown(panel, playing(), 80, 18).splitlines() if "streaming" in line)
    assert row.rstrip().endswith("−14.00 −1.01")
