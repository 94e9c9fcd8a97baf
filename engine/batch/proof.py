"""The proof of a worker: the same program, the same sound, the same files.

A worker calculates nothing in its own process: the proof is a command of its own, which ends with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.batch.address import SharedRoot
from engine.batch.child import host_name
from engine.processes.launch import safe_environment
from engine.report.plain import as_json
from engine.report.reading import read_as

#: A worker that has not proved itself within this time gets no job, s: kernels may have to be compiled.
PROOF_TIMEOUT_S = 600.0
_PROBE_BYTES = 1 << 16
_COMMAND = "from engine.batch.proof import print_proof; print_proof()"


@dataclass(frozen=True)
class Proof:
    """What a machine says of itself.

    Attributes:
        host: its name.
        program: version of stemlathe; empty where it could not say.
        designs: hash of the filters that it designs; empty: it said no more than its version.
        sound: hash of what its kernels make of a signal; likewise.
        probes: of the files that were named, by their names there; None: it does not see that one.
        error: why there is no proof; None: there is one.
    """

    host: str = ""
    program: str = ""
    designs: str = ""
    sound: str = ""
    probes: Mapping[str, str | None] = field(default_factory=dict)
    error: str | None = None

    @property
    def text(self) -> str:
        """As JSON."""
        return json.dumps(as_json(self))


def probe_of(path: Path) -> str | None:
    """Size and hash of the beginning of a file: whether two machines see the same one."""
    try:
        with path.open("rb") as file:
            beginning = hashlib.sha256(file.read(_PROBE_BYTES)).hexdigest()
        return f"{path.stat().st_size}-{beginning}"
    except OSError:
        return None


def own_proof() -> Proof:
    """Version of the program, and what this machine computes."""
    from engine import __version__
    from engine.compiler.warm import ensure_compiled
    from engine.plan.numerics import proof

    ensure_compiled()
    found = proof()
    return Proof(host_name(), __version__, found.designs, found.sound)


def print_proof() -> None:
    """The command that a worker proves itself by: version and names of files in, proof and probes out.

    Another version says no more than its number: nothing else of it would count.
    """
    from engine import __version__

    wanted = json.load(sys.stdin)
    if wanted["program"] != __version__:
        found = Proof(host_name(), __version__)
    else:
        found = replace(own_proof(), probes={name: probe_of(Path(name)) for name in wanted["files"]})
    sys.stdout.write(found.text)


async def prove(wanted: str) -> str:
    """The proof of the worker that this runs on, as JSON.

    Args:
        wanted: JSON of the version (`program`) and of the files that it has to see (`files`).
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", _COMMAND),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=safe_environment(),
    )
    try:
        async with asyncio.timeout(PROOF_TIMEOUT_S):
            said, told = await process.communicate(wanted.encode())
    except TimeoutError:
        process.kill()
        return Proof(host_name(), error="its proof took too long").text
    if process.returncode != 0:
        last = (told.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        return Proof(host_name(), error=f"its proof failed: {last}").text
    return said.decode()


def read_proof(text: str) -> Proof:
    """What a worker has answered; an answer of another shape is a proof that failed."""
    try:
        return read_as(Proof, json.loads(text))
    except ValueError as error:
        return Proof(error=f"its proof cannot be read ({error}): install the same version there")


def shortfall(
    own: Proof, seen: Proof, wanted: Mapping[str, str | None], root: SharedRoot | None = None
) -> str | None:
    """Why a worker gets no work; None where it proves itself.

    Args:
        own: our own proof.
        seen: the worker's.
        wanted: probes of the files it has to see, by their names there.
        root: the folder that has another name there.
    """
    if seen.error is not None:
        return seen.error
    if seen.program != own.program:
        return f"it has stemlathe {seen.program}, this is {own.program}: install the same version there"
    if (seen.designs, seen.sound) != (own.designs, own.sound):
        return "its short proof has other bytes: compare 'stemlathe doctor' on both machines"
    missing = [name for name in wanted if seen.probes.get(name) is None]
    other = [name for name, probe in wanted.items() if seen.probes.get(name) not in (None, probe)]
    if missing and root is not None and missing[0].startswith(f"{root.there}/"):
        return (
            f"it cannot see {missing[0]}{more(missing)}: --shared-root {root.here}={root.there} does not "
            "lead to the songs there: name their folder as that machine calls it"
        )
    if missing:
        return f"it cannot see {missing[0]}{more(missing)}: share the folder, or use --shared-root HERE=THERE"
    if other:
        return f"{other[0]}{more(other)} is another file there: share the folder of the songs"
    return None


def more(names: Sequence[str]) -> str:
    """How many there are besides the first."""
    return f" and {len(names) - 1} more" if len(names) > 1 else ""
