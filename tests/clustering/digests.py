"""Print digests of all that runs of every method compute, and how often the engine was compiled for it."""

import hashlib
import json

import numpy as np

from softkmeans.clustering import compiled
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS, with_learning_rate
from softkmeans.clustering.solver import solve
from softkmeans.clustering.temperatures import critical_temperature


def digest(solution):
    trace, hashed = solution.trace, hashlib.sha256()
    for part in (
        solution.centroids,
        trace.objective,
        trace.smooth_objective,
        trace.entropy,
        trace.centroid_shift,
        trace.centroids,
    ):
        hashed.update(np.ascontiguousarray(part).tobytes())
    return hashed.hexdigest()


def digests(n, d, n_clusters):
    """Solve with clusters that become empty, an order in memory and numbers that are not the engine's own."""
    rng = np.random.default_rng(1)
    means = rng.integers(-5000, 5000, size=(n_clusters, d))
    points = means[rng.integers(n_clusters, size=n)] + np.rint(400 * rng.normal(size=(n, d)))
    starts = np.stack([initial_centroids(points, n_clusters, start, 1) for start in INITIALISATIONS.values()])
    starts[0, :3] += 1e6
    starts = np.asfortranarray(starts)
    temperatures = np.geomspace(1e-3, 1, len(starts)) * critical_temperature(points)
    methods = {**METHODS, "learning-rate": with_learning_rate(METHODS["rbf-softmax"], 0.5)}
    stops = {"objective": {"tolerance": 0}, "shift": {"shift_tolerance": 1}}
    return {
        f"{name}, d = {d}, by {measure}": digest(
            solve(
                prepare(points),
                starts,
                temperatures,
                method,
                max_iterations=30,
                every_iteration=True,
                **stop,
            )
        )
        for name, method in methods.items()
        for measure, stop in stops.items()
    }


if __name__ == "__main__":
    found = digests(3000, 2, 15) | digests(1000, 20, 10)
    print(json.dumps([found, len(compiled.load().iterate.signatures)]))
