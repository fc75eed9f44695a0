"""Points sorted into leaves, small boxes, so that most centroids can be left out for many points at once."""

from typing import NamedTuple

import numpy as np

from softkmeans.arrays import Booleans, Floats, Integers

LEAF = 40
"""Points a leaf, about."""
CHILDREN = 8
"""Leaves of a group, where there are many leaves."""
FEW = 512
"""Leaves that need no groups."""


class Groups(NamedTuple):
    """Balls of C consecutive leaves each: group g holds leaves g·C to g·C + C − 1.

    Attributes
    ----------
    rows : array (d + 1, G)
        −2·middle, and a row of ones: multiplied by (centroid, its square), squared distances less `lengths`.
    lengths : array (G,)
        ‖middle‖².
    radius : array (G,)
    middle : array (d, C, G)
        Those of the leaves within, and so
    leaf_radius : array (C, G)
    """

    rows: Floats
    lengths: Floats
    radius: Floats
    middle: Floats
    leaf_radius: Floats


class Leaves(NamedTuple):
    """N leaves of up to B points, their coordinates measured from a middle of their own.

    Attributes
    ----------
    middle : array (d, N)
        The mean of a leaf's points; for integer data its nearest integers, which keep all sums exact.
    half : array (d, N)
        Largest distance of a point from the middle along each axis.
    radius : array (N,)
        Largest distance of a point from the middle.
    total : array (d + 1, N)
        Σ (x − middle, 1).
    scatter : array (N,)
        Σ ‖x − middle‖².
    local : array (d, N, B)
        x − middle, filled up with zeros.
    counted : array (N, B)
        1 for a point, 0 for what fills up.
    short : array (N,)
        Whether a leaf is filled up.
    columns : array (d + 1, n)
        All points in the order of the leaves, and a row of ones.
    groups : Groups
    """

    middle: Floats
    half: Floats
    radius: Floats
    total: Floats
    scatter: Floats
    local: Floats
    counted: Floats
    short: Booleans
    columns: Floats
    groups: Groups


def grow(values: Floats) -> Leaves:
    """Sort points (n, d) into leaves by halving them, over and over, across the widest side of their box."""
    n_points = len(values)
    n_leaves = 2 ** max(0, round(np.log2(n_points / LEAF)))
    size = -(-n_points // n_leaves)
    columns = np.column_stack([values.T, np.full(values.shape[1], np.nan)])  # no point is the last one, or −1
    members = np.append(np.arange(n_points), np.full(n_leaves * size - n_points, -1))[None]
    while len(members) < n_leaves:
        members = _halve(columns, members)
    real = members >= 0
    counted = real.astype(float)
    number = counted.sum(axis=1)
    held = np.where(real, columns.take(members, axis=1), 0)  # (d, N, B)
    middle = held.sum(axis=2) / np.maximum(number, 1)
    if np.array_equal(values, np.rint(values)):
        middle = np.rint(middle)
    middle = middle[:, np.maximum.accumulate(np.where(number > 0, np.arange(n_leaves), 0))]  # also of none
    local = np.where(real, held - middle[..., None], 0)
    squares = np.square(local).sum(axis=0)
    radius = np.sqrt(squares.max(axis=1))
    return Leaves(
        middle=middle,
        half=np.abs(local).max(axis=2),
        radius=radius,
        total=np.vstack([local.sum(axis=2), number]),
        scatter=squares.sum(axis=1),
        local=local,
        counted=counted,
        short=counted.min(axis=1) == 0,
        columns=np.vstack([values[members[real]].T, np.ones(n_points)]),
        groups=_group(middle, radius, CHILDREN if n_leaves > FEW else 1),
    )


def _halve(columns: Floats, members: Integers) -> Integers:
    """Split each row of point numbers in two across the widest side of its box; NaN go last."""
    held = columns.take(members, axis=1)  # (d, rows, size)
    widest = (np.fmax.reduce(held, axis=2) - np.fmin.reduce(held, axis=2)).argmax(axis=0)
    keys = held[widest, np.arange(len(members))]
    half = members.shape[1] // 2
    order = np.argpartition(keys, half, axis=1)
    return np.take_along_axis(members, order, axis=1).reshape(-1, half)


def _group(middle: Floats, radius: Floats, size: int) -> Groups:
    """Group so many consecutive leaves at a time."""
    middles = middle.reshape(len(middle), -1, size)
    centre = middles.mean(axis=2)
    apart = np.sqrt(np.square(middles - centre[..., None]).sum(axis=0))
    return Groups(
        rows=np.vstack([-2 * centre, np.ones(centre.shape[1])]),
        lengths=np.square(centre).sum(axis=0),
        radius=(apart + radius.reshape(-1, size)).max(axis=1),
        middle=np.ascontiguousarray(middles.swapaxes(1, 2)),
        leaf_radius=np.ascontiguousarray(radius.reshape(-1, size).T),
    )
