"""Where a cluster is, and whether one may speak with it in plain text."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from engine.errors import UsageError


@dataclass(frozen=True)
class SharedRoot:
    """A folder that is called otherwise on the workers.

    Attributes:
        here: its path on this machine.
        there: its path on the workers.
    """

    here: Path
    there: PurePosixPath

    def translated(self, path: Path) -> str:
        """A file as the workers call it; as here where it lies elsewhere."""
        try:
            return str(self.there / path.relative_to(self.here).as_posix())
        except ValueError:
            return str(path)


def shared_root(text: str) -> SharedRoot:
    """`HERE=THERE` as typed.

    Raises:
        UsageError: it is no such pair, or there is no such folder here.
    """
    here, sign, there = text.partition("=")
    if not sign or not here or not there.startswith("/"):
        raise UsageError(f"--shared-root {text}: give HERE=THERE, for example /mnt/songs=/srv/songs")
    folder = Path(os.path.abspath(here))  # without `..`, as the paths of sessions are
    if not folder.is_dir():
        raise UsageError(f"--shared-root {text}: there is no folder {folder} here")
    return SharedRoot(folder, PurePosixPath(there))


def is_loopback(address: str) -> bool:
    """Whether an address such as `tcp://127.0.0.1:8786` is this very machine."""
    host = urlsplit(address if "://" in address else f"tcp://{address}").hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_safe(address: str, *, insecure: bool) -> None:
    """Makes sure that nothing goes over a network in plain text by accident.

    Raises:
        UsageError: it is no address, or a plain one of another machine.
    """
    scheme = urlsplit(address).scheme
    if scheme not in ("tcp", "tls") or not urlsplit(address).hostname:
        raise UsageError(f"--cluster {address}: give an address such as tls://studio:8786")
    if scheme == "tcp" and not is_loopback(address) and not insecure:
        raise UsageError(
            f"--cluster {address}: plain tcp:// to another machine lets anybody there run commands as you: "
            "use tls://, an SSH tunnel to 127.0.0.1, or --insecure in a network that you trust wholly"
        )
