"""The claims of Inoue & Hara (2020)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from softkmeans.arrays import Floats, squared_distances, standardise
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids
from softkmeans.clustering.kernels import prepare, sum_over_points
from softkmeans.clustering.methods import METHODS, gradient
from softkmeans.clustering.temperatures import critical_temperature
from softkmeans.data.dataset import Dataset
from softkmeans.paper1.study import (
    PAPER_ITERATIONS,
    SOFT,
    Truth,
    at_truth,
    choose_repeat,
    monotonicity,
)
from softkmeans.report.ledger import Cases, Claim, Criterion, cases, joined, no_cases
from softkmeans.runs.stored import Study

ROUNDING = 1e-12
"""Of sums over points, relative."""

START = ["initialisation", "temperature", "repeat"]
"""What runs of different methods from the same start share."""

CUTS = 8
"""Tenfold cuts of the temperature, from the critical one, on the way to 0."""

DRAWS = 20
"""Random centroids, or memberships, at which identities are tested."""

ONE_PLACE = "all points are the same"
NO_METHOD = f"none of {', '.join(SOFT)} is among the methods"
NO_TRUTH = "no ground truth"


@dataclass(frozen=True)
class Evidence:
    """What the claims are measured on.

    Attributes
    ----------
    data : Dataset
    n_clusters : int
        K of the paper's runs.
    first : Study
        The paper's own runs.
    sweep : Study or None
    """

    data: Dataset
    n_clusters: int
    first: Study
    sweep: Study | None

    @property
    def studies(self) -> tuple[Study, ...]:
        """The paper's runs, and those of the sweep if there is one."""
        return (self.first,) if self.sweep is None else (self.first, self.sweep)


# Equivalence.


def same_centroids(evidence: Evidence, one: str, other: str) -> Cases:
    """Largest distance of any coordinate between two methods' centroids, relative to the data's range.

    Over the iterations that the tables hold, and between the last ones however many there were.
    """
    parts = []
    for study in evidence.studies:
        groups = study.runs[["dataset", "initialisation", "method"]].astype(str).drop_duplicates()
        for dataset, initialisation in groups.iloc[:, :2].drop_duplicates().itertuples(index=False):
            here = (groups["dataset"] == dataset) & (groups["initialisation"] == initialisation)
            if {one, other} <= set(groups.loc[here, "method"]):
                a, b = (study.places(dataset, method, initialisation) for method in (one, other))
                apart = _largest(*a, *b) / study.sizes[dataset].extent
                parts.append(cases(dataset, apart, initialisation))
    return joined(parts, "" if parts else f"{one} and {other} are not both among the methods")


def _largest(keys: pd.DataFrame, places: Floats, other_keys: pd.DataFrame, others: Floats) -> Floats:
    """Largest distance between two methods' centroids, a run each."""
    run = ["temperature", "repeat"]
    rows, other_rows = (k.assign(row=np.arange(len(k))) for k in (keys, other_keys))
    ends = rows.groupby(run).last().merge(other_rows.groupby(run).last(), on=run, suffixes=("", "_other"))
    both = rows.merge(other_rows, on=[*run, "iteration"], suffixes=("", "_other"))
    pairs = pd.concat([both, ends.reset_index()])
    apart = np.array(
        [np.abs(places[a] - others[b]).max() for a, b in pairs[["row", "row_other"]].to_numpy(int)]
    )
    return pairs.assign(apart=apart).groupby(run)["apart"].max().to_numpy()


def same_iterations(evidence: Evidence) -> Cases:
    """Most iterations less fewest, among the methods from one start."""
    parts = []
    for study in evidence.studies:
        grouped = study.runs.groupby(["dataset", *START], observed=True)["n_iterations"]
        found = grouped.agg(["count", "min", "max"]).reset_index()
        found = found[found["count"] > 1]
        parts.append(cases(found["dataset"], found["max"] - found["min"], found["initialisation"]))
    return joined(parts)


# J̃.


