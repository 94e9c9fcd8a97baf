"""Versions while playing: what is heard is what is metered; and stems of another length."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.deliver.target import Rehearsal
from engine.errors import InputError, UsageError
from engine.live.graph.graph import Listen
from engine.live.graph.versions import live_versions
from engine.live.metering.levels import Metering
from engine.live.metering.song_loudness import UNHEARD
from engine.live.player.changes import Programme
from engine.live.player.player import State
from engine.session.model import Deliverable

RATE = 48_000
LIMITER = '{ type = "limiter", ceiling_dbtp = -1.0, drive_db = 6.0, release_ms = 100.0 }'
COMPRESSOR = '{ type = "compressor", threshold_db = -30.0, ratio = 4.0, release_ms = 800.0 }'
ROLES = {"band": "instruments", "voice": "vocals", "choir": "backing_vocals"}


def tone(frames: int, frequency_hz: float, level: float = 0.2) -> np.ndarray:
    """`(frames, 2)`: a tone."""
    one = level * np.sin(2.0 * np.pi * frequency_hz * np.arange(frames) / RATE)
    return np.stack([one, one], axis=1)


@pytest.fixture
def session(write_session):
    """Three tones through stem and master dynamics."""
    stems = {name: tone(3 * RATE, 200.0 + 110.0 * place) for place, name in enumerate(ROLES)}
    made = write_session(
        stems,
        stem_keys=f"chain = [ {COMPRESSOR} ]",
        master=f"chain = [ {COMPRESSOR}, {LIMITER} ]",
        extra="[versions.club]\ntrims_db = { band = 2.0 }",
        subtype="FLOAT",
    )
    stems = tuple(replace(stem, role=ROLES[stem.name]) for stem in made.stems)
    return replace(made, stems=stems)


def click_db(signal: np.ndarray) -> float:
    """The largest energy above 5 kHz in 1 ms, dBFS (see `test_edits.click_db`)."""
    energy = np.convolve(np.diff(signal[:, 0], n=4) ** 2, np.ones(48) / 48.0, mode="valid")
    return float(10.0 * np.log10(energy.max() + 1e-30))


def test_every_version_but_the_stems_can_be_heard(session):
    assert live_versions(session) == (
        *("master", "instrumental", "acapella", "tv", "music_effects", "vocal_up", "vocal_down", "club"),
    )


@pytest.mark.parametrize("version", ["stems", "dub"])
def test_what_cannot_be_heard_is_refused_and_the_rest_goes_on(session, play, version):
    tape = play(session)
    tape.player.play()
    with pytest.raises(UsageError, match=version):
        tape.player.set_programme(Programme(session, version=version))
    assert tape.player.programme.version == "master"
    tape.until_end()


def test_versions_follow_the_full_mix_and_add_up(session, play):
    signals = {}
    for version in ("master", "instrumental", "acapella"):
        tape = play(Programme(session, version=version))
        tape.player.play()
        tape.until_end()
        signals[version] = tape.signal
    difference = signals["instrumental"] + signals["acapella"] - signals["master"]
    assert np.abs(difference).max() < 1e-15
    assert np.abs(signals["instrumental"]).max() > 0.1


@pytest.mark.parametrize("version", ["instrumental", "acapella", "tv", "vocal_up", "club"])
def test_changing_the_version_does_not_click_and_goes_on_where_it_is(session, play, version):
    always = play(Programme(session, version=version))
    always.player.play()
    always.until_end()
    tape = play(session)
    tape.player.play()
    tape.until_frames(RATE)
    begun = len(tape.signal)
    tape.player.set_programme(Programme(session, version=version, revision=1))
    tape.until_settled()
    settled = len(tape.signal)
    tape.until_end()
    assert click_db(tape.signal[begun - 4800 :]) < -105.0
    assert np.array_equal(tape.positions, np.arange(3 * RATE))
    # the stems' dynamics are taken over: there is no swell of the release time's length
    assert np.abs(tape.signal[settled : 2 * RATE] - always.signal[settled : 2 * RATE]).max() < 0.02
    assert np.abs(tape.signal[-4800:] - always.signal[-4800:]).max() < 1e-3


def unlinked(session):
    """The same session with an instrumental that is a mix of its own, and a float and a loud deliverable."""
    plain = Deliverable("float", None, None, "programme", None, None, "wav32f", ("instrumental",))
    loud = replace(plain, name="loud", loudness_lufs=-14.0)
    return replace(session, unlinked=frozenset({"instrumental"}), deliverables=(plain, loud))


def rendered(session, deliverable: str, folder):
    """What a render of an instrumental reports."""
    jobs = plan_jobs(
        session, deliverables=[deliverable], versions=["instrumental"], folder=folder, force=True
    )
    return render(session, jobs).outputs[0]


def test_a_version_that_is_not_linked_plays_as_it_is_rendered(session, play, tmp_path):
    tapes = []
    for one in (session, unlinked(session)):
        tapes.append(play(Programme(one, version="instrumental")))
        tapes[-1].player.play()
        tapes[-1].until_end()
    report = rendered(unlinked(session), "float", tmp_path)
    written = soundfile.read(report.path, dtype="float32")[0]
    assert not report.linked
    linked, own = (tape.signal.astype(np.float32) for tape in tapes)
    assert np.array_equal(own.view(np.uint32), written.view(np.uint32))
    assert np.abs(own - linked).max() > 0.01


def test_a_version_that_is_no_longer_linked_is_heard_so_at_once(session, play):
    always = play(Programme(unlinked(session), version="instrumental"))
    always.player.play()
    always.until_end()
    tape = play(Programme(session, version="instrumental"))
    tape.player.play()
    tape.until_frames(RATE)
    tape.player.set_programme(Programme(unlinked(session), version="instrumental", revision=1))
    tape.until_settled()
    tape.until_end()
    assert np.abs(tape.signal[-4800:] - always.signal[-4800:]).max() < 1e-3


def test_the_drive_of_a_version_that_is_not_linked_is_the_one_it_is_rendered_with(session, tmp_path):
    own = unlinked(session)
    loud = own.deliverables[1]
    with Rehearsal(tmp_path) as rehearsal:
        of_the_mix = rehearsal.setting(session, loud, "instrumental").drive_db
        of_its_own = rehearsal.setting(own, loud, "instrumental").drive_db
    report = rendered(own, "loud", tmp_path / "out")
    assert report.integrated_lufs == pytest.approx(-14.0, abs=0.05)
    assert of_its_own == report.drive_db
    assert abs(of_its_own - of_the_mix) > 0.5


def test_meters_and_loudness_are_those_of_the_version(session, play):
    tape = play(Programme(session, version="instrumental"))
    metering = Metering(tape.player)
    tape.player.play()
    levels = []
    tape.until(lambda: bool(levels.extend(metering.collect())) or len(tape.signal) > 3 * RATE // 2)
    spectrum = levels[-1].master.spectrum_dbfs
    assert spectrum[10] > -40.0, "the band at 200 Hz is in it"
    assert spectrum[12] < spectrum[10] - 30.0, "the voice at 310 Hz is not"
    assert max(levels[-1].stems[1].peaks_dbfs) > -40.0, "its stem drives the dynamics all the same"
    here = len(tape.signal)
    tape.player.set_programme(Programme(session, revision=1))
    tape.until(lambda: metering.collect() is not None and tape.player.state is State.ENDED)
    metering.collect()
    instrumental, master = metering.loudness_of("instrumental"), metering.loudness
    assert master is metering.loudness_of("master")
    known = np.flatnonzero(instrumental.revisions != UNHEARD)
    assert known[0] == 0
    assert abs(known[-1] - here // 480) < 30
    assert (master.revisions == UNHEARD).all(), "nothing is stored within 3 s of joining it"


def test_dry_and_solo_are_those_of_the_version(session, play):
    programme = Programme(session, version="acapella", listen=Listen.DRY)
    tape = play(programme)
    tape.player.play()
    tape.until_end()
    dry = tone(3 * RATE, 310.0) + tone(3 * RATE, 420.0)
    heard = tape.heard[tape.heard_positions > RATE]
    at = tape.heard_positions[tape.heard_positions > RATE]
    assert len(at) > RATE
    assert np.abs(heard - dry[np.minimum(at, 3 * RATE - 1)].astype(np.float32))[:RATE].max() < 1e-6
    soloed = replace(session, stems=(replace(session.stems[0], solo=True), *session.stems[1:]))
    tape = play(Programme(soloed, version="acapella"))
    tape.player.play()
    tape.until_end()
    assert not tape.heard.any(), "the soloed band is not in the version"


def test_another_rate_is_refused_while_it_plays(session, play):
    tape = play(session)
    with pytest.raises(InputError, match="44100 Hz"):
        tape.player.set_programme(Programme(replace(session, sample_rate=44_100)))
    assert tape.player.programme.session.sample_rate == RATE


def with_file(session, path):
    """The session with another file for its first stem, and that one alone."""
    return replace(session, stems=(replace(session.stems[0], path=path),))


@pytest.mark.parametrize("seconds", [0.5, 2.0, 5.0])
def test_a_stem_of_another_length_changes_the_song(session, play, tmp_path, seconds):
    other = tmp_path / "other.wav"
    frames = round(seconds * RATE)
    soundfile.write(other, tone(frames, 500.0), RATE, subtype="FLOAT")
    tape = play(with_file(session, session.stems[0].path))
    metering = Metering(tape.player)
    player = tape.player
    player.set_loop(True, RATE, 3 * RATE)
    player.play()
    tape.until_frames(RATE * 5 // 4)
    player.set_programme(Programme(with_file(session, other), revision=1))
    assert player.song_frames == frames
    if frames < RATE:  # it is over, and the loop lies behind its end
        tape.until_end()
        assert player.position_frames <= RATE * 3 // 2
        tape.player.play()
        tape.until(lambda: 0 < player.position_frames < frames)
        return
    tape.until_settled()
    metering.collect()
    start = len(tape.signal)
    end = min(3 * RATE, frames)
    tape.until(lambda: (tape.positions[start:] == RATE).any())
    jump = int(np.flatnonzero(np.diff(tape.positions[start:]) < 0)[0]) + start
    assert (tape.positions[jump], tape.positions[jump + 1]) == (end - 1, RATE)
    player.set_loop(False)
    tape.until(lambda: metering.collect() is not None and player.state is State.ENDED)
    assert tape.positions[-1] == frames - 1
    assert metering.loudness.powers.size == frames * 100 // RATE + 2
