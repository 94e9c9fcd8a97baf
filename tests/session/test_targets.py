"""Delivery targets: the shipped figures, their sources, and the user's own beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import SessionError
from engine.session.targets import TARGETS, listed, targets
from engine.session.validate import session_from_tree

#: (loudness, ceiling, rate, encoding) as documented under each name
FIGURES = {
    "spotify": (-14.0, -1.0, None, None),
    "spotify-loud": (-11.0, -2.0, None, None),
    "apple-music": (-16.0, -1.0, None, None),
    "tidal": (-14.0, -1.0, None, None),
    "youtube": (-14.0, -1.0, None, None),
    "amazon-music": (-14.0, -2.0, None, None),
    "deezer": (-15.0, -1.0, None, None),
    "broadcast-r128": (-23.0, -1.0, 48000, "wav24"),
    "broadcast-a85": (-24.0, -2.0, 48000, "wav24"),
    "netflix": (-27.0, -2.0, 48000, "wav24"),
    "cd": (None, None, 44100, "wav16"),
    "hires": (None, -1.0, None, "wav24"),
    "vinyl": (None, -1.0, None, "wav24"),
    "producers-bible-streaming": (-14.0, -1.0, None, None),
    "producers-bible-tidal": (-16.0, -1.0, None, None),
    "producers-bible-vinyl": (None, -0.5, None, None),
    "producers-bible-broadcast": (None, -2.0, None, None),
}


@pytest.fixture
def user_file(own_folders: Path) -> Path:
    path = TARGETS.user_path
    path.parent.mkdir(parents=True)
    return path


@pytest.mark.parametrize("name", FIGURES)
def test_shipped_figures(name: str, own_folders: Path) -> None:
    target = targets()[name]
    assert (target.loudness_lufs, target.ceiling_dbtp, target.sample_rate, target.encoding) == FIGURES[name]
    assert target.source
    assert target.date is not None
    assert target.date.count("-") == 2
    assert target.origin == "shipped"
    assert target.loudness_anchor == ("dialogue" if name == "netflix" else "programme")


def test_a_list_shows_no_two_of_the_same_figures_but_services(own_folders: Path) -> None:
    """Names of before still work; whoever looks for a target sees each once, and who says so."""
    known = targets()
    assert set(known) - set(listed(known)) == {"producers-bible-streaming", "producers-bible-tidal"}
    assert not [one.name for one in known.values() if "bible" in f"{one.title} {one.source} {one.note}"]


def test_one_stands_for_another_only_while_it_says_the_same(user_file: Path) -> None:
    user_file.write_text("[targets.spotify]\nloudness_lufs = -13.0\nceiling_dbtp = -1.0\n")
    assert "producers-bible-streaming" in listed(targets())
    assert "producers-bible-tidal" not in listed(targets())


def test_nothing_else_is_shipped(own_folders: Path) -> None:
    assert set(targets()) == set(FIGURES)


def test_a_users_own_targets_stand_beside_and_win(user_file: Path) -> None:
    user_file.write_text(
        '[targets.club]\nloudness_lufs = -8\nceiling_dbtp = -0.3\nsource = "the house"\ndate = 2025-03-01\n'
        "[targets.spotify]\nloudness_lufs = -13.0\n"
    )
    found = targets()
    assert (found["club"].loudness_lufs, found["club"].source, found["club"].date) == (
        -8.0,
        "the house",
        "2025-03-01",
    )
    assert (found["spotify"].loudness_lufs, found["spotify"].ceiling_dbtp) == (-13.0, None)
    assert found["spotify"].origin == "user"
    assert found["tidal"].origin == "shipped"
    tree = {
        "sample_rate": 48000,
        "stems": [{"path": "a.wav"}],
        "deliverables": [{"name": "x", "preset": "club"}],
    }
    assert session_from_tree(tree, Path("/x.toml")).deliverables[0].loudness_lufs == -8.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[targets.club]\nloudnes_lufs = -8\n", "targets.club.loudnes_lufs: unknown key"),
        ("[targets.club]\nceiling_dbtp = 3\n", "targets.club.ceiling_dbtp: 3 is out of range"),
        ('[targets.club]\ndate = "last week"\n', "targets.club.date: is no date"),
        ("[club]\nceiling_dbtp = -1\n", r"write each target as \[targets.NAME\]"),
        ("targets = 1\n", "is not a table"),
        ("targets.club = 1\n", "targets.club: 1 is not a table"),
        ("[targets\n", "is not valid TOML"),
    ],
)
def test_a_broken_file_is_told_by_name_and_key(user_file: Path, text: str, says: str) -> None:
    user_file.write_text(text)
    with pytest.raises(SessionError, match=says) as caught:
        targets()
    assert str(user_file) in caught.value.message
    assert caught.value.path == user_file
