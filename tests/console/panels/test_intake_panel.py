"""The intake panel: findings and figures at every size, and a new file for a stem."""

from __future__ import annotations

import asyncio
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from documents import with_words
from work_views import (
    SIZES,
    TEXT,
    Recorder,
    check_report,
    done,
    null_report,
    shown,
    stem_figures,
    under_way,
    view_of,
    with_row,
)

from engine.compiler.warm import ensure_compiled
from engine.link.document import NO_DOCUMENT
from engine.report.check import StemFigures
from engine.report.reading import read_as
from engine.session.files import read_text_session
from tui.controls.asking import live_work
from tui.panels.intake.panel import IntakePanel
from tui.panels.intake.picture import extent, miniature
from tui.view import Panel, View
from tui.work.answers import read_answer
from tui.work.verb_job import Job, Stage
from tui.work.verb_runner import Runner

VIEW = view_of(Panel.INTAKE)


@pytest.fixture
def panel(runner: Runner) -> IntakePanel:
    return IntakePanel(runner)


def finish(runner: Runner, verb: str = "check", view: View = VIEW, **result: Any) -> Job:
    work = live_work(view, verb)
    assert work is not None
    return done(runner, work, result or check_report())


def test_before_the_first_check_it_says_what_to_do(panel: IntakePanel) -> None:
    assert "n checks the stems" in shown(panel, VIEW)
    controls = Recorder()
    assert panel.perform("check", "", VIEW, controls)
    assert controls.ran[0].words() == ["check", "/songs/Falling Water.toml", "--stdin", "--json"]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_size_shows_findings_and_stems(
    panel: IntakePanel, runner: Runner, width: int, height: int
) -> None:
    finish(runner)
    text = shown(panel, VIEW, width, height)
    for part in ("✖ FAIL", "1 error, 1 warning, 1 note", "Bäss 低音", "→ export it at 48000 Hz", "48k"):
        assert part in text
    for name in ("Drums", "Lead Vocal"):
        assert name in text
    for heading in ("rate", "length", "bits", "dBTP", "RMS"):
        assert heading in text
    assert ("corr" in text) == (width >= 160)
    assert "−5.8" in text
    assert "3:12.0" in text


def test_signs_tell_severity_without_colour(panel: IntakePanel, runner: Runner) -> None:
    finish(runner)
    rows = shown(panel, VIEW).splitlines()
    assert any(row.startswith(" ▸ ✖ sample rate") for row in rows)
    assert any(row.startswith("   ▲ clipping") for row in rows)
    assert any(row.startswith("   · length") for row in rows)
    # and each stem has its worst in front of its name; that of the chosen finding is pointed at
    assert any(row.startswith(" ‣ ✖ Bäss") for row in rows)
    assert any(row.startswith("   ▲ Drums") for row in rows)


def test_rows_go_through_findings_and_then_stems(panel: IntakePanel, runner: Runner) -> None:
    finish(runner)
    assert panel.rows(VIEW) == 6
    assert "→ ask for a new bounce" in shown(panel, with_row(VIEW, 1))
    assert "▸   Lead Vocal" in shown(panel, with_row(VIEW, 5))


def test_the_keys_stay_on_a_stem_when_a_check_finds_more(panel: IntakePanel, runner: Runner) -> None:
    """After a replacement enter must not offer another file for its neighbour."""
    finish(runner)
    view, controls = with_row(VIEW, 4), Recorder()
    panel.follow(view, controls)
    finish(runner, **check_report(findings=check_report()["findings"][:1]))
    panel.follow(view, controls)
    assert controls.moves == [{"row": 2}]
    panel.follow(with_row(VIEW, 2), controls)
    panel.follow(with_row(VIEW, 0), controls)  # on a finding it stays where it is
    finish(runner)
    panel.follow(with_row(VIEW, 0), controls)
    assert controls.moves == [{"row": 2}]


@pytest.mark.parametrize("row", [3, 14, 26])
def test_many_stems_scroll_with_the_chosen_one(panel: IntakePanel, runner: Runner, row: int) -> None:
    finish(runner, **check_report(24))
    text = shown(panel, with_row(VIEW, row), 80, 14)
    name = check_report(24)["stems"][row - 3]["name"]
    assert f" {name}" in text
    assert "▸" in text


