"""What the contest shows, losses included: claims of our own, and two published numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from softkmeans.arrays import Floats
from softkmeans.contest.contenders import COLD, WARM
from softkmeans.contest.study import PACEMAKER, at_share
from softkmeans.report.ledger import EMPIRICAL, Claim, Criterion, Measured, cases, register, remark, unless
from softkmeans.runs.statistics import LEVEL, holm, mcnemar

#: Mean SSE on Birch1 with K = 100, of breathing K-means, and of the best of ten greedy K-means++ runs:
#: Fritzke, "The breathing k-means algorithm", arXiv 2006.15666.
BREATHING, BEST_OF_TEN = 9.278e13, 9.664e13

#: Number of runs of which the best one counts for `BEST_OF_TEN`.
TEN = 10

#: Largest relative excess with which a published J counts as reached. A run stops once J falls by less than
#: 1e-4, so it may end a few times that above its optimum.
REACHED = 5e-4

#: Relative difference up to which two J count as equal; K-means stops when J falls by about a tenth of it.
ALIKE = 1e-3


@dataclass(frozen=True)
class Evidence:
    """What the claims are measured on.

    Attributes
    ----------
    results : frame
        Table `contest`.
    """

    results: pd.DataFrame


CLAIMS: list[Claim[Evidence]] = []
claim = partial(register, CLAIMS, "contest", kind=EMPIRICAL, where="ours")


@dataclass(frozen=True)
class Comparison:
    """A contender against another on a data set.

    Attributes
    ----------
    gain : float
        Difference of the success rates; or how much lower the mean J is, relative.
    p_value : float
        Of a test paired by repeat.
    """

    dataset: str
    other: str
    gain: float
    p_value: float


def succeeded(results: pd.DataFrame) -> dict[tuple[str, str], Floats]:
    """Whether each repeat succeeded (1 or 0), by data set and contender, on the sets with ground truth."""
    ends = at_share(results[results["centroid_index"].notna()], 1)
    found = (ends["centroid_index"] == 0).astype(float)
    return _by_entry(ends, found)


def objectives(results: pd.DataFrame) -> dict[tuple[str, str], Floats]:
    """J at the end of each repeat, by data set and contender."""
    ends = at_share(results, 1)
    return _by_entry(ends, ends["objective"])


def _by_entry(ends: pd.DataFrame, values: pd.Series) -> dict[tuple[str, str], Floats]:
    ends = ends.assign(value=values).sort_values("repeat", kind="stable")
    groups = ends.groupby(["dataset", "contender"], sort=False, observed=True)["value"]
    return {(str(d), str(c)): group.to_numpy(dtype=float) for (d, c), group in groups}


def by_success(results: pd.DataFrame, contender: str, others: Iterable[str]) -> list[Comparison]:
    """Compare success rates on each data set, by McNemar's test."""
    found = succeeded(results)
    return [
        Comparison(
            dataset,
            other,
            float(found[dataset, contender].mean() - found[dataset, other].mean()),
            mcnemar(found[dataset, contender] == 1, found[dataset, other] == 1),
        )
        for dataset, other in _pairs(found, contender, others)
    ]


def by_objective(results: pd.DataFrame, contender: str, others: Iterable[str]) -> list[Comparison]:
    """Compare J on each data set, by the exact sign test; repeats whose J are `ALIKE` count for neither."""
    found = objectives(results)
    compared = []
    for dataset, other in _pairs(found, contender, others):
        one, two = found[dataset, contender], found[dataset, other]
        better, worse = one < (1 - ALIKE) * two, two < (1 - ALIKE) * one
        gain = float(1 - one.mean() / two.mean())
        compared.append(Comparison(dataset, other, gain, mcnemar(better, worse)))
    return compared


def _pairs(
    found: dict[tuple[str, str], Floats], contender: str, others: Iterable[str]
) -> list[tuple[str, str]]:
    """Each data set with each of the others, where both that one and the contender took part."""
    return [
        (dataset, other)
        for dataset in dict.fromkeys(dataset for dataset, _ in found)
        for other in others
        if (dataset, contender) in found and (dataset, other) in found
    ]


def judged(compared: list[Comparison]) -> Measured:
    """Make a case of each comparison: its gain if significant after Holm's correction for all, else 0."""
    if not compared:
        yield remark("no data set on which the contenders can be compared")
        return
    significant = holm(np.array([each.p_value for each in compared])) < 1 - LEVEL
    gains = np.where(significant, [each.gain for each in compared], 0.0)
    yield cases([each.dataset for each in compared], gains, [f"against {each.other}" for each in compared])
    wins, losses = int((gains > 0).sum()), int((gains < 0).sum())
    yield remark(f"of {len(gains)}: won {wins}, lost {losses}, undecided {len(gains) - wins - losses}")


