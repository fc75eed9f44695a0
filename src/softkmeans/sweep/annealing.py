"""Annealed runs as tables: a soft method at falling temperatures, each from where the last one ended."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from softkmeans.clustering.annealing import anneal, chain, first_split
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import Temperature, cooling, critical_temperature
from softkmeans.data.dataset import Dataset
from softkmeans.runs.batch import draw_starts, run_tables
from softkmeans.sweep.names import ANNEALED


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
) -> dict[str, pa.Table]:
    """Anneal a soft method from every start.

    In the tables, the method of a run is ``annealed-`` with the method's name, its temperature is the lowest
    one, and its iterations are those of all levels together. Unlike in Rose (1998), K stays the same
    throughout and centroids have no masses: centroids that coincide share their points equally.

    Parameters
    ----------
    data : Dataset
    temperatures : sequence of Temperature
        The highest and the lowest.
    factor : float
        Each temperature over the one before.
    tolerance : float
        A temperature is left once the centroids move by no more than this times √T.
    max_iterations : int
        Most iterations at each temperature.
    progress : callable, optional
        ``(levels done, levels)``.
    method, initialisations, repeats, seed, trace, engine
        As in `run_batch`.

    Returns
    -------
    mapping
        The tables of `run_batch`.

    Raises
    ------
    DataError
        If a temperature is relative, and all points are the same.
    """
    starts = draw_starts(data, data.n_clusters, initialisations, repeats, seed)
    critical = critical_temperature(data.points)
    highest, lowest = (temperature.absolute(critical) for temperature in temperatures)
    schedule = cooling(highest, lowest, factor)
    prepared, chosen = prepare(data.points), METHODS[method]
    rngs = [np.random.default_rng(each) for each in starts.seed.tolist()]
    cooled = anneal(
        prepared,
        starts.centroids,
        schedule,
        chosen,
        rngs,
        first_split(chosen.assignment, data.n_clusters, critical),
        tolerance=tolerance,
        max_iterations=max_iterations,
        engine=engine,
    )
    levels = []
    for level in cooled:
        levels.append(level)
        if progress is not None:
            progress(len(levels), len(schedule))
    name = ANNEALED + method
    every, last = np.arange(len(rngs)), np.full(len(rngs), schedule[-1])
    return run_tables(data, name, starts, every, last, chain(levels), trace)
