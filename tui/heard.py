"""What is heard instead of the master, as the first picture already says it: without any control."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.link.records import Source
from tui.view import View

#: A processor without a list of bands of which one part can be heard alone.
ONE_BAND = "deesser"


def heard_track(view: View) -> str:
    """The path of the track that is heard; empty: none is."""
    if view.snapshot.transport.source is not Source.TRACK:
        return ""
    return str((view.document.get("listening") or {}).get("path", ""))


def listening_to(document: Mapping[str, Any]) -> str:
    """What is listened to, in a few words: `Lead Vocal eq band 2`; empty where the source says it all."""
    now = document.get("listening")
    if not now:
        return ""
    if "path" in now:
        return str(now.get("name") or str(now["path"]).rsplit("/", 1)[-1])
    strip = now.get("stem") or "master"
    band = f" band {now['band'] + 1}" if now["band"] >= 0 and now["type"] != ONE_BAND else ""
    return f"{strip} {now['type']}{band}"


def unmatched_words(view: View) -> str:
    """Why the track that is heard is not as loud as the song; empty: it is, or no track is heard."""
    transport = view.snapshot.transport
    if transport.source is not Source.TRACK or transport.match_db == transport.match_db:
        return ""
    aim = view.document.get("listening") or {}
    if "path" not in aim:
        return ""  # just asked for
    if aim.get("waits"):
        return "silent until measured"
    return "not matched" if aim.get("integrated_lufs") is None else "not matched yet"


def spectrum_of_heard(view: View) -> list[float | None] | None:
    """Mean levels per third octave of the track that is heard, dBFS; None: not known."""
    heard = heard_track(view)
    known = [*(view.document.get("references") or ()), view.document.get("listening") or {}]
    for one in known if heard else ():
        if one.get("path") == heard and one.get("spectrum_dbfs"):
            levels: Any = one["spectrum_dbfs"]
            return list(levels)
    return None
