"""A small data set for the tests of paper 2."""

import numpy as np
import pytest

from softkmeans.arrays import standardise
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids


@pytest.fixture(scope="module")
def blobs():
    """Three blobs, standardised, and five starts."""
    rng = np.random.default_rng(0)
    points = standardise(rng.normal(size=(150, 2)) + 5 * rng.normal(size=(3, 2)).repeat(50, axis=0))
    starts = [initial_centroids(points, 3, INITIALISATIONS["random-points"], seed) for seed in range(5)]
    return points, np.stack(starts)
