"""The rows of the bench: for each a command of the program, its material, and what peers do with it.

A row is added here and nowhere else: `run.py` runs it with this build, with `builds.BASE_COMMIT` and with the
peers, and prints both ratios beside what is aimed at.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import material
from turns import Entry

from sessions import (
    advice_session,
    four_versions_session,
    null_session,
    render_session,
    short_file,
    short_session,
)

HERE = Path(__file__).parent

FFMPEG_STEM = (
    "highpass=f=30,equalizer=f=1000:t=q:w=1:g=1.5,treble=f=8000:g=1,"
    "acompressor=threshold=-24dB:ratio=2:attack=15:release=120"
)
FFMPEG_MASTER = (
    "bass=f=100:g=1,equalizer=f=3000:t=q:w=1:g=-1,treble=f=10000:g=1,"
    "acompressor=threshold=-18dB:ratio=1.5:attack=30:release=200,"
    "alimiter=level_in=4dB:limit=-1dB:release=100:level=disabled"
)


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        title: what it is, in words.
        arguments: of the program, once the material has been made in a folder.
        must: how many times as fast as the base it has to be; 0: not said.
        aim: how many times as fast it is meant to become.
        peers: other programs that do the same.
        cold: with an empty kernel cache in each run.
        codes: exit codes that are no failure.
    """

    title: str
    arguments: Callable[[Path], Sequence[str]]
    must: float = 0.0
    aim: float = 0.0
    peers: Callable[[Path], Sequence[Entry]] = lambda folder: ()
    cold: bool = False
    codes: tuple[int, ...] = (0,)


def _stems(folder: Path) -> list[str]:
    return [str(stem) for stem in material.make_stems(folder)]


def _render(folder: Path) -> Sequence[str]:
    session = render_session(folder, material.make_stems(folder))
    return ["render", str(session), "--out", str(folder / "out"), "--force", "--json"]


def _four_versions(folder: Path) -> Sequence[str]:
    session = four_versions_session(folder, material.make_stems(folder))
    return ["render", str(session), "--out", str(folder / "out"), "--force", "--json"]


def _null_cause(cause: str, folder: Path) -> Sequence[str]:
    return ["null", str(null_session(folder, cause)), "--json"]


def _render_peers(folder: Path) -> Sequence[Entry]:
    names = _stems(folder)
    pedalboard = [sys.executable, str(HERE / "peer_pedalboard.py"), str(folder / "pedalboard.wav"), *names]
    graph = ";".join(f"[{index}:a]{FFMPEG_STEM}[s{index}]" for index in range(len(names)))
    labels = "".join(f"[s{index}]" for index in range(len(names)))
    graph += f";{labels}amix=inputs={len(names)}:normalize=0,{FFMPEG_MASTER}[out]"
    ffmpeg = ["ffmpeg", "-v", "error", "-y"]
    for name in names:
        ffmpeg += ["-i", name]
    ffmpeg += ["-filter_complex", graph, "-map", "[out]", "-c:a", "pcm_s24le", str(folder / "ffmpeg.wav")]
    return Entry("pedalboard", pedalboard), Entry("ffmpeg", ffmpeg)


def _ffmpeg_measures(name: str) -> Entry:
    command = ["ffmpeg", "-v", "error", "-i", name, "-af", "ebur128=peak=true", "-f", "null", "-"]
    return Entry("ffmpeg ebur128=peak=true", command)


def _libebur128(folder: Path) -> Entry:
    command = [sys.executable, str(HERE / "peer_libebur128.py"), *_stems(folder)]
    return Entry("libebur128, one thread", command)


ROWS: dict[str, Row] = {
    "render": Row(
        "render, 8 stems × 240 s, 24-bit",
        _render,
        must=2.0,
        aim=3.0,
        peers=_render_peers,
    ),
    "measure": Row(
        "measure, one file of 240 s",
        lambda folder: ["measure", _stems(folder)[0], "--json"],
        must=2.0,
        aim=3.0,
        peers=lambda folder: [_ffmpeg_measures(_stems(folder)[0])],
    ),
    "measure-eight": Row(
        "measure, eight files of 240 s",
        lambda folder: ["measure", *_stems(folder), "--json"],
        must=1.6,
        aim=2.0,
        peers=lambda folder: [_libebur128(folder)],
    ),
    "measure-short": Row(
        "measure, one file of 10 s",
        lambda folder: ["measure", str(short_file(folder)), "--json"],
        must=2.5,
        aim=4.0,
        peers=lambda folder: [_ffmpeg_measures(str(short_file(folder)))],
    ),
    "check-short": Row(
        "check, 8 stems × 30 s",
        lambda folder: ["check", str(short_session(folder)), "--json"],
        must=2.5,
        aim=4.0,
        codes=(0, 1),
    ),
    "null-short": Row(
        "null, 8 stems × 30 s",
        lambda folder: ["null", str(short_session(folder)), "--json"],
        must=2.5,
        aim=4.0,
    ),
    "render-four": Row(
        "render, 8 stems × 240 s, loudness target, 2 deliverables (44.1 and 48 kHz) × 4 versions",
        _four_versions,
        must=2.0,
        aim=3.0,
        codes=(0, 1),
    ),
    "null": Row(
        "null, 8 stems × 300 s that null",
        lambda folder: ["null", str(null_session(folder, "")), "--json"],
        must=1.5,
        aim=2.0,
        codes=(0, 1),
    ),
    **{
        f"null-{cause}": Row(
            f"null, 8 stems × 300 s, cause: {cause}",
            partial(_null_cause, cause),
            must=2.0,
            aim=3.0,
            codes=(0, 1),
        )
        for cause in ("gain", "fraction", "bus_eq", "compressor", "limiter", "resampled")
    },
    "advise": Row(
        "advise, 8 stems × 240 s",
        lambda folder: ["advise", str(advice_session(folder, material.make_stems(folder))), "--json"],
        must=4.0,
        aim=8.0,
    ),
    "help": Row("start: --help", lambda folder: ["--help"]),
    "first-use": Row(
        "first use: compiling every kernel (measure of 10 s, empty cache)",
        lambda folder: ["measure", str(short_file(folder)), "--json"],
        must=1.7,
        aim=3.0,
        cold=True,
    ),
}
