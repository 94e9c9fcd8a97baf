"""The engine of stemlathe: session model, processing, meters, files and the command line.

Importing this package costs nothing: every heavy import is made where it is used.
"""

import os

__version__ = "0.1.0"

# Threads of ours share out the cores. Those that BLAS starts beside them wait busily for each other, which
# doubles the processor time of a diagnosis; it reads these when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