def _against_the_cold(warm: str) -> None:
    """Register the claims that compare a contender that uses a temperature with all that do not."""
    name = warm.replace(" ", "-")

    @claim(
        f"{name}-wins",
        statement=f"At equal cost, {warm} finds every cluster more often than every contender without a "
        "temperature, on every data set.",
        criterion=Criterion(">", 0, "data set and contender"),
        figure="success",
    )
    def wins(evidence: Evidence) -> Measured:
        """Difference of the success rates, or 0 where that is not significant.

        McNemar's exact test with Holm's correction.
        """
        yield from judged(by_success(evidence.results, warm, COLD))

    @claim(
        f"{name}-unbeaten",
        statement="At equal cost, no contender without a temperature finds every cluster more often than "
        f"{warm}.",
        criterion=Criterion("≥", 0, "data set and contender"),
        figure="success",
    )
    def unbeaten(evidence: Evidence) -> Measured:
        """Difference of the success rates, or 0 where that is not significant.

        McNemar's exact test with Holm's correction.
        """
        yield from judged(by_success(evidence.results, warm, COLD))

    @claim(
        f"{name}-lowest-objective",
        statement=f"At equal cost, no contender without a temperature reaches a lower J than {warm}.",
        criterion=Criterion("≥", 0, "data set and contender"),
        figure="objective",
    )
    def lowest(evidence: Evidence) -> Measured:
        """How much lower the mean J is, relative, or 0 where that is not significant.

        Exact sign test with Holm's correction.
        """
        yield from judged(by_objective(evidence.results, warm, COLD))


for each in WARM:
    _against_the_cold(each)


@claim(
    "masses-help",
    statement="At equal cost, annealing with masses (Rose 1998) finds every cluster at least as often as "
    "without.",
    criterion=Criterion("≥", 0, "data set"),
    figure="success",
)
def masses(evidence: Evidence) -> Measured:
    """Difference of the success rates, or 0 where that is not significant.

    McNemar's exact test with Holm's correction.
    """
    yield from judged(by_success(evidence.results, "mass-constrained", [PACEMAKER]))


@claim(
    "entmax-anneals-as-well",
    statement="From the same starts, annealed entmax-1.5 finds every cluster at least as often as annealed "
    "softmax.",
    criterion=Criterion("≥", 0, "data set"),
    figure="success",
)
def entmax(evidence: Evidence) -> Measured:
    """Difference of the success rates, or 0 where that is not significant.

    McNemar's exact test with Holm's correction.
    """
    yield from judged(by_success(evidence.results, "annealed entmax-1.5", [PACEMAKER]))


def without_birch1(evidence: Evidence) -> str | None:
    """Say why the published numbers cannot be compared; None if they can."""
    there = (evidence.results["dataset"] == "birch1").any()
    return None if there else "Birch1 is not among the data sets of this run"


@claim(
    "birch1-breathing",
    statement="On Birch1 (K = 100), every contender reaches breathing K-means' mean SSE of 9.278e13.",
    criterion=Criterion("≤", REACHED, "contender"),
    figure="objective",
)
@unless(without_birch1)
def breathing(evidence: Evidence) -> Measured:
    """Mean J over the published number, minus 1. That number is given to four digits."""
    for (dataset, contender), found in objectives(evidence.results).items():
        if dataset == "birch1":
            yield cases(dataset, found.mean() / BREATHING - 1, contender, f"n = {len(found)}")


@claim(
    "birch1-greedy",
    statement="On Birch1, the best of ten greedy K-means++ runs has a mean SSE of 9.664e13, as published.",
    criterion=Criterion("≤", 0.01, "data set"),
    figure="objective",
)
@unless(without_birch1)
def greedy(evidence: Evidence) -> Measured:
    """Relative difference between our mean J after ten runs and the published number."""
    rows = evidence.results
    rows = rows[(rows["dataset"] == "birch1") & (rows["contender"] == "greedy K-means++")]
    enough = rows.groupby("repeat")["attempt"].transform("max") >= TEN
    found = rows[enough & (rows["attempt"] <= TEN)].groupby("repeat")["objective"].min()
    if len(found):
        yield cases("birch1", abs(found.mean() / BEST_OF_TEN - 1), note=f"n = {len(found)}")
    else:
        yield remark("the budget is too small for ten runs")
