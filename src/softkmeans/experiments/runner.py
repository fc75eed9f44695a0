"""A batch of runs: one data set, method and initialisation, all their temperatures and repeats."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from softkmeans import tables
from softkmeans.initialisations import Initialisation, initial_centroids
from softkmeans.kernels import prepare
from softkmeans.methods import Method
from softkmeans.seeds import start_seed
from softkmeans.solver import solve
from softkmeans.temperatures import critical_temperature
from softkmeans.typing import Floats, Integers

VALUES = ("objective", "smooth_objective", "entropy")


@dataclass(frozen=True)
class Batch:
    """The tables of a batch of runs: `runs` (its columns on the ground truth still missing) and more."""

    runs: pa.Table
    trace: pa.Table
    centroids: pa.Table


def run_batch(
    points: Floats,
    *,
    dataset: str,
    n_clusters: int,
    method: Method,
    initialisation: Initialisation,
    temperatures: Sequence[float],
    repeats: int,
    base_seed: int,
    tolerance: float,
    max_iterations: int,
    every_iteration: bool = False,
) -> Batch:
    """Run every temperature from every start.

    Parameters
    ----------
    points : array (n, d)
    temperatures : sequence of float
        Absolute; a hard method is run once, at 0.
    repeats : int
        Starts; an initialisation that is not random has one.
    every_iteration : bool
        Whether `centroids` holds those of every iteration, or only the last.
    """
    prepared = prepare(points)
    seeds = [
        start_seed(base_seed, dataset, initialisation.name, repeat)
        for repeat in range(repeats if initialisation.random else 1)
    ]
    starts = np.stack([initial_centroids(points, n_clusters, initialisation, seed) for seed in seeds])
    levels = np.array(temperatures if method.soft else [0.0])
    temperature = np.repeat(levels, len(seeds))
    repeat = np.tile(np.arange(len(seeds)), len(levels))
    solution = solve(
        prepared,
        np.tile(starts, (len(levels), 1, 1)),
        temperature,
        method,
        tolerance=tolerance,
        max_iterations=max_iterations,
    )

    names = {"dataset": dataset, "method": method.name, "initialisation": initialisation.name}

    def key(run: Integers) -> dict[str, object]:
        return {**names, "temperature": temperature[run], "repeat": repeat[run]}

    runs = key(np.arange(len(repeat))) | {
        "temperature_ratio": _ratio(temperature, points),
        "seed": np.array(seeds)[repeat],
        **{name: getattr(solution, name) for name in ("n_iterations", "converged", *VALUES)},
    }
    trace = solution.trace
    steps = key(trace.run) | {name: getattr(trace, name) for name in ("iteration", *VALUES, "centroid_shift")}
    kept = slice(None) if every_iteration else trace.last
    _, *shape = trace.centroids.shape
    row, cluster, dimension = (axis.ravel() for axis in np.indices((len(trace.run[kept]), *shape)))
    places = key(trace.run[kept][row]) | {
        "iteration": trace.iteration[kept][row],
        "cluster": cluster,
        "dimension": dimension,
        "value": trace.centroids[kept].ravel(),
    }
    return Batch(
        runs=tables.make("runs", len(repeat), runs),
        trace=tables.make("trace", len(trace.run), steps),
        centroids=tables.make("centroids", len(row), places),
    )


def _ratio(temperature: Floats, points: Floats) -> Floats:
    """T/T_c; NaN, a missing value, where all points are the same."""
    critical = critical_temperature(points)
    return temperature / critical if critical > 0 else np.full_like(temperature, np.nan)
