"""Chain presets: the shipped ones keep to the card, the user's own are files, broken ones are told."""

from __future__ import annotations

import pytest

from engine.errors import StemlatheError
from engine.session.chain_presets import chain_presets, presets_folder, save_preset
from engine.session.files import parse_session
from engine.session.range_card import card_findings
from engine.session.roles import roles
from engine.session.toml_text import literal
from engine.session.validate import session_from_tree


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def session_with(chain, role, tmp_path, rate=44100):
    on_master = role == "master"
    stem_chain = "" if on_master else f"chain = {literal([dict(table) for table in chain])}"
    master = f"[master]\nchain = {literal([dict(table) for table in chain])}" if on_master else ""
    text = (
        f'format = 1\ntitle = "T"\nsample_rate = {rate}\n[[stems]]\nname = "A"\npath = "a.wav"\n'
        f'role = "{"other" if on_master else role}"\n{stem_chain}\n{master}\n'
    )
    return session_from_tree(parse_session(text, tmp_path / "s.toml"), tmp_path / "s.toml")


def test_each_shipped_one_says_why_and_keeps_to_the_card_of_its_roles(tmp_path):
    presets, problems = chain_presets()
    assert problems == ()
    assert len(presets) >= 6
    covered = {role for preset in presets.values() for role in preset.roles}
    assert {"vocals", "drums", "bass", "instruments", "master"} <= covered
    for preset in presets.values():
        assert len(preset.reason) > 30
        assert preset.path is None
        for role in preset.roles:
            assert role == "master" or role in roles()
            assert card_findings(session_with(preset.chain, role, tmp_path)) == ()


def test_one_of_the_users_own_is_a_file_that_comes_back(tmp_path):
    chain = [{"type": "eq", "bands": [{"frequency_hz": 3000.0, "gain_db": 1.0}]}, {"type": "deesser"}]
    path = save_preset("My voice", chain, ["vocals"], replace=False)
    assert path == presets_folder() / "My voice.toml"
    mine = chain_presets()[0]["My voice"]
    assert [dict(table) for table in mine.chain] == chain
    assert mine.suits("vocals")
    assert not mine.suits("drums")
    with pytest.raises(StemlatheError):
        save_preset("My voice", chain, ["vocals"], replace=False)
    save_preset("My voice", chain[1:], ["vocals"], replace=True)
    assert len(chain_presets()[0]["My voice"].chain) == 1


@pytest.mark.parametrize("name", ["", "a/b", "../up", ".hidden", "x" * 65, "end."])
def test_a_name_that_no_file_can_have_is_refused(name):
    with pytest.raises(StemlatheError, match="names no preset"):
        save_preset(name, [{"type": "deesser"}], [], replace=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not toml", "is skipped"),
        ("roles = ['vocals']", "chain"),
        ("chain = [ { type = 'reverb' } ]", "reverb"),
        ("roles = ['voice']\nchain = [ { type = 'deesser' } ]", "is no role"),
        ("roles = ['drums']\nchain = [ { type = 'limiter' } ]", "not for stems"),
        ("chain = [ { type = 'deesser', ratio = 0.5 } ]", "ratio"),
    ],
)
def test_a_broken_file_is_told_and_keeps_no_other_away(text, said):
    presets_folder().mkdir(parents=True)
    (presets_folder() / "broken.toml").write_text(text)
    presets, problems = chain_presets()
    assert "clear-voice" in presets
    assert "broken" not in presets
    assert len(problems) == 1
    assert said in problems[0]
    assert "broken.toml" in problems[0]
