"""One piece of work in a process of its own, for its CPU seconds and its peak memory (Linux).

Nothing of the project is imported before it is needed, so that `earlier` finds another checkout's kernels.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Most iterations: of a fit (ours and scikit-learn's), and of a job's runs.
FIT_ITERATIONS, JOB_ITERATIONS = 50, 30

#: How often a pass of the earlier kernels is timed; the median counts.
PASSES = 9


def used(
    work: str, points: Floats, starts: Floats, method: str, temperature: float, checkout: Path | None = None
) -> tuple[float, float]:
    """CPU seconds and peak MB of a piece of work of `prepared`, on points (n, d) and starts (R, K, d).

    With a checkout, the process imports the package from there.
    """
    path = {"PYTHONPATH": str(checkout.resolve() / "src")} if checkout else {}
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "arrays.npz"))
        np.savez(file, points=points, starts=starts)
        command = [sys.executable, "-m", "benchmarks.alone", work, file, method, str(temperature)]
        done = subprocess.run(command, env=os.environ | path, check=True, stdout=subprocess.PIPE)
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def prepared(
    work: str, points: Floats, starts: Floats, method: str, temperature: float
) -> Callable[[], object]:
    """Import what ``fit``, ``scikit-learn``, ``job`` or ``earlier`` needs, and make that work ready."""
    if work == "fit":
        from softkmeans import fit

        options = {"method": method, "temperature": temperature or None, "initialisation": starts[0]}
        return lambda: fit(points, starts.shape[1], **options, tolerance=0, max_iterations=FIT_ITERATIONS)
    if work == "scikit-learn":
        from sklearn.cluster import KMeans

        options = {"init": starts[0], "n_init": 1, "tol": 0, "max_iter": FIT_ITERATIONS}
        return lambda: KMeans(starts.shape[1], **options).fit(points)
    if work == "job":
        import softkmeans.runs.batch  # noqa: F401 - what a job of the pipeline imports counts too
        from benchmarks import ours

        options = {"max_iterations": JOB_ITERATIONS}
        return lambda: ours.runs(ours.prepare(points), starts, method, temperature, **options)
    return earlier(points, starts, method, temperature)


def earlier(points: Floats, starts: Floats, method: str, temperature: float) -> Callable[[], object]:
    """One pass of the numpy kernels that the project once had."""
    package = "softkmeans.clustering" if find_spec("softkmeans.clustering") else "softkmeans"
    kernels, way = import_module(f"{package}.kernels"), import_module(f"{package}.methods").METHODS[method]
    data = kernels.prepare(points)
    state = way.start(starts - data.centre)

    def run() -> object:
        sums = kernels.sum_over_points(data, state, np.array([temperature]), way.assignment)
        return way.update(sums, state)

    run()
    return run


def main(work: str, file: str, method: str, temperature: str) -> None:
    """Print CPU seconds and peak resident memory in MB."""
    with np.load(file) as arrays:
        run = prepared(work, arrays["points"], arrays["starts"], method, float(temperature))
    seconds = []
    for _ in range(PASSES if work == "earlier" else 1):
        begun = time.process_time()
        run()
        seconds.append(time.process_time() - begun)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    print(statistics.median(seconds), peak * 1024 / 1e6)


if __name__ == "__main__":
    main(*sys.argv[1:])
