"""Time and memory of whole processes."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.alone import used
from benchmarks.peers import random_starts
from benchmarks.setting import Setting, spread, variance
from softkmeans.arrays import Floats

#: Points, dimensions and clusters of the large sets.
LARGE = ((1_000_000, 2, 50), (200_000, 16, 50))

#: What is done on the large sets: the work, the method, and the temperature.
LARGE_WORK = (("fit", "kmeans", 0), ("scikit-learn", "kmeans", 0), ("fit", "entropy", 2))

#: Data set of a job -> number of its starts.
JOBS = {"birch1": 5, "dim1024": 100}

#: Methods of the jobs, and temperatures in variances within clusters.
METHODS = (("kmeans", 0), ("entropy", 2), ("entropy", 1000), ("rbf-entmax15", 2), ("rbf-entmax15", 1000))


def memory(setting: Setting) -> pd.DataFrame:
    """CPU seconds and peak memory of processes that do one thing. Memory includes Python and its packages.

    *fit* is `softkmeans.fit` on a mixture of 50 Gaussians, beside scikit-learn's `KMeans` from the same
    random points, until nothing changes or for 50 iterations; its time leaves out the imports. *job* makes 30
    iterations at most from 5 starts on Birch1, or from 100 on dim1024.
    """
    rows = []
    for data, work, method, level, points, starts, temperature in _works(setting):
        found = [used(work, points, starts, method, temperature) for _ in range(setting.rounds)]
        seconds, peaks = np.array(found).T
        row = {"data": data, "work": work, "method": method, "T": f"{level} v" if level else "0"}
        rows.append(row | {"s": spread(seconds), "peak MB": float(np.median(peaks))})
    return pd.DataFrame(rows)


def _works(setting: Setting) -> Iterator[tuple[str, str, str, int, Floats, Floats, float]]:
    for n, d, K in setting.some(LARGE):
        rng = np.random.default_rng(0)
        centres = rng.uniform(0, 20, (K, d))
        points = centres[rng.integers(K, size=n)] + rng.normal(size=(n, d))
        starts = rng.choice(points, K, replace=False)[None]
        for work, method, level in LARGE_WORK:
            yield f"{n} × {d}", work, method, level, points, starts, level
    for name in setting.names(JOBS):
        data = setting.data(name)
        starts = random_starts(data, setting.number(JOBS[name]))
        for method, level in setting.some(METHODS):
            yield name, "job", method, level, data.points, starts, level * variance(data)
