"""The chain editor."""
