"""The claims of section 3 of Inoue & Hara (2020): they are empirical and could have come out otherwise."""

from functools import partial

import numpy as np
import pandas as pd

from softkmeans import tables
from softkmeans.arrays import Booleans
from softkmeans.paper1 import identities
from softkmeans.paper1.identities import ROUNDING
from softkmeans.paper1.optimum import settle
from softkmeans.paper1.study import (
    PAPER_EXAMPLE,
    PAPER_ITERATIONS,
    SOFT,
    START,
    Evidence,
    Shown,
    monotonicity,
    tolerances,
    without_runs,
)
from softkmeans.report.ledger import EMPIRICAL, Claim, Criterion, Measured, cases, register, remark, unless
from softkmeans.runs.statistics import wilson

NO_TRUTH = "no ground truth"

#: Share of the starts on each side of their central 95 %.
TAIL = 0.025

#: Number of random starts whose ends are followed to a fixed point, besides the run that is shown.
FOLLOWED = 100

#: A run had stopped on a plateau if J̃ falls by more than this after the run's end, relative to J̃.
PLATEAU = 0.01

#: Two values of J̃ are the same if their relative difference is at most this.
SAME = 1e-9

#: The gradient of J̃ vanishes below this value, in the unit of `Optimum.gradient`.
VANISHING = 1e-9

CLAIMS: list[Claim[Evidence]] = list(identities.CLAIMS)
claim = partial(register, CLAIMS, "paper1", kind=EMPIRICAL)


def elsewhere(evidence: Evidence) -> str | None:
    """Say why a claim about the paper's example cannot be measured here; None if it can."""
    dataset, n_clusters, temperature = PAPER_EXAMPLE
    levels = evidence.first.runs["temperature"].unique()
    if (evidence.data.name, evidence.n_clusters, *levels) == PAPER_EXAMPLE:
        return None
    said = f"said of {dataset} with K = {n_clusters} and T = {temperature:g}"
    return said if len(levels) else f"{said}, by {', '.join(SOFT)}"


def elsewhere_or_without_truth(evidence: Evidence) -> str | None:
    """Say why a claim about the example's ground truth cannot be measured here; None if it can."""
    return elsewhere(evidence) or (NO_TRUTH if evidence.data.labels is None else None)


def _found(evidence: Evidence) -> Shown:
    assert evidence.shown is not None, "runs by a soft method are there"
    return evidence.shown


def _share(happened: Booleans) -> tuple[float, str]:
    """Lower end of the 95 % interval of a share, and the share in words."""
    n, k = len(happened), int(happened.sum())
    low, high = wilson(np.array([float(k)]), np.array([float(n)]))
    return float(low[0]), f"{k} of {n} ({k / n:.1%}, 95 % interval {low[0]:.1%} to {high[0]:.1%})"


# The first example, from random points.


@claim(
    "14-iterations",
    where="Section 3, Fig. 3",
    statement="From random initial centroids, the procedure takes 14 iterations.",
    criterion=Criterion("≥", TAIL, "side"),
    figure="fig2-starts",
)
@unless(elsewhere)
def first_iterations(evidence: Evidence) -> Measured:
    """Share of random starts that need at most 14 iterations, and of those that need at least 14.

    The paper's own start is counted among them. If both shares are at least 2.5 %, then 14 is within the
    central 95 %.
    """
    paper, counts = PAPER_ITERATIONS["random-points"], _found(evidence).random["n_iterations"]
    n = len(counts) + 1
    if 1 / n > TAIL:
        yield remark(f"{len(counts)} random starts do not show what happens in {TAIL:.1%} of them")
        return
    sides = ((1 + (counts <= paper).sum()) / n, (1 + (counts >= paper).sum()) / n)
    low, high = counts.quantile([TAIL, 1 - TAIL], interpolation="nearest")
    note = (
        f"the paper's start is not published; of {len(counts)} random starts the median needs "
        f"{counts.median():g} iterations, the central 95 % need {low:g} to {high:g}, and "
        f"{_share((counts == paper).to_numpy())[1]} need exactly 14"
    )
    yield cases(evidence.data.name, sides, ["at most 14", "at least 14"], note)


