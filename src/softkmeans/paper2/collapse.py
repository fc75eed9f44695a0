"""Soft centroids collapse onto those of K-means as σ → 0 (paper 2, Figs. 1 and 2)."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Booleans, Floats, Integers, squared_distances
from softkmeans.clustering.assignments import Assignment
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS, Method, with_learning_rate
from softkmeans.clustering.metrics import match
from softkmeans.clustering.solver import Solution, solve
from softkmeans.paper2.problem import (
    ROUNDING,
    Problem,
    kmeans_solutions,
    means_of_shares,
    paths_table,
    temperature,
)

#: Number of iterations over which a run's distance to K-means' own iterates is recorded.
FOLLOWED = 50

#: A run has converged once its centroids move by at most this in an iteration, in standardised units. With
#: 1e-6 instead, one run of 5,760 stopped at a saddle.
COARSE = 1e-8

#: The same limit for runs that end within `NEAR` of K-means, so that their small discrepancies are known.
FINE = 1e-14

#: Distance to K-means, in standardised units.
NEAR = 1e-2

#: A run that takes more iterations has not converged. Converged runs take fewer than 30,000.
LONGEST = 100_000

#: Smallest shift, in standardised units, that rounding leaves four digits of. The contraction is measured
#: on shifts from this size on.
KNOWN = 1e-11


@dataclass(frozen=True)
class Collapse:
    """The ends of R runs of a method, each from one start at one σ.

    Attributes
    ----------
    sigma, repeat : array (R,)
        σ of each run, and the number of its start. Runs are sorted by falling σ, then by start.
    centroids : array (R, K, d)
        The soft centroids, in the order of the centroids of K-means that they are matched to.
    discrepancies : array (R, K)
        d_j(σ): distance of the soft centroid matched to centroid j of K-means from the same start.
    trajectory : array (R,)
        Largest distance (Frobenius norm) between the method's centroids and those of K-means at the same
        iteration, over the first `FOLLOWED` iterations.
    n_iterations : array (R,)
        Iterations to the fixed point, to within `FINE` near K-means, else `COARSE`.
    converged : array (R,)
        Whether the run has reached `COARSE`.
    contraction : array (R,)
        Measured contraction ρ: a shift of the centroids divided by the shift before.
    error : array (R,)
        Bound on the distance to the fixed point, by `error_bound`.
    agreement : array (R,)
        Share of the points whose nearest centroid is the one that K-means gives them.
    not_nearest : array (R,)
        Points whose largest responsibility is not that of their nearest centroid.
    """

    sigma: Floats
    repeat: Integers
    centroids: Floats
    discrepancies: Floats
    trajectory: Floats
    n_iterations: Integers
    converged: Booleans
    contraction: Floats
    error: Floats
    agreement: Floats
    not_nearest: Integers


def runs_of(sigmas: Floats, n_starts: int, every: int) -> tuple[Floats, Integers]:
    """σ of each run and number of its start, (R,) each.

    The first start is run at every σ, the others at every `every`-th σ, counted from the smallest.
    """
    runs = [
        (sigma, repeat)
        for s, sigma in enumerate(sigmas.tolist())
        for repeat in range(n_starts)
        if repeat == 0 or (len(sigmas) - 1 - s) % every == 0
    ]
    sigma, repeat = zip(*runs, strict=True)
    return np.array(sigma), np.array(repeat)


def collapse(
    points: Floats,
    starts: Floats,
    sigmas: Floats,
    method: Method,
    *,
    every: int = 1,
    max_iterations: int = LONGEST,
    engine: str = "compiled",
) -> Collapse:
    """Follow a method to its fixed point from the starts (M, K, d) at each of the falling σ.

    Every run begins at its start again: none continues from the σ before.
    """
    hard_centroids, hard_solution = kmeans_solutions(points, starts)
    sigma, repeat = runs_of(sigmas, len(starts), every)
    levels, references = temperature(sigma), hard_centroids[repeat]
    prepared = prepare(points)
    followed = solve(
        prepared,
        starts[repeat],
        levels,
        method,
        shift_tolerance=COARSE,
        max_iterations=min(FOLLOWED, max_iterations),
        every_iteration=True,
        engine=engine,
    )
    ends, converged, shifts = followed.centroids, followed.converged, _shifts(followed)

    def go_on(those: Integers, tolerance: float) -> Booleans:
        further = solve(
            prepared,
            ends[those],
            levels[those],
            method,
            shift_tolerance=tolerance,
            max_iterations=max_iterations,
            engine=engine,
        )
        ends[those] = further.centroids
        for r, more in zip(those, _shifts(further), strict=True):
            shifts[r] = np.concatenate([shifts[r], more])
        return further.converged

    slow = np.flatnonzero(~converged)
    converged[slow] = go_on(slow, COARSE)
    near = converged & (np.linalg.norm(ends - references, axis=2).max(axis=1) < NEAR)
    go_on(np.flatnonzero(near), FINE)
    contraction = np.array([measured_contraction(each) for each in shifts])
    labels = [squared_distances(points, centroids).argmin(axis=0) for centroids in hard_centroids]
    compared = [
        compare(points, end, level, method.assignment, hard_centroids[m], labels[m])
        for end, level, m in zip(ends, levels.tolist(), repeat.tolist(), strict=True)
    ]
    landed, agreement, not_nearest = (np.array(column) for column in zip(*compared, strict=True))
    return Collapse(
        sigma=sigma,
        repeat=repeat,
        centroids=landed,
        discrepancies=np.linalg.norm(landed - references, axis=-1),
        trajectory=_largest_distance(followed, hard_solution, repeat),
        n_iterations=np.array([len(each) for each in shifts]),
        converged=converged,
        contraction=contraction,
        error=error_bound(np.array([each[-1] for each in shifts]), contraction),
        agreement=agreement,
        not_nearest=not_nearest,
    )


def _shifts(solution: Solution) -> list[Floats]:
    """Shift of the centroids at each iteration of each run."""
    rows = np.split(solution.trace.centroid_shift, solution.trace.last + 1)
    return [run[1:] for run in rows[:-1]]


def measured_contraction(shifts: Floats) -> float:
    """Ratio of two successive shifts, the last whose first shift is at least `KNOWN`; 0 if there is none."""
    known = np.flatnonzero(shifts[:-1] >= KNOWN)
    return float(shifts[known[-1] + 1] / shifts[known[-1]]) if len(known) else 0.0


def error_bound(shift: Floats, contraction: Floats) -> Floats:
    """Bound the distance to the fixed point after a shift: shift·ρ/(1 − ρ) and rounding; infinite if ρ ≥ 1.

    The bound is at least the shift, since the contraction ρ of entmax-1.5 changes when points gain or lose
    shares.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = shift * np.maximum(contraction / (1 - contraction), 1)
    return np.where(contraction < 1, rest, np.inf) + ROUNDING


