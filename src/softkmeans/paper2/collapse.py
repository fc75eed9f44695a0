"""Soft centroids collapse onto those of K-means as σ → 0 (paper 2, Figs. 1 and 2)."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Booleans, Floats, Integers
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS, Method, with_learning_rate
from softkmeans.clustering.metrics import match
from softkmeans.clustering.solver import Solution, solve
from softkmeans.paper2.problem import Problem, kmeans_solutions, paths_table, soft_centroids, temperature

#: Iterations whose distance to K-means' own is recorded as the trajectory.
FOLLOWED = 50

#: A run is at its fixed point once its centroids move by no more, in standardised units. At 1e-6 one run of
#: 5,760 stopped at a saddle.
COARSE = 1e-8

#: The same for runs that end within `NEAR` of K-means: it tells their small discrepancies.
FINE = 1e-14

#: Distance to K-means, in standardised units.
NEAR = 1e-2

#: Iterations, at most, until a run counts as not converged; fewer than ten thousand are seen.
LONGEST = 100_000


@dataclass(frozen=True)
class Collapse:
    """What a method does from M starts at each of the S sigmas.

    Attributes
    ----------
    discrepancies : array (S, M, K)
        d_j(σ): distance of the soft centroid matched to centroid j of K-means from the same start.
    paths : array (S, K, d)
        The soft centroids of the first start, in the order of those of K-means.
    trajectory : array (S, M)
        Largest distance between the method's centroids and those of K-means, over the first `FOLLOWED`
        iterations.
    converged : array (S, M)
    """

    discrepancies: Floats
    paths: Floats
    trajectory: Floats
    converged: Booleans


def collapse(
    points: Floats,
    starts: Floats,
    sigmas: Floats,
    method: Method,
    *,
    max_iterations: int = LONGEST,
    engine: str = "compiled",
) -> Collapse:
    """Follow a method to its fixed point from every start, at every σ; no warm start between them."""
    hard_centroids, hard_solution = kmeans_solutions(points, starts)
    n_sigmas, n_starts = len(sigmas), len(starts)
    levels = np.repeat(temperature(sigmas), n_starts)
    prepared = prepare(points)
    solution = solve(
        prepared,
        np.tile(starts, (n_sigmas, 1, 1)),
        levels,
        method,
        shift_tolerance=COARSE,
        max_iterations=min(FOLLOWED, max_iterations),
        every_iteration=True,
        engine=engine,
    )
    ends, converged = solution.centroids, solution.converged
    references = np.tile(hard_centroids, (n_sigmas, 1, 1))

    def go_on(those: Integers, tolerance: float) -> None:
        further = solve(
            prepared,
            ends[those],
            levels[those],
            method,
            shift_tolerance=tolerance,
            max_iterations=max_iterations,
            engine=engine,
        )
        ends[those], converged[those] = further.centroids, further.converged

    go_on(np.flatnonzero(~converged), COARSE)
    near = converged & (np.linalg.norm(ends - references, axis=2).max(axis=1) < NEAR)
    told = converged.copy()
    go_on(np.flatnonzero(near), FINE)
    converged = told
    shape = (n_sigmas, n_starts)
    found = np.empty_like(ends)
    for r, centroids in enumerate(ends):
        landed = soft_centroids(points, centroids, levels[r], method.assignment)
        found[r] = landed[match(landed, references[r])]
    distances = np.linalg.norm(found.reshape(*shape, *starts.shape[1:]) - hard_centroids, axis=-1)
    return Collapse(
        discrepancies=distances,
        paths=found.reshape(*shape, *starts.shape[1:])[:, 0],
        trajectory=_largest_distance(solution, hard_solution, n_starts).reshape(shape),
        converged=converged.reshape(shape),
    )


def _largest_distance(soft: Solution, kmeans: Solution, n_starts: int) -> Floats:
    """Max over t of ‖μ^t(σ) − μ^t(K-means)‖, (R,); the one that stops first stays where it stopped."""
    ends = [np.append(0, s.trace.last + 1) for s in (soft, kmeans)]
    largest = np.empty(len(soft.centroids))
    for r in range(len(largest)):
        a, b = (
            s.trace.centroids[end[i] : end[i + 1]]
            for s, end, i in zip((soft, kmeans), ends, (r, r % n_starts), strict=True)
        )
        t = np.arange(min(max(len(a), len(b)), FOLLOWED + 1))
        apart = a[np.minimum(t, len(a) - 1)] - b[np.minimum(t, len(b) - 1)]
        largest[r] = np.sqrt(np.square(apart).sum(axis=(1, 2))).max()
    return largest


def is_monotone(discrepancies: Floats) -> bool:
    """Whether values along the first axis, for falling σ, never rise by more than the solver's error.

    That is 1e-12 for what is within `NEAR` of K-means, and 1e-4 above.
    """
    error = np.where(discrepancies[1:] < NEAR, 1e-12, 100 * COARSE)
    return bool((np.diff(discrepancies, axis=0) <= error).all())


def collapse_tables(
    problem: Problem, name: str, sigmas: Floats, learning_rate: float | None = None, engine: str = "compiled"
) -> dict[str, pa.Table]:
    """Tables `collapse` and `paths` of one method, by its own step or by a constant learning rate."""
    method = METHODS[name] if learning_rate is None else with_learning_rate(METHODS[name], learning_rate)
    found = collapse(problem.points, problem.starts, sigmas, method, engine=engine)
    n_clusters = problem.starts.shape[1]
    level, repeat, cluster = (a.ravel() for a in np.indices(found.discrepancies.shape))
    columns = {
        "dataset": problem.name,
        "method": name,
        "sigma": sigmas[level],
        "repeat": repeat,
        "cluster": cluster,
        "discrepancy": found.discrepancies.ravel(),
        "trajectory": np.repeat(found.trajectory.ravel(), n_clusters),
        "converged": np.repeat(found.converged.ravel(), n_clusters),
    }
    return {
        "collapse": tables.make("collapse", columns),
        "paths": paths_table(problem.name, name, sigmas, found.paths),
    }
