"""One album with everything in it, made once for the tests that only look at it."""

from album_fixtures import made, own_cache, plain_papers

__all__ = ["made", "own_cache", "plain_papers"]
