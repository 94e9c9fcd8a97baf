"""A session and its running engine, and a console in control of it."""

from live_fixtures import desk, server, studio

__all__ = ["desk", "server", "studio"]
