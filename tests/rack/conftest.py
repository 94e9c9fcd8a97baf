"""Processors and kernels, prepared and run."""

from rack_fixtures import declared, layout, process, run_prepared

__all__ = ["declared", "layout", "process", "run_prepared"]
