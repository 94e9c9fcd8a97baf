"""The real-time engine: the same plans as offline, played by a compiled loop that needs no Python."""
