"""Sums over all points at given centroids: the only hot code.

Points are sorted into small blocks that are compact in space. For a block, most centroids cannot matter to any
of its points: ‖x − c‖² − ‖x − c*‖² is linear in x, so its least value over the block's bounding box is exact
and cheap, and a centroid that stays further away than the assignment reaches is left out. A block with one
centroid left needs no distances at all. The others are worked off in groups that stay in the processor's
cache, from distances to sums, so no n×K array is ever in memory.

Runs are batched along the first axis. What a run computes never depends, to the last bit, on the runs beside
it: every choice below is made for a run alone, and its sums are added up in the order of its blocks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from softkmeans.assignments import Assignment
from softkmeans.typing import Booleans, Floats, Integers

BLOCK = 64
"""Points a block, at most, in few dimensions."""
DENSE_BLOCK = 256
"""Points a block where boxes do not help."""
BOXED_DIMS = 8
"""In more dimensions than this, bounding boxes hardly leave any centroid out."""
CACHED = 2**15
"""Array elements of a group: 256 kB, a part of the second-level cache."""
TESTED = 2**20
"""(run, block, centroid) triples tested at once."""
FAINT = 1e-4
"""A cluster of less weight is summed over all points: what pruning leaves out might be seen in its mean."""


class Blocks(NamedTuple):
    """Points sorted into N blocks of B, filled up with zeros.

    Attributes
    ----------
    origin : array (N, d)
        Centre of the block's bounding box; integers for integer data.
    half : array (N, d)
        Half the box's widths.
    local : array (N, d + 1, B)
        Coordinates less the origin, and 1 for each point; 0 where there is none.
    total : array (N, d + 1)
        Sum of `local` over the points.
    square : array (N,)
        Σ‖x‖² over the points, less the origin.
    """

    origin: Floats
    half: Floats
    local: Floats
    total: Floats
    square: Floats


@dataclass(frozen=True)
class Points:
    """Data prepared for passes.

    Attributes
    ----------
    values : array (n, d)
        Points less `centre`, so that squares lose no digits to a far-away origin.
    centre : array (d,)
        The mean; for integer data its nearest integers, which keep every coordinate exact.
    blocks : Blocks
    """

    values: Floats
    centre: Floats
    blocks: Blocks

    def take(self, indices: Integers) -> "Points":
        """Some of the points, in the same coordinates."""
        values = self.values[indices]
        return Points(values, self.centre, _blocks(values))


def prepare(points: Floats) -> Points:
    """Centre the points and sort them into blocks.

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
    if _are_integers(points):
        centre = np.rint(centre)
    values = points - centre
    return Points(values, centre, _blocks(values))


def _are_integers(points: Floats) -> bool:
    return np.array_equal(points, np.rint(points))


