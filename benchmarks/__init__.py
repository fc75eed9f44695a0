"""How fast, how exact and how small softkmeans is, beside other libraries.

Every library is held to one thread; that has to be said before the first of them is imported.
"""

import os

for _variable in ("MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_variable] = "1"

#: Iterations of a run that goes on until nothing changes, at most.
MAX_ITERATIONS = 10_000
