"""Paper 2's theorems on one data set, as tables."""

from collections.abc import Iterable
from itertools import product

import numpy as np
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Floats, squared_distances
from softkmeans.clustering.assignments import entmax15
from softkmeans.clustering.kernels import prepare
from softkmeans.paper2.functionals import drawn_centroids, gap_bounds, largest_gaps
from softkmeans.paper2.optimisers import optimisers
from softkmeans.paper2.problem import Problem, kmeans_solutions, paths_table, point_margins, temperature
from softkmeans.paper2.rates import bound, entmax_discrepancies, exact_from, one_step, rates

#: σ at which numerical stability is tested, about ten a decade.
STABILITY_SIGMAS = np.geomspace(2, 1e-8, 84)

#: T in units of Δ/2. Entmax-1.5 is exact up to 1.
FALL_RATIOS = np.concatenate([1 - np.geomspace(0.5, 1e-3, 6), [1], 1 + np.geomspace(1e-3, 1, 19)])

#: Δ/T − log K at which the bound is tested. Below 0 it says little; above 30 float64 rounds the step off.
BOUND_EXPONENTS = np.linspace(0.1, 30, 16)

#: Ways to evaluate responsibilities, and the precisions in which it is done.
EVALUATIONS = ("softmax, no shift", "softmax", "entmax-1.5")
PRECISIONS = ("float64", "float32")

#: σ at which the gaps to J are measured, and number of random μ among which the largest gap is taken.
GAP_SIGMAS, DRAWS = np.geomspace(2, 1e-4, 20), 99


def theory_tables(problem: Problem) -> dict[str, pa.Table]:
    """Tables of the theorems by name. `paths` holds the centroids of K-means and of the first start."""
    name, points, starts = problem.name, problem.points, problem.starts
    solutions, _ = kmeans_solutions(points, starts)

    def every(made: Iterable[pa.Table]) -> pa.Table:
        return tables.concatenate(made)

    ends = {"kmeans": solutions[:1], "start": starts[:1]}
    return {
        "paths": every(paths_table(name, method, np.zeros(1), places) for method, places in ends.items()),
        "rates": every(rates(name, points, r, c) for r, c in enumerate(solutions)),
        "bounds": every(bounds(name, points, r, c) for r, c in enumerate(solutions)),
        "falls": falls(name, points, solutions[0]),
        "exactness": exactness(name, points, solutions),
        "gaps": gaps(name, points, starts.shape[1]),
        "stability": every(
            stability(name, points, solutions[0], how, precision)
            for how, precision in product(EVALUATIONS, PRECISIONS)
        ),
        "optimisers": optimisers(problem, solutions),
    }


def bounds(dataset: str, points: Floats, repeat: int, centroids: Floats) -> pa.Table:
    """Table `bounds`: one step from a K-means solution, and its bound, at 16 temperatures below Δ/log K.

    This is for Theorem 3.
    """
    margin = point_margins(points, centroids).values.min()
    n_clusters = len(centroids)
    levels = margin / (np.log(n_clusters) + BOUND_EXPONENTS)
    columns = {
        "dataset": dataset,
        "repeat": repeat,
        "cluster": np.tile(np.arange(n_clusters), len(levels)),
        "temperature": np.repeat(levels, n_clusters),
        "one_step": one_step(points, centroids, levels).ravel(),
        "bound": bound(points, centroids, levels).ravel(),
    }
    return tables.make("bounds", columns)


def falls(dataset: str, points: Floats, centroids: Floats) -> pa.Table:
    """Table `falls`: how entmax-1.5 leaves a K-means solution above T = Δ/2 (Theorem 4).

    There are no rows if the solution has a tie, or if K = 1.
    """
    exact = point_margins(points, centroids).values.min() / 2
    ratios = FALL_RATIOS if 0 < exact < np.inf else np.empty(0)
    found = entmax_discrepancies(points, centroids, exact * ratios) if len(ratios) else ratios
    return tables.make("falls", {"dataset": dataset, "ratio": ratios, "discrepancy": found})


def exactness(dataset: str, points: Floats, solutions: Floats) -> pa.Table:
    """Table `exactness`: largest σ at which K-means' solutions are fixed points of entmax-1.5 (Theorem 4)."""
    margins = np.array([point_margins(points, centroids).values.min() for centroids in solutions])
    columns = {
        "dataset": dataset,
        "repeat": np.arange(len(solutions)),
        "margin": margins,
        "predicted_sigma": np.sqrt(margins) / 2,
        "exact_sigma": [exact_from(points, centroids) for centroids in solutions],
    }
    return tables.make("exactness", columns)


def gaps(
    dataset: str,
    points: Floats,
    n_clusters: int,
    sigmas: Floats = GAP_SIGMAS,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> pa.Table:
    """Table `gaps`: the largest gaps of L_σ and F_σ to J at random μ, and the bounds of Part B.2.

    This is for Theorem 1. The supremum over all μ may be larger.
    """
    prepared, levels = prepare(points), temperature(sigmas)
    found = [
        largest_gaps(prepared, drawn_centroids(points, n_clusters, draws, level, seed), level)
        for level in levels.tolist()
    ]
    weighted, free = zip(*found, strict=True)
    weighted_bound, free_bound = gap_bounds(len(points), n_clusters, levels)
    columns = {
        "dataset": dataset,
        "sigma": sigmas,
        "weighted": weighted,
        "weighted_bound": weighted_bound,
        "free": free,
        "free_bound": free_bound,
    }
    return tables.make("gaps", columns)


def stability(
    dataset: str,
    points: Floats,
    centroids: Floats,
    how: str,
    precision: str = "float64",
    sigmas: Floats = STABILITY_SIGMAS,
) -> pa.Table:
    """Table `stability`: NaN and derivatives of responsibilities as σ → 0 (Part B.6).

    `how` is one of `EVALUATIONS`, `precision` one of `PRECISIONS`.
    """
    squares = squared_distances(points, centroids).astype(precision)
    nan_share, steepest = [], []
    for level in temperature(sigmas).astype(precision):
        r, slopes = responses(how, squares, level)
        nan_share.append(np.isnan(r).any(axis=0).mean())
        steepest.append(np.nanmax(slopes, initial=0.0))
    columns = {"sigma": sigmas, "nan_share": nan_share, "steepest": np.asarray(steepest, dtype=float)}
    return tables.make("stability", {"dataset": dataset, "map": how, "precision": precision} | columns)


def responses(how: str, squares: Floats, level: float) -> tuple[Floats, Floats]:
    """Responsibilities (K, n), and |T·∂r_k/∂d_k²|, (K, n), in the precision of the squares.

    Softmax is written plainly here, with and without a shift.
    """
    if how == "entmax-1.5":
        r = entmax15.at(squares, level).responsibilities
        roots = np.sqrt(r)
        return r, roots * _sum_of_others(roots) / roots.sum(axis=0)
    shift = np.zeros_like(level) if how == "softmax, no shift" else squares.min(axis=0)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        weights = np.exp(-(squares - shift) / level)
        r = weights / weights.sum(axis=0)
        return r, r * _sum_of_others(r)


def _sum_of_others(values: Floats) -> Floats:
    """Sum over the other clusters, without the cancellation of 1 − r."""
    return np.stack([np.delete(values, k, axis=0).sum(axis=0) for k in range(len(values))])