def bounds(evidence: Evidence) -> Cases:
    """How far J leaves [J̃, J̃ + nT log K], over J + nT log K: the worst iteration of each run."""

    def outside(trace: pd.DataFrame, slack: pd.Series) -> pd.Series:
        gap = trace["objective"] - trace["smooth_objective"]
        return (-gap).clip(lower=gap - slack)

    return joined(_worst_of_runs(study, outside) for study in evidence.studies)


def monotone(evidence: Evidence) -> Cases:
    """Largest rise of J̃ between two rows of the trace of a run, over J + nT log K."""
    kept, made = 0, 0

    def rise(trace: pd.DataFrame, slack: pd.Series) -> pd.Series:
        nonlocal kept, made
        runs = trace.groupby(["method", *START], observed=True)
        steps = runs["iteration"].diff()
        kept, made = kept + int((steps > 0).sum()), made + int(steps.sum())
        return runs["smooth_objective"].diff()

    found = joined(_worst_of_runs(study, rise) for study in evidence.studies)
    return replace(found, note="" if kept == made else f"the traces kept {kept} of {made} iterations")


def _worst_of_runs(study: Study, measure: Callable[[pd.DataFrame, pd.Series], pd.Series]) -> Cases:
    """Largest value of each run, of a measure on (trace, nT log K), relative to the size of the terms."""
    parts = []
    for dataset, size, trace in study.steps():
        slack = size.n_points * trace["temperature"] * np.log(size.n_clusters)
        value = measure(trace, slack) / (trace["objective"] + slack)
        worst = value.groupby([trace[name] for name in ("method", *START)], observed=True).max().dropna()
        parts.append(cases(dataset, worst, worst.index.get_level_values("method").astype(str)))
    return joined(parts)


def limit(evidence: Evidence) -> Cases:
    """J − J̃ after a tenfold cut of T over that before it, at random points as centroids."""
    points = evidence.data.points
    top = critical_temperature(points)
    if not top > 0:
        return no_cases(ONE_PLACE)
    levels = np.array([top / 10**cut for cut in range(CUTS + 1)])
    prepared = prepare(points)
    found = []
    for seed in range(DRAWS):
        state = np.tile(_random_points(evidence, seed) - prepared.centre, (len(levels), 1, 1))
        gaps = -sum_over_points(prepared, state, levels, METHODS["lse"].assignment).gain
        found.append(gaps[1:] / np.maximum(gaps[:-1], np.finfo(float).tiny))
    return cases(evidence.data.name, np.concatenate(found))


def gradient_error(evidence: Evidence) -> Cases:
    """Largest error of Eq. 7 against differences of Eq. 5, over the largest component of the gradient."""
    if not critical_temperature(evidence.data.points) > 0:
        return no_cases(ONE_PLACE)
    rng = np.random.default_rng(0)
    points = standardise(evidence.data.points)
    points = points[rng.choice(len(points), min(len(points), 500), replace=False)]
    prepared = prepare(points)
    found = []
    for ratio in (1.0, 0.3, 0.1, 0.03):
        temperature = ratio * critical_temperature(points)
        for _ in range(5):
            places = rng.normal(size=(evidence.n_clusters, points.shape[1]))
            state = (places - prepared.centre)[None]
            sums = sum_over_points(prepared, state, np.array([temperature]), METHODS["lse"].assignment)
            exact = gradient(sums, state)[0]
            error = np.abs(exact - _differences(points, places, temperature)).max()
            found.append(error / np.abs(exact).max())
    return cases(evidence.data.name, found)


def _differences(points: Floats, centroids: Floats, temperature: float) -> Floats:
    """Gradient of J̃ as Eq. 5 has it, written plainly, by central differences of the fourth order."""

    def smooth_objective(places: Floats) -> float:
        return -temperature * float(logsumexp(-squared_distances(points, places) / temperature, axis=0).sum())

    found = np.empty_like(centroids)
    step = 1e-3 * np.sqrt(temperature)
    for index in np.ndindex(centroids.shape):
        values = []
        for steps in (-2, -1, 1, 2):
            places = centroids.copy()
            places[index] += steps * step
            values.append(smooth_objective(places))
        found[index] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
    return found


