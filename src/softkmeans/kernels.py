"""Sums over all points at given centroids: the only hot code.

Points are sorted into small blocks that are compact in space. For a block, most centroids cannot matter to
any of its points: ‖x − c‖² − ‖x − c*‖² is linear in x, so its least value over the block's bounding box is
exact and cheap, and a centroid that stays further away than the assignment reaches is left out. A block with
one centroid left needs no distances at all. The others are worked off in groups that stay in the processor's
cache, from distances to sums, so no n×K array is ever in memory.

Runs are batched along the first axis. What a run computes never depends, to the last bit, on the runs beside
it: every choice below is made for a run alone, and its sums are added up in the order of its blocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from softkmeans.assignments import Assignment
from softkmeans.memory import keep_freed_memory
from softkmeans.typing import Booleans, Floats, Integers

keep_freed_memory()

BLOCK = 64
"""Points a block."""
BOXED_DIMS = 8
"""In more dimensions, bounding boxes hardly leave any centroid out: all pairs, by matrix products."""
PRODUCT_POINTS = 1024
"""Points in one matrix product, at most."""
PRODUCT_RUNS = 16
"""Runs stacked into one matrix product, filled up where there are less: the same shape, the same bits."""
CACHED = 2**16
"""Array elements worked off at once: 512 kB, within the second-level cache."""
TESTED = 2**20
"""(run, block, centroid) triples tested at once."""
DENSE = 0.5
"""Share of the pairs of block and centroid above which a run is summed over all of them, block or not."""
LOSSY = 1e-5
"""Squared distances that small beside ‖x‖² are not left to a matrix product, which takes their digits."""
FAINT = 1e-4
"""A cluster of less weight is summed over all points: what is left out might be seen in its mean."""


class Blocks(NamedTuple):
    """Points sorted into N blocks of B; the last one is filled up with copies that do not count.

    Attributes
    ----------
    coordinates : array (d, N, B)
    counted : array (N, B)
        1 for a point, 0 for a copy.
    middle, half : array (N, d)
        Middle of the bounding box, and half its widths.
    mean : array (N, d)
    total : array (N, d + 1)
        Σ(x, 1).
    scatter : array (N,)
        Σ‖x − mean‖².
    """

    coordinates: Floats
    counted: Floats
    middle: Floats
    half: Floats
    mean: Floats
    total: Floats
    scatter: Floats


@dataclass(frozen=True)
class Points:
    """Data prepared for passes.

    Attributes
    ----------
    values : array (n, d)
        Points less `centre`, so that squares lose no digits to a far-away origin.
    centre : array (d,)
        The mean; for integer data its nearest integers, which keep every coordinate exact.
    columns : array (d + 1, n)
        `values` transposed, and a row of ones.
    blocks : Blocks
    """

    values: Floats
    centre: Floats
    columns: Floats
    blocks: Blocks

    def take(self, indices: Integers) -> "Points":
        """Some of the points, in the same coordinates."""
        return _points(self.values[indices], self.centre)


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
    if np.array_equal(points, np.rint(points)):
        centre = np.rint(centre)
    return _points(points - centre, centre)


def _points(values: Floats, centre: Floats) -> Points:
    return Points(values, centre, np.vstack([values.T, np.ones(len(values))]), _blocks(values))


def _blocks(values: Floats) -> Blocks:
    """Sort points into blocks by halving them, again and again, across the widest side of their box."""
    members = _halve(values, np.arange(len(values)))
    last = members[-1]
    counted = np.ones((len(members), len(members[0])))
    counted[-1, len(last) :] = 0
    members[-1] = np.append(last, np.repeat(last[:1], counted.shape[1] - len(last)))
    held = values[np.stack(members)]  # (N, B, d)
    low, high = held.min(axis=1), held.max(axis=1)
    middle = (low + high) / 2
    total = np.einsum("nbd,nb->nd", held, counted)
    number = counted.sum(axis=1)
    mean = total / number[:, None]
    return Blocks(
        coordinates=np.ascontiguousarray(held.transpose(2, 0, 1)),
        counted=counted,
        middle=middle,
        half=np.maximum(high - middle, middle - low),
        mean=mean,
        total=np.column_stack([total, number]),
        scatter=np.einsum("nbd,nb->n", np.square(held - mean[:, None]), counted),
    )


def _halve(values: Floats, members: Integers) -> list[Integers]:
    """Indices of the points of each block; all blocks but the last are of the same size."""
    if len(members) <= BLOCK:
        return [members]
    if values.shape[1] <= BOXED_DIMS:
        widest = int(np.ptp(values[members], axis=0).argmax())
        members = members[np.argsort(values[members, widest], kind="stable")]
    half = -(-len(members) // BLOCK) // 2 * BLOCK
    return _halve(values, members[:half]) + _halve(values, members[half:])


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

    def rows(self, runs: Integers | Booleans) -> "Sums":
        """Those of some of the runs."""
        return Sums(*(array[runs] for array in self._arrays()))

    def replaced(self, runs: Integers, others: "Sums") -> "Sums":
        """With those of some runs put in place of theirs."""
        arrays = [array.copy() for array in self._arrays()]
        for array, other in zip(arrays, others._arrays(), strict=True):
            array[runs] = other
        return Sums(*arrays)

    def _arrays(self) -> tuple[Floats, ...]:
        return self.weights, self.moments, self.objective, self.gain, self.entropy


def sum_over_points(points: Points, state: Floats, temperatures: Floats, assignment: Assignment) -> Sums:
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
    """
    n_runs, n_clusters, _ = state.shape
    n_dims = points.values.shape[1]
    if not n_runs:
        return Sums(np.zeros((0, n_clusters)), np.zeros((0, n_clusters, n_dims)), *np.zeros((3, 0)))
    if n_dims > BOXED_DIMS:
        batch, add = PRODUCT_RUNS, _sum_by_products
    else:
        batch, add = max(1, TESTED // (len(points.blocks.mean) * n_clusters)), _sum_by_blocks
    parts = [
        add(points, state[r : r + batch], temperatures[r : r + batch], assignment)
        for r in range(0, n_runs, batch)
    ]
    moments, values = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return Sums(moments[..., -1], moments[..., :-1], *values.T)


def quotients(state: Floats, n_dims: int) -> Floats:
    """Centroids (..., d) of a state, whichever of the two kinds it is."""
    return state if state.shape[-1] == n_dims else state[..., :-1] / state[..., -1:]


Added = tuple[Floats, Floats]
"""Σ u·(x, 1), (R, K, d + 1), and (J, gain, entropy), (R, 3)."""


def _sum_by_blocks(points: Points, state: Floats, temperatures: Floats, assignment: Assignment) -> Added:
    """Sum over the pairs of block and centroid that matter, or over all where most do."""
    blocks = points.blocks
    n_dims = blocks.mean.shape[1]
    moments = np.empty((*state.shape[:2], n_dims + 1))
    values = np.empty((len(state), 3))
    dense = np.ones(len(state), dtype=bool)
    if np.isfinite(assignment.reach) and state.shape[1] > 1:
        candidates = _candidates(blocks, quotients(state, n_dims), assignment.reach * temperatures)
        dense = candidates.mean(axis=(1, 2)) > DENSE
        few = np.flatnonzero(~dense)
        moments[few], values[few] = _sum_candidates(
            blocks, state[few], temperatures[few], assignment, candidates[few]
        )
        if assignment.faint:
            dense[few] = (moments[few, :, -1] < FAINT).any(axis=1)
    for r in np.flatnonzero(dense):
        moments[r], values[r] = _sum_all(points, state[r], temperatures[r], assignment)
    return moments, values


def _candidates(blocks: Blocks, centroids: Floats, reach: Floats) -> Booleans:
    """Whether a centroid can matter to a point of a block, (R, N, K).

    Over the box, ‖x − c_k‖² − ‖x − c*‖² is at least its value at the middle less 2·Σ half·|c_k − c*|; c* is
    the centroid nearest to the middle.
    """
    rows = np.arange(len(centroids))[:, None]
    squares = np.square(blocks.middle[:, None, 0] - centroids[:, None, :, 0])
    for j in range(1, centroids.shape[2]):
        squares += np.square(blocks.middle[:, None, j] - centroids[:, None, :, j])
    best = squares.argmin(axis=2)
    limit = reach[:, None] + squares.min(axis=2) + 1e-13 * squares.max(axis=2)  # the last for rounding
    for j in range(centroids.shape[2]):
        column = centroids[..., j]
        apart = np.abs(column[:, None, :] - column[rows, best][..., None])
        apart *= 2 * blocks.half[:, j, None]
        squares -= apart
    return squares <= limit[..., None]


def _sum_candidates(
    blocks: Blocks, state: Floats, temperatures: Floats, assignment: Assignment, candidates: Booleans
) -> Added:
    """Sum over all pairs of run and block, those with the same number of candidates together."""
    n_runs, n_blocks, n_clusters = candidates.shape
    n_dims = blocks.mean.shape[1]
    moments = np.zeros((n_dims + 1, n_runs * n_clusters))
    values = np.zeros((3, n_runs))
    numbers = candidates.sum(axis=2).ravel()
    clusters = np.nonzero(candidates)[2]
    first = np.cumsum(numbers) - numbers
    for number in np.unique(numbers):
        pairs = np.flatnonzero(numbers == number)
        run, block = np.divmod(pairs, n_blocks)
        members = clusters[first[pairs] + np.arange(number)[:, None]]  # (m, pairs)
        if number == 1:
            u_x, added = _alone(blocks, block, state[run, members[0]])
        else:
            step = max(1, CACHED // (int(number) * BLOCK))
            made = [
                _shared(blocks, block[p], state[run[p], members[:, p]], temperatures[run[p]], assignment)
                for p in (slice(start, start + step) for start in range(0, len(pairs), step))
            ]
            u_x, added = (np.concatenate(arrays, axis=-1) for arrays in zip(*made, strict=True))
        into = (run * n_clusters + members).ravel()
        for j in range(n_dims + 1):
            moments[j] += np.bincount(into, u_x[j].ravel(), n_runs * n_clusters)
        for j in range(3):
            values[j] += np.bincount(run, added[j], n_runs)
    return moments.T.reshape(n_runs, n_clusters, n_dims + 1), values.T


def _alone(blocks: Blocks, b: Integers, state: Floats) -> Added:
    """Blocks (G,) of one centroid each: Σ(x, 1), (d + 1, 1, G), and (J, gain, entropy), (3, G)."""
    mean = blocks.mean[b]
    apart = np.square(mean - quotients(state, mean.shape[1])).sum(axis=1)
    objective = blocks.scatter[b] + blocks.total[b, -1] * apart
    return blocks.total[b].T[:, None], np.stack([objective, np.zeros(len(b)), np.zeros(len(b))])


def _shared(
    blocks: Blocks, b: Integers, state: Floats, temperatures: Floats, assignment: Assignment
) -> Added:
    """Blocks (G,) with m centroids each: Σ u·(x, 1), (d + 1, m, G), and (J, gain, entropy), (3, G)."""
    x = [column[b] for column in blocks.coordinates]
    counted = blocks.counted[b]
    excess = _squares(x, state[..., None])
    smallest = excess.min(axis=0)
    excess -= smallest
    shares = assignment(excess, temperatures[:, None])
    part = counted / shares.total
    u_x = np.stack([np.einsum("mgb,gb->mg", shares.weights, part * f) for f in (*x, 1.0)])
    values = [np.einsum("gb,gb->g", v, counted) for v in (smallest, shares.gain, shares.entropy)]
    return u_x, np.stack(values)


def _squares(x: Sequence[Floats] | Floats, state: Floats) -> Floats:
    """‖x − c‖², (m, *points), of coordinates (d of *points) to the state (m, ..., d or d + 1, 1)."""
    quotient = state.shape[-2] > len(x)

    def square(j: int) -> Floats:
        apart = (x[j] * state[..., -1, :] if quotient else x[j]) - state[..., j, :]
        return np.multiply(apart, apart, out=apart)

    squares = square(0)
    for j in range(1, len(x)):
        squares += square(j)
    if quotient:
        squares /= np.square(state[..., -1, :])
    return squares


def _sum_all(points: Points, state: Floats, temperature: float, assignment: Assignment) -> Added:
    """Sum one run over all points and centroids: Σ u·(x, 1), (K, d + 1), and (J, gain, entropy)."""
    n_points, n_dims = points.values.shape
    moments = np.zeros((len(state), n_dims + 1))
    values = np.zeros(3)
    step = max(1, CACHED // len(state))
    for start in range(0, n_points, step):
        x = points.columns[:, start : start + step]  # with a row of ones
        excess = _squares(x[:-1], state[..., None])
        smallest = excess.min(axis=0)
        excess -= smallest
        shares = assignment(excess, np.asarray(temperature))
        moments += shares.weights @ (x / shares.total).T
        values += [smallest.sum(), shares.gain.sum(), shares.entropy.sum()]
    return moments, values


def _sum_by_products(points: Points, state: Floats, temperatures: Floats, assignment: Assignment) -> Added:
    """Sum over all points and centroids, for up to `PRODUCT_RUNS` runs."""
    n_points, n_dims = points.values.shape
    n_runs, n_clusters, _ = state.shape
    filled = np.arange(PRODUCT_RUNS) % n_runs
    centroids = quotients(state, n_dims)[filled].transpose(1, 2, 0)  # (K, d, R)
    lengths = np.square(centroids).sum(axis=1)[:, None]
    moments = np.zeros((n_clusters, n_dims + 1, PRODUCT_RUNS))
    values = np.zeros((3, PRODUCT_RUNS))
    for start in range(0, n_points, PRODUCT_POINTS):
        x = points.values[start : start + PRODUCT_POINTS]
        excess = x @ centroids
        excess *= -2
        excess += lengths
        far = np.square(x).sum(axis=1)[:, None]
        excess += far
        smallest = excess.min(axis=0)
        for r in np.flatnonzero((smallest < LOSSY * far).any(axis=0)):
            those = np.flatnonzero(smallest[:, r] < LOSSY * far[:, 0])
            excess[:, those, r] = squared_distances(x[those], centroids[..., r])
            smallest[those, r] = excess[:, those, r].min(axis=0)
        excess -= smallest
        shares = assignment(excess, temperatures[filled])
        u = shares.weights / shares.total
        moments[:, :-1] += x.T @ u
        moments[:, -1] += u.sum(axis=1)
        values += np.stack([smallest, shares.gain, shares.entropy]).sum(axis=1)
    return moments.transpose(2, 0, 1)[:n_runs], values.T[:n_runs]


def squared_distances(points: Floats, centroids: Floats) -> Floats:
    """‖x_i − c_k‖², (K, n), of points (n, d) to centroids (K, d), free of cancellation."""
    squares = np.square(centroids[:, :1] - points[:, 0])
    for j in range(1, points.shape[1]):
        squares += np.square(centroids[:, j : j + 1] - points[:, j])
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
        squares = squared_distances(points.values[block], centroids)
        labels[block] = squares.argmin(axis=0)
        smallest[block] = squares.min(axis=0)
    return labels, smallest
