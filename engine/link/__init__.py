"""The shared-memory protocol between a running engine or render and everyone who watches or controls it."""
