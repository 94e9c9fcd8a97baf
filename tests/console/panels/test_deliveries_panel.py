"""The render panel beside the disk: renders of others, deliveries, verifications, the note to the client."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from documents import with_words
from work_views import PATH, TEXT, Recorder, done, output, shown, view_of

from engine.report.deliver import FileFinding, VerifiedFile, VerifyReport
from engine.report.delivery import DeliveredFile, DeliveryRecord, Generation
from engine.report.plain import as_json
from engine.session.files import read_text_session
from engine.session.settings import settings_of
from tui.panels.render.panel import RenderPanel
from tui.view import Panel, View
from tui.work.verb_job import Job, Stage, Work
from tui.work.verb_runner import Runner


@pytest.fixture
def panel(runner: Runner) -> RenderPanel:
    return RenderPanel(runner)


@pytest.fixture
def view(tmp_path: Path) -> View:
    """A console whose session is a file of this test."""
    path = tmp_path / "song.toml"
    path.write_text(TEXT, encoding="utf-8")
    seen = view_of(Panel.RENDER)
    return replace(
        seen, session=read_text_session(TEXT, path), document=with_words(seen.document, {"path": str(path)})
    )


def record(view: View, **changes: object) -> DeliveryRecord:
    assert view.session is not None
    file = DeliveredFile("a/Song.wav", "master", None, "streaming", "a" * 64, "b" * 64, -14.0, -1.02)
    values: dict[str, object] = {
        "format": 1,
        "program": "0.1.0",
        "numerics": {},
        "session": view.session.path.name,
        "session_sha256": "",
        "settings": settings_of(view.session),
        "stems": (),
        "reference": None,
        "targets": (),
        "outputs": (file,),
    }
    return DeliveryRecord(**values | changes)  # type: ignore[arg-type]


def rendered_by_another(view: View, **changes: object) -> Path:
    """What a render from a command line leaves: a file and the record beside it."""
    assert view.session is not None
    folder = view.session.path.parent / "renders"
    (folder / ".stemlathe").mkdir(parents=True)
    (folder / "Song.wav").write_bytes(b"audio")
    tree = {
        "format": 1,
        "planned": ["Song.wav"],
        "record": as_json(record(view, **changes)),
        "outputs": [{**output("streaming", "master"), "path": "Song.wav", "sha256": "c0ffee" * 10}],
    }
    (folder / ".stemlathe" / "song-1.json").write_text(json.dumps(tree), encoding="utf-8")
    return folder / "Song.wav"


def delivered(view: View, *revisions: int) -> None:
    """A list of deliveries, with a line of another session and one that is damaged."""
    assert view.session is not None
    lines = [
        json.dumps(
            as_json(Generation(n, "2026-01-02T03:04:05Z", "for Ada", "/out/x", "d" * 64, "m", record(view)))
        )
        for n in revisions
    ]
    other = Generation(9, "", "", "/elsewhere", "", "", record(view, session="other.toml"))
    lines += [json.dumps(as_json(other)), "{"]
    (view.session.path.parent / "deliveries.jsonl").write_text("\n".join(lines), encoding="utf-8")


def test_what_another_program_has_rendered_is_shown(panel: RenderPanel, view: View) -> None:
    assert "not rendered yet" in shown(panel, view)
    rendered_by_another(view)
    text = shown(panel, replace(view, now_s=view.now_s + 2.0), 200, 30)
    assert "✓ 1 hold" in text
    assert "Song.wav" in text
    assert "c0ffeec0ffee" in text
    assert "○" not in text


def test_files_of_other_settings_are_marked_and_lost_ones_are_not_shown(
    panel: RenderPanel, runner: Runner, view: View
) -> None:
    file = rendered_by_another(view, settings={"title": "as it was"})
    assert "✓○" in shown(panel, view)
    file.unlink()
    later = RenderPanel(runner)
    assert "not rendered yet" in shown(later, view)


@pytest.mark.parametrize(("width", "height"), [(80, 18), (200, 54)])
def test_the_newest_delivery_is_shown(panel: RenderPanel, view: View, width: int, height: int) -> None:
    delivered(view, 1, 2)
    text = shown(panel, view, width, height)
    assert "delivered: revision 2  2026-01-02 03:04:05 UTC  1 file" in text
    assert "/elsewhere" not in text


def test_deliver_asks_where_and_runs_the_verb(panel: RenderPanel, view: View) -> None:
    controls = Recorder(answer="/out/song")
    panel.perform("deliver", "", view, controls)
    prompt, proposed = controls.asked[0]
    assert "folder" in prompt
    assert proposed.endswith("deliveries/Falling Water")
    assert view.session is not None
    assert controls.ran == [Work("deliver", view.session.path, ("--out", "/out/song"), revision=3)]
    controls = Recorder(answer="  ")
    panel.perform("deliver", "", view, controls)
    assert controls.ran == []


def test_an_earlier_delivery_is_set_aside_only_after_asking(
    panel: RenderPanel, runner: Runner, view: View
) -> None:
    work = Work("deliver", PATH, ("--out", "/out"), revision=3)
    error = "/out: a delivery is already there: choose another folder, or give --force to set that one aside"
    runner.jobs.append(Job(work, Stage.FAILED, 1, error=error, error_kind="exists"))
    controls = Recorder()
    for _ in range(2):
        panel.follow(view, controls)
    assert len(controls.confirmed) == 1
    assert controls.ran == [replace(work, arguments=("--out", "/out", "--force"))]


def test_a_verification_is_shown_with_its_first_finding(
    panel: RenderPanel, runner: Runner, view: View
) -> None:
    delivered(view, 1)
    controls = Recorder(answer="/out/x")
    panel.perform("verify_delivery", "", view, controls) if shown(panel, view) else None
    assert controls.asked[0][1] == "/out/x"
    assert controls.ran == [Work("verify", Path("/out/x"))]
    files = tuple(VerifiedFile(Path("/out/x/Song.wav"), one, None, None, None) for one in ("ok", "changed"))
    finding = FileFinding("error", "changed", "Song.wav", "is not what SHA256SUMS says", "copy it again")
    done(runner, controls.ran[0], as_json(VerifyReport(files, (finding,), ())))
    text = shown(panel, view)
    assert "✖ 1 of 2 files are not as they were delivered" in text
    assert "Song.wav: is not what SHA256SUMS says" in text
    done(runner, controls.ran[0], as_json(VerifyReport(files[:1], (), ())))
    assert "✓ all 1 files are as they were delivered" in shown(panel, view)


def test_the_note_to_the_client_names_files_and_figures(
    panel: RenderPanel, view: View, tmp_path: Path
) -> None:
    controls = Recorder()
    panel.perform("client_note", "", view, controls)
    assert "no delivery" in controls.said[0][0]
    delivered(view, 3)
    shown(panel, view)
    panel.perform("client_note", str(tmp_path / "note.txt"), view, controls)
    text = (tmp_path / "note.txt").read_text(encoding="utf-8")
    assert "revision 3" in text
    assert "a/Song.wav" in text
    assert "−14.00 LUFS, −1.02 dBTP" in text
