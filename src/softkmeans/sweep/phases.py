"""Phases: where the clusters of a slowly cooled run split, and where theory says that they do."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from softkmeans import tables
from softkmeans.clustering.annealing import anneal, first_split, next_split, soft_clusters
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import Temperature, cooling, critical_temperature
from softkmeans.data.dataset import Dataset
from softkmeans.runs.batch import draw_starts
from softkmeans.sweep.names import ANNEALED


def run_phases(
    data: Dataset,
    *,
    methods: Sequence[str],
    temperatures: Sequence[Temperature],
    factor: float,
    repeats: range,
    seed: int,
    tolerance: float,
    max_iterations: int,
    engine: str = "compiled",
) -> pa.Table:
    """Cool soft methods from random points.

    Parameters
    ----------
    data : Dataset
    methods : registered names
    temperatures, factor, tolerance, max_iterations
        As in `annealing.run_annealed`.
    repeats, seed, engine
        As in `batch.run_batch`.

    Returns
    -------
    table
        `phases`, one row for each level of each run. `due` is given where more centroids are distinct than
        at the level before, and follows from the soft clusters of the level before.
    """
    critical = critical_temperature(data.points)
    highest, lowest = (temperature.absolute(critical) for temperature in temperatures)
    schedule = cooling(highest, lowest, factor)
    starts = draw_starts(data, data.n_clusters, ["random-points"], repeats, seed)
    prepared = prepare(data.points)
    rows: list[dict[str, object]] = []
    for name in methods:
        split = first_split(METHODS[name].assignment, data.n_clusters, critical)
        for repeat, start_seed in enumerate(starts.seed.tolist()):
            levels = anneal(
                prepared,
                starts.centroids[repeat : repeat + 1],
                schedule,
                METHODS[name],
                [np.random.default_rng(start_seed)],
                split,
                tolerance=tolerance,
                max_iterations=max_iterations,
                engine=engine,
            )
            before, n_before, above = None, 0, np.nan
            for number, (level, temperature) in enumerate(zip(levels, schedule, strict=True)):
                centroids = level.centroids[0]
                n_distinct = int(soft_clusters(centroids, temperature).max())
                due = np.nan
                if before is not None and n_distinct > n_before:
                    due = next_split(data.points, before, above, METHODS[name].assignment)
                rows.append(
                    {
                        "dataset": data.name,
                        "method": ANNEALED + name,
                        "repeat": repeats[repeat],
                        "level": number,
                        "temperature": temperature,
                        "temperature_ratio": temperature / critical if critical > 0 else None,
                        "n_distinct": n_distinct,
                        "due": due,
                        "first_due": split,
                        "n_iterations": int(level.n_iterations[0]),
                        "objective": float(level.objective[0]),
                        "smooth_objective": float(level.smooth_objective[0]),
                    }
                )
                before, n_before, above = centroids, n_distinct, temperature
    return tables.from_rows("phases", rows)


def splits(phases: pd.DataFrame) -> pd.DataFrame:
    """Where runs split: one row whenever more centroids are distinct than ever before in the run.

    Parameters
    ----------
    phases : frame
        Table `phases`.

    Returns
    -------
    frame
        `dataset`, `method` and `repeat` of the run; `first`, whether all centroids were one before;
        `n_before` and `n_after`, the numbers of distinct centroids; `above` and `below`, the temperatures
        between which the split was seen; and `due`, the one at which theory puts it: T_c or √K·T_c for the
        first split, and for a later one that of the soft cluster which is due next.
    """
    rows = list(_splits(phases))
    columns = ["dataset", "method", "repeat", "first", "n_before", "n_after", "above", "below", "due"]
    return pd.DataFrame(rows, columns=columns)


def _splits(phases: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    for (dataset, method, repeat), run in phases.groupby(
        ["dataset", "method", "repeat"], sort=False, observed=True
    ):
        most = run["n_distinct"].cummax().to_numpy()
        temperatures = run["temperature"].to_numpy()
        for i in np.flatnonzero(np.diff(most) > 0).tolist():
            first = most[i] == 1
            due = run["first_due" if first else "due"].iloc[i + 1]
            seen = (most[i], most[i + 1], temperatures[i], temperatures[i + 1])
            yield dataset, method, repeat, first, *seen, due
