"""How good a clustering is: against the data, and against the ground truth where there is one."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from softkmeans.arrays import Floats, Integers, squared_distances


def centroid_index(centroids: Floats, truth: Floats) -> int:
    """Number of clusters that are missing or doubled; 0 where every one was found.

    Map each centroid to the nearest true one, count the true ones that nothing maps to; the same the other
    way round; the larger count (Fränti, Rezaei, Zhao 2014).
    """
    squares = squared_distances(truth, centroids)
    missed = len(truth) - len(np.unique(squares.argmin(axis=1)))
    idle = len(centroids) - len(np.unique(squares.argmin(axis=0)))
    return max(missed, idle)


def match(centroids: Floats, truth: Floats) -> Integers:
    """For each true centroid its partner, in the one-to-one matching of least total squared distance.

    Raises
    ------
    ValueError
        If there are not as many centroids as true ones.
    """
    if len(centroids) != len(truth):
        raise ValueError(f"cannot match {len(centroids)} centroids to {len(truth)} one to one")
    squares = squared_distances(centroids, truth)
    return np.asarray(linear_sum_assignment(squares)[1], dtype=np.int64)


def centroid_error(centroids: Floats, truth: Floats) -> float:
    """Mean distance of the true centroids to the centroids matched to them, data units."""
    return float(np.linalg.norm(centroids[match(centroids, truth)] - truth, axis=1).mean())


def agreement(labels: Integers, truth: Integers) -> tuple[float, float]:
    """Adjusted Rand index and normalised mutual information (arithmetic mean) of two labellings."""
    from sklearn.metrics.cluster import adjusted_rand_score, normalized_mutual_info_score  # 2 s to import

    return float(adjusted_rand_score(truth, labels)), float(normalized_mutual_info_score(truth, labels))
