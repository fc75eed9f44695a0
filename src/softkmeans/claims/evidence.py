"""What claims are measured on: data, and the tables that the experiments have left."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from softkmeans import tables
from softkmeans.datasets import Data, load
from softkmeans.experiments.paper1 import SOFT
from softkmeans.experiments.problem import Problem, set_up
from softkmeans.initialisations import Initialisation
from softkmeans.typing import Floats

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
    """Runs of the methods that paper 1 proves equivalent, in its own experiment or in the sweep.

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
            yield dataset, size, trace[trace["method"].isin(SOFT)]

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


@dataclass(frozen=True)
class Evidence:
    """All that claims are measured on.

    Attributes
    ----------
    data : Data
        Paper 1's.
    n_clusters : int
        K of paper 1's runs.
    first : Study
        Paper 1's own runs.
    sweep : Study or None
    problems : tuple of Problem
        Paper 2's data sets, standardised, and their starts.
    found : mapping
        Paper 2's tables by name, as frames.
    sources : mapping
        Data set -> ``real``, ``twin``, ``own`` or ``generated``.
    """

    data: Data
    n_clusters: int
    first: Study
    sweep: Study | None
    problems: tuple[Problem, ...]
    found: Mapping[str, pd.DataFrame]
    sources: Mapping[str, str]

    @property
    def studies(self) -> tuple[Study, ...]:
        """Paper 1's runs, and those of the sweep if there is one."""
        return (self.first,) if self.sweep is None else (self.first, self.sweep)


def gather(
    data: Mapping[str, tuple[Path, Path]],
    paper1: Mapping[str, Path],
    paper2: Mapping[str, Path],
    sweep: Mapping[str, Path],
    *,
    dataset: str,
    n_clusters: int,
    initialisation: Initialisation,
    n_starts: int,
    base_seed: int,
) -> Evidence:
    """Read what the experiments have left.

    Parameters
    ----------
    data : mapping
        Data set -> its points and its provenance.
    paper1, sweep : mapping
        Paths of the tables `runs`, `trace` and `centroids`; `sweep` may be empty.
    paper2 : mapping
        Paths of its tables by name.
    dataset, n_clusters
        Paper 1's data set, and K of its runs.
    initialisation, n_starts, base_seed
        Of paper 2's starts.
    """
    found = {name: tables.frame(tables.read(name, path)) for name, path in paper2.items()}
    of_paper2 = list(found["collapse"]["dataset"].unique())
    sizes, sources, problems = {}, {}, {}
    for name, files in data.items():  # one at a time: they may be large
        one = load(*files)
        n_points, n_dims = one.points.shape
        sizes[name] = Size(n_points, n_dims, one.n_clusters, float(np.ptp(one.points, axis=0).max()))
        sources[name] = one.provenance.source
        if name in of_paper2:
            problems[name] = set_up(one, initialisation, n_starts, base_seed)
    return Evidence(
        data=load(*data[dataset]),
        n_clusters=n_clusters,
        first=_study(paper1, {dataset: replace(sizes[dataset], n_clusters=n_clusters)}),
        sweep=_study(sweep, sizes) if sweep else None,
        problems=tuple(problems[name] for name in of_paper2),
        found=found,
        sources=sources,
    )


def _study(paths: Mapping[str, Path], sizes: Mapping[str, Size]) -> Study:
    runs = tables.frame(tables.read("runs", paths["runs"]))
    runs = runs[runs["method"].isin(SOFT)]
    studied = {name: sizes[name] for name in runs["dataset"].unique()}
    return Study(runs, paths["trace"], paths["centroids"], studied)
