"""Pictures: each takes plain data and gives a `Picture`."""
