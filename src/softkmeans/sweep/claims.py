"""What the sweep shows: when a temperature helps, and whether published results are reproduced."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from softkmeans.report.ledger import (
    EMPIRICAL,
    IDENTITY,
    Claim,
    Criterion,
    Measured,
    cases,
    register,
    remark,
)
from softkmeans.sweep.names import EQUAL, PER_PAGE, SOFTMAX, pages
from softkmeans.sweep.paired import verdict
from softkmeans.sweep.published import IN_ERROR, PUBLISHED, RESTARTS

#: Published means have one decimal, so they may be off by this much.
ROUNDING = 0.05

#: Temperatures up to here, in units of T_c, are cold.
COLD = 0.01

NO_PAIRS = "no soft method was run from the same starts as K-means, on data with ground truth"
NO_GAIN = "K-means found every cluster from every start, so nothing could be gained"
NO_PUBLISHED = "no runs beside published results"


@dataclass(frozen=True)
class Evidence:
    """What the claims are measured on.

    Attributes
    ----------
    runs : frame
        Table `runs`.
    paired : frame
        What `paired.compare_with_kmeans` returns.
    published : frame
        What `published.compare` returns.
    """

    runs: pd.DataFrame
    paired: pd.DataFrame
    published: pd.DataFrame


CLAIMS: list[Claim[Evidence]] = []
claim = partial(register, CLAIMS, "sweep")
empirical = partial(claim, kind=EMPIRICAL)


def all_claims(published: Collection[str], n_datasets: int) -> list[Claim[Evidence]]:
    """Give the claims of a sweep.

    Parameters
    ----------
    published : collection of str
        Data sets with a published result, of which each adds a claim. Without any there is no figure of
        published results, and the claims that it would show are left out.
    n_datasets : int
        Number of data sets of the sweep. Where a figure takes several pages, its claims point to the first.
    """
    claims = [claim for claim in CLAIMS if published or claim.figure != "published"]
    for dataset in published:
        register(
            claims,
            "sweep",
            f"published-{dataset}",
            kind=EMPIRICAL,
            where="Fränti & Sieranoja (2018), Applied Intelligence 48(12)",
            statement=f"From random points, K-means misses {PUBLISHED[dataset]:g} clusters of {dataset} on "
            "average.",
            criterion=Criterion("≤", 3.0, "data set"),
            figure="published",
            dataset=dataset,
        )(published_index)
    return [
        replace(claim, figure=pages(claim.figure, n_datasets)[0]) if claim.figure in PER_PAGE else claim
        for claim in claims
    ]


# Temperature.


@empirical(
    "temperature-helps",
    where="ours",
    statement="For every data set, soft method and initialisation, there is a temperature at which the "
    "method finds every cluster more often than K-means from the same starts.",
    criterion=Criterion("≥", 1, "data set, method and initialisation"),
    figure="success",
)
def helps(evidence: Evidence) -> Measured:
    """Number of temperatures at which it does so significantly.

    McNemar's exact test, p ≤ 0.05 after Holm's correction for all temperatures and initialisations of the
    data set and method. Where K-means always succeeds there is nothing to gain, and no case.
    """
    yield from _judged(evidence, "success", 1)


@empirical(
    "temperature-misses-fewer",
    where="ours",
    statement="For every data set, soft method and initialisation, there is a temperature at which the "
    "method misses fewer clusters than K-means from the same starts.",
    criterion=Criterion("≥", 1, "data set, method and initialisation"),
    figure="centroid-index",
)
def misses_fewer(evidence: Evidence) -> Measured:
    """Number of temperatures at which it does so significantly.

    Sign test of the centroid index, p ≤ 0.05 after Holm's correction for all temperatures and
    initialisations of the data set and method. Where K-means never misses a cluster there is no case.
    """
    yield from _judged(evidence, "centroid_index", 1)


@empirical(
    "cold-does-no-harm",
    where="ours",
    statement=f"No temperature up to {COLD:g} T_c makes a soft method miss more clusters than K-means from "
    "the same starts.",
    criterion=Criterion("=", 0, "data set, method and initialisation"),
    figure="centroid-index",
)
def cold_harms(evidence: Evidence) -> Measured:
    """Number of temperatures at which it does so significantly.

    Sign test of the centroid index, p ≤ 0.05 after Holm's correction for all temperatures and
    initialisations of the data set and method.
    """
    yield from _judged(evidence, "centroid_index", -1, highest=COLD)


@empirical(
    "no-temperature-harms",
    where="ours",
    statement="No temperature makes a soft method find every cluster less often than K-means from the same "
    "starts.",
    criterion=Criterion("=", 0, "data set, method and initialisation"),
    figure="success",
)
def harms(evidence: Evidence) -> Measured:
    """Number of temperatures at which it does so significantly.

    McNemar's exact test, p ≤ 0.05 after Holm's correction for all temperatures and initialisations of the
    data set and method.
    """
    yield from _judged(evidence, "success", -1)


def _judged(evidence: Evidence, measure: str, sign: int, highest: float = np.inf) -> Measured:
    """Count the temperatures that help (sign 1) or hurt (−1) by method and start; note where most."""
    table = evidence.paired[evidence.paired["measure"] == measure]
    paired = table[table["temperature_ratio"] <= highest * (1 + 1e-9)]
    if sign > 0:
        paired = paired[paired["hard"] != {"success": 1, "centroid_index": 0}[measure]]
    paired = paired[~paired["method"].isin(EQUAL)] if (paired["method"] == SOFTMAX).any() else paired
    if not len(paired):
        why = NO_GAIN if sign > 0 else f"no temperature up to {highest:g} T_c was run"
        yield remark(why if len(table) else NO_PAIRS)
        return
    for (dataset, method), group in paired.groupby(["dataset", "method"], sort=False):
        there = verdict(group) == sign
        counts = there.groupby(group["initialisation"], sort=False).sum()
        details = [f"{method} {start}" for start in counts.index]
        yield cases(dataset, counts, details, _largest(f"{dataset}, {method}", measure, group[there]))


def _largest(name: str, measure: str, there: pd.DataFrame) -> str:
    """Say at which temperatures there is a difference, and where it is largest; nothing if there is none."""
    if not len(there):
        return ""
    gap = there.iloc[int((there["soft"] - there["hard"]).abs().argmax())]
    ends = dict.fromkeys(f"{ratio:.2g}" for ratio in there["temperature_ratio"].agg(["min", "max"]))
    hard, soft = (
        f"{gap[end]:.0%}" if measure == "success" else f"{gap[end]:.2f} clusters missed"
        for end in ("hard", "soft")
    )
    return (
        f"{name}: at {' to '.join(ends)} T_c, and most of all from {gap['initialisation']} at "
        f"{gap['temperature_ratio']:.2g} T_c: {hard} → {soft} ({gap['n']} starts, p = {gap['p_holm']:.1g})"
    )


@claim(
    "equal-methods",
    kind=IDENTITY,
    where="paper 1, Eqs. 8, 16, 19, 24; paper 2, Theorem 2",
    statement=f"{', '.join(EQUAL)} end where {SOFTMAX} ends from the same start.",
    criterion=Criterion("≤", 1e-9, "run", exceptions=0.01),
    figure="success",
)
def equal_methods(evidence: Evidence) -> Measured:
    """Relative difference between the final J̃ and that of the method entropy."""
    key = ["dataset", "initialisation", "temperature", "repeat"]
    runs = evidence.runs[[*key, "method", "smooth_objective"]].astype({"method": str})
    reference = runs[runs["method"] == SOFTMAX].drop(columns="method")
    both = runs[runs["method"].isin(EQUAL)].merge(reference, on=key, suffixes=("", "_reference"))
    if not len(both):
        yield remark(f"none of {', '.join(EQUAL)} was run from the same starts as {SOFTMAX}")
        return
    there = both["smooth_objective_reference"]
    yield cases(both["dataset"], (both["smooth_objective"] - there).abs() / there.abs(), both["method"])


# Published results.


def published_index(evidence: Evidence, dataset: str) -> Measured:
    """Distance between our mean centroid index and the published one, in standard errors.

    The rounding of the published one is taken off the distance first.
    """
    table = evidence.published
    found = table[(table["dataset"] == dataset) & (table["n"] > 1)]
    if not len(found):
        yield remark(NO_PUBLISHED)
        return
    row = found.iloc[0]
    away = max(0.0, abs(row["mean"] - row["published"]) - ROUNDING)
    with np.errstate(divide="ignore"):  # infinite where all starts end with the same index
        distance = away / row["standard_error"] if away else 0.0
    note = (
        f"ours {row['mean']:.2f} ± {row['standard_error']:.2f} (mean and standard error, {row['n']} starts), "
        f"published {row['published']:g}, to ±{ROUNDING:g}"
    )
    yield cases(dataset, distance, note=note)


YEAR_2019 = "Fränti & Sieranoja (2019), Pattern Recognition 93"


@empirical(
    "maxmin-helps",
    where=YEAR_2019,
    statement="Starting K-means from maxmin instead of random points reduces the clusters in error.",
    criterion=Criterion(">", 0, "data set"),
    figure="published",
)
def maxmin_helps(evidence: Evidence) -> Measured:
    """Share of the clusters in error from random points, minus that from maxmin."""
    table = evidence.published.dropna(subset=["random_points", "maxmin"])
    if not len(table):
        yield remark(NO_PUBLISHED)
        return
    note = _means(table, {"random_points": "from random points", "maxmin": "from maxmin"})
    yield cases(table["dataset"], table["random_points"] - table["maxmin"], note=note)


@empirical(
    "repeats-help",
    where=YEAR_2019,
    statement=f"The best of {RESTARTS} runs from maxmin has at most 1 % of the clusters in error.",
    criterion=Criterion("≤", IN_ERROR["restarted"], "data set"),
    figure="published",
)
def repeats_help(evidence: Evidence) -> Measured:
    """Mean share of the clusters in error, in the run of least J among each 100."""
    table = evidence.published.dropna(subset=["restarted"])
    if not len(table):
        yield remark(f"no {RESTARTS} runs from maxmin")
        return
    yield cases(
        table["dataset"], table["restarted"], note=_means(table, {"restarted": "best of 100 from maxmin"})
    )


def _means(table: pd.DataFrame, columns: Mapping[str, str]) -> str:
    """Put our means over the data sets beside the published ones, which are over the whole benchmark."""
    means = (
        f"{words} {np.mean(table[name]):.1%} here, {IN_ERROR[name]:.0%} published"
        for name, words in columns.items()
    )
    return f"mean of {', '.join(table['dataset'])}: {'; '.join(means)}, over the authors' whole benchmark"
