"""Versions: parts that add up to the master, in float and in every integer of every frame."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import soundfile
from deliver_material import musical

from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.errors import InputError, UsageError
from engine.report.plain import as_json
from engine.session.files import load_session

ROLES = {"Drums": "drums", "Speech": "dialogue", "Lead": "vocals", "Choir": "backing_vocals"}
LINKED = ("instrumental", "acapella", "tv", "music_effects", "stems")

#: Every kind of stage that a master bus can hold.
BUS = """chain = [
  { type = "eq", phase = "linear", bands = [ { shape = "low_shelf", frequency_hz = 90.0, gain_db = 2.0 } ] },
  { type = "eq", bands = [ { shape = "peak", frequency_hz = 900.0, gain_db = -2.0, channels = "mid" } ] },
  { type = "multiband", crossovers_hz = [200.0, 3000.0], bands = [
    { threshold_db = -30.0, ratio = 2.0 }, { threshold_db = -28.0, ratio = 3.0 }, { ratio = 1.5 } ] },
  { type = "deesser", threshold_db = -40.0 },
  { type = "saturator", drive_db = 9.0, character = "tube", mix = 0.7 },
  { type = "stereo", width = 1.2, mono_below_hz = 120.0 },
  { type = "compressor", threshold_db = -24.0, ratio = 2.0, mix = 0.8, sidechain_highpass_hz = 90.0 },
  { type = "compressor", threshold_db = -30.0, ratio = 1.5, channels = "side" },
  { type = "limiter", ceiling_dbtp = -1.0, drive_db = 12.0 },
]
start_s = 0.1
fade_in_s = 0.2
fade_out_s = 0.5"""


def deliverable(encoding, *, versions=("master", *LINKED), more=""):
    listed = ", ".join(f'"{version}"' for version in versions)
    return f'[[deliverables]]\nname = "d"\nencoding = "{encoding}"\nversions = [{listed}]\n{more}\n'


@pytest.fixture
def song(make_session):
    """Writes a session of four stems, one of each kind of role."""

    def make(deliverables, *, master=BUS, seconds=2.0, gain=1.0, extra=""):
        stems = {name: gain * musical(seconds, seed=n) for n, name in enumerate(ROLES)}
        path = make_session(stems, deliverables, master=master)
        text = path.read_text(encoding="utf-8")
        for name, role in ROLES.items():
            text = text.replace(f'name = "{name}"\nrole = "other"', f'name = "{name}"\nrole = "{role}"')
        path.write_text(text + extra, encoding="utf-8")
        return path

    return make


def run(path, **wanted):
    session = load_session(path)
    options = {"deliverables": [], "versions": [], "folder": None, "force": False, **wanted}
    return render(session, plan_jobs(session, **options)).outputs


def read(outputs, bits=None):
    """Samples by version, or by stem; as integers where a word length is given."""

    def samples(output):
        if bits is None:
            return soundfile.read(output.path, always_2d=True, dtype="float64")[0]
        return soundfile.read(output.path, always_2d=True, dtype="int32")[0].astype(np.int64) >> (32 - bits)

    return {output.stem or output.version: samples(output) for output in outputs}


def differences(audio):
    """Every identity that holds between versions of `ROLES`."""
    stems = [audio[name] for name in ROLES]
    drums, speech, lead, choir = stems
    return {
        "instrumental + acapella": audio["instrumental"] + audio["acapella"] - audio["master"],
        "stems": sum(stems) - audio["master"],
        "instrumental": drums + speech - audio["instrumental"],
        "acapella": lead + choir - audio["acapella"],
        "tv": audio["tv"] + lead - audio["master"],
        "music_effects": audio["music_effects"] + speech - audio["master"],
    }


def rms_db(signal):
    return 20 * np.log10(np.sqrt(np.mean(signal**2)) + 1e-30)


def test_float_parts_add_up_through_every_kind_of_stage(song):
    audio = read(run(song(deliverable("wav32f"))))
    assert rms_db(audio["Lead"]) > -40.0
    for name, difference in differences(audio).items():
        assert rms_db(difference) <= -120.0, name


@pytest.mark.parametrize(("encoding", "bits"), [("wav24", 24), ("wav16", 16), ("flac24", 24)])
@pytest.mark.parametrize("more", ["", "loudness_lufs = -14.0\nsample_rate = 44100"])
def test_integers_add_up_in_every_frame(song, encoding, bits, more):
    audio = read(run(song(deliverable(encoding, more=more))), bits)
    for name, difference in differences(audio).items():
        assert not difference.any(), name


def test_errors_of_integer_parts_stay_small_and_free_of_the_signal(song, tmp_path):
    path = song(deliverable("wav16") + deliverable("wav32f").replace('"d"', '"f"'))
    outputs = run(path)
    exact = read([output for output in outputs if output.deliverable == "f"])
    coarse = read([output for output in outputs if output.deliverable == "d"], 16)
    for name, depth in {"instrumental": 1, "acapella": 1, "Drums": 2, "Choir": 2, "tv": 2}.items():
        error = coarse[name] - exact[name] * 2.0**15
        terms = 2 if name == "tv" else 1
        assert np.abs(error).max() <= terms * 1.5 * (1 + depth) + 0.01, name
        assert abs(np.mean(error)) < 0.02, name
        level = np.corrcoef(error.ravel(), exact[name].ravel())[0, 1]
        assert abs(level) < 0.02, name


def test_the_master_is_the_same_file_alone_and_with_its_parts(song, tmp_path):
    path = song(deliverable("wav24", more="loudness_lufs = -14.0\nsample_rate = 44100"))
    together = run(path, folder=tmp_path / "together")
    [alone] = run(path, versions=["master"], folder=tmp_path / "alone")
    assert alone.sha256 == together[0].sha256
    [part] = run(path, versions=["instrumental"], folder=tmp_path / "part")
    assert part.sha256 == hashlib.sha256(part.path.read_bytes()).hexdigest()
    both = read([alone, part], 24)
    acapella = read(run(path, versions=["acapella"], folder=tmp_path / "part"), 24)["acapella"]
    assert np.array_equal(both["instrumental"] + acapella, both["master"])
    assert sorted(path.name for path in (tmp_path / "part").iterdir()) == [
        "Süß _ Song (A Cappella) [d].wav",
        "Süß _ Song (Instrumental) [d].wav",
    ]


def test_reports_say_what_is_linked_and_name_files_by_the_contract(song, tmp_path):
    versions = ("master", "instrumental", "stems", "vocal_up", "club")
    path = song(
        deliverable("wav24", versions=versions, more="loudness_lufs = -16.0"),
        extra="[versions.club]\ntrims_db = { Drums = 1.0 }\n",
    )
    outputs = run(path, folder=tmp_path / "out")
    names = [str(output.path.relative_to(tmp_path / "out")) for output in outputs]
    title = "Süß _ Song"
    assert names == [
        f"{title} (Master) [d].wav",
        f"{title} (Instrumental) [d].wav",
        *(f"{title} (Stems) [d]/{stem}.wav" for stem in ROLES),
        f"{title} (Vocal Up) [d].wav",
        f"{title} (club) [d].wav",
    ]
    assert [output.linked for output in outputs] == [True] * 6 + [False] * 2
    assert [output.target_lufs for output in outputs] == [-16.0] + [None] * 7
    assert {output.drive_db for output in outputs} == {outputs[0].drive_db}
    assert all(output.holds for output in outputs)
    assert outputs[0].integrated_lufs == pytest.approx(-16.0, abs=0.1)


def test_versions_with_other_trims_are_other_mixes_under_the_same_ceiling(song):
    chain = 'chain = [ { type = "limiter", ceiling_dbtp = -3.0, drive_db = 18.0 } ]'
    versions = ("master", "vocal_up", "vocal_down")
    outputs = run(song(deliverable("wav24", versions=versions), master=chain))
    assert all(output.true_peak_dbtp <= -3.0 + 0.02 for output in outputs)
    free = 'chain = [ { type = "gain", gain_db = 0.0 } ]'
    path = song(deliverable("wav32f", versions=(*versions, "acapella", "tv")), master=free)
    audio = read(run(path, force=True))
    lead = audio["master"] - audio["tv"]
    for version, gain_db in (("vocal_up", 1.0), ("vocal_down", -1.0)):
        moved = audio["master"] + (10 ** (gain_db / 20) - 1) * lead
        assert np.abs(audio[version] - moved).max() < 1e-6, version


def cancelling(song, encoding, *, drive_db, one_sided=False):
    """A session of which two stems cancel each other in the mix: alone they are far beyond full scale.

    One-sided: each of them on one side of zero only.
    """
    chain = f'chain = [ {{ type = "limiter", ceiling_dbtp = -1.0, drive_db = {drive_db} }} ]'
    path = song(deliverable(encoding, versions=("master", "instrumental", "acapella")), master=chain)
    drums, rate = soundfile.read(path.parent / "Drums.wav")
    if one_sided:
        drums = np.abs(drums)
        soundfile.write(path.parent / "Drums.wav", drums, rate, subtype="PCM_24")
    for name, signal in {"Lead": -drums, "Choir": 0.02 * drums, "Speech": 0.01 * drums}.items():
        soundfile.write(path.parent / f"{name}.wav", signal, rate, subtype="PCM_24")
    return path


@pytest.mark.parametrize("one_sided", [False, True])
def test_a_part_beyond_full_scale_becomes_float_and_still_adds_up(song, one_sided):
    path = cancelling(song, "wav16", drive_db=20.0, one_sided=one_sided)
    outputs = run(path)
    assert [output.substituted_encoding for output in outputs] == [None, "wav32f", "wav32f"]
    assert [output.holds for output in outputs] == [True, False, False]
    assert outputs[1].subtype == "FLOAT"
    assert outputs[1].over_ceiling_db > 1.0
    audio = read(outputs)
    assert np.array_equal(audio["instrumental"] + audio["acapella"], audio["master"])


def test_a_dialogue_anchor_brings_the_mastered_dialogue_to_the_target(song):
    more = 'loudness_lufs = -22.0\nloudness_anchor = "dialogue"'
    chain = 'chain = [ { type = "limiter", ceiling_dbtp = -2.0 } ]'
    versions = ("master", "stems")
    outputs = run(song(deliverable("wav24", versions=versions, more=more), master=chain, seconds=4.0))
    by_name = {output.stem or output.version: output for output in outputs}
    assert by_name["Speech"].integrated_lufs == pytest.approx(-22.0, abs=0.05)
    assert by_name["master"].integrated_lufs > -20.0
    assert by_name["master"].holds
    assert by_name["master"].target_lufs == -22.0


def test_a_muted_stem_is_in_no_version_and_gets_no_file(song):
    path = song(deliverable("wav24", versions=("master", "instrumental", "stems")))
    text = path.read_text(encoding="utf-8").replace('path = "Drums.wav"', 'path = "Drums.wav"\nmute = true')
    path.write_text(text, encoding="utf-8")
    outputs = run(path)
    assert [output.stem for output in outputs] == [None, None, "Speech", "Lead", "Choir"]
    audio = read(outputs, 24)
    assert np.array_equal(audio["Speech"], audio["instrumental"])


def test_an_unknown_version_is_wrong_usage(song):
    with pytest.raises(UsageError, match="no version 'karaoke'"):
        run(song(deliverable("wav24")), versions=["karaoke"])


def test_a_dialogue_anchor_without_dialogue_is_refused(make_session):
    more = 'loudness_lufs = -22.0\nloudness_anchor = "dialogue"'
    path = make_session({"A": musical(1.0)}, deliverable("wav24", versions=("master",), more=more))
    with pytest.raises(InputError, match="no stem that is heard has the role dialogue"):
        run(path)


def test_where_every_stem_is_muted_there_are_no_stems_to_write(make_session):
    path = make_session(
        {"A": musical(0.5)}, deliverable("wav24", versions=("stems",)), stem_keys="mute = true"
    )
    with pytest.raises(InputError, match="every stem is muted"):
        run(path)


def test_what_a_part_may_become_is_not_overwritten_either(song):
    path = song(deliverable("flac16", versions=("instrumental",)))
    [output] = run(path)
    there = output.path.with_suffix(".wav")
    output.path.rename(there)
    with pytest.raises(InputError, match="already there") as caught:
        run(path)
    assert caught.value.path == there


def test_a_subset_that_is_not_linked_is_solved_for_itself(song):
    """Its own dynamics, its own drive to the target, its ceiling held; the others go on adding up."""
    versions = ("master", "instrumental", "acapella", "club")
    more = "loudness_lufs = -16.0"
    own = "[versions.club]\ntrims_db = { Lead = 1.0 }\nlinked = false\n[versions.acapella]\nlinked = true\n"
    path = song(deliverable("wav24", versions=versions, more=more), extra=own)
    linked = {output.version: output for output in run(path)}
    assert (linked["instrumental"].linked, linked["instrumental"].target_lufs) == (True, None)
    path.write_text(path.read_text() + "[versions.instrumental]\nlinked = false\n", encoding="utf-8")
    outputs = {output.version: output for output in run(path, force=True)}
    assert {name: one.linked for name, one in outputs.items()} == {
        "master": True,
        "instrumental": False,
        "acapella": True,
        "club": False,
    }
    assert {name: one.target_lufs for name, one in outputs.items()} == {
        "master": -16.0,
        "instrumental": -16.0,
        "acapella": None,
        "club": -16.0,
    }
    for name in ("master", "instrumental", "club"):
        assert outputs[name].integrated_lufs == pytest.approx(-16.0, abs=0.1), name
        assert outputs[name].true_peak_dbtp <= -1.0 + 0.02
        assert outputs[name].holds, outputs[name].reasons
    assert outputs["instrumental"].drive_db > outputs["master"].drive_db + 0.5
    assert outputs["acapella"].drive_db == outputs["master"].drive_db
    assert outputs["acapella"].sha256 == linked["acapella"].sha256
    assert outputs["master"].sha256 == linked["master"].sha256
    # alone it is the same file
    [alone] = run(path, versions=["instrumental"], folder=path.parent / "alone")
    assert alone.sha256 == outputs["instrumental"].sha256


def test_a_subset_that_is_not_linked_equals_a_session_without_the_rest(song):
    """Without a target it runs at the limiter's own drive: as if nothing else had ever been there."""
    path = song(
        deliverable("wav32f", versions=("instrumental",)), extra="[versions.instrumental]\nlinked = false\n"
    )
    [output] = run(path)
    text = path.read_text(encoding="utf-8")
    for name in ("Lead", "Choir"):
        text = text.replace(f'path = "{name}.wav"', f'path = "{name}.wav"\nmute = true')
    path.write_text(text.replace('"instrumental"]', '"master"]'), encoding="utf-8")
    [muted] = run(path)
    assert np.array_equal(soundfile.read(output.path)[0], soundfile.read(muted.path)[0])


