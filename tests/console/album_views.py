"""An album file, and what the verb says of it."""

from __future__ import annotations

from typing import Any

ALBUM = """\
title = "Slow Rivers" # working title
artist = "The Band"

# the opener
[[tracks]]
session = "song.toml"
title = "Falling Water" # mine
isrc = "DEA312600001"

[[tracks]]
path = "b.wav"
title = "Zweites Stück"
gap_s = -1.5

# last
[[tracks]]
path = "c.wav"
title = "Third"

[vinyl]
sides = [[1, 2], [3]]
"""

FINDING = {"severity": "warning", "title": "", "fix": ""}


def result(*, made: bool) -> dict[str, Any]:
    """What the verb says of it; not `made`: of a rehearsal, which measures nothing."""
    tracks = [
        {
            "number": number,
            "disc": 1,
            "title": title,
            "artist": "",
            "silence_s": 2.0,
            "indexes_s": [],
            "gain_db": 0.0,
            "path": None,
            "start_s": start_s,
            "duration_s": 60.0,
            "gap_s": 2.0,
            "integrated_lufs": -13.5 if made else None,
            "true_peak_dbtp": -1.0 if made else None,
            "isrc": None,
        }
        for number, title, start_s in (
            (1, "Falling Water", 0.0),
            (2, "Zweites Stück", 60.0),
            (3, "Third", 122.0),
        )
    ]
    whole = {"integrated_lufs": -14.2, "loudest_track_lufs": -13.5, "lra_lu": 5.0, "true_peak_dbtp": -1.0}
    ddp = [] if not made else {"path": "x", "sectors": 13650, "md5": "0" * 32}
    return {
        "path": "/made/here",
        "tracks": tracks,
        "album": {**whole, "duration_s": 182.0},
        "ddp": ddp,
        "vinyl": [],
        "findings": [{**FINDING, "kind": "mono_file", "track": 2, "message": "b.wav has one channel"}],
        "seconds": 1.0,
    }
