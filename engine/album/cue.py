"""The cue sheet beside `album.wav`; both begin at LBA 0."""

from __future__ import annotations

from engine.session.album.layout import PREGAP_FRAMES, DiscLayout
from engine.session.album.model import Album
from engine.units import disc_time


def cue_sheet(album: Album, layout: DiscLayout, wav_name: str) -> str:
    """A cue sheet of one disc.

    The pause of 2 s in front of track 1 is not in the file, as burning programs expect it: they add it
    themselves. What a pause has beyond that is.

    Args:
        album: the album file as it was read.
        layout: of the disc.
        wav_name: of the audio file, in the same folder.
    """
    lines = [f"CATALOG {album.upc}"] if album.upc else []
    lines += _texts(album.credits.artist, album.title, "")
    if album.credits.writer:
        lines.append(f"SONGWRITER {_quoted(album.credits.writer)}")
    lines.append(f"FILE {_quoted(wav_name)} WAVE")
    for one in layout.tracks:
        lines.append(f"  TRACK {one.track.on_disc:02d} AUDIO")
        lines += _texts(one.track.credits.artist, one.track.title, "    ")
        if one.track.credits.writer:
            lines.append(f"    SONGWRITER {_quoted(one.track.credits.writer)}")
        if one.track.isrc:
            lines.append(f"    ISRC {one.track.isrc}")
        pause = one.pause if one.pause is not None else one.start
        if one.track.on_disc == 1:
            pause = PREGAP_FRAMES
        if pause < one.start:
            lines.append(_index(0, pause))
        lines += [_index(number, frame) for number, frame in enumerate((one.start, *one.indexes), 1)]
    return "\n".join(lines) + "\n"


def _texts(performer: str, title: str, indent: str) -> list[str]:
    lines = [f"{indent}TITLE {_quoted(title)}"]
    return [*lines, f"{indent}PERFORMER {_quoted(performer)}"] if performer else lines


def _quoted(text: str) -> str:
    # the format has no way to write a quotation mark inside quotation marks
    return '"' + text.replace('"', "'") + '"'


def _index(number: int, frame: int) -> str:
    return f"    INDEX {number:02d} {disc_time(frame - PREGAP_FRAMES)}"
