"""Sums over all points at given centroids: the only hot code.

Points are sorted into a tree of boxes. For a box, most centroids cannot matter to any of its points:
‖x − c‖² − ‖x − c*‖² is linear in x, so its least value over the box is exact and cheap, and a centroid that
stays further away than the assignment reaches is left out, for this box and all those in it. A box with one
centroid left needs no distances at all. What is open at the leaves is worked off in groups that stay in the
processor's cache, from distances to sums, so no n×K array is ever in memory. Where most centroids matter, the
boxes are passed over; and in many dimensions, where they hardly leave any out, matrix products do the work.

Runs are batched along the first axis. What a run computes never depends, to the last bit, on the runs beside
it: every choice below is made for a run alone, and its sums are added up in the order of the tree.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from softkmeans.assignments import Assignment, inverse
from softkmeans.memory import keep_freed_memory
from softkmeans.tree import Level, Tree, grow
from softkmeans.typing import Booleans, Floats, Integers

keep_freed_memory()

BOXED_DIMS = 8
"""In more dimensions, boxes hardly leave any centroid out: all pairs, by matrix products."""
CACHED = 2**15
"""Array elements worked off at once: 256 kB, so that a few such arrays stay in the second-level cache."""
DENSE = 0.5
"""Share of the pairs of leaf and centroid above which a run is summed over all of them."""
HOPELESS = 0.9
"""The same of a box further up, where boxes within may still leave many out."""
WARM = 1e3
"""Squares of so many temperatures, or so many times the distances, lose no digits of note in a product."""
ANCHORS = 64
"""Points that serve as anchors in many dimensions."""
PRODUCT_POINTS = 1024
"""Points in one matrix product, at most."""
PRODUCT_COLUMNS = 64
"""Centroids, of several runs, in one matrix product; the same shape, the same bits."""
SPARSE = 0.25
"""Share of responsibilities that are not 0 up to which they are multiplied as a sparse matrix."""
LOSSY = 1e-5
"""Squared distances that small beside the products they are made of are computed plainly."""
BELOW = -5e-324
"""The largest number below 0."""
SHED = 1e-2
"""A leaf's objective that small beside its first centroid's alone has lost digits: it is summed again."""
FAINT = 0.5
"""A cluster of less weight is summed over all points: what is left out might be seen in its mean."""
TINY = 1e-18
"""In many dimensions, responsibilities below count as 0: below rounding beside the others."""
ROUNDING = 1e-13
"""Relative error granted to the test of a box; it only ever keeps a centroid too many."""


class Anchored(NamedTuple):
    """Points by their offset from one of A anchors nearby, which takes no digits from a matrix product.

    Attributes
    ----------
    anchors : array (A, d)
    anchor : array (n,)
        Which one is a point's.
    offsets : array (n, d)
    lengths : array (n,)
        ‖offset‖.
    own : array (n,)
        ‖offset‖² + 2·offset·anchor.
    """

    anchors: Floats
    anchor: Integers
    offsets: Floats
    lengths: Floats
    own: Floats


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
        `values` transposed, in the order of the tree, and a row of ones.
    layout : Tree or Anchored
        The latter where there are too many dimensions for boxes.
    """

    values: Floats
    centre: Floats
    columns: Floats
    layout: Tree | Anchored

    def take(self, indices: Integers) -> "Points":
        """Some of the points, in the same coordinates."""
        return _points(self.values[indices], self.centre)


