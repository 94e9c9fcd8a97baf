"""Names as DAWs, clients and separators give them: what they hold, and how a desk shows them."""

from __future__ import annotations

import pytest

from engine.session.guess import common_start, guess_roles, reference_hit
from engine.session.naming import display_names, without_version

#: Sets of names with the roles that are right, separated by |; `mix` is the reference.
SETS = {
    "backing words win wherever they stand": "Dbl Vox:backing_vocals,Lead Vox Dbl_bip:backing_vocals,"
    "LV DT:backing_vocals,Adlib Vocals:backing_vocals,Vox Harm 3rd:backing_vocals,Harm Hi:backing_vocals,"
    "Hook Adlibs:backing_vocals,Oohs:backing_vocals,Pre Chorus Stack:backing_vocals",
    "but not where an instrument is named": "Gtr Dbl:instruments,ElecGtr1DT:instruments,Ac Gtr Dbl:acoustic,"
    "Vocals:vocals",
    "generic words lose": "Drm Loop:drums,Bass Loop:bass,DRM SUB_01:drums,SubKick:drums,Bell Pad:melodic,"
    "Piano Loop:instruments,Synth Strings:orchestral,Moog Bass:bass,4-Wavetable Bass:bass,Kick Sample:drums,"
    "Instrument Strings:orchestral,Bass Synth:bass,Cowbell:drums,Synth Loop:melodic,Sub:sub,808 Glide:sub",
    "what is missing is no role": "no_vocals:music,vocals:vocals",
    "nor is it in other languages": "ohne Gesang:music,Drums w/o Kick:drums,Gesang:vocals",
    "effects beside dialogue are a film's": "DX:dialogue,MX:music,FX:effects",
    "effects beside music are not": "Drums:drums,FX:fx,Keys:instruments",
    "a lead beside voices is a synthesizer's": "Lead:melodic,Vox:vocals,Drums:drums",
    "a lead beside backing voices is one": "Lead:vocals,BGV:backing_vocals",
    "separators": "2_Song_(Bass)_htdemucs_ft:bass,2_Song_(Other)_htdemucs_ft:other,"
    "2_Song_(Vocals)_htdemucs_ft:vocals",
    "print masters": "s02e02_v03_DIAStem_48k_24b:dialogue,s02e02_v03_FFFXStem_48k_24b:effects,"
    "s02e02_v03_PM_Nearfield_2ch_48k_24b:mix",
    "percussion": "Shkr_01:drums,Timbales:drums,Djembe:drums,Top Loop:drums,Breaks:drums,Claps Loop:drums",
    "parts of a song are voices": "Hook:vocals,Verse 1:vocals,Chorus Gtr:instruments,Intro Piano:instruments",
    "parts of a song are nothing beside what sounds": "Hook Synth:melodic,Ld Gtr:instruments,"
    "Chorus Synth:melodic,Lead Bell:melodic,PreChorus Riser:fx,"
    "Verse 2 Adlibs:backing_vocals,LD:vocals,Vox:vocals",
    "nor is what may be done to anything": "Synth Stack:melodic,Harmony Synth:melodic,BG Noise:fx,"
    "Gang Claps:drums,Hook Dbl:backing_vocals,Hook Stack:backing_vocals,Vox:vocals",
    "an 808 is a bass unless something of the kit is named": "808:sub,808 Long Glide:sub,808 Clean:sub,"
    "808 Snare:drums,Snare 808:drums,808 Kit:drums,TR-808 Kit:drums,808 Bass:sub,808 Lead:sub",
    "effects and backgrounds in a song are no film's": "Drums:drums,Vox:vocals,SFX:fx,Ambience:fx,Rain:fx,"
    "Backgrounds:backing_vocals",
    "and in a film they are": "DX:dialogue,MX:music,SFX:effects,Ambience:effects,Backgrounds:effects",
    "bass of another instrument": "Gtr Bass:bass,Keys Bass:bass,Bass Gtr:bass,Low End:bass",
    "less usual names": "Floor:drums,Hn 1-4:orchestral,Decca Tree:orchestral,Falsetto:vocals,"
    "Ahhs:backing_vocals,Siren:fx,Send A:fx,Music Box:instruments,Modular:melodic,"
    "Keyz:instruments,E-Bow:instruments,Brushes:drums,Unmastered:mix",
    "acoustic says how, not what": "Acoustic Drums:drums,Acoustic Piano:instruments,Acoustic Bass:bass,"
    "Acoustic:acoustic,Acoustic Gtr:acoustic,Acoustic Loop:acoustic",
    "the lowest of a family": "Drums:drums,Bass Clarinet:orchestral,"
    "Bass Trombone:orchestral,Bass Vox:backing_vocals",
    "Studio One": "01 Kick:drums,04 Mai Tai:melodic,09 BKG Vocals:backing_vocals,Main:mix",
}


