"""The demo song: a score as data, the voices that play it, and the files they are printed to.

from engine.demo.files import write_demo
"""
