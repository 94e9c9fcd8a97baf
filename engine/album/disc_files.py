"""One pass over a disc's programme: image, wave file, a file per track, and what they measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.album.assembly import assembled, spots_of
from engine.album.source import Doubles, TrackAudio
from engine.audio.dither import quantise
from engine.audio.writer import AudioWriter, open_writer
from engine.ddp.writing.records import IMAGE_NAME
from engine.deliver.file_names import safe_name
from engine.files import AtomicFile
from engine.measure import Measurer
from engine.meters.loudness import LoudnessMeter
from engine.offline.ahead import ahead
from engine.progress import Progress
from engine.report.measure import FileMeasurement
from engine.session.album.layout import CD_RATE, FRAME_SAMPLES, PREGAP_FRAMES, DiscLayout, boundaries
from engine.session.album.model import Album

Integers = NDArray[np.int32]

_BITS = 16
_FULL_SCALE = float(1 << (_BITS - 1))
#: Chooses the dither of the image: one sequence from its first sample to its last.
_DITHER_KEY = 0x616C62756D


@dataclass(frozen=True)
class DiscFiles:
    """What the pass over a disc has found.

    Attributes:
        tracks: measurements of the track files, by track number in the album.
        paths: of the track files, relative to the album's folder.
        slot_powers: of the programme from LBA 0, for the loudness of the whole album.
        saturated: samples beyond full scale, by track number; only those that have any.
        dithered: False: every sample of every source was a 16-bit one already, and left as it is.
    """

    tracks: Mapping[int, FileMeasurement]
    paths: Mapping[int, Path]
    slot_powers: Doubles
    saturated: Mapping[int, int]
    dithered: bool


def needs_dither(layout: DiscLayout, audio: Mapping[int, TrackAudio]) -> bool:
    """Whether anything on the disc is not a 16-bit sample of its file as it stands."""
    for one in layout.tracks:
        source, track = audio[one.track.number], one.track
        if one.overlap or track.fade_in_s or track.fade_out_s:
            return True
        if not source.is_untouched or source.subtype != "PCM_16":
            return True
    return False


def write_disc(
    album: Album,
    layout: DiscLayout,
    audio: Mapping[int, TrackAudio],
    folder: Path,
    ddp_folder: Path,
    progress: Progress,
) -> DiscFiles:
    """Writes `IMAGE.DAT`, `album.wav` and `tracks/` of a disc from one run of its programme.

    Args:
        album: the album file as it was read.
        layout: of the disc.
        audio: of its tracks, by number.
        folder: of the album, being filled.
        ddp_folder: of the set, inside it.
        progress: told how far it is.

    Raises:
        InputError: a track's file cannot be read.
        MachineError: the system refused.
    """
    with ExitStack() as stack:
        writing = _Writing(album, layout, folder, ddp_folder, stack, needs_dither(layout, audio))
        starts = [(one.track.number, one.audio_start, one.overlap) for one in layout.tracks]
        label = "album" if len(album.discs) == 1 else f"disc {layout.number}"
        for block in ahead(assembled(album, spots_of(audio, starts), layout.samples)):
            writing.process(block)
            progress(label, writing.position, layout.samples)
        return writing.done()


class _Writing:
    """The open files and meters of a disc."""

    def __init__(
        self, album: Album, layout: DiscLayout, folder: Path, ddp: Path, stack: ExitStack, dithers: bool
    ) -> None:
        self.position = 0
        self._album = album
        self._layout = layout
        self._folder = folder
        self._dithers = dithers
        self._image = stack.enter_context(AtomicFile(ddp / IMAGE_NAME, replaces=False))
        number = f"-{layout.number}" if len(album.discs) > 1 else ""
        self._wav = open_writer(folder / f"album{number}.wav", CD_RATE, 2, "wav16", 0)
        stack.callback(self._wav.abort)
        self._stack = stack
        self._loudness = LoudnessMeter(CD_RATE, 2)
        self._cuts = [frame * FRAME_SAMPLES for frame in boundaries(layout)]
        self._place = -1
        self._track: AudioWriter | None = None
        self._meter: Measurer | None = None
        self._tracks: dict[int, FileMeasurement] = {}
        self._paths: dict[int, Path] = {}
        self._saturated: dict[int, int] = {}

    def process(self, block: Doubles) -> None:
        """Takes the next samples of the programme."""
        for piece in self._pieces(block):
            integers = self._integers(piece)
            self._image.write(integers.astype("<i2").tobytes())
            end = self.position + len(piece)
            if end > PREGAP_FRAMES * FRAME_SAMPLES:
                self._keep(integers)
            self.position = end
            if self._place + 1 < len(self._cuts) and end == self._cuts[self._place + 1]:
                self._turn()

    def _pieces(self, block: Doubles) -> Iterator[Doubles]:
        """Cuts a block at LBA 0, at the marks, and where the last track ends."""
        places = {PREGAP_FRAMES * FRAME_SAMPLES, self._layout.tracks[-1].audio_end, *self._cuts}
        begin = self.position
        cuts = sorted(place - begin for place in places if 0 < place - begin < len(block))
        yield from (block[a:b] for a, b in zip([0, *cuts], [*cuts, len(block)], strict=True) if a < b)

    def _integers(self, piece: Doubles) -> Integers:
        outside = (
            self.position < PREGAP_FRAMES * FRAME_SAMPLES
            or self.position >= self._layout.tracks[-1].audio_end
        )
        if outside:  # the pause in front of everything and what fills the last CD frame stay digital silence
            return np.zeros(piece.shape, np.int32)
        if not self._dithers:
            return np.rint(piece * _FULL_SCALE).astype(np.int32)
        integers = np.empty(piece.shape, np.int32)
        piece = np.ascontiguousarray(piece)
        saturated = quantise(piece, bits=_BITS, key=_DITHER_KEY, first_frame=self.position, out=integers)
        if saturated:
            number = self._layout.tracks[max(0, self._place)].track.number
            self._saturated[number] = self._saturated.get(number, 0) + saturated
        return integers

    def _keep(self, integers: Integers) -> None:
        """Samples from LBA 0 on go into the wave file, those of a track into its file, all into meters."""
        self._wav.write_integers(integers)
        levels = integers / _FULL_SCALE
        self._loudness.process(levels)
        if self._track is not None and self._meter is not None:
            self._track.write_integers(integers)
            self._meter.process(levels)

    def _turn(self) -> None:
        """A mark: the track before it ends, the next one begins."""
        self._finish_track()
        self._place += 1
        if self._place >= len(self._layout.tracks):
            return
        track = self._layout.tracks[self._place].track
        disc = f"{track.disc}-" if len(self._album.discs) > 1 else ""
        name = f"{disc}{track.on_disc:02d} {safe_name(track.title)[:120]}.wav"
        self._paths[track.number] = Path("tracks") / name
        self._track = open_writer(self._folder / "tracks" / name, CD_RATE, 2, "wav16", 0)
        self._stack.callback(self._track.abort)
        self._meter = Measurer(CD_RATE, 2, "PCM_16", _BITS)

    def _finish_track(self) -> None:
        if self._track is None or self._meter is None:
            return
        number = self._layout.tracks[self._place].track.number
        self._track.close()
        self._tracks[number] = self._meter.result(self._paths[number])
        self._track = self._meter = None

    def done(self) -> DiscFiles:
        """Completes the files."""
        self._wav.close()
        self._image.commit()
        powers = np.array(self._loudness.slot_powers)
        return DiscFiles(self._tracks, self._paths, powers, self._saturated, self._dithers)