@pytest.mark.parametrize("rows", SETS.values(), ids=SETS)
def test_roles_of_a_set(rows: str) -> None:
    pairs = [row.rsplit(":", 1) for row in rows.split(",")]
    names = [name for name, _ in pairs]
    shared = len(common_start(names))
    guesses = [guess.role for guess in guess_roles(names)]
    found = [
        "mix" if reference_hit(name, shared) else role for name, role in zip(names, guesses, strict=True)
    ]
    assert dict(zip(names, found, strict=True)) == dict(pairs)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["01_Kick", "02_SnareUp", "10_ElecGtr1"], ["Kick", "SnareUp", "ElecGtr1"]),
        (["BL_NotOkay_STEM_Drums_48k24b", "BL_NotOkay_STEM_Vox Verbs_48k24b"], ["Drums", "Vox Verbs"]),
        (["230714_MySong_v3_Drums", "230714_MySong_v3_Bass"], ["Drums", "Bass"]),
        (["2_Song_(Bass)_htdemucs_ft", "2_Song_(Drums)_htdemucs_ft"], ["Bass", "Drums"]),
        (["Kick In.cm_01", "BGV Stk.dup1", "Gtr 1 Rtm.cm_01"], ["Kick In", "BGV Stk", "Gtr 1 Rtm"]),
        (["KICK @140BPM", "808 (D#m)"], ["KICK", "808"]),
        (["01_Tom", "02_Tom"], ["01_Tom", "02_Tom"]),
        (["Stem 1 - Beat", "Stem 2 - 808"], ["Beat", "808"]),
        (["Drums"], ["Drums"]),
        (["Gtr & Keys", "Audio 7", "Tom 1", "Tom 2"], ["Gtr & Keys", "Audio 7", "Tom 1", "Tom 2"]),
        (["Drums 2026-03-01 48k 24bit", "Bass 2026-03-01 48k 24bit"], ["Drums", "Bass"]),
        (["123", "_-_", ""], ["123", "_-_", ""]),
    ],
)
def test_names_on_the_desk(names: list[str], shown: list[str]) -> None:
    assert list(display_names(names)) == shown


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("LeadVox_v3", "LeadVox_v4"),
        ("Bass v9", "Bass v10"),
        ("Keys take 1", "Keys take 2"),
        ("Bass_old", "Bass_v2"),
        ("Drums v3", "Drums FINAL"),
        ("Lead Vox FINAL", "Lead Vox FINAL2"),
        ("Mix_final", "Mix_final_3"),
        ("Mix final 2", "Mix final 10"),
    ],
)
def test_versions_of_one_stem(older: str, newer: str) -> None:
    (one, first), (other, second) = without_version(older), without_version(newer)
    assert one == other
    assert first is not None
    assert second is not None
    assert first < second


def test_numbers_alone_are_no_versions() -> None:
    assert without_version("Tom 1")[1] is None
    assert without_version("Verse 2")[1] is None
    assert without_version("Finale 2")[1] is None
