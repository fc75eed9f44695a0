"""Stored runs, as claims read them: tables that may be larger than memory."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from softkmeans import tables
from softkmeans.arrays import Floats
from softkmeans.data.dataset import Dataset

BATCH = 2**17
"""Rows of a table that are decoded at once."""


@dataclass(frozen=True)
class Size:
    """Sizes of a data set: n, d, K and the largest range of a coordinate."""

    n_points: int
    n_dims: int
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
        Data set -> its sizes, K as the runs had it.
    """

    runs: pd.DataFrame
    trace: Path
    centroids: Path
    sizes: Mapping[str, Size]

    def steps(self) -> Iterator[tuple[str, Size, pd.DataFrame]]:
        """For each data set: its name, its sizes, and the trace of its runs."""
        for dataset, size in self.sizes.items():
            trace = pa.concat_tables(_batches(self.trace, {"dataset": dataset})).to_pandas()
            yield dataset, size, trace[trace["method"].isin(self.runs["method"].unique())]

    def places(self, dataset: str, method: str, initialisation: str) -> tuple[pd.DataFrame, Floats]:
        """Centroids of all runs: a frame of temperature, repeat and iteration, and an array (rows, K, d)."""
        wanted = {"dataset": dataset, "method": method, "initialisation": initialisation}
        keys, values = [], []
        for rows in _batches(self.centroids, wanted):
            first = pc.and_(pc.equal(rows["cluster"], 0), pc.equal(rows["dimension"], 0))
            keys.append(rows.filter(first).select(["temperature", "repeat", "iteration"]))
            values.append(rows["value"].to_numpy())
        shape = self.sizes[dataset].n_clusters, self.sizes[dataset].n_dims
        return pa.concat_tables(keys).to_pandas(), np.concatenate(values).reshape(-1, *shape)


def _batches(path: Path, wanted: Mapping[str, str]) -> Iterator[pa.Table]:
    """Rows of a table with certain names in certain columns: it may be too large for memory."""
    with pq.ParquetFile(path) as file:
        column = {name: file.schema_arrow.get_field_index(name) for name in wanted}

        def may_hold(group: int) -> bool:
            ranges = [file.metadata.row_group(group).column(column[name]).statistics for name in wanted]
            return all(r.min <= name <= r.max for r, name in zip(ranges, wanted.values(), strict=True))

        groups = [group for group in range(file.num_row_groups) if may_hold(group)]
        for batch in file.iter_batches(BATCH, groups, use_threads=False):
            equal = [pc.equal(batch[name], value) for name, value in wanted.items()]
            yield pa.table(batch).filter(reduce(pc.and_, equal))


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


def size_of(data: Dataset) -> Size:
    """Sizes of a loaded data set."""
    n_points, n_dims = data.points.shape
    return Size(n_points, n_dims, data.n_clusters, float(np.ptp(data.points, axis=0).max()))
