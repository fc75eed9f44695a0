"""What Félix, Ucan-Puc, Astengo (2026) prove, or docs/paper2.md (Part B): these claims test our code."""

from collections.abc import Callable
from functools import partial
from itertools import product

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from softkmeans.arrays import Floats, squared_distances
from softkmeans.clustering.assignments import Assignment, entmax15, hard, softmax
from softkmeans.clustering.kernels import prepare, sum_over_points
from softkmeans.clustering.methods import METHODS
from softkmeans.paper2.problem import (
    MAPS,
    ROUNDING,
    Evidence,
    Problem,
    at_smallest_sigma,
    kmeans_solutions,
    point_margins,
    soft_centroids,
    temperature,
)
from softkmeans.report.ledger import IDENTITY, Claim, Criterion, Measured, cases, register, remark

#: Points of each data set on which all partitions in two are tried.
FEW = 10

#: Points of each data set on which F_σ is minimised by a general optimiser.
SOME = 200

#: Starts of each data set that one-step statements are tested at.
STARTS = 5

#: σ at which minimisers are compared with those of K-means.
SIGMAS = np.geomspace(2, 0.005, 6)

#: σ that stands for the limit, where T is below nearly every margin; how many iterates are compared there.
LIMIT, ITERATIONS = 1e-6, 20

#: What counts as near: a hundredth of the data's standard deviation.
CLOSE = 0.01

#: Share of the cases that may break a claim before it fails.
MOST = 0.1

#: Points whose margin is that close to 2T, relative, are not asked on which side of it they are.
EDGE = 1e-9

EVERY_POINT = Criterion("=", 0, "σ")
WITHIN_BOUND = Criterion("≤", 1 + 1e-12, "functional and σ")

CLAIMS: list[Claim[Evidence]] = []
claim = partial(register, CLAIMS, "paper2", kind=IDENTITY)


# Theorem 1 and Corollary 1.


@claim(
    "gamma-limit",
    where="Theorem 1",
    statement="The soft functional Γ-converges to J as σ goes to 0 (uniformly, within bounds linear in T).",
    criterion=WITHIN_BOUND,
    figure="gamma",
)
def gaps(evidence: Evidence) -> Measured:
    """Largest |L_σ − J|, and |F_σ − J|, over 200 random μ, over the bounds n(K−1)T/e and nT log K."""
    table = evidence.found["gaps"]
    for name, functional in (("weighted", "L_σ"), ("free", "F_σ")):
        yield cases(table["dataset"], table[name] / table[f"{name}_bound"], functional)


def functionals(points: Floats, centroids: Floats, level: float) -> tuple[float, float]:
    """L_σ and F_σ (Part B.2), written plainly."""
    squares = squared_distances(points, centroids)
    smallest = squares.min(axis=0)
    weights = np.exp((smallest - squares) / level)
    total = weights.sum(axis=0)
    free = (smallest - level * np.log(total)).sum()
    return float((weights * squares / total).sum()), float(free)


@claim(
    "minimisers",
    where="Theorem 1, Corollary 1",
    statement="Limit points of minimisers of the soft functional minimise J.",
    criterion=WITHIN_BOUND,
    figure="gamma",
)
def minimisers(evidence: Evidence) -> Measured:
    """J at the minimiser less the least J over all partitions, over n(K−1)T/e or nT log K.

    On ten points of each data set with K = 2, σ from 2 to 0.005. The functional is minimised from the means
    of its three best partitions.
    """
    for problem in evidence.problems:
        points = _sample(problem.points, FEW)
        means = _means_of_partitions(points)
        objectives = [squared_distances(points, c).min(axis=0).sum() for c in means]
        for level, which in product(temperature(SIGMAS).tolist(), (0, 1)):
            found = _minimiser(points, means, level, which)
            excess = squared_distances(points, found).min(axis=0).sum() - min(objectives)
            bound = len(points) * level * (1 / np.e, np.log(2))[which]  # K = 2
            yield cases(problem.name, excess / bound, ("L_σ", "F_σ")[which])


def _means_of_partitions(points: Floats) -> Floats:
    """Means of both parts for every partition in two, (2^(n−1) − 1, 2, d)."""
    numbers = np.arange(1, 2 ** (len(points) - 1))
    inside = (numbers[:, None] >> np.arange(len(points)) & 1).astype(float)
    return np.stack([u @ points / u.sum(axis=1)[:, None] for u in (inside, 1 - inside)], axis=1)


