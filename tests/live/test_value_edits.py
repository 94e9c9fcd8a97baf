"""Edits of values: heard in memory that is there, and to the last bit what was always so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.live.graph.graph import output_settings, processed_graph
from engine.live.graph.graph_memory import Slot
from engine.live.graph.sources import SourceFiles
from engine.live.player.changes import Programme
from engine.plan.layout import Memo
from engine.plan.output import OutputSettings

SECOND = 48_000
CHAIN = (
    'chain = [ { type = "eq", bands = [ { shape = "high_pass", frequency_hz = 40.0 }, '
    '{ shape = "peak", frequency_hz = 800.0, gain_db = 2.0 } ] }, '
    '{ type = "compressor", threshold_db = -30.0, ratio = 2.0, attack_ms = 10.0 } ]'
)
MASTER = (
    'chain = [ { type = "eq", bands = [ { shape = "high_shelf", frequency_hz = 9000.0, gain_db = 1.0 } ] }, '
    '{ type = "compressor", threshold_db = -24.0, ratio = 1.5 }, '
    '{ type = "limiter", ceiling_dbtp = -1.0, drive_db = 4.0, release_ms = 100.0 } ]'
)


@pytest.fixture
def song(write_session, material):
    """Three stems through chains of their own, a master chain behind them."""
    stems = {name: material(6 * SECOND, seed) for seed, name in enumerate("abc")}
    return write_session(stems, stem_keys=f"trim_db = -0.5\n{CHAIN}", master=MASTER)


def with_values(session, stem: int, place: int, **values):
    """The session with one processor of a stem changed; everything else is the same objects."""
    stems = list(session.stems)
    chain = list(stems[stem].chain)
    chain[place] = replace(chain[place], values={**chain[place].values, **values})
    stems[stem] = replace(stems[stem], chain=tuple(chain))
    return replace(session, stems=tuple(stems))


def with_trim(session, stem: int, trim_db: float):
    stems = list(session.stems)
    stems[stem] = replace(stems[stem], trim_db=trim_db)
    return replace(session, stems=tuple(stems))


def with_gain(session, stem: int, gain_db: float):
    bands = session.stems[stem].chain[0].values["bands"]
    return with_values(session, stem, 0, bands=(bands[0], {**bands[1], "gain_db": gain_db}))


EDITS = {
    "trim": lambda session, step: with_trim(session, 0, -1.0 - step),
    "EQ gain": lambda session, step: with_gain(session, 1, 3.0 + step),
    "threshold": lambda session, step: with_values(session, 2, 1, threshold_db=-36.0 - step),
    "makeup": lambda session, step: with_values(session, 0, 1, makeup_db=1.0 + step),
}


@pytest.fixture
def renewals(monkeypatch):
    """How often memory that was there has been used again."""
    found = []
    original = Slot.renew

    def renew(slot, graph, serial):
        found.append(serial)
        original(slot, graph, serial)

    monkeypatch.setattr(Slot, "renew", renew)
    return found


@pytest.mark.parametrize("name", EDITS)
def test_edited_before_it_plays_it_is_the_render_from_the_first_sample_on(play, song, name):
    """Paused at its beginning: nothing of what has been read ahead may be remembered."""
    edited, reference = play(song), play(EDITS[name](song, 2))
    for step in (1, 2):
        edited.player.set_programme(Programme(EDITS[name](song, step), revision=step))
        edited.until_settled()
    for tape in (edited, reference):
        tape.player.play()
        tape.until_frames(SECOND)
    assert np.array_equal(edited.signal[:SECOND], reference.signal[:SECOND])


@pytest.mark.parametrize("name", EDITS)
def test_from_the_third_edit_on_it_needs_no_new_memory_and_plays_as_if_it_had_always_been_so(
    play, song, name, renewals
):
    edited, reference = play(song), play(EDITS[name](song, 5))
    for step in (1, 2, 3, 4, 5):
        edited.player.set_programme(Programme(EDITS[name](song, step), revision=step))
        edited.until_settled()
    assert len(renewals) >= 3
    edited.player.seek(0)  # everything from its beginning, in memory that has run
    edited.until_settled()
    for tape in (edited, reference):
        tape.player.play()
        tape.until_end()
    assert np.array_equal(edited.signal, reference.signal)


def edited_while_playing(play, session, edit):
    """Signals of a song that six edits have led to and of one that always was so, from where both ended."""
    edited, reference = play(session), play(edit(session, 6))
    edited.player.play()
    edited.until_frames(SECOND // 4)
    for step in (1, 2, 3, 4, 5, 6):
        edited.player.set_programme(Programme(edit(session, step), revision=step))
        edited.until_settled()
        edited.until_frames(len(edited.signal) + 2000)
    settled = len(edited.signal)
    reference.player.play()
    for tape in (edited, reference):
        tape.until_end()
    return edited.signal[settled:], reference.signal[settled:]


@pytest.mark.parametrize("name", EDITS)
def test_once_it_has_settled_it_plays_what_a_render_writes(play, song, name, renewals):
    now, always = edited_while_playing(play, song, EDITS[name])
    assert renewals
    rest = slice(3 * SECOND, None)
    assert len(now[rest]) > SECOND // 2
    # what was before is forgotten but for the last bits of recursive filters (−240 dBFS), which no later
    # sample corrects; a seek leaves them likewise
    assert np.abs(now[rest] - always[rest]).max() < 1e-12


def test_what_no_filter_remembers_is_the_render_bit_for_bit(play, write_session, material, renewals):
    """A trim stands behind the filters: with the crossfade everything of the former one is over."""
    stems = {name: material(3 * SECOND, seed) for seed, name in enumerate("abc")}
    song = write_session(stems, stem_keys=f"trim_db = -0.5\n{CHAIN}", master="")
    now, always = edited_while_playing(play, song, EDITS["trim"])
    assert renewals
    assert len(now) > SECOND
    assert np.array_equal(now, always)


def test_another_structure_comes_in_between_and_back(play, song, renewals):
    """Memory that has run before another structure begins empty."""
    bypassed = with_trim(song, 0, -2.0)
    chain = bypassed.stems[1].chain
    stems = list(bypassed.stems)
    stems[1] = replace(stems[1], chain=(replace(chain[0], enabled=False), *chain[1:]))
    bypassed = replace(bypassed, stems=tuple(stems))
    edited, reference = play(song), play(with_trim(song, 0, -3.0))
    edited.player.play()
    edited.until_frames(SECOND // 2)
    edited.player.pause()
    edited.until(lambda: edited.player.state.name == "PAUSED")
    for revision, session in enumerate((bypassed, song, bypassed, with_trim(song, 0, -3.0)), 1):
        edited.player.set_programme(Programme(session, revision=revision))
        edited.until_settled()
    assert renewals
    edited.player.seek(0)
    edited.until_settled()
    begun = len(edited.signal)
    for tape in (edited, reference):
        tape.player.play()
        tape.until_end()
    assert np.array_equal(edited.signal[begun:], reference.signal)


def test_the_graph_of_an_edit_is_the_same_with_and_without_what_was_prepared_before(song):
    files, memo = SourceFiles(song.sample_rate), Memo()

    def packed(session, known):
        settings: OutputSettings = output_settings(session, 6 * SECOND)
        graph = processed_graph(session, files, settings, memo=known)
        return graph, graph.bus.packed(), graph.output.packed()

    session = song
    former = packed(session, memo)[0]
    for step in range(12):
        session = list(EDITS.values())[step % len(EDITS)](session, step)
        graph, *plans = packed(session, memo)
        _, *fresh = packed(session, None)
        for one, other in zip(plans, fresh, strict=True):
            assert np.array_equal(one.operations, other.operations)
            assert np.array_equal(one.parameters, other.parameters)
            assert np.array_equal(one.initial_state, other.initial_state)
        assert graph.is_like(former)
        former = graph
    muted = replace(session, stems=(replace(session.stems[0], mute=True), *session.stems[1:]))
    assert not packed(muted, memo)[0].is_like(former)
    files.close()
