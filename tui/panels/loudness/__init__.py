"""Loudness against every target."""
