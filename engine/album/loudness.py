"""How loud an album is as the programme that it will be, before it is written."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.album.assembly import assembled, spots_of
from engine.album.source import TrackAudio
from engine.meters.gating import loudness_of
from engine.meters.loudness import LoudnessMeter
from engine.offline.ahead import ahead
from engine.progress import Progress
from engine.session.album.layout import CD_RATE, FRAME_SAMPLES, PREGAP_FRAMES, lay_out
from engine.session.album.model import Album


def programme_loudness(album: Album, audio: Mapping[int, TrackAudio], progress: Progress) -> float | None:
    """Loudness of a whole album, all its discs, each from LBA 0 on.

    Args:
        album: the album file as it was read.
        audio: of its tracks, by number, at their levels.
        progress: told about the pass.

    Returns:
        LUFS; None for silence.

    Raises:
        InputError: a track cannot be read, or breaks a rule of the CD.
    """
    powers = []
    for disc in range(1, len(album.discs) + 1):
        layout = lay_out(album, disc, {number: one.frames for number, one in audio.items()})
        meter = LoudnessMeter(CD_RATE, 2)
        starts = [(one.track.number, one.audio_start, one.overlap) for one in layout.tracks]
        done = 0
        for block in ahead(assembled(album, spots_of(audio, starts), layout.samples)):
            # from LBA 0 on, so that the gating blocks lie as in the file
            meter.process(block[max(0, PREGAP_FRAMES * FRAME_SAMPLES - done) :])
            done += len(block)
            progress("album loudness", done, layout.samples)
        powers.append(np.array(meter.slot_powers))
    return loudness_of(np.concatenate(powers)).integrated_lufs
