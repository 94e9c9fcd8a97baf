"""How a Dask cluster is reached: its address, and what is said where it cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.batch.address import SharedRoot
from engine.batch.orders import Order
from engine.errors import MachineError, UsageError

_CONNECT_S = 10.0


@dataclass(frozen=True)
class ClusterOptions:
    """How a cluster is used.

    Attributes:
        address: of its scheduler.
        insecure: plain connections to other machines are allowed.
        root: a folder that has another name on the workers.
        jobs: most jobs at once on each worker; 0: as many as it has threads.
    """

    address: str
    insecure: bool = False
    root: SharedRoot | None = None
    jobs: int = 0


def require_in_root(orders: Sequence[Order], root: SharedRoot | None) -> None:
    """Makes sure that a shared folder means something.

    Raises:
        UsageError: no session lies in it.
    """
    if root is not None and not any(order.path.is_relative_to(root.here) for order in orders):
        raise UsageError(
            f"--shared-root {root.here}={root.there}: no session lies below {root.here}: name the folder "
            "that holds them, as it is called here"
        )


def connected(options: ClusterOptions) -> Any:
    """A Dask client.

    Raises:
        MachineError: the cluster is not there or refuses, or Dask is not installed.
    """
    address = options.address
    try:
        from distributed import Client, Security
    except ImportError as error:
        raise MachineError(
            "--cluster needs the extra 'cluster': pip install 'stemlathe[cluster]'", kind="no_cluster"
        ) from error
    try:
        encrypted = address.startswith("tls://")
        security = Security(require_encryption=encrypted)
        if encrypted and security.get_connection_args("client").get("ssl_context") is None:
            # a client that fails on this itself leaves a traceback behind when the program ends
            raise TypeError("no certificate")
        return Client(address, timeout=_CONNECT_S, security=security, set_as_default=False)
    except (OSError, TypeError, RuntimeError, ValueError) as error:
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        asked = "" if encrypted else ", and without certificates (with them its address begins with tls://)"
        why = f"does not answer ({text}): is the scheduler running there{asked}?"
        if isinstance(error, TypeError):
            why = (
                "tls:// needs your certificate: set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
                "…__CLIENT__CERT and …__CLIENT__KEY"
            )
        elif "certificate" in text.lower() or "tls" in text.lower().replace(address, ""):
            why = f"the certificates do not match ({text}): use those that the scheduler was started with"
        raise MachineError(f"{address}: {why}", kind="cluster") from error
