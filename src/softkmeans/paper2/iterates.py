"""The iterates from the first start, of each method and of Lloyd's algorithm (paper 2, Fig. 2)."""

import numpy as np
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Floats, Integers
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS, with_learning_rate
from softkmeans.clustering.solver import solve
from softkmeans.paper2.collapse import COARSE, LONGEST
from softkmeans.paper2.problem import MAPS, Problem, kmeans_solutions, temperature

#: σ of the iterates, in standardised units. At the largest σ all centroids meet in most data sets; at the
#: smallest they move as those of K-means do.
ITERATED = np.array([1.28, 0.64, 0.32, 0.16, 0.08, 0.04, 0.02, 0.01])


def iterates(
    problem: Problem,
    sigmas: Floats = ITERATED,
    *,
    learning_rate: float | None = None,
    engine: str = "compiled",
) -> pa.Table:
    """Table `iterates`: the centroids at every iteration from the first start to the fixed point.

    There is one row per iteration of each method at each σ, and of Lloyd's algorithm, as ``kmeans`` at σ = 0.
    """
    points, start = problem.points, problem.starts[:1]
    lloyd = kmeans_solutions(points, start)[1].trace
    found = [_table(problem.name, "kmeans", np.zeros(len(lloyd.run)), lloyd.iteration, lloyd.centroids)]
    for name in MAPS:
        method = METHODS[name]
        trace = solve(
            prepare(points),
            np.repeat(start, len(sigmas), axis=0),
            temperature(sigmas),
            method if learning_rate is None else with_learning_rate(method, learning_rate),
            shift_tolerance=COARSE,
            max_iterations=LONGEST,
            every_iteration=True,
            engine=engine,
        ).trace
        found.append(_table(problem.name, name, sigmas[trace.run], trace.iteration, trace.centroids))
    return tables.concatenate(found)


def _table(dataset: str, method: str, sigmas: Floats, iterations: Integers, places: Floats) -> pa.Table:
    columns = {"dataset": dataset, "method": method, "sigma": sigmas, "iteration": iterations}
    return tables.make("iterates", columns | {"n_clusters": places.shape[1], "coordinates": places})
