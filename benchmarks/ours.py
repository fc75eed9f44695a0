"""Our side of every comparison. No other module of the benchmarks knows the engine."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from benchmarks import MAX_ITERATIONS
from softkmeans.arrays import Floats
from softkmeans.clustering.kernels import Points, prepare, sum_over_points
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.solver import solve

__all__ = ["Values", "iteration", "prepare", "runs"]


class Values(NamedTuple):
    """J, J̃ and total entropy."""

    objective: float
    smooth_objective: float
    entropy: float


def runs(
    points: Points,
    starts: Floats,
    method: str = "kmeans",
    temperature: float = 0.0,
    tolerance: float = 0.0,
    max_iterations: int = MAX_ITERATIONS,
) -> Floats:
    """Ends (R, K, d) of whole runs from starts (R, K, d)."""
    temperatures = np.full(len(starts), temperature)
    way = METHODS[method]
    return solve(
        points, starts, temperatures, way, tolerance=tolerance, max_iterations=max_iterations
    ).centroids


def iteration(points: Points, centroids: Floats, method: str, temperature: float) -> Callable[[], Values]:
    """Make ready one pass and one update of one run, from centroids (K, d)."""
    way = METHODS[method]
    state = way.start(centroids[None] - points.centre)

    def run() -> Values:
        sums = sum_over_points(points, state, np.array([temperature]), way.assignment)
        way.update(sums, state)
        return Values(sums.objective[0], sums.smooth_objective[0], sums.entropy[0])

    return run