def _minimiser(points: Floats, starts: Floats, level: float, which: int) -> Floats:
    """Minimise a functional (0 is L_σ, 1 is F_σ) from the best three of the starts, by BFGS."""

    def value(flat: Floats) -> float:
        return functionals(points, flat.reshape(starts.shape[1:]), level)[which]

    best = sorted(starts, key=lambda c: value(c.ravel()))[:3]
    ends = [minimize(value, c.ravel(), method="BFGS") for c in best]
    return min(ends, key=lambda end: float(end.fun)).x.reshape(starts.shape[1:])


# Lemma 1 and Theorem 2.


def _sample(points: Floats, number: int) -> Floats:
    """Draw a few of the points."""
    chosen = np.random.default_rng(0).choice(len(points), min(number, len(points)), replace=False)
    return points[chosen]


@claim(
    "soft-centroid",
    where="Lemma 1",
    statement="A stationary point of the soft functional is a fixed point: each centroid is its own soft "
    "centroid.",
    criterion=Criterion("≤", 1e-6, "centroid"),
    figure="fig2",
)
def stationary_points(evidence: Evidence) -> Measured:
    """Distance of minima of F_σ, found without its gradient, to their soft centroids.

    On 200 points of each data set. Only centroids that hold a point's weight or more count: F_σ is flat in
    the place of one without.
    """
    for problem, level in product(evidence.problems, temperature(np.array([0.5, 0.2])).tolist()):
        points = _sample(problem.points, SOME)
        start = points[: min(4, problem.starts.shape[1])]

        def free(flat: Floats, points: Floats = points, level: float = level) -> float:
            return functionals(points, flat.reshape(-1, points.shape[1]), level)[1]

        end = minimize(free, start.ravel(), method="BFGS", jac="3-point", options={"gtol": 1e-6})
        place = end.x.reshape(start.shape)
        shares = _responsibilities(points, place, level, softmax)
        apart = np.abs(soft_centroids(points, place, level, softmax) - place).max(axis=1)
        yield cases(problem.name, apart[shares.sum(axis=1) >= 1], f"T = {level:g}")


@claim(
    "gradient-step",
    where="Theorem 2",
    statement="The gradient step of size 1/(2Σr) is the K-means update as σ goes to 0.",
    criterion=Criterion("≤", 1e-12, "start"),
    figure="trajectories",
)
def hard_steps(evidence: Evidence) -> Measured:
    """Distance between the two at T = Δ/40, from 5 starts on each data set."""
    for problem in evidence.problems:
        prepared = prepare(problem.points)
        for start in problem.starts[:STARTS]:
            level = point_margins(problem.points, start).values.min() / 40
            if level == 0:  # a tie has no K-means update
                continue
            state = (start - prepared.centre)[None]
            method = METHODS["rbf-softmax"]
            sums = sum_over_points(prepared, state, np.array([level]), method.assignment)
            landed = method.update(sums, state)[0] + prepared.centre
            update = soft_centroids(problem.points, start, 0.0, hard)
            yield cases(problem.name, np.abs(landed - update).max())


@claim(
    "identical-trajectories",
    where="Abstract, Theorem 2",
    statement="Gradient updates and K-means go through identical trajectories in the limit.",
    criterion=Criterion("≤", 1e-9, "run"),
    figure="trajectories",
)
def trajectories(evidence: Evidence) -> Measured:
    """Largest distance of a coordinate to 20 iterates of K-means from the same start, at σ = 1e-06.

    From 5 starts on each data set.
    """
    level = temperature(np.full(STARTS, LIMIT))
    for problem, name in product(evidence.problems, MAPS):
        prepared = prepare(problem.points)
        soft = kmeans = problem.starts[:STARTS] - prepared.centre
        apart = np.zeros(len(soft))
        for _ in range(ITERATIONS):
            soft, kmeans = (
                method.update(sum_over_points(prepared, state, level[: len(soft)], method.assignment), state)
                for method, state in ((METHODS[name], soft), (METHODS["kmeans"], kmeans))
            )
            apart = np.maximum(apart, np.abs(soft - kmeans).max(axis=(1, 2)))
        yield cases(problem.name, apart, name)
    runs = at_smallest_sigma(evidence.found["collapse"]).drop_duplicates(["dataset", "method", "repeat"])
    near = int((runs["trajectory"] <= CLOSE).sum())
    sigma = runs["sigma"].iloc[0]
    yield remark(f"at σ = {sigma:g}, {near} of {len(runs)} runs stay within {CLOSE:g}")


# Theorem 3.


