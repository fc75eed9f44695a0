"""Iterating runs to convergence, with a record of every iteration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from softkmeans.arrays import Booleans, Floats, Integers, brief, squared_distances
from softkmeans.clustering.assignments import Sums
from softkmeans.clustering.kernels import Points, iterate
from softkmeans.clustering.methods import EMPTY, Method
from softkmeans.clustering.stretch import Stop

#: A cluster left with less than this share of its weight once a point is taken from it counts as empty,
#: since its mean would be rounding error.
NOTHING_LEFT = 1e-8


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

    __repr__ = brief

    @property
    def last(self) -> Integers:
        """Row of the last iteration of each run."""
        return np.flatnonzero(np.diff(self.run, append=-1))


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
        Wall time.
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

    __repr__ = brief


def solve(
    points: Points,
    starts: Floats,
    temperatures: Floats,
    method: Method,
    *,
    tolerance: float = 1e-4,
    max_iterations: int = 300,
    shift_tolerance: float | None = None,
    min_iterations: int = 0,
    every_iteration: bool = False,
    progress: Callable[[int, int], None] | None = None,
    engine: str = "compiled",
) -> Solution:
    """Iterate R runs, each until its own objective falls by no more than `tolerance`, relatively.

    The own objective is J̃, or J for a hard method. An empty cluster gets the point that is furthest from its
    nearest centroid.

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
        If given, a run stops instead once its centroids move by no more than this, in data units. It fixes
        twice as many digits as `tolerance`, since the objective is flat at a fixed point.
    min_iterations : int
        A run does not stop by either tolerance before this many.
    every_iteration : bool
        Whether the trace holds the centroids too.
    progress : callable, optional
        Called after every run as ``progress(runs that have ended, R)``.
    engine : str
        ``compiled``, or ``numpy`` for the plain definitions.

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
    soft = shift_tolerance is None and method.soft
    shift = -1.0 if shift_tolerance is None else float(shift_tolerance)
    stop = Stop(int(max_iterations), soft, float(tolerance), shift, int(min_iterations))
    runs = []
    for r in range(n_runs):
        runs.append(_run(points, starts[r], float(temperatures[r]), method, stop, every_iteration, engine))
        if progress is not None:
            progress(r + 1, n_runs)
    trace = _trace(runs, points.centre, starts.shape)
    last = trace.last
    return Solution(
        centroids=np.reshape([run.centroids for run in runs], starts.shape) + points.centre,
        n_iterations=trace.iteration[last],
        converged=np.array([run.converged for run in runs], dtype=bool),
        objective=trace.objective[last],
        smooth_objective=trace.smooth_objective[last],
        entropy=trace.entropy[last],
        seconds=np.array([run.seconds for run in runs]),
        trace=trace,
    )


@dataclass(frozen=True)
class _Run:
    """A run that has ended. `rows` has J, J̃ − J, entropy and shift, and `places` the centroids if kept."""

    centroids: Floats
    converged: bool
    rows: Floats
    places: Floats
    seconds: float


def _run(
    points: Points,
    start: Floats,
    temperature: float,
    method: Method,
    stop: Stop,
    every_iteration: bool,
    engine: str,
) -> _Run:
    """Iterate one run: in one stretch, except for the updates that the engine leaves to `Method.update`."""
    begun = perf_counter()
    rows = np.empty((stop.last + 1, 4))
    places = np.empty((stop.last + 1 if every_iteration else 0, *start.shape))
    state = method.start(np.ascontiguousarray(start - points.centre)[None])
    rows[0, 3], t = np.nan, 0
    while True:
        found = iterate(
            points, method.assignment, method.update, state[0], temperature, stop, t, rows, places, engine
        )
        t = found.t
        if found.converged or t == stop.last:
            break
        sums = Sums(found.weights[None], found.moments[None], *rows[t, :3, None])
        if (sums.weights <= EMPTY).any():
            sums = _fill_empty(points, sums, state, temperature, method)
        before = method.centroids(state)
        state = np.ascontiguousarray(method.update(sums, state))
        t += 1
        rows[t, 3] = np.sqrt(np.square(method.centroids(state) - before).sum())
    kept = slice(t + 1)
    return _Run(
        method.centroids(state)[0],
        found.converged,
        rows[kept].copy(),
        places[kept].copy(),
        perf_counter() - begun,
    )


def _fill_empty(points: Points, sums: Sums, state: Floats, temperature: float, method: Method) -> Sums:
    """Give each empty cluster the point furthest from its nearest centroid, and take it from the others.

    This is scikit-learn's rule. Where every point lies on a centroid, empty clusters stay empty.
    """
    weights, moments = sums.weights[0].copy(), sums.moments[0].copy()
    clusters = np.flatnonzero(weights <= EMPTY)
    centroids = method.centroids(state)[0]
    squares = np.full(len(points.values), np.inf)
    for k in range(len(centroids)):  # one at a time, to save memory
        np.minimum(squares, squared_distances(points.values, centroids[k : k + 1])[0], out=squares)
    furthest = np.argsort(-squares, kind="stable")[: len(clusters)]
    furthest = furthest[squares[furthest] > 0]
    given = points.values[furthest]
    if len(given):
        shares = method.assignment.at(squared_distances(given, centroids), temperature).responsibilities
        for share, point in zip(shares.T, given, strict=True):  # a BLAS product's bits depend on the CPU
            weights -= share
            moments -= share[:, None] * point
        weights[weights < NOTHING_LEFT * sums.weights[0]] = 0  # such a cluster keeps its centroid
        weights[clusters[: len(given)]] = 1
        moments[clusters[: len(given)]] = given
    return replace(sums, weights=weights[None], moments=moments[None])


def _trace(runs: Sequence[_Run], centre: Floats, shape: tuple[int, ...]) -> Trace:
    """Put the runs' iterations one under another."""
    lengths = [len(run.rows) for run in runs]
    rows = np.concatenate([np.empty((0, 4)), *(run.rows for run in runs)])
    places = np.concatenate([np.empty((0, *shape[1:])), *(run.places for run in runs)])
    return Trace(
        run=np.repeat(np.arange(len(runs)), lengths),
        iteration=np.concatenate([np.empty(0, dtype=np.int64), *map(np.arange, lengths)]),
        objective=rows[:, 0],
        smooth_objective=rows[:, 0] + rows[:, 1],
        entropy=rows[:, 2],
        centroid_shift=rows[:, 3],
        centroids=places + centre,
    )
