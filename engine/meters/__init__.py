"""Loudness and true-peak meters."""
