"""How fast, how exact and how small: measured against peers and references. See docs/benchmarks.md.

Every library is held to one thread; that has to be said before the first of them is imported.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"
