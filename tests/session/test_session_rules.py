"""Every rule of the session format: what is accepted, what is refused, and how it is told."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ExitCode, SessionError
from engine.session.fields import BUILT_IN_VERSIONS, DELIVERABLE, MASTER, ROOT, STEM
from engine.session.model import Session
from engine.session.processors import PROCESSORS
from engine.session.validate import session_from_tree

FILE = Path("/music/song.toml")


def song() -> dict[str, Any]:
    """A session that uses every section."""
    band = {"shape": "high_pass", "frequency_hz": 30.0, "q": 0.7071}
    return {
        "format": 1,
        "title": "Falling Water",
        "sample_rate": 48000,
        "reference": {"path": "mix.wav", "sha256": "A" * 64},
        "stems": [
            {
                "name": "Drums",
                "role": "drums",
                "path": "drums.wav",
                "chain": [{"type": "eq", "bands": [band]}],
            },
            {"path": "takes/Bass.wav", "role": "bass"},
        ],
        "master": {
            "chain": [
                {"type": "multiband", "crossovers_hz": [200, 2000], "bands": [{}, {"ratio": 1.5}, {}]},
                {"type": "limiter", "ceiling_dbtp": -1.0},
            ]
        },
        "deliverables": [{"name": "streaming", "preset": "spotify", "versions": ["master", "club"]}],
        "versions": {"club": {"trims_db": {"bass": 1}}},
    }


def put(tree: Any, *path_and_value: Any) -> Any:
    """`tree` with one value replaced or added."""
    tree = copy.deepcopy(tree)
    *path, last, value = path_and_value
    place = tree
    for part in path:
        place = place[part]
    place[last] = value
    return tree


def refusal(tree: Any) -> SessionError:
    with pytest.raises(SessionError) as caught:
        session_from_tree(tree, FILE)
    error = caught.value
    assert str(FILE) in error.message
    assert "\n" not in error.message
    assert error.exit_code is ExitCode.INPUT
    if error.key is not None:
        assert error.key in error.message
    return error


def test_a_session_is_complete() -> None:
    session = session_from_tree(song(), FILE)
    drums, bass = session.stems
    assert (drums.name, bass.name) == ("Drums", "Bass")
    assert bass.path == Path("/music/takes/Bass.wav")
    assert (bass.trim_db, bass.mute, bass.offset_samples, bass.chain) == (0.0, False, 0.0, ())
    assert session.reference is not None
    assert session.reference.sha256 == "a" * 64
    band = drums.chain[0].values["bands"][0]
    assert band == {
        "shape": "high_pass",
        "frequency_hz": 30.0,
        "gain_db": 0.0,
        "q": 0.7071,
        "channels": "stereo",
    }
    assert session.versions == {"club": {"trims_db": {"Bass": 1.0}}}
    middle = session.master.chain[0].values["bands"][1]
    assert (middle["ratio"], middle["threshold_db"], middle["detector"]) == (1.5, -18.0, "peak")


@pytest.mark.parametrize("name", PROCESSORS)
def test_every_processor_carries_every_declared_parameter_at_its_default(name: str) -> None:
    required: dict[str, dict[str, Any]] = {
        "eq": {"bands": [{"frequency_hz": 100}]},
        "multiband": {"crossovers_hz": [100], "bands": [{}, {}]},
    }
    tree = put(song(), "master", "chain", [{"type": name, **required.get(name, {})}])
    (processor,) = session_from_tree(tree, FILE).master.chain
    assert processor.enabled is True
    for parameter in PROCESSORS[name].parameters:
        if not parameter.required and parameter.name != "bands":
            assert processor.values[parameter.name] == parameter.default


#: Contract: (type, parameter, smallest, largest, default)
RANGES = [
    ("gain", "gain_db", -60, 24, 0),
    ("compressor", "threshold_db", -80, 20, -18),
    ("compressor", "ratio", 1, 100, 2),
    ("compressor", "attack_ms", 0.05, 500, 20),
    ("compressor", "release_ms", 1, 5000, 150),
    ("compressor", "knee_db", 0, 24, 6),
    ("compressor", "makeup_db", -24, 24, 0),
    ("compressor", "mix", 0, 1, 1),
    ("saturator", "drive_db", 0, 36, 0),
    ("saturator", "mix", 0, 1, 1),
    ("stereo", "width", 0, 2, 1),
    ("limiter", "ceiling_dbtp", -24, 0, -1),
    ("limiter", "drive_db", -60, 40, 0),
    ("limiter", "release_ms", 1, 2000, 100),
    ("limiter", "lookahead_ms", 0.5, 10, 2),
]


@pytest.mark.parametrize(("kind", "name", "low", "high", "default"), RANGES)
def test_ranges_of_processors(kind: str, name: str, low: float, high: float, default: float) -> None:
    def chain(**values: Any) -> Any:
        return put(song(), "master", "chain", [{"type": kind, **values}])

    def value(**values: Any) -> Any:
        return session_from_tree(chain(**values), FILE).master.chain[0].values[name]

    assert value() == default
    for limit in (low, high):
        assert value(**{name: limit}) == limit
        assert isinstance(value(**{name: limit}), float)
    for beyond in (math.nextafter(low, -math.inf), math.nextafter(high, math.inf)):
        error = refusal(chain(**{name: beyond}))
        assert error.key == f"master.chain[0].{name}"
        assert f"{low:g} to {high:g}" in error.message


@pytest.mark.parametrize(
    ("field", "low", "high"),
    [("frequency_hz", 10, 23520), ("gain_db", -24, 24), ("q", 0.1, 20)],
)
def test_ranges_of_eq_bands(field: str, low: float, high: float) -> None:
    def tree(value: float) -> Any:
        band = {"shape": "peak", "frequency_hz": 100.0, field: value}
        return put(song(), "stems", 0, "chain", [{"type": "eq", "bands": [{"frequency_hz": 50}, band]}])

    for limit in (low, high):
        assert session_from_tree(tree(limit), FILE).stems[0].chain[0].values["bands"][1][field] == limit
    for beyond in (low * (0.99 if low > 0 else 1.01), high * 1.01):
        error = refusal(tree(beyond))
        assert error.key == f"stems[0].chain[0].bands[1].{field}"
        assert f"{low:g} to {high:g}" in error.message


def test_an_eq_frequency_ends_at_0_49_of_the_rate() -> None:
    for rate in (8000, 44100, 192000):
        tree = put(song(), "sample_rate", rate)
        tree["master"]["chain"] = []
        bands = tree["stems"][0]["chain"][0]["bands"]
        bands[0]["frequency_hz"] = 0.49 * rate
        session_from_tree(tree, FILE)
        bands[0]["frequency_hz"] = 0.4901 * rate
        assert f"{0.49 * rate:g} Hz" in refusal(tree).message


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
        (("versions", "master"), {"trims_db": {}}, "always exists"),
        (("versions", "stems"), {"linked": False}, "always exists"),
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


@pytest.mark.parametrize(
    ("first", "second"),
    [("Drums", "dRUMS"), ("Straße", "STRASSE"), ("Café", "Cafe\u0301"), ("Ångström", "ångström")],
)
def test_names_are_unique_ignoring_case_and_accents_encoding(first: str, second: str) -> None:
    tree = put(put(song(), "stems", 0, "name", first), "stems", 1, "name", second)
    assert refusal(tree).key == "stems[1].name"


def test_deliverable_names_are_unique_ignoring_case() -> None:
    tree = put(song(), "deliverables", [{"name": "CD"}, {"name": "cd"}])
    assert refusal(tree).key == "deliverables[1].name"


@pytest.mark.parametrize(
    ("chain", "key", "says"),
    [
        ([{"type": "limiter"}, {"type": "gain"}], "master.chain[0]", "move it to the end"),
        ([{"type": "limiter"}, {"type": "limiter"}], "master.chain[1]", "at most one"),
        ([{"type": "limiter", "enabled": False}, {"type": "limiter"}], "master.chain[1]", "at most one"),
    ],
)
def test_one_limiter_at_the_end(chain: list[Any], key: str, says: str) -> None:
    error = refusal(put(song(), "master", "chain", chain))
    assert error.key == key
    assert says in error.message


def test_no_limiter_on_a_stem() -> None:
    error = refusal(put(song(), "stems", 1, "chain", [{"type": "limiter"}]))
    assert error.key == "stems[1].chain[0]"
    assert "master.chain" in error.message


@pytest.mark.parametrize(
    ("crossovers", "bands", "key"),
    [
        ([200, 200], 3, "master.chain[0].crossovers_hz[1]"),
        ([2000, 200], 3, "master.chain[0].crossovers_hz[1]"),
        ([200, 2000], 2, "master.chain[0].bands"),
        ([200], 3, "master.chain[0].bands"),
        ([], 1, "master.chain[0].crossovers_hz"),
        ([100, 200, 400, 800, 1600], 6, "master.chain[0].crossovers_hz"),
        ([9], 2, "master.chain[0].crossovers_hz[0]"),
    ],
)
def test_multiband_crossovers(crossovers: list[int], bands: int, key: str) -> None:
    chain = [{"type": "multiband", "crossovers_hz": crossovers, "bands": [{}] * bands}]
    assert refusal(put(song(), "master", "chain", chain)).key == key


@pytest.mark.parametrize(
    ("kind", "name"), [("compressor", "sidechain_highpass_hz"), ("stereo", "mono_below_hz")]
)
def test_zero_is_off(kind: str, name: str) -> None:
    for value in (0, 10, 1000):
        tree = put(song(), "master", "chain", [{"type": kind, name: value}])
        assert session_from_tree(tree, FILE).master.chain[0].values[name] == value
    for value in (5, -1, 1001):
        error = refusal(put(song(), "master", "chain", [{"type": kind, name: value}]))
        assert "0 (off) or 10 to 1000 Hz" in error.message


@pytest.mark.parametrize(("start", "end", "good"), [(0, 0, True), (5, 0, True), (5, 6, True), (5, 5, False)])
def test_the_end_comes_after_the_start(start: float, end: float, good: bool) -> None:
    tree = put(put(song(), "master", "start_s", start), "master", "end_s", end)
    if good:
        assert session_from_tree(tree, FILE).master.end_s == end
    else:
        assert refusal(tree).key == "master.end_s"


def test_a_preset_fills_only_what_is_not_given() -> None:
    def deliverable(**values: Any) -> Any:
        tree = put(song(), "deliverables", [{"name": "x", **values}])
        return session_from_tree(tree, FILE).deliverables[0]

    plain = deliverable(preset="broadcast-r128")
    assert (plain.loudness_lufs, plain.ceiling_dbtp) == (-23.0, -1.0)
    assert (plain.sample_rate, plain.encoding, plain.versions) == (48000, "wav24", ("master",))
    own = deliverable(preset="broadcast-r128", loudness_lufs="none", ceiling_dbtp=-3, encoding="flac16")
    assert (own.loudness_lufs, own.ceiling_dbtp, own.encoding, own.sample_rate) == (
        None,
        -3.0,
        "flac16",
        48000,
    )
    assert deliverable(preset="netflix").loudness_anchor == "dialogue"
    bare = deliverable()
    assert (bare.loudness_lufs, bare.ceiling_dbtp, bare.sample_rate) == (None, None, None)
    assert (bare.encoding, bare.loudness_anchor, bare.preset) == ("wav24", "programme", None)


def test_versions_may_be_solved_for_themselves() -> None:
    tree = put(song(), "versions", "club", "linked", False)
    assert session_from_tree(tree, FILE).unlinked == {"club"}
    tree["versions"]["instrumental"] = {"linked": False}
    tree["versions"]["tv"] = {"linked": True}
    session = session_from_tree(tree, FILE)
    assert session.unlinked == {"club", "instrumental"}
    assert set(session.versions) == {"club"}
    assert session_from_tree(song(), FILE).unlinked == frozenset()


def test_all_built_in_versions_may_be_asked_for() -> None:
    tree = put(song(), "deliverables", 0, "versions", list(BUILT_IN_VERSIONS))
    assert session_from_tree(tree, FILE).deliverables[0].versions == BUILT_IN_VERSIONS


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
