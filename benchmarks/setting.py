"""What every benchmark needs: the data sets, starts, a clock, and the look of a table."""

import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from threadpoolctl import threadpool_info

from softkmeans.arrays import Floats
from softkmeans.data.catalogue import BENCHMARK
from softkmeans.data.dataset import Dataset
from softkmeans.data.mirrors import Mirror
from softkmeans.data.obtain import obtain

#: Least CPU seconds for which a function is called again and again in each round.
LONG_ENOUGH = 0.1

PACKAGES = "numpy numba scikit-learn faiss-cpu mlpack geokmeans scikit-fuzzy torch entmax"


@dataclass(frozen=True)
class Setting:
    """Where the data sets come from, and how much is measured.

    Attributes
    ----------
    source : str
    mirrors : tuple of Mirror
        `data.source` and `data.mirrors` of the configuration.
    rounds : int
        Times that each timing is repeated.
    quick : bool
        Whether everything is cut down, to see only that it runs.
    only : tuple of str
        Names of data sets; where there are none, all are measured.
    against : Path or None
        An earlier checkout.
    """

    source: str
    mirrors: tuple[Mirror, ...]
    rounds: int
    quick: bool
    only: tuple[str, ...]
    against: Path | None

    @classmethod
    def read(cls, files: Sequence[Path], *others: Any) -> "Setting":
        """Read the configuration, the last file overriding the others."""
        data: dict[str, Any] = {}
        for file in files:
            data |= yaml.safe_load(file.read_text(encoding="utf-8")).get("data", {})
        return cls(data["source"], tuple(Mirror(**mirror) for mirror in data["mirrors"]), *others)

    @cache  # noqa: B019 - there is only one object of this class
    def data(self, name: str) -> Dataset:
        """Get a data set of the benchmark."""
        return obtain(name, source=self.source, mirrors=self.mirrors, log=print)

    def names(self, everything: Iterable[str]) -> list[str]:
        """Keep the names of data sets that are asked for."""
        return list(self.some([name for name in everything if name in self.only or not self.only]))

    def some(self, everything: Sequence[Any]) -> Sequence[Any]:
        """Return all, or only the first if `quick`."""
        return everything[:1] if self.quick else everything

    def number(self, full: int) -> int:
        """Return the number, or 2 if `quick`."""
        return 2 if self.quick else full


def truth(data: Dataset) -> Floats:
    """Means of the points by ground truth, (K, d)."""
    centroids = data.true_centroids
    assert centroids is not None, f"{data.name} has labels"
    return centroids


def variance(data: Dataset) -> float:
    """Variance within the clusters of the ground truth, per coordinate: the unit of temperature here."""
    return float(np.square(data.points - truth(data)[data.labels]).mean())


def in_turn(functions: Sequence[Callable[[], object]], rounds: int) -> Floats:
    """CPU seconds per call, (functions, rounds); every round calls each function for a while."""
    calls = []
    for function in functions:
        function()
        calls.append(max(1, int(LONG_ENOUGH / max(_seconds(function, 1), 1e-6))))
    return np.array([[*map(_seconds, functions, calls)] for _ in range(rounds)]).T


def _seconds(function: Callable[[], object], calls: int) -> float:
    begun = time.process_time()
    for _ in range(calls):
        function()
    return (time.process_time() - begun) / calls


def compared(ours: Floats, theirs: Floats) -> dict[str, object]:
    """Give the columns that compare two series of CPU seconds."""
    return {
        "ours, ms": 1e3 * np.median(ours),
        "theirs, ms": 1e3 * np.median(theirs),
        "×": spread(theirs / ours),
    }


def spread(values: Floats) -> str:
    """Write the median with the smallest and the largest."""
    return f"{_text(np.median(values))} ({_text(values.min())}–{_text(values.max())})"


def environment(setting: Setting) -> str:
    """Say on which machine, with which packages and on which data the measurements were made."""
    blas = {library["architecture"] for library in threadpool_info() if "architecture" in library}
    found = [_processor(), f"OpenBLAS for {' and '.join(sorted(blas))}"]
    found.append(f"Python {platform.python_version()}")
    for package in PACKAGES.split():
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} not installed")
    sources = sorted({setting.data(name).origin.source for name in setting.names(BENCHMARK)})
    rounds = f"{setting.rounds} round{'s' * (setting.rounds > 1)}"
    return f"Measured on {', '.join(found)}; data sets: {' and '.join(sources)}; {rounds}.\n"


def _processor() -> str:
    """Name of the processor as Linux has it, and as LLVM has it."""
    from llvmlite.binding import get_host_cpu_name

    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{(names or [platform.machine()])[0]} ({get_host_cpu_name()}), {platform.system()}"


def markdown(table: pd.DataFrame) -> str:
    """Format a table; numbers to three digits."""
    rows = [[_text(cell) for cell in row] for row in table.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [[*table], ["---"] * table.shape[1], *rows])


def _text(cell: object) -> str:
    if not isinstance(cell, float):
        return str(cell)
    return f"{cell:.0f}" if 100 <= abs(cell) < 1e6 else f"{cell:.3g}"
