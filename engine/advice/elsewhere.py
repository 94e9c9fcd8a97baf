"""How a session sounds elsewhere: one pass over the mix and its stems, behind the master bus they share."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

from engine.advice.mixes import Mixes
from engine.cores import usable_cores
from engine.deliver.job import Job
from engine.errors import InputError
from engine.meters.loudness import LoudnessMeter
from engine.offline.bus import StemFiles
from engine.progress import Progress, silent
from engine.report.translation import Masking, SystemReport, TranslationReport
from engine.session.model import Deliverable, Session
from engine.session.playback import PlaybackSystem, playback_systems
from engine.session.versions import LEAD_VOCALS, MASTER, heard
from engine.translation.losses import LossMeter, sentences
from engine.translation.masking import PLAYBACK_DB_SPL, MaskingMeter

#: The session as it plays: no target, no limiter of a deliverable.
_AS_IT_PLAYS = Deliverable("", None, None, "programme", None, None, "wav32f", (MASTER,))


def elsewhere(session: Session, folder: Path, progress: Progress = silent) -> TranslationReport:
    """What each stem loses on each playback system, and what masks the vocal.

    Args:
        session: the session; its files are only read.
        folder: where a long song's stems are kept meanwhile.
        progress: told about every pass.

    Raises:
        InputError: a stem cannot be used, or all are muted.
        SessionError: the user's own playback systems cannot be used.
        MachineError: there is no room for what has to be kept.
    """
    begun = time.perf_counter()
    systems = tuple(playback_systems().values())
    if not heard(session):
        raise InputError(
            f"{session.path}: every stem is muted, so there is nothing to hear elsewhere: unmute one",
            kind="no_stems",
            path=session.path,
        )
    with StemFiles(session) as files, ExitStack() as stack:
        mixes = Mixes(session, files, Job(_AS_IT_PLAYS, MASTER, session.path), folder, stack, progress)
        losses = stack.enter_context(LossMeter(systems, session.sample_rate, mixes.names, usable_cores()))
        masking, reason, vocals = _masking_meter(session, mixes, progress)
        programme = mixes.with_stems()
        done = 0
        for block in programme.blocks():
            losses.process(block)
            if masking is not None:
                masking.process(block[:, 2:])
            done += len(block)
            progress("elsewhere", done, programme.frames)
        mix, *stems = losses.finish()
        maskers = () if masking is None else masking.finish()
    return TranslationReport(
        systems=tuple(_system(system) for system in systems),
        mix=mix,
        stems=tuple(stems),
        sentences=sentences(stems, systems),
        masking=Masking(vocals, maskers, PLAYBACK_DB_SPL, reason),
        seconds=time.perf_counter() - begun,
    )


def _system(system: PlaybackSystem) -> SystemReport:
    return SystemReport(
        system.name,
        system.title,
        system.mono,
        system.mono_below_hz,
        system.basis,
        system.source,
        system.date,
    )


def _masking_meter(
    session: Session, mixes: Mixes, progress: Progress
) -> tuple[MaskingMeter | None, str | None, tuple[str, ...]]:
    """What listens for masking, or why nothing does; and the stems that are the vocal."""
    vocals = tuple(stem.name for stem in heard(session) if stem.role == LEAD_VOCALS)
    if not vocals:
        return None, f"no stem that is heard has the role {LEAD_VOCALS}: give one that role", ()
    if len(vocals) == len(mixes.names):
        return None, "there is nothing but the vocal", vocals
    loudness = LoudnessMeter(session.sample_rate, 2)
    programme, done = mixes.programme({}), 0
    for block in programme.blocks():
        loudness.process(block[:, :2].copy())
        done += len(block)
        progress("loudness", done, programme.frames)
    integrated = loudness.result().integrated_lufs
    if integrated is None:
        return None, "the mix has no loudness", vocals
    places = [mixes.names.index(name) for name in vocals]
    return MaskingMeter(session.sample_rate, mixes.names, places, integrated), None, vocals
