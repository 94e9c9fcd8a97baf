"""Renders of sessions with metadata: tags of each version, sections of their own, and sums that stay."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import soundfile
from deliver_material import musical
from wavinfo import WavInfoReader

from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.session.files import load_session
from engine.tags.file import read_tags

DELIVERABLE = """[[deliverables]]
name = "d"
loudness_lufs = -16.0
encoding = "{encoding}"
versions = {versions}
"""
METADATA = """
[metadata]
artist = "Jörg"
album = "Slow Rivers"
year = 2026
isrc = "de-a31-26-00001"
originator = "Studio"

[versions.instrumental]
isrc = "DEA312600002"

[versions.cut]
title = "The Cut"
start_s = 1.0
end_s = 3.5
fade_out_s = 0.5
"""


def _render(path, **wanted):
    session = load_session(path)
    options = {"deliverables": [], "versions": [], "folder": None, "force": True, **wanted}
    return {one.version: one for one in render(session, plan_jobs(session, **options)).outputs}


@pytest.fixture
def song(make_session):
    def make(encoding, extra=METADATA, versions=("master", "instrumental", "acapella", "cut")):
        stems = {"Bass": musical(5.0, seed=1), "Vox": musical(5.0, seed=2)}
        text = DELIVERABLE.format(encoding=encoding, versions=list(versions)) + extra
        path = make_session(stems, text)
        content = path.read_text(encoding="utf-8")
        vocal = content.replace('name = "Vox"\nrole = "other"', 'name = "Vox"\nrole = "vocals"')
        path.write_text(vocal, encoding="utf-8")
        return path

    return make


def test_every_version_is_a_recording_of_its_own(song):
    outputs = _render(song("wav24"))
    found = {version: read_tags(output.path) for version, output in outputs.items()}
    titles = {version: tags["title"] for version, tags in found.items()}
    assert titles == {
        "master": "Süß / Song",
        "instrumental": "Süß / Song (Instrumental)",
        "acapella": "Süß / Song (A Cappella)",
        "cut": "The Cut",
    }
    codes = {version: tags.get("isrc") for version, tags in found.items()}
    assert codes == {
        "master": "DEA312600001",
        "instrumental": "DEA312600002",
        "acapella": None,
        "cut": None,
    }
    assert all(tags["artist"] == "Jörg" and tags["year"] == "2026" for tags in found.values())
    for output in outputs.values():
        bext = WavInfoReader(str(output.path)).bext
        assert bext.loudness_value == pytest.approx(output.integrated_lufs, abs=0.006)
        assert bext.max_true_peak == pytest.approx(output.true_peak_dbtp, abs=0.006)
        assert bext.max_shortterm_loudness == pytest.approx(output.short_term_max_lufs or 327.67, abs=0.006)
        assert bext.time_reference == (48_000 if output.version == "cut" else 0)
        assert output.sha256 == hashlib.sha256(output.path.read_bytes()).hexdigest()


def test_a_cut_down_is_an_excerpt_of_the_master_with_fades_of_its_own(song):
    outputs = _render(song("wav32f"))
    assert outputs["cut"].holds
    assert outputs["cut"].linked
    assert outputs["cut"].frames == 120_000
    cut, rate = soundfile.read(outputs["cut"].path)
    whole, _ = soundfile.read(outputs["master"].path)
    excerpt = whole[rate : rate + 120_000]
    np.testing.assert_allclose(cut[:96_000], excerpt[:96_000], atol=1e-7)
    assert np.abs(cut[-10:]).max() < 1e-4 < np.abs(excerpt[-10:]).max()


def test_parts_add_up_beside_a_section_of_another_version(song):
    outputs = _render(song("wav16"))
    parts = [
        soundfile.read(outputs[name].path, dtype="int16")[0].astype(int)
        for name in ("instrumental", "acapella")
    ]
    master = soundfile.read(outputs["master"].path, dtype="int16")[0].astype(int)
    np.testing.assert_array_equal(parts[0] + parts[1], master)


def test_tags_leave_the_audio_and_a_session_without_metadata_its_bytes(song):
    plain = _render(song("wav24", extra="", versions=("master",)))["master"]
    before = plain.path.read_bytes()
    assert read_tags(plain.path) == {}
    tagged = _render(song("wav24", versions=("master",)))["master"]
    after = tagged.path.read_bytes()
    assert before != after
    samples = [soundfile.read(path.path, dtype="int32")[0] for path in (tagged,)]
    tagged.path.write_bytes(before)
    np.testing.assert_array_equal(samples[0], soundfile.read(plain.path, dtype="int32")[0])
    assert _render(song("wav24", versions=("master",)))["master"].sha256 == tagged.sha256


def test_the_song_begins_where_the_stems_say(song):
    path = song("wav24", versions=("master",))
    for name in ("Bass", "Vox"):
        stem = path.parent / f"{name}.wav"
        content = stem.read_bytes()
        bext = bytes(338) + (172_800_000).to_bytes(8, "little") + bytes(256)
        chunk = b"bext" + len(bext).to_bytes(4, "little") + bext
        grown = int.from_bytes(content[4:8], "little") + len(chunk)
        stem.write_bytes(content[:4] + grown.to_bytes(4, "little") + b"WAVE" + chunk + content[12:])
    output = _render(path)["master"]
    assert WavInfoReader(str(output.path)).bext.time_reference == 172_800_000
