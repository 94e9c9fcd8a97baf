"""Stem intake: can these files be trusted, one by one and together?"""
