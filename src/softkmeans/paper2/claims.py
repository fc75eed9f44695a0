"""The claims of Félix, Ucan-Puc, Astengo (2026); Part B is that of docs/paper2.md."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from softkmeans.arrays import Floats, squared_distances
from softkmeans.clustering.assignments import Assignment, entmax15, hard, softmax
from softkmeans.clustering.kernels import prepare, sum_over_points
from softkmeans.clustering.methods import METHODS
from softkmeans.paper2.collapse import is_monotone
from softkmeans.paper2.problem import Problem
from softkmeans.paper2.study import (
    MAPS,
    kmeans_solutions,
    point_margins,
    soft_centroids,
    temperature,
)
from softkmeans.paper2.table1 import PROTOCOLS, ROUNDING
from softkmeans.report.ledger import Cases, Claim, Criterion, cases, joined

FEW = 10
"""Points of each data set on which all partitions in two are tried."""

SOME = 200
"""Points of each data set on which F_σ is minimised by a general optimiser."""

STARTS = 5
"""Starts of each data set that one-step statements are tested at."""

SIGMAS = np.geomspace(2, 0.005, 6)
"""At which minimisers are compared with those of K-means."""

LIMIT, ITERATIONS = 1e-6, 20
"""σ that stands for the limit, where T is below nearly every margin; how many iterates are compared there."""

CLOSE = 0.01
"""What counts as having collapsed: a hundredth of the data's standard deviation."""

MOST = 0.1
"""Share of the cases that may break an empirical claim before it fails."""

EDGE = 1e-9
"""Points whose margin is that close to 2T, relative, are not asked on which side of it they are."""


@dataclass(frozen=True)
class Evidence:
    """What the claims are measured on.

    Attributes
    ----------
    problems : tuple of Problem
        The data sets, standardised, and their starts.
    found : mapping
        The paper's tables by name.
    """

    problems: tuple[Problem, ...]
    found: Mapping[str, pd.DataFrame]

    @property
    def datasets(self) -> list[str]:
        """Names of the data sets."""
        return [problem.name for problem in self.problems]


# Theorem 1 and Corollary 1.


def gaps(evidence: Evidence) -> Cases:
    """Largest gap of each functional to J over random μ, over its bound."""
    table = evidence.found["gaps"]
    parts = [
        cases(table["dataset"], table[name] / table[f"{name}_bound"], functional)
        for name, functional in (("weighted", "L_σ"), ("free", "F_σ"))
    ]
    return joined(parts)


def functionals(points: Floats, centroids: Floats, level: float) -> tuple[float, float]:
    """L_σ and F_σ (Part B.2), written plainly."""
    squares = squared_distances(points, centroids)
    smallest = squares.min(axis=0)
    weights = np.exp((smallest - squares) / level)
    total = weights.sum(axis=0)
    free = (smallest - level * np.log(total)).sum()
    return float((weights * squares / total).sum()), float(free)


def minimisers(evidence: Evidence) -> Cases:
    """J at the minimiser of each functional, less the least J, over the functional's bound on it.

    On ten points of each data set in two clusters, where the least J is that of the best of all partitions.
    The functional is minimised from the means of its three best partitions.
    """
    parts = []
    for problem in evidence.problems:
        points = _sample(problem.points, FEW)
        means = _means_of_partitions(points)
        objectives = [squared_distances(points, c).min(axis=0).sum() for c in means]
        for level, which in product(temperature(SIGMAS).tolist(), (0, 1)):
            found = _minimiser(points, means, level, which)
            excess = squared_distances(points, found).min(axis=0).sum() - min(objectives)
            bound = len(points) * level * (1 / np.e, np.log(2))[which]  # K = 2
            parts.append(cases(problem.name, excess / bound, ("L_σ", "F_σ")[which]))
    return joined(parts)


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


