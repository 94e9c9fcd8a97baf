"""What is heard instead of the master, as the first picture already says it: without any control."""

from __future__ import annotations

from engine.link.document import Document
from engine.link.records import Source
from tui.view import View

#: A processor without a list of bands of which one part can be heard alone.
ONE_BAND = "deesser"


def heard_track(view: View) -> str:
    """The path of the track that is heard; empty: none is."""
    if view.snapshot.transport.source is not Source.TRACK:
        return ""
    now = view.document.listening
    return "" if now is None else now.path or ""


def listening_to(document: Document) -> str:
    """What is listened to, in a few words: `Lead Vocal eq band 2`; empty where the source says it all."""
    now = document.listening
    if now is None:
        return ""
    if now.path is not None:
        return now.name or now.path.rsplit("/", 1)[-1]
    band = f" band {now.band + 1}" if now.band >= 0 and now.type != ONE_BAND else ""
    return f"{now.stem or 'master'} {now.type}{band}"


def unmatched_words(view: View) -> str:
    """Why the track that is heard is not as loud as the song; empty: it is, or no track is heard."""
    transport = view.snapshot.transport
    if transport.source is not Source.TRACK or transport.match_db == transport.match_db:
        return ""
    aim = view.document.listening
    if aim is None or aim.path is None:
        return ""  # just asked for
    if aim.waits:
        return "silent until measured"
    return "not matched" if aim.integrated_lufs is None else "not matched yet"


def spectrum_of_heard(view: View) -> tuple[float | None, ...] | None:
    """Mean levels per third octave of the track that is heard, dBFS; None: not known."""
    heard = heard_track(view)
    for one in (*view.document.references, view.document.listening) if heard else ():
        if one is not None and one.path == heard and one.spectrum_dbfs:
            return one.spectrum_dbfs
    return None
