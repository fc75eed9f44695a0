"""Sums over points in many dimensions, where boxes leave hardly any centroid out: by matrix products.

Distances come from one product of the centroids of several runs with the points' offsets from anchors nearby,
so that a far-away origin takes no digits. Its shape is always the same, since its bits depend on the shape.

With hard assignment a run recalls its last pass (`Memory`): distances to centroids that have not moved, and
the sums of clusters whose points are the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from softkmeans.arrays import Booleans, Floats, Integers
from softkmeans.clustering.assignments import Assignment, hard, inverse

ANCHORS = 64
"""Points that serve as anchors."""
POINTS = 1024
"""Points in one matrix product, at most."""
COLUMNS = 64
"""Centroids, of several runs, in one matrix product."""
SPARSE = 0.25
"""Share of responsibilities that are not 0 up to which they are multiplied as a sparse matrix."""
LOSSY = 1e-5
"""Squared distances that small beside the products they are made of are computed plainly."""
FAINT = 0.5
"""A cluster of less weight is summed with responsibilities of any size."""
TINY = 1e-18
"""Responsibilities below count as 0: below rounding beside the others."""
RECALLED = 2**22
"""Distances that are kept at once: 32 MB."""


class Anchored(NamedTuple):
    """Points by their offset from one of A anchors nearby.

    Attributes
    ----------
    values : array (n, d)
    anchors : array (A, d)
    anchor : array (n,)
        Which one is a point's.
    offsets : array (n, d)
    lengths : array (n,)
        ‖offset‖.
    own : array (n,)
        ‖offset‖² + 2·offset·anchor.
    """

    values: Floats
    anchors: Floats
    anchor: Integers
    offsets: Floats
    lengths: Floats
    own: Floats


def anchor(values: Floats) -> Anchored:
    """Anchor each point (n, d) to the nearest of a few of them."""
    anchors = values[:: max(1, len(values) // ANCHORS)]
    nearest = (np.square(anchors).sum(axis=1) - 2 * (values @ anchors.T)).argmin(axis=1)
    offsets = values - anchors[nearest]
    lengths = np.linalg.norm(offsets, axis=1)
    own = np.square(lengths) + 2 * np.vecdot(offsets, anchors[nearest])
    return Anchored(values, anchors, nearest, offsets, lengths, own)


def _squares(points: Anchored, centroids: Floats, apart: Floats, part: slice) -> Floats:
    """‖x − c‖², (P, m), of some of the points to P = `rows` centroids; `apart` are theirs to the anchors."""
    from scipy.spatial.distance import cdist  # here, since it takes long to import

    squares = centroids @ points.offsets[part].T
    squares *= -2
    squares += points.own[part]
    squares += apart.take(points.anchor[part], axis=1)
    sizes = np.sqrt(np.square(centroids).sum(axis=1))[:, None] * points.lengths[part]
    lossy, which = np.nonzero(squares < LOSSY * sizes)
    for k in np.unique(lossy):
        those = which[lossy == k]
        squares[k, those] = cdist(centroids[k : k + 1], points.values[part][those], "sqeuclidean")[0]
    return squares


def _filled(centroids: Floats) -> Floats:
    """Repeat centroids (P, d) until they are `COLUMNS`, or, of one run with more, a multiple of 16."""
    return np.resize(centroids, (max(COLUMNS, -(-len(centroids) // 16) * 16), centroids.shape[1]))


def _blocks(n_points: int) -> Iterator[slice]:
    """Points that go into one product."""
    for start in range(0, n_points, POINTS):
        yield slice(start, start + POINTS)


def _to_anchors(anchors: Floats, centroids: Floats) -> Floats:
    """‖c − anchor‖², (K, A), plainly where a product would take its digits."""
    lengths = np.square(centroids).sum(axis=1)
    squares = lengths[:, None] - 2 * (centroids @ anchors.T) + np.square(anchors).sum(axis=1)
    k, a = np.nonzero(squares < 1e-2 * lengths[:, None])
    for start in range(0, len(k), COLUMNS):
        part = slice(start, start + COLUMNS)
        squares[k[part], a[part]] = np.square(centroids[k[part]] - anchors[a[part]]).sum(axis=1)
    return squares


def sum_soft(
    points: Anchored, centroids: Floats, temperatures: Floats, assignment: Assignment
) -> tuple[Floats, Floats]:
    """Sum runs over all points and centroids (R, K, d).

    Returns
    -------
    moments : array (R, K, d + 1)
        Σ u·(x, 1).
    values : array (R, 3)
        J, gain and entropy.
    """
    n_runs, n_clusters, n_dims = centroids.shape
    moments = np.zeros((n_runs, n_clusters, n_dims + 1))
    values = np.zeros((n_runs, 3))
    rates = inverse(temperatures)
    step = max(1, COLUMNS // n_clusters)
    for start in range(0, n_runs, step):
        stacked = _filled(centroids[start : start + step].reshape(-1, n_dims))
        apart = _to_anchors(points.anchors, stacked)
        for block in _blocks(len(points.values)):
            squares = _squares(points, stacked, apart, block)
            x = points.values[block]
            for r in range(start, min(start + step, n_runs)):
                scores = squares[(r - start) * n_clusters :][:n_clusters]
                smallest = scores.min(axis=0)
                scores -= smallest
                scores *= rates[r]
                shares = assignment(scores)
                u = shares.weights
                u /= shares.total
                moments[r, :, :-1] += _product(u, x)
                moments[r, :, -1] += u.sum(axis=1)
                values[r] += [smallest.sum(), shares.gain.sum(), shares.entropy.sum()]
    return moments, values


def _product(u: Floats, x: Floats) -> Floats:
    """Return u @ x, without the responsibilities that are 0 or too small to be seen, where most are."""
    entry = np.flatnonzero(u >= TINY)
    if len(entry) > SPARSE * u.size or (u.sum(axis=1) < FAINT).any():
        return np.asarray(u @ x)
    return _sparse_product(u, entry, x)


def _sparse_product(u: Floats | Booleans, entry: Integers, x: Floats) -> Floats:
    """Return u @ x, of some entries of u alone."""
    from scipy.sparse import csr_array

    row, column = np.divmod(entry, u.shape[1])
    ends = np.append(0, np.bincount(row, minlength=len(u)).cumsum())
    return np.asarray(csr_array((u.ravel()[entry].astype(float), column, ends), shape=u.shape) @ x)


@dataclass
class Memory:
    """What the last hard pass of S runs has found.

    Attributes
    ----------
    centroids : array (S, K, d)
        NaN where there was none.
    squares : array (S, K, n)
        Distances.
    own : array (S, K, n)
        Whether a point is the cluster's.
    moments : array (S, K, d + 1)
    objective : array (S,)
    """

    centroids: Floats
    squares: Floats
    own: Booleans
    moments: Floats
    objective: Floats


def memory(points: Anchored, n_runs: int, n_clusters: int) -> Memory | None:
    """Make one for so many runs that have made no pass yet; None where it would be too large."""
    n_points, n_dims = points.values.shape
    if n_runs * n_clusters * n_points > RECALLED:
        return None
    return Memory(
        np.full((n_runs, n_clusters, n_dims), np.nan),
        np.empty((n_runs, n_clusters, n_points)),
        np.zeros((n_runs, n_clusters, n_points), dtype=bool),
        np.zeros((n_runs, n_clusters, n_dims + 1)),
        np.empty(n_runs),
    )


def sum_hard(points: Anchored, centroids: Floats, recalled: Memory, slots: Integers) -> tuple[Floats, Floats]:
    """Sum runs that have the given slots of the memory: moments (R, K, d + 1), J (R,)."""
    n_dims = centroids.shape[2]
    run, k = np.nonzero((centroids != recalled.centroids[slots]).any(axis=2))
    recalled.centroids[slots] = centroids
    for start in range(0, len(run), COLUMNS):
        part = slice(start, start + COLUMNS)
        slot = slots[run[part]]
        stacked = _filled(centroids[run[part], k[part]].reshape(-1, n_dims))
        apart = _to_anchors(points.anchors, stacked)
        for block in _blocks(len(points.values)):
            recalled.squares[slot, k[part], block] = _squares(points, stacked, apart, block)[: len(slot)]
    for r in np.unique(run):
        slot = slots[r]
        smallest = recalled.squares[slot].min(axis=0)
        own = recalled.squares[slot] == smallest
        if np.count_nonzero(own) > len(smallest):
            own &= own.cumsum(axis=0) == 1  # a tie is the first one's
        changed = np.flatnonzero((own != recalled.own[slot]).any(axis=1))
        recalled.own[slot] = own
        recalled.objective[slot] = smallest.sum()
        u = own[changed]
        recalled.moments[slot, changed, :-1] = _sparse_product(u, np.flatnonzero(u), points.values)
        recalled.moments[slot, changed, -1] = np.count_nonzero(u, axis=1)
    return recalled.moments[slots], recalled.objective[slots]


def sum_hard_anew(points: Anchored, centroids: Floats) -> tuple[Floats, Floats]:
    """Sum runs of which nothing is recalled: moments (R, K, d + 1), J (R,).

    Which way depends on the size of one run alone, so that its bits do not depend on how many there are.
    """
    n_runs, n_clusters, n_dims = centroids.shape
    at_once = RECALLED // (n_clusters * len(points.values))
    if not at_once:
        moments, values = sum_soft(points, centroids, np.zeros(n_runs), hard)
        return moments, values[:, 0]
    moments, objective = np.empty((n_runs, n_clusters, n_dims + 1)), np.empty(n_runs)
    for start in range(0, n_runs, at_once):
        part = slice(start, start + at_once)
        found = memory(points, len(centroids[part]), n_clusters)
        assert found is not None
        moments[part], objective[part] = sum_hard(points, centroids[part], found, np.arange(len(found.own)))
    return moments, objective
