"""Claims that are proved, by Félix, Ucan-Puc, Astengo (2026) or in docs/paper2.md: they test our code."""

from functools import partial
from itertools import product

import numpy as np
import scipy

from softkmeans.arrays import Floats, squared_distances
from softkmeans.clustering.assignments import hard, softmax
from softkmeans.clustering.kernels import prepare, sum_over_points
from softkmeans.clustering.methods import METHODS
from softkmeans.paper2.functionals import (
    excess_of_minimiser,
    functionals,
    gap_bounds,
    gradients,
    means_of_partitions,
    sharp_case,
)
from softkmeans.paper2.problem import (
    LIMIT,
    MAPS,
    ROUNDING,
    Evidence,
    at_smallest_sigma,
    point_margins,
    soft_centroids,
    temperature,
)
from softkmeans.report.ledger import IDENTITY, Claim, Criterion, Measured, cases, register, remark

#: Number of points of each data set of which all partitions in two are tried.
FEW = 10

#: Number of points of each data set on which F_σ is minimised by a general optimiser.
SOME = 200

#: Number of starts of each data set at which statements about one step are tested.
STARTS = 5

#: σ at which minimisers are compared with those of J.
SIGMAS = np.geomspace(2, 0.005, 6)

#: The fall of a minimiser's excess is measured between T = Δ over these two numbers.
FALL = (4, 8)

#: σ at which the bounds are attained, and at which the gradients of both functionals are compared.
SHARP, WARM = (2, 0.1, 0.01), (1, 0.1, 0.01)

#: Number of iterates that are compared with those of K-means.
ITERATIONS = 20

#: T at which both centroids of the points ±1 are at 0 where L_σ, and where F_σ, is least. A little
#: below these T they are apart.
MEETING = (4.05, 2.05)

#: Distances up to this count as near: a hundredth of the data's standard deviation.
CLOSE = 0.01

#: Columns of the table `gaps`, and their functionals.
FUNCTIONALS = (("weighted", "L_σ"), ("free", "F_σ"))

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
    """Largest |L_σ − J| among 99 random μ, divided by its bound nT·W((K−1)/e).

    The same for |F_σ − J|, whose bound is nT·log K.
    """
    table = evidence.found["gaps"]
    for name, functional in FUNCTIONALS:
        yield cases(table["dataset"], table[name] / table[f"{name}_bound"], functional)


@claim(
    "gamma-sharp",
    where="Theorem 1",
    statement="The bounds nT·W((K−1)/e) and nT·log K on the gap to J are the least possible ones, since they "
    "are attained.",
    criterion=Criterion("≤", 1e-9, "K, functional and σ"),
    figure="gamma",
)
def sharp_bounds(evidence: Evidence) -> Measured:
    """|gap/bound − 1| at a point and centroids that attain the bound.

    It is measured for the K of each data set, at σ = 2, 0.1 and 0.01.
    """
    for problem, level in product(evidence.problems, temperature(np.array(SHARP)).tolist()):
        n_clusters = problem.starts.shape[1]
        point, *places = sharp_case(n_clusters, level)
        for which, (_, functional) in enumerate(FUNCTIONALS):
            least = squared_distances(point, places[which]).min()
            gap = abs(functionals(point, places[which], level)[which] - least)
            yield cases(problem.name, abs(gap / gap_bounds(1, n_clusters, level)[which] - 1), functional)


@claim(
    "gamma-slope",
    where="Theorem 1",
    statement="The gap to J falls linearly in T, and no faster.",
    criterion=Criterion("≤", 0.02, "data set and functional"),
    figure="gamma",
)
def slopes_of_gaps(evidence: Evidence) -> Measured:
    """|slope − 1|, with the slope of log gap against log T between the two smallest σ (1.7e-4 and 1e-4)."""
    for dataset, table in evidence.found["gaps"].groupby("dataset", observed=True, sort=False):
        ends = table.sort_values("sigma").iloc[:2]
        log_t = np.log(temperature(ends["sigma"].to_numpy()))
        for name, functional in FUNCTIONALS:
            slope = np.diff(np.log(ends[name].to_numpy())) / np.diff(log_t)
            yield cases(dataset, np.abs(slope - 1), functional)


@claim(
    "minimisers",
    where="Theorem 1, Corollary 1",
    statement="Limit points of minimisers of the soft functional minimise J.",
    criterion=WITHIN_BOUND,
    figure="gamma",
)
def minimisers(evidence: Evidence) -> Measured:
    """Excess of J at the minimiser over the least J of all partitions, divided by nT·W(1/e) or nT·log 2.

    It is measured on ten points of each data set, with K = 2 and six σ from 2 to 0.005.
    """
    for problem in evidence.problems:
        points = _sample(problem.points, FEW)
        means = means_of_partitions(points)
        for level, which in product(temperature(SIGMAS).tolist(), (0, 1)):
            excess = excess_of_minimiser(points, means, level, which)
            bound = gap_bounds(len(points), 2, level)[which]
            yield cases(problem.name, excess / bound, FUNCTIONALS[which][1])
    if evidence.problems:
        pair = np.array([[-1.0], [1.0]])
        near = [
            excess_of_minimiser(pair, means_of_partitions(pair), level, which)
            / gap_bounds(2, 2, level)[which]
            for which, level in enumerate(MEETING)
        ]
        yield remark(
            f"on the points ±1 it is {near[0]:.2f} for L_σ at T = 4.05, {near[1]:.2f} for F_σ at T = 2.05"
        )