def prepare(points: Floats) -> Points:
    """Centre the points and sort them into a tree.

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
    layout = grow(values) if values.shape[1] <= BOXED_DIMS else _anchor(values)
    order = layout.order if isinstance(layout, Tree) else slice(None)
    return Points(values, centre, np.vstack([values[order].T, np.ones(len(values))]), layout)


def _anchor(values: Floats) -> Anchored:
    """Anchor each point to the nearest of a few of them."""
    anchors = values[:: max(1, len(values) // ANCHORS)]
    products = values @ anchors.T
    anchor = (np.square(anchors).sum(axis=1) - 2 * products).argmin(axis=1)
    offsets = values - anchors[anchor]
    lengths = np.linalg.norm(offsets, axis=1)
    own = np.square(lengths) + 2 * np.vecdot(offsets, anchors[anchor])
    return Anchored(anchors, anchor, offsets, lengths, own)


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
    if state.shape[2] > n_dims:  # by powers of two, which change no distance, so that no square underflows
        state = np.ldexp(state, -np.frexp(state[..., -1:])[1])
    if assignment.reach == 0:
        temperatures = np.zeros_like(temperatures)
    moments = np.zeros((n_runs, n_clusters, n_dims + 1))
    values = np.zeros((n_runs, 3))
    if isinstance(points.layout, Tree):
        batch = max(1, CACHED // (points.layout.levels[0].number.size * n_clusters))
    else:
        batch = max(1, PRODUCT_COLUMNS // n_clusters)
    with np.errstate(over="ignore"):
        for start in range(0, n_runs, batch):
            part = slice(start, start + batch)
            add = _sum_by_boxes if isinstance(points.layout, Tree) else _sum_by_products
            add(points, state[part], temperatures[part], assignment, moments[part], values[part])
    objective, gain, entropy = values.T
    return Sums(moments[..., -1], moments[..., :-1], objective, temperatures * gain, entropy)


def quotients(state: Floats, n_dims: int) -> Floats:
    """Centroids (..., d) of a state, whichever of the two kinds it is."""
    return state if state.shape[-1] == n_dims else state[..., :-1] / state[..., -1:]


# Each way to sum adds Σ u·(x, 1) to `moments`, (R, K, d + 1), and J, gain and entropy to `values`, (R, 3).


class Open(NamedTuple):
    """Boxes that several centroids matter to, those of a run in an order that no other run changes.

    Attributes
    ----------
    run, node : array (N,)
    number : array (N,)
        Of centroids that matter.
    clusters : array (P,)
        They themselves, rising, N lists one after another.
    """

    run: Integers
    node: Integers
    number: Integers
    clusters: Integers

    @property
    def first(self) -> Integers:
        """Where the lists begin, (N,)."""
        return np.asarray(self.number.cumsum() - self.number)

    def part(self, boxes: slice) -> "Open":
        """Consecutive boxes."""
        ends = np.append(0, self.number.cumsum())
        begin, end, _ = boxes.indices(len(self.run))
        return Open(
            self.run[boxes], self.node[boxes], self.number[boxes], self.clusters[ends[begin] : ends[end]]
        )

    def of_runs(self, chosen: Booleans) -> "Open":
        """Those of some runs, (R,)."""
        kept = chosen[self.run]
        return Open(
            self.run[kept], self.node[kept], self.number[kept], self.clusters[np.repeat(kept, self.number)]
        )

    def in_parts(self, pairs: int) -> Iterator["Open"]:
        """Consecutive boxes, of about so many pairs of box and centroid together."""
        part = self.first // pairs
        bounds = np.flatnonzero(np.diff(part, prepend=-1, append=-1))
        for begin, end in itertools.pairwise(bounds):
            yield self.part(slice(int(begin), int(end)))

    def by_number(self, pairs: int) -> Iterator[tuple[Integers, Integers]]:
        """Boxes of as many centroids, (G,), and these, (m, G), with m·G within `pairs`."""
        first = self.first
        for number in np.unique(self.number):
            boxes = np.flatnonzero(self.number == number)
            step = max(1, pairs // int(number))
            for start in range(0, len(boxes), step):
                those = boxes[start : start + step]
                yield those, self.clusters[first[those] + np.arange(number)[:, None]]


class Added(NamedTuple):
    """Contributions to the sums.

    Attributes
    ----------
    place : array (P,)
        Run and cluster, as the index run·(K + 1) + cluster.
    u_x : array (d + 1, P)
        Σ u·(x, 1).
    run : array (Q,)
    values : array (3, Q)
        J, gain and entropy.
    """

    place: Integers
    u_x: Floats
    run: Integers
    values: Floats


def _sum_by_boxes(
    points: Points,
    state: Floats,
    temperatures: Floats,
    assignment: Assignment,
    moments: Floats,
    values: Floats,
) -> None:
    """Sum over the pairs of box and centroid that matter, or over all where most do."""
    n_runs, n_clusters, _ = state.shape
    dense = np.ones(n_runs, dtype=bool)
    if isinstance(points.layout, Tree) and np.isfinite(assignment.reach) and n_clusters > 1:
        dense, parts = _descend(points.layout, state, temperatures, assignment)
        added = Added(*(np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True)))
        places = n_runs * n_clusters
        summed = np.stack([np.bincount(added.place, row, places) for row in added.u_x], axis=1)
        moments[:] = summed.reshape(moments.shape)
        values[:] = np.stack([np.bincount(added.run, row, n_runs) for row in added.values], axis=1)
        if assignment.faint:
            dense |= (moments[..., -1] < FAINT).any(axis=1)
    for r in np.flatnonzero(dense):
        moments[r], values[r] = _sum_all(points, state[r], temperatures[r], assignment)


def _descend(
    tree: Tree, state: Floats, temperatures: Floats, assignment: Assignment
) -> tuple[Booleans, list[Added]]:
    """Go down the tree with the centroids that matter.

    Returns
    -------
    dense : array (R,)
        Runs that are not worth it: most centroids matter to most boxes.
    added : list of Added
        Of the other runs.
    """
    n_runs, n_clusters, _ = state.shape
    runs = np.arange(n_runs)
    columns = quotients(state, len(tree.coordinates)).reshape(-1, len(tree.coordinates)).T.copy()
    reach = assignment.reach * temperatures
    dense = np.zeros(n_runs, dtype=bool)
    opened = Open(
        runs, np.zeros_like(runs), np.full(n_runs, n_clusters), np.tile(np.arange(n_clusters), n_runs)
    )
    added: list[Added] = []
    for level in tree.levels:
        if not len(opened.run):
            break
        alone, opened = _visit(level, opened, columns, reach)
        added.append(alone)
        pairs = np.bincount(opened.run, opened.number, n_runs)
        limit = DENSE if level is tree.levels[-1] else HOPELESS
        dense |= pairs > limit * n_clusters * level.number.size
        opened = opened.of_runs(~dense)
    if assignment.reach == 0:
        step = CACHED // tree.counted.shape[1]
        added += [_split(tree, part, columns, n_runs) for part in opened.in_parts(step)]
    else:
        for boxes, members in opened.by_number(CACHED // tree.counted.shape[1]):
            run = opened.run[boxes]
            u_x, values = _shared(
                tree, opened.node[boxes], state[run, members], inverse(temperatures[run]), assignment
            )
            place = (run * n_clusters + members).ravel()
            added.append(Added(place, u_x.reshape(len(u_x), -1), run, values))
    return dense, added


def _visit(level: Level, opened: Open, columns: Floats, reach: Floats) -> tuple[Added, Open]:
    """Test the boxes under the open ones: what one centroid has alone, and what is open still.

    `columns` are all centroids, (d, R·K). Over a box, ‖x − c_k‖² − ‖x − c*‖² is at least its value at the
    mean less 2·Σ half·|c_k − c*|; c* is the centroid nearest to the mean.
    """
    n_children, n_parents = level.number.shape
    boxes, first = np.arange(len(opened.run)), opened.first
    box = boxes.repeat(opened.number)  # (P,), as all that follows; arrays of (C, P) are the children's
    run, parent = opened.run.take(box), opened.node.take(box)
    place = run * (columns.shape[1] // len(reach)) + opened.clusters
    c = [column.take(place) for column in columns]
    squares = np.square(level.mean[0].take(parent, axis=1) - c[0])
    for j in range(1, len(c)):
        squares += np.square(level.mean[j].take(parent, axis=1) - c[j])
    smallest = np.minimum.reduceat(squares, first, axis=1).take(box, axis=1)
    at = np.maximum.reduceat((squares == smallest) * np.arange(len(box)), first, axis=1)
    least = squares * (1 - ROUNDING)
    for j, half in enumerate(level.half):
        apart = np.abs(c[j] - c[j].take(at).take(box, axis=1))
        apart *= half.take(parent, axis=1)
        apart *= 2
        least -= apart
    smallest += reach.take(run)
    near = (least <= smallest) & (level.number > 0).take(parent, axis=1)
    entry = np.flatnonzero(near)  # by child, box, cluster
    child, pair = np.divmod(entry, len(box))
    cell = child * len(boxes) + box.take(pair)
    counts = np.bincount(cell, minlength=n_children * len(boxes))
    alone = counts.take(cell) == 1
    one = pair[alone]
    node = child[alone] * n_parents + parent.take(one)
    number = level.number.take(node)
    values = np.zeros((3, len(one)))
    values[0] = level.scatter.take(node) + number * squares.take(entry[alone])
    u_x = np.stack([*(total.take(node) for total in level.total), number])
    cells = np.flatnonzero(counts > 1)
    child, box = np.divmod(cells, len(boxes))
    return Added(place.take(one), u_x, run.take(one), values), Open(
        opened.run.take(box),
        opened.node.take(box) * n_children + child,
        counts.take(cells),
        opened.clusters.take(pair[~alone]),
    )


def _split(tree: Tree, opened: Open, columns: Floats, n_runs: int) -> Added:
    """Leaves split hard.

    Against a leaf's first centroid, c_k wins where (c_k − c_0)·((c_k + c_0)/2 − x), half the difference of
    the squared distances, is negative. What no other wins is the first's.
    """
    level, first = tree.levels[-1], opened.first
    node = opened.node % len(level.number) * level.number.shape[1] + opened.node // len(level.number)
    boxes = np.arange(len(first))
    box = boxes.repeat(opened.number)
    place = opened.run.take(box) * (columns.shape[1] // n_runs) + opened.clusters
    c = columns.take(place, axis=1)
    n_others, begin = opened.number - 1, first - boxes
    mine = boxes.repeat(n_others)  # the box of each centroid but the first ones, (Q,); (Q, B) are of points
    others = np.arange(len(mine)) + mine + 1
    leaf = opened.node.take(mine)
    x = [column.take(leaf, axis=0) for column in tree.coordinates]
    c_0, c_k = c.take(first, axis=1).take(mine, axis=1), c.take(others, axis=1)
    towards, middle = (c_k - c_0)[..., None], ((c_k + c_0) / 2)[..., None]
    excess = (middle[0] - x[0]) * towards[0]
    for j in range(1, len(x)):
        excess += (middle[j] - x[j]) * towards[j]
    least = excess.take(begin, axis=0)
    for i in range(1, n_others.max()):
        more = np.flatnonzero(n_others > i)
        least[more] = np.minimum(least.take(more, axis=0), excess.take(begin.take(more) + i, axis=0))
    np.minimum(least, BELOW, out=least)
    wins = excess == least.take(mine, axis=0)
    if np.count_nonzero(wins) > np.count_nonzero(least < BELOW):
        for rows in np.split(wins, begin[1:]):  # a tie is the first one's
            rows &= rows.cumsum(axis=0) == 1
    for array, leaves in ((wins, leaf), (least, opened.node)):
        short = np.flatnonzero(tree.short.take(leaves))
        array[short] *= tree.counted.take(leaves.take(short), axis=0) > 0
    won = wins.astype(float)
    u_x = np.empty((len(x) + 1, len(box)))
    for row, f in zip(u_x, x, strict=False):
        row[others] = np.vecdot(won, f)
    ones = np.ones(won.shape[1])
    u_x[-1, others] = won @ ones
    total = np.stack([*(t.take(node) for t in level.total), level.number.take(node)])
    u_x[:, first] = total - np.add.reduceat(u_x.take(others, axis=1), begin, axis=1)
    apart = sum(np.square(m.take(node) - c_j.take(first)) for m, c_j in zip(level.mean, c, strict=True))
    values = np.zeros((3, len(first)))
    alone = level.scatter.take(node) + total[-1] * apart  # were it all the first one's
    values[0] = alone + 2 * np.vecdot(least, ones)  # a matrix product's bits depend on the other rows
    lossy = np.flatnonzero(values[0] < SHED * alone)
    if len(lossy):
        values[0, lossy] = _objective(tree, opened, lossy, c)
    return Added(place, u_x, opened.run, values)


def _objective(tree: Tree, opened: Open, boxes: Integers, c: Floats) -> Floats:
    """Σ min ‖x − c‖² over some of the leaves, plainly, (len(boxes),)."""
    pairs = np.flatnonzero(np.isin(np.arange(len(opened.run)).repeat(opened.number), boxes))
    number = opened.number[boxes]
    leaf = opened.node[boxes]
    squares = _squares(
        [x.take(leaf.repeat(number), axis=0) for x in tree.coordinates], c[:, pairs].T[..., None]
    )
    smallest = np.minimum.reduceat(squares, number.cumsum() - number, axis=0)
    return np.vecdot(smallest, tree.counted.take(leaf, axis=0))


def _shared(
    tree: Tree, leaf: Integers, state: Floats, rates: Floats, assignment: Assignment
) -> tuple[Floats, Floats]:
    """Leaves (G,) shared among m centroids: Σ u·(x, 1), (d + 1, m, G), and (J, gain, entropy), (3, G)."""
    counted = tree.counted.take(leaf, axis=0)
    x = [column.take(leaf, axis=0) for column in tree.coordinates]
    scores = _squares(x, state[..., None])
    smallest = scores.min(axis=0)
    scores -= smallest
    scores *= rates[:, None]
    shares = assignment(scores)
    part = counted / shares.total
    u_x = np.stack([np.einsum("mgb,gb->mg", shares.weights, part * f) for f in (*x, 1.0)])
    return u_x, np.stack([np.vecdot(v, counted) for v in (smallest, shares.gain, shares.entropy)])


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


def _sum_all(
    points: Points, state: Floats, temperature: float, assignment: Assignment
) -> tuple[Floats, Floats]:
    """Sum one run over all points and centroids: Σ u·(x, 1), (K, d + 1), and (J, gain, entropy)."""
    n_points, n_dims = points.values.shape
    moments = np.zeros((len(state), n_dims + 1))
    values = np.zeros(3)
    step = max(1, CACHED // len(state))
    for start in range(0, n_points, step):
        x = points.columns[:, start : start + step]  # with a row of ones
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
                smallest = _squares(x[:-1], state[..., None]).min(axis=0)
            return excess, smallest
    excess = _squares(x[:-1], state[..., None])
    smallest = excess.min(axis=0)
    excess -= smallest
    return excess, smallest


def _sum_by_products(
    points: Points,
    state: Floats,
    temperatures: Floats,
    assignment: Assignment,
    moments: Floats,
    values: Floats,
) -> None:
    """Sum over all points and centroids, for up to `PRODUCT_COLUMNS` centroids of several runs."""
    assert isinstance(points.layout, Anchored)
    anchors, anchor, offsets, offset_lengths, own = points.layout
    n_points, n_dims = points.values.shape
    n_runs, n_clusters, _ = state.shape
    rows = max(PRODUCT_COLUMNS, -(-n_clusters // 16) * 16)  # filled up, since bits depend on the shape
    rates = inverse(temperatures)
    stacked = np.resize(quotients(state, n_dims), (rows, n_dims))
    lengths = np.square(stacked).sum(axis=1)
    apart = _anchor_distances(anchors, stacked, lengths)
    for start in range(0, n_points, PRODUCT_POINTS):
        part = slice(start, start + PRODUCT_POINTS)
        x = points.values[part]
        products = stacked @ offsets[part].T
        products *= -2
        products += own[part]
        for r in range(n_runs):
            those = slice(r * n_clusters, (r + 1) * n_clusters)
            scores = products[those]
            scores += apart[those].take(anchor[part], axis=1)
            smallest = scores.min(axis=0)
            size = offset_lengths[part] * np.sqrt(lengths[those].max())
            lossy = np.flatnonzero(smallest < LOSSY * size)
            if len(lossy):
                scores[:, lossy] = squared_distances(x[lossy], stacked[those])
                smallest[lossy] = scores[:, lossy].min(axis=0)
            scores -= smallest
            scores *= rates[r]
            shares = assignment(scores)
            u = shares.weights
            u /= shares.total
            moments[r, :, :-1] += _product(u, x)
            moments[r, :, -1] += u.sum(axis=1)
            values[r] += [smallest.sum(), shares.gain.sum(), shares.entropy.sum()]


def _anchor_distances(anchors: Floats, centroids: Floats, lengths: Floats) -> Floats:
    """‖c − anchor‖², (K, A), plainly where a product would take its digits."""
    squares = lengths[:, None] - 2 * (centroids @ anchors.T) + np.square(anchors).sum(axis=1)
    k, a = np.nonzero(squares < 1e-2 * lengths[:, None])
    for start in range(0, len(k), PRODUCT_COLUMNS):
        part = slice(start, start + PRODUCT_COLUMNS)
        squares[k[part], a[part]] = np.square(centroids[k[part]] - anchors[a[part]]).sum(axis=1)
    return squares


def _product(u: Floats, x: Floats) -> Floats:
    """Return u @ x, without the responsibilities that are 0 or too small to be seen, where most are."""
    from scipy.sparse import csr_array  # only here

    entry = np.flatnonzero(u >= TINY)
    if len(entry) > SPARSE * u.size or (u.sum(axis=1) < FAINT).any():
        return np.asarray(u @ x)
    row, column = np.divmod(entry, u.shape[1])
    ends = np.append(0, np.bincount(row, minlength=len(u)).cumsum())
    return np.asarray(csr_array((u.ravel()[entry], column, ends), shape=u.shape) @ x)


def squared_distances(points: Floats, centroids: Floats) -> Floats:
    """‖x_i − c_k‖², (K, n), of points (n, d) to centroids (K, d), free of cancellation."""
    if points.shape[1] > BOXED_DIMS:
        from scipy.spatial.distance import cdist  # only here

        return np.asarray(cdist(centroids, points, "sqeuclidean"))
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
