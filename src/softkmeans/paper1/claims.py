"""The claims of Inoue & Hara (2020)."""

from functools import partial

import pandas as pd

from softkmeans.paper1 import identities
from softkmeans.paper1.study import PAPER_ITERATIONS, SOFT, Evidence, monotonicity, shown
from softkmeans.report.ledger import (
    BY_CONSTRUCTION,
    EMPIRICAL,
    Claim,
    Criterion,
    Measured,
    cases,
    register,
    remark,
)

NO_METHOD = f"none of {', '.join(SOFT)} is among the methods"
NO_TRUTH = "no ground truth"

CLAIMS: list[Claim[Evidence]] = list(identities.CLAIMS)
claim = partial(register, CLAIMS, "paper1")


@claim(
    "entropy-not-monotone",
    kind=EMPIRICAL,
    where="Section 3, Figs. 4 and 8",
    statement="Total entropy (Eq. 20) need not increase over the iterations: it rises and falls.",
    criterion=Criterion(">", 0, "method and initialisation"),
    figure="fig4-starts",
)
def entropy_rises_and_falls(evidence: Evidence) -> Measured:
    """Share of the starts whose entropy both rises and falls."""
    dataset = evidence.data.name
    trace = evidence.first.trace(dataset)
    for (method, start), runs in trace.groupby(["method", "initialisation"], observed=True, sort=False):
        kinds = monotonicity(runs)
        n = int((kinds == "rises and falls").sum())
        yield cases(dataset, n / len(kinds), f"{method} {start}", f"{start} {n} of {len(kinds)}")


@claim(
    "14-iterations",
    kind=BY_CONSTRUCTION,
    where="Section 3, Fig. 3",
    statement="From random initial centroids, the run that is shown takes 14 iterations.",
    criterion=Criterion("=", PAPER_ITERATIONS["random-points"], "run shown"),
    figure="fig3",
)
def first_iterations(evidence: Evidence) -> Measured:
    """Iterations of our stand-in, the random start most like the paper's.

    It is the nearest to 14 iterations among those that end above the ground truth's J.
    """
    found = shown(evidence.first.runs, evidence.data)
    if found is None:
        yield remark(NO_METHOD)
        return
    counts = found.random["n_iterations"]
    share = (counts == PAPER_ITERATIONS["random-points"]).mean()
    note = (
        f"the paper's start is not published; {share:.1%} of {len(counts)} random starts need 14 iterations, "
        f"the median is {counts.median():g}"
    )
    yield cases(evidence.data.name, found.run["n_iterations"], note=note)


@claim(
    "local-optimum",
    kind=BY_CONSTRUCTION,
    where="Section 3, Figs. 2 and 3",
    statement="That run ends in a local optimum: J and J̃ stay above those at the ground truth.",
    criterion=Criterion(">", 0, "objective"),
    figure="fig2",
)
def local_optimum(evidence: Evidence) -> Measured:
    """J, and J̃, of the run over those at the ground truth, less 1."""
    found = shown(evidence.first.runs, evidence.data)
    if found is None or found.truth is None:
        yield remark(NO_METHOD if found is None else NO_TRUTH)
        return
    truth, run = found.truth, found.run
    values = (
        (run["objective"] - truth.objective) / truth.objective,
        (run["smooth_objective"] - truth.smooth_objective) / abs(truth.smooth_objective),
    )
    share = (found.random["objective"] > truth.objective).mean()
    note = f"J is above the ground truth's in {share:.1%} of {len(found.random)} random starts"
    yield cases(evidence.data.name, values, ["J", "J̃"], note)


def _sequential(evidence: Evidence) -> pd.DataFrame:
    return evidence.first.runs[evidence.first.runs["initialisation"] == "sequential"]


@claim(
    "9-iterations",
    kind=EMPIRICAL,
    where="Section 3, Fig. 7",
    statement="From equal blocks of consecutive rows, the run takes 9 iterations.",
    criterion=Criterion("=", PAPER_ITERATIONS["sequential"], "method"),
    figure="fig7",
)
def second_iterations(evidence: Evidence) -> Measured:
    """Iterations from the sequential start."""
    runs = _sequential(evidence)
    yield cases(evidence.data.name, runs["n_iterations"], runs["method"])


@claim(
    "sequential-finds-all",
    kind=EMPIRICAL,
    where="Section 3, Fig. 7",
    statement="From that start, every cluster of the ground truth is found.",
    criterion=Criterion("=", 0, "method"),
    figure="fig7",
)
def second_clusters(evidence: Evidence) -> Measured:
    """Centroid index, the number of clusters missed or doubled."""
    runs = _sequential(evidence).dropna(subset=["centroid_index"])
    if not len(runs):
        yield remark(NO_TRUTH)
        return
    note = f"adjusted Rand index {runs['ari'].min():.4g}"
    yield cases(evidence.data.name, runs["centroid_index"], runs["method"], note)


@claim(
    "sequential-coincides",
    kind=EMPIRICAL,
    where="Section 3, Fig. 7",
    statement="From that start, the centroids coincide with the ground truth, which is hidden behind them.",
    criterion=Criterion("≤", 0.01, "method"),
    figure="fig7",
)
def second_distance(evidence: Evidence) -> Measured:
    """Mean distance to the true centroids, relative to the data's range.

    A mark's radius in the figure is about 0.01 of it.
    """
    runs = _sequential(evidence).dropna(subset=["centroid_error"])
    if not len(runs):
        yield remark(NO_TRUTH)
        return
    extent = evidence.first.extent(evidence.data.name)
    yield cases(evidence.data.name, runs["centroid_error"] / extent, runs["method"])
