"""Paper 2's theorems on one data set, as tables."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Floats, squared_distances
from softkmeans.clustering.assignments import entmax15, softmax
from softkmeans.clustering.kernels import prepare, sum_over_points
from softkmeans.paper2.problem import Problem, kmeans_solutions, paths_table, point_margins, temperature
from softkmeans.paper2.rates import bound, entmax_discrepancies, exact_from, one_step, rates

#: Down to 1e-8, about ten a decade.
STABILITY_SIGMAS = np.geomspace(2, 1e-8, 84)

#: T over Δ/2, from which on entmax-1.5 is exact.
FALL_RATIOS = np.concatenate([1 - np.geomspace(0.5, 1e-3, 6), [1], 1 + np.geomspace(1e-3, 1, 19)])

#: Starts whose solutions have their rates measured, each at 17 temperatures a centroid.
RATED = 5

#: Δ/T, less log K: where the bound says something, and float64 too.
BOUND_EXPONENTS = np.linspace(0.1, 20, 12)

#: Ways to evaluate responsibilities.
EVALUATIONS = ("softmax, no shift", "softmax", "entmax-1.5")

#: Random μ over which the gaps to J are maximal.
DRAWS = 200


def theory_tables(problem: Problem, sigmas: Floats) -> dict[str, pa.Table]:
    """The other tables of paper 2; `paths` are those of K-means and of the start."""
    name, points, starts = problem.name, problem.points, problem.starts
    solutions, _ = kmeans_solutions(points, starts)

    def every(made: Iterable[pa.Table]) -> pa.Table:
        return tables.concatenate(made)

    ends = {"kmeans": solutions[:1], "start": starts[:1]}
    return {
        "paths": every(paths_table(name, method, np.zeros(1), places) for method, places in ends.items()),
        "rates": every(rates(name, points, r, c) for r, c in enumerate(solutions[:RATED])),
        "bounds": every(bounds(name, points, r, c, sigmas) for r, c in enumerate(solutions)),
        "falls": falls(name, points, solutions[0]),
        "exactness": exactness(name, points, solutions),
        "gaps": gaps(name, points, starts.shape[1], sigmas),
        "stability": every(stability(name, points, solutions[0], how) for how in EVALUATIONS),
    }


def bounds(dataset: str, points: Floats, repeat: int, centroids: Floats, sigmas: Floats) -> pa.Table:
    """Theorem 3: one step from a K-means solution, and its bound."""
    margin = point_margins(points, centroids).values.min()
    n_clusters = len(centroids)
    levels = np.concatenate([temperature(sigmas), margin / (np.log(n_clusters) + BOUND_EXPONENTS)])
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
    """Theorem 4: how entmax-1.5 leaves a K-means solution above Δ/2."""
    exact = point_margins(points, centroids).values.min() / 2
    found = entmax_discrepancies(points, centroids, exact * FALL_RATIOS)
    return tables.make("falls", {"dataset": dataset, "ratio": FALL_RATIOS, "discrepancy": found})


def exactness(dataset: str, points: Floats, solutions: Floats) -> pa.Table:
    """Theorem 4: the σ from which on K-means' solutions are fixed points of entmax-1.5."""
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
    dataset: str, points: Floats, n_clusters: int, sigmas: Floats, *, draws: int = DRAWS, seed: int = 0
) -> pa.Table:
    """Theorem 1: how far the softmax functionals are from J at μ drawn uniformly from the data's box.

    In every other draw two centroids are in one place: there the gap of F is linear. The sup over all μ may
    be larger. The bounds are those of Part B.2.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.uniform(points.min(axis=0), points.max(axis=0), (draws, n_clusters, points.shape[1]))
    drawn[1::2, -1] = drawn[1::2, 0]
    prepared = prepare(points)
    levels = temperature(sigmas)
    weighted, free = [], []
    for level in levels:
        sums = sum_over_points(prepared, drawn - prepared.centre, np.full(draws, level), softmax)
        weighted.append((sums.gain + level * sums.entropy).max())  # L_σ = F_σ + T·H
        free.append(-sums.gain.min())
    columns = {
        "dataset": dataset,
        "sigma": sigmas,
        "weighted": weighted,
        "weighted_bound": len(points) * (n_clusters - 1) * levels / np.e,
        "free": free,
        "free_bound": len(points) * levels * np.log(n_clusters),
    }
    return tables.make("gaps", columns)


def stability(
    dataset: str, points: Floats, centroids: Floats, how: str, sigmas: Floats = STABILITY_SIGMAS
) -> pa.Table:
    """Part B.6: how responsibilities, evaluated in one of the `EVALUATIONS`, fare in float64 as σ → 0."""
    squares = squared_distances(points, centroids)
    nan_share, steepest = [], []
    for level in temperature(sigmas):
        r, slopes = responses(how, squares, float(level))
        nan_share.append(np.isnan(r).any(axis=0).mean())
        steepest.append(np.nanmax(slopes, initial=0.0))
    columns = {"sigma": sigmas, "nan_share": nan_share, "steepest": steepest}
    return tables.make("stability", {"dataset": dataset, "map": how} | columns)


def responses(how: str, squares: Floats, level: float) -> tuple[Floats, Floats]:
    """Responsibilities (K, n), and the size of the diagonal of T·∂r/∂d²; softmax is written plainly here."""
    if how == "entmax-1.5":
        r = entmax15.at(squares, level).responsibilities
        roots = np.sqrt(r)
        return r, roots * _sum_of_others(roots) / roots.sum(axis=0)
    shift = 0.0 if how == "softmax, no shift" else squares.min(axis=0)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        weights = np.exp(-(squares - shift) / level)
        r = weights / weights.sum(axis=0)
        return r, r * _sum_of_others(r)


def _sum_of_others(values: Floats) -> Floats:
    """Sum over the other clusters, without the cancellation of 1 − r."""
    return np.stack([np.delete(values, k, axis=0).sum(axis=0) for k in range(len(values))])
