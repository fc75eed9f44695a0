"""Paper 2's theorems on one data set, as tables."""

import numpy as np
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Floats
from softkmeans.paper2.gaps import gaps
from softkmeans.paper2.problem import Problem, paths_table
from softkmeans.paper2.rates import bound, entmax_discrepancies, exact_from, measure_rates, one_step
from softkmeans.paper2.stability import stability
from softkmeans.paper2.study import gradient_method, kmeans_solutions, point_margins, temperature

STABILITY_SIGMAS = np.geomspace(2, 1e-8, 84)
"""Down to 1e-8, about ten a decade."""

FALL_RATIOS = np.concatenate([1 - np.geomspace(0.5, 1e-3, 6), [1], 1 + np.geomspace(1e-3, 1, 19)])
"""T over Δ/2, from which on entmax-1.5 is exact."""

RATED = 5
"""Starts whose solutions have their rates measured, each at 17 temperatures a centroid."""

BOUND_EXPONENTS = np.linspace(0.1, 20, 12)
"""Δ/T, less log K: where the bound says something, and float64 too."""

DRAWS = 200
"""Random μ over which the gaps to J are maximal."""


def theory_tables(problem: Problem, sigmas: Floats) -> dict[str, pa.Table]:
    """The other tables of paper 2; `paths` are those of K-means and of the start."""
    solutions, _ = kmeans_solutions(problem.points, problem.starts)
    return {
        "paths": tables.concatenate(
            paths_table(problem.name, method, np.zeros(1), places[:1])
            for method, places in (("kmeans", solutions), ("start", problem.starts))
        ),
        "rates": tables.concatenate(_rates(problem, r, c) for r, c in enumerate(solutions[:RATED])),
        "bounds": tables.concatenate(_bounds(problem, r, c, sigmas) for r, c in enumerate(solutions)),
        "falls": _falls(problem, solutions[0]),
        "exactness": _exactness(problem, solutions),
        "gaps": _gaps(problem, sigmas),
        "stability": _stability(problem, solutions[0]),
    }


def _bounds(problem: Problem, repeat: int, centroids: Floats, sigmas: Floats) -> pa.Table:
    margin = point_margins(problem.points, centroids).values.min()
    levels = np.concatenate([temperature(sigmas), margin / (np.log(len(centroids)) + BOUND_EXPONENTS)])
    size = len(levels) * len(centroids)
    rows = {
        "dataset": problem.name,
        "repeat": np.full(size, repeat),
        "cluster": np.tile(np.arange(len(centroids)), len(levels)),
        "temperature": np.repeat(levels, len(centroids)),
        "one_step": one_step(problem.points, centroids, levels).ravel(),
        "bound": bound(problem.points, centroids, levels).ravel(),
    }
    return tables.make("bounds", size, rows)


def _falls(problem: Problem, centroids: Floats) -> pa.Table:
    exact = point_margins(problem.points, centroids).values.min() / 2
    found = entmax_discrepancies(problem.points, centroids, exact * FALL_RATIOS)
    return tables.make(
        "falls", len(found), {"dataset": problem.name, "ratio": FALL_RATIOS, "discrepancy": found}
    )


def _exactness(problem: Problem, solutions: Floats) -> pa.Table:
    margins = np.array([point_margins(problem.points, c).values.min() for c in solutions])
    rows = {
        "dataset": problem.name,
        "repeat": np.arange(len(solutions)),
        "margin": margins,
        "predicted": np.sqrt(margins) / 2,
        "measured": np.array([exact_from(problem.points, c) for c in solutions]),
    }
    return tables.make("exactness", len(solutions), rows)


def _gaps(problem: Problem, sigmas: Floats) -> pa.Table:
    found = gaps(problem.points, problem.starts.shape[1], temperature(sigmas), draws=DRAWS, seed=0)
    return tables.make("gaps", len(sigmas), {"dataset": problem.name, "sigma": sigmas, **vars(found)})


def _stability(problem: Problem, centroids: Floats) -> pa.Table:
    sigmas = STABILITY_SIGMAS
    return tables.concatenate(
        tables.make(
            "stability", len(sigmas), {"dataset": problem.name, "map": name, "sigma": sigmas, **vars(found)}
        )
        for name, found in stability(problem.points, centroids, sigmas).items()
    )


def _rates(problem: Problem, repeat: int, centroids: Floats) -> pa.Table:
    found = measure_rates(problem.points, centroids, gradient_method("rbf-softmax", None))
    n_clusters, n_levels = found.temperatures.shape
    size = n_clusters * n_levels
    rows = {
        "dataset": problem.name,
        "method": "rbf-softmax",
        "repeat": np.full(size, repeat),
        "cluster": np.repeat(np.arange(n_clusters), n_levels),
        "margin": np.repeat(found.margins, n_levels),
        "temperature": found.temperatures.ravel(),
        "fixed_point": found.fixed_point.ravel(),
        "bound": found.bound.ravel(),
        "resolved": found.resolved.ravel(),
        "slope": np.repeat(found.slopes, n_levels),
    }
    return tables.make("rates", size, rows)
