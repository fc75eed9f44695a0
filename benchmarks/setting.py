"""What every benchmark needs: the data sets, one thread, a clock, and a place for its table."""

import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml

from softkmeans.arrays import Floats
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids, start_seed
from softkmeans.data.dataset import Dataset
from softkmeans.data.mirrors import Mirror
from softkmeans.data.obtain import obtain
from softkmeans.files import replacing

SEED = 2020


@dataclass(frozen=True)
class Sets:
    """Where the data sets come from: `data.source` and `data.mirrors` of the configuration."""

    source: str
    mirrors: tuple[Mirror, ...]

    @classmethod
    def read(cls, files: Sequence[Path]) -> "Sets":
        """Read the configuration, the last file overriding the others."""
        data: dict[str, Any] = {}
        for file in files:
            data |= yaml.safe_load(file.read_text(encoding="utf-8")).get("data", {})
        return cls(data["source"], tuple(Mirror(**mirror) for mirror in data["mirrors"]))

    @cache  # noqa: B019 - there is one of this class
    def __getitem__(self, name: str) -> Dataset:
        return obtain(name, source=self.source, mirrors=self.mirrors, log=print)


def truth(data: Dataset) -> Floats:
    """Means of the points by ground truth, (K, d)."""
    centroids = data.true_centroids
    assert centroids is not None, f"{data.name} has labels"
    return centroids


def variance(data: Dataset) -> float:
    """Variance within the clusters of the ground truth, a coordinate: the unit of temperature here."""
    assert data.labels is not None, f"{data.name} has labels"
    return float(np.square(data.points - truth(data)[data.labels]).mean())


def random_points(data: Dataset, number: int) -> Floats:
    """Starts from random points, (number, K, d)."""
    way = INITIALISATIONS["random-points"]
    seeds = [start_seed(SEED, data.name, way.name, repeat) for repeat in range(number)]
    return np.stack([initial_centroids(data.points, data.n_clusters, way, seed) for seed in seeds])


class Times(NamedTuple):
    """Medians: CPU seconds a call, and the ratio theirs/ours of CPU and of wall time in the same round."""

    ours: float
    theirs: float
    ratio: float
    wall_ratio: float


def alternate(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> Times:
    """Time two functions in turn; a round of each takes 0.1 s or more."""
    loops = [_loops(function) for function in (ours, theirs)]
    cpu, wall = zip(
        *[zip(_timed(ours, loops[0]), _timed(theirs, loops[1]), strict=True) for _ in range(rounds)],
        strict=True,
    )
    return Times(
        *(statistics.median(column) for column in zip(*cpu, strict=True)),
        *(statistics.median(b / a for a, b in pairs) for pairs in (cpu, wall)),
    )


def seconds(function: Callable[[], object], rounds: int) -> float:
    """Median CPU seconds a call."""
    loops = _loops(function)
    return statistics.median(_timed(function, loops)[0] for _ in range(rounds))


def _loops(function: Callable[[], object]) -> int:
    """Calls that take about 0.1 s together, after one that warms up."""
    function()
    return max(1, int(0.1 / max(_timed(function, 1)[0], 1e-6)))


def _timed(function: Callable[[], object], loops: int) -> tuple[float, float]:
    """CPU and wall seconds a call."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(loops):
        function()
    return (time.process_time() - cpu) / loops, (time.perf_counter() - wall) / loops


def environment() -> str:
    """One line on what was measured with."""
    found = []
    for package in ("numpy", "scikit-learn", "scikit-fuzzy", "torch", "entmax"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} not installed")
    return f"{platform.system()} {platform.machine()}, one thread, Python {platform.python_version()}, " + (
        ", ".join(found)
    )


def report(name: str, table: pd.DataFrame, folder: Path) -> None:
    """Write a table as CSV, and print it as Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / f"{name}.csv") as unfinished:
        table.to_csv(unfinished, index=False)
    print(f"\n### {name}\n\n{markdown(table)}\n", flush=True)


def markdown(table: pd.DataFrame) -> str:
    """Format a table; numbers to four digits."""
    rows = [[_text(cell) for cell in row] for row in table.itertuples(index=False)]
    return "\n".join(
        "| " + " | ".join(row) + " |" for row in ([*map(str, table.columns)], ["---"] * table.shape[1], *rows)
    )


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return "" if np.isnan(cell) else f"{cell:.4g}"
    return str(cell)


def row(**columns: object) -> Mapping[str, object]:
    """Print a row as soon as it is known; a table takes minutes."""
    print("  ".join(_text(value) for value in columns.values()), flush=True)
    return columns
