"""Sides of a record: one file each for the cutter, and what a cutter would say about it."""
