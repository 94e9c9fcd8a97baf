"""What file names say: roles, the mix, titles, and matching to a split."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError, UsageError
from engine.session.guess import guess_role, guess_roles, plain, reference_hit
from engine.session.role_words import reference_words, role_words
from engine.session.roles import roles
from engine.session.scan import guess_title, select_files
from engine.session.template import match_template, template_named, templates

#: File names by the role they should give, separated by commas.
NAMES = {
    "drums": "Drums,01_Kick+Snare,KickDrum,OH L,Bass Drum,SD,HiHats,Schlagzeug,Batería,Percussão,ドラム,"
    "Perc Loop,ударные,鼓组,drum bus,Trümmer Trommeln,Drums FX",
    "bass": "Bass,BASS_DI,Bass Guitar,SynthBass,Bass Synth,Baß,Basse,E-Bass,ベース",
    "sub": "808,808s,Sub,Sub Bass,SUB_808,01 808 (Dist)",
    "vocals": "LeadVox,Lead Vocal,LV,Vox_Main,vocals,Gesang,Voix,Main Vox 2,Vox FX,Acapella,A Cappella,вокал,"
    "ボーカル,人声,VocalsComp_v3,Leadgesang,FX Vox",
    "backing_vocals": "BGV,BGVs,BVs,BackingVox,Backing Vocals,Harmonies,Ad-Libs,Chor,Vox Doubles,choeurs,"
    "Coros,コーラス,Background Vocals,Lead Double,GangVox",
    "instruments": "Gtr,E-Gtr L,Guitars,Keys,Lead Guitar,Piano,Klavier,Rhodes,Gitarre,гитара,ギター,EGtr1,"
    "Instruments,Hammond B3,Gtr & Keys,Guitare",
    "melodic": "Synths,Pads,Arp,Lead Synth,Melody,PluckLoop,シンセ,SynthPad",
    "acoustic": "Acoustic Gtr,AcGtr,Ukulele,Akustikgitarre,Acoustic",
    "orchestral": "Strings,Horns,Streicher,Orchestra,Cordes,Violin 1,Cello",
    "fx": "FX,Risers,Reverb Returns,Impacts,Effekte,EarCandy",
    "effects": "SFX,Foley,Sound Effects,Atmos,Ambience",
    "dialogue": "Dialogue,DX,VO,Voice Over,Dialog_DE,对白",
    "music": "Music,MX,Instrumental,Backing Track,Musik,музыка",
    "other": "Other,xyz,Track 07,Ñandú,,123,_-_",
}
CASES = [(role, name) for role, names in NAMES.items() for name in names.split(",")]


@pytest.mark.parametrize(("role", "name"), CASES)
def test_roles_are_guessed_from_names(role: str, name: str) -> None:
    assert guess_role(name).role == role


def test_every_role_has_a_name_that_is_recognised() -> None:
    assert set(NAMES) == set(roles())


def test_a_guess_tells_its_word_and_what_else_it_could_be() -> None:
    guess = guess_role("BassDrums30")
    assert (guess.role, guess.word, guess.also) == ("bass", "bass", ("drums",))
    assert guess_role("xyz").word is None


def test_what_all_names_share_says_nothing() -> None:
    names = ["Bass Culture - Drums", "Bass Culture - Keys", "Bass Culture - Bass", "Bass Culture - 07"]
    found = [guess.role for guess in guess_roles(names)]
    # nothing is left of the last one, so the whole name counts
    assert found == ["drums", "instruments", "bass", "bass"]
    assert [guess.role for guess in guess_roles(["Drums_L", "Drums_R"])] == ["drums", "drums"]


def test_no_word_belongs_to_two_roles() -> None:
    seen: dict[str, str] = {}
    for name, role in role_words().items():
        for word in role.words:
            assert seen.setdefault(word, name) == name
            assert word == plain(word).lower(), "words are lower case, without accents"
    assert not set(seen) & set(reference_words())


@given(st.text(max_size=30))
def test_any_name_gets_a_role(name: str) -> None:
    assert guess_role(name).role in roles()


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Mix",
            "Falling Water_MIX_v3",
            "Reference",
            "ref",
            "2mix",
            "2-Mix",
            "FullMix",
            "Master",
            "Mix Print",
        ),
        *("Mixdown 48k", "Song premaster", "ミックス"),
    ],
)
def test_names_of_a_mix(name: str) -> None:
    assert reference_hit(name) is not None


@pytest.mark.parametrize(
    "name", ["Drum Mix", "Vocal Master", "Remixed", "Mixolydian", "Guitar Bounce", "Song"]
)
def test_names_of_no_mix(name: str) -> None:
    assert reference_hit(name) is None


def _folder(tmp_path: Path, *names: str) -> Path:
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.touch()
    return tmp_path


def test_a_folder_is_taken_in_natural_order_without_hidden_and_other_files(tmp_path: Path) -> None:
    _folder(tmp_path, "10 Keys.wav", "2 Bass.WAV", "1 Drums.flac", ".hidden.wav", "._2 Bass.WAV", "notes.txt")
    _folder(tmp_path, "Pads.dsf", "Mix.aiff", "renders/old.wav")
    chosen = select_files([tmp_path], None)
    assert [path.name for path in chosen.stems] == ["1 Drums.flac", "2 Bass.WAV", "10 Keys.wav"]
    assert chosen.reference == tmp_path / "Mix.aiff"
    assert chosen.reference_word == "mix"
    assert [note for note in chosen.notes if "Pads.dsf" in note]


def test_the_surest_mix_wins_and_the_others_are_told(tmp_path: Path) -> None:
    _folder(tmp_path, "Song Drums.wav", "Song Bass.wav", "Song Master.wav", "Song Reference.wav")
    chosen = select_files([tmp_path], None)
    assert chosen.reference == tmp_path / "Song Reference.wav"
    assert [path.name for path in chosen.stems] == ["Song Bass.wav", "Song Drums.wav"]
    assert "Song Master.wav" in chosen.notes[0]


def test_named_files_are_never_left_out(tmp_path: Path) -> None:
    names = ("a/Drums.wav", "a/Master.wav", "a/Reference.wav")
    _folder(tmp_path, *names)
    chosen = select_files([tmp_path / name for name in names], None)
    assert [path.name for path in chosen.stems] == ["Drums.wav", "Master.wav"]


def test_a_named_mix_is_no_stem(tmp_path: Path) -> None:
    _folder(tmp_path, "Drums.wav", "Final.wav", "Mix.wav")
    chosen = select_files([tmp_path, tmp_path / "Drums.wav"], tmp_path / "Final.wav")
    assert chosen.reference == tmp_path / "Final.wav"
    assert chosen.reference_word is None
    assert [path.name for path in chosen.stems] == ["Drums.wav", "Mix.wav"]


def test_the_song_itself_is_the_mix(tmp_path: Path) -> None:
    _folder(tmp_path, "Falling Water.wav", "Falling Water Drums.wav", "Falling Water Bass.wav")
    chosen = select_files([tmp_path], None)
    assert chosen.reference == tmp_path / "Falling Water.wav"
    assert guess_title(chosen.stems) == "Falling Water"


def test_files_that_are_all_mixes_are_all_stems(tmp_path: Path) -> None:
    _folder(tmp_path, "Mix.wav", "Master.wav")
    assert select_files([tmp_path], None).reference is None


@pytest.mark.parametrize(
    ("make", "ask", "kind", "says"),
    [
        ([], "missing", "missing_file", "is not there"),
        (["notes.txt"], "", "no_audio", "holds no audio"),
        (["renders/a.wav"], "", "no_audio", "holds no audio"),
    ],
)
def test_nothing_to_take(tmp_path: Path, make: list[str], ask: str, kind: str, says: str) -> None:
    _folder(tmp_path, *make)
    with pytest.raises(InputError, match=says) as caught:
        select_files([tmp_path / ask], None)
    assert caught.value.kind == kind


def test_only_a_mix_leaves_no_stems(tmp_path: Path) -> None:
    _folder(tmp_path, "Final.wav")
    with pytest.raises(InputError) as caught:
        select_files([tmp_path], tmp_path / "Final.wav")
    assert caught.value.kind == "no_stems"


@pytest.mark.parametrize(
    ("paths", "title"),
    [
        (["/m/x/Falling_Water - Drums.wav", "/m/x/Falling_Water - Bass.wav"], "Falling Water"),
        (["/m/Señorita (Drums).wav", "/m/Señorita (Bass).wav"], "Señorita"),
        (["/m/Falling Water/Drums.wav", "/m/Falling Water/Bass.wav"], "Falling Water"),
        (["/m/Falling Water/Stems/Drums.wav", "/m/Falling Water/Stems/Bass.wav"], "Falling Water"),
        (["/m/Song/01 Drums.wav", "/m/Song/02 Bass.wav"], "Song"),
        (["/m/Song/Drums.wav"], "Song"),
        (["/m/Song/Drums/Kick.wav", "/m/Song/Vox/Lead.wav"], "Song"),
        (["/m/Song/Stems/Drums/Kick.wav", "/m/Song/Stems/Vox/Lead.wav"], "Song"),
        (["/m/Song/Stem 1 - Beat.wav", "/m/Song/Stem 2 - Vox.wav"], "Song"),
        (["/a.wav"], "Untitled"),
    ],
)
def test_titles(paths: list[str], title: str) -> None:
    assert guess_title([Path(path) for path in paths]) == title


# --- splits --------------------------------------------------------------------------------------


def test_the_splits_of_the_program() -> None:
    assert list(templates()) == [
        "four-stem",
        "six-stem-electronic",
        "hip-hop",
        "singer-songwriter",
        "film-me",
        "per-instrument",
        "instrumental-acapella",
    ]
    for template in templates().values():
        used = {stem.role for stem in template.stems} | {r for stem in template.stems for r in stem.accepts}
        assert used <= set(roles())
        assert len(template.stems) <= 8
    assert len(templates()["four-stem"].stems) == 4
    assert len(templates()["six-stem-electronic"].stems) == 6


@pytest.mark.parametrize("name", list(templates()))
def test_files_named_like_the_split_fill_it(name: str) -> None:
    template = template_named(name)
    names = [f"Song {stem.name}" for stem in reversed(template.stems)]
    match = match_template(template, names, guess_roles(names))
    assert match.missing == ()
    assert [stem.name for stem in match.stems if stem] == [stem.name for stem in reversed(template.stems)]


def test_roles_fill_a_split_once_each_and_the_rest_is_told() -> None:
    names = ["drums", "bass", "other", "vocals", "kick"]
    match = match_template(template_named("four-stem"), names, guess_roles(names))
    assert [stem and stem.role for stem in match.stems] == ["drums", "bass", "instruments", "vocals", None]
    names = ["Beat", "Lead"]
    match = match_template(template_named("hip-hop"), names, guess_roles(names))
    assert [stem.name for stem in match.missing] == ["808", "Melodic", "Backing Vocals"]


def test_an_unknown_split() -> None:
    with pytest.raises(UsageError, match="did you mean 'four-stem'"):
        template_named("4-stem")


def test_every_role_has_words_in_the_order_of_the_roles() -> None:
    assert list(role_words()) == list(roles())


def test_who_opens_a_session_reads_no_words() -> None:
    """They are most of what there is to read about roles; before its first picture nobody needs them."""
    source = """
import sys
import subprocess
import sys
from pathlib import Path
from engine.session.files import read_text_session
from engine.session.range_card import card_findings
text = 'sample_rate = 48000\\n[[stems]]\\npath = "a.wav"\\nrole = "drums"\\n'
card_findings(read_text_session(text, Path("/x.toml")))
assert "engine.session.roles" in sys.modules
assert "engine.session.role_words" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", source], check=True)
