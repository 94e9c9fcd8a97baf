"""The keys of the session file besides processors, declared once.

Ranges and defaults are those of the session format; where it is silent the range is one that every
sensible session keeps and that no later calculation can overflow in.
"""

from __future__ import annotations

from engine.session.declare import Kind, Parameter, choice, number, switch, text
from engine.session.encodings import ENCODINGS

#: The format this program reads and writes.
FORMAT = 1

#: Versions that exist in every session.
BUILT_IN_VERSIONS = (
    "master",
    "instrumental",
    "acapella",
    "tv",
    "music_effects",
    "stems",
    "vocal_up",
    "vocal_down",
)

FADE_SHAPES = ("linear", "cosine", "exp")
LOUDNESS_ANCHORS = ("programme", "dialogue")

#: Sample rates of sessions and deliverables, Hz.
LOWEST_RATE, HIGHEST_RATE = 8000, 384000

#: Largest correction of a stem's position, s.
LARGEST_OFFSET_S = 10

#: Longest song position, s: a day.
_LONGEST_S = 86400.0

_DB_STEPS = {"step": 0.1, "coarse_step": 1.0}
_TIME_STEPS = {"step": 0.1, "coarse_step": 1.0}


def _section(name: str, kind: Kind, help: str, *, required: bool = False) -> Parameter:
    return Parameter(name, kind, help, required=required)


def _rate(*, required: bool) -> Parameter:
    return Parameter(
        "sample_rate",
        Kind.WHOLE,
        "sample rate",
        "Hz",
        LOWEST_RATE,
        HIGHEST_RATE,
        required=required,
    )


PATH = Parameter(
    "path", Kind.PATH, "relative to the session file, with /", "characters", 1, 4096, required=True
)
_SHA256 = Parameter("sha256", Kind.TEXT, "SHA-256 of the file, 64 hexadecimal digits", "characters")
_CHAIN = _section("chain", Kind.TABLES, "processors in order")

#: Free text for people; nothing is derived from it.
NOTES = Parameter("notes", Kind.TEXT, "free text", "characters", 0, 20000, default="", lines=True)

ROOT = (
    Parameter("format", Kind.WHOLE, "version of the format", minimum=1, default=FORMAT),
    text("title", "names the rendered files"),
    _rate(required=True),
    _section("reference", Kind.TABLE, "the mix that the stems must sum to"),
    _section("stems", Kind.TABLES, "the stems"),
    _section("master", Kind.TABLE, "the master bus"),
    _section("deliverables", Kind.TABLES, "what is rendered"),
    _section("versions", Kind.TABLE, "versions of your own, and what versions say for themselves"),
    _section("metadata", Kind.TABLE, "values for tags"),
    _section("references", Kind.TABLES, "other tracks to compare with"),
    NOTES,
)

REFERENCE = (PATH, _SHA256)

#: A track to compare with; never in a null test or a render.
OTHER_REFERENCE = (text("name", "by default the file's name without its ending"), PATH)

#: The fader of a stem; versions of the user's own use its range too.
TRIM_DB = number("trim_db", "the fader, after the chain", "dB", -60.0, 24.0, 0.0, **_DB_STEPS)

STEM = (
    text("name", "unique, ignoring case; by default the file's name without its ending"),
    Parameter("role", Kind.TEXT, "what it holds", default="other"),
    PATH,
    _SHA256,
    number("source_gain_db", "correction of the level", "dB", -60.0, 24.0, 0.0, **_DB_STEPS),
    switch("polarity_inverted", "correction of the polarity", False),
    Parameter(
        "offset_samples",
        Kind.NUMBER,
        "correction of the position, + is later",
        "samples",
        default=0.0,
        step=1.0,
        coarse_step=10.0,
    ),
    _CHAIN,
    TRIM_DB,
    switch("mute", "leaves it out of every sum", False),
    switch("solo", "monitoring only", False),
    NOTES,
)