@claim(
    "exponential-bound",
    where="Theorem 3",
    statement="Soft centroids converge exponentially: one step from the K-means solution stays within a "
    "bound in e^(−Δ/T).",
    criterion=Criterion("≤", 1, "centroid and temperature"),
    figure="rates",
)
def bounded(evidence: Evidence) -> Measured:
    """Distance over the bound of Part B.4, wherever (K−1)e^(−Δ/T) < 1."""
    table = evidence.found["bounds"].dropna(subset=["bound"])
    yield cases(table["dataset"], table["one_step"] / (table["bound"] + ROUNDING))


# Theorem 4, and the Voronoi partition.


@claim(
    "entmax-exact",
    where="Theorem 4",
    statement="With entmax-1.5 the deviation from K-means is exactly 0 from σ = √Δ/2 down.",
    criterion=Criterion("≤", 1e-3, "start", exceptions=MOST),
    figure="rates",
)
def exactness(evidence: Evidence) -> Measured:
    """Distance from 1 of the largest σ with the K-means solution bit for bit over √Δ/2 (searched to 3e-4)."""
    table = evidence.found["exactness"]
    yield cases(table["dataset"], np.abs(table["exact_sigma"] / table["predicted_sigma"] - 1))


@claim(
    "entmax-polynomial",
    where="Theorem 4",
    statement="Above √Δ/2 the deviation of entmax-1.5 is polynomial: quadratic in T − Δ/2 (Part B.5).",
    criterion=Criterion("≤", 0.2, "data set", exceptions=MOST),
    figure="rates",
)
def orders(evidence: Evidence) -> Measured:
    """Distance from 2 of the order of the largest d_j, fitted over Δ/2 < T ≤ 1.01 Δ/2."""
    further = []
    for dataset, table in evidence.found["falls"].groupby("dataset", observed=True, sort=False):
        near, far = (_order(table[(table["ratio"] > 1) & (table["ratio"] <= top)]) for top in (1.0101, 1.11))
        yield cases(dataset, abs(near - 2))
        further.append(far)
    span = f"{min(further):.2f} to {max(further):.2f}"
    yield remark(f"fitted up to 1.1 Δ/2 instead, the orders are {span}")


def _order(table: pd.DataFrame) -> float:
    """Slope of log d against log (T − Δ/2); NaN without a deviation."""
    known = table[table["discrepancy"] > 0]
    if len(known) < 2:
        return np.nan
    return float(np.polyfit(np.log(known["ratio"] - 1), np.log(known["discrepancy"]), 1)[0])


@claim(
    "entmax-one-hot",
    where="Theorem 4",
    statement="Entmax-1.5 gives a point to one cluster alone if and only if its margin is at least 2T "
    "(Part B.5).",
    criterion=EVERY_POINT,
    figure="rates",
)
def one_hot(evidence: Evidence) -> Measured:
    """Points for which that is not so, at the K-means solution."""

    def wrong(problem: Problem, centroids: Floats, level: float) -> int:
        margins = point_margins(problem.points, centroids).values
        alone = (_responsibilities(problem.points, centroids, level, entmax15) > 0).sum(axis=0) == 1
        asked = np.abs(margins - 2 * level) > EDGE * level
        return int(((alone != (margins >= 2 * level)) & asked).sum())

    yield from _at_solutions(evidence, wrong)


@claim(
    "voronoi",
    where="Abstract",
    statement="Entmax-1.5 preserves the Voronoi partition: the nearest centroid has the largest "
    "responsibility.",
    criterion=EVERY_POINT,
    figure="fig2",
)
def voronoi(evidence: Evidence) -> Measured:
    """Points for which that is not so, at the K-means solution."""

    def wrong(problem: Problem, centroids: Floats, level: float) -> int:
        shares = _responsibilities(problem.points, centroids, level, entmax15)
        own = shares[point_margins(problem.points, centroids).best, np.arange(len(problem.points))]
        return int((own < shares.max(axis=0)).sum())

    yield from _at_solutions(evidence, wrong)


def _responsibilities(points: Floats, centroids: Floats, level: float, assignment: Assignment) -> Floats:
    """r, (K, n)."""
    squares = squared_distances(points, centroids)
    return assignment.at(squares, level).responsibilities


def _at_solutions(evidence: Evidence, count: Callable[[Problem, Floats, float], int]) -> Measured:
    """Count points at the K-means solution of the first start of each data set, a σ each."""
    sigmas = np.unique(evidence.found["collapse"]["sigma"])
    for problem in evidence.problems:
        solution = kmeans_solutions(problem.points, problem.starts[:1])[0][0]
        found = [count(problem, solution, float(level)) for level in temperature(sigmas)]
        yield cases(problem.name, found)
