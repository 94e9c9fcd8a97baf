"""The album file: what was asked for, checked, and where its tracks lie on the disc.

Standard library and number checks only, so that the console can show and edit an album.
"""
