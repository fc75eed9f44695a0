"""Iterate a batch of runs to convergence, recording what happens at every iteration."""

from dataclasses import dataclass, replace

import numpy as np

from softkmeans.kernels import Points, Sums, nearest, sum_over_points
from softkmeans.methods import EMPTY, Method
from softkmeans.typing import Booleans, Floats, Integers


@dataclass(frozen=True)
class Trace:
    """One row an iteration of a run, ordered by run, then iteration; iteration 0 is the start.

    Attributes
    ----------
    run, iteration : array (rows,)
    objective, smooth_objective, entropy : array (rows,)
        At the centroids of this iteration (Eqs. 1, 6 and 20).
    centroid_shift : array (rows,)
        Frobenius norm of the centroids' move since the iteration before, data units; NaN at iteration 0.
    centroids : array (rows, K, d)
        The centroids themselves.
    """

    run: Integers
    iteration: Integers
    objective: Floats
    smooth_objective: Floats
    entropy: Floats
    centroid_shift: Floats
    centroids: Floats

    @property
    def last(self) -> Integers:
        """Row of the last iteration of each run."""
        return np.append(np.flatnonzero(np.diff(self.run)), len(self.run) - 1)


@dataclass(frozen=True)
class Solution:
    """Where R runs ended.

    Attributes
    ----------
    centroids : array (R, K, d)
    n_iterations : array (R,)
    converged : array (R,)
        False where the largest number of iterations was reached first.
    objective, smooth_objective, entropy : array (R,)
        At `centroids`.
    trace : Trace
    """

    centroids: Floats
    n_iterations: Integers
    converged: Booleans
    objective: Floats
    smooth_objective: Floats
    entropy: Floats
    trace: Trace


def solve(
    points: Points,
    starts: Floats,
    temperatures: Floats,
    method: Method,
    *,
    tolerance: float = 1e-4,
    max_iterations: int = 300,
    shift_tolerance: float | None = None,
) -> Solution:
    """Iterate until the method's own objective falls by no more than `tolerance`, relative.

    A cluster that has become empty takes the point that is furthest from its nearest centroid.

    Parameters
    ----------
    points : Points
    starts : array (R, K, d)
        Centroids at iteration 0, in the data's own coordinates.
    temperatures : array (R,)
        Squared data units.
    method : Method
    tolerance : float
        At 0, a run goes on until its objective falls no further: for K-means, to the fixed point.
    max_iterations : int
    shift_tolerance : float, optional
        Stop by this instead: once the centroids move by no more, data units. The objective is flat at a fixed
        point, so it tells only half of the digits.

    Raises
    ------
    ValueError
        If a soft method is given a temperature that is not positive, or a start is not finite.
    """
    if method.soft and not ((temperatures > 0) & np.isfinite(temperatures)).all():
        raise ValueError(f"method {method.name!r} needs finite temperatures > 0")
    if not np.isfinite(starts).all():
        raise ValueError("starts must be finite; found NaN or infinity")
    n_runs = len(starts)
    active = np.arange(n_runs)
    state = method.start(starts - points.centre)
    centroids = method.centroids(state)
    shift = np.full(n_runs, np.nan)
    previous = np.full(n_runs, np.inf)
    steps: list[tuple[Integers, int, Sums, Floats, Floats]] = []
    converged = np.zeros(n_runs, dtype=bool)
    for iteration in range(max_iterations + 1):
        sums = sum_over_points(points, state, temperatures[active], method.assignment)
        steps.append((active, iteration, sums, shift, centroids))
        own = sums.smooth_objective if method.soft else sums.objective
        if shift_tolerance is not None:
            done = shift <= shift_tolerance  # NaN at the start: not done
        else:
            done = (
                previous - own <= tolerance * np.abs(previous) if iteration else np.zeros(len(active), bool)
            )
        converged[active[done]] = True
        if done.all() or iteration == max_iterations:
            break
        going = ~done
        empty = sums.weights <= EMPTY
        if empty.any():
            sums = _fill_empty(points, sums, state, temperatures[active], method, empty)
        new_state = method.update(sums, state)[going]
        new_centroids = method.centroids(new_state)
        shift = np.sqrt(np.square(new_centroids - centroids[going]).sum(axis=(1, 2)))
        active, previous, state, centroids = active[going], own[going], new_state, new_centroids
    trace = _trace(steps, points.centre)
    last = trace.last
    return Solution(
        centroids=trace.centroids[last],
        n_iterations=trace.iteration[last],
        converged=converged,
        objective=trace.objective[last],
        smooth_objective=trace.smooth_objective[last],
        entropy=trace.entropy[last],
        trace=trace,
    )


def _fill_empty(
    points: Points, sums: Sums, state: Floats, temperatures: Floats, method: Method, empty: Booleans
) -> Sums:
    """Give each empty cluster the point furthest from its nearest centroid, taken from the others.

    This is scikit-learn's rule. Where every point lies on a centroid there is nothing to give.

    Parameters
    ----------
    empty : array (R, K)
    """
    weights, moments = sums.weights.copy(), sums.moments.copy()
    for r in np.flatnonzero(empty.any(axis=1)):
        run = slice(r, r + 1)
        clusters = np.flatnonzero(empty[r])
        squares = nearest(points, method.centroids(state[run])[0])[1]
        furthest = np.argsort(-squares, kind="stable")[: len(clusters)]
        furthest = furthest[squares[furthest] > 0]
        if not len(furthest):
            continue
        given = points.take(furthest)
        taken = sum_over_points(given, state[run], temperatures[run], method.assignment)
        weights[r] -= taken.weights[0]
        moments[r] -= taken.moments[0]
        weights[r, clusters[: len(furthest)]] = 1
        moments[r, clusters[: len(furthest)]] = points.values[furthest]
    return replace(sums, weights=weights, moments=moments)


def _trace(steps: list[tuple[Integers, int, Sums, Floats, Floats]], centre: Floats) -> Trace:
    """Collect the steps of a batch, a run at a time."""
    run = np.concatenate([active for active, *_ in steps])
    order = np.argsort(run, kind="stable")
    return Trace(
        run=run[order],
        iteration=np.concatenate([np.full(len(s[0]), s[1]) for s in steps])[order],
        objective=np.concatenate([s[2].objective for s in steps])[order],
        smooth_objective=np.concatenate([s[2].smooth_objective for s in steps])[order],
        entropy=np.concatenate([s[2].entropy for s in steps])[order],
        centroid_shift=np.concatenate([s[3] for s in steps])[order],
        centroids=np.concatenate([s[4] for s in steps])[order] + centre,
    )
