"""Makes an album: levels, layout, discs with their DDP sets, sheets and checksums, in one new folder."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.album.approval import Approval, write_approval
from engine.album.cue import cue_sheet
from engine.album.disc_files import DiscFiles, write_disc
from engine.album.folder import AlbumFolder, refuse_existing
from engine.album.levels import Levels
from engine.album.loudness import programme_loudness
from engine.album.material import material_findings
from engine.album.papers import pq_document, write_papers
from engine.album.plan import examined, gap_s, silence_s
from engine.album.pq_sheet import pq_text
from engine.album.preview import Previews
from engine.album.renders import Renders
from engine.album.sides import make_sides
from engine.album.source import TrackAudio
from engine.album.sums import hash_folder, write_sums
from engine.album.texts import disc_of
from engine.audio.disk_space import require_space
from engine.ddp.writing.fileset import write_file, write_fileset
from engine.deliver.file_names import safe_name
from engine.errors import InputError
from engine.meters.gating import loudness_of
from engine.progress import Progress, silent
from engine.report.album import (
    AlbumFinding,
    AlbumLevels,
    AlbumReport,
    AlbumTrackReport,
    DdpReport,
    SideReport,
)
from engine.session.album.layout import (
    FRAMES_PER_S,
    PREGAP_FRAMES,
    DiscLayout,
    lay_out,
    refuse,
)
from engine.session.album.model import Album
from engine.session.album.rules import layout_findings

#: Bytes on the disk per CD frame: image, wave file and track file.
_BYTES_PER_FRAME = 3 * 2352


def default_folder(album: Album) -> Path:
    """`Artist_Title_CatalogueNumber` beside the album file, the name that labels ask for."""
    parts = filter(None, (album.credits.artist, album.title, album.catalogue_number))
    return album.path.parent / safe_name("_".join(part.replace(" ", "-") for part in parts))[:200]


@dataclass
class _Made:
    """What comes together while an album is made."""

    findings: list[AlbumFinding] = field(default_factory=list)
    layouts: dict[int, DiscLayout] = field(default_factory=dict)
    discs: dict[int, DiscFiles] = field(default_factory=dict)
    ddp: list[DdpReport] = field(default_factory=list)


def make_album(
    album: Album, folder: Path | None = None, *, force: bool = False, progress: Progress = silent
) -> AlbumReport:
    """Makes an album and puts it in its folder, complete or not at all.

    Args:
        album: the album; its files are only read.
        folder: where it comes to be; `default_folder` if None.
        force: an album that is there already is replaced.
        progress: told about every pass.

    Raises:
        InputError: a track cannot be used, or breaks a rule of the CD; or the folder is taken.
        MachineError: the system refused.
    """
    begun = time.perf_counter()
    target = (folder or default_folder(album)).absolute()
    refuse_existing(target, force=force)
    renders = Renders(progress)
    layouts, faults = examined(album, renders)
    refuse(album, faults)
    # before an hour of rendering, which may need room of the same disk: therefore after it once more
    _require_space(album, layouts, next(folder for folder in target.parents if folder.is_dir()))
    levels = Levels(album, renders, progress, lambda audio: programme_loudness(album, audio, progress))
    numbers = [number for disc in album.discs for number in disc]
    audio = levels.found(numbers)
    made = _Made(levels.findings)
    lengths = {number: one.frames for number, one in audio.items()}
    for disc in range(1, len(album.discs) + 1):
        made.layouts[disc] = lay_out(album, disc, lengths)
        made.findings += layout_findings(album, made.layouts[disc])
    with AlbumFolder(target, force=force) as new:
        _require_space(album, made.layouts.values(), new.working)
        (new.working / "tracks").mkdir()
        for layout in made.layouts.values():
            _make_disc(album, layout, audio, new.working, target, made, progress)
        made.findings += material_findings(album, audio, made.discs.values())
        sides: tuple[SideReport, ...] = ()
        wavs = {disc: new.working / f"album{_number_of(album, disc)}.wav" for disc in made.layouts}
        with Previews(wavs, new.working, progress) as previews:
            if album.vinyl is not None:
                sides = make_sides(album, album.vinyl, levels, renders, new.working, target, progress)
            tracks = tuple(_track_report(made, audio, target, number) for number in sorted(numbers))
            whole = _album_levels(made)
            _prove(album, made, tracks, whole, new.working, previews, progress)
        new.finish()
    renders.tidy()
    return AlbumReport(
        path=target,
        tracks=tracks,
        album=whole,
        ddp=tuple(made.ddp),
        vinyl=sides,
        findings=tuple(made.findings),
        seconds=time.perf_counter() - begun,
    )


def _require_space(album: Album, layouts: Iterable[DiscLayout], folder: Path) -> None:
    frames = sum(layout.lead_out for layout in layouts)
    # a side of 24 bits takes about as much per second as the disc's three files together
    sides_too = 1 if album.vinyl is None else 2
    require_space(folder, sides_too * frames * _BYTES_PER_FRAME, "the album")


def _make_disc(
    album: Album,
    layout: DiscLayout,
    audio: Mapping[int, TrackAudio],
    folder: Path,
    final: Path,
    made: _Made,
    progress: Progress,
) -> None:
    """Writes everything of one disc into the album's folder."""
    number = _number_of(album, layout.number)
    ddp = folder / f"ddp{number}"
    ddp.mkdir()
    made.discs[layout.number] = write_disc(album, layout, audio, folder, ddp, progress)
    disc, findings = disc_of(album, layout)
    made.findings += findings
    written = write_fileset(ddp, disc)
    made.ddp.append(DdpReport(final / ddp.name, layout.lead_out, written.image_md5))
    sheet = pq_text(album, layout, written.image_md5).encode()
    write_file(ddp / "PQ_SHEET.txt", sheet)
    write_file(folder / f"pq-sheet{number}.txt", sheet)
    document = pq_document(album, layout, written.image_md5)
    write_papers(folder / f"pq-sheet{number}.txt", document)
    cue = cue_sheet(album, layout, f"album{number}.wav")
    write_file(folder / f"album{number}.cue", cue.encode())


