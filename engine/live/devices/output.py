"""Keeps something playing from the ring: the chosen device, or `null` while that is gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from engine.errors import MachineError
from engine.live.devices.device import DEFAULT, NULL, Device, Order
from engine.live.devices.device_client import HostedDevice
from engine.live.devices.null_device import NullDevice
from engine.live.graph.sources import Notice
from engine.live.player.ring_memory import Ring

#: How often the device is looked after; a loss is noticed within this and the stall's own time.
_WATCH_S = 0.05
#: A device that is there but refuses, or is lost again soon, is asked again after a pause that grows, s.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
#: A device that has played for this long is taken to be back for good, s.
_SETTLED_S = 20.0


class Output:
    """The output of a player.

    Args:
        ring: the player's ring.
        sample_rate: Hz.
        block_frames: that devices take at once.
        notify: told, from another thread, what happens to the device.
        null_speed: pace of the `null` device; 0: as fast as it goes, for tests.

    Attributes:
        is_lost: `null` stands in for a device that has gone.
    """

    def __init__(
        self,
        ring: Ring,
        sample_rate: int,
        block_frames: int,
        notify: Callable[[Notice], None],
        *,
        null_speed: float = 1.0,
    ) -> None:
        self._ring = ring
        self._sample_rate = sample_rate
        self._block_frames = block_frames
        self._notify = notify
        self._null_speed = null_speed
        self._consumer = 0
        self._lock = threading.RLock()
        self._device: Device | None = None
        self._wanted = NULL
        self._coming: HostedDevice | None = None
        self.is_lost = False
        self._retry_at_s = 0.0
        self._pause_s = 0.0
        self._playing_since_s = 0.0
        self._told = ""
        self._has_returned = self._is_unsteady = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="device watch", daemon=True)
        self._thread.start()

    @property
    def device(self) -> Device | None:
        """What plays now; None before the first."""
        return self._device

    def select(self, wanted: str) -> str:
        """Plays through another device; what played before goes on if that one refuses.

        Without an audio library or any device, `default` is `null`, and that is told.

        Args:
            wanted: `null`, `default`, a name or a number.

        Returns:
            What to remember: `null`, `default`, or name and audio system of the device, never its number.

        Raises:
            MachineError: there is no such device, or it cannot be opened at this rate.
        """
        fresh: HostedDevice | None = None
        if wanted != NULL:
            fresh = self._hosted(wanted)
            try:
                fresh.open()
            except MachineError as error:
                if wanted != DEFAULT or error.kind not in ("no_device", "no_audio_library"):
                    raise
                self._notify(Notice("no_device", f"playing on 'null', without sound: {error.message}"))
                fresh = None
        with self._lock:
            # what is waited for if it is lost: this very one, also where it was but the default
            self._wanted = NULL if fresh is None else fresh.key
            self._pause_s, self._told = 0.0, ""
            self._has_returned = self._is_unsteady = False
            self._put_in(fresh)
        return wanted if fresh is None or wanted == DEFAULT else fresh.key

    def _hosted(self, wanted: str, *, wait: bool = False) -> HostedDevice:
        self._consumer += 1
        order = Order(self._ring, self._consumer, wanted, self._sample_rate, self._block_frames)
        return HostedDevice(order, wait=wait)

    def _put_in(self, fresh: HostedDevice | None) -> None:
        """Replaces what plays; None stands for `null`."""
        former, self._device = self._device, None
        if former is not None:
            former.stop()
        if self._coming is not None and self._coming is not fresh:
            self._coming.stop()
        self._coming = None
        self.is_lost = False
        self._playing_since_s = time.monotonic()
        if fresh is not None:
            fresh.admit()
            self._device = fresh
        else:
            self._device = self._null()

    def _null(self) -> NullDevice:
        self._consumer += 1
        rate, block = self._sample_rate, self._block_frames
        return NullDevice(self._ring, self._consumer, rate, block, speed=self._null_speed)

    def _watch(self) -> None:
        while not self._ended.wait(_WATCH_S):
            with self._lock:
                if self._ended.is_set():
                    return
                if self.is_lost:
                    self._look_for_return()
                elif self._device is not None and (failure := self._device.failure) is not None:
                    self._lose(self._device, failure)
                else:
                    self._tell_steady()

    def _lose(self, device: Device, failure: str) -> None:
        """Goes on on `null` at once; the device may take its time to die."""
        self._device = self._null()
        self.is_lost = True
        if self._has_returned and not self._has_settled:
            self._is_unsteady = True
            self._wait_longer()
            text = (
                f"device '{device.name}' comes and goes ({failure}): playing on 'null', and it is tried "
                "again after ever longer pauses"
            )
        else:
            self._pause_s, self._told = 0.0, ""
            text = f"device '{device.name}' is lost ({failure}): playing on 'null' until it is back"
        self._retry_at_s = time.monotonic() + self._pause_s
        self._tell_once("device_lost", text)
        threading.Thread(target=device.stop, name="device end", daemon=True).start()

    @property
    def _has_settled(self) -> bool:
        return time.monotonic() - self._playing_since_s >= _SETTLED_S

    def _tell_steady(self) -> None:
        """One that came and went is back when it has stayed for a while."""
        if self._is_unsteady and self._has_settled and self._device is not None:
            self._is_unsteady, self._pause_s, self._told = False, 0.0, ""
            self._notify(Notice("device_back", f"device '{self._device.name}' is back"))

    def _wait_longer(self) -> None:
        self._pause_s = min(max(_FIRST_PAUSE_S, 2.0 * self._pause_s), _LONGEST_PAUSE_S)

    def _tell_once(self, kind: str, text: str) -> None:
        """Tells what is new; the same again, from a device that comes and goes, is no news."""
        if text != self._told:
            self._told = text
            self._notify(Notice(kind, text))

    def _look_for_return(self) -> None:
        if self._coming is None:
            if time.monotonic() >= self._retry_at_s:
                self._coming = self._hosted(self._wanted, wait=True)
            return
        try:
            if not self._coming.has_opened():
                # it is not there, or nothing takes audio from it yet: that may come
                if self._coming.is_silent:
                    text = f"still on 'null': device '{self._coming.name}' is open but takes no audio"
                    self._tell_once("device_silent", text)
                return
        except MachineError as error:
            self._coming.stop()
            self._coming = None
            self._wait_longer()
            self._retry_at_s = time.monotonic() + self._pause_s
            self._tell_once("device_refused", f"still on 'null': {error.message}")
            return
        name = self._coming.name
        self._put_in(self._coming)
        self._has_returned = True
        if not self._is_unsteady:
            self._notify(Notice("device_back", f"device '{name}' is back"))

    def stop(self) -> None:
        """Nothing plays any more."""
        self._ended.set()
        self._thread.join()
        with self._lock:
            for device in (self._device, self._coming):
                if device is not None:
                    device.stop()
            self._device = self._coming = None