@claim(
    "local-optimum",
    where="Section 3, Figs. 2 and 3",
    statement="From random initial centroids, the solutions are local optima.",
    criterion=Criterion(">", 0, "start"),
    figure="fig2",
)
@unless(elsewhere)
def local_optimum(evidence: Evidence) -> Measured:
    """1 − ρ, with ρ the spectral radius of the update's Jacobian at the fixed point that a run leads to.

    If it is positive, the fixed point is a strict local minimum of J̃. A case has no value if the gradient
    does not vanish. The runs are the one that is shown, and those of the first 100 random starts.
    """
    found = _found(evidence)
    rows = found.random[(found.random["repeat"] < FOLLOWED) | (found.random["repeat"] == found.run["repeat"])]
    places = evidence.first.centroids(evidence.data.name, found.run["method"], "random-points")
    ends = places[~places.duplicated("repeat", keep="last") & places["repeat"].isin(rows["repeat"])]
    optima = settle(evidence.data.points, tables.sets(ends), found.run["temperature"])
    values = [1 - each.contraction if each.gradient < VANISHING else np.nan for each in optima]
    after = np.array([each.smooth_objective for each in optima])
    before = rows.set_index("repeat").loc[ends["repeat"], "smooth_objective"].to_numpy()
    moved = _share((before - after) / before > PLATEAU)[1]
    (own,) = np.flatnonzero(ends["repeat"] == found.run["repeat"])
    note = (
        f"the run shown (repeat {found.run['repeat']}, counted from 0) has a spectral radius of "
        f"{optima[own].contraction:.3g}; {moved} had stopped on a plateau: J̃ falls by more than "
        f"{PLATEAU:.0%} afterwards"
    )
    yield cases(evidence.data.name, values, note=note)


@claim(
    "above-truth",
    where="Section 3, Fig. 2",
    statement="From random initial centroids, J and J̃ end above those of the ground truth.",
    criterion=Criterion(">", 0.5, "objective"),
    figure="fig2",
)
@unless(elsewhere_or_without_truth)
def above_truth(evidence: Evidence) -> Measured:
    """Lower end of the 95 % interval of the share of random starts that end above the ground truth."""
    found = _found(evidence)
    truth = found.truth
    assert truth is not None, "there is a ground truth"
    for name, sign in (("objective", "J"), ("smooth_objective", "J̃")):
        low, text = _share((found.random[name] > getattr(truth, name)).to_numpy())
        yield cases(evidence.data.name, low, sign, f"{sign}: {text}")


@claim(
    "truth-is-optimal",
    where="Section 3, Fig. 3",
    statement="The ground truth's centroids are globally optimal.",
    criterion=Criterion("≤", ROUNDING, "objective"),
    figure="fig6",
)
@unless(elsewhere_or_without_truth)
def truth_is_optimal(evidence: Evidence) -> Measured:
    """How far the least J that any run ends with is below J at the ground truth, relative to the latter.

    The same for J̃.
    """
    truth = _found(evidence).truth
    for name, sign in (("objective", "J"), ("smooth_objective", "J̃")):
        best, true = evidence.first.runs[name].min(), getattr(truth, name)
        yield cases(evidence.data.name, (true - best) / true, sign, f"{sign}: {best:.6g} against {true:.6g}")


@claim(
    "smooth-is-similar",
    where="Section 3, Figs. 2 and 6",
    statement="With T = 1e9, J̃ has values similar to those of J.",
    criterion=Criterion("≤", 0.02, "run"),
    figure="fig2",
)
@unless(elsewhere)
def smooth_is_similar(evidence: Evidence) -> Measured:
    """Largest (J − J̃)/J over the iterations of a run."""
    trace = evidence.first.trace(evidence.data.name)
    gap = (trace["objective"] - trace["smooth_objective"]) / trace["objective"]
    worst = gap.groupby([trace[name] for name in ("method", *START)], observed=True).max()
    own = _found(evidence).run
    shown = worst.loc[own["method"], "random-points", own["temperature"], own["repeat"]]
    yield cases(evidence.data.name, worst, note=f"{shown:.2%} in the run shown")


# The second example, from blocks of rows.


def _sequential(evidence: Evidence) -> pd.DataFrame:
    return evidence.first.runs[evidence.first.runs["initialisation"] == "sequential"]


@claim(
    "9-iterations",
    where="Section 3, Fig. 7",
    statement="From equal blocks of consecutive rows, the run takes 9 iterations.",
    criterion=Criterion("=", PAPER_ITERATIONS["sequential"], "method"),
    figure="fig7",
)
@unless(elsewhere)
def second_iterations(evidence: Evidence) -> Measured:
    """Iterations from the sequential start."""
    runs, trace = _sequential(evidence), evidence.first.trace(evidence.data.name)
    steps = trace[(trace["initialisation"] == "sequential") & (trace["method"] == runs["method"].iloc[0])]
    low, high = tolerances(steps)[["low", "high"]].iloc[0]
    note = (
        "the paper's stopping rule is not known; "
        f"any tolerance from {low:.2g} to {high:.2g} gives the same number"
    )
    yield cases(evidence.data.name, runs["n_iterations"], runs["method"], note)