# Section 2.3.


def lagrangian(u: Floats, squares: Floats, temperature: float, multipliers: Floats) -> Floats:
    """Terms of L (Eq. 12) at memberships (n, K): J, T Σ u log u and the constraints."""
    constraints = (multipliers * (u.sum(axis=1) - 1)).sum()
    return np.array([(u * squares).sum(), temperature * (u * np.log(u)).sum(), constraints])


def entropy_lagrangian(u: Floats, squares: Floats, target: float, mu: float, multipliers: Floats) -> Floats:
    """Terms of L^Ent (Eq. 22): the entropy, the constraints and μ(J − J₀)."""
    constraints = (multipliers * (u.sum(axis=1) - 1)).sum()
    return np.array([-(u * np.log(u)).sum(), constraints, mu * ((u * squares).sum() - target)])


def lagrangians(evidence: Evidence) -> Cases:
    """|L^Ent − μ(L − J₀)| over the sum of the terms' sizes, where μT = −1 and λ^Ent = μλ.

    At random memberships, which need not sum to 1, random multipliers and J₀, so that every term counts.
    """
    rng = np.random.default_rng(0)
    points = evidence.data.points
    critical = critical_temperature(points)
    if not critical > 0:
        return no_cases(ONE_PLACE)
    found = []
    for seed in range(DRAWS):
        squares = squared_distances(points, _random_points(evidence, seed)).T
        u = rng.uniform(0.01, 1, squares.shape)
        temperature = critical * 10 ** rng.uniform(-3, 1)
        multipliers = temperature * rng.normal(size=len(points))
        target = squares.sum() * rng.uniform()
        mu = -1 / temperature
        one = entropy_lagrangian(u, squares, target, mu, mu * multipliers)
        other = mu * np.append(lagrangian(u, squares, temperature, multipliers), -target)
        found.append(abs(one.sum() - other.sum()) / (np.abs(one).sum() + np.abs(other).sum()))
    return cases(evidence.data.name, found)


def _random_points(evidence: Evidence, seed: int) -> Floats:
    start = INITIALISATIONS["random-points"]
    return initial_centroids(evidence.data.points, evidence.n_clusters, start, seed)


# Section 3.


@dataclass(frozen=True)
class Shown:
    """The run that stands in for the paper's first one, whose start is not published.

    Attributes
    ----------
    random : frame
        Runs from random points by the method that paper 1's figures show.
    run : series
        The one that is shown.
    truth : Truth or None
    """

    random: pd.DataFrame
    run: pd.Series
    truth: Truth | None


def shown(evidence: Evidence) -> Shown | None:
    """Choose the run as the figures do; None where there is none."""
    runs = evidence.first.runs[evidence.first.runs["initialisation"] == "random-points"]
    if not len(runs):
        return None
    random = runs[runs["method"] == next(name for name in SOFT if (runs["method"] == name).any())]
    centroids = evidence.data.true_centroids
    temperature = float(random["temperature"].iloc[0])
    truth = None if centroids is None else at_truth(evidence.data.points, centroids, temperature)
    return Shown(random, random[random["repeat"] == choose_repeat(random, truth)].iloc[0], truth)


def first_iterations(evidence: Evidence) -> Cases:
    """Iterations of the random start that stands in for the paper's."""
    found = shown(evidence)
    if found is None:
        return no_cases(NO_METHOD)
    counts = found.random["n_iterations"]
    share = (counts == PAPER_ITERATIONS["random-points"]).mean()
    note = (
        f"the paper's start is not published; {share:.1%} of {len(counts)} random starts need 14 iterations, "
        f"the median is {counts.median():g}"
    )
    return cases(evidence.data.name, found.run["n_iterations"], note=note)


