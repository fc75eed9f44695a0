"""Passes over the points at given centroids, by the compiled engine or by the numpy one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from softkmeans.arrays import Floats, Integers, brief
from softkmeans.clustering import dense
from softkmeans.clustering.assignments import Assignment, Sums
from softkmeans.clustering.stretch import Stop, Stretch

#: Names of the engines: the compiled loops, and the definitions in numpy.
ENGINES = ("compiled", "numpy")


@dataclass(frozen=True)
class Points:
    """Data prepared for passes.

    Attributes
    ----------
    values : array (n, d)
        Points less `centre`, so that squares lose no digits to a far-away origin.
    centre : array (d,)
        The mean; for integer data its nearest integers, which keep every coordinate exact.
    """

    values: Floats
    centre: Floats

    __repr__ = brief

    @cached_property
    def tree(self) -> Any:
        """The compiled engine's tree of the points."""
        from softkmeans.clustering import compiled

        return compiled.grow(self.values)


def prepare(points: Floats) -> Points:
    """Centre the points.

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
    return Points(points - centre, centre)


def iterate(
    points: Points,
    assignment: Assignment,
    update: Callable[..., Floats],
    state: Floats,
    temperature: float,
    stop: Stop,
    t: int,
    rows: Floats,
    places: Floats,
    engine: str = "compiled",
) -> Stretch:
    """Iterate a run until it stops, a cluster is empty, or the caller has to make the update.

    A method without compiled loops is run by the numpy engine, which leaves every update to the caller.

    Parameters
    ----------
    points : Points
    assignment, update
        Those of a method.
    state : array (K, d) or (K, d + 1)
        Centroids in the centred coordinates of `points`, or the sums (Σ u·x, Σ u), whose quotients are the
        centroids. It becomes the state of the last iteration.
    temperature : float
        Squared data units; hard assignment ignores it.
    stop : Stop
    t : int
        Number of the first iteration. Its row has the shift already.
    rows : array (iterations, 4)
        J, J̃ − J, entropy and shift of each iteration; filled from row t on.
    places : array (iterations, K, d) or (0, K, d)
        The centroids of each iteration likewise; (0, K, d) if they are not wanted.
    engine : str
        Of `ENGINES`.
    """
    if assignment.reach == 0:
        temperature = 0.0
    if engine == "numpy" or assignment.compiled is None:
        return dense.iterate(points.values, assignment, update, state, temperature, stop, t, rows, places)
    from softkmeans.clustering import compiled

    return compiled.iterate(points.tree, assignment, update, state, temperature, stop, t, rows, places)


def sum_over_points(
    points: Points, state: Floats, temperatures: Floats, assignment: Assignment, engine: str = "compiled"
) -> Sums:
    """One pass over the points for each of R runs.

    Parameters
    ----------
    points : Points
    state : array (R, K, d) or (R, K, d + 1)
        As in `iterate`.
    temperatures : array (R,)
    assignment : Assignment
    engine : str
        One of `ENGINES`.

    Returns
    -------
    Sums
        In centred coordinates.
    """
    n_runs, n_clusters, _ = state.shape
    d = points.values.shape[1]
    rows, no_places = np.full((n_runs, 1, 4), np.nan), np.empty((0, n_clusters, d))
    weights, moments = np.empty((n_runs, n_clusters)), np.empty((n_runs, n_clusters, d))
    for r, temperature in enumerate(np.asarray(temperatures, dtype=float).tolist()):
        own = np.array(state[r], dtype=float, order="C")
        found = iterate(
            points, assignment, _no_update, own, temperature, Stop(0), 0, rows[r], no_places, engine
        )
        weights[r], moments[r] = found.weights, found.moments
    objective, gain, entropy, _ = rows[:, 0].T
    return Sums(weights, moments, objective, gain, entropy)


def _no_update(*_: object) -> Floats:
    """Take the place of an update, which a single pass never makes."""
    raise NotImplementedError


def nearest(points: Points, centroids: Floats) -> tuple[Integers, Floats]:
    """Index of the nearest centroid, the first among equals, and its squared distance, both (n,).

    `centroids` is one set (K, d), in the centred coordinates of `points`.
    """
    from softkmeans.clustering import compiled

    return compiled.find_nearest(points.tree, np.ascontiguousarray(centroids))
