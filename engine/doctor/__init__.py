"""Looks at the machine: what works here and how to mend what does not."""

from __future__ import annotations

from engine.doctor.devices import find_devices
from engine.doctor.machine import machine_checks
from engine.report.doctor import DoctorReport


def examine() -> DoctorReport:
    """Looks at everything; never raises for something that does not work."""
    audio, devices = find_devices()
    return DoctorReport((*machine_checks(), audio), devices)
