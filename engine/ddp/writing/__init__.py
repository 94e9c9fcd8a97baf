"""Writes DDP 2.00 compatible file sets."""
