"""Peak resident memory of whole runs, each in a process of its own (Linux)."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.setting import Sets, random_points, row, variance

RUNS = {"birch1": 5, "dim1024": 100}
"""Data sets, and how many starts."""
WORK = (
    ("kmeans", 0.0),
    ("entropy", 2.0),
    ("entropy", 1000.0),
    ("rbf-entmax15", 2.0),
    ("rbf-entmax15", 1000.0),
)
"""Method and temperature, in variances within clusters."""


def peaks(sets: Sets, only: str) -> pd.DataFrame:
    """Measure every case whose name contains `only`."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for dataset, number in RUNS.items():
            data = sets[dataset]
            file = Path(folder, f"{dataset}.npz")
            np.savez(file, points=data.points, starts=random_points(data, number))
            for method, level in WORK:
                if only not in f"{dataset} {method} {level:g}":
                    continue
                command = [
                    sys.executable,
                    "-m",
                    "benchmarks.peak",
                    str(file),
                    method,
                    str(level * variance(data)),
                ]
                found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
                rows.append(
                    row(
                        dataset=dataset,
                        data=data.origin.source,
                        method=method,
                        T_over_variance=level,
                        runs=number,
                        imported_MB=found["imported"],
                        peak_MB=found["peak"],
                    )
                )
    return pd.DataFrame(rows)