def test_a_clean_set_says_so(panel: IntakePanel, runner: Runner) -> None:
    finish(runner, **check_report(verdict="pass", findings=[]))
    text = shown(panel, VIEW)
    assert "● PASS" in text
    assert "nothing to complain about" in text


def test_word_lengths_that_are_not_used_are_seen(panel: IntakePanel, runner: Runner) -> None:
    finish(runner, **check_report(stems=1, findings=[]))
    job = runner.jobs[-1]
    report = {"verdict": "warn", "findings": [], "stems": [stem_figures("A", true_bits=16)]}
    job.result = read_answer(job.work, report)
    assert "16<24" in shown(panel, VIEW)


def test_running_is_seen_and_cancelled(panel: IntakePanel, runner: Runner) -> None:
    work = live_work(VIEW, "check")
    assert work is not None
    job = under_way(runner, work)
    assert "42%" in shown(panel, VIEW)
    job.stage = Stage.WAITING
    panel.perform("cancel_check", "", VIEW, Recorder())
    assert job.stage is Stage.CANCELLED


def test_changed_files_make_it_outdated(panel: IntakePanel, runner: Runner) -> None:
    finish(runner)
    assert "outdated" not in shown(panel, VIEW)
    other = view_of(Panel.INTAKE, TEXT.replace("bass.wav", "bass 2.wav"))
    assert "outdated" in shown(panel, other)


def test_it_checks_when_it_is_first_looked_at(panel: IntakePanel, runner: Runner) -> None:
    controls = Recorder()
    panel.follow(view_of(Panel.STEMS), controls)
    panel.follow(replace(VIEW, document=NO_DOCUMENT), controls)
    assert controls.ran == []
    panel.follow(VIEW, controls)
    assert [work.verb for work in controls.ran] == ["check"]
    finish(runner)
    panel.follow(VIEW, controls)
    assert len(controls.ran) == 1


def test_a_stem_that_was_renamed_is_called_so(panel: IntakePanel, runner: Runner, tmp_path: Path) -> None:
    """Before, the row's stem was not found any more, and another one's file was replaced."""
    finish(runner)
    after = view_of(Panel.INTAKE, TEXT.replace('name = "Bäss 低音"', 'name = "Sub"'))
    text = shown(panel, after, 100, 28)
    assert "Bäss" not in text
    assert "outdated" not in text
    assert any(row.startswith(" ‣ ✖ Sub") for row in text.splitlines())
    assert ("Sub", "") in panel.labels(after)
    new = tmp_path / "bass new.wav"
    new.touch()
    row = panel.row_of_stem(after, [stem.name for stem in after.session.stems].index("Sub"))  # type: ignore[union-attr]
    controls = Recorder()
    panel.perform("replace_stem", str(new), with_row(after, row or 0), controls)
    assert controls.sent == [("replace", {"stem": "Sub", "path": str(new)})]


def test_the_key_of_a_stem_goes_to_its_row(panel: IntakePanel, runner: Runner) -> None:
    finish(runner)
    names = [stem.name for stem in VIEW.session.stems]  # type: ignore[union-attr]
    for place, name in enumerate(names):
        row = panel.row_of_stem(VIEW, place)
        assert row is not None
        assert f"▸ {_sign(shown(panel, with_row(VIEW, row)), name)}" in shown(panel, with_row(VIEW, row))


def _sign(text: str, name: str) -> str:
    """A stem's sign and name, as its row of the table has them."""
    (row,) = (row for row in text.splitlines() if f" {name}" in row and "PCM" in row)
    return row[3 : row.index(name) + len(name)]


def test_corrections_make_it_outdated_and_trims_do_not(panel: IntakePanel, runner: Runner) -> None:
    finish(runner)
    for line, outdated in (("trim_db = 1.0", False), ("offset_samples = -13", True)):
        text = TEXT.replace('path = "drums.wav"', f'path = "drums.wav"\n{line}')
        assert ("outdated" in shown(panel, view_of(Panel.INTAKE, text))) == outdated


