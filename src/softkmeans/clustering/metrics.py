"""How good a clustering is: against the data, and against the ground truth where there is one."""

import numpy as np
import scipy
from scipy.special import entr

from softkmeans.arrays import Floats, Integers, squared_distances


def centroid_index(centroids: Floats, truth: Floats) -> int:
    """Number of clusters that are missing or doubled; 0 where every one was found.

    Map each centroid to the nearest true one, and count the true ones that nothing maps to. Do the same the
    other way round. The index is the larger count (Fränti, Rezaei, Zhao 2014).
    """
    squares = squared_distances(truth, centroids)
    missed = len(truth) - len(np.unique(squares.argmin(axis=1)))
    idle = len(centroids) - len(np.unique(squares.argmin(axis=0)))
    return max(missed, idle)


def match(centroids: Floats, truth: Floats) -> Integers:
    """Index of the centroid matched to each true one, (K,), at the least total squared distance.

    The matching is one to one.

    Raises
    ------
    ValueError
        If there are not as many centroids (K, d) as true ones.
    """
    if len(centroids) != len(truth):
        raise ValueError(f"cannot match {len(centroids)} centroids to {len(truth)} one to one")
    squares = squared_distances(centroids, truth)
    return np.asarray(scipy.optimize.linear_sum_assignment(squares)[1], dtype=np.int64)


def centroid_error(centroids: Floats, truth: Floats) -> float:
    """Mean distance of the true centroids to those that `match` gives, data units; raises as it does."""
    return float(np.linalg.norm(centroids[match(centroids, truth)] - truth, axis=1).mean())


def agreement(labels: Integers, truth: Integers) -> tuple[float, float]:
    """Adjusted Rand index and normalised mutual information (arithmetic mean) of two labellings (n,).

    Labels must be small integers from 0 on. scikit-learn has the same functions, but they take forty times as
    long, as they check their input, and there are tens of thousands of runs.
    """
    shape = (int(truth.max()) + 1, int(labels.max()) + 1)
    table = np.bincount(np.ravel_multi_index((truth, labels), shape), minlength=shape[0] * shape[1])
    both, rows, columns = table.astype(float), *(table.reshape(shape).sum(axis=axis) for axis in (1, 0))
    pairs, of_rows, of_columns, of_all = (
        (counts * (counts - 1) / 2).sum() for counts in (both, rows, columns, np.array([len(labels)]))
    )
    mean, expected = (of_rows + of_columns) / 2, of_rows * of_columns / max(of_all, 1)
    entropy, of_truth, of_labels = (entr(counts / len(labels)).sum() for counts in (both, rows, columns))
    ari = (pairs - expected) / (mean - expected) if mean != expected else 1.0
    nmi = (of_truth + of_labels - entropy) / ((of_truth + of_labels) / 2) if entropy else 1.0
    return float(ari), float(np.clip(nmi, 0, 1))
