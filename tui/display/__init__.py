"""Cells and how they get to the terminal: nothing here knows of audio."""