def test_a_subset_of_nothing_may_be_unlinked(song):
    path = song(deliverable("wav16", versions=("acapella",)), extra="[versions.acapella]\nlinked = false\n")
    text = path.read_text(encoding="utf-8").replace('role = "vocals"', 'role = "bass"')
    path.write_text(text.replace('role = "backing_vocals"', 'role = "bass"'), encoding="utf-8")
    [output] = run(path)
    assert output.holds
    assert output.integrated_lufs is None


@pytest.mark.parametrize("level", [10.0, 0.0])
def test_ten_times_full_scale_and_silence_through_everything(song, random, level):
    """The whole rack on every stem and on the master: numbers everywhere, the ceiling, the sums."""
    path = song(deliverable("wav24", more="loudness_lufs = -14.0"))
    for name in ROLES:
        loud = level * np.sign(random.standard_normal((48_000, 2)))
        soundfile.write(
            path.parent / f"{name}.wav", loud if name != "Lead" else 0.0 * loud, 48_000, subtype="FLOAT"
        )
    text = path.read_text(encoding="utf-8")
    rack = BUS[: BUS.index('  { type = "limiter"')] + "]"
    path.write_text(text.replace("\npath", f"\n{rack}\npath"), encoding="utf-8")
    outputs = run(path)
    json.dumps(as_json(outputs), allow_nan=False)
    master = outputs[0]
    assert master.true_peak_dbtp is None or master.true_peak_dbtp <= -1.0 + 0.02
    assert (master.integrated_lufs is None) == (level == 0.0)
    for cause in master.gain_reduction:
        assert sum(one.share for one in cause.shares) == pytest.approx(1.0, abs=1e-6)
        assert next(one.share for one in cause.shares if one.stem == "Lead") == pytest.approx(0.0, abs=1e-9)
    audio = read([output for output in outputs if output.substituted_encoding is None], 24)
    assert all(np.abs(one).max() < 2**23 for one in audio.values())
    if level == 0.0:
        assert master.gain_reduction == ()
        for name, difference in differences(audio).items():
            assert not difference.any(), name


def test_what_24_bit_integers_in_float_cannot_hold_is_told(song):
    """Beyond twice full scale a 32-bit float has no room for every 24-bit step."""
    path = cancelling(song, "wav24", drive_db=24.0)
    outputs = run(path)
    assert [output.substituted_encoding for output in outputs] == [None, "wav32f", "wav32f"]
    assert "inexact_beyond_full_scale" in outputs[1].reasons
    audio = read(outputs)
    largest = max(np.abs(one).max() for one in audio.values())
    assert largest > 2.0
    step = 2.0 ** (np.floor(np.log2(largest)) - 23)
    difference = audio["instrumental"] + audio["acapella"] - audio["master"]
    assert 0.0 < np.abs(difference).max() <= step