def stationary_points(evidence: Evidence) -> Cases:
    """Distance of a minimum of F_σ, found by BFGS without its gradient, to its own soft centroids.

    Of the centroids that hold a point's weight or more: F_σ is flat in the place of one without.
    """
    parts = []
    for problem, level in product(evidence.problems, temperature(np.array([0.5, 0.2])).tolist()):
        points = _sample(problem.points, SOME)
        start = points[: min(4, problem.starts.shape[1])]

        def free(flat: Floats, points: Floats = points, level: float = level) -> float:
            return functionals(points, flat.reshape(-1, points.shape[1]), level)[1]

        end = minimize(free, start.ravel(), method="BFGS", jac="3-point", options={"gtol": 1e-6})
        place = end.x.reshape(start.shape)
        shares = _responsibilities(points, place, level, softmax)
        apart = np.abs(soft_centroids(points, place, level, softmax) - place).max(axis=1)
        parts.append(cases(problem.name, apart[shares.sum(axis=1) >= 1], f"T = {level:g}"))
    return joined(parts)


def hard_steps(evidence: Evidence) -> Cases:
    """Distance of the gradient step's end to the K-means update, at T a fortieth of the least margin."""
    parts = []
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
            parts.append(cases(problem.name, np.abs(landed - update).max()))
    return joined(parts)


def trajectories(evidence: Evidence) -> Cases:
    """Largest distance to the iterates of K-means from the same start, at σ = `LIMIT`."""
    parts = []
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
        parts.append(cases(problem.name, apart, name))
    runs = _at_smallest_sigma(evidence.found["collapse"]).drop_duplicates(["dataset", "method", "repeat"])
    near = int((runs["trajectory"] <= CLOSE).sum())
    sigma = runs["sigma"].iloc[0]
    return joined(parts, f"at σ = {sigma:g}, {near} of {len(runs)} runs stay within {CLOSE:g}")


def ends(evidence: Evidence) -> Cases:
    """Largest d_j of a run at the smallest σ."""
    runs = _at_smallest_sigma(evidence.found["collapse"])
    found = runs.groupby(["dataset", "method", "repeat"], observed=True)["discrepancy"].max().reset_index()
    return cases(found["dataset"], found["discrepancy"], found["method"])


def _at_smallest_sigma(collapse: pd.DataFrame) -> pd.DataFrame:
    return collapse[collapse["sigma"] == collapse["sigma"].min()]


# Theorem 3.


def bounded(evidence: Evidence) -> Cases:
    """Distance of one soft centroid to the K-means centroid over its bound, where there is one."""
    table = evidence.found["bounds"].dropna(subset=["bound"])
    return cases(table["dataset"], table["one_step"] / (table["bound"] + ROUNDING))


def slopes(evidence: Evidence) -> Cases:
    """Slope of log d_j against 1/T over −Δ_j, less 1, where float64 can tell it."""
    clusters = evidence.found["rates"].groupby(["dataset", "repeat", "cluster"], observed=True).first()
    told = clusters.dropna(subset=["slope"])
    note = f"{len(told)} of {len(clusters)} rates can be told in float64"
    error = np.abs(-told["slope"] / told["margin"] - 1)
    return cases(told.index.get_level_values("dataset"), error, note=note)


# Theorem 4, and the Voronoi partition.


def exactness(evidence: Evidence) -> Cases:
    """Largest σ at which entmax-1.5 ends at the K-means solution bit for bit, over √Δ/2, less 1."""
    table = evidence.found["exactness"]
    return cases(table["dataset"], np.abs(table["measured"] / table["predicted"] - 1))


def orders(evidence: Evidence) -> Cases:
    """Order of the deviation in T − Δ/2, fitted from Δ/2 to 1.01 Δ/2, less 2."""
    parts, further = [], []
    for dataset, table in evidence.found["falls"].groupby("dataset", observed=True, sort=False):
        near, far = (_order(table[(table["ratio"] > 1) & (table["ratio"] <= top)]) for top in (1.0101, 1.11))
        parts.append(cases(dataset, abs(near - 2)))
        further.append(far)
    span = f"{min(further):.2f} to {max(further):.2f}"
    return joined(parts, f"fitted up to 1.1 Δ/2 instead, the orders are {span}")


