"""A batch of runs: one data set and method, from all its starts at all its temperatures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Booleans, Floats, Integers
from softkmeans.clustering.initialisations import Initialisation, initial_centroids, start_seed
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import Method
from softkmeans.clustering.solver import Solution, Trace, solve
from softkmeans.clustering.temperatures import critical_temperature

ROWS = 2**18
"""Of the table `centroids`, made at once."""

VALUES = ("objective", "smooth_objective", "entropy")


@dataclass(frozen=True)
class Starts:
    """M starts on a data set.

    Attributes
    ----------
    initialisation : categories (M,)
    repeat, seed : array (M,)
    centroids : array (M, K, d)
    """

    initialisation: pa.DictionaryArray
    repeat: Integers
    seed: Integers
    centroids: Floats


@dataclass(frozen=True)
class Batch:
    """The tables of a batch of runs: `runs` (its columns on the ground truth still missing) and more."""

    runs: pa.Table
    trace: pa.Table
    centroids: pa.Table
    timings: pa.Table


def draw_starts(
    points: Floats,
    n_clusters: int,
    dataset: str,
    initialisations: Sequence[Initialisation],
    repeats: range,
    base_seed: int,
) -> Starts:
    """Draw the starts of some repeats; an initialisation that is not random has repeat 0 only."""
    drawn = [
        (initialisation, repeat, start_seed(base_seed, dataset, initialisation.name, repeat))
        for initialisation in initialisations
        for repeat in repeats
        if initialisation.random or repeat == 0
    ]
    shape = (len(drawn), n_clusters, points.shape[1])
    return Starts(
        initialisation=pa.array([chosen.name for chosen, *_ in drawn], pa.string()).dictionary_encode(),
        repeat=np.array([repeat for _, repeat, _ in drawn], dtype=np.int64),
        seed=np.array([seed for *_, seed in drawn], dtype=np.int64),
        centroids=np.reshape(
            [initial_centroids(points, n_clusters, chosen, seed) for chosen, _, seed in drawn], shape
        ),
    )


def run_batch(
    points: Floats,
    *,
    dataset: str,
    n_clusters: int,
    method: Method,
    initialisations: Sequence[Initialisation],
    temperatures: Sequence[float],
    repeats: range,
    base_seed: int,
    tolerance: float,
    max_iterations: int,
    trace: str = "all",
    every_iteration: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Batch:
    """Run every temperature from every start.

    Parameters
    ----------
    points : array (n, d)
    temperatures : sequence of float
        Absolute; a hard method is run once, at 0.
    repeats : range
        Which starts; an initialisation that is not random has only 0.
    trace : str
        Iterations in the table `trace`: ``all``, ``every_N`` or ``final``. The first and the last are in it
        always.
    every_iteration : bool
        Whether `centroids` holds those of every iteration, or only the last.
    progress : callable, optional
        ``(runs that have ended, runs)``, called now and then.
    """
    starts = draw_starts(points, n_clusters, dataset, initialisations, repeats, base_seed)
    levels = np.array(temperatures if method.soft else [0.0])
    start = np.repeat(np.arange(len(starts.seed)), len(levels))
    temperature = np.tile(levels, len(starts.seed))
    solution = solve(
        prepare(points),
        starts.centroids[start],
        temperature,
        method,
        tolerance=tolerance,
        max_iterations=max_iterations,
        every_iteration=every_iteration,
        progress=progress,
    )
    return make_batch(
        dataset, method.name, points, starts, start, temperature, solution, kept_rows(solution.trace, trace)
    )


def make_batch(
    dataset: str,
    method: str,
    points: Floats,
    starts: Starts,
    start: Integers,
    temperature: Floats,
    solution: Solution,
    kept: Booleans,
) -> Batch:
    """Make the tables of runs: run r is from `start[r]`; `kept` are the trace's rows that the table holds."""

    def key(run: Integers) -> dict[str, object]:
        return {
            "dataset": dataset,
            "method": method,
            "initialisation": starts.initialisation.take(start[run]),
            "temperature": temperature[run],
            "repeat": starts.repeat[start[run]],
        }

    every = np.arange(len(start))
    trace = solution.trace
    runs = key(every) | {
        "temperature_ratio": _ratio(temperature, points),
        "seed": starts.seed[start],
        **{name: getattr(solution, name) for name in ("n_iterations", "converged", *VALUES)},
    }
    steps = key(trace.run[kept]) | {
        name: getattr(trace, name)[kept] for name in ("iteration", *VALUES, "centroid_shift")
    }
    if len(trace.centroids):
        places = centroids_table(trace.centroids, trace.iteration, lambda row: key(trace.run[row]))
    else:
        places = centroids_table(solution.centroids, solution.n_iterations, key)
    return Batch(
        runs=tables.make("runs", len(every), runs),
        trace=tables.make("trace", int(kept.sum()), steps),
        centroids=places,
        timings=tables.make("timings", len(every), key(every) | {"seconds": solution.seconds}),
    )


def centroids_table(
    centroids: Floats, iteration: Integers, key: Callable[[Integers], dict[str, object]]
) -> pa.Table:
    """Table `centroids` of sets (rows, K, d), made a few sets at a time: its columns are wide while made."""
    step = max(1, ROWS // (centroids[0].size if len(centroids) else 1))
    parts = []
    for start in range(0, max(1, len(centroids)), step):
        those = centroids[start : start + step]
        row, cluster, dimension = (axis.ravel() for axis in np.indices(those.shape))
        columns = key(start + row) | {
            "iteration": iteration[start + row],
            "cluster": cluster,
            "dimension": dimension,
            "value": those.ravel(),
        }
        parts.append(tables.make("centroids", len(row), columns))
    return pa.concat_tables(parts).unify_dictionaries()


def kept_rows(trace: Trace, mode: str) -> Booleans:
    """Rows of a trace that its table holds: ``all``, ``every_N`` or ``final``; first and last always."""
    if mode == "all":
        return np.ones(len(trace.run), dtype=bool)
    step = int(mode.removeprefix("every_")) if mode != "final" else np.inf
    kept = trace.iteration % step == 0
    kept[trace.last] = True
    return np.asarray(kept)


def _ratio(temperature: Floats, points: Floats) -> Floats:
    """T/T_c; NaN, a missing value, where all points are the same."""
    critical = critical_temperature(points)
    return temperature / critical if critical > 0 else np.full_like(temperature, np.nan)
