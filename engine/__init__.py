"""The engine of stemlathe: session model, processing, meters, files and the command line.

Importing this package costs nothing: every heavy import is made where it is used.
"""

__version__ = "0.1.0"