def compare(
    points: Floats,
    centroids: Floats,
    level: float,
    assignment: Assignment,
    hard_centroids: Floats,
    hard_labels: Integers,
) -> tuple[Floats, float, int]:
    """Compare a run's end (K, d) with K-means.

    Returns
    -------
    landed : array (K, d)
        Centroids after one more step, in the order of K-means' centroids.
    agreement : float
        Share of the points whose nearest centroid is the one that K-means gives them.
    not_nearest : int
        Points whose largest responsibility is not that of their nearest centroid.
    """
    squares = squared_distances(points, centroids)
    shares = assignment.at(squares, level).responsibilities
    landed = means_of_shares(points, shares, centroids)
    partners = match(landed, hard_centroids)
    nearest = squares.argmin(axis=0)
    of_nearest = shares[nearest, np.arange(len(points))]
    agreement = (nearest == partners[hard_labels]).mean()
    return landed[partners], float(agreement), int((of_nearest < shares.max(axis=0)).sum())


def _largest_distance(soft: Solution, kmeans: Solution, repeat: Integers) -> Floats:
    """Max over t of ‖μ^t(σ) − μ^t(K-means)‖, (R,). A run that has stopped stays where it is."""
    ends = [np.append(0, s.trace.last + 1) for s in (soft, kmeans)]
    largest = np.empty(len(soft.centroids))
    for r in range(len(largest)):
        a, b = (
            s.trace.centroids[end[i] : end[i + 1]]
            for s, end, i in zip((soft, kmeans), ends, (r, repeat[r]), strict=True)
        )
        t = np.arange(min(max(len(a), len(b)), FOLLOWED + 1))
        apart = a[np.minimum(t, len(a) - 1)] - b[np.minimum(t, len(b) - 1)]
        largest[r] = np.sqrt(np.square(apart).sum(axis=(1, 2))).max()
    return largest


def collapse_tables(
    problem: Problem,
    name: str,
    sigmas: Floats,
    *,
    every: int = 1,
    learning_rate: float | None = None,
    engine: str = "compiled",
) -> dict[str, pa.Table]:
    """Tables `collapse` and `paths` of one method, with its own step or a constant learning rate."""
    method = METHODS[name] if learning_rate is None else with_learning_rate(METHODS[name], learning_rate)
    found = collapse(problem.points, problem.starts, sigmas, method, every=every, engine=engine)
    n_clusters = problem.starts.shape[1]
    of_runs = "sigma repeat trajectory n_iterations converged contraction error agreement not_nearest"
    columns = {column: np.repeat(getattr(found, column), n_clusters) for column in of_runs.split()}
    columns |= {
        "cluster": np.tile(np.arange(n_clusters), len(found.sigma)),
        "discrepancy": found.discrepancies.ravel(),
    }
    first = found.repeat == 0
    return {
        "collapse": tables.make("collapse", {"dataset": problem.name, "method": name} | columns),
        "paths": paths_table(problem.name, name, found.sigma[first], found.centroids[first]),
    }
