"""What the background finds reaches the consoles, and what plays follows it."""

from __future__ import annotations

import math
import types

import pytest
from processes import wait_until
from studio import Studio, ask

from engine.deliver.target import Rehearsal
from engine.link.records import NullLamp
from engine.live.background.results import Match
from engine.meters.spectrum import BANDS
from engine.nulltest.nulltest import plain_null
from engine.processes.client import Client
from engine.server import results
from engine.server.findings import Findings
from engine.session.files import load_session

#: The background runs when nobody else does: on a busy machine that takes its time.
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def desk(studio: Studio) -> Client:
    """A console of an engine whose background has been through the song."""
    client = studio.attach()
    ask(client, "take_over")
    wait_until(lambda: client.document().match.processed_lufs is not None, PATIENCE_S)
    return client


def test_what_was_found_is_in_the_document(desk, studio):
    document = desk.document()
    report = plain_null(load_session(studio.song))
    assert document.null.verdict == report.verdict
    assert document.null.residual_rms_dbfs == pytest.approx(report.residual_rms_dbfs)
    assert document.self_check == "pass"
    assert document.overview.bins == 1000
    assert len(bytes.fromhex(document.overview.peaks)) == 1000
    assert len(bytes.fromhex(document.overview.rms)) == 1000
    wait_until(lambda: desk.document().marks, PATIENCE_S)
    marks = desk.document().marks
    assert not marks.old
    assert len(bytes.fromhex(marks.overs)) == 1000
    assert not document.match_old
    assert max(level or -99.0 for level in document.reference_short_term_lufs) < 0.0
    match = document.match
    assert match.dry_db == pytest.approx(match.processed_lufs - match.dry_lufs)
    assert match.dry_lufs == pytest.approx(match.reference_lufs, abs=0.01)
    assert len(document.master_spectrum_dbfs) == len(document.reference_spectrum_dbfs) == BANDS
    assert document.sentinel == ()
    wait_until(lambda: desk.snapshot().status.null_lamp == NullLamp.PASS)


def test_the_song_is_known_without_listening(desk):
    wait_until(lambda: desk.snapshot().status.loudness_heard == 1.0)
    integrated = desk.document().match.processed_lufs
    wait_until(lambda: abs(desk.snapshot().master.integrated_lufs - integrated) < 1e-6)


def test_the_louder_one_is_turned_down_and_nothing_moves_while_one_listens(desk):
    match = desk.document().match
    assert desk.snapshot().transport.match_db == 0.0
    ask(desk, "listen", source="dry")
    wait_until(lambda: desk.snapshot().transport.source.name == "DRY")
    assert desk.snapshot().transport.match_db == pytest.approx(min(0.0, match.dry_db), abs=1e-6)
    ask(desk, "listen", source="processed")
    wait_until(lambda: desk.snapshot().transport.source.name == "PROCESSED")
    assert desk.snapshot().transport.match_db == pytest.approx(min(0.0, -match.dry_db), abs=1e-6)
    assert match.dry_db != 0.0


def test_a_target_is_solved_and_played(desk, studio):
    session = load_session(studio.song)
    with Rehearsal(studio.folder) as rehearsal:
        expected = rehearsal.setting(session, session.deliverables[0])
    ask(desk, "target", deliverable="streaming")
    wait_until(lambda: desk.snapshot().status.target_lufs == -14.0)
    wait_until(lambda: not desk.snapshot().status.drive_stale, PATIENCE_S)
    wait_until(lambda: math.isclose(desk.snapshot().status.drive_db, expected.drive_db))


def test_the_null_lamp_is_the_null_tests_and_never_older_than_the_corrections(desk):
    assert desk.document().null_state == "current"
    ask(desk, "set", path="stems[0].polarity_inverted", value=True)
    wait_until(lambda: desk.document().null_state != "current")
    assert desk.document().null.verdict == "pass"  # what was found before is told as old
    wait_until(lambda: desk.snapshot().status.null_lamp == NullLamp.UNKNOWN, PATIENCE_S)
    wait_until(lambda: desk.snapshot().status.null_lamp == NullLamp.FAIL, PATIENCE_S)
    # the snapshot is published more often than the document
    wait_until(lambda: desk.document().null_state == "current", PATIENCE_S)
    document = desk.document()
    assert document.null.verdict == "fail"
    assert document.self_check == "pass"
    ask(desk, "undo")
    wait_until(lambda: desk.snapshot().status.null_lamp == NullLamp.PASS, PATIENCE_S)
    ask(desk, "set", path="stems[0].trim_db", value=0.5)  # no correction: the verdict holds on
    assert desk.snapshot().status.null_lamp == NullLamp.PASS
    ask(desk, "undo")


def test_spectra_are_told_as_json_has_them(monkeypatch):
    changed = []
    engine = types.SimpleNamespace(findings=Findings(), document_changed=lambda: changed.append(True))
    monkeypatch.setattr(results, "apply_match", lambda engine, *, switched: None)
    spectrum = (-30.123, -math.inf, *(-40.0,) * (BANDS - 2))
    results.take_in(engine, None, Match(1, "master", -9.8, -16.0, None, spectrum, None))
    assert engine.findings.master_spectrum_dbfs[:3] == (-30.12, None, -40.0)
    assert engine.findings.reference_spectrum_dbfs is None
    assert changed == [True]
