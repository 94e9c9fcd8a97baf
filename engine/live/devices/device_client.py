"""A device in a process of its own, so that its library's crashes and hangs stay there."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from typing import Any

from engine.errors import MachineError
from engine.live.child_process import child_environment, log_file
from engine.live.devices.device import FADE_IN_S, FADE_OUT_S, Order

#: A device has so long to open, and to leave.
_OPENING_S, _LEAVING_S = 15.0, 0.5
#: One that is open may take so long until its first block: servers wake sinks up, or have moved the stream.
_FIRST_BLOCK_S = 5.0
_POLL_S = 0.1
#: Without a block for this long the device has stalled.
_STALL_S = 0.35
_STALL_BLOCKS = 4
#: What the audio libraries themselves have to say.
_LOG = "audio.log"


class HostedDevice:
    """Plays from a ring through PortAudio, in a process that it starts.

    Args:
        order: what it is opened for.
        wait: let the process wait until the device is there; see `has_opened`.

    Attributes:
        name: of the device, once it has opened.
        key: what it is remembered by, likewise: name and audio system.

    Raises:
        MachineError: the process cannot be started.
    """

    def __init__(self, order: Order, *, wait: bool = False) -> None:
        self.name = order.wanted
        self.sample_rate = order.sample_rate
        self.block_frames = order.block_frames
        self._ring = order.ring
        self._consumer = order.consumer
        self.key = order.wanted
        self._answer = b""
        self._opened_s: float | None = None
        self._flows = False
        self._reason = ""
        self._seen = (0, 0.0)
        message = {
            "ring": order.ring.descriptor,
            "consumer": order.consumer,
            "device": order.wanted,
            "sample_rate": order.sample_rate,
            "block_frames": order.block_frames,
            "wait": wait,
            "log": str(log_file(_LOG)),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "engine.live.devices.device_process", json.dumps(message)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[order.ring.descriptor],
            env=child_environment(),
        )

    def has_opened(self, timeout_s: float = 0.0) -> bool:
        """Whether the device is open and takes audio; waits for it up to `timeout_s`.

        Raises:
            MachineError: it cannot be opened.
        """
        until = time.monotonic() + timeout_s
        while not self._flows:
            if not self._hear(max(0.0, until - time.monotonic())):
                return False
        return True

    @property
    def is_silent(self) -> bool:
        """Whether it has been open for long enough to take audio, and takes none."""
        is_open = self._opened_s is not None and not self._flows
        return is_open and time.monotonic() - (self._opened_s or 0.0) > _FIRST_BLOCK_S

    def _hear(self, timeout_s: float) -> bool:
        """Takes note of what the process says next; False: it has said nothing in that time.

        Raises:
            MachineError: it says that something is wrong, or nothing any more.
        """
        assert self._process.stdout is not None
        until = time.monotonic() + timeout_s
        while b"\n" not in self._answer:
            left = max(0.0, until - time.monotonic())
            readable, _, _ = select.select([self._process.stdout], [], [], left)
            if not readable:
                return False
            part = os.read(self._process.stdout.fileno(), 4096)
            if not part:
                raise MachineError(
                    f"device '{self.name}': the audio library failed: {log_file(_LOG)} may say why",
                    kind="device",
                )
            self._answer += part
        line, _, self._answer = self._answer.partition(b"\n")
        self._take(json.loads(line))
        return True

    def _take(self, told: dict[str, Any]) -> None:
        if "error" in told:
            raise MachineError(told["error"]["message"], kind=told["error"]["kind"])
        if "failure" in told:
            self._reason = str(told["failure"])
            raise MachineError(f"device '{self.name}': {told['failure']}: choose another", kind="device")
        if "name" in told:
            self.name, self.key = str(told["name"]), str(told["key"])
            self._opened_s = time.monotonic()
        self._flows = self._flows or "flows" in told

    def open(self) -> None:
        """Waits until the device is open and takes audio.

        Raises:
            MachineError: it cannot be opened, or takes too long.
        """
        until = time.monotonic() + _OPENING_S
        try:
            while time.monotonic() < until and not self.is_silent:
                if self.has_opened(_POLL_S):
                    return
        except MachineError:
            self.stop()
            raise
        self.stop()
        if self._opened_s is None:
            raise MachineError(f"device '{self.name}' does not answer: choose another", kind="device")
        raise MachineError(
            f"device '{self.name}' is open but takes no audio: see whether its server has suspended it or "
            "has nothing behind it, or choose another",
            kind="device_silent",
        )

    def admit(self) -> None:
        """Lets it be heard, from nought to full level."""
        self._ring.admit(self._consumer, round(FADE_IN_S * self.sample_rate))
        self._seen = (self._ring.blocks, time.monotonic())

    @property
    def failure(self) -> str | None:
        """What has gone wrong, in a few words; None while it plays."""
        try:
            self._hear(0.0)
        except MachineError as error:
            return self._reason or error.message
        if self._process.poll() is not None:
            return "the audio library gave up"
        blocks, now_s = self._ring.blocks, time.monotonic()
        if blocks != self._seen[0]:
            self._seen = (blocks, now_s)
        patience_s = max(_STALL_S, _STALL_BLOCKS * self.block_frames / self.sample_rate)
        return "it takes no more audio" if now_s - self._seen[1] > patience_s else None

    def stop(self) -> None:
        """Fades out and lets go of the device; a process that hangs is ended."""
        self._ring.dismiss(self._consumer, FADE_OUT_S if self._process.poll() is None else 0.0)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # it is gone already
                    stream.close()
        try:
            self._process.wait(_LEAVING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