def _order(table: pd.DataFrame) -> float:
    """Slope of log d against log (T − Δ/2); NaN without a deviation."""
    known = table[table["discrepancy"] > 0]
    if len(known) < 2:
        return np.nan
    return float(np.polyfit(np.log(known["ratio"] - 1), np.log(known["discrepancy"]), 1)[0])


def one_hot(evidence: Evidence) -> Cases:
    """Points that are one cluster's alone though their margin is below 2T, or not though it is above."""

    def wrong(problem: Problem, centroids: Floats, level: float) -> int:
        margins = point_margins(problem.points, centroids).values
        alone = (_responsibilities(problem.points, centroids, level, entmax15) > 0).sum(axis=0) == 1
        asked = np.abs(margins - 2 * level) > EDGE * level
        return int(((alone != (margins >= 2 * level)) & asked).sum())

    return _at_solutions(evidence, wrong)


def voronoi(evidence: Evidence) -> Cases:
    """Points whose nearest centroid of K-means has not the largest share of them."""

    def wrong(problem: Problem, centroids: Floats, level: float) -> int:
        shares = _responsibilities(problem.points, centroids, level, entmax15)
        own = shares[point_margins(problem.points, centroids).best, np.arange(len(problem.points))]
        return int((own < shares.max(axis=0)).sum())

    return _at_solutions(evidence, wrong)


def _responsibilities(points: Floats, centroids: Floats, level: float, assignment: Assignment) -> Floats:
    """r, (K, n)."""
    squares = squared_distances(points, centroids)
    return assignment.at(squares, level).responsibilities


def _at_solutions(evidence: Evidence, count: Callable[[Problem, Floats, float], int]) -> Cases:
    """Count points at the K-means solution of the first start of each data set, a σ each."""
    sigmas = np.unique(evidence.found["collapse"]["sigma"])
    parts = []
    for problem in evidence.problems:
        solution = kmeans_solutions(problem.points, problem.starts[:1])[0][0]
        found = [count(problem, solution, float(level)) for level in temperature(sigmas)]
        parts.append(cases(problem.name, found))
    return joined(parts)


# Stability.


def softmax_breaks(evidence: Evidence) -> Cases:
    """Largest σ at which a responsibility of softmax is NaN; 0 if at none."""
    return _largest_broken(evidence, ["softmax, no shift", "softmax"])


def entmax_breaks(evidence: Evidence) -> Cases:
    """Largest σ at which a responsibility of entmax-1.5 is NaN; 0 if at none."""
    return _largest_broken(evidence, ["entmax-1.5"])


SOFTMAXES = {"softmax, no shift": "softmax as it is written", "softmax": "softmax, shifted"}
"""Names of the two ways to evaluate it, for the reader."""


def _largest_broken(evidence: Evidence, maps: list[str]) -> Cases:
    """Largest σ with a NaN, and, as a note, those from which on nothing answers to the centroids."""
    table = evidence.found["stability"]
    parts, flat = [], []
    for (dataset, name), rows in table.groupby(["dataset", "map"], observed=True, sort=False):
        if name in maps:
            broken = rows.loc[rows["nan_share"] > 0, "sigma"].max()
            parts.append(cases(dataset, np.nan_to_num(broken), SOFTMAXES.get(name, name)))
            if name == maps[-1]:
                flat.append(rows.loc[rows["steepest"] == 0, "sigma"].max())
    broken_at = np.concatenate([part.values for part in parts])
    nan = _span("NaN", broken_at[broken_at > 0])
    zero = _span(f"the derivative of {maps[-1]} is 0 in float64", np.array(flat))
    return joined(parts, f"{nan}; {zero}")