def local_optimum(evidence: Evidence) -> Cases:
    """J, and J̃, of the same run over those at the ground truth, less 1."""
    found = shown(evidence)
    if found is None or found.truth is None:
        return no_cases(NO_METHOD if found is None else NO_TRUTH)
    truth, run = found.truth, found.run
    values = (
        (run["objective"] - truth.objective) / truth.objective,
        (run["smooth_objective"] - truth.smooth_objective) / abs(truth.smooth_objective),
    )
    share = (found.random["objective"] > truth.objective).mean()
    note = f"J is above the ground truth's in {share:.1%} of {len(found.random)} random starts"
    return cases(evidence.data.name, values, ["J", "J̃"], note)


def second_iterations(evidence: Evidence) -> Cases:
    """Iterations from the sequential start, by each method."""
    runs = _sequential(evidence)
    return cases(evidence.data.name, runs["n_iterations"], runs["method"])


def second_clusters(evidence: Evidence) -> Cases:
    """Centroid index from the sequential start, by each method."""
    runs = _sequential(evidence).dropna(subset=["centroid_index"])
    if not len(runs):
        return no_cases(NO_TRUTH)
    note = f"adjusted Rand index {runs['ari'].min():.4g}"
    return cases(evidence.data.name, runs["centroid_index"], runs["method"], note)


def second_distance(evidence: Evidence) -> Cases:
    """Mean distance to the true centroids from the sequential start, relative to the data's range."""
    runs = _sequential(evidence).dropna(subset=["centroid_error"])
    if not len(runs):
        return no_cases(NO_TRUTH)
    extent = evidence.first.sizes[evidence.data.name].extent
    return cases(evidence.data.name, runs["centroid_error"] / extent, runs["method"])


def _sequential(evidence: Evidence) -> pd.DataFrame:
    return evidence.first.runs[evidence.first.runs["initialisation"] == "sequential"]


def entropy_rises_and_falls(evidence: Evidence) -> Cases:
    """Share of the starts whose entropy both rises and falls, by method and initialisation."""
    parts = []
    for dataset, _, trace in evidence.first.steps():
        for method in trace["method"].unique():
            for start in trace["initialisation"].unique():
                runs = trace[(trace["method"] == method) & (trace["initialisation"] == start)]
                kinds = monotonicity(runs)
                n = int((kinds == "rises and falls").sum())
                note = f"{start} {n} of {len(kinds)}"
                parts.append(cases(dataset, n / len(kinds), f"{method} {start}", note))
    return joined(parts)


EQUAL = Criterion("≤", 1e-9, "run", exceptions=0.01)
WITHIN_ROUNDING = Criterion("≤", ROUNDING, "run")
APART = (
    "largest distance of a coordinate between the two, over the iterations that the tables hold, relative to "
    "the data's range"
)

