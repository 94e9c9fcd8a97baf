"""Names of files by template, mono files, and shaped dither in a whole render."""

from __future__ import annotations

import os

import numpy as np
import pytest
import soundfile
from deliver_material import musical

from engine.deliver.file_names import Naming
from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.errors import InputError, SessionError
from engine.session.files import load_session
from engine.tags.file import read_tags

METADATA = '\n[metadata]\nartist = "AC/DC"\ncatalogue_number = "CAT 1"\nisrc = "DEA312600001"\n'


@pytest.fixture
def session_with(make_session):
    def make(keys, extra=METADATA, seconds=1.0, versions=("master",)):
        stems = {"Bass": musical(seconds, seed=1), "Vox": musical(seconds, seed=2)}
        text = f'[[deliverables]]\nname = "cd"\n{keys}\nversions = {list(versions)}\n{extra}'
        path = make_session(stems, text)
        content = path.read_text(encoding="utf-8")
        content = content.replace('name = "Vox"\nrole = "other"', 'name = "Vox"\nrole = "vocals"')
        path.write_text(content, encoding="utf-8")
        os.utime(path, (1_700_000_000, 1_700_000_000))  # 2023-11-14 22:13 UTC
        return path

    return make


def jobs_of(path, folder=None, **naming):
    session = load_session(path)
    wanted = {"deliverables": [], "versions": [], "folder": folder, "force": True}
    return plan_jobs(session, **wanted, naming=Naming(**naming))


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{artist} - {title} ({version})", "AC_DC - Süß _ Song (Master).wav"),
        ("{catalogue_number}_{isrc}_{rate_khz}k{bits}_v{revision}", "CAT 1_DEA312600001_44.1k24_v3.wav"),
        ("{track} {title} {rate_hz}", "07 Süß _ Song 44100.wav"),
        ("{date} {deliverable}", "2023-11-14 cd.wav"),
        ("{album} - {title} ({stem})", "Süß _ Song.wav"),
        ("nul", "_nul.wav"),
        ("{{x}} {version}", "{x} Master.wav"),
    ],
)
def test_templates(session_with, template, name):
    path = session_with(f'encoding = "wav24"\nsample_rate = 44100\nfile_name = "{template}"')
    [job] = jobs_of(path, revision=3, track=7)
    assert job.path.name == name


def test_what_was_replaced_is_told(session_with):
    [job] = jobs_of(session_with('file_name = "{artist} {album} x"'))
    assert job.path.name == "AC_DC x.wav"
    assert [note for note in job.notes if " /" in note]
    assert [note for note in job.notes if "{album}" in note]


@pytest.mark.parametrize("template", ["{titel}", "{title", "{title!r}", "{title:>10}", "{0}", "{}"])
def test_templates_that_cannot_be_filled_in(session_with, template):
    with pytest.raises(SessionError, match=r"deliverables\[0\]\.file_name"):
        load_session(session_with(f'file_name = "{template}"'))


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{title}", "would both be"),
        ("{album}", "nothing is left"),
        ("{title}{title} " + "x" * 300, "bytes long"),
    ],
)
def test_names_that_no_file_can_have(session_with, template, says):
    path = session_with(f'file_name = "{template}"', versions=("master", "instrumental"))
    with pytest.raises(InputError, match=says) as caught:
        jobs_of(path)
    assert caught.value.kind == "file_name"
    assert not (path.parent / "renders").exists()


def test_stems_by_template_lie_in_their_folder_or_beside(session_with):
    inside = jobs_of(session_with('file_name = "{title}"', versions=("stems",)))
    assert [str(job.path.relative_to(job.path.parents[1])) for job in inside] == [
        "Süß _ Song/Bass.wav",
        "Süß _ Song/Vox.wav",
    ]
    beside = jobs_of(session_with('file_name = "{title}_{stem}"', versions=("stems",)))
    assert [job.path.name for job in beside] == ["Süß _ Song_Bass.wav", "Süß _ Song_Vox.wav"]


@pytest.mark.parametrize("encoding", ["wav24", "wav32f", "flac16", "aiff16"])
def test_mono_files_hold_the_samples_of_the_stereo_file(session_with, encoding):
    rendered = []
    for folder, more in (("one", ""), ("two", "\nmono_files = true")):
        keys = f'encoding = "{encoding}"\nloudness_lufs = -16.0{more}'
        path = session_with(keys, versions=("master", "instrumental"))
        rendered.append(render(load_session(path), jobs_of(path, path.parent / folder)).outputs)
    stereo, mono = rendered
    for one, two in zip(stereo, mono, strict=True):
        assert (two.holds, two.reasons) == (one.holds, one.reasons)
        assert two.integrated_lufs == one.integrated_lufs
        bare = one.path.name.removesuffix(one.path.suffix)
        files = [two.path.parent / f"{bare}.{side}{one.path.suffix}" for side in "LR"]
        sides = [soundfile.read(file, always_2d=True)[0] for file in files]
        np.testing.assert_array_equal(np.concatenate(sides, axis=1), soundfile.read(one.path)[0])
        assert all(read_tags(file)["artist"] == "AC/DC" for file in files)
    assert len(list(mono[0].path.parent.iterdir())) == 4


def test_shaped_parts_add_up_and_sound_as_the_master_does(session_with):
    keys = 'encoding = "wav16"\ndither = "shaped"\nloudness_lufs = -20.0'
    path = session_with(keys, versions=("master", "instrumental", "acapella", "stems"))
    outputs = render(load_session(path), jobs_of(path)).outputs
    assert all(output.holds for output in outputs)
    samples = [soundfile.read(output.path, dtype="int16")[0].astype(int) for output in outputs]
    np.testing.assert_array_equal(samples[1] + samples[2], samples[0])
    np.testing.assert_array_equal(samples[3] + samples[4], samples[0])
    white = session_with(keys.replace("shaped", "tpdf"))
    plain = render(load_session(white), jobs_of(white, path.parent / "white")).outputs[0]
    difference = samples[0] - soundfile.read(plain.path, dtype="int16")[0].astype(int)
    assert 1.0 < difference.std() < 2.5


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ('encoding = "wav16"\ndither = "shaped"\nsample_rate = 96000', "dither"),
        ('encoding = "wav24"\ndither = "shaped"', "dither"),
        ('encoding = "mp3-320"\nmono_files = true', "mono_files"),
    ],
)
def test_what_does_not_go_together_is_refused(session_with, keys, key):
    with pytest.raises(SessionError, match=rf"deliverables\[0\]\.{key}"):
        load_session(session_with(keys))
