"""A runtime folder of the test's own, children that end, and no segment left behind."""

from link_fixtures import children, runtime, start_engine, wait

__all__ = ["children", "runtime", "start_engine", "wait"]
