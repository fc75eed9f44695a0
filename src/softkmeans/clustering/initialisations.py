"""The table of initialisations: from points to the centroids or memberships of iteration 0.

To add one, register a function ``(points (n, d), n_clusters, rng) -> centroids (K, d) or labels (n,)``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from softkmeans.arrays import Floats, Integers, label_means

Start = Callable[[Floats, int, np.random.Generator], Floats | Integers]


@dataclass(frozen=True)
class Initialisation:
    """A way to start.

    Attributes
    ----------
    name : str
    start : callable
        ``(points (n, d), n_clusters, rng)`` -> centroids (K, d) as floats, or the label of each point (n,)
        as integers: hard memberships.
    random : bool
        Whether `start` uses `rng`; if not, all repeats are the same.
    """

    name: str
    start: Start
    random: bool = True


INITIALISATIONS: dict[str, Initialisation] = {}


def register(initialisation: Initialisation) -> Initialisation:
    """Make an initialisation known by its name to the pipeline, to `fit` and to the conformance tests."""
    if initialisation.name in INITIALISATIONS:
        raise ValueError(f"there is an initialisation {initialisation.name!r} already")
    INITIALISATIONS[initialisation.name] = initialisation
    return initialisation


def start_seed(base: int, dataset: str, initialisation: str, repeat: int) -> int:
    """Seed of a start, a non-negative 63-bit integer.

    It depends on neither method nor temperature, so methods are compared from the same starts. It is the
    `seed` column of the table of runs, and `softkmeans.fit(..., seed=...)` repeats the run from it.
    """
    key = (crc32(dataset.encode()), crc32(initialisation.encode()), repeat)
    return int(np.random.SeedSequence(base, spawn_key=key).generate_state(1, np.uint64)[0] >> np.uint64(1))


def initial_centroids(points: Floats, n_clusters: int, initialisation: Initialisation, seed: int) -> Floats:
    """Draw one start: its centroids, or the means of its memberships (Eq. 16), (K, d).

    Raises
    ------
    ValueError
        If not 1 <= n_clusters <= n, or memberships leave a cluster empty.
    """
    if not 1 <= n_clusters <= len(points):
        raise ValueError(
            f"n_clusters must be between 1 and the number of points {len(points)}; got {n_clusters}"
        )
    start = initialisation.start(points, n_clusters, np.random.default_rng(seed))
    if start.ndim == 1:
        return label_means(points, np.asarray(start, dtype=np.int64), n_clusters)
    return np.asarray(start, dtype=float)


def random_points(points: Floats, n_clusters: int, rng: np.random.Generator) -> Floats:
    """K different points (Forgy)."""
    return points[rng.choice(len(points), n_clusters, replace=False)]


def random_partition(points: Floats, n_clusters: int, rng: np.random.Generator) -> Integers:
    """A random label for each point, (n,). K random points get one label each: no cluster is empty."""
    labels = rng.integers(n_clusters, size=len(points))
    labels[rng.choice(len(points), n_clusters, replace=False)] = np.arange(n_clusters)
    return labels


def sequential(points: Floats, n_clusters: int, rng: np.random.Generator) -> Integers:
    """Equal blocks of consecutive rows (paper 1, section 3)."""
    return sequential_labels(len(points), n_clusters)


def sequential_labels(n_points: int, n_clusters: int) -> Integers:
    """Labels of equal blocks of consecutive rows, the remainder in the first, (n,)."""
    size, remainder = divmod(n_points, n_clusters)
    return np.repeat(np.arange(n_clusters), [size + remainder] + [size] * (n_clusters - 1))


def kmeans_plus_plus(points: Floats, n_clusters: int, rng: np.random.Generator) -> Floats:
    """Each next point with probability ∝ squared distance to those chosen (Arthur & Vassilvitskii 2007)."""
    return _spread(points, n_clusters, rng, lambda _, squares: int(_proportional(squares, 1, rng)[0]))


def n_candidates(n_clusters: int) -> int:
    """Number of points that the greedy variant draws for each next one, as in scikit-learn."""
    return 2 + int(np.log(n_clusters))


def greedy_kmeans_plus_plus(points: Floats, n_clusters: int, rng: np.random.Generator) -> Floats:
    """K-means++ that draws 2 + ⌊ln K⌋ points for each next one, and takes the one that lowers J most.

    It is the default of scikit-learn, and was described by Arthur & Vassilvitskii (2007), section 5.
    """
    number = n_candidates(n_clusters)

    def best(coordinates: Floats, squares: Floats) -> int:
        candidates = _proportional(squares, number, rng)
        left = [np.minimum(squares, _squares(coordinates, each)).sum() for each in candidates]
        return int(candidates[np.argmin(left)])

    return _spread(points, n_clusters, rng, best)


def maxmin(points: Floats, n_clusters: int, rng: np.random.Generator) -> Floats:
    """A random point, then each time the one furthest from those chosen (Gonzalez 1985)."""
    return _spread(points, n_clusters, rng, lambda _, squares: int(squares.argmax()))


def _proportional(weights: Floats, number: int, rng: np.random.Generator) -> Integers:
    """Draw indices (number,) with probability ∝ weight (n,)."""
    bounds = weights.cumsum()
    return np.minimum(np.searchsorted(bounds, rng.random(number) * bounds[-1], "right"), len(weights) - 1)


def _squares(coordinates: Floats, index: int) -> Floats:
    """Squared distances (n,) of all points, given as coordinates (d, n), to one of them."""
    apart = coordinates - coordinates[:, index, None]
    apart *= apart  # in place: several times as fast
    return np.asarray(apart.sum(axis=0))


def _spread(
    points: Floats, n_clusters: int, rng: np.random.Generator, choose: Callable[[Floats, Floats], int]
) -> Floats:
    """K points (K, d): a random one, then those that `choose` picks.

    `choose` gets the coordinates (d, n) and the squared distances (n,) to the nearest point chosen so far,
    and returns an index. Where fewer than K points differ, all distances become 0, and the rest are drawn
    at random.
    """
    coordinates = np.ascontiguousarray(points.T)  # sums over d are faster along it
    chosen = [int(rng.integers(len(points)))]
    squares = np.full(len(points), np.inf)
    for _ in range(n_clusters - 1):
        squares = np.minimum(squares, _squares(coordinates, chosen[-1]))
        chosen.append(choose(coordinates, squares) if squares.any() else int(rng.integers(len(points))))
    return points[chosen]


register(Initialisation("random-points", random_points))
register(Initialisation("random-partition", random_partition))
register(Initialisation("kmeans++", kmeans_plus_plus))
register(Initialisation("greedy-kmeans++", greedy_kmeans_plus_plus))
register(Initialisation("maxmin", maxmin))
register(Initialisation("sequential", sequential, random=False))