def _span(what: str, sigmas: Floats) -> str:
    """Say from which σ on, falling, something is so."""
    known = sigmas[~np.isnan(sigmas)]
    return f"{what} from σ = {known.max():.2g} to {known.min():.2g} down" if len(known) else f"{what} nowhere"


# Collapse.


def rises(evidence: Evidence, dataset: str, protocol: str) -> Cases:
    """How much the mean d_j rises from one σ to the next smaller one; 0 within the solver's error."""
    runs = evidence.found["collapse"]
    runs = runs[runs["dataset"] == dataset]
    if protocol == "sigma-wise":
        runs = runs[runs["repeat"] == 0]
    parts, single = [], []
    for method, of_method in runs.groupby("method", observed=True, sort=False):
        curves = of_method.pivot_table(index="sigma", columns=["repeat", "cluster"], values="discrepancy")
        curves = curves.sort_index(ascending=False)
        mean = curves.mean(axis=1).to_numpy()
        steps = [0.0 if is_monotone(mean[i : i + 2]) else mean[i + 1] - mean[i] for i in range(len(mean) - 1)]
        parts.append(cases(dataset, steps, method))
        single += [is_monotone(curves[j].to_numpy()) for j in curves]
    return joined(parts, f"{np.mean(single):.0%} of the {len(single)} single d_j never rise")


EVERY_POINT = Criterion("=", 0, "σ")
WITHIN_BOUND = Criterion("≤", 1 + 1e-12, "functional and σ")

