"""Annealing: a soft method at falling temperatures, each level from where the last one ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.cluster.hierarchy import fclusterdata

from softkmeans import tables
from softkmeans.arrays import Floats
from softkmeans.clustering.initialisations import Initialisation
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import Method
from softkmeans.clustering.solver import Solution, Trace, solve
from softkmeans.clustering.temperatures import critical_temperature
from softkmeans.runs.batch import Batch, Starts, draw_starts, kept_rows, make_batch

JITTER = 1e-2
"""Before each level, centroids are moved at random by that many σ: those that coincide could not part."""

APART = 0.1
"""Centroids that many σ apart, directly or by way of others, are distinct: well above the jitter."""


@dataclass(frozen=True)
class Annealed:
    """The tables of annealed runs, and `phases`: a row a level of a run."""

    batch: Batch
    phases: pa.Table


def run_annealed(
    points: Floats,
    *,
    dataset: str,
    n_clusters: int,
    method: Method,
    initialisation: Initialisation,
    schedule: Sequence[float],
    repeats: range,
    base_seed: int,
    tolerance: float,
    max_iterations: int,
    trace: str = "final",
    progress: Callable[[int, int], None] | None = None,
) -> Annealed:
    """Anneal a soft method from every start.

    A run's method is ``annealed-`` and the method's name, its temperature the last of the schedule, its
    iterations those of all levels. K stays the same throughout and centroids have no masses, unlike in Rose
    (1998): where centroids coincide they share their points in equal parts.

    Parameters
    ----------
    points : array (n, d)
    schedule : sequence of float
        Absolute temperatures, falling.
    repeats : range
    tolerance, max_iterations
        Of each level.
    trace : str
        As in `run_batch`.
    progress : callable, optional
        ``(levels done, levels)``.
    """
    starts = draw_starts(points, n_clusters, dataset, [initialisation], repeats, base_seed)
    prepared = prepare(points)
    rngs = [np.random.default_rng(seed) for seed in starts.seed.tolist()]
    centroids, levels = starts.centroids, []
    for temperature in schedule:
        steps = (
            JITTER * np.sqrt(temperature / 2) * np.stack([r.normal(size=centroids.shape[1:]) for r in rngs])
        )
        level = solve(
            prepared,
            centroids + steps,
            np.full(len(rngs), temperature),
            method,
            tolerance=tolerance,
            max_iterations=max_iterations,
        )
        levels.append(level)
        centroids = level.centroids
        if progress is not None:
            progress(len(levels), len(schedule))
    solution = _chain(levels)
    every = np.arange(len(rngs))
    last = np.full(len(rngs), float(schedule[-1]))
    name = f"annealed-{method.name}"
    return Annealed(
        make_batch(dataset, name, points, starts, every, last, solution, kept_rows(solution.trace, trace)),
        _phases(dataset, name, starts, np.asarray(schedule), levels, critical_temperature(points)),
    )


def _chain(levels: Sequence[Solution]) -> Solution:
    """One solution of several, each from where the last one ended."""
    numbers = np.stack([level.n_iterations for level in levels])
    before = numbers.cumsum(axis=0) - numbers
    traces = [level.trace for level in levels]
    kept = [(t.iteration > 0) | (k == 0) for k, t in enumerate(traces)]
    run = np.concatenate([t.run[rows] for t, rows in zip(traces, kept, strict=True)])
    order = np.argsort(run, kind="stable")

    def joined(arrays: Sequence[np.ndarray]) -> Any:
        return np.concatenate([a[rows] for a, rows in zip(arrays, kept, strict=True)])[order]

    end = levels[-1]
    return Solution(
        centroids=end.centroids,
        n_iterations=numbers.sum(axis=0),
        converged=np.all([level.converged for level in levels], axis=0),
        objective=end.objective,
        smooth_objective=end.smooth_objective,
        entropy=end.entropy,
        seconds=np.sum([level.seconds for level in levels], axis=0),
        trace=Trace(
            run=run[order],
            iteration=joined([t.iteration + b[t.run] for t, b in zip(traces, before, strict=True)]),
            objective=joined([t.objective for t in traces]),
            smooth_objective=joined([t.smooth_objective for t in traces]),
            entropy=joined([t.entropy for t in traces]),
            centroid_shift=joined([t.centroid_shift for t in traces]),
            centroids=end.trace.centroids,
        ),
    )


def _phases(
    dataset: str,
    method: str,
    starts: Starts,
    schedule: Floats,
    levels: Sequence[Solution],
    critical: float,
) -> pa.Table:
    run, level = (axis.ravel() for axis in np.indices((len(starts.seed), len(levels))))

    def column(name: str) -> Floats:
        return np.stack([getattr(solution, name) for solution in levels], axis=1).ravel()

    distinct = [
        count_distinct(solution.centroids[r], APART * np.sqrt(temperature / 2))
        for r in range(len(starts.seed))
        for solution, temperature in zip(levels, schedule, strict=True)
    ]
    rows = {
        "dataset": dataset,
        "method": method,
        "initialisation": starts.initialisation.take(run),
        "repeat": starts.repeat[run],
        "level": level,
        "temperature": schedule[level],
        "temperature_ratio": schedule[level] / critical if critical > 0 else None,
        "n_distinct": np.array(distinct),
        "n_iterations": column("n_iterations"),
        "objective": column("objective"),
        "smooth_objective": column("smooth_objective"),
    }
    return tables.make("phases", len(run), rows)


def count_distinct(centroids: Floats, distance: float) -> int:
    """How many groups centroids (K, d) form, where those within `distance` are in one (single linkage)."""
    if len(centroids) == 1:
        return 1
    return int(fclusterdata(centroids, distance, criterion="distance", method="single").max())
