"""Published results of K-means, and our own beside them."""

import csv
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def _published() -> dict[str, float]:
    text = resources.files("softkmeans").joinpath("data", "published.csv").read_text(encoding="utf-8")
    return {row["name"]: float(row["centroid_index"]) for row in csv.DictReader(text.splitlines())}


#: Data set to the mean centroid index of K-means from random points, in P. Fränti and S. Sieranoja, "K-means
#: properties on six clustering benchmark datasets", Applied Intelligence 48(12), 2018.
PUBLISHED: Mapping[str, float] = MappingProxyType(_published())

#: The initialisations that published results are for.
STARTS = ("random-points", "maxmin")

#: Number of repeats in one experiment with restarts.
RESTARTS = 100

#: Share of the clusters that are in error, over the whole benchmark: from random points, from maxmin, and in
#: the best of 100 runs from maxmin. P. Fränti and S. Sieranoja, "How much can k-means be improved by using
#: better initialization and repeats?", Pattern Recognition 93, 2019.
IN_ERROR: Mapping[str, float] = MappingProxyType({"random_points": 0.15, "maxmin": 0.06, "restarted": 0.01})


def compare(runs: "pd.DataFrame", n_clusters: Mapping[str, int]) -> "pd.DataFrame":
    """Put centroid indices of K-means beside the published ones.

    Parameters
    ----------
    runs : frame
        Table `runs` of K-means from `STARTS`.
    n_clusters : mapping
        K of each data set.

    Returns
    -------
    frame
        One row for each data set. From random points: the mean centroid index `published`, and our number of
        runs `n`, `mean` and `standard_error` (missing for n = 1). The mean share of the clusters that are in
        error, centroid index over K: of the runs from `random_points` and from `maxmin`, and `restarted`, of
        the run of least J among each `RESTARTS` from maxmin (missing where there are fewer).
    """
    by = {start: runs[runs["initialisation"] == start] for start in STARTS}
    groups = by["random-points"].groupby("dataset", sort=False, observed=True)["centroid_index"]
    found = groups.agg(n="count", mean="mean", standard_error="sem").reset_index()
    found.insert(1, "published", found["dataset"].map(dict(PUBLISHED)).astype(float))
    spread = by["maxmin"].astype({"centroid_index": float})
    means = spread.groupby("dataset", observed=True)["centroid_index"].mean()
    clusters = found["dataset"].astype(str).map(n_clusters).astype(float)
    found["random_points"] = found["mean"] / clusters
    found["maxmin"] = found["dataset"].map(means).astype(float) / clusters
    found["restarted"] = found["dataset"].map(best_of(spread, RESTARTS)).astype(float) / clusters
    return found


def best_of(runs: "pd.DataFrame", number: int) -> "pd.Series":
    """Mean centroid index of the best runs of each data set: those of least J among each `number` repeats."""
    by, runs = ["dataset", "part"], runs.assign(part=runs["repeat"] // number).reset_index(drop=True)
    runs = runs[runs.groupby(by, observed=True)["repeat"].transform("size") == number]
    least = runs.loc[runs.groupby(by, observed=True)["objective"].idxmin()]
    return least.groupby("dataset", observed=True)["centroid_index"].mean()
