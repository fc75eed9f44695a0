"""Sums over all points at given centroids: the only hot code.

Points are read once a pass, in blocks that stay in the processor's cache: squared distances, shares and
their sums are finished before the next block is touched, so no n×K array is ever in memory. Runs that
share the data are batched along the first axis. Block and batch are chosen from K and d alone: what a run
computes never depends, to the last bit, on the runs beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from softkmeans.assignments import Assignment
from softkmeans.typing import Floats, Integers

BLOCK = 256
"""Points a block."""
CACHED = 2**15
"""Array elements that a block of runs may take: 256 kB, a part of the second-level cache."""
DIRECT_DIMS = 8
"""Up to here (x − c)² is summed coordinate by coordinate, free of cancellation; above, by matrix product."""


@dataclass(frozen=True)
class Points:
    """Data prepared for passes: centred, so that squares lose no digits to a far-away origin.

    Attributes
    ----------
    values : array (n, d)
        Points minus `centre`.
    centre : array (d,)
        The mean; for integer data its nearest integers, which keep every coordinate exact.
    extended : array (n, d + 1)
        `values` and a column of ones: one product gives Σu·x and Σu.
    """

    values: Floats
    centre: Floats
    extended: Floats

    @property
    def n_points(self) -> int:
        """Number of points n."""
        return self.values.shape[0]

    def take(self, indices: Integers) -> "Points":
        """Some of the points, in the same coordinates."""
        return Points(self.values[indices], self.centre, self.extended[indices])


def prepare(points: Floats) -> Points:
    """Centre the points for passes.

    Parameters
    ----------
    points : array (n, d)

    Raises
    ------
    ValueError
        If the array is not two-dimensional, is empty or holds NaN or infinite values.
    """
    points = np.asarray(points, dtype=float)
    if points.ndim != 2 or 0 in points.shape:
        raise ValueError(f"points must be an array (n, d) with n, d >= 1; its shape is {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError("points must be finite; found NaN or infinity")
    centre = points.mean(axis=0)
    if np.array_equal(points, np.rint(points)):
        centre = np.rint(centre)
    values = points - centre
    return Points(values, centre, np.column_stack([values, np.ones(len(values))]))


@dataclass(frozen=True)
class Sums:
    """Sums over all points, for R runs at their centroids.

    Attributes
    ----------
    weights : array (R, K)
        Σ_i u_ik.
    moments : array (R, K, d)
        Σ_i u_ik x_i, of the centred points.
    objective : array (R,)
        J, Σ_i min_k ‖x_i − c_k‖² (Eq. 1).
    smooth_objective : array (R,)
        J̃ (Eq. 6), or its counterpart under another assignment; equal to J for hard assignment.
    entropy : array (R,)
        Total entropy of the responsibilities (Eq. 20).
    """

    weights: Floats
    moments: Floats
    objective: Floats
    smooth_objective: Floats
    entropy: Floats


def squared_distances(block: Floats, centroids: Floats) -> Floats:
    """‖x_i − c_k‖², (R, K, b), of a block of points (b, d) to the centroids (R, K, d)."""
    if block.shape[1] > DIRECT_DIMS:
        squares = np.einsum("rkd,rkd->rk", centroids, centroids)[..., None] - 2 * (centroids @ block.T)
        squares += np.einsum("bd,bd->b", block, block)
        return np.maximum(squares, 0, out=squares)
    squares = np.square(centroids[..., :1] - block[:, 0])
    for j in range(1, block.shape[1]):
        squares += np.square(centroids[..., j : j + 1] - block[:, j])
    return squares


def sum_over_points(
    points: Points,
    state: Floats,
    temperatures: Floats,
    assignment: Assignment,
    distances: Callable[[Floats, Floats], Floats] = squared_distances,
) -> Sums:
    """One pass over the points.

    Parameters
    ----------
    points : Points
    state : array (R, K, ·)
        What `distances` measures to: by default centroids (R, K, d), in the centred coordinates of `points`.
    temperatures : array (R,)
        Squared data units; hard assignment ignores them.
    assignment : Assignment
    distances : callable
        ``(block (b, d), state) -> squared distances (R, K, b)``.
    """
    n_runs, n_clusters, _ = state.shape
    moments = np.zeros((n_runs, n_clusters, points.extended.shape[1]))
    objective, gain, entropy = np.zeros((3, n_runs))
    batch = max(1, CACHED // (BLOCK * n_clusters))
    for first in range(0, n_runs, batch):
        runs = slice(first, first + batch)
        for start in range(0, points.n_points, BLOCK):
            excess = distances(points.values[start : start + BLOCK], state[runs])
            smallest = excess.min(axis=1)
            excess -= smallest[:, None]
            shares = assignment(excess, temperatures[runs])
            moments[runs] += shares.responsibilities @ points.extended[start : start + BLOCK]
            objective[runs] += smallest.sum(axis=1)
            gain[runs] += shares.gain.sum(axis=1)
            entropy[runs] += shares.entropy.sum(axis=1)
    return Sums(moments[..., -1], moments[..., :-1], objective, objective + gain, entropy)


def nearest(points: Points, centroids: Floats) -> tuple[Integers, Floats]:
    """Index of the nearest centroid, the first among equals, and its squared distance, both (n,).

    `centroids` is one set (K, d), in the centred coordinates of `points`.
    """
    labels = np.empty(points.n_points, dtype=np.int64)
    smallest = np.empty(points.n_points)
    for start in range(0, points.n_points, BLOCK):
        block = slice(start, start + BLOCK)
        squares = squared_distances(points.values[block], centroids[None])[0]
        labels[block] = squares.argmin(axis=0)
        smallest[block] = squares.min(axis=0)
    return labels, smallest
