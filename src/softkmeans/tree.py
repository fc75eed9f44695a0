"""Points sorted into nested boxes, so that most centroids can be left out for many points at once."""

from typing import NamedTuple

import numpy as np

from softkmeans.typing import Booleans, Floats, Integers

LEAF = 40
"""Points a leaf, about."""
CHILDREN = 8
"""Nodes of a level under one node of the level above."""
TOP = 16
"""Nodes at the top, at least: above, hardly a centroid could be left out."""


class Level(NamedTuple):
    """Nodes of one level, C under each of the P nodes above, in order; node i is under i // C.

    Attributes
    ----------
    mean : array (d, C, P)
    half : array (d, C, P)
        Largest distance of a point from the mean along each axis.
    number, scatter : array (C, P)
        How many points, and Σ‖x − mean‖².
    total : array (d, C, P)
        Σ x.
    """

    mean: Floats
    half: Floats
    number: Floats
    scatter: Floats
    total: Floats


class Tree(NamedTuple):
    """Levels, from the top to the leaves, and the leaves' points.

    Attributes
    ----------
    levels : list of Level
    coordinates : array (d, N, B)
        Of up to B points in each of the N leaves, filled up with zeros.
    counted : array (N, B)
        1 for a point, 0 for what fills up.
    short : array (N,)
        Whether a leaf is filled up.
    order : array (n,)
        The points as they stand in the leaves.
    """

    levels: list[Level]
    coordinates: Floats
    counted: Floats
    short: Booleans
    order: Integers


def grow(values: Floats) -> Tree:
    """Sort points (n, d) into a binary tree by halving them across the widest side of their box."""
    n_points = len(values)
    n_leaves = 2 ** max(0, round(np.log2(n_points / LEAF)))
    size = -(-n_points // n_leaves)
    columns = np.column_stack([values.T, np.full(values.shape[1], np.nan)])  # no point is the last one, or −1
    members = np.append(np.arange(n_points), np.full(n_leaves * size - n_points, -1))[None]
    while len(members) < n_leaves:
        members = _halve(columns, members)
    held = columns.take(members, axis=1)  # (d, N, B)
    counted = (members >= 0).astype(float)
    coordinates = np.where(members >= 0, held, 0)
    number, total = counted.sum(axis=1), coordinates.sum(axis=2)
    mean = total / np.maximum(number, 1)
    scatter = (np.square(coordinates - mean[..., None]).sum(axis=0) * counted).sum(axis=1)
    leaves = Leaves(np.fmin.reduce(held, axis=2), np.fmax.reduce(held, axis=2), number, total, mean, scatter)
    depth = 0
    while n_leaves >= TOP * CHILDREN ** (depth + 1):
        depth += 1
    top = n_leaves // CHILDREN**depth
    levels = [
        _level(leaves, top * CHILDREN ** (below - 1) if below else 1, CHILDREN ** (depth - below))
        for below in range(depth + 1)
    ]
    return Tree(levels, coordinates, counted, counted.min(axis=1) == 0, members[members >= 0])


def _halve(columns: Floats, members: Integers) -> Integers:
    """Split each row of point numbers in two across the widest side of its box; NaN go last."""
    held = columns.take(members, axis=1)  # (d, rows, size)
    widest = (np.fmax.reduce(held, axis=2) - np.fmin.reduce(held, axis=2)).argmax(axis=0)
    keys = held[widest, np.arange(len(members))]
    half = members.shape[1] // 2
    order = np.argpartition(keys, half, axis=1)
    return np.take_along_axis(members, order, axis=1).reshape(-1, half)


class Leaves(NamedTuple):
    """What is known of each leaf: arrays (d, N) and (N,)."""

    low: Floats
    high: Floats
    number: Floats
    total: Floats
    mean: Floats
    scatter: Floats


def _level(leaves: Leaves, n_above: int, n_leaves: int) -> Level:
    """Nodes of so many leaves each, under so many nodes above."""
    low, high, number, total, mean, scatter = (
        a.reshape(*a.shape[:-1], n_above, -1, n_leaves) for a in leaves
    )
    numbers, totals = number.sum(axis=-1), total.sum(axis=-1)
    means = totals / np.maximum(numbers, 1)
    apart = np.square(mean - means[..., None]).sum(axis=0)
    half = np.fmax(np.fmax.reduce(high, axis=-1) - means, means - np.fmin.reduce(low, axis=-1))
    parts = (means, np.fmax(half, 0), numbers, (scatter + number * apart).sum(axis=-1), totals)
    return Level(*(np.ascontiguousarray(array.swapaxes(-1, -2)) for array in parts))
