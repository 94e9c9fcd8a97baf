"""What somebody should know about the tracks' audio: as it came, and as it stands on the disc."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.album.disc_files import DiscFiles
from engine.album.source import FINISHED_LIMITER, TrackAudio
from engine.report.album import AlbumFinding
from engine.session.album.model import Album
from engine.units import level_text

#: Sample formats that have lost something already.
_LOSSLESS = ("PCM_", "FLOAT", "DOUBLE", "ALAC")


def material_findings(
    album: Album, audio: Mapping[int, TrackAudio], discs: Iterable[DiscFiles]
) -> list[AlbumFinding]:
    """Everything about the sound of an album's tracks, in their order.

    Args:
        album: the album file as it was read.
        audio: of its tracks, by number.
        discs: what was written.
    """
    found: list[AlbumFinding] = []
    for files in discs:
        for number, measured in sorted(files.tracks.items()):
            one = audio[number]
            if one.track.path is not None:
                found += as_it_came(one, dithered=files.dithered)
            found += _levels(one, measured.true_peak_dbtp, files.saturated.get(number, 0))
        if not files.dithered:
            found.append(
                AlbumFinding(
                    "note",
                    "not_dithered",
                    None,
                    None,
                    "every sample is a 16-bit one of its file as it stands: nothing was dithered again",
                    "nothing: the image holds the files bit for bit",
                )
            )
    return found


def _finding(one: TrackAudio, severity: str, kind: str, message: str, fix: str) -> AlbumFinding:
    assert severity in ("error", "warning", "note"), "declared in engine.report.findings"
    return AlbumFinding(severity, kind, one.track.number, one.track.title, message, fix)  # type: ignore[arg-type]


def as_it_came(one: TrackAudio, *, dithered: bool) -> list[AlbumFinding]:
    """What a finished file is, and what that means for a disc that is `dithered` or not."""
    found = []
    name = one.path.name
    if one.file_rate != one.sample_rate:
        text = f"{name} has {one.file_rate} Hz and was converted to {one.sample_rate} Hz"
        found.append(_finding(one, "note", "converted", text, "nothing, or give a file of 44100 Hz"))
    if one.file_channels == 1:
        text = f"{name} has one channel, which feeds left and right alike"
        found.append(_finding(one, "warning", "mono_file", text, "nothing, if the recording is mono"))
    if not one.subtype.startswith(_LOSSLESS):
        text = f"{name} is {one.subtype}, a lossy encoding"
        found.append(_finding(one, "warning", "lossy_source", text, "ask for the file it was made from"))
    if one.subtype == "PCM_16" and dithered:
        text = f"{name} has 16 bits already and is dithered once more with the rest of the disc"
        found.append(
            _finding(one, "note", "dithered_again", text, "give the file before its dither: 24 bits")
        )
    if one.limited:
        text = f"{name} was raised by {one.gain_db:.2f} dB into a limiter at "
        text += level_text(float(FINISHED_LIMITER["ceiling_dbtp"]), "dBTP", None)
        found.append(_finding(one, "warning", "limited", text, "lower the loudness, or give its session"))
    return found


def _levels(one: TrackAudio, true_peak_dbtp: float | None, saturated: int) -> list[AlbumFinding]:
    found = []
    if saturated:
        text = f"{saturated} samples lie beyond full scale and were cut off"
        found.append(
            _finding(one, "error", "clipped", text, "lower its trim_db, or give a file below full scale")
        )
    if true_peak_dbtp is None or one.limited:
        return found
    came_dbtp = true_peak_dbtp - one.gain_db
    if one.track.path is not None and came_dbtp > 0.0:
        text = f"{one.path.name} has a true peak of {came_dbtp:+.2f} dBTP, over full scale"
        found.append(
            _finding(one, "warning", "over_full_scale", text, "ask for a master with a ceiling below 0")
        )
    elif true_peak_dbtp > 0.0:
        text = f"its true peak on the disc is {true_peak_dbtp:+.2f} dBTP, over full scale"
        found.append(_finding(one, "warning", "over_full_scale", text, "lower its trim_db or the ceiling"))
    return found
