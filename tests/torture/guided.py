"""`python -m tests.torture.guided NAME [--seconds N]`: one parser under a fuzzer that follows coverage.

Optional, and not in CI: needs `pip install atheris` (wheels for CPython 3.11 to 3.13). It begins with what is
right and some damaged forms of it, and goes on from whatever reaches lines that none has reached. All but an
error of ours, 10 s or 2 GB ends it with a code that is not 0; the input lies in the folder that it names.
`--keep DIR` goes on with the inputs of a former run.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

try:
    atheris: Any = importlib.import_module("atheris")
except ImportError:
    sys.exit("atheris is not installed: pip install atheris")

# nothing of what is compiled: its bytecode is not what runs
_FOLLOWED = (
    *(
        "engine.session",
        "engine.delivery",
        "engine.recall",
        "engine.report",
        "engine.link",
        "engine.audio.wav",
    ),
    *("engine.ddp", "tui.actions", "tui.looks", "tomllib", "json"),
)
with atheris.instrument_imports(include=list(_FOLLOWED)):
    from engine.errors import StemlatheError
    from tests.torture import inputs, inputs_of_work, mutate
    from tests.torture.child import Try

_SEEDS = 60


@dataclass(frozen=True)
class Target:
    """A parser.

    Attributes:
        file: name of the file that it is given.
        attempt: gives it one.
        right: what it takes.
        damage: to that.
    """

    file: str
    attempt: Try
    right: bytes
    damage: Callable[[bytes, Random], bytes]


def _toml(content: bytes, number: Random) -> bytes:
    return mutate.toml(content.decode("utf-8"), number)


_WAV = b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\1\0\2\0\x80\xbb\0\0\0\xee\2\0\4\0\x10\0data\x08\0\0\0" + bytes(8)


def _read_header(path: Path) -> None:
    from engine.audio.wav import WavHeaderError, read_wav_header

    with path.open("rb") as file, contextlib.suppress(WavHeaderError):
        read_wav_header(file.fileno(), path.stat().st_size)


def _targets() -> dict[str, Target]:
    work = inputs_of_work.WORK
    session = (work / "song.toml").read_bytes()
    return {
        "sessions": Target("s.toml", inputs.load_session_of, session, _toml),
        "albums": Target(
            "album.toml", inputs_of_work.load_album_of, (work / "album.toml").read_bytes(), _toml
        ),
        "targets": Target("stemlathe/targets.toml", inputs.load_targets, inputs.TARGETS.encode(), _toml),
        "keymaps": Target("stemlathe/keymap.toml", inputs.load_keymap_of, inputs.KEYMAP.encode(), _toml),
        "themes": Target("stemlathe/themes/mine.toml", inputs.load_theme, inputs.THEME.encode(), _toml),
        "reports": Target(
            "report.json",
            inputs_of_work.read_delivery,
            (work / "delivery" / "report.json").read_bytes(),
            mutate.damaged,
        ),
        "sums": Target(
            "SHA256SUMS",
            inputs_of_work.read_sums_of,
            (work / "delivery" / "SHA256SUMS").read_bytes(),
            mutate.damaged,
        ),
        "messages": Target(
            "m.json",
            inputs_of_work.read_message,
            b'{"kind":"set","id":1,"revision":2,"payload":{"path":"stems[0].trim_db","value":1.5}}',
            mutate.damaged,
        ),
        "audio": Target("a.wav", _read_header, _WAV, mutate.audio),
    }


def _fuzz(target: Target, folder: Path, corpus: Path, seconds: int) -> None:
    """Lets the fuzzer run, which ends the process."""
    path = folder / target.file
    path.parent.mkdir(parents=True, exist_ok=True)
    corpus.mkdir(parents=True, exist_ok=True)
    number = Random(1)
    for count in range(_SEEDS):
        content = target.damage(target.right, number) if count else target.right
        (corpus / f"seed-{count}").write_bytes(content)
    path.write_bytes(target.right)
    # what a parser needs it imports when it is first called
    with atheris.instrument_imports(include=list(_FOLLOWED)), contextlib.suppress(StemlatheError):
        target.attempt(path)

    def one(data: bytes) -> None:
        path.write_bytes(data)
        with contextlib.suppress(StemlatheError):
            target.attempt(path)

    limits = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=16384"]
    atheris.Setup(
        [sys.argv[0], str(corpus), *limits, f"-artifact_prefix={corpus}/found-", "-print_final_stats=1"], one
    )
    atheris.Fuzz()


def main() -> int:
    """Runs the fuzzer; returns only where it cannot."""
    targets = _targets()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=targets)
    parser.add_argument("--seconds", type=int, default=300, help="how long to go on")
    parser.add_argument("--keep", type=Path, help="where the inputs are, and stay")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    corpus = arguments.keep or folder / "inputs"
    print(f"inputs: {corpus}", flush=True)
    _fuzz(targets[arguments.name], folder / "given", corpus, arguments.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
