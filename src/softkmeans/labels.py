"""What labels say of points."""

import numpy as np

from softkmeans.typing import Floats, Integers


def label_means(points: Floats, labels: Integers, n_clusters: int) -> Floats:
    """Mean of the points of each label (Eq. 16 for hard memberships), (K, d).

    Raises
    ------
    ValueError
        If a label has no point: it has no mean.
    """
    counts = np.bincount(labels, minlength=n_clusters)
    if len(counts) > n_clusters or (counts == 0).any():
        raise ValueError(f"labels must use each of 0 … {n_clusters - 1}; found {np.unique(labels)}")
    sums = np.stack([np.bincount(labels, column, n_clusters) for column in points.T], axis=1)
    return sums / counts[:, None]
