"""The sweep in numbers: means with standard errors, and success rates with Wilson's intervals."""

from pathlib import Path

import pandas as pd

from softkmeans.runs.statistics import wilson

GROUP = ["dataset", "method", "initialisation", "temperature"]
TEXT = ["dataset", "method", "initialisation", "measure"]
MEASURES = ["objective", "smooth_objective", "centroid_index", "ari", "nmi", "n_iterations"]


def with_success(runs: pd.DataFrame) -> pd.DataFrame:
    """Add `success`: 1 where the centroid index is 0, missing where there is no ground truth."""
    index = runs["centroid_index"].astype(float)
    return runs.assign(centroid_index=index, success=(index == 0).astype(float).where(index.notna()))


def summarise(runs: pd.DataFrame) -> pd.DataFrame:
    """Summarise runs: one row for each data set, method, initialisation and temperature.

    Parameters
    ----------
    runs : table of runs

    Returns
    -------
    frame
        The group, `temperature_ratio` and the number of runs `n`; of each measure `X` its mean `X` and the
        standard error `X_error`, missing for n = 1; and the rate `success` of runs whose centroid index is 0,
        with the ends `success_low` and `success_high` of Wilson's 95 % interval. What compares with the
        ground truth is missing where there is none.
    """
    groups = with_success(runs).groupby(GROUP, sort=False, observed=True)
    found = groups.agg(temperature_ratio=("temperature_ratio", "first"), n=("repeat", "size"))
    for name in MEASURES:
        found[name], found[f"{name}_error"] = groups[name].mean(), groups[name].sem()
    successes = groups["success"].sum(min_count=1)
    found["success"] = successes / found["n"]
    found["success_low"], found["success_high"] = wilson(successes.to_numpy(), found["n"].to_numpy(float))
    return found.reset_index()


def read_summary(path: Path) -> pd.DataFrame:
    """Read a CSV of the sweep; in one without rows, all columns but `TEXT` are of numbers."""
    table = pd.read_csv(path)
    return table if len(table) else table.astype(dict.fromkeys(table.columns.difference(TEXT), float))


def timing_summary(timings: pd.DataFrame) -> pd.DataFrame:
    """Number of runs, total and median seconds of their iterations: a row for each data set and method."""
    groups = timings.groupby(["dataset", "method"], sort=False, observed=True)["seconds"]
    return groups.agg(runs="size", total="sum", median="median").reset_index()
