"""Iterate runs to convergence, many at a time, recording what happens at every iteration."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from softkmeans.arrays import Booleans, Floats, Integers
from softkmeans.clustering.assignments import Sums
from softkmeans.clustering.kernels import Points, memory, nearest, sum_over_points
from softkmeans.clustering.methods import EMPTY, Method

NOTHING_LEFT = 1e-8
"""Share of a cluster's weight, once a point was taken from it, that its mean would not survive."""
AT_ONCE = 128
"""Runs iterated side by side, at most; as one ends, the next one takes its slot."""
COORDINATES = 2**19
"""Of the centroids of runs side by side, at most: 4 MB in each of the arrays that hold them."""


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
        The centroids themselves; (0, K, d) where they were not asked for.
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
    seconds : array (R,)
        Wall time; an iteration of several runs counts for each in equal parts.
    trace : Trace
    """

    centroids: Floats
    n_iterations: Integers
    converged: Booleans
    objective: Floats
    smooth_objective: Floats
    entropy: Floats
    seconds: Floats
    trace: Trace


@dataclass(frozen=True)
class _Step:
    """One iteration of the runs side by side."""

    run: Integers
    iteration: Integers
    values: Floats  # J, J̃, entropy and shift, (4, runs)
    centroids: Floats | None


def solve(
    points: Points,
    starts: Floats,
    temperatures: Floats,
    method: Method,
    *,
    tolerance: float = 1e-4,
    max_iterations: int = 300,
    shift_tolerance: float | None = None,
    every_iteration: bool = False,
    progress: Callable[[int, int], None] | None = None,
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
    every_iteration : bool
        Whether the trace holds the centroids too.
    progress : callable, optional
        ``(runs that have ended, R)``, called after every iteration.

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
    ends = np.empty(starts.shape)
    converged = np.zeros(n_runs, dtype=bool)
    seconds = np.zeros(n_runs)
    steps: list[_Step] = []
    run = np.arange(min(n_runs, AT_ONCE, max(1, COORDINATES // max(1, starts[:1].size))))
    slot = run
    recalled = memory(points, method.assignment, len(run), starts.shape[1])
    waiting = len(run)
    iteration = np.zeros(len(run), dtype=np.int64)
    state = method.start(starts[run] - points.centre)
    centroids = method.centroids(state)
    shift = previous = np.full(len(run), np.nan)  # at the start nothing is done
    while len(run):
        begun = perf_counter()
        sums = sum_over_points(points, state, temperatures[run], method.assignment, recalled, slot)
        values = np.stack([sums.objective, sums.smooth_objective, sums.entropy, shift])
        steps.append(_Step(run, iteration, values, centroids if every_iteration else None))
        own = sums.smooth_objective if method.soft else sums.objective
        if shift_tolerance is not None:
            done = shift <= shift_tolerance
        else:
            done = previous - own <= tolerance * np.abs(previous)
        converged[run[done]] = True
        ended = done | (iteration >= max_iterations)
        ends[run[ended]] = centroids[ended] + points.centre
        going = ~ended
        empty = sums.weights <= EMPTY
        if empty[going].any():
            empty[ended] = False
            sums = _fill_empty(points, sums, state, temperatures[run], method, empty)
        new_state = method.update(sums, state)[going]
        new_centroids = method.centroids(new_state)
        shift = np.sqrt(np.square(new_centroids - centroids[going]).sum(axis=(1, 2)))
        seconds[run] += (perf_counter() - begun) / len(run)
        next_run = np.arange(waiting, min(waiting + int(ended.sum()), n_runs))
        waiting += len(next_run)
        free = slot[ended][: len(next_run)]
        run, slot, iteration, previous = run[going], slot[going], iteration[going] + 1, own[going]
        state, centroids = new_state, new_centroids
        if len(next_run):
            fresh = method.start(starts[next_run] - points.centre)
            state = np.concatenate([state, fresh])
            centroids = np.concatenate([centroids, method.centroids(fresh)])
            run, slot = np.append(run, next_run), np.append(slot, free)
            iteration = np.append(iteration, np.zeros_like(next_run))
            unknown = np.full(len(next_run), np.nan)
            shift, previous = np.append(shift, unknown), np.append(previous, unknown)
        if progress is not None:
            progress(waiting - len(run), n_runs)
    trace = _trace(steps, points.centre, starts.shape)
    last = trace.last
    return Solution(
        centroids=ends,
        n_iterations=trace.iteration[last],
        converged=converged,
        objective=trace.objective[last],
        smooth_objective=trace.smooth_objective[last],
        entropy=trace.entropy[last],
        seconds=seconds,
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
        weights[r, weights[r] < NOTHING_LEFT * sums.weights[r]] = 0  # rounding: such a cluster stays
        weights[r, clusters[: len(furthest)]] = 1
        moments[r, clusters[: len(furthest)]] = points.values[furthest]
    return replace(sums, weights=weights, moments=moments)


def _trace(steps: list[_Step], centre: Floats, shape: tuple[int, ...]) -> Trace:
    """Collect the steps, a run at a time."""
    run = np.concatenate([step.run for step in steps])
    order = np.argsort(run, kind="stable")
    objective, smooth_objective, entropy, shift = np.concatenate([s.values for s in steps], axis=1)[:, order]
    kept = [step.centroids for step in steps if step.centroids is not None]
    return Trace(
        run=run[order],
        iteration=np.concatenate([step.iteration for step in steps])[order],
        objective=objective,
        smooth_objective=smooth_objective,
        entropy=entropy,
        centroid_shift=shift,
        centroids=np.concatenate(kept)[order] + centre if kept else np.empty((0, *shape[1:])),
    )
