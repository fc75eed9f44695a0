"""Claims that Inoue & Hara (2020) prove, so that measuring them tests our code."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import scipy
from scipy.special import logsumexp, xlogy

from softkmeans.arrays import Floats, squared_distances, standardise
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids
from softkmeans.clustering.kernels import prepare, sum_over_points
from softkmeans.clustering.methods import METHODS, gradient
from softkmeans.clustering.temperatures import critical_temperature
from softkmeans.paper1.study import START, Evidence, gaps, without_runs
from softkmeans.report.ledger import IDENTITY, Claim, Criterion, Measured, cases, register, remark, unless
from softkmeans.runs.stored import Study

#: Relative rounding error of sums over points.
ROUNDING = 1e-12

#: Number of tenfold cuts of the temperature, the first from the critical temperature.
CUTS = 8

#: Number of random sets of centroids, or of memberships, at which equations are tested.
DRAWS = 20

CLAIMS: list[Claim[Evidence]] = []
claim = partial(register, CLAIMS, "paper1", kind=IDENTITY)

EQUAL = Criterion("≤", 1e-9, "run", exceptions=0.01)
WITHIN_ROUNDING = Criterion("≤", ROUNDING, "run")


def without_extent(evidence: Evidence) -> str | None:
    """Say why a claim about any data cannot be measured on these; None if it can."""
    return None if critical_temperature(evidence.data.points) > 0 else "all points are the same"


# Equivalence.


@claim(
    "maxent-is-entropy",
    where="Sections 2.3 and 2.4, Eq. 24",
    statement="The update of memberships without centroids (Eq. 24) gives the same centroids as entropy "
    "regularisation.",
    criterion=EQUAL,
    figure="fig7",
    one="maxent",
    other="entropy",
)
@claim(
    "lse-is-entropy",
    where="Sections 2.4 and 3, Eqs. 8, 16, 19",
    statement="Log-sum-exp approximation (Eq. 8) and entropy regularisation (Eqs. 16 and 19) give the same "
    "centroids.",
    criterion=EQUAL,
    figure="fig3",
    one="lse",
    other="entropy",
)
def same_centroids(evidence: Evidence, one: str, other: str) -> Measured:
    """Largest difference of a coordinate between the two methods, relative to the data's range.

    The methods are compared at every iteration that the tables hold, and at the ends of their runs.
    """
    compared = False
    for study in evidence.studies:
        groups = study.runs[["dataset", "initialisation", "method"]].astype(str).drop_duplicates()
        made = set(groups.itertuples(index=False, name=None))
        for dataset, start in groups[["dataset", "initialisation"]].drop_duplicates().itertuples(index=False):
            if {(dataset, start, one), (dataset, start, other)} <= made:
                a, b = _from_the_same(*(study.centroids(dataset, method, start) for method in (one, other)))
                ends = (rows.groupby(START, observed=True).tail(1).assign(iteration=-1) for rows in (a, b))
                found = pd.concat([gaps(a, b), gaps(*ends)]).groupby(START, observed=True)["gap"].max()
                yield cases(dataset, found / study.extent(dataset), start)
                compared = True
    if not compared:
        yield remark(f"no runs by both {one} and {other} on data that have an extent")


def _from_the_same(one: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep the runs from starts that both methods have, since the sweep runs some methods from few starts."""
    a, b = (pd.MultiIndex.from_frame(rows[START].astype({START[0]: str})) for rows in (one, other))
    return one[a.isin(b)], other[b.isin(a)]


@claim(
    "same-iterations",
    where="Section 3, Figs. 2 and 6",
    statement="The equivalent methods take the same number of iterations from the same start.",
    criterion=Criterion("=", 0, "start", exceptions=0.01),
    figure="fig2",
)
@unless(without_runs)
def same_iterations(evidence: Evidence) -> Measured:
    """Largest minus smallest number of iterations among lse, entropy and maxent."""
    for study in evidence.studies:
        grouped = study.runs.groupby(["dataset", *START], observed=True)["n_iterations"]
        found = grouped.agg(["count", "min", "max"]).reset_index()
        found = found[found["count"] > 1]
        yield cases(found["dataset"], found["max"] - found["min"], found["initialisation"])


