"""Fixed points of a method, where its own iterations would take thousands."""

import numpy as np

from softkmeans.arrays import Booleans, Floats
from softkmeans.clustering.assignments import Sums
from softkmeans.clustering.kernels import Points, sum_over_points
from softkmeans.clustering.methods import Method

LONGEST = 8
"""Longest extrapolation: further ones may end at another fixed point than the iterations themselves."""


def find_fixed_points(
    points: Points,
    centroids: Floats,
    temperatures: Floats,
    method: Method,
    *,
    shift_tolerance: float,
    max_cycles: int,
) -> tuple[Floats, Booleans]:
    """Go on from given centroids to the fixed point, by squared extrapolation of two iterations a cycle.

    An extrapolation that raises the method's objective is dropped for the two iterations themselves, so the
    objective never rises, as it does not in the method; yet from a saddle it may leave to another fixed point
    than the iterations would. Empty clusters are left where they are. Source:
    Varadhan & Roland, Scandinavian Journal of Statistics 35, 2008 (SQUAREM, step length 3).

    Parameters
    ----------
    points : Points
    centroids : array (R, K, d)
        In the data's own coordinates.
    temperatures : array (R,)
    method : Method
        One whose state is its centroids.
    shift_tolerance : float
        A run has ended once an iteration moves its centroids by no more, data units.
    max_cycles : int

    Returns
    -------
    centroids : array (R, K, d)
    converged : array (R,)
    """
    here = centroids - points.centre
    converged = np.zeros(len(here), dtype=bool)
    active, level = np.arange(len(here)), temperatures
    start, sums = here, _sums(points, here, temperatures, method)
    for _ in range(max_cycles):
        if not len(active):
            break
        first = method.update(sums, start)
        sums = _sums(points, first, level, method)
        second = method.update(sums, first)
        step, change = first - start, second - 2 * first + start
        length = np.clip(-_norm(step) / np.maximum(_norm(change), 1e-300), -LONGEST, -1)[:, None, None]
        leap = start - 2 * length * step + np.square(length) * change
        limit = sums.smooth_objective
        sums = _sums(points, leap, level, method)
        worse = np.flatnonzero(~(sums.smooth_objective <= limit))
        leap[worse] = second[worse]
        sums = sums.replaced(worse, _sums(points, leap[worse], level[worse], method))
        done = _norm(second - first) <= shift_tolerance
        here[active] = np.where(done[:, None, None], second, leap)
        converged[active[done]] = True
        active, level, start, sums = active[~done], level[~done], leap[~done], sums.rows(~done)
    return here + points.centre, converged


def _sums(points: Points, centroids: Floats, temperatures: Floats, method: Method) -> Sums:
    return sum_over_points(points, centroids, temperatures, method.assignment)


def _norm(steps: Floats) -> Floats:
    """Frobenius norm of each run's, (R,)."""
    return np.sqrt(np.square(steps).sum(axis=(1, 2)))
