"""A session's text for another folder: the same files, the same comments."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.session.files import read_text_session
from engine.session.rebasing import text_for

TEXT = """\
format = 1
sample_rate = 48000
# the mix of Tuesday
[reference]
path = "mix.wav"   # loud

[[references]]
path = "../others/single.flac"

[[stems]]
path = "stems/drums.wav"
[[stems]]
name = "OH"
path = ["stems/OH.L.wav", "stems/OH.R.wav"]
[[stems]]
path = "/abs/bass.wav"
"""


def test_paths_lead_to_the_same_files_and_comments_stay(tmp_path: Path) -> None:
    path, to = tmp_path / "song/song.toml", tmp_path / "song/versions/deep/loud.toml"
    to.parent.mkdir(parents=True)
    text = text_for(TEXT, path, to)
    assert 'path = "../../stems/drums.wav"' in text
    assert "# the mix of Tuesday" in text
    assert "# loud" in text
    assert 'path = "/abs/bass.wav"' in text
    assert text_for(text, to, path) == TEXT


def test_in_the_same_folder_nothing_is_touched(tmp_path: Path) -> None:
    text = TEXT + "# an odd  layout\n"
    assert text_for(text, tmp_path / "a.toml", tmp_path / "b.toml") is text


_NAMES = st.sampled_from(["a", "b", "deep", "Fête"])
_FOLDERS = st.lists(_NAMES, max_size=3).map("/".join)


@given(_FOLDERS, _FOLDERS, st.lists(st.tuples(_FOLDERS, _NAMES), min_size=1, max_size=3))
def test_wherever_it_goes_every_stem_is_the_file_it_was(before, after, stems) -> None:
    path, to = Path("/nowhere") / before / "song.toml", Path("/nowhere") / after / "song.toml"
    blocks = [
        f'[[stems]]\nname = "{place}"\npath = "{folder}{"/" * bool(folder)}{name}.wav"\n'
        for place, (folder, name) in enumerate(stems)
    ]
    text = "format = 1\nsample_rate = 48000\n" + "".join(blocks)
    files = [stem.path for stem in read_text_session(text, path).stems]
    assert [stem.path.resolve() for stem in read_text_session(text_for(text, path, to), to).stems] == [
        file.resolve() for file in files
    ]
