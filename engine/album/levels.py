"""The level of each track: kept in relation to the others, or each brought to the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.album.offset import keep_offset, known_offset_db
from engine.album.renders import Renders, Wanted, driven_db
from engine.album.segues import joined
from engine.album.source import FINISHED_LIMITER, TrackAudio, naming, opened
from engine.deliver.solve import MAXIMUM_DRIVE_DB, MINIMUM_DRIVE_DB, solve_drive
from engine.meters.loudness import LoudnessMeter
from engine.meters.truepeak import TruePeakMeter
from engine.plan.output import OutputSettings, fades_of, limiter_settings
from engine.progress import Progress
from engine.report.album import AlbumFinding
from engine.session.album.layout import CD_RATE
from engine.session.album.model import Album, AlbumTrack
from engine.session.chains import limiter_of
from engine.session.versions import MASTER, in_section, is_linked

#: Masters whose album lies within this of the target are left as they are; a report shows hundredths.
_CLOSE_ENOUGH_LU = 0.02
#: How often the offset is corrected by what the masters read.
_CORRECTIONS = 2
#: Of the common offset, dB: a gap that changes by a little leaves it, and no session is rendered again.
_DECIMALS = 2


@dataclass(frozen=True)
class _Own:
    """What a file is by itself, at the album's rate."""

    integrated_lufs: float | None
    true_peak_dbtp: float | None