def test_a_new_file_for_a_stem(panel: IntakePanel, runner: Runner, tmp_path: Path) -> None:
    finish(runner)
    finish(runner, "null", **null_report(verdict="pass", residual_rms_dbfs=-101.0))
    new = tmp_path / "bass new.wav"
    controls = Recorder(answer=str(new))
    panel.perform("replace_stem", "", VIEW, controls)
    assert controls.sent == []  # there is no such file
    assert "is not there" in controls.said[0][0]
    new.touch()
    panel.perform("replace_stem", "", VIEW, controls)
    assert controls.asked[-1] == ("another file for Bäss 低音", "/songs/bass.wav")
    assert controls.sent == [("replace", {"stem": "Bäss 低音", "path": str(new)})]
    panel.follow(VIEW, controls)
    assert controls.ran == []  # the engine is still reading it
    after = view_of(Panel.INTAKE, TEXT.replace('"bass.wav"', f'"{new}"'), revision=4)
    panel.follow(after, controls)
    panel.follow(after, controls)
    assert [work.verb for work in controls.ran] == ["check", "null"]
    assert "testing …" in shown(panel, after, 100, 28)
    report = check_report()
    report["stems"][1] |= {"frames": 48000 * 192 + 480, "duration_s": 192.01, "bits": 16, "rms_dbfs": -18.4}
    finish(runner, "check", after, **report)
    finish(runner, "null", after, **null_report())
    text = " ".join(shown(panel, after, 100, 28).split())
    for part in ("+480 samples, +0.010 s", "24 bit → 16 bit", "(+2.00 dB)", "pass −101.0 dBFS → fail −31.2"):
        assert part in text


def test_a_replacement_that_the_engine_refused_is_forgotten(
    panel: IntakePanel, runner: Runner, tmp_path: Path
) -> None:
    finish(runner)
    (tmp_path / "new.wav").touch()
    controls = Recorder()
    panel.perform("replace_stem", str(tmp_path / "new.wav"), VIEW, controls)
    panel.follow(replace(VIEW, now_s=VIEW.now_s + 3600.0), controls)
    panel.follow(view_of(Panel.INTAKE, TEXT.replace("bass.wav", "b.wav"), revision=9), controls)
    assert controls.ran == []


def test_a_real_check_of_real_files(tmp_path: Path, random: np.random.Generator) -> None:
    for name in ("drums", "bass", "vocal"):
        samples = random.uniform(-0.1, 0.1, (24000, 2))
        soundfile.write(tmp_path / f"{name}.wav", samples, 48000, "PCM_24")
    soundfile.write(tmp_path / "mix.wav", samples, 44100, "PCM_16")
    path = tmp_path / "s.toml"
    view = replace(
        VIEW,
        session=read_text_session(TEXT, path),
        document=with_words(VIEW.document, {"path": str(path)}),
    )
    ensure_compiled()  # not in the child, where a cold cache would look like a hang

    async def act() -> None:
        runner = Runner()
        panel = IntakePanel(runner)
        controls = Recorder()
        panel.perform("check", "", view, controls)
        job = runner.start(controls.ran[0])
        await asyncio.wait_for(runner.wait(job), 120.0)
        assert job.stage is Stage.DONE, job.error
        text = shown(panel, view, 160, 42)
        assert "✖ FAIL" in text
        assert "44100 Hz" in text
        assert "0:00.5" in text

    asyncio.run(act())


def test_each_stem_is_seen_along_its_file_on_wide_screens(panel: IntakePanel, runner: Runner) -> None:
    """Half an amplitude is half as high; zeros at the ends are dots, as the figures have them."""
    levels = [None] * 12 + [-10.0] * 12 + [-16.02] * 12 + [-60.0] * 6 + [-71.0] * 6
    report = check_report(24)  # so many that there is no room for larger pictures
    report["stems"][0] |= {"leading_zeros_s": 48.0, "trailing_zeros_s": 0.0, "rms_along_dbfs": levels}
    report["stems"][1] |= {"leading_zeros_s": 0.0, "trailing_zeros_s": 96.0}
    work = live_work(VIEW, "check")
    assert work is not None
    done(runner, work, report)
    rows = shown(panel, VIEW, 200, 54).splitlines()
    heading = next(row for row in rows if "RMS along it, · zeros" in row)
    end = heading.index("RMS along it, · zeros") + len("RMS along it, · zeros")
    drums = next(row for row in rows if "Drums" in row[:16] and "48k" in row)
    assert drums[end - 24 : end] == "·" * 6 + "⣿" * 6 + "⣤" * 6 + "⣀" * 3 + "⠀" * 3
    assert any("⣿" * 12 + "·" * 12 in row for row in rows)
    assert "⣿" not in shown(panel, VIEW, 100, 28)


