"""Annealing: a soft method at falling temperatures, where each level starts where the last one ended."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import scipy

from softkmeans.arrays import Floats, Integers, squared_distances
from softkmeans.clustering.assignments import Assignment
from softkmeans.clustering.dense import BLOCK
from softkmeans.clustering.kernels import Points
from softkmeans.clustering.methods import Method
from softkmeans.clustering.solver import Solution, solve

#: Standard deviation of the random move of each coordinate before a level, in units of σ = √(T/2).
#: Without such moves, centroids that coincide could never part.
JITTER = 1e-2

#: Centroids no further apart than this, in units of σ, are in one soft cluster. It is well above the jitter.
APART = 0.1

#: The largest number of dimensions in which all eigenvalues of a covariance are found as fast as its largest.
DENSE = 64

#: Difference of two scores, for the slope of the responsibilities as a finite difference.
STEP = 1e-6


def anneal(
    points: Points,
    starts: Floats,
    schedule: Sequence[float],
    method: Method,
    rngs: Sequence[np.random.Generator],
    first_split: float,
    *,
    tolerance: float,
    max_iterations: int,
    engine: str = "compiled",
) -> Iterator[Solution]:
    """Cool R runs, and yield their solution at each temperature.

    A level ends once the centroids move by no more than `tolerance` times √T, but not before the number of
    iterations that `patience` gives. Below the temperature T' of a split, the distance between the centroids
    that part grows by a factor of only about T'/T an iteration.

    Parameters
    ----------
    points : Points
    starts : array (R, K, d)
    schedule : sequence of float
        Temperatures, falling.
    method : Method
        A soft one.
    rngs : sequence of R generators
        Of the random moves of the centroids before each level.
    first_split : float
        Temperature of the first split, see `first_split`.
    tolerance : float
        Largest move of the centroids at the end of a level, in units of √T.
    max_iterations : int
        Of each level.
    engine : str
        As in `solver.solve`.
    """
    centroids = starts
    for temperature in schedule:
        moves = np.stack([rng.normal(size=starts.shape[1:]) for rng in rngs])
        level = solve(
            points,
            centroids + JITTER * np.sqrt(temperature / 2) * moves,
            np.full(len(rngs), temperature),
            method,
            shift_tolerance=tolerance * math.sqrt(temperature),
            min_iterations=patience(temperature, first_split),
            max_iterations=max_iterations,
            engine=engine,
        )
        yield level
        centroids = level.centroids


def chain(levels: Sequence[Solution]) -> Solution:
    """Join the solutions that `anneal` yields into one: iterations and seconds are summed over the levels."""
    numbers = np.stack([level.n_iterations for level in levels])
    before = numbers.cumsum(axis=0) - numbers
    traces = [level.trace for level in levels]
    kept = [(t.iteration > 0) | (k == 0) for k, t in enumerate(traces)]

    def joined(arrays: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate([each[rows] for each, rows in zip(arrays, kept, strict=True)])

    order = np.argsort(joined([t.run for t in traces]), kind="stable")
    columns = {
        name: joined([getattr(t, name) for t in traces])[order]
        for name in ("run", "objective", "smooth_objective", "entropy", "centroid_shift")
    }
    iteration = joined([t.iteration + b[t.run] for t, b in zip(traces, before, strict=True)])[order]
    return replace(
        levels[-1],
        n_iterations=numbers.sum(axis=0),
        converged=np.all([level.converged for level in levels], axis=0),
        seconds=np.sum([level.seconds for level in levels], axis=0),
        trace=replace(levels[-1].trace, iteration=iteration, **columns),
    )


def patience(temperature: float, split: float) -> int:
    """Number of iterations in which the distance of parting centroids grows from the jitter to σ.

    It is 0 at and above the temperature `split` of their split.

    Examples
    --------
    >>> patience(0.95, 1.0), patience(0.001, 1.0), patience(1.0, 1.0)
    (90, 1, 0)
    """
    if temperature >= split:
        return 0
    return math.ceil(math.log(1 / JITTER) / math.log(split / temperature))


def first_split(assignment: Assignment, n_clusters: int, critical: float) -> float:
    """Temperature below which K centroids at the mean of all points part.

    It is the critical temperature T_c for softmax, and √K·T_c for entmax-1.5: T_c times the slope of the
    responsibilities where all scores are equal, over the slope of softmax's. For K = 1 it is T_c.
    """
    if n_clusters == 1:
        return critical
    scores = np.zeros((n_clusters, 1))
    scores[0] = STEP
    u = assignment(scores).responsibilities[:, 0]
    return float(n_clusters * (u[1] - u[0]) / STEP * critical)


def soft_clusters(centroids: Floats, temperature: float) -> Integers:
    """Soft cluster of each centroid, numbered from 1, (K,).

    Centroids (K, d) are in one soft cluster if steps of at most `APART` σ link them (single linkage).
    """
    if len(centroids) == 1:
        return np.ones(1, dtype=np.int64)
    distance = APART * math.sqrt(temperature / 2)
    found = scipy.cluster.hierarchy.fclusterdata(centroids, distance, criterion="distance", method="single")
    return np.asarray(found, dtype=np.int64)


def next_split(points: Floats, centroids: Floats, temperature: float, assignment: Assignment) -> float:
    """Temperature below which the next soft cluster splits in theory; NaN where no centroids coincide.

    Centroids that coincide part below 2·λ_max of the covariance of the points. The points are weighted by the
    centroids' responsibilities for softmax (Rose 1998, section II-C), and in general by the slope of the
    responsibilities against the score. The temperature is rounded to 6 digits, as the slope is a finite
    difference.

    Parameters
    ----------
    points : array (n, d)
    centroids : array (K, d)
        A fixed point at `temperature`.
    """
    clusters = soft_clusters(centroids, temperature)
    shared = [members for k in np.unique(clusters) if len(members := np.flatnonzero(clusters == k)) > 1]
    if not shared:
        return np.nan
    places, raised = centroids.copy(), np.zeros(len(centroids))
    for members in shared:
        places[members] = centroids[members].mean(axis=0)
        raised[members[0]] = STEP * temperature
    u = responsibilities(points, places, temperature, assignment, raised)
    found = [
        split_temperature(points, places[first], (u[second] - u[first]) / STEP, u[[first, second]].sum() / 2)
        for first, second, *_ in shared
    ]
    return float(f"{max(found):.6g}")


def responsibilities(
    points: Floats, centroids: Floats, temperature: float, assignment: Assignment, raised: Floats
) -> Floats:
    """Responsibilities (K, n), where `raised` (K,) is added to all squared distances to each centroid."""
    found = np.empty((len(centroids), len(points)))
    step = max(1, BLOCK // len(centroids))
    for begin in range(0, len(points), step):
        squares = squared_distances(points[begin : begin + step], centroids) + raised[:, None]
        found[:, begin : begin + step] = assignment.at(squares, temperature).responsibilities
    return found


def split_temperature(points: Floats, centre: Floats, weights: Floats, mass: float) -> float:
    """2·λ_max of the covariance Σ w·(x − centre)(x − centre)ᵀ/mass of points (n, d) with weights (n,)."""
    away, d = points - centre, points.shape[1]
    if d <= DENSE:
        return 2 * float(np.linalg.eigvalsh((weights * away.T) @ away)[-1]) / mass
    sparse = scipy.sparse.linalg
    product = sparse.LinearOperator((d, d), matvec=lambda v: away.T @ (weights * (away @ v)), dtype=float)
    (largest,) = sparse.eigsh(product, 1, which="LA", v0=np.ones(d), tol=1e-8, return_eigenvectors=False)
    return 2 * float(largest) / mass
