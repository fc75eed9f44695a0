"""Annealing: a soft method at falling temperatures, each level from where the last one ended."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from scipy.cluster.hierarchy import fclusterdata

from softkmeans import tables
from softkmeans.arrays import Floats
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.solver import Solution, solve
from softkmeans.clustering.temperatures import Temperature, cooling, critical_temperature
from softkmeans.data.dataset import Dataset
from softkmeans.runs.batch import Starts, draw_starts, run_tables
from softkmeans.sweep.names import ANNEALED

#: Before each level, centroids are moved at random by that many σ: those that coincide could not part.
JITTER = 1e-2

#: Centroids that many σ apart, directly or by way of others, are distinct: well above the jitter.
APART = 0.1


def run_annealed(
    data: Dataset,
    *,
    method: str,
    initialisations: Sequence[str],
    temperatures: Sequence[Temperature],
    factor: float,
    repeats: range,
    seed: int,
    tolerance: float,
    max_iterations: int,
    trace: str = "final",
    progress: Callable[[int, int], None] | None = None,
    engine: str = "compiled",
    starts: Starts | None = None,
) -> dict[str, pa.Table]:
    """Anneal a soft method from every start.

    A run's method is ``annealed-`` and the method's name, its temperature the lowest, its iterations those
    of all levels. K stays the same throughout and centroids have no masses, unlike in Rose (1998): where
    centroids coincide they share their points in equal parts.

    Parameters
    ----------
    data : Dataset
    temperatures : sequence of Temperature
        The highest and the lowest.
    factor : float
        By which the temperature falls from level to level.
    tolerance, max_iterations
        Of each level.
    progress : callable, optional
        ``(levels done, levels)``.
    method, initialisations, repeats, seed, trace, engine
        As in `run_batch`.
    starts : Starts, optional
        In place of those that initialisations, repeats and seed give.

    Returns
    -------
    mapping
        The tables of `run_batch`, and `phases`: a row a level of a run.
    """
    starts = starts or draw_starts(data, data.n_clusters, initialisations, repeats, seed)
    critical = critical_temperature(data.points)
    highest, lowest = (temperature.absolute(critical) for temperature in temperatures)
    schedule = np.array(cooling(highest, lowest, factor))
    prepared = prepare(data.points)
    rngs = [np.random.default_rng(each) for each in starts.seed.tolist()]
    centroids, levels = starts.centroids, []
    for temperature in schedule:
        moves = np.stack([rng.normal(size=centroids.shape[1:]) for rng in rngs])
        level = solve(
            prepared,
            centroids + JITTER * np.sqrt(temperature / 2) * moves,
            np.full(len(rngs), temperature),
            METHODS[method],
            tolerance=tolerance,
            max_iterations=max_iterations,
            engine=engine,
        )
        levels.append(level)
        centroids = level.centroids
        if progress is not None:
            progress(len(levels), len(schedule))
    name = ANNEALED + method
    every, last = np.arange(len(rngs)), np.full(len(rngs), schedule[-1])
    made = run_tables(data, name, starts, every, last, _chain(levels), trace)
    return made | {"phases": _phases(data.name, name, starts, schedule, levels, critical)}


def _chain(levels: Sequence[Solution]) -> Solution:
    """One solution of several, each from where the last one ended."""
    numbers = np.stack([level.n_iterations for level in levels])
    before = numbers.cumsum(axis=0) - numbers
    traces = [level.trace for level in levels]
    kept = [(t.iteration > 0) | (k == 0) for k, t in enumerate(traces)]

    def joined(arrays: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate([each[rows] for each, rows in zip(arrays, kept, strict=True)])

    order = np.argsort(joined([t.run for t in traces]), kind="stable")
    columns = {
        name: joined([getattr(t, name) for t in traces])[order]
        for name in ("run", "objective", "smooth_objective", "entropy", "centroid_shift")
    }
    iteration = joined([t.iteration + b[t.run] for t, b in zip(traces, before, strict=True)])[order]
    return replace(
        levels[-1],
        n_iterations=numbers.sum(axis=0),
        converged=np.all([level.converged for level in levels], axis=0),
        seconds=np.sum([level.seconds for level in levels], axis=0),
        trace=replace(levels[-1].trace, iteration=iteration, **columns),
    )


def _phases(
    dataset: str, method: str, starts: Starts, schedule: Floats, levels: Sequence[Solution], critical: float
) -> pa.Table:
    run, level = (axis.ravel() for axis in np.indices((len(starts.seed), len(levels))))
    distinct = [
        count_distinct(levels[k].centroids[r], APART * np.sqrt(schedule[k] / 2))
        for r, k in zip(run.tolist(), level.tolist(), strict=True)
    ]
    columns = {
        "dataset": dataset,
        "method": method,
        "initialisation": starts.initialisation[run],
        "repeat": starts.repeat[run],
        "level": level,
        "temperature": schedule[level],
        "temperature_ratio": schedule[level] / critical if critical > 0 else None,
        "n_distinct": distinct,
    }
    for name in ("n_iterations", "objective", "smooth_objective"):
        columns[name] = np.stack([getattr(solution, name) for solution in levels], axis=1).ravel()
    return tables.make("phases", columns)


def count_distinct(centroids: Floats, distance: float) -> int:
    """How many groups centroids (K, d) form, where those within `distance` are in one (single linkage)."""
    if len(centroids) == 1:
        return 1
    return int(fclusterdata(centroids, distance, criterion="distance", method="single").max())