def figures_of(**changes: Any) -> StemFigures:
    return read_as(StemFigures, stem_figures("A", **changes))


def test_a_miniature_of_another_report_or_of_silence_shows_what_is_known() -> None:
    figures = figures_of(leading_zeros_s=0.0, trailing_zeros_s=5.0, duration_s=10.0, rms_along_dbfs=[])
    assert miniature(figures) == extent(figures) == "━" * 12 + "·" * 12
    assert miniature(replace(figures, rms_along_dbfs=(-math.inf,) * 48)) == extent(figures)
    short = miniature(replace(figures, trailing_zeros_s=0.0, rms_along_dbfs=(-6.0, -12.02)))
    assert short == "⣿" * 12 + "⣤" * 12
    assert miniature(replace(figures, duration_s=0.0)) == ""


def test_where_each_stem_begins_and_ends_is_seen_on_wide_screens(panel: IntakePanel, runner: Runner) -> None:
    report = check_report(24)
    for stem in report["stems"]:
        del stem["rms_along_dbfs"]  # as an older program has told it
    report["stems"][0] |= {"leading_zeros_s": 48.0, "trailing_zeros_s": 96.0, "duration_s": 192.0}
    report["stems"][1] |= {"leading_zeros_s": 0.0, "trailing_zeros_s": 0.1, "duration_s": 192.0}
    work = live_work(VIEW, "check")
    assert work is not None
    done(runner, work, report)
    text = shown(panel, VIEW, 200, 54)
    assert "·" * 6 + "━" * 6 + "·" * 12 in text
    assert "━" * 23 + "·" in text
    assert "━" not in shown(panel, VIEW, 100, 28)


def test_a_silent_file_is_a_line_of_its_own_all_the_same() -> None:
    silent = figures_of(leading_zeros_s=10.0, trailing_zeros_s=10.0, duration_s=10.0)
    assert len(extent(silent)) == 24
    assert extent(replace(silent, duration_s=0.0)) == ""


@pytest.mark.parametrize(("width", "height"), [(120, 30), (160, 42), (200, 54)])
def test_a_free_screen_shows_every_stem_along_one_axis_of_time(
    panel: IntakePanel, runner: Runner, width: int, height: int
) -> None:
    """One file is half as long as the others, and begins in its middle."""
    report = check_report()
    report["stems"][0] |= {"rms_along_dbfs": [-10.0] * 144}
    half = {"duration_s": 96.0, "leading_zeros_s": 48.0, "rms_along_dbfs": [None] * 72 + [-10.0] * 72}
    report["stems"][2] |= half | {"trailing_zeros_s": 0.0}
    report["stems"][1] |= {"leading_zeros_s": 192.0, "rms_along_dbfs": [None] * 144}
    work = live_work(VIEW, "check")
    assert work is not None
    done(runner, work, report)
    rows = shown(panel, VIEW, width, height).splitlines()
    begin = next(row for row in rows if "along the files" in row).index("RMS, each")
    drums, bass, vocal = (
        next(row for row in rows if name in row and ("0:" in row[-22:] or "silent" in row))
        for name in ("Drums", "Bäss", "Lead Vocal")
    )
    whole = sum(glyph not in " ⠀" for glyph in drums[begin : width - 22])
    there = drums[begin:].rstrip(" ")
    assert whole > width // 2
    dots = vocal[begin:].partition("├")[0]
    assert set(dots) == {"·"}
    assert len(dots) == pytest.approx(whole / 4, abs=2)
    filled = sum(0x2800 < ord(glyph) < 0x2900 for glyph in vocal[begin:])
    assert filled == pytest.approx(whole / 4, abs=2)
    assert vocal.rstrip().endswith("0:48.0    1:36.0")
    assert there.endswith("3:11.8")
    assert "silent" in bass
    assert any(row[begin : begin + 1] == "0" and "1:00" in row for row in rows), "the time stands below"


def test_which_of_many_stems_are_shown_is_whole(panel: IntakePanel, runner: Runner) -> None:
    work = live_work(VIEW, "check")
    assert work is not None
    done(runner, work, check_report(32))
    heading = next(row for row in shown(panel, with_row(VIEW, 34), 80, 18).splitlines() if "rate ch" in row)
    assert re.search(r"stem \d+–32 ", heading)
