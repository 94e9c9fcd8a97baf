"""Small sessions on disk, with music-like stems."""

from deliver_fixtures import make_session

__all__ = ["make_session"]
