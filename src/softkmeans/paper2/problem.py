"""A data set of paper 2, ready for its studies."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Floats, standardise
from softkmeans.clustering.initialisations import Initialisation, initial_centroids, start_seed
from softkmeans.data.dataset import Dataset


@dataclass(frozen=True)
class Problem:
    """A data set of paper 2, standardised, and its starts.

    Attributes
    ----------
    name : str
    points : array (n, d)
    starts : array (M, K, d)
    """

    name: str
    points: Floats
    starts: Floats


def set_up(data: Dataset, initialisation: Initialisation, n_starts: int, base_seed: int) -> Problem:
    """Standardise a data set and draw its starts."""
    points = standardise(data.points)
    seeds = [start_seed(base_seed, data.name, initialisation.name, repeat) for repeat in range(n_starts)]
    starts = [initial_centroids(points, data.n_clusters, initialisation, seed) for seed in seeds]
    return Problem(data.name, points, np.stack(starts))


def paths_table(dataset: str, method: str, sigmas: Floats, places: Floats) -> pa.Table:
    """Table `paths` of centroids (S, K, d)."""
    level, cluster, dimension = (axis.ravel() for axis in np.indices(places.shape))
    rows = {
        "dataset": dataset,
        "method": method,
        "sigma": sigmas[level],
        "cluster": cluster,
        "dimension": dimension,
        "value": places.ravel(),
    }
    return tables.make("paths", len(level), rows)
