"""Two mono files as one stem: named, read, hashed, played and refused as one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import example, given
from hypothesis import strategies as st

from engine.audio.source import open_source
from engine.deliver.target import file_stamp
from engine.errors import InputError, SessionError
from engine.live.graph.sources import SourceFile
from engine.pairs import members, pair_name, pair_path, spelt_out
from engine.session.files import load_session
from engine.session.pins import sha256_of

SIDES = np.random.default_rng(3).integers(-(2**15), 2**15, (9_000, 2)) / 2.0**15


def written(folder: Path, left: str = "OH.L.wav", right: str = "OH.R.wav", **named: int) -> Path:
    soundfile.write(folder / left, SIDES[:, 0], 48_000)
    soundfile.write(folder / right, SIDES[: named.get("frames", 9_000), 1], named.get("rate", 48_000))
    return pair_path(folder / left, folder / right)


@pytest.mark.parametrize(
    ("left", "right", "name"),
    [
        ("OH.L.wav", "OH.R.wav", "OH"),
        ("Keys-Left.wav", "Keys-Right.wav", "Keys"),
        ("Pad L_01.wav", "Pad R_01.wav", "Pad"),
        ("a/x.wav", "b/y.wav", "x"),
    ],
)
def test_a_pair_is_one_path_that_leads_back(left: str, right: str, name: str) -> None:
    pair = pair_path(Path("/s") / left, Path("/s") / right)
    assert spelt_out(pair) == (Path("/s") / left, Path("/s") / right)
    assert members(pair) == spelt_out(pair)
    if name != "x":
        assert pair_name(pair) == name


@given(st.text("abLR.{,} /", max_size=12), st.text("abLR.{,} /", max_size=12))
@example("{", "L{")
@example("a}", "a,}")
def test_whatever_the_names_a_pair_leads_back_or_is_refused(left: str, right: str) -> None:
    files = Path("/s") / f"{left}.wav".lstrip("/"), Path("/s") / f"{right}.wav".lstrip("/")
    try:
        pair = pair_path(*files)
    except ValueError:
        return
    assert spelt_out(pair) == files


def test_a_file_of_such_a_name_is_that_file(tmp_path: Path) -> None:
    odd = tmp_path / "OH.{L,R}.wav"
    soundfile.write(odd, SIDES, 48_000)
    assert members(odd) == (odd,)
    assert members(tmp_path / "plain.wav") == (tmp_path / "plain.wav",)


def test_a_pair_is_read_as_one_stereo_file(tmp_path: Path) -> None:
    with open_source(written(tmp_path)) as source:
        out = np.zeros((9_010, 2))
        source.read_into(-5, out)
        assert (source.channels, source.frames, source.bits) == (2, 9_000, 16)
    np.testing.assert_array_equal(out[5:-5], SIDES)


def test_the_engine_plays_it_from_a_copy_and_sees_either_file_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    pair = written(tmp_path)
    file = SourceFile(pair)
    try:
        assert (file.channels, file.frames, file.poll()) == (2, 9_000, [])
        soundfile.write(tmp_path / "OH.R.wav", SIDES[:, 0], 48_000)
        assert [notice.kind for notice in file.poll()] in (["stem_changed"], ["stem_replaced"])
    finally:
        file.close()


def test_the_hash_is_of_left_and_then_right(tmp_path: Path) -> None:
    pair = written(tmp_path)
    both = (tmp_path / "OH.L.wav").read_bytes() + (tmp_path / "OH.R.wav").read_bytes()
    assert sha256_of(pair) == hashlib.sha256(both).hexdigest()
    before = file_stamp(pair)
    (tmp_path / "OH.R.wav").touch()
    assert file_stamp(pair) != before


@pytest.mark.parametrize(
    ("named", "words"), [({"frames": 8_000}, "9000 and 8000"), ({"rate": 44_100}, "44100 Hz")]
)
def test_files_that_make_no_pair(tmp_path: Path, named: dict[str, int], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        open_source(written(tmp_path, **named))
    assert caught.value.kind == "pair"
    soundfile.write(tmp_path / "OH.L.wav", SIDES, 48_000)
    with pytest.raises(InputError, match=r"OH.L.wav has 2 channels"):
        open_source(pair_path(tmp_path / "OH.L.wav", tmp_path / "OH.R.wav"))


def session(folder: Path, path: str) -> Path:
    file = folder / "s.toml"
    file.write_text(f'format = 1\nsample_rate = 48000\n[[stems]]\nrole = "drums"\npath = {path}\n')
    return file


def test_a_session_names_a_pair_as_a_list(tmp_path: Path) -> None:
    pair = written(tmp_path)
    (stem,) = load_session(session(tmp_path, '["OH.L.wav", "OH.R.wav"]')).stems
    assert (stem.path, stem.name) == (pair, "OH")


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ('["OH.L.wav"]', r"stems\[0\]\.path"),
        ('["OH.L.wav", 3]', r"stems\[0\]\.path\[1\]"),
        ('["OH.L.wav", "OH.L.wav"]', r"stems\[0\]\.path"),
        ('["OH.L.wav", "gone.wav"]', r"gone.wav is not there"),
    ],
)
def test_a_list_that_is_no_pair_is_refused(tmp_path: Path, path: str, key: str) -> None:
    written(tmp_path)
    with pytest.raises(SessionError, match=key):
        load_session(session(tmp_path, path))
