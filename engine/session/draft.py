"""The text of a new session file: complete, commented, readable by hand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.pairs import members
from engine.session.encodings import encodings_text
from engine.session.fields import FORMAT
from engine.session.roles import Card, master_card, roles
from engine.session.starting_values import Settings, master_chain, stem_chain
from engine.session.targets import Target
from engine.session.toml_text import literal

#: Column at which comments after values stand.
_COMMENT_COLUMN = 33


@dataclass(frozen=True)
class DraftStem:
    """A stem of a session to be written.

    Attributes:
        name: unique.
        role: name of the role.
        path: of the file, absolute.
        sha256: of the file.
    """

    name: str
    role: str
    path: Path
    sha256: str


@dataclass(frozen=True)
class Draft:
    """A session to be written.

    Attributes:
        title: of the song.
        sample_rate: Hz.
        reference: path and hash of the mix; None without one.
        stems: at least one.
        target: what the one deliverable aims at.
    """

    title: str
    sample_rate: int
    reference: tuple[Path, str] | None
    stems: tuple[DraftStem, ...]
    target: Target


def draft_text(draft: Draft, folder: Path) -> str:
    """The whole file.

    Args:
        draft: what to write.
        folder: where the file will be; paths are relative to it.
    """
    lines = [
        "# A session of stemlathe: edit it by hand or with the program, comments survive.",
        "# Signal path of a stem: corrections, chain, trim, mute, sum. Chains start switched off",
        "# (enabled = false) with the quick-reference card's values: the untouched sum comes first.",
        "",
        _line("format", FORMAT),
        _line("title", draft.title),
        _line("sample_rate", draft.sample_rate, "Hz, that of the stems"),
    ]
    if draft.reference is not None:
        path, sha256 = draft.reference
        lines += [
            "",
            "[reference]",
            _line("path", _relative(path, folder), "the mix that the stems must sum to"),
        ]
        lines += [_line("sha256", sha256)]
    for index, stem in enumerate(draft.stems):
        lines += ["", *_stem_lines(stem, folder, draft.sample_rate, explain=index == 0)]
    lines += ["", *_master_lines(draft.sample_rate), "", *_deliverable_lines(draft)]
    return "\n".join(lines) + "\n"


def _relative(path: Path, folder: Path) -> str | list[str]:
    """The path from the folder, with /; folders are resolved so that `..` leads where it should.

    A pair is a list of two.
    """
    found = []
    for file in members(path):
        target = os.path.join(os.path.realpath(file.parent), file.name)
        found.append(Path(os.path.relpath(target, os.path.realpath(folder))).as_posix())
    return found if len(found) > 1 else found[0]


def _pair_comment(path: Path) -> str:
    return "left and right" if len(members(path)) > 1 else ""


def _line(key: str, value: Any, comment: str = "") -> str:
    text = f"{key} = {literal(value)}"
    return f"{text:<{_COMMENT_COLUMN - 1}} # {comment}" if comment else text


def _card_comment(card: Card) -> str:
    return (
        f"# {card.title}, conservative: ratio {card.ratio.text('')}, attack {card.attack_ms.text('ms')}, "
        f"release {card.release_ms.text('ms')}, EQ ±{card.eq_maximum_db:g} dB"
    )


def _stem_lines(stem: DraftStem, folder: Path, sample_rate: int, *, explain: bool) -> list[str]:
    card = roles()[stem.role].card

    def comment(text: str) -> str:
        return text if explain else ""

    trims = f"{card.trim_db.low:g}–{card.trim_db.high:g} dB"
    return [
        "[[stems]]",
        _line("name", stem.name),
        _line("role", stem.role),
        _line("path", _relative(stem.path, folder), _pair_comment(stem.path)),
        _line("sha256", stem.sha256),
        _line("source_gain_db", 0.0, comment("corrections: what the null test may set")),
        _line("polarity_inverted", False),
        _line("offset_samples", 0.0, comment("+ is later")),
        _card_comment(card),
        *_chain_lines(stem_chain(card, sample_rate)),
        _line("trim_db", 0.0, f"the fader, after the chain: ±{trims}"),
        _line("mute", False),
        _line("solo", False, comment("monitoring only: never in renders")),
        _line("notes", "", comment("free text")),
    ]


def _chain_lines(chain: Sequence[Settings]) -> list[str]:
    """One processor per line, the bands of an EQ one per line beneath it."""
    lines = ["chain = ["]
    for settings in chain:
        bands = settings.get("bands")
        if bands is None:
            lines.append(f"  {literal(settings)},")
            continue
        head = literal({key: value for key, value in settings.items() if key != "bands"})
        lines.append(f"  {head.removesuffix(' }')}, bands = [")
        lines.extend(f"    {literal(band)}," for band in bands)
        lines.append("  ] },")
    return [*lines, "]"]


def _master_lines(sample_rate: int) -> list[str]:
    return [
        "[master]",
        _card_comment(master_card()),
        *_chain_lines(master_chain(sample_rate)),
        _line("start_s", 0.0, "heads, tails, fades: the same on every version"),
        _line("end_s", 0.0, "0: the end"),
        _line("fade_in_s", 0.0),
        _line("fade_out_s", 0.0),
        _line("fade_shape", "cosine", "linear cosine exp"),
    ]


def _deliverable_lines(draft: Draft) -> list[str]:
    target = draft.target
    loudness: float | str = "none" if target.loudness_lufs is None else target.loudness_lufs
    ceiling = [] if target.ceiling_dbtp is None else [("ceiling_dbtp", target.ceiling_dbtp)]
    return [
        "[[deliverables]]",
        _line("name", "streaming"),
        _line("preset", target.name, f"{target.source}, {target.date or 'undated'}"),
        _line("loudness_lufs", loudness, '"none": no target, the limiter keeps its drive'),
        _line("loudness_anchor", target.loudness_anchor),
        *(_line(key, value, "replaces the limiter's own") for key, value in ceiling),
        _line("sample_rate", draft.sample_rate),
        _line("encoding", target.encoding or "wav24", encodings_text()),
        _line("versions", ["master"]),
    ]
