"""Array types, and operations on points that many modules share."""

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

#: The largest number of dimensions in which numpy is faster than scipy's `cdist`.
FEW_DIMS = 8


def brief(value: Any) -> str:
    """Write a data class in one line, with arrays as their shapes: a `__repr__` for classes with arrays."""

    def spell(part: Any) -> str:
        if isinstance(part, np.ndarray):
            return f"array{part.shape}"
        return f"{part:.6g}" if isinstance(part, float) else repr(part)

    shown = [f"{each.name}={spell(getattr(value, each.name))}" for each in fields(value) if each.repr]
    return f"{type(value).__name__}({', '.join(shown)})"


def squared_distances(points: Floats, centroids: Floats) -> Floats:
    """‖x_i − c_k‖², (K, n), of points (n, d) to centroids (K, d), free of cancellation."""
    if points.shape[1] > FEW_DIMS:
        from scipy.spatial.distance import cdist  # slow to import

        return np.asarray(cdist(centroids, points, "sqeuclidean"))
    squares = np.square(centroids[:, :1] - points[:, 0])
    for j in range(1, points.shape[1]):
        squares += np.square(centroids[:, j : j + 1] - points[:, j])
    return squares


def standardise(points: Floats) -> Floats:
    """Centre points (n, d), and scale all coordinates by one factor so that their mean variance is 1.

    Points that are all the same are only centred.
    """
    centred = points - points.mean(axis=0)
    scale = np.sqrt(np.square(centred).mean())
    return np.asarray(centred / scale) if scale > 0 else centred


def label_means(points: Floats, labels: Integers, n_clusters: int) -> Floats:
    """Mean of the points of each label (Eq. 16 for hard memberships), (K, d).

    Raises
    ------
    ValueError
        If a label has no point, and so no mean, or a label is not in 0 … K−1.
    """
    counts = np.bincount(labels, minlength=n_clusters)
    if len(counts) > n_clusters or (counts == 0).any():
        raise ValueError(f"labels must use each of 0 … {n_clusters - 1}; found {np.unique(labels)}")
    sums = np.stack([np.bincount(labels, column, n_clusters) for column in points.T], axis=1)
    return sums / counts[:, None]
