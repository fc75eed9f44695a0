"""Fixed points of a method, where its own iterations would take thousands."""

import numpy as np

from softkmeans.kernels import Points, Sums, sum_over_points
from softkmeans.methods import Method
from softkmeans.typing import Booleans, Floats

DEPTH = 6
"""Iterations that are looked back on."""
RESOLVED = 1e-8
"""Changes that small beside the largest are noise."""
LONGEST = 16.0
"""Longest leap, in steps of the method: further ones may end at another fixed point than its iterations."""


def find_fixed_points(
    points: Points,
    centroids: Floats,
    temperatures: Floats,
    method: Method,
    *,
    shift_tolerance: float,
    max_iterations: int,
) -> tuple[Floats, Booleans]:
    """Go on from given centroids to the fixed point, by Anderson acceleration.

    A leap that raises the method's objective is dropped for the iteration itself, so the objective never
    rises, as it does not in the method; yet from a saddle it may leave to another fixed point than the
    iterations would. Empty clusters are left where they are. Source: Walker & Ni, SIAM Journal on Numerical
    Analysis 49, 2011.

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
    max_iterations : int

    Returns
    -------
    centroids : array (R, K, d)
    converged : array (R,)
    """
    ends = centroids - points.centre
    converged = np.zeros(len(ends), dtype=bool)
    run, level, here = np.arange(len(ends)), temperatures, ends
    sums = _sums(points, here, level, method)
    step = method.update(sums, here) - here
    moves = changes = np.zeros((*here.shape, 0))  # of centroids, and of steps, the newest last
    for _ in range(max_iterations):
        done = _norm(step) <= shift_tolerance
        ends[run] = here + step
        converged[run[done]] = True
        run, sums = run[~done], sums.rows(~done)
        level, here, step, moves, changes = (a[~done] for a in (level, here, step, moves, changes))
        if not len(run):
            break
        there = here + _leap(step, moves, changes)
        found = _sums(points, there, level, method)
        worse = np.flatnonzero(~(found.smooth_objective <= sums.smooth_objective))
        there[worse] = here[worse] + step[worse]
        sums = found.replaced(worse, _sums(points, there[worse], level[worse], method))
        new_step = method.update(sums, there) - there
        moves = np.concatenate([moves[..., 1 - DEPTH :], (there - here)[..., None]], axis=-1)
        changes = np.concatenate([changes[..., 1 - DEPTH :], (new_step - step)[..., None]], axis=-1)
        moves[worse] = changes[worse] = 0  # a new beginning
        here, step = there, new_step
    return ends + points.centre, converged


def _leap(step: Floats, moves: Floats, changes: Floats) -> Floats:
    """Where the steps would end if they changed linearly with the centroids, from here, (R, K, d)."""
    n_runs, n_clusters, n_dims, depth = moves.shape
    shares = np.linalg.pinv(
        changes.reshape(n_runs, n_clusters * n_dims, depth), rcond=RESOLVED
    ) @ step.reshape(n_runs, n_clusters * n_dims, 1)
    leap = step - ((moves + changes) * shares.reshape(n_runs, 1, 1, depth)).sum(axis=-1)
    limit = LONGEST * _norm(step)
    return np.asarray(leap * np.minimum(1, limit / np.maximum(_norm(leap), 1e-300))[:, None, None])


def _sums(points: Points, centroids: Floats, temperatures: Floats, method: Method) -> Sums:
    return sum_over_points(points, centroids, temperatures, method.assignment)


def _norm(steps: Floats) -> Floats:
    """Frobenius norm of each run's, (R,)."""
    return np.sqrt(np.square(steps).sum(axis=(1, 2)))