@claim(
    "minimisers-slope",
    where="Theorem 1, Corollary 1",
    statement="The excess of J at these minimisers over its minimum falls at least linearly in T.",
    criterion=Criterion("≥", 1, "data set and functional"),
    figure="gamma",
)
def slopes_of_minimisers(evidence: Evidence) -> Measured:
    """Order of that excess in T, between T = Δ/4 and T = Δ/8, on ten points of each data set with K = 2."""
    for problem, which in product(evidence.problems, (0, 1)):
        points = _sample(problem.points, FEW)
        means = means_of_partitions(points)
        best = min(means, key=lambda c: squared_distances(points, c).min(axis=0).sum())
        margin = point_margins(points, best).values.min()
        first, second = (excess_of_minimiser(points, means, margin / by, which) for by in FALL)
        order = np.log(max(first, ROUNDING) / max(second, ROUNDING)) / np.log(FALL[1] / FALL[0])
        yield cases(problem.name, order, FUNCTIONALS[which][1])


def _sample(points: Floats, number: int) -> Floats:
    """Draw at most so many of the points, always the same ones."""
    chosen = np.random.default_rng(0).choice(len(points), min(number, len(points)), replace=False)
    return points[chosen]


# Lemma 1 and Theorem 2.


@claim(
    "soft-centroid",
    where="Lemma 1",
    statement="A stationary point of the soft functional is a fixed point: each centroid is its own soft "
    "centroid.",
    criterion=Criterion("≤", 1e-6, "centroid"),
    figure="fig2",
)
def stationary_points(evidence: Evidence) -> Measured:
    """Largest difference of a coordinate between a minimum of F_σ and its soft centroid.

    The minimum is found without the gradient's formula, on 200 points of each data set, at T = 0.5 and 0.08.
    Only centroids with at least the weight of one point count, since F_σ hardly depends on the others.
    """
    for problem, level in product(evidence.problems, temperature(np.array([0.5, 0.2])).tolist()):
        points = _sample(problem.points, SOME)
        start = points[: min(4, problem.starts.shape[1])]

        def free(flat: Floats, points: Floats = points, level: float = level) -> float:
            return functionals(points, flat.reshape(-1, points.shape[1]), level)[1]

        end = scipy.optimize.minimize(
            free, start.ravel(), method="BFGS", jac="3-point", options={"gtol": 1e-6}
        )
        place = end.x.reshape(start.shape)
        shares = softmax.at(squared_distances(points, place), level).responsibilities
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
    """Largest difference of a coordinate between the two at T = Δ/40, from 5 starts on each data set."""
    for problem in evidence.problems:
        prepared = prepare(problem.points)
        for start in problem.starts[:STARTS]:
            level = point_margins(problem.points, start).values.min() / 40
            if level == 0:  # a tie: softmax shares the point, K-means does not
                continue
            state = (start - prepared.centre)[None]
            method = METHODS["rbf-softmax"]
            sums = sum_over_points(prepared, state, np.array([level]), method.assignment)
            landed = method.update(sums, state)[0] + prepared.centre
            update = soft_centroids(problem.points, start, 0.0, hard)
            yield cases(problem.name, np.abs(landed - update).max())


@claim(
    "weighted-gradient",
    where="Abstract, Theorem 2",
    statement="The gradient of the weighted loss L_σ, which has a second term, becomes that of F_σ as σ goes "
    "to 0.",
    criterion=Criterion("≤", 1e-9, "start"),
    figure="trajectories",
)
def weighted_gradients(evidence: Evidence) -> Measured:
    """Length of their difference at T = Δ/30, divided by the length of the second.

    It is measured at 5 starts on each data set.
    """

    def apart(points: Floats, start: Floats, level: float) -> float:
        weighted, free = gradients(points, start, level)
        return float(np.linalg.norm(weighted - free) / np.linalg.norm(free))

    warm = []
    for problem in evidence.problems:
        for start in problem.starts[:STARTS]:
            margin = point_margins(problem.points, start).values.min()
            if margin > 0:
                yield cases(problem.name, apart(problem.points, start, margin / 30))
            levels = temperature(np.array(WARM)).tolist()
            warm.append([apart(problem.points, start, level) for level in levels])
    if warm:
        medians = zip(np.median(warm, axis=0), WARM, strict=True)
        found = ", ".join(f"{median:.2g} at σ = {sigma:g}" for median, sigma in medians)
        yield remark(f"the median at larger σ is {found}")


@claim(
    "identical-trajectories",
    where="Abstract, Theorem 2",
    statement="Gradient updates and K-means go through identical trajectories in the limit.",
    criterion=Criterion("≤", 1e-9, "run"),
    figure="trajectories",
)
def trajectories(evidence: Evidence) -> Measured:
    """Largest difference of a coordinate to K-means' over 20 iterations from the same start, at σ = 1e-06.

    There are 5 starts on each data set.
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
    if len(runs):
        near, smallest = int((runs["trajectory"] <= CLOSE).sum()), runs["sigma"].min()
        yield remark(f"at σ = {smallest:g}, {near} of {len(runs)} runs stay within {CLOSE:g}")