CLAIMS = (
    Claim(
        "lse-is-entropy",
        1,
        "Sections 2.4 and 3, Eqs. 8, 16, 19",
        "Log-sum-exp approximation (Eq. 8) and entropy regularisation (Eqs. 16 and 19) give the same "
        "centroids.",
        APART,
        EQUAL,
        "fig3",
        partial(same_centroids, one="lse", other="entropy"),
    ),
    Claim(
        "maxent-is-entropy",
        1,
        "Sections 2.3 and 2.4, Eq. 24",
        "The update of memberships without centroids (Eq. 24) gives the same centroids as entropy "
        "regularisation.",
        APART,
        EQUAL,
        "fig7",
        partial(same_centroids, one="maxent", other="entropy"),
    ),
    Claim(
        "same-iterations",
        1,
        "Section 3, Figs. 2 and 6",
        "The equivalent methods take the same number of iterations from the same start.",
        "most iterations less fewest, among lse, entropy and maxent",
        Criterion("=", 0, "start", exceptions=0.01),
        "fig2",
        same_iterations,
    ),
    Claim(
        "maxent-lagrangian",
        1,
        "Section 2.3, Eq. 23",
        "The Lagrange function of the maximum entropy method is that of entropy regularisation, scaled and "
        "shifted: L^Ent = μ(L − J₀), where μT = −1 and λ^Ent = μλ.",
        "difference of the two sides relative to the size of their terms, at random memberships, "
        "multipliers, T, J₀",
        Criterion("≤", ROUNDING, "draw"),
        "fig4",
        lagrangians,
    ),
    Claim(
        "gradient",
        1,
        "Section 2.1, Eq. 7",
        "The gradient of J̃ is −2 Σ u(x − c), with the weights u of Eq. 7.",
        "largest error against differences of Eq. 5, relative to the largest component, at random centroids "
        "and four temperatures",
        Criterion("≤", 1e-8, "set of centroids"),
        "fig2",
        gradient_error,
    ),
    Claim(
        "smooth-bounds",
        1,
        "Section 2.1, Eqs. 2 to 6",
        "J̃ approximates J: J̃ ≤ J ≤ J̃ + nT log K.",
        "how far J is outside (negative: inside), relative to J + nT log K, at the worst iteration of a run",
        WITHIN_ROUNDING,
        "fig2",
        bounds,
    ),
    Claim(
        "smooth-limit",
        1,
        "Section 2.1, Eqs. 4 to 6",
        "J̃ goes to J as T goes to 0.",
        f"J − J̃ after a tenfold cut of T over that before it, {CUTS} cuts from T_c down, at {DRAWS} random "
        "sets of centroids",
        Criterion("≤", 0.1, "cut"),
        "fig2",
        limit,
    ),
    Claim(
        "smooth-monotone",
        1,
        "Section 3, Figs. 2 and 6",
        "J̃ never rises from one iteration to the next.",
        "largest rise of J̃ between two rows of a run's trace (negative: it falls), relative to J + nT log K",
        WITHIN_ROUNDING,
        "fig6",
        monotone,
    ),
    Claim(
        "entropy-not-monotone",
        1,
        "Section 3, Figs. 4 and 8",
        "Total entropy (Eq. 20) need not increase over the iterations: it rises and falls.",
        "share of the starts whose entropy both rises and falls",
        Criterion(">", 0, "method and initialisation"),
        "fig4-starts",
        entropy_rises_and_falls,
    ),
    Claim(
        "14-iterations",
        1,
        "Section 3, Fig. 3",
        "From random initial centroids, the run that is shown takes 14 iterations.",
        "iterations of our stand-in: the random start most like the paper's, nearest to 14 iterations among "
        "those that end above the ground truth's J",
        Criterion("=", PAPER_ITERATIONS["random-points"], "run shown"),
        "fig3",
        first_iterations,
    ),
    Claim(
        "local-optimum",
        1,
        "Section 3, Figs. 2 and 3",
        "That run ends in a local optimum: J and J̃ stay above those at the ground truth.",
        "J, and J̃, of the run over those at the ground truth, less 1",
        Criterion(">", 0, "objective"),
        "fig2",
        local_optimum,
    ),
    Claim(
        "9-iterations",
        1,
        "Section 3, Fig. 7",
        "From equal blocks of consecutive rows, the run takes 9 iterations.",
        "iterations from the sequential start",
        Criterion("=", PAPER_ITERATIONS["sequential"], "method"),
        "fig7",
        second_iterations,
    ),
    Claim(
        "sequential-finds-all",
        1,
        "Section 3, Fig. 7",
        "From that start, every cluster of the ground truth is found.",
        "centroid index, the number of clusters missed or doubled",
        Criterion("=", 0, "method"),
        "fig7",
        second_clusters,
    ),
    Claim(
        "sequential-coincides",
        1,
        "Section 3, Fig. 7",
        "From that start, the centroids coincide with the ground truth, which is hidden behind them.",
        "mean distance to the true centroids, relative to the data's range (a mark's radius in the figure is "
        "about 0.01 of it)",
        Criterion("≤", 0.01, "method"),
        "fig7",
        second_distance,
    ),
)
