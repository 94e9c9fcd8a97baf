"""The workers of a cluster: who is there, who has proved itself, who has died or gone silent."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future as Pending
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from engine.batch import proof as proofs
from engine.batch.address import is_loopback
from engine.batch.connection import ClusterOptions
from engine.batch.orders import Order
from engine.batch.proof import Proof
from engine.report.batch import Worker

#: How often the scheduler is asked who is there, s: its answer grows with the cluster.
_LOOK_S = 1.0
#: A worker that its scheduler has not heard from for this long is taken for dead, s.
SILENT_S = 60.0
_GONE = "has died, or nothing was heard of it for a minute"
#: Sessions whose files a worker has to see to be admitted.
_PROBED_SESSIONS = 32


@dataclass
class SeenWorker:
    """A worker, and what has become of it. Of its memory 0 is known where Dask sets no limit."""

    address: str
    threads: int
    name: str
    host: str
    memory_bytes: int
    proof: Pending[Proof] | None = None
    accepted: bool = False
    reason: str | None = None
    gone: bool = False
    running: set[int] = field(default_factory=set)


class Crew:
    """Everybody who is or was there.

    Args:
        options: which cluster, and how.
        client: of it.
        orders: those to be rendered; files of theirs are what a worker has to see.
    """

    def __init__(self, options: ClusterOptions, client: Any, orders: Sequence[Order]) -> None:
        self._options, self._client = options, client
        self._seen: dict[str, SeenWorker] = {}
        self._proof = proofs.own_proof()
        self._wanted = self._probes(orders)
        self._pool = ThreadPoolExecutor(8)
        self._looked_s = -_LOOK_S
        self._heard: dict[str, tuple[float, float]] = {}

    @property
    def able(self) -> list[SeenWorker]:
        """Those that are admitted and there."""
        return [seen for seen in self._seen.values() if seen.accepted and not seen.gone]

    @property
    def may_come(self) -> bool:
        """Whether somebody is able, or is just proving it."""
        return any(
            (seen.accepted or seen.proof is not None) and not seen.gone for seen in self._seen.values()
        )

    @property
    def reasons(self) -> str:
        """Why the others are not admitted, in one line; empty: nobody was refused."""
        return "; ".join(f"{one.name}: {one.reason}" for one in self._seen.values() if one.reason)

    @property
    def busy_addresses(self) -> list[str]:
        """Of those that have orders."""
        return [seen.address for seen in self._seen.values() if seen.running and not seen.gone]

    def workers(self) -> tuple[Worker, ...]:
        """Everybody who was there, for the report."""
        return tuple(
            Worker(one.name, one.host, one.accepted, one.reason or (_GONE if one.gone else None))
            for one in self._seen.values()
        )

    def look(self) -> list[SeenWorker]:
        """Looks who is there, at most once a second; newcomers have to prove themselves.

        Returns:
            those that were there before and are gone: others get what they had.
        """
        if time.monotonic() - self._looked_s < _LOOK_S:
            return []
        self._looked_s = time.monotonic()
        try:
            # `scheduler_info` may give what Dask's own clock has asked for meanwhile: no workers at all
            answer = self._client.sync(self._client.scheduler.identity, n_workers=-1)
        except OSError:
            return []  # the connection breaks just now
        known: Mapping[str, Any] = answer["workers"]
        alive = {address for address, info in known.items() if self._is_heard(address, info)}
        for address in alive - self._seen.keys():
            self._admit(address, known[address])
        lost = []
        for address, seen in self._seen.items():
            if address not in alive and not seen.gone:
                seen.gone = True
                lost.append(seen)
            elif address in alive and seen.gone:  # it was silent, not dead: what it had, others have by now
                seen.gone = False
        return lost

    def _admit(self, address: str, info: Mapping[str, Any]) -> None:
        """Asks a newcomer for its proof, or says why not."""
        seen = SeenWorker(
            address,
            threads=int(info.get("nthreads", 1)),
            name=str(info.get("name", address)),
            host=str(info.get("host", "")),
            memory_bytes=int(info.get("memory_limit") or 0),
        )
        self._seen[address] = seen
        if not (address.startswith("tls://") or is_loopback(address) or self._options.insecure):
            seen.reason = "its connection is plain tcp:// from another machine: start it with tls://"
        else:
            seen.proof = self._pool.submit(self._proved, address)

    def _is_heard(self, address: str, info: Mapping[str, Any]) -> bool:
        """Whether a worker has spoken of late. By our clock: the scheduler's may be set otherwise."""
        now_s, said = time.monotonic(), float(info.get("last_seen", 0.0))
        former, since_s = self._heard.get(address, (None, now_s))
        self._heard[address] = (said, since_s if said == former else now_s)
        return now_s - self._heard[address][1] < SILENT_S

    def _proved(self, address: str) -> Proof:
        wanted = json.dumps({"program": self._proof.program, "files": list(self._wanted)})
        found = self._client.run(proofs.prove, wanted, workers=[address], on_error="return")
        answer = found.get(address)
        if isinstance(answer, ModuleNotFoundError):
            return Proof(error="it has no stemlathe: install the same version there")
        if not isinstance(answer, str):
            return Proof(error=f"its proof failed: {answer}")
        return proofs.read_proof(answer)

    def take_proofs(self) -> None:
        """Takes in the proofs that have come."""
        for seen in self._seen.values():
            if seen.proof is None or not seen.proof.done():
                continue
            try:
                answer = seen.proof.result()
            except Exception as error:  # whatever a connection that breaks may raise
                answer = Proof(error=f"its proof was not finished ({type(error).__name__})")
            seen.proof = None
            seen.host = answer.host or seen.host
            seen.reason = proofs.shortfall(self._proof, answer, self._wanted, self._options.root)
            seen.accepted = seen.reason is None

    def _probes(self, orders: Sequence[Order]) -> dict[str, str | None]:
        """What every worker has to see before it gets anything: files of sessions all over the batch.

        Some of them are enough to tell whether a folder is shared, where all of a catalogue would be read
        by every worker; those of a session are looked at again where it is rendered.
        """
        step = max(1, len(orders) // _PROBED_SESSIONS)
        found: dict[str, str | None] = {}
        for order in orders[::step]:
            found |= probes_of(order, self._options)
        return found


def probes_of(order: Order, options: ClusterOptions) -> dict[str, str | None]:
    """A session and its stems, by their names there, with what is to be seen of each."""
    assert order.session is not None
    paths = dict.fromkeys([order.path, *(stem.path for stem in order.session.stems)])
    root = options.root
    return {str(path) if root is None else root.translated(path): proofs.probe_of(path) for path in paths}
