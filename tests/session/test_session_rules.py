"""Every rule of the session format: what is accepted, within which limits, and what belongs together."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from session_trees import FILE, put, refusal, song

from engine.session.fields import BUILT_IN_VERSIONS
from engine.session.processors import PROCESSORS
from engine.session.validate import session_from_tree


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
        "slope_db_per_octave": 12.0,
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


def test_notes_have_lines_and_references_names_and_paths() -> None:
    tree = put(
        put(song(), "notes", "ask for\n\ta quieter kick"), "references", [{"path": "../ref/single.flac"}]
    )
    session = session_from_tree(put(tree, "stems", 0, "notes", ""), FILE)
    assert (session.notes, session.stems[0].notes, session.stems[1].notes) == (
        "ask for\n\ta quieter kick",
        "",
        "",
    )
    (track,) = session.references
    assert (track.name, track.path) == ("single", Path("/ref/single.flac"))


def test_notes_hold_no_control_characters_and_references_no_name_twice() -> None:
    assert refusal(put(song(), "notes", "a\x1bb")).key == "notes"
    twice = [{"name": "A", "path": "a.wav"}, {"name": "a", "path": "b.wav"}]
    assert refusal(put(song(), "references", twice)).key == "references[1].name"
