"""Annealing: a soft method at falling temperatures, each level from where the last one ended."""

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

#: Before each level, centroids are moved at random by that many σ: those that coincide could not part.
JITTER = 1e-2

#: Centroids that many σ apart, directly or by way of others, are distinct: well above the jitter.
APART = 0.1

#: Up to so many dimensions, all eigenvalues of a covariance are as soon found as its largest.
DENSE = 64

#: Difference of two scores by which the slope of responsibilities is measured.
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
    """Cool R runs, and yield where they are after each temperature.

    A level ends once the centroids move by no more than `tolerance` times √T, but not before a split that
    has just become due could show: a cluster that splits at T' parts by a factor of about T'/T an iteration.

    Parameters
    ----------
    points : Points
    starts : array (R, K, d)
    schedule : sequence of float
        Temperatures, falling.
    method : Method
        A soft one.
    rngs : sequence of R generators
        They move the centroids a little before each level.
    first_split : float
        Temperature of the first split, see `first_split`.
    tolerance, max_iterations
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
    """Make one solution of those that `anneal` yields: iterations and seconds are those of all levels."""
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
    """Iterations in which centroids part from the jitter to σ, below the temperature of their split.

    Examples
    --------
    >>> patience(0.95, 1.0), patience(0.001, 1.0), patience(1.0, 1.0)
    (90, 1, 0)
    """
    if temperature >= split:
        return 0
    return math.ceil(math.log(1 / JITTER) / math.log(split / temperature))


def first_split(assignment: Assignment, n_clusters: int, critical: float) -> float:
    """Temperature at which K centroids at the mean of all points part, for data of a critical temperature.

    It is T_c for softmax, and √K·T_c for entmax-1.5: T_c times how much steeper than softmax's its
    responsibilities are where all scores are equal.
    """
    if n_clusters == 1:
        return critical
    scores = np.zeros((n_clusters, 1))
    scores[0] = STEP
    u = assignment(scores).responsibilities[:, 0]
    return float(n_clusters * (u[1] - u[0]) / STEP * critical)


def soft_clusters(centroids: Floats, temperature: float) -> Integers:
    """Number of the soft cluster of each centroid, from 1, (K,): those that coincide are in one.

    Centroids (K, d) are in one if they are no more than `APART` σ apart (single linkage).
    """
    if len(centroids) == 1:
        return np.ones(1, dtype=np.int64)
    distance = APART * math.sqrt(temperature / 2)
    found = scipy.cluster.hierarchy.fclusterdata(centroids, distance, criterion="distance", method="single")
    return np.asarray(found, dtype=np.int64)


def next_split(points: Floats, centroids: Floats, temperature: float, assignment: Assignment) -> float:
    """Temperature at which the next soft cluster is due to split; NaN where no centroids coincide.

    Centroids that coincide part below 2·λ_max of the covariance of the points, weighted for softmax by their
    responsibilities (Rose 1998, section II-C), and in general by the slope of these against the score.

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
    """Responsibilities (K, n) at squared distances of which those to each centroid are raised by (K,)."""
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
