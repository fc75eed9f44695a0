"""The sweep in numbers: mean, standard error and bootstrap interval over the repeats."""

import numpy as np
import pandas as pd

from softkmeans.arrays import Floats

GROUP = ["dataset", "method", "initialisation", "temperature"]
MEASURES = ["objective", "smooth_objective", "centroid_index", "ari", "nmi", "n_iterations", "success"]
RESAMPLES = 1000
LEVEL = 0.95


def summarise(runs: pd.DataFrame, seed: int) -> pd.DataFrame:
    """One row a data set, method, initialisation and temperature.

    Parameters
    ----------
    runs : table of runs
    seed : int
        Of the bootstrap.

    Returns
    -------
    frame
        The group, `temperature_ratio`, the number of runs `n`, and of each measure `X`: `X` its mean,
        `X_error` the standard error, and `X_low` and `X_high`, the ends of the percentile bootstrap's 95 %
        interval of the mean. `success` is 1 where the centroid index is 0. All but the mean are missing for
        n = 1; what compares with the ground truth is missing where there is none.
    """
    index = runs["centroid_index"].astype(float)
    runs = runs.assign(centroid_index=index, success=(index == 0).astype(float).where(index.notna()))
    groups = runs.groupby(GROUP, sort=False, observed=True)
    found = groups.agg(temperature_ratio=("temperature_ratio", "first"), n=("repeat", "size")).reset_index()
    number = groups.ngroup().to_numpy()
    values = runs[MEASURES].to_numpy(dtype=float)[np.argsort(number, kind="stable")]
    ends = found["n"].cumsum().to_numpy()
    columns = {name: np.full((len(found), len(MEASURES)), np.nan) for name in ("", "_error", "_low", "_high")}
    for size in found["n"].unique():
        which = np.flatnonzero(found["n"] == size)
        rows = ends[which, None] - size + np.arange(size)
        sample = values[rows]  # (groups, repeats, measures)
        columns[""][which] = sample.mean(axis=1)
        if size > 1:
            columns["_error"][which] = sample.std(axis=1, ddof=1) / np.sqrt(size)
            columns["_low"][which], columns["_high"][which] = bootstrap_interval(sample, seed)
    measured = pd.DataFrame(
        {f"{name}{kind}": columns[kind][:, i] for i, name in enumerate(MEASURES) for kind in columns}
    )
    return pd.concat([found, measured], axis=1)


def bootstrap_interval(sample: Floats, seed: int) -> tuple[Floats, Floats]:
    """Percentile bootstrap interval of the mean over axis 1.

    Every group is resampled by the same draws: how often each repeat is taken.

    Parameters
    ----------
    sample : array (groups, repeats, measures)

    Returns
    -------
    low, high : array (groups, measures)
    """
    n_repeats = sample.shape[1]
    drawn = np.random.default_rng(seed).multinomial(n_repeats, np.full(n_repeats, 1 / n_repeats), RESAMPLES)
    ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    interval = np.empty((2, sample.shape[0], sample.shape[2]))
    for part in np.array_split(np.arange(len(sample)), 1 + sample[:, 0].size // 5000):  # 40 MB at a time
        means = np.tensordot(drawn / n_repeats, sample[part], axes=(1, 1))
        interval[:, part] = np.quantile(means, ends, axis=0)
    return interval[0], interval[1]


def timing_summary(timings: pd.DataFrame) -> pd.DataFrame:
    """Seconds of the iterations: one row a data set and method."""
    groups = timings.groupby(["dataset", "method"], sort=False, observed=True)["seconds"]
    return groups.agg(runs="size", total="sum", median="median").reset_index()
