"""A process that runs one batch and says its peak memory: ``python -m benchmarks.peak FILE METHOD T``."""

import json
import sys
from pathlib import Path

import numpy as np

import softkmeans.runs.batch  # noqa: F401 - what a job of the pipeline imports counts too
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.solver import solve

MAX_ITERATIONS = 30


def megabytes() -> float:
    """Peak resident memory of this program so far; what started it does not count."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


def main(file: str, method: str, temperature: str) -> None:
    """Run all starts in the file."""
    imported = megabytes()
    with np.load(file) as arrays:
        points, starts = arrays["points"], arrays["starts"]
    temperatures = np.full(len(starts), float(temperature))
    solve(prepare(points), starts, temperatures, METHODS[method], max_iterations=MAX_ITERATIONS)
    print(json.dumps({"imported": imported, "peak": megabytes()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