MASTER = (
    _CHAIN,
    number("start_s", "where renders begin", "s", 0.0, _LONGEST_S, 0.0, **_TIME_STEPS),
    number("end_s", "where renders end; 0: the end", "s", 0.0, _LONGEST_S, 0.0, **_TIME_STEPS),
    number("fade_in_s", "length of the fade in", "s", 0.0, _LONGEST_S, 0.0, **_TIME_STEPS),
    number("fade_out_s", "length of the fade out", "s", 0.0, _LONGEST_S, 0.0, **_TIME_STEPS),
    choice("fade_shape", "curve of both fades", FADE_SHAPES, "cosine"),
)

#: What a preset may fill in a deliverable; the keys of a target are these and its source.
PRESET_KEYS = (
    # −70 LUFS is the absolute gate of ITU-R BS.1770: nothing below it is measured
    number("loudness_lufs", "integrated loudness", "LUFS", -70.0, 0.0, word="none", **_DB_STEPS),
    choice("loudness_anchor", "what the target is aimed at", LOUDNESS_ANCHORS, "programme"),
    number("ceiling_dbtp", "true-peak ceiling", "dBTP", -24.0, 0.0, **_DB_STEPS),
    _rate(required=False),
    choice("encoding", "container and coding", tuple(ENCODINGS), "wav24"),
)

DITHERS = ("tpdf", "shaped")

DELIVERABLE = (
    text("name", "unique, ignoring case; part of the file names", maximum=64, required=True),
    Parameter("preset", Kind.TEXT, "the target that fills what is not given", "characters"),
    *PRESET_KEYS,
    Parameter("versions", Kind.TEXTS, "what is rendered", default=("master",)),
    choice("dither", "of 16 and 24 bits: white, or shaped to where hearing is poor", DITHERS, "tpdf"),
    switch("mono_files", "one file for the left channel and one for the right", False),
    text("file_name", "template of the files' names", maximum=400),
)

#: Of these ID3 holds 256 MB a frame, a FLAC file 16 MB of comments, MP4 and RIFF 4 GB, Ogg any number; only
#: `bext` has little room, and what it cuts is told (`engine.tags.bext`). The limits keep a session readable.
METADATA = (
    text("artist", "who performs", maximum=1000),
    text("album", "what it appears on", maximum=1000),
    text("composer", "who composed it", maximum=1000),
    text("writer", "who wrote it", maximum=1000),
    text("label", "who publishes it", maximum=1000),
    text("catalogue_number", "the label's number", maximum=100),
    text("genre", "kind of music", maximum=100),
    Parameter("year", Kind.WHOLE, "of the release", minimum=1000, maximum=9999),
    text("copyright", "whose rights", maximum=1000),
    text("comment", "free text", maximum=20000),
    text("isrc", "recording code of the master", maximum=20),
    text("originator", "who made the file, for broadcast wave files, which keep 32 characters", maximum=200),
)

TARGET = (
    text("title", "for people"),
    *PRESET_KEYS,
    text("source", "who says so", maximum=400),
    Parameter("date", Kind.TEXT, "when this was written from the source, YYYY-MM-DD", "characters"),
    text("note", "what else to know", maximum=1000),
    text("same_as", "another target with the same figures, which lists show instead"),
)

_LINKED = switch("linked", "the master bus follows the full mix", True)

#: What every version may say for itself; what it leaves out is as the master section has it.
BUILT_IN_VERSION = (
    text("title", "of this recording", maximum=200),
    text("isrc", "recording code of this version", maximum=20),
    number("start_s", "where it begins, in song time", "s", 0.0, _LONGEST_S, **_TIME_STEPS),
    number("end_s", "where it ends, in song time; 0: the end", "s", 0.0, _LONGEST_S, **_TIME_STEPS),
    number("fade_in_s", "length of its fade in", "s", 0.0, _LONGEST_S, **_TIME_STEPS),
    number("fade_out_s", "length of its fade out", "s", 0.0, _LONGEST_S, **_TIME_STEPS),
)
VERSION = (_section("trims_db", Kind.TABLE, "extra trim per stem, dB"), *BUILT_IN_VERSION, _LINKED)

#: Built-in versions that are parts of the mix: they may be mixes of their own instead.
SUBSET_VERSIONS = ("instrumental", "acapella", "tv", "music_effects")
SUBSET_VERSION = (*BUILT_IN_VERSION, _LINKED)