# Section 2.3.


def lagrangian(u: Floats, squares: Floats, temperature: float, multipliers: Floats) -> Floats:
    """Terms of L (Eq. 12) at memberships (n, K): J, T Σ u log u and the constraints."""
    constraints = (multipliers * (u.sum(axis=1) - 1)).sum()
    return np.array([(u * squares).sum(), temperature * (u * np.log(u)).sum(), constraints])


def entropy_lagrangian(u: Floats, squares: Floats, target: float, mu: float, multipliers: Floats) -> Floats:
    """Terms of L^Ent (Eq. 22): the entropy, the constraints and μ(J − J₀)."""
    constraints = (multipliers * (u.sum(axis=1) - 1)).sum()
    return np.array([-(u * np.log(u)).sum(), constraints, mu * ((u * squares).sum() - target)])


@claim(
    "maxent-lagrangian",
    where="Section 2.3, Eq. 23",
    statement="The Lagrange function of the maximum entropy method is that of entropy regularisation, scaled "
    "and shifted: L^Ent = μ(L − J₀), where μT = −1 and λ^Ent = μλ.",
    criterion=Criterion("≤", ROUNDING, "draw"),
    figure="fig4",
)
@unless(without_extent)
def lagrangians(evidence: Evidence) -> Measured:
    """Difference of the two sides, relative to the size of their terms.

    Memberships, multipliers, T and J₀ are random. The memberships need not sum to 1, so that no term is 0.
    """
    rng = np.random.default_rng(0)
    points = evidence.data.points
    critical = critical_temperature(points)
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
    yield cases(evidence.data.name, found)


@claim(
    "memberships-maximise-entropy",
    where="Sections 2.3 and 3, Eqs. 19 to 22",
    statement="Each update of the memberships (Eq. 19) maximises total entropy (Eq. 20) at its own J₀; what "
    "changes from one iteration to the next is J₀.",
    criterion=Criterion("≤", ROUNDING, "draw"),
    figure="fig8",
)
@unless(without_extent)
def entropy_short_of_maximum(evidence: Evidence) -> Measured:
    """Difference of the memberships' entropy to the maximum at the same J₀, relative to n log K.

    No memberships with J = J₀ have more entropy than min over β of Σ_i log Σ_k exp(−β‖x_i − c_k‖²) + βJ₀.
    Centroids and temperatures are random.
    """
    rng = np.random.default_rng(0)
    points = evidence.data.points
    critical = critical_temperature(points)
    found = []
    for seed in range(DRAWS):
        squares = squared_distances(points, _random_points(evidence, seed))
        temperature = critical * 10 ** rng.uniform(-3, 1)
        u = METHODS["entropy"].assignment.at(squares, temperature).responsibilities
        entropy, target = -xlogy(u, u).sum(), (u * squares).sum()
        most = greatest_entropy(squares, target, 1 / temperature)
        found.append(abs(most - entropy) / (len(points) * np.log(max(2, evidence.n_clusters))))
    yield cases(evidence.data.name, found)


def greatest_entropy(squares: Floats, target: float, near: float) -> float:
    """Largest entropy (Eq. 20) of memberships with J = target (Eq. 21), by the dual problem.

    `squares` (K, n) are the squared distances. The search for the multiplier β of J begins at `near`.
    """
    least = squares.min(axis=0)

    def bound(log_beta: float) -> float:
        beta = np.exp(log_beta)
        return float(logsumexp(-beta * (squares - least), axis=0).sum() + beta * (target - least.sum()))

    return float(scipy.optimize.minimize_scalar(bound, bracket=(np.log(near) - 1, np.log(near) + 1)).fun)


def _random_points(evidence: Evidence, seed: int) -> Floats:
    start = INITIALISATIONS["random-points"]
    return initial_centroids(evidence.data.points, evidence.n_clusters, start, seed)


# J̃.


