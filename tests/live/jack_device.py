"""A device on a JACK server, for tests: a client whose two ports play nowhere. Argument: its name.

Whoever plays on it is connected to its ports, and its end is that of a device that is unplugged.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import signal
import sys

_IS_INPUT, _IS_PHYSICAL = 0x1, 0x4  # JackPortIsInput, JackPortIsPhysical


def main() -> None:
    """Says `ready`, and is there until it is ended."""
    library = ctypes.CDLL(ctypes.util.find_library("jack") or "libjack.so.0")
    library.jack_client_open.restype = ctypes.c_void_p
    library.jack_port_register.restype = ctypes.c_void_p
    library.jack_port_register.argtypes = [
        *(ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p),
        *(ctypes.c_ulong, ctypes.c_ulong),
    ]
    library.jack_activate.argtypes = [ctypes.c_void_p]
    client = library.jack_client_open(sys.argv[1].encode(), 0x01, ctypes.byref(ctypes.c_int(0)))
    assert client
    for name in (b"playback_1", b"playback_2")[: 1 if sys.argv[2:] == ["mono"] else 2]:
        flags = _IS_INPUT | _IS_PHYSICAL
        assert library.jack_port_register(client, name, b"32 bit float mono audio", flags, 0)
    assert library.jack_activate(client) == 0
    print("ready", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
