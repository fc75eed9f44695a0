"""Stored runs, as claims read them. Their tables may be larger than memory."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from softkmeans import tables
from softkmeans.data.dataset import Dataset


@dataclass(frozen=True)
class Study:
    """Runs of some methods.

    Attributes
    ----------
    data : mapping
        The data sets of the runs by name, with the K that the runs had.
    runs : frame
        The table `runs`.
    paths : mapping
        Paths of the tables `trace` and `centroids`, which are read a part at a time.
    """

    data: Mapping[str, Dataset]
    runs: pd.DataFrame
    paths: Mapping[str, Path]

    def trace(self, dataset: str) -> pd.DataFrame:
        """Read the trace of all runs on a data set."""
        trace = tables.frame(tables.read("trace", self.paths["trace"], dataset=dataset))
        return trace[trace["method"].isin(self.runs["method"].unique())]

    def centroids(self, dataset: str, method: str, initialisation: str) -> pd.DataFrame:
        """Read the centroids of the runs of a method from an initialisation of a data set."""
        wanted = {"dataset": dataset, "method": method, "initialisation": initialisation}
        return tables.frame(tables.read("centroids", self.paths["centroids"], **wanted))

    def extent(self, dataset: str) -> float:
        """Largest range of a coordinate of a data set, in data units."""
        return float(np.ptp(self.data[dataset].points, axis=0).max())


def study(paths: Mapping[str, Path], data: Mapping[str, Dataset], methods: Collection[str]) -> Study:
    """Read the runs of some methods on some data sets, and say where their large tables are.

    Parameters
    ----------
    paths : mapping
        Paths of the tables `runs`, `trace` and `centroids`.
    data : mapping
        The data sets by name; runs on others are left out.
    methods : collection of str
    """
    runs = tables.frame(tables.read("runs", paths["runs"]))
    runs = runs[runs["method"].isin(methods) & runs["dataset"].isin(list(data))]
    return Study({name: data[name] for name in runs["dataset"].unique()}, runs, paths)
