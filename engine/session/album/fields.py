"""The keys of the album file, declared once."""

from __future__ import annotations

from engine.session.declare import Kind, Parameter, choice, number, switch, text
from engine.session.fields import FADE_SHAPES, PRESET_KEYS

#: The format this program reads and writes.
FORMAT = 1

#: Most tracks on a disc (Red Book: two decimal digits).
MOST_TRACKS = 99
#: A CD-Text string longer than this is nothing players show (recommendation behind `ddp.md` §7).
_LONGEST_TEXT = 160
#: Longest disc that plants take without asking, s (79:58), and the longest that can be addressed (99:59).
LONGEST_DISC_S = 79 * 60 + 58
ADDRESSABLE_S = 99 * 60 + 59

LEVELS = ("keep", "target")
CROSSFADES = ("equal_power", "equal_gain")
ISRC_PACKETS = ("first", "both")

_SECONDS = {"step": 0.1, "coarse_step": 1.0}

#: Texts that stand for the whole album and, where a track names its own, for that track.
CREDITS = (
    text("artist", "the performer", maximum=_LONGEST_TEXT, default=""),
    text("writer", "who wrote the words", maximum=_LONGEST_TEXT, default=""),
    text("composer", "who wrote the music", maximum=_LONGEST_TEXT, default=""),
    text("arranger", "who arranged it", maximum=_LONGEST_TEXT, default=""),
    text("message", "a message to the listener", maximum=_LONGEST_TEXT, default=""),
)

ROOT = (
    Parameter("format", Kind.WHOLE, "version of the format", minimum=1, default=FORMAT),
    text("title", "of the album", maximum=_LONGEST_TEXT, required=True),
    *CREDITS,
    Parameter("upc", Kind.TEXT, "EAN or UPC, 13 or 12 digits", "characters"),
    text("catalogue_number", "the label's, and the DDP's master identifier", maximum=40, default=""),
    text("label", "who publishes it", default=""),
    Parameter("genre", Kind.TABLE, "a CD-Text genre, by name or number"),  # read by hand: text or number
    Parameter("language", Kind.TEXT, "of the texts, two letters", default="en"),
    Parameter("isrc_first", Kind.TEXT, "counted up for tracks that name none", "characters"),
    choice("levels", "what becomes of the tracks' levels", LEVELS, "keep"),
    next(field for field in PRESET_KEYS if field.name == "loudness_lufs"),
    switch("cd_text", "whether the disc carries CD-Text", True),
    switch("cd_text_codes", "whether CD-Text repeats catalogue number, EAN and ISRCs", False),
    Parameter(
        "start_offset_frames", Kind.WHOLE, "track marks that much early", "CD frames", 0, 75, default=2
    ),
    choice("track_isrc_packets", "which PQ packets hold the ISRC", ISRC_PACKETS, "first"),
    number("longest_disc_s", "what the plant takes", "s", 4.0, float(ADDRESSABLE_S), float(LONGEST_DISC_S)),
    Parameter("tracks", Kind.TABLES, "the tracks"),
    Parameter("discs", Kind.TABLES, "which tracks are on which disc"),
    Parameter("vinyl", Kind.TABLE, "sides of a record"),
)

TRACK = (
    Parameter("session", Kind.PATH, "a session file, relative to the album file", "characters", 1, 4096),
    Parameter("path", Kind.PATH, "or a finished audio file", "characters", 1, 4096),
    text("version", "which version of the session", maximum=64, default="master"),
    text("title", "of the track", maximum=_LONGEST_TEXT, default=""),
    *CREDITS,
    Parameter("isrc", Kind.TEXT, "of the recording", "characters"),
    number("gap_s", "silence before it; negative: cross-fade", "s", -600.0, 3600.0, 2.0, **_SECONDS),
    choice("crossfade", "law of a cross-fade into it", CROSSFADES, "equal_power"),
    number("fade_in_s", "length of the fade in", "s", 0.0, 3600.0, 0.0, **_SECONDS),
    number("fade_out_s", "length of the fade out", "s", 0.0, 3600.0, 0.0, **_SECONDS),
    choice("fade_shape", "curve of both fades", FADE_SHAPES, "cosine"),
    Parameter(
        "indexes_s",
        Kind.NUMBERS,
        "index 02 and on, from its start",
        "items",
        0,
        98,
        default=(),
        item=number("index", "from the track's start", "s", 0.0, 6000.0),
    ),
    number("trim_db", "its level in the album", "dB", -60.0, 24.0, 0.0, step=0.1, coarse_step=1.0),
)

_TRACK_NUMBERS = Parameter(
    "tracks",
    Kind.NUMBERS,
    "track numbers",
    "items",
    1,
    None,
    required=True,
    item=Parameter("number", Kind.WHOLE, "of a track", minimum=1, maximum=9999),
)
DISC = (_TRACK_NUMBERS,)

#: Diameters and speeds of records.
SIZES_INCH = (7, 10, 12)
SPEEDS_RPM = (33, 45)

VINYL = (
    Parameter("size_inch", Kind.WHOLE, "diameter", "inch", 7, 12, default=12),
    Parameter("rpm", Kind.WHOLE, "speed", "rpm", 33, 45, default=33),
    number("mono_below_hz", "side signal removed below", "Hz", 20.0, 500.0, 150.0, zero_is_off=True),
    switch("limiter", "the sessions' own limiters stay on", False),
    Parameter("sides", Kind.TABLE, "track numbers of each side", required=True),  # lists of lists
)