@claim(
    "second-needs-fewer",
    where="Section 3, Fig. 6",
    statement="From equal blocks of consecutive rows, J reaches its minimum in fewer iterations than from "
    "random centroids.",
    criterion=Criterion(">", 0.5, "method"),
    figure="fig2-starts",
)
@unless(elsewhere)
def second_needs_fewer(evidence: Evidence) -> Measured:
    """Lower end of the 95 % interval of the share of random starts that need more iterations."""
    for method, runs in evidence.first.runs.groupby("method", observed=True, sort=False):
        blocks = runs.loc[runs["initialisation"] == "sequential", "n_iterations"].item()
        random = runs.loc[runs["initialisation"] == "random-points", "n_iterations"].to_numpy()
        low, more = _share(random > blocks)
        same, fewer = (random == blocks).mean(), (random < blocks).mean()
        note = f"more in {more}; as many in {same:.1%}, fewer in {fewer:.1%}"
        yield cases(evidence.data.name, low, method, note)


@claim(
    "sequential-finds-all",
    where="Section 3, Fig. 7",
    statement="From that start, every cluster of the ground truth is found.",
    criterion=Criterion("=", 0, "method"),
    figure="fig7",
)
@unless(elsewhere_or_without_truth)
def second_clusters(evidence: Evidence) -> Measured:
    """Centroid index: the number of clusters that are missed or doubled."""
    runs = _sequential(evidence)
    note = f"adjusted Rand index {runs['ari'].min():.4g}"
    yield cases(evidence.data.name, runs["centroid_index"], runs["method"], note)


@claim(
    "sequential-coincides",
    where="Section 3, Fig. 7",
    statement="From that start, the centroids coincide with the ground truth, which is hidden behind them.",
    criterion=Criterion("≤", 0.01, "method"),
    figure="fig7",
)
@unless(elsewhere_or_without_truth)
def second_distance(evidence: Evidence) -> Measured:
    """Mean distance to the true centroids, relative to the data's range.

    The radius of a mark in the figure is about 0.01 of that range.
    """
    runs, extent = _sequential(evidence), evidence.first.extent(evidence.data.name)
    yield cases(evidence.data.name, runs["centroid_error"] / extent, runs["method"])


# Total entropy, and what the paper concludes from it.


@claim(
    "entropy-not-monotone",
    where="Section 3, Figs. 4 and 8",
    statement="Total entropy (Eq. 20) need not increase over the iterations: it rises and falls.",
    criterion=Criterion(">", 0, "method and initialisation"),
    figure="fig4-starts",
)
@unless(elsewhere)
def entropy_rises_and_falls(evidence: Evidence) -> Measured:
    """Share of the starts whose entropy both rises and falls."""
    dataset = evidence.data.name
    trace = evidence.first.trace(dataset)
    for (method, start), runs in trace.groupby(["method", "initialisation"], observed=True, sort=False):
        both = (monotonicity(runs) == "rises and falls").to_numpy()
        yield cases(dataset, both.mean(), f"{method} {start}", f"{start}: {_share(both)[1]}")


@claim(
    "entropy-superior",
    where="Section 3, Fig. 8",
    statement="Log-sum-exp approximation and entropy regularisation are superior to the maximum entropy "
    "method.",
    criterion=Criterion(">", 0.5, "method and data set"),
    figure="fig8",
)
@unless(without_runs)
def entropy_superior(evidence: Evidence) -> Measured:
    """Share of the starts from which J̃ ends lower than with Eq. 24, or as low after fewer iterations."""
    compared = 0
    for study in evidence.studies:
        runs = study.runs[["dataset", "method", *START, "n_iterations", "smooth_objective"]]
        other = runs[runs["method"] == "maxent"]
        for method in ("lse", "entropy"):
            pairs = runs[runs["method"] == method].merge(
                other, on=["dataset", *START], suffixes=("", "_maxent")
            )
            gain = pairs["smooth_objective_maxent"] - pairs["smooth_objective"]
            close = gain.abs() <= SAME * pairs["smooth_objective"].abs()
            better = (gain > 0).where(~close, pairs["n_iterations"] < pairs["n_iterations_maxent"])
            compared += len(pairs)
            for dataset, found in better.groupby(pairs["dataset"], observed=True):
                yield cases(dataset, found.mean(), method)
    yield remark(
        f"{compared} pairs of runs; Eq. 24 is Eq. 16 put into Eq. 19, so all three have the same iterates"
        if compared
        else "there are no runs both by maxent and by another soft method"
    )
