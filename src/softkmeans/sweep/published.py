"""Published results of K-means, and ours beside them."""

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


def compare(runs: "pd.DataFrame") -> "pd.DataFrame":
    """Mean centroid index of runs of K-means from random points, beside the published one.

    Parameters
    ----------
    runs : frame
        With the columns `dataset` and `centroid_index`.

    Returns
    -------
    frame
        One row a data set: `published`, and our `n`, `mean` and `standard_error` (missing for n = 1).
    """
    groups = runs.groupby("dataset", sort=False, observed=True)["centroid_index"]
    found = groups.agg(n="count", mean="mean", standard_error="sem").reset_index()
    found.insert(1, "published", found["dataset"].map(dict(PUBLISHED)).astype(float))
    return found