def _number_of(album: Album, disc: int) -> str:
    """What the names of a disc's files end with."""
    return f"-{disc}" if len(album.discs) > 1 else ""


def _prove(
    album: Album,
    made: _Made,
    tracks: tuple[AlbumTrackReport, ...],
    levels: AlbumLevels,
    folder: Path,
    previews: Previews,
    progress: Progress,
) -> None:
    """The approval page and the sums of everything."""
    hashes = hash_folder(folder, progress, but=previews.folder)
    heard: dict[int, Path] = {}
    try:
        heard = previews.paths()
    except InputError as error:
        if error.kind != "codecs_missing":
            raise
        made.findings.append(
            AlbumFinding("note", "no_previews", None, None, "approval.html is without sound", error.message)
        )
    approval = Approval(
        album=album,
        layouts=made.layouts,
        tracks=tracks,
        levels=levels,
        slot_powers={disc: files.slot_powers for disc, files in made.discs.items()},
        image_md5={disc: one.md5 for disc, one in zip(made.layouts, made.ddp, strict=True)},
        previews=heard,
        hashes={name: one.sha256 for name, one in hashes.items()},
        findings=made.findings,
    )
    write_approval(folder / "approval.html", approval)
    write_sums(folder, hashes, folder / "approval.html")


def _track_report(
    made: _Made, audio: Mapping[int, TrackAudio], target: Path, number: int
) -> AlbumTrackReport:
    track = audio[number].track
    layout = made.layouts[track.disc]
    place = next(place for place, one in enumerate(layout.tracks) if one.track.number == number)
    placed = layout.tracks[place]
    files = made.discs[track.disc]
    measured = files.tracks[number]
    return AlbumTrackReport(
        number=number,
        disc=track.disc,
        title=track.title,
        artist=track.credits.artist,
        start_s=(placed.start - PREGAP_FRAMES) / FRAMES_PER_S,
        duration_s=(placed.end - placed.start) / FRAMES_PER_S,
        gap_s=gap_s(placed),
        silence_s=silence_s(layout, place),
        indexes_s=tuple((frame - PREGAP_FRAMES) / FRAMES_PER_S for frame in placed.indexes),
        integrated_lufs=measured.integrated_lufs,
        true_peak_dbtp=measured.true_peak_dbtp,
        isrc=track.isrc,
        gain_db=audio[number].gain_db,
        path=target / files.paths[number],
    )


def _album_levels(made: _Made) -> AlbumLevels:
    tracks = [measured for files in made.discs.values() for measured in files.tracks.values()]
    whole = loudness_of(np.concatenate([files.slot_powers for files in made.discs.values()]))
    loudnesses = [one.integrated_lufs for one in tracks if one.integrated_lufs is not None]
    peaks = [one.true_peak_dbtp for one in tracks if one.true_peak_dbtp is not None]
    frames = sum(layout.playing_frames for layout in made.layouts.values())
    return AlbumLevels(
        integrated_lufs=whole.integrated_lufs,
        loudest_track_lufs=max(loudnesses, default=None),
        lra_lu=whole.lra_lu,
        true_peak_dbtp=max(peaks, default=None),
        duration_s=frames / FRAMES_PER_S,
    )
