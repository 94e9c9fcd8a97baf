"""Songs that play, and the engine that plays them."""

from live_fixtures import desk, material, play, server, studio, write_session

__all__ = ["desk", "material", "play", "server", "studio", "write_session"]
