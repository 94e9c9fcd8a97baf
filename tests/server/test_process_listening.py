"""Listening into a chain on a running engine: what is heard, what is told, what an edit makes of it."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import soundfile
from processes import wait_until
from studio import ask, edit, refused, text_of

from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.link.document import Listening, Match, TrackFound
from engine.link.records import Source
from engine.measure import measure_file
from engine.server.findings import Findings
from engine.server.level_match import apply_match
from engine.session.files import load_session

#: What the book calls what is set by these names.
_FIELDS = {"compared": "compared", "matched": "matched_db"}


def source_of(desk) -> Source:
    return desk.snapshot().transport.source


def test_delta_and_band_are_listened_to_and_told(desk):
    ask(desk, "listen", source="delta", of="stems[0].chain[0]")
    wait_until(lambda: source_of(desk) is Source.DELTA)
    told = Listening(stem="Drums", processor=0, type="compressor", band=-1)
    wait_until(lambda: desk.document().listening == told)
    assert desk.snapshot().transport.match_db == 0.0  # at the level it has
    ask(desk, "listen", source="band", of="master.chain[0].bands[0]")
    wait_until(lambda: source_of(desk) is Source.BAND)
    wait_until(lambda: getattr(desk.document().listening, "type", None) == "eq")
    ask(desk, "listen", source="processed")
    wait_until(lambda: source_of(desk) is Source.PROCESSED)
    wait_until(lambda: desk.document().listening is None)


def test_what_is_not_there_is_refused_in_words(desk):
    assert refused(desk, "listen", source="delta") == "bad_payload"
    assert refused(desk, "listen", source="delta", of="stems[0].trim_db") == "bad_payload"
    assert refused(desk, "listen", source="delta", of="stems[0].chain[7]") == "no_probe"
    assert refused(desk, "listen", source="band", of="stems[0].chain[0]") == "no_probe"
    assert refused(desk, "listen", source="track", of="single.wav") == "bad_payload"
    assert refused(desk, "listen", source="track", of="/nowhere/single.wav") == "missing_file"
    assert source_of(desk) is Source.PROCESSED


def written(song: Path, folder: Path) -> bytes:
    """The file that a render of the saved session writes."""
    jobs = plan_jobs(load_session(song), deliverables=["cd"], versions=["master"], folder=folder, force=True)
    return render(load_session(song), jobs).outputs[0].path.read_bytes()


def test_a_render_is_the_same_whatever_is_listened_into(desk, studio, tmp_path):
    """The monitor cannot reach it, not even by a session that is saved meanwhile."""
    ask(desk, "save")
    text = studio.song.read_bytes()
    plain = written(studio.song, tmp_path / "plain")
    for source, of in (("delta", "stems[0].chain[0]"), ("band", "master.chain[0].bands[0]")):
        ask(desk, "listen", source=source, of=of)
        wait_until(lambda source=source: source_of(desk).name.lower() == source)
        ask(desk, "save")
        assert studio.song.read_bytes() == text
        assert written(studio.song, tmp_path / source) == plain
    ask(desk, "listen", source="processed")
    wait_until(lambda: source_of(desk) is Source.PROCESSED)


def test_a_processor_that_goes_gives_way_to_the_song(desk):
    ask(desk, "listen", source="delta", of="stems[0].chain[0]")
    wait_until(lambda: source_of(desk) is Source.DELTA)
    before = text_of(desk)
    edit(desk, "Drums empty", ("stems[0].chain", []))
    wait_until(lambda: source_of(desk) is Source.PROCESSED)
    ask(desk, "undo")
    wait_until(lambda: text_of(desk) == before)
    assert source_of(desk) is Source.PROCESSED


def test_any_file_is_measured_and_matched_too(desk, studio, tmp_path):
    """An earlier render, say: 6 dB louder than the mix, and not among the session's references."""
    mix, rate = soundfile.read(studio.folder / "mix.wav")
    loud = tmp_path / "render.wav"
    soundfile.write(loud, 2.0 * mix, rate, "FLOAT")
    wait_until(lambda: desk.document().match.processed_lufs is not None, 120.0)
    ask(desk, "listen", source="track", of=str(loud), name="render.wav")
    wait_until(lambda: getattr(desk.document().listening, "integrated_lufs", None) is not None, 120.0)
    heard = desk.document().listening
    assert len(heard.spectrum_dbfs) == 31
    assert heard.integrated_lufs == pytest.approx(measure_file(loud).integrated_lufs, abs=0.01)
    louder = heard.integrated_lufs - desk.document().match.processed_lufs
    assert louder > 3.0
    wait_until(lambda: abs(desk.snapshot().transport.match_db + louder) < 0.01)
    assert desk.document().references == ()


