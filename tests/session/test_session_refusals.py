"""What is no session: refused at its place, in words; whatever comes."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from session_trees import FILE, put, refusal, song

from engine.errors import SessionError
from engine.session.fields import DELIVERABLE, MASTER, ROOT, STEM
from engine.session.model import Session
from engine.session.processors import PROCESSORS
from engine.session.validate import session_from_tree


@pytest.mark.parametrize(
    ("path", "value", "key", "says"),
    [
        (("titel",), "x", "titel", "'title'"),
        (("stems", 1, "trim"), 1.0, "stems[1].trim", "'trim_db'"),
        (
            ("stems", 0, "chain", 0, "bands", 0, "freq_hz"),
            1.0,
            "stems[0].chain[0].bands[0].freq_hz",
            "'frequency_hz'",
        ),
        (("master", "chain", 1, "ceiling_db"), -1.0, "master.chain[1].ceiling_db", "'ceiling_dbtp'"),
        (
            ("master", "chain", 0, "bands", 2, "treshold_db"),
            -1.0,
            "master.chain[0].bands[2].treshold_db",
            "'threshold_db'",
        ),
        (("deliverables", 0, "loudness"), -14.0, "deliverables[0].loudness", "'loudness_lufs'"),
        (("reference", "file"), "x", "reference.file", "known are path, sha256"),
        (("versions", "club", "trim_db"), {}, "versions.club.trim_db", "'trims_db'"),
    ],
)
def test_unknown_keys_are_named_with_the_nearest_known_one(
    path: tuple[Any, ...], value: Any, key: str, says: str
) -> None:
    error = refusal(put(song(), *path, value))
    assert error.key == key
    assert "unknown key" in error.message
    assert says in error.message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("title",), 7),
        (("sample_rate",), 48000.0),
        (("sample_rate",), "48000"),
        (("sample_rate",), True),
        (("stems",), {"name": "x"}),
        (("stems", 0), "drums.wav"),
        (("stems", 0, "name"), 3),
        (("stems", 0, "path"), ["drums.wav"]),
        (("stems", 0, "trim_db"), True),
        (("stems", 0, "trim_db"), "1.0"),
        (("stems", 0, "mute"), 0),
        (("stems", 0, "mute"), "false"),
        (("stems", 0, "chain"), "eq"),
        (("stems", 0, "chain", 0), "eq"),
        (("stems", 0, "chain", 0, "type"), 1),
        (("stems", 0, "chain", 0, "enabled"), 1),
        (("stems", 0, "chain", 0, "phase"), 1),
        (("stems", 0, "chain", 0, "bands"), {}),
        (("stems", 0, "chain", 0, "bands", 0), 30.0),
        (("reference",), "mix.wav"),
        (("master",), []),
        (("master", "chain", 0, "crossovers_hz"), 200.0),
        (("master", "chain", 0, "crossovers_hz", 0), "200"),
        (("deliverables",), "spotify"),
        (("deliverables", 0, "versions"), "master"),
        (("deliverables", 0, "loudness_lufs"), False),
        (("versions",), ["club"]),
        (("versions", "club"), 1),
        (("versions", "club", "trims_db"), 1.0),
        (("versions", "club", "trims_db", "Drums"), True),
    ],
)
def test_wrong_types_are_refused_at_their_place(path: tuple[Any, ...], value: Any) -> None:
    error = refusal(put(song(), *path, value))
    assert error.key is not None
    assert str(path[-1]) in error.key


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, 1e300, -(10**60)])
@pytest.mark.parametrize(
    "path",
    [
        ("stems", 0, "trim_db"),
        ("stems", 0, "offset_samples"),
        ("stems", 0, "chain", 0, "bands", 0, "frequency_hz"),
        ("master", "start_s"),
        ("master", "chain", 0, "crossovers_hz", 1),
        ("deliverables", 0, "loudness_lufs"),
    ],
)
def test_numbers_that_are_not_finite_or_absurd_are_refused(path: tuple[Any, ...], value: float) -> None:
    assert refusal(put(song(), *path, value)).key is not None


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("stems", 0, "role"), "drum", "drums"),
        (("stems", 0, "chain", 0, "type"), "equ", "'eq'"),
        (("stems", 0, "chain", 0, "bands", 0, "shape"), "bell", "peak, low_shelf"),
        (("stems", 0, "chain", 0, "bands", 0, "channels"), "centre", "mid, side"),
        (("stems", 0, "source_gain_db"), 24.1, "-60 to 24 dB"),
        (("stems", 0, "trim_db"), -60.1, "-60 to 24 dB"),
        (("stems", 0, "offset_samples"), 480001, "-480000 to 480000"),
        (("stems", 0, "sha256"), "abc", "64 hexadecimal digits"),
        (("stems", 0, "path"), "a\0b.wav", "control characters"),
        (("stems", 0, "path"), "", "1 to 4096"),
        (("stems", 0, "name"), "  ", "give the stem a name"),
        (("stems", 0, "name"), "a\nb", "control characters"),
        (("sample_rate",), 7999, "8000 to 384000 Hz"),
        (("sample_rate",), 384001, "8000 to 384000 Hz"),
        (("master", "start_s"), -0.1, "0 to 86400 s"),
        (("master", "fade_in_s"), -1, "0 to 86400 s"),
        (("master", "fade_shape"), "log", "linear, cosine, exp"),
        (("deliverables", 0, "preset"), "spotfy", "'spotify'"),
        (("deliverables", 0, "encoding"), "mp3", "wav16, wav24, wav32f, flac16, flac24"),
        (("deliverables", 0, "sample_rate"), 4000, "8000 to 384000 Hz"),
        (("deliverables", 0, "ceiling_dbtp"), 0.1, "-24 to 0 dBTP"),
        (("deliverables", 0, "loudness_lufs"), "loud", "none"),
        (("deliverables", 0, "loudness_lufs"), 1, "-70 to 0 LUFS"),
        (("deliverables", 0, "loudness_anchor"), "speech", "programme, dialogue"),
        (("deliverables", 0, "versions"), [], "at least one"),
        (("deliverables", 0, "versions"), ["master", "instrumentl"], "'instrumental'"),
        (("deliverables", 0, "versions"), ["master", "master"], "twice"),
        (("deliverables", 0, "name"), "a/b", "file name"),
        (("deliverables", 0, "name"), "..", "file name"),
        (("deliverables", 0, "name"), "a\x1bb", "control characters"),
        (("versions", "club", "trims_db"), {"Bas": 1.0}, "'Bass'"),
        (("versions", "club", "trims_db"), {"Bass": 25.0}, "-60 to 24 dB"),
        (("versions", "master"), {"trims_db": {}}, "unknown key"),
        (("versions", "Master"), {"trims_db": {}}, "always exists"),
        (("versions", "stems"), {"linked": False}, "unknown key"),
        (("versions", "instrumental"), {"isrc": "DE-A31-26-0000"}, "no ISRC"),
        (("versions", "instrumental"), {"start_s": 42.0, "end_s": 12.0}, "later end"),
        (("metadata",), {"isrc": "DEA31260000A"}, "no ISRC"),
        (("metadata",), {"artist": "x" * 10_000}, "10000 characters"),
        (("metadata",), {"comment": "x" * 20_001}, "20001 characters"),
        (("metadata",), {"year": 26}, "1000 to 9999"),
        (("metadata",), {"artits": "x"}, "'artist'"),
        (("deliverables", 0, "dither"), "shaped", "16 bits"),
        (("deliverables", 0, "encoding"), "mp3-321", "mp3-320"),
        (("versions", "instrumental"), {"trims_db": {}}, "unknown key"),
        (("versions", "instrumental"), {"linked": 0}, "linked"),
        (("versions", "club", "linked"), True, "another mix"),
        (("versions", "a:b"), {"trims_db": {}}, "file name"),
    ],
)
def test_values_that_are_not_allowed(path: tuple[Any, ...], value: Any, says: str) -> None:
    error = refusal(put(song(), *path, value))
    assert says in error.message


@pytest.mark.parametrize("path", [("sample_rate",), ("stems", 0, "path"), ("deliverables", 0, "name")])
def test_required_keys(path: tuple[Any, ...]) -> None:
    tree = song()
    place: Any = tree
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    error = refusal(tree)
    assert "is missing" in error.message
    assert str(path[-1]) in str(error.key)


def test_a_band_needs_a_frequency() -> None:
    error = refusal(put(song(), "stems", 0, "chain", 0, "bands", 0, {"shape": "peak"}))
    assert error.key == "stems[0].chain[0].bands[0].frequency_hz"
    assert "10 to 23520 Hz" in error.message


@pytest.mark.parametrize("value", [2, 99, pytest.param(10**5000, id="huge")])
def test_a_newer_format_is_told_before_its_unknown_keys(value: int) -> None:
    error = refusal({"format": value, "news": 1})
    assert error.kind == "newer_format"
    assert error.key == "format"
    assert "update" in error.message


@pytest.mark.parametrize("stems", [[], None])
def test_a_session_without_stems(stems: Any) -> None:
    tree = song()
    del tree["stems"]
    if stems is not None:
        tree["stems"] = stems
    assert refusal(tree).kind == "no_stems"


def test_keys_that_are_not_bare_are_quoted_in_their_path() -> None:
    tree = put(song(), "versions", "club", "trims_db", {"Lead Vox": 1.0})
    assert refusal(tree).key == 'versions.club.trims_db."Lead Vox"'


# --- whatever comes ------------------------------------------------------------------------------

_KEYS = sorted({p.name for p in (*ROOT, *STEM, *MASTER, *DELIVERABLE)} | {"type", "bands", "shape", "q"})


_scalars = (
    st.none().map(lambda _: False)
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([*PROCESSORS, "drums", "master", "spotify", "peak"])
)


_garbage = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=6), inner, max_size=5)
    ),
    max_leaves=25,
)


def _outcome(tree: Any) -> Session | SessionError:
    try:
        return session_from_tree(tree, FILE)
    except SessionError as error:
        return error


def _is_told(outcome: Session | SessionError) -> bool:
    return isinstance(outcome, Session) or str(FILE) in outcome.message


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=6), _garbage, max_size=8))
def test_garbage_is_a_session_or_a_session_error(tree: dict[str, Any]) -> None:
    assert _is_told(_outcome(tree))


def _places(tree: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [place for key, inner in items for place in ((*here, key), *_places(inner, (*here, key)))]


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(_places(song())), _garbage)
def test_garbage_anywhere_in_a_good_session(place: tuple[Any, ...], value: Any) -> None:
    assert _is_told(_outcome(put(song(), *place, value)))