CLAIMS = (
    Claim(
        "gamma-limit",
        2,
        "Theorem 1",
        "The soft functional Γ-converges to J as σ goes to 0 (uniformly, within bounds linear in T).",
        "largest |L_σ − J|, and |F_σ − J|, over 200 random μ, over the bounds n(K−1)T/e and nT log K",
        WITHIN_BOUND,
        "gamma",
        gaps,
    ),
    Claim(
        "minimisers",
        2,
        "Theorem 1, Corollary 1",
        "Limit points of minimisers of the soft functional minimise J.",
        "J at the minimiser less the least J over all partitions, over n(K−1)T/e or nT log K, on ten points "
        "of each data set with K = 2, σ from 2 to 0.005",
        WITHIN_BOUND,
        "gamma",
        minimisers,
    ),
    Claim(
        "soft-centroid",
        2,
        "Lemma 1",
        "A stationary point of the soft functional is a fixed point: each centroid is its own soft centroid.",
        f"distance of minima of F_σ, found without its gradient, to their soft centroids, on {SOME} points "
        "of each data set, where a centroid holds a point's weight or more",
        Criterion("≤", 1e-6, "centroid"),
        "fig2",
        stationary_points,
    ),
    Claim(
        "gradient-step",
        2,
        "Theorem 2",
        "The gradient step of size 1/(2Σr) is the K-means update as σ goes to 0.",
        f"distance between the two at T = Δ/40, from {STARTS} starts on each data set",
        Criterion("≤", 1e-12, "start"),
        "trajectories",
        hard_steps,
    ),
    Claim(
        "identical-trajectories",
        2,
        "Abstract, Theorem 2",
        "Gradient updates and K-means go through identical trajectories in the limit.",
        f"largest distance of a coordinate to {ITERATIONS} iterates of K-means from the same start, at "
        f"σ = {LIMIT:g}, from {STARTS} starts on each data set",
        Criterion("≤", 1e-9, "run"),
        "trajectories",
        trajectories,
    ),
    Claim(
        "collapse",
        2,
        "Abstract, Figs. 1 and 2",
        "Soft centroids collapse onto those of K-means from the same start as σ goes to 0.",
        "largest d_j of a run at the smallest σ",
        Criterion("≤", CLOSE, "run", exceptions=MOST),
        "fig2",
        ends,
    ),
    Claim(
        "exponential-bound",
        2,
        "Theorem 3",
        "Soft centroids converge exponentially: one step from the K-means solution stays within a bound in "
        "e^(−Δ/T).",
        "distance over the bound of Part B.4, wherever (K−1)e^(−Δ/T) < 1",
        Criterion("≤", 1, "centroid and temperature"),
        "rates",
        bounded,
    ),
    Claim(
        "exponential-rate",
        2,
        "Theorem 3",
        "The rate of that convergence is the margin: log d_j against 1/T has the slope −Δ_j.",
        "distance of slope/(−Δ_j) from 1, where float64 can tell it",
        Criterion("≤", 0.05, "centroid", exceptions=MOST),
        "rates",
        slopes,
    ),
    Claim(
        "entmax-exact",
        2,
        "Theorem 4",
        "With entmax-1.5 the deviation from K-means is exactly 0 from σ = √Δ/2 down.",
        "distance from 1 of the largest σ with the K-means solution bit for bit over √Δ/2 (searched to 3e-4)",
        Criterion("≤", 1e-3, "start", exceptions=MOST),
        "rates",
        exactness,
    ),
    Claim(
        "entmax-polynomial",
        2,
        "Theorem 4",
        "Above √Δ/2 the deviation of entmax-1.5 is polynomial: quadratic in T − Δ/2 (Part B.5).",
        "distance from 2 of the order of the largest d_j, fitted over Δ/2 < T ≤ 1.01 Δ/2",
        Criterion("≤", 0.2, "data set", exceptions=MOST),
        "rates",
        orders,
    ),
    Claim(
        "entmax-one-hot",
        2,
        "Theorem 4",
        "Entmax-1.5 gives a point to one cluster alone if and only if its margin is at least 2T (Part B.5).",
        "points for which that is not so, at the K-means solution",
        EVERY_POINT,
        "rates",
        one_hot,
    ),
    Claim(
        "voronoi",
        2,
        "Abstract",
        "Entmax-1.5 preserves the Voronoi partition: the nearest centroid has the largest responsibility.",
        "points for which that is not so, at the K-means solution",
        EVERY_POINT,
        "fig2",
        voronoi,
    ),
    Claim(
        "softmax-unstable",
        2,
        "Abstract",
        "Softmax is numerically unstable at low temperatures.",
        "largest σ, of 2 to 1e-8, at which some responsibility is NaN: as the formula is written, and "
        "shifted by the largest score",
        Criterion(">", 0, "data set and evaluation", exceptions=0.5),
        "stability",
        softmax_breaks,
    ),
    Claim(
        "entmax-stable",
        2,
        "Abstract",
        "Entmax-1.5 is stable at low temperatures.",
        "largest σ, of 2 to 1e-8, at which some responsibility is NaN",
        Criterion("=", 0, "data set"),
        "stability",
        entmax_breaks,
    ),
)


def collapse_claims(datasets: Collection[str]) -> tuple[Claim[Evidence], ...]:
    """The monotone collapse, for each protocol and data set."""
    return tuple(
        Claim(
            f"monotone-{protocol}-{dataset}",
            2,
            f"Abstract, Fig. 1 ({protocol})",
            f"On {dataset}, soft centroids collapse monotonically onto those of K-means as σ goes to 0.",
            f"rise of the mean d_j, {average}, from one σ to the next, beyond the solver's error, with "
            "softmax and with entmax-1.5",
            Criterion("≤", 0, "step of σ"),
            "fig1",
            partial(rises, dataset=dataset, protocol=protocol),
        )
        for protocol, average in zip(PROTOCOLS, ("of one start", "over all starts"), strict=True)
        for dataset in datasets
    )


def all_claims(datasets: Collection[str]) -> tuple[Claim[Evidence], ...]:
    """Every claim, for the data sets of the experiment."""
    return CLAIMS + collapse_claims(datasets)
