"""Sums over all points at given centroids: the only hot code.

In few dimensions points are sorted into leaves, and most pairs of point and centroid are never touched
(`boxes`); where T is so warm that most matter, grids take their place (`grids`); in many dimensions matrix
products do the work (`products`). Either way everything is worked off in
pieces that stay in the processor's cache, from distances to sums, so no n×K array is ever in memory.

Runs are batched along the first axis. What a run computes never depends, to the last bit, on the runs beside
it: every choice is made for a run alone, and its sums are added up in an order of its own.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from softkmeans.arrays import Floats, Integers, squared_distances
from softkmeans.clustering import boxes, grids, products
from softkmeans.clustering.assignments import Assignment, Sums
from softkmeans.clustering.grids import Grids
from softkmeans.clustering.leaves import Leaves, grow
from softkmeans.clustering.memory import keep_freed_memory
from softkmeans.clustering.products import Anchored

keep_freed_memory()

BOXED_DIMS = 8
"""In more dimensions, boxes hardly leave any centroid out."""
CACHED = 2**15
"""Array elements worked off at once: 256 kB."""


@dataclass(frozen=True)
class Points:
    """Data prepared for passes.

    Attributes
    ----------
    values : array (n, d)
        Points less `centre`, so that squares lose no digits to a far-away origin.
    centre : array (d,)
        The mean; for integer data its nearest integers, which keep every coordinate exact.
    layout : Leaves or Anchored
        The latter where there are too many dimensions for boxes.
    """

    values: Floats
    centre: Floats
    layout: Leaves | Anchored

    @cached_property
    def grids(self) -> Grids:
        """Grids over the leaves; in the plane."""
        assert isinstance(self.layout, Leaves)
        return grids.draw(self.layout)

    def take(self, indices: Integers) -> "Points":
        """Some of the points, in the same coordinates."""
        return _points(self.values[indices], self.centre)


def prepare(points: Floats) -> Points:
    """Centre the points and sort them.

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
    return _points(points - centre, centre)


def _points(values: Floats, centre: Floats) -> Points:
    few = values.shape[1] <= BOXED_DIMS
    return Points(values, centre, grow(values) if few else products.anchor(values))


Memory = boxes.Memory | products.Memory
"""What the last passes of some runs have found, for the next ones."""


def memory(points: Points, assignment: Assignment, n_runs: int, n_clusters: int) -> Memory | None:
    """Make an empty memory for so many runs; None where it would not serve."""
    if assignment.reach > 0:
        return None
    if isinstance(points.layout, Leaves):
        return boxes.memory(points.layout, n_runs, n_clusters)
    return products.memory(points.layout, n_runs, n_clusters)


def sum_over_points(
    points: Points,
    state: Floats,
    temperatures: Floats,
    assignment: Assignment,
    recalled: Memory | None = None,
    slots: Integers | None = None,
) -> Sums:
    """One pass over the points.

    Parameters
    ----------
    points : Points
    state : array (R, K, d) or (R, K, d + 1)
        Centroids in the centred coordinates of `points`; or (Σ u·x, Σ u), whose quotients they are, and then
        distances are measured without taking the quotient: ‖x·Σu − Σu·x‖² / (Σu)².
    temperatures : array (R,)
        Squared data units; hard assignment ignores them.
    assignment : Assignment
    recalled : Memory, optional
        From `memory`: what is still known from the last pass is not computed again. It changes no bit.
    slots : array (R,), optional
        The runs' places in it. Of a run that is left out of a pass, nothing need be known afterwards.
    """
    n_dims = points.values.shape[1]
    if state.shape[2] > n_dims:  # by powers of two, which change no distance, so that no square underflows
        state = np.ldexp(state, -np.frexp(state[..., -1:])[1])
    with np.errstate(over="ignore"):
        if assignment.reach == 0:
            temperatures = np.zeros_like(temperatures)
            moments, values = _sum_hard(points, boxes.quotients(state, n_dims), recalled, slots)
        elif isinstance(points.layout, Leaves):
            moments, values = _sum_soft(points, points.layout, state, temperatures, assignment)
        else:
            centroids = boxes.quotients(state, n_dims)
            moments, values = products.sum_soft(points.layout, centroids, temperatures, assignment)
    objective, gain, entropy = values.T
    return Sums(moments[..., -1], moments[..., :-1], objective, temperatures * gain, entropy)


def _sum_soft(
    points: Points, leaves: Leaves, state: Floats, temperatures: Floats, assignment: Assignment
) -> tuple[Floats, Floats]:
    """Moments (R, K, d + 1), and J, gain and entropy (R, 3): warm runs by grids, where they serve."""
    n_runs, n_clusters, _ = state.shape
    n_dims = points.values.shape[1]
    moments, values = np.empty((n_runs, n_clusters, n_dims + 1)), np.empty((n_runs, 3))
    found = {}
    if assignment.factor is not None and grids.serve(leaves, n_clusters):
        centroids = boxes.quotients(state, n_dims)
        for r in np.flatnonzero(grids.warm(points.grids, temperatures)):
            sums = grids.sum_warm(points.grids, centroids[r], temperatures[r], assignment.factor)
            if sums is not None and (sums.moments[:, -1] >= boxes.FAINT).all():
                found[r] = sums
    if found:
        runs = np.array(list(found))
        recalled = boxes.memory(leaves, len(runs), n_clusters)
        _, objective = boxes.sum_hard(leaves, centroids[runs], recalled, np.arange(len(runs)))
        for (r, sums), value in zip(found.items(), objective, strict=True):
            moments[r] = sums.moments
            values[r] = value, -sums.logs - value / temperatures[r], sums.entropy
    others = np.setdiff1d(np.arange(n_runs), list(found))
    moments[others], values[others] = boxes.sum_soft(leaves, state[others], temperatures[others], assignment)
    return moments, values


def _sum_hard(
    points: Points, centroids: Floats, recalled: Memory | None, slots: Integers | None
) -> tuple[Floats, Floats]:
    """Moments (R, K, d + 1), and J beside no gain and no entropy, (R, 3)."""
    n_runs, n_clusters, _ = centroids.shape
    values = np.zeros((n_runs, 3))
    if recalled is None or slots is None:
        slots = np.arange(n_runs)
    if isinstance(points.layout, Leaves):
        if not isinstance(recalled, boxes.Memory):
            recalled = boxes.memory(points.layout, n_runs, n_clusters)
        moments, values[:, 0] = boxes.sum_hard(points.layout, centroids, recalled, slots)
    elif isinstance(recalled, products.Memory):
        moments, values[:, 0] = products.sum_hard(points.layout, centroids, recalled, slots)
    else:
        moments, values[:, 0] = products.sum_hard_anew(points.layout, centroids)
    return moments, values


def nearest(points: Points, centroids: Floats) -> tuple[Integers, Floats]:
    """Index of the nearest centroid, the first among equals, and its squared distance, both (n,).

    `centroids` is one set (K, d), in the centred coordinates of `points`.
    """
    labels = np.empty(len(points.values), dtype=np.int64)
    smallest = np.empty(len(points.values))
    step = max(1, CACHED // len(centroids))
    for start in range(0, len(points.values), step):
        block = slice(start, start + step)
        squares = squared_distances(points.values[block], centroids)
        labels[block] = squares.argmin(axis=0)
        smallest[block] = squares.min(axis=0)
    return labels, smallest