@claim(
    "gradient",
    where="Section 2.1, Eq. 7",
    statement="The gradient of J̃ is −2 Σ u(x − c), with the weights u of Eq. 7.",
    criterion=Criterion("≤", 1e-8, "set of centroids"),
    figure="fig2",
)
@unless(without_extent)
def gradient_error(evidence: Evidence) -> Measured:
    """Largest error of the gradient against finite differences of Eq. 5, relative to its largest component.

    It is measured at random centroids and four temperatures.
    """
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
    yield cases(evidence.data.name, found)


def _differences(points: Floats, centroids: Floats, temperature: float) -> Floats:
    """Gradient of Eq. 5, written plainly, by central differences of the fourth order, (K, d)."""

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


@claim(
    "smooth-bounds",
    where="Section 2.1, Eqs. 2 to 6",
    statement="J̃ approximates J: J̃ ≤ J ≤ J̃ + nT log K.",
    criterion=WITHIN_ROUNDING,
    figure="fig2",
)
@unless(without_runs)
def bounds(evidence: Evidence) -> Measured:
    """How far J is outside its bounds at a run's worst iteration, relative to J + nT log K.

    It is negative inside the bounds.
    """

    def outside(trace: pd.DataFrame, slack: pd.Series) -> pd.Series:
        gap = trace["objective"] - trace["smooth_objective"]
        return (-gap).clip(lower=gap - slack)

    for study in evidence.studies:
        yield from _worst_of_runs(study, outside)


def _worst_of_runs(study: Study, measure: Callable[[pd.DataFrame, pd.Series], pd.Series]) -> Measured:
    """Largest value over each run of `measure(trace, nT log K)`, relative to J + nT log K."""
    for dataset, data in study.data.items():
        trace = study.trace(dataset)
        slack = len(data.points) * trace["temperature"] * np.log(data.n_clusters)
        value = measure(trace, slack) / (trace["objective"] + slack)
        worst = value.groupby([trace[name] for name in ("method", *START)], observed=True).max().dropna()
        yield cases(dataset, worst, worst.index.get_level_values("method").astype(str))


@claim(
    "smooth-limit",
    where="Section 2.1, Eqs. 4 to 6",
    statement="J̃ goes to J as T goes to 0.",
    criterion=Criterion("≤", 0.1, "cut"),
    figure="fig2",
)
@unless(without_extent)
def limit(evidence: Evidence) -> Measured:
    """J − J̃ after a tenfold cut of T, divided by J − J̃ before the cut.

    There are 8 cuts, from T_c down, at each of 20 random sets of centroids.
    """
    points = evidence.data.points
    top = critical_temperature(points)
    levels = np.array([top / 10**cut for cut in range(CUTS + 1)])
    prepared = prepare(points)
    found = []
    for seed in range(DRAWS):
        state = np.tile(_random_points(evidence, seed) - prepared.centre, (len(levels), 1, 1))
        below = -sum_over_points(prepared, state, levels, METHODS["lse"].assignment).gain
        found.append(below[1:] / np.maximum(below[:-1], np.finfo(float).tiny))
    yield cases(evidence.data.name, np.concatenate(found))


@claim(
    "smooth-monotone",
    where="Section 3, Figs. 2 and 6",
    statement="J̃ never rises from one iteration to the next.",
    criterion=WITHIN_ROUNDING,
    figure="fig6",
)
@unless(without_runs)
def monotone(evidence: Evidence) -> Measured:
    """Largest rise of J̃ between two rows of a run's trace, relative to J + nT log K.

    It is negative if J̃ always falls.
    """
    kept, made = 0, 0

    def rise(trace: pd.DataFrame, slack: pd.Series) -> pd.Series:
        nonlocal kept, made
        runs = trace.groupby(["method", *START], observed=True)
        steps = runs["iteration"].diff()
        kept, made = kept + int((steps > 0).sum()), made + int(steps.sum())
        return runs["smooth_objective"].diff()

    for study in evidence.studies:
        yield from _worst_of_runs(study, rise)
    if kept < made:
        yield remark(f"the traces kept {kept} of {made} iterations")