def test_a_track_is_silent_until_it_can_be_matched():
    """Whatever was compared before; once its level and the song's are known it comes at that, not lower."""
    gains = []
    player = SimpleNamespace(set_match=lambda *pair: gains.append(pair))
    book = SimpleNamespace(
        listen="track", compared="dry", aim={"path": "/s/single.wav"}, matched_db=(0.0, -11.0)
    )
    engine: Any = SimpleNamespace(
        live=SimpleNamespace(book=book, set_value=lambda name, value: setattr(book, _FIELDS[name], value)),
        findings=Findings(match=Match(processed_lufs=-16.0)),
        audio=SimpleNamespace(player=player),
        match_waits=False,
        match_db=0.0,
    )
    apply_match(engine, switched=True)
    assert gains[-1][1] == 0.0
    assert engine.match_waits
    assert math.isnan(engine.match_db)
    engine.findings.tracks["/s/single.wav"] = TrackFound(-10.0)
    apply_match(engine, switched=False)
    assert engine.match_db == -6.0
    assert gains[-1][1] == pytest.approx(10 ** (-6.0 / 20.0))
    # while the song is being measured it is soft, whatever was compared before
    engine.findings.match = Match()
    apply_match(engine, switched=True)
    assert math.isnan(engine.match_db)
    assert not engine.match_waits
    assert gains[-1][1] == pytest.approx(10 ** (-13.0 / 20.0))
    engine.findings.match = Match(processed_lufs=-8.0)
    apply_match(engine, switched=False)
    assert (engine.match_db, book.matched_db) == (0.0, (-2.0, 0.0))
    # one that nobody can measure is neither silent for good nor louder than the song
    book.aim = {"path": "/s/odd.wav"}
    engine.findings.is_stuck = True
    apply_match(engine, switched=True)
    assert math.isnan(engine.match_db)
    assert 0.0 < gains[-1][1] < 0.2


def test_other_tracks_are_measured_matched_and_told(desk, studio):
    """One 12 dB softer than the mix, one that is not there."""
    mix, rate = soundfile.read(studio.folder / "mix.wav")
    soundfile.write(studio.folder / "single.flac", 0.25 * mix, rate, "PCM_24")
    text = studio.song.read_text()
    more = '[[references]]\nname = "Single"\npath = "single.flac"\n\n[[references]]\npath = "gone.wav"\n\n'
    studio.song.write_text(text.replace("[[stems]]", more + "[[stems]]", 1))
    told = lambda: [bool(one.integrated_lufs or one.problem) for one in desk.document().references]  # noqa: E731
    wait_until(lambda: told() == [True, True], 120.0)
    single, gone = desk.document().references
    assert single.name == "Single"
    assert len(single.spectrum_dbfs) == 31
    assert "gone.wav" in gone.problem
    wait_until(lambda: desk.document().match.processed_lufs is not None, 120.0)
    louder = desk.document().match.processed_lufs - single.integrated_lufs
    assert louder > 6.0
    ask(desk, "listen", source="track", of=single.path, name="Single")
    wait_until(lambda: source_of(desk) is Source.TRACK)
    assert desk.snapshot().transport.match_db == 0.0  # the softer one is left as it is
    ask(desk, "listen", source="processed")
    wait_until(lambda: abs(desk.snapshot().transport.match_db + louder) < 0.01)
