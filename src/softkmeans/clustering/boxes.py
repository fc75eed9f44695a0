"""Sums over points in few dimensions, sorted into leaves.

For a leaf, most centroids cannot matter to any of its points. Let c* be the centroid nearest to the leaf's
middle m. Two tests leave a centroid c out, the second for what the first has left:

- all points lie in a ball about m of radius ρ; c cannot matter if ‖m − c‖ > ρ + √((‖m − c*‖ + ρ)² + reach·T).
  For groups of leaves, where there are many, and then for leaves, so that few pairs are ever looked at;
- ‖x − c‖² − ‖x − c*‖² is linear in x, so its least value over the leaf's box is exact and cheap.

A leaf with one centroid left needs no distances at all. The others are worked off together, from distances to
sums, in arrays that stay in the processor's cache.

With hard assignment a run also recalls its last pass (`Memory`): where no centroid that matters to a leaf has
moved, the leaf's sums are what they were. K-means settles cluster by cluster, so this is most of them, soon.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from softkmeans.arrays import Booleans, Floats, Integers
from softkmeans.clustering.assignments import Assignment, inverse
from softkmeans.clustering.leaves import Leaves

CACHED = 2**16
"""Array elements worked off at once, so that a few such arrays stay in the cache."""
CELLS = 2**14
"""Cells, pairs of run and leaf, worked off at once."""
DENSE = 0.5
"""Share of the pairs of leaf and centroid above which a run is summed over all of them."""
WARM = 1e3
"""Squares of so many temperatures, or so many times the distances, lose no digits of note in a product."""
FAINT = 0.5
"""A cluster of less weight is summed over all points: what is left out might be seen in its mean."""
SHED = 1e-2
"""A leaf's objective that small beside its first centroid's alone has lost digits: it is summed plainly."""
ROUNDING = 1e-13
"""Relative error granted to the tests; it only ever keeps a centroid too many."""


class Entries(NamedTuple):
    """Pairs of a cell, that is a leaf in a run, and a centroid that matters to it: cell after cell, rising.

    Attributes
    ----------
    cell : array (M,)
        run·N + leaf.
    first, number : array (M,)
        Where a cell's entries begin, and how many they are.
    leaf, place : array (P,)
        The entry's leaf, and its run·K + cluster.
    local : array (d, P)
        The centroid, measured from the leaf's middle.
    squares : array (P,)
        ‖local‖².
    """

    cell: Integers
    first: Integers
    number: Integers
    leaf: Integers
    place: Integers
    local: Floats
    squares: Floats


def sum_soft(
    leaves: Leaves, state: Floats, temperatures: Floats, assignment: Assignment
) -> tuple[Floats, Floats]:
    """Sum runs over the pairs of leaf and centroid that matter, or over all where most do.

    Parameters
    ----------
    state : array (R, K, d) or (R, K, d + 1)
        Centroids, or what they are the quotients of.
    temperatures : array (R,)

    Returns
    -------
    moments : array (R, K, d + 1)
        Σ u·(x, 1).
    values : array (R, 3)
        J, gain and entropy.
    """
    n_runs, n_clusters, _ = state.shape
    moments = np.zeros((n_runs, n_clusters, len(leaves.total)))
    values = np.zeros((n_runs, 3))
    dense = np.ones(n_runs, dtype=bool)
    if np.isfinite(assignment.reach) and n_clusters > 1:
        step = max(1, CELLS // len(leaves.scatter))
        for start in range(0, n_runs, step):
            part = slice(start, start + step)
            moments[part], values[part], dense[part] = _sum_pairs(
                leaves, state[part], temperatures[part], assignment
            )
        if assignment.factor is not None:
            dense |= (moments[..., -1] < FAINT).any(axis=1)
    for r in np.flatnonzero(dense):
        moments[r], values[r] = _sum_all(leaves.columns, state[r], temperatures[r], assignment)
    return moments, values


# Which centroids matter.


def _entries(
    leaves: Leaves,
    centroids: Floats,
    reach: Floats,
    moved: Booleans | None = None,
    affected: Booleans | None = None,
) -> tuple[Entries, Booleans]:
    """Find which centroids (R, K, d) matter; `reach` is the assignment's times the temperatures, (R,).

    Parameters
    ----------
    moved : array (R, K), optional
        Only cells are looked for to which one of these matters,
    affected : array (R·N,), optional
        or which are marked here; the others that are found get marked.

    Returns
    -------
    entries : Entries
    dense : array (R,)
        Runs that are not worth it, and so have none: most centroids matter to most leaves.
    """
    groups = leaves.groups
    n_runs, n_clusters, n_dims = centroids.shape
    n_children, n_groups = groups.leaf_radius.shape
    n_leaves = n_children * n_groups
    box, k = _groups_of_leaves(leaves, centroids, reach, moved, affected)
    run, group = np.divmod(box, n_groups)
    place = run * n_clusters + k
    columns = np.ascontiguousarray(centroids.reshape(-1, n_dims).T)
    squares = np.zeros((n_children, len(box)))
    for middle, column in zip(groups.middle, columns, strict=True):
        squares += np.square(middle.take(group, axis=1) - column.take(place))
    first, number = _lists(box)
    at = box.take(first)
    limit = _limit(
        np.minimum.reduceat(squares, first, axis=1) if len(first) else squares,
        groups.leaf_radius.take(group.take(first), axis=1),
        reach.take(run.take(first)),
    )
    those = np.arange(len(first)).repeat(number)
    near = ~(squares > (limit * (1 + ROUNDING)).take(those, axis=1))  # what overflows is kept, to be seen
    if moved is not None and affected is not None and len(first):
        cells = at * n_children + np.arange(n_children)[:, None]
        wanted = np.logical_or.reduceat(near & moved.ravel().take(place), first, axis=1)
        wanted |= affected.take(cells)
        affected[cells.ravel()] = wanted.ravel()
        near &= wanted.take(those, axis=1)
    entry = np.flatnonzero(near)  # by child, group, cluster
    child, pair = np.divmod(entry, len(box))
    cell = box.take(pair) * n_children + child
    dense = np.zeros(n_runs, dtype=bool)
    if moved is None:
        dense = np.bincount(cell // n_leaves, minlength=n_runs) > DENSE * n_clusters * n_leaves
        if dense.any():
            kept = np.flatnonzero(~dense.take(cell // n_leaves))
            cell, entry, pair = cell.take(kept), entry.take(kept), pair.take(kept)
    return _by_boxes(leaves, columns, cell, place.take(pair), squares.take(entry), reach, n_clusters), dense


def _groups_of_leaves(
    leaves: Leaves, centroids: Floats, reach: Floats, moved: Booleans | None, affected: Booleans | None
) -> tuple[Integers, Integers]:
    """Find what matters to groups of leaves: pairs of run·G + group and cluster, in order.

    By one matrix product. Its bits depend on its shape, so errors are granted several times over, which
    always keeps what `_entries` keeps: that alone decides.
    """
    groups = leaves.groups
    n_runs, n_clusters, n_dims = centroids.shape
    n_groups = len(groups.radius)
    lengths = np.square(centroids).sum(axis=2)
    rows = np.concatenate([centroids, lengths[..., None]], axis=2).swapaxes(0, 1)
    boxes, clusters = [[np.empty(0, dtype=np.int64)] for _ in range(2)]
    step = max(1, 4 * CACHED // (n_clusters * n_groups))
    for start in range(0, n_runs, step):
        part = slice(start, start + step)
        squares = (rows[:, part].reshape(-1, n_dims + 1) @ groups.rows).reshape(n_clusters, -1, n_groups)
        error = 8 * ROUNDING * (groups.lengths + lengths[part].max(axis=1)[:, None])
        smallest = np.maximum(squares.min(axis=0) + groups.lengths, 0) + error
        limit = _limit(smallest, groups.radius, reach[part, None])
        near = ~(squares > limit * (1 + 8 * ROUNDING) + error - groups.lengths)
        if moved is not None and affected is not None:
            wanted = (near & moved[part].T[:, :, None]).any(axis=0)
            wanted |= affected.reshape(n_runs, n_groups, -1)[part].any(axis=2)
            near &= wanted
        cluster, box = np.divmod(np.flatnonzero(near), near[0].size)
        order = _order(box, near[0].size)
        boxes.append(box.take(order) + start * n_groups)
        clusters.append(cluster.take(order))
    return np.concatenate(boxes), np.concatenate(clusters)


def _limit(squares: Floats, radius: Floats, reach: Floats) -> Floats:
    """Squared distance from a ball's middle beyond which no centroid matters, by that of the nearest one."""
    return np.square(radius + np.sqrt(np.square(np.sqrt(squares) + radius) + reach))