def _blocks(values: Floats) -> Blocks:
    """Sort points into blocks by halving them, again and again, across the widest side of their box."""
    n, d = values.shape
    parts = [np.arange(n)]
    largest = BLOCK if d <= BOXED_DIMS else DENSE_BLOCK
    while len(parts[0]) > largest:
        halves = []
        for part in parts:
            axis = int(np.ptp(values[part], axis=0).argmax()) if d <= BOXED_DIMS else 0
            ordered = part[np.argsort(values[part, axis], kind="stable")] if d <= BOXED_DIMS else part
            halves += [ordered[: (len(part) + 1) // 2], ordered[(len(part) + 1) // 2 :]]
        parts = halves
    low = np.stack([values[part].min(axis=0) for part in parts])
    high = np.stack([values[part].max(axis=0) for part in parts])
    origin = (low + high) / 2
    if _are_integers(values):
        origin = np.rint(origin)
    if d > BOXED_DIMS:
        origin = np.zeros_like(origin)
    local = np.zeros((len(parts), d + 1, len(parts[0])))
    for i, part in enumerate(parts):
        local[i, :d, : len(part)] = (values[part] - origin[i]).T
        local[i, d, : len(part)] = 1
    half = np.maximum(high - origin, origin - low)
    return Blocks(origin, half, local, local.sum(axis=2), np.square(local[:, :d]).sum(axis=(1, 2)))


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
    gain : array (R,)
        J̃ − J, at most 0: what smoothing takes off (Eq. 6); 0 for hard assignment.
    entropy : array (R,)
        Total entropy of the responsibilities (Eq. 20).
    """

    weights: Floats
    moments: Floats
    objective: Floats
    gain: Floats
    entropy: Floats

    @property
    def smooth_objective(self) -> Floats:
        """J̃ (Eq. 6), or its counterpart under another assignment, (R,)."""
        return self.objective + self.gain


Relative = Callable[[Floats, Floats], Floats]
"""``(state (..., ·), origin (..., d)) -> centroids less the origin (..., d)``"""


def from_origin(centroids: Floats, origin: Floats) -> Floats:
    """Centroids less the origin: `Relative` for a state that is centroids."""
    return centroids - origin


def sum_over_points(
    points: Points,
    state: Floats,
    temperatures: Floats,
    assignment: Assignment,
    relative: Relative = from_origin,
) -> Sums:
    """One pass over the points.

    Parameters
    ----------
    points : Points
    state : array (R, K, ·)
        By default centroids (R, K, d), in the centred coordinates of `points`.
    temperatures : array (R,)
        Squared data units; hard assignment ignores them.
    assignment : Assignment
    relative : Relative
        How centroids follow from the state.
    """
    n_runs, n_clusters, _ = state.shape
    batch = max(1, TESTED // (len(points.blocks.origin) * n_clusters))
    parts = [
        _sum_batch(points.blocks, state[r : r + batch], temperatures[r : r + batch], assignment, relative)
        for r in range(0, n_runs, batch)
    ]
    return parts[0] if len(parts) == 1 else _join(parts)


def _join(parts: list[Sums]) -> Sums:
    names = ("weights", "moments", "objective", "gain", "entropy")
    return Sums(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _sum_batch(
    blocks: Blocks, state: Floats, temperatures: Floats, assignment: Assignment, relative: Relative
) -> Sums:
    n_dims = blocks.origin.shape[1]
    boxed = n_dims <= BOXED_DIMS and np.isfinite(assignment.reach) and len(blocks.origin) > 1
    if not boxed:
        return _sum_candidates(blocks, state, temperatures, assignment, relative, None)
    centroids = relative(state, np.zeros(n_dims))
    candidates = _candidates(blocks, centroids, assignment.reach * temperatures)
    sums = _sum_candidates(blocks, state, temperatures, assignment, relative, candidates)
    faint = (sums.weights < FAINT).any(axis=1)
    if assignment.faint and faint.any():
        again = _sum_candidates(blocks, state[faint], temperatures[faint], assignment, relative, None)
        for name in ("weights", "moments", "objective", "gain", "entropy"):
            getattr(sums, name)[faint] = getattr(again, name)
    return sums


def _candidates(blocks: Blocks, centroids: Floats, reach: Floats) -> Booleans:
    """Whether a centroid can matter to a point of a block, (R, N, K).

    Over the box, ‖x − c_k‖² − ‖x − c*‖² is at least its value at the origin less 2·Σ half·|c_k − c*|; c* is
    the centroid nearest to the origin.
    """
    rows = np.arange(len(centroids))[:, None]
    squares = np.square(blocks.origin[:, None, 0] - centroids[:, None, :, 0])
    for j in range(1, centroids.shape[2]):
        squares += np.square(blocks.origin[:, None, j] - centroids[:, None, :, j])
    best = squares.argmin(axis=2)
    least = squares - squares.min(axis=2)[..., None]
    for j in range(centroids.shape[2]):
        column = centroids[..., j]
        apart = np.abs(column[:, None, :] - column[rows, best][..., None])
        apart *= 2 * blocks.half[:, j, None]
        least -= apart
    rounding = 1e-13 * squares.max(axis=(1, 2))
    return least <= (reach + rounding)[:, None, None]


def _sum_candidates(
    blocks: Blocks,
    state: Floats,
    temperatures: Floats,
    assignment: Assignment,
    relative: Relative,
    candidates: Booleans | None,
) -> Sums:
    """Sum over all (run, block) pairs, those with the same number of candidates together."""
    n_runs, n_clusters, _ = state.shape
    n_blocks, n_dims = blocks.origin.shape
    moments = np.zeros((n_runs * n_clusters, n_dims + 1))
    scalars = np.zeros((n_runs, 3))
    if candidates is None:
        numbers = np.full(n_runs * n_blocks, n_clusters)
        clusters = np.tile(np.arange(n_clusters), n_runs * n_blocks)
    else:
        numbers = candidates.sum(axis=2).ravel()
        clusters = np.nonzero(candidates)[2]
    first = np.cumsum(numbers) - numbers
    for number in np.unique(numbers):
        pairs = np.flatnonzero(numbers == number)
        run, block = np.divmod(pairs, n_blocks)
        members = clusters[first[pairs, None] + np.arange(number)]
        sole = number == 1 and candidates is not None
        step = len(pairs) if sole else max(1, CACHED // (int(number) * blocks.local.shape[2]))
        made = []
        for start in range(0, len(pairs), step):
            part = slice(start, start + step)
            r, b, k = run[part], block[part], members[part]
            centroids = relative(state[r[:, None], k], blocks.origin[b, None])
            made.append(
                _alone(blocks, b, centroids)
                if sole
                else _shared(blocks, b, centroids, temperatures[r], assignment)
            )
        u_x = np.concatenate([m[0] for m in made])
        u_x[..., :-1] += u_x[..., -1:] * blocks.origin[block, None]
        into = (run[:, None] * n_clusters + members).ravel()
        for j in range(n_dims + 1):
            moments[:, j] += np.bincount(into, u_x[..., j].ravel(), n_runs * n_clusters)
        values = np.concatenate([m[1] for m in made])
        for j in range(3):
            scalars[:, j] += np.bincount(run, values[:, j], n_runs)
    moments = moments.reshape(n_runs, n_clusters, n_dims + 1)
    return Sums(moments[..., -1], moments[..., :-1], *scalars.T)


def _alone(blocks: Blocks, b: Integers, centroids: Floats) -> tuple[Floats, Floats]:
    """Blocks (G,) that belong to one centroid (G, 1, d): Σ(x, 1), (G, 1, d + 1), and (J, gain, entropy)."""
    total, c = blocks.total[b], centroids[:, 0]
    objective = blocks.square[b] - 2 * np.einsum("gd,gd->g", total[:, :-1], c)
    objective += total[:, -1] * np.einsum("gd,gd->g", c, c)
    nothing = np.zeros(len(b))
    return total[:, None], np.stack([objective, nothing, nothing], axis=1)


def _shared(
    blocks: Blocks, b: Integers, centroids: Floats, temperatures: Floats, assignment: Assignment
) -> tuple[Floats, Floats]:
    """Blocks (G,) shared by m centroids (G, m, d): Σ u·(x, 1), (G, m, d + 1), and (J, gain, entropy)."""
    local = blocks.local[b]
    # ‖x − c‖² less ‖x‖², which no comparison needs; both are small in local coordinates.
    linear = np.concatenate([-2 * centroids, np.square(centroids).sum(axis=2, keepdims=True)], axis=2)
    excess = linear @ local
    smallest = excess.min(axis=1)
    excess -= smallest[:, None]
    shares = assignment.shares(excess, temperatures)
    there = local[:, -1]
    values = np.stack(
        [
            blocks.square[b] + smallest.sum(axis=1),
            np.einsum("gb,gb->g", shares.gain, there),
            np.einsum("gb,gb->g", shares.entropy, there),
        ],
        axis=1,
    )
    return shares.responsibilities @ local.transpose(0, 2, 1), values


def squared_distances(points: Floats, centroids: Floats) -> Floats:
    """‖x_i − c_k‖², (R, K, b), of points (b, d) to the centroids (R, K, d), free of cancellation."""
    squares = np.square(centroids[..., :1] - points[:, 0])
    for j in range(1, points.shape[1]):
        squares += np.square(centroids[..., j : j + 1] - points[:, j])
    return squares


def nearest(points: Points, centroids: Floats) -> tuple[Integers, Floats]:
    """Index of the nearest centroid, the first among equals, and its squared distance, both (n,).

    `centroids` is one set (K, d), in the centred coordinates of `points`.
    """
    labels = np.empty(len(points.values), dtype=np.int64)
    smallest = np.empty(len(points.values))
    step = max(1, CACHED // len(centroids))
    for start in range(0, len(points.values), step):
        block = slice(start, start + step)
        squares = squared_distances(points.values[block], centroids[None])[0]
        labels[block] = squares.argmin(axis=0)
        smallest[block] = squares.min(axis=0)
    return labels, smallest
