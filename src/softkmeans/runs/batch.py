"""Runs of one method on one data set, from all its starts at all its temperatures, as tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Booleans, Floats, Integers
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids, start_seed
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.metrics import centroid_error, centroid_index
from softkmeans.clustering.solver import Solution, Trace, solve
from softkmeans.clustering.temperatures import Temperature, critical_temperature
from softkmeans.data.dataset import Dataset

#: The columns of values at an iteration.
VALUES = ("objective", "smooth_objective", "entropy")


@dataclass(frozen=True)
class Starts:
    """M starts on a data set: the initialisation, repeat, seed and centroids of each.

    Attributes
    ----------
    initialisation : array of str (M,)
    repeat, seed : array (M,)
    centroids : array (M, K, d)
    """

    initialisation: np.ndarray
    repeat: Integers
    seed: Integers
    centroids: Floats


def draw_starts(
    data: Dataset, n_clusters: int, initialisations: Sequence[str], repeats: range, base_seed: int
) -> Starts:
    """Draw the starts of some repeats; an initialisation that is not random has repeat 0 only."""
    drawn = [
        (name, repeat, start_seed(base_seed, data.name, name, repeat))
        for name in initialisations
        for repeat in repeats
        if INITIALISATIONS[name].random or repeat == 0
    ]
    centroids = [
        initial_centroids(data.points, n_clusters, INITIALISATIONS[name], seed) for name, _, seed in drawn
    ]
    return Starts(
        initialisation=np.array([name for name, *_ in drawn], dtype=str),
        repeat=np.array([repeat for _, repeat, _ in drawn], dtype=np.int64),
        seed=np.array([seed for *_, seed in drawn], dtype=np.int64),
        centroids=np.reshape(centroids, (len(drawn), n_clusters, data.points.shape[1])),
    )


def run_batch(
    data: Dataset,
    *,
    method: str,
    initialisations: Sequence[str],
    temperatures: Sequence[Temperature],
    repeats: range,
    seed: int,
    tolerance: float,
    max_iterations: int,
    n_clusters: int | None = None,
    trace: str = "all",
    every_iteration: bool = False,
    progress: Callable[[int, int], None] | None = None,
    engine: str = "compiled",
) -> dict[str, pa.Table]:
    """Run every temperature from every start.

    Parameters
    ----------
    data : Dataset
    method, initialisations : registered names
    temperatures : sequence of Temperature
        A hard method is run once from each start instead, at 0.
    repeats : range
        The repeats to run. An initialisation that is not random has repeat 0 only.
    seed : int
        Base that the seeds of all starts are made from.
    n_clusters : int, optional
        K, by default the data set's own.
    trace : str
        Iterations that the table `trace` has: ``all``, ``every_N`` or ``final``. It always has the first and
        the last.
    every_iteration : bool
        Whether `centroids` holds those of every iteration, or only the last.
    progress : callable, optional
        Called after each run as ``progress(runs that have ended, runs)``.
    engine : str
        As in `solver.solve`.

    Returns
    -------
    mapping
        The tables `runs` (whose `ari` and `nmi` are still missing), `trace`, `centroids` and `timings`.
    """
    chosen = METHODS[method]
    starts = draw_starts(data, n_clusters or data.n_clusters, initialisations, repeats, seed)
    critical = critical_temperature(data.points)
    levels = sorted({t.absolute(critical) for t in temperatures}) if chosen.soft else [0.0]
    start = np.repeat(np.arange(len(starts.seed)), len(levels))
    temperature = np.tile(levels, len(starts.seed))
    solution = solve(
        prepare(data.points),
        starts.centroids[start],
        temperature,
        chosen,
        tolerance=tolerance,
        max_iterations=max_iterations,
        every_iteration=every_iteration,
        progress=progress,
        engine=engine,
    )
    return run_tables(data, method, starts, start, temperature, solution, trace)


def run_tables(
    data: Dataset,
    method: str,
    starts: Starts,
    start: Integers,
    temperature: Floats,
    solution: Solution,
    trace: str,
) -> dict[str, pa.Table]:
    """Make the tables of runs, where run r is from start number `start[r]` at `temperature[r]`."""

    def of_runs(run: Any, **columns: object) -> dict[str, object]:
        return {
            "dataset": data.name,
            "method": method,
            "initialisation": starts.initialisation[start[run]],
            "temperature": temperature[run],
            "repeat": starts.repeat[start[run]],
        } | columns

    def values(of: Solution | Trace, rows: Any, *more: str) -> dict[str, object]:
        return {name: getattr(of, name)[rows] for name in (*VALUES, *more)}

    every, steps = np.arange(len(start)), solution.trace
    critical = critical_temperature(data.points)
    runs = of_runs(
        every,
        temperature_ratio=temperature / critical if critical > 0 else None,
        seed=starts.seed[start],
        **values(solution, every, "n_iterations", "converged"),
        **_against_truth(solution.centroids, data),
    )
    kept = kept_rows(steps, trace)
    if len(steps.centroids):
        run, iteration, centroids = steps.run, steps.iteration, steps.centroids
    else:
        run, iteration, centroids = every, solution.n_iterations, solution.centroids
    places = of_runs(run, iteration=iteration, n_clusters=centroids.shape[1], coordinates=centroids)
    return {
        "runs": tables.make("runs", runs),
        "trace": tables.make(
            "trace", of_runs(steps.run[kept], **values(steps, kept, "iteration", "centroid_shift"))
        ),
        "centroids": tables.make("centroids", places),
        "timings": tables.make("timings", of_runs(every, seconds=solution.seconds)),
    }


def _against_truth(final: Floats, data: Dataset) -> dict[str, object]:
    """Columns that compare final centroids (R, K, d) with the true ones; no columns without ground truth."""
    truth = data.true_centroids
    if truth is None:
        return {}
    columns: dict[str, object] = {"centroid_index": [centroid_index(found, truth) for found in final]}
    if final.shape[1:] == truth.shape:
        columns["centroid_error"] = [centroid_error(found, truth) for found in final]
    return columns


def kept_rows(trace: Trace, mode: str) -> Booleans:
    """Whether the table holds each row of a trace, (rows,); `mode` is as `trace` in `run_batch`."""
    if mode == "all":
        return np.ones(len(trace.run), dtype=bool)
    step = int(mode.removeprefix("every_")) if mode != "final" else np.inf
    kept = trace.iteration % step == 0
    kept[trace.last] = True
    return np.asarray(kept)