def _order(keys: Integers, end: int) -> Integers:
    """Stable order of keys below `end`; where they fit 16 bits, numpy counts rather than compares them."""
    return np.argsort(keys.astype(np.uint16) if end <= 2**16 else keys, kind="stable")


def _lists(sorted_keys: Integers) -> tuple[Integers, Integers]:
    """Begin and length of each run of equal keys."""
    new = np.ones(len(sorted_keys), dtype=bool)
    np.not_equal(sorted_keys[1:], sorted_keys[:-1], out=new[1:])
    first = np.flatnonzero(new)
    number = np.empty_like(first)
    np.subtract(first[1:], first[:-1], out=number[:-1])
    number[-1:] = len(sorted_keys) - first[-1:]
    return first, number


def _by_boxes(
    leaves: Leaves,
    columns: Floats,
    cell: Integers,
    place: Integers,
    squares: Floats,
    reach: Floats,
    n_clusters: int,
) -> Entries:
    """Leave out, of the entries, centroids that are further than another from all of the leaf's box."""
    first, number = _lists(cell)
    those = np.arange(len(first)).repeat(number)
    leaf = cell % len(leaves.scatter)
    local = columns.take(place, axis=1) - leaves.middle.take(leaf, axis=1)
    if len(first):
        smallest = np.minimum.reduceat(squares, first).take(those)
        nearest = np.maximum.reduceat((squares == smallest) * np.arange(len(squares)), first).take(those)
        apart = np.abs(local - local.take(nearest, axis=1))
        apart *= leaves.half.take(leaf, axis=1)
        least = squares * (1 - ROUNDING) - 2 * apart.sum(axis=0)
        kept = np.flatnonzero(~(least > smallest + reach.take(place // n_clusters)))
        leaf, place, those = (array.take(kept) for array in (leaf, place, those))
        squares, local = squares.take(kept), local.take(kept, axis=1)
    number = np.bincount(those, minlength=len(first))
    return Entries(cell.take(first), number.cumsum() - number, number, leaf, place, local, squares)


def _parts(sizes: Integers, most: int) -> Iterator[slice]:
    """Consecutive ones, of about so much size together."""
    ends = sizes.cumsum()
    start = 0
    while start < len(sizes):
        before = ends[start] - sizes[start]
        end = max(start + 1, int(np.searchsorted(ends, before + most, side="right")))
        yield slice(start, end)
        start = end


def _added(place: Integers, rows: Floats, n_places: int) -> Floats:
    """Add up rows (·, P) by place, in their order: (n_places, ·)."""
    return np.stack([np.bincount(place, row, n_places).astype(float) for row in rows], axis=1)


# Hard assignment.


@dataclass
class Pass:
    """The last hard pass of S runs, which are worked off at once.

    Attributes
    ----------
    centroids : array (S, K, d)
        NaN where there was none.
    cell, place : array (P,)
        Entries: slot·N + leaf, and slot·K + cluster.
    moments : array (d + 1, P)
        Their Σ u·(x, 1).
    objective : array (S·N,)
        J, of each cell.
    """

    centroids: Floats
    cell: Integers
    place: Integers
    moments: Floats
    objective: Floats


@dataclass(frozen=True)
class Memory:
    """The last hard passes of runs, `step` of them in each part."""

    step: int
    parts: tuple[Pass, ...]


def memory(leaves: Leaves, n_runs: int, n_clusters: int) -> Memory:
    """Make one for so many runs that have made no pass yet."""
    n_dims, n_leaves = leaves.middle.shape
    step = max(1, CELLS // n_leaves)
    none = np.empty(0, dtype=np.int64)
    return Memory(
        step,
        tuple(
            Pass(
                np.full((size, n_clusters, n_dims), np.nan),
                none,
                none,
                np.empty((n_dims + 1, 0)),
                np.zeros(size * n_leaves),
            )
            for size in (min(step, n_runs - start) for start in range(0, n_runs, step))
        ),
    )


def sum_hard(leaves: Leaves, centroids: Floats, recalled: Memory, slots: Integers) -> tuple[Floats, Floats]:
    """Sum runs (R, K, d) that have the given slots of the memory: moments (R, K, d + 1), J (R,)."""
    n_runs, n_clusters, n_dims = centroids.shape
    moments = np.empty((n_runs, n_clusters, n_dims + 1))
    objective = np.empty(n_runs)
    part, slot = np.divmod(slots, recalled.step)
    for p in np.unique(part):
        here = np.flatnonzero(part == p)
        moments[here], objective[here] = _sum_again(leaves, centroids[here], recalled.parts[p], slot[here])
    return moments, objective


def _sum_again(leaves: Leaves, centroids: Floats, last: Pass, slots: Integers) -> tuple[Floats, Floats]:
    """Sum what has changed since the last pass, and recall the rest."""
    n_leaves = len(leaves.scatter)
    n_slots, n_clusters, _ = last.centroids.shape
    moved = np.zeros((n_slots, n_clusters), dtype=bool)
    moved[slots] = (centroids != last.centroids[slots]).any(axis=2)
    last.centroids[slots] = centroids
    going = np.zeros(n_slots, dtype=bool)
    going[slots] = True
    affected = np.zeros(n_slots * n_leaves, dtype=bool)
    affected[last.cell[moved.ravel().take(last.place)]] = True
    runs = np.flatnonzero(moved.any(axis=1))
    part = affected.reshape(n_slots, n_leaves)[runs].ravel()
    entries, _ = _entries(leaves, last.centroids[runs], np.zeros(len(runs)), moved[runs], part)
    affected.reshape(n_slots, n_leaves)[runs] = part.reshape(-1, n_leaves)
    found, values = _split(leaves, entries)
    cell = runs.take(entries.cell // n_leaves) * n_leaves + entries.cell % n_leaves
    place = runs.take(entries.place // n_clusters) * n_clusters + entries.place % n_clusters
    kept = np.flatnonzero(~affected.take(last.cell) & going.take(last.cell // n_leaves))
    all_cells = np.concatenate([last.cell.take(kept), cell.repeat(entries.number)])
    order = _order(all_cells, n_slots * n_leaves)  # what is added up in another order has other bits
    last.cell = all_cells.take(order)
    last.place = np.concatenate([last.place.take(kept), place]).take(order)
    last.moments = np.concatenate([last.moments.take(kept, axis=1), found], axis=1).take(order, axis=1)
    last.objective[cell] = values
    last.centroids[~going] = np.nan
    moments = _added(last.place, last.moments, n_slots * n_clusters)
    return (
        moments.reshape(n_slots, n_clusters, -1)[slots],
        last.objective.reshape(n_slots, n_leaves)[slots].sum(axis=1),
    )


def _split(leaves: Leaves, entries: Entries) -> tuple[Floats, Floats]:
    """Σ u·(x, 1) of entries, (d + 1, P), and J of cells, (M,).

    Against a cell's first centroid, c_k wins where (c_k − c_0)·x exceeds (c_k − c_0)·(c_k + c_0)/2:
    their difference is half that of the squared distances. What no other wins is the first's.
    """
    n_dims, size = len(leaves.local), leaves.local.shape[2]
    leaf = entries.leaf.take(entries.first)
    total = leaves.total.take(leaf, axis=1)
    moments = np.empty((n_dims + 1, len(entries.leaf)))
    moments[:, entries.first] = total
    c = entries.local.take(entries.first, axis=1)
    alone = total[-1] * entries.squares.take(entries.first)  # were it all the first one's
    alone += leaves.scatter.take(leaf)
    alone -= 2 * (c * total[:-1]).sum(axis=0)
    objective = alone.copy()
    shared = np.flatnonzero(entries.number > 1)
    for part in _parts(entries.number.take(shared) - 1, max(1, 2 * CACHED // size)):
        cells = shared[part]
        n_others = entries.number.take(cells) - 1
        begin = n_others.cumsum() - n_others
        first = entries.first.take(cells)
        others = np.arange(n_others.sum()) + (first + 1 - begin).repeat(n_others)
        mine = first.repeat(n_others)
        c_k, c_0 = entries.local.take(others, axis=1), entries.local.take(mine, axis=1)
        towards = c_k - c_0
        half = ((c_k + c_0) * towards).sum(axis=0) / 2
        leaf = entries.leaf.take(others)
        x = [column.take(leaf, axis=0) for column in leaves.local]
        along = x[0] * towards[0, :, None]
        for j in range(1, n_dims):
            along += x[j] * towards[j, :, None]
        wins = along > half[:, None]
        _settle(wins, along, half, n_others, begin)
        short = np.flatnonzero(leaves.short.take(leaf))
        wins[short] &= leaves.counted.take(leaf.take(short), axis=0) > 0
        won = wins.astype(float)
        sums = np.stack([*(np.vecdot(won, f) for f in x), won @ np.ones(size)])
        moments[:, others] = sums
        moments[:, first] -= np.add.reduceat(sums, begin, axis=1)
        less = sums[-1] * half - (towards * sums[:-1]).sum(axis=0)
        objective[cells] += 2 * np.add.reduceat(less, begin)
    for cell in np.flatnonzero((objective < SHED * alone) & (entries.number > 1)):
        those = slice(entries.first[cell], entries.first[cell] + entries.number[cell])
        moments[:, those], objective[cell] = _split_plainly(
            leaves, entries.leaf[entries.first[cell]], entries.local[:, those]
        )
    moments[:-1] += moments[-1] * leaves.middle.take(entries.leaf, axis=1)
    return moments, objective


def _settle(wins: Booleans, along: Floats, half: Floats, n_others: Integers, begin: Integers) -> None:
    """Where several win a point against the first, it is that which wins by most, the first of equals."""
    several = np.flatnonzero(n_others > 1)
    if not len(several):
        return
    number = n_others.take(several)
    start = number.cumsum() - number
    rows = np.arange(number.sum()) + (begin.take(several) - start).repeat(number)
    excess = along.take(rows, axis=0)
    excess -= half.take(rows)[:, None]
    most = np.empty((len(several), along.shape[1]))
    padded = 2 ** np.ceil(np.log2(number)).astype(np.int64)
    for size in np.unique(padded):
        those = np.flatnonzero(padded == size)
        last = number.take(those) - 1
        row = start.take(those) + np.minimum(np.arange(size)[:, None], last)
        most[those] = excess.take(row, axis=0).max(axis=0)
    best = excess == most.repeat(number, axis=0)
    best &= wins.take(rows, axis=0)
    if np.count_nonzero(best) > np.count_nonzero(most > 0):
        for tied in np.split(best, start[1:]):
            tied &= tied.cumsum(axis=0) <= 1
    wins[rows] = best


def _split_plainly(leaves: Leaves, leaf: np.int64, centroids: Floats) -> tuple[Floats, float]:
    """Σ u·(x, 1), (d + 1, m), and J of one leaf, from its distances to the centroids (d, m)."""
    real = leaves.counted[leaf] > 0
    x = leaves.local[:, leaf, real]
    squares = np.square(x[:, None] - centroids[..., None]).sum(axis=0)
    u = np.arange(len(squares))[:, None] == squares.argmin(axis=0)
    return np.vstack([x, np.ones(x.shape[1])]) @ u.T, float(squares.min(axis=0).sum())


# Soft assignment.


def _sum_pairs(
    leaves: Leaves, state: Floats, temperatures: Floats, assignment: Assignment
) -> tuple[Floats, Floats, Booleans]:
    """Moments (R, K, d + 1), values (R, 3), and the runs that are not worth it, (R,), whose sums are 0."""
    n_runs, n_clusters, width = state.shape
    n_dims, n_leaves = leaves.middle.shape
    centroids = quotients(state, n_dims)
    entries, dense = _entries(leaves, centroids, assignment.reach * temperatures)
    moments = np.empty((n_dims + 1, len(entries.leaf)))
    values = np.empty((3, len(entries.cell)))
    run = entries.cell // n_leaves
    leaf = entries.cell % n_leaves
    alone = np.flatnonzero(entries.number == 1)
    first = entries.first.take(alone)
    total = leaves.total.take(leaf.take(alone), axis=1)
    moments[:, first] = total
    values[:, alone] = 0
    values[0, alone] = (
        leaves.scatter.take(leaf.take(alone))
        + total[-1] * entries.squares.take(first)
        - 2 * (entries.local.take(first, axis=1) * total[:-1]).sum(axis=0)
    )
    rates = inverse(temperatures)
    for number in np.unique(entries.number[entries.number > 1]):
        cells = np.flatnonzero(entries.number == number)
        step = max(1, CACHED // (leaves.local.shape[2] * int(number)))
        for start in range(0, len(cells), step):
            those = cells[start : start + step]
            members = entries.first.take(those) + np.arange(number)[:, None]  # (m, G)
            if width == n_dims:
                local = [column.take(members) for column in entries.local]
            else:  # S − w·middle, and w
                weights = state[..., -1].take(entries.place.take(members))
                local = [
                    state[..., j].take(entries.place.take(members)) - weights * middle.take(leaf.take(those))
                    for j, middle in enumerate(leaves.middle)
                ] + [weights]
            u_x, values[:, those] = _shared(
                leaves, leaf.take(those), local, rates.take(run.take(those)), assignment
            )
            moments[:, members.ravel()] = u_x.reshape(len(u_x), -1)
    moments[:-1] += moments[-1] * leaves.middle.take(entries.leaf, axis=1)
    summed = _added(entries.place, moments, n_runs * n_clusters)
    return summed.reshape(n_runs, n_clusters, -1), _added(run, values, n_runs), dense


def _shared(
    leaves: Leaves, leaf: Integers, state: Sequence[Floats], rates: Floats, assignment: Assignment
) -> tuple[Floats, Floats]:
    """Leaves (G,) shared among m centroids: Σ u·(x, 1), (d + 1, m, G), and J, gain and entropy, (3, G)."""
    counted = leaves.counted.take(leaf, axis=0)
    x = [column.take(leaf, axis=0) for column in leaves.local]
    scores = squares_to(x, [column[..., None] for column in state])
    smallest = scores.min(axis=0)
    scores -= smallest
    scores *= rates[:, None]
    shares = assignment(scores)
    part = counted / shares.total
    u_x = np.stack([np.einsum("mgb,gb->mg", shares.weights, part * f) for f in (*x, 1.0)])
    return u_x, np.stack([np.vecdot(v, counted) for v in (smallest, shares.gain, shares.entropy)])


def squares_to(x: Sequence[Floats] | Floats, state: Sequence[Floats] | Floats) -> Floats:
    """‖x − c‖², (m, *points), of d coordinates (*points) to d, or d + 1, of the state (m, ...)."""
    quotient = len(state) > len(x)

    def square(j: int) -> Floats:
        apart = (x[j] * state[-1] if quotient else x[j]) - state[j]
        return np.multiply(apart, apart, out=apart)

    squares = square(0)
    for j in range(1, len(x)):
        squares += square(j)
    if quotient:
        squares /= np.square(state[-1])
    return squares


def quotients(state: Floats, n_dims: int) -> Floats:
    """Centroids (..., d) of a state, whichever of the two kinds it is."""
    return state if state.shape[-1] == n_dims else state[..., :-1] / state[..., -1:]


def _sum_all(
    columns: Floats, state: Floats, temperature: float, assignment: Assignment
) -> tuple[Floats, Floats]:
    """Sum one run over all points and centroids: Σ u·(x, 1), (K, d + 1), and J, gain and entropy."""
    moments = np.zeros((len(state), len(columns)))
    values = np.zeros(3)
    step = max(1, CACHED // len(state))
    for start in range(0, columns.shape[1], step):
        x = columns[:, start : start + step]  # with a row of ones
        scores, smallest = _excess(x, state, temperature)
        scores *= inverse(temperature)
        shares = assignment(scores)
        moments += shares.weights @ (x / shares.total).T
        values += [smallest.sum(), shares.gain.sum(), shares.entropy.sum()]
    return moments, values


def _excess(x: Floats, state: Floats, temperature: float) -> tuple[Floats, Floats]:
    """Excess (K, m) over the smallest squared distance, and that, (m,), of points and ones (d + 1, m).

    By a matrix product about one of the points, unless that would take digits.
    """
    if state.shape[1] < len(x):
        origin = x[:-1, x.shape[1] // 2]
        offsets, c = x.copy(), state - origin
        offsets[:-1] -= origin[:, None]
        lengths = np.square(offsets[:-1]).sum(axis=0)
        if lengths.max() < WARM * temperature:
            excess = np.column_stack([-2 * c, np.square(c).sum(axis=1)]) @ offsets
            smallest = excess.min(axis=0)
            excess -= smallest
            smallest += lengths
            if lengths.sum() > WARM * smallest.sum():
                smallest = squares_to(x[:-1], state.T[..., None]).min(axis=0)
            return excess, smallest
    excess = squares_to(x[:-1], state.T[..., None])
    smallest = excess.min(axis=0)
    excess -= smallest
    return excess, smallest
