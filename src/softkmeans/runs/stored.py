"""Stored runs, as claims read them: tables that may be larger than memory."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from softkmeans import tables
from softkmeans.data.dataset import Data


@dataclass(frozen=True)
class Size:
    """Of a data set: n, K and the largest range of a coordinate."""

    n_points: int
    n_clusters: int
    extent: float


@dataclass(frozen=True)
class Study:
    """Runs of some methods.

    Attributes
    ----------
    runs : frame
        Table `runs`.
    trace, centroids : Path
        Tables that may be large: they are read a part at a time.
    sizes : mapping
        Data set -> its size, K as the runs had it.
    """

    runs: pd.DataFrame
    trace: Path
    centroids: Path
    sizes: Mapping[str, Size]

    def steps(self) -> Iterator[tuple[str, Size, pd.DataFrame]]:
        """For each data set: its name, its size, and the trace of its runs."""
        for dataset, size in self.sizes.items():
            trace = tables.frame(tables.read("trace", self.trace, dataset=dataset))
            yield dataset, size, trace[trace["method"].isin(self.runs["method"].unique())]

    def places(self, dataset: str, method: str, initialisation: str) -> pd.DataFrame:
        """Centroids of all runs."""
        wanted = {"dataset": dataset, "method": method, "initialisation": initialisation}
        return tables.frame(tables.read("centroids", self.centroids, **wanted))


def study(paths: Mapping[str, Path], sizes: Mapping[str, Size], methods: Collection[str]) -> Study:
    """Read the runs of some methods, and say where their large tables are.

    Parameters
    ----------
    paths : mapping
        Paths of the tables `runs`, `trace` and `centroids`.
    sizes : mapping
        Sizes of the data sets that the runs may be of.
    methods : collection of str
    """
    runs = tables.frame(tables.read("runs", paths["runs"]))
    runs = runs[runs["method"].isin(methods)]
    studied = {name: sizes[name] for name in runs["dataset"].unique()}
    return Study(runs, paths["trace"], paths["centroids"], studied)


def size_of(data: Data) -> Size:
    """Size of a loaded data set."""
    return Size(len(data.points), data.n_clusters, float(np.ptp(data.points, axis=0).max()))
