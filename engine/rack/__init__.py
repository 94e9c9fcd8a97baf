"""Processors: one module each, with its kernel and what prepares it."""
