"""How fast, how exact and how small softkmeans is, beside other libraries.

Every library is held to one thread, which must be set before the first of them is imported.
"""

import os

for _variable in ("MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_variable] = "1"

#: Most iterations of a run that goes on until nothing changes.
MAX_ITERATIONS = 10_000