class Levels:
    """Finds each track's audio at its level.

    Args:
        album: the album file as it was read.
        renders: masters of its sessions.
        progress: told about every pass.
        loudness_of: measures the album that is made of certain audio, LUFS; None for silence.
    """

    def __init__(
        self,
        album: Album,
        renders: Renders,
        progress: Progress,
        loudness_of: Callable[[Mapping[int, TrackAudio]], float | None],
    ) -> None:
        self._album = album
        self._renders = renders
        self._progress = progress
        self._loudness_of = loudness_of
        self._measured: dict[tuple[int, str], _Own] = {}
        self.findings: list[AlbumFinding] = []
        #: dB that every track was moved by, where their relations were kept.
        self.common_db = 0.0

    def found(self, numbers: Sequence[int]) -> dict[int, TrackAudio]:
        """The audio of those tracks at their levels, by track number.

        Raises:
            InputError: a track cannot be used; its name stands in front of why.
        """
        album = self._album
        if album.levels == "target" and album.loudness_lufs is not None:
            return self._in_discs({number: self._at_target(album.track(number)) for number in numbers})
        if album.loudness_lufs is None:
            return self._moved(numbers, 0.0)
        return self._kept(numbers, album.loudness_lufs)

    def found_of(self, numbers: Sequence[int]) -> dict[int, TrackAudio]:
        """Of some of an album's tracks what `found` gives of all; joined among each other only.

        The offset that keeps their relations is that of the whole album: the one it was last made or
        heard with, where nothing that it depends on has changed since, and otherwise found now.

        Args:
            numbers: of the tracks, in the order of their disc.

        Raises:
            InputError: a track cannot be used; its name stands in front of why.
        """
        album = self._album
        if album.loudness_lufs is None or album.levels == "target":
            return self.found(numbers)
        known_db = known_offset_db(album, self._renders)
        if known_db is None:
            self._kept([number for disc in album.discs for number in disc], album.loudness_lufs)
            known_db = self.common_db
        return self._moved(numbers, known_db)

    def _kept(self, numbers: Sequence[int], target_lufs: float) -> dict[int, TrackAudio]:
        """Every track moved by what brings the album to the target.

        Each session's stems run once for what goes into its limiter, and the common offset is found with
        that; then once more for the master at that offset, as any deliverable is rendered; the album made
        of those masters is measured.
        """

        def loudness_at(common_db: float) -> float | None:
            return self._loudness_of(self._moved(numbers, common_db, rehearsed=True))

        solution = solve_drive(loudness_at, target_lufs=target_lufs, first_drive_db=0.0)
        if solution.integrated_lufs is None:
            return self._moved(numbers, 0.0)
        self.common_db, reached = round(solution.drive_db, _DECIMALS), solution.integrated_lufs
        audio = self._moved(numbers, self.common_db)
        if any(one.track.session is not None for one in audio.values()):
            reached = self._loudness_of(audio) or reached
            for _ in range(_CORRECTIONS):
                if not solution.solved or abs(reached - target_lufs) <= _CLOSE_ENOUGH_LU:
                    break
                before = {one.path for one in audio.values()}
                self.common_db = round(self.common_db + target_lufs - reached, _DECIMALS)
                audio = self._moved(numbers, self.common_db)
                reached = self._loudness_of(audio) or reached
                stale = before - {one.path for one in audio.values()}
                self._renders.release(stale)
        if not solution.solved:
            self._tell_missed(reached)
        keep_offset(self._album, self._renders, self.common_db)
        return audio

    def _tell_missed(self, reached_lufs: float) -> None:
        self.findings.append(
            AlbumFinding(
                "warning",
                "loudness_unreachable",
                None,
                None,
                f"the album reaches {reached_lufs:.2f} LUFS instead of {self._album.loudness_lufs:.2f}",
                "ask for less, or raise the sessions' own levels",
            )
        )

    def _moved(
        self, numbers: Sequence[int], common_db: float, *, rehearsed: bool = False
    ) -> dict[int, TrackAudio]:
        """Every track at its own level, trim and a common offset; `rehearsed`: sessions not as masters."""
        return self._in_discs(self._unjoined(numbers, common_db, rehearsed=rehearsed))

    def _unjoined(
        self, numbers: Sequence[int], common_db: float, *, rehearsed: bool = False
    ) -> dict[int, TrackAudio]:
        moved = {}
        for track in map(self._album.track, numbers):
            gain_db = track.trim_db + common_db
            with naming(self._album, track):
                if track.session is None:
                    assert track.path is not None, "a track has one of both"
                    moved[track.number] = self._gained(opened(track, track.path, CD_RATE), gain_db)
                elif rehearsed:
                    moved[track.number] = self._rehearsed(track, gain_db)
                else:
                    moved[track.number] = self._driven(track, gain_db)
        return moved

    def _in_discs(self, audio: Mapping[int, TrackAudio]) -> dict[int, TrackAudio]:
        """With the tracks that continue each other on their disc as one programme."""
        found: dict[int, TrackAudio] = {}
        for disc in self._album.discs:
            found |= joined([number for number in disc if number in audio], audio)
        return found

    def _driven(self, track: AlbumTrack, gain_db: float) -> TrackAudio:
        """A session's master with that much more drive into its limiter; without one, with that gain."""
        limited = limiter_of(self._renders.session(track)) is not None
        wanted = Wanted(CD_RATE, extra_drive_db=gain_db if limited else 0.0)
        audio = opened(track, self._renders.file(track, wanted), CD_RATE)
        return audio if limited else replace(audio, gain_db=gain_db)

    def _rehearsed(self, track: AlbumTrack, gain_db: float) -> TrackAudio:
        """Nearly the same, from one pass over the stems for any gain.

        The gains of a part of the mix follow the whole mix; of such a version the plain gain is heard.
        """
        session = self._renders.session(track)
        limiter, values = limiter_of(session), limiter_settings(session)
        if limiter is None or values is None:
            return self._driven(track, gain_db)
        if track.version != MASTER and is_linked(session, track.version):
            return replace(self._driven(track, 0.0), gain_db=gain_db)
        whole = opened(track, self._renders.file(track, Wanted(CD_RATE, whole=True)), CD_RATE)
        drive_db = driven_db(limiter, gain_db)
        fades = fades_of(in_section(session, track.version).master, CD_RATE, whole.frames)
        master = OutputSettings(CD_RATE, {**values, "drive_db": drive_db}, drive_db, fades)
        return replace(whole, frames=fades.length_frames, master=master)

    def _gained(self, audio: TrackAudio, gain_db: float) -> TrackAudio:
        """A finished file with a gain, limited only where a raise would take it beyond the ceiling."""
        if gain_db <= 0.0:
            return replace(audio, gain_db=gain_db)
        peak = self._own(audio).true_peak_dbtp
        limited = peak is not None and peak + gain_db > float(FINISHED_LIMITER["ceiling_dbtp"])
        return replace(audio, gain_db=gain_db, limited=limited)

    def _at_target(self, track: AlbumTrack) -> TrackAudio:
        """A track at the target, its trim on top."""
        assert self._album.loudness_lufs is not None, "levels = target has one"
        target = self._album.loudness_lufs + track.trim_db
        with naming(self._album, track):
            if track.session is not None:
                solves = track.version == MASTER
                wanted = Wanted(CD_RATE, target_lufs=target if solves else None)
                audio = opened(track, self._renders.file(track, wanted), CD_RATE)
                if solves:
                    return audio
            else:
                assert track.path is not None, "a track has one of both"
                audio = opened(track, track.path, CD_RATE)
            return self._file_at(audio, target)

    def _file_at(self, audio: TrackAudio, target_lufs: float) -> TrackAudio:
        loudness = self._own(audio).integrated_lufs
        if loudness is None:
            return audio
        first_db = min(MAXIMUM_DRIVE_DB, max(MINIMUM_DRIVE_DB, target_lufs - loudness))
        gained = self._gained(audio, first_db)
        if not gained.limited:
            return gained

        def loudness_at(drive_db: float) -> float | None:
            return self._levels_of(replace(gained, gain_db=drive_db)).integrated_lufs

        solution = solve_drive(loudness_at, target_lufs=target_lufs, first_drive_db=first_db)
        return replace(gained, gain_db=solution.drive_db)

    def for_side(self, numbers: Sequence[int], sample_rate: int, *, limiter: bool) -> dict[int, TrackAudio]:
        """The audio of those tracks for a record, at another rate and as a rule without limiters.

        Relations are those of the CD: sessions keep their drive as a plain gain, moved by the same
        offset; where each track is brought to the target, so it is here.

        Args:
            numbers: of the tracks.
            sample_rate: Hz.
            limiter: the sessions' own limiters stay on.

        Raises:
            InputError: a track cannot be used.
        """
        audio = {
            number: self._side_audio(self._album.track(number), sample_rate, limiter) for number in numbers
        }
        return joined(numbers, audio)

    def _side_audio(self, track: AlbumTrack, sample_rate: int, limiter: bool) -> TrackAudio:
        target = self._album.loudness_lufs if self._album.levels == "target" else None
        gain_db = track.trim_db + self.common_db
        with naming(self._album, track):
            if track.session is None:
                assert track.path is not None, "a track has one of both"
                audio = opened(track, track.path, sample_rate)
            else:
                own = limiter_of(self._renders.session(track))
                kept = limiter and own is not None
                solves = kept and target is not None and track.version == MASTER
                wanted = Wanted(
                    sample_rate,
                    extra_drive_db=gain_db if kept and target is None else 0.0,
                    target_lufs=target + track.trim_db if solves and target is not None else None,
                    limiter=limiter,
                )
                audio = opened(track, self._renders.file(track, wanted), sample_rate)
                if kept:
                    return audio
                gain_db += 0.0 if own is None else float(own.values["drive_db"])
            if target is not None:
                loudness = self._levels_of(audio).integrated_lufs
                gain_db = 0.0 if loudness is None else target + track.trim_db - loudness
            return replace(audio, gain_db=gain_db)

    def _own(self, audio: TrackAudio) -> _Own:
        key = (audio.track.number, str(audio.path))
        if key not in self._measured:
            self._measured[key] = self._levels_of(replace(audio, gain_db=0.0, limited=False))
        return self._measured[key]

    def _levels_of(self, audio: TrackAudio) -> _Own:
        loudness, peak = LoudnessMeter(audio.sample_rate, 2), TruePeakMeter(audio.sample_rate, 2)
        label, done = f"measuring {audio.track.title}", 0
        for block in audio.blocks():
            block = np.ascontiguousarray(block)
            loudness.process(block)
            peak.process(block)
            done += len(block)
            self._progress(label, done, max(1, audio.frames))
        return _Own(loudness.result().integrated_lufs, peak.result().dbtp)
