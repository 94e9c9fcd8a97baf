"""Processors and kernels, prepared and run."""

from rack_fixtures import run_prepared

__all__ = ["run_prepared"]
