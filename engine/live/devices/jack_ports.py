"""Whether the ports that a stream plays into are still there, as far as JACK is concerned.

PortAudio does not tell when the client whose ports it is connected to leaves: on PipeWire a sink that is
unplugged takes its ports with it, and the stream runs on into nothing. The functions are those of jack.h;
the library is the one that PortAudio itself uses.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import re
from typing import Any

#: PortAudio's name of the system.
JACK = "JACK Audio Connection Kit"

_NO_START_SERVER = 0x01  # JackNoStartServer
_IS_INPUT = 0x1  # JackPortIsInput: a device's playback port takes audio in
_AUDIO = b"32 bit float mono audio"  # JACK_DEFAULT_AUDIO_TYPE


class JackPorts:
    """A second client of the server, which only looks.

    Args:
        device: PortAudio's name of the device, which is the client's that has the ports.
    """

    def __init__(self, device: str) -> None:
        self._pattern = f"^{re.escape(device)}:".encode()
        self._client: Any = None
        try:
            self._library = ctypes.CDLL(ctypes.util.find_library("jack") or "libjack.so.0")
        except OSError:
            return
        library = self._library
        library.jack_client_open.restype = ctypes.c_void_p
        library.jack_get_ports.restype = ctypes.POINTER(ctypes.c_char_p)
        library.jack_get_ports.argtypes = [
            ctypes.c_void_p,
            ctypes.c_char_p,
            ctypes.c_char_p,
            ctypes.c_ulong,
        ]
        library.jack_free.argtypes = [ctypes.c_void_p]
        library.jack_free.restype = None
        status = ctypes.c_int(0)
        self._client = library.jack_client_open(b"stemlathe-look", _NO_START_SERVER, ctypes.byref(status))

    @property
    def are_there(self) -> bool:
        """True as well where that cannot be found out."""
        if not self._client:
            return True
        found = self._library.jack_get_ports(self._client, self._pattern, _AUDIO, _IS_INPUT)
        if not found:
            return False
        self._library.jack_free(found)
        return True
