"""The claims of Félix, Ucan-Puc, Astengo (2026)."""

from collections.abc import Collection, Iterator
from functools import partial
from itertools import product

import numpy as np
import pandas as pd

from softkmeans.paper2 import identities, rate_identities
from softkmeans.paper2.curves import (
    PROTOCOLS,
    curves,
    drawup,
    last_rise,
    of_protocol,
    share_without_rise,
)
from softkmeans.paper2.identities import CLOSE
from softkmeans.paper2.problem import Evidence, at_smallest_sigma
from softkmeans.paper2.rate_identities import MOST
from softkmeans.paper2.table1 import stability_summary
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
from softkmeans.runs.statistics import wilson

#: Names of the methods in notes.
NAMES = {"rbf-softmax": "softmax", "rbf-entmax15": "entmax-1.5"}

#: The note says how many starts have K-means' partition at the σ nearest to each of these.
ASKED = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 1e-4)

CLAIMS: list[Claim[Evidence]] = [*identities.CLAIMS, *rate_identities.CLAIMS]
claim = partial(register, CLAIMS, "paper2", kind=EMPIRICAL)


# The limit, and what happens on the way to it.


@claim(
    "same-partition",
    where="Abstract, Fig. 1",
    statement="The same limit means the same basin: at each σ, soft centroids give the data the partition of "
    "K-means from the same start.",
    criterion=Criterion("=", 1, "run", exceptions=MOST),
    figure="fig1",
)
def partitions(evidence: Evidence) -> Measured:
    """Share of the points that are in K-means' clusters, at each σ at which all starts are run."""
    table = evidence.found["collapse"]
    table = table[table["cluster"] == 0]
    shared = table[table["sigma"].isin(table.loc[table["repeat"] == table["repeat"].max(), "sigma"])]
    yield cases(shared["dataset"], shared["agreement"], shared["method"])
    if len(shared):
        for method, name in NAMES.items():
            yield remark(f"{name} from {_shares(shared[shared['method'] == method])}")


def _shares(runs: pd.DataFrame) -> str:
    """Say how many runs have K-means' partition at the σ nearest to each of `ASKED`."""
    known = runs["sigma"].unique()
    sigmas = dict.fromkeys(known[np.abs(np.log(known / asked)).argmin()] for asked in ASKED)
    same = {sigma: runs.loc[runs["sigma"] == sigma, "agreement"] == 1 for sigma in sigmas}
    return ", ".join(f"{share(int(each.sum()), len(each))} at σ = {s:.2g}" for s, each in same.items())


def share(successes: int, n: int) -> str:
    """Spell a share with its 95 % interval (Wilson).

    Examples
    --------
    >>> share(18, 20)
    '18 of 20 (70–97 %)'
    """
    low, high = wilson(np.array([successes]), np.array([n]))
    return f"{successes} of {n} ({100 * low[0]:.0f}–{100 * high[0]:.0f} %)"


@claim(
    "constant-rate",
    where="Abstract, Theorem 2",
    statement="Gradient descent with a constant rate ends at K-means' fixed point from the same start.",
    criterion=Criterion("=", 1, "start", exceptions=MOST),
    figure="trajectories",
)
def constant_rates(evidence: Evidence) -> Measured:
    """Share of the points in K-means' clusters, after descent on F_σ/n with rate 0.5 at σ = 1e-06.

    K-means is run from where the descent ends.
    """
    yield from _descended(evidence, "constant rate")


@claim(
    "adam",
    where="Abstract, Theorem 2",
    statement="Adam ends at K-means' fixed point from the same start.",
    criterion=Criterion("=", 1, "start", exceptions=MOST),
    figure="trajectories",
)
def adaptive_rates(evidence: Evidence) -> Measured:
    """Share of the points in K-means' clusters, after Adam on F_σ/n with rate 0.01 at σ = 1e-06.

    K-means is run from where Adam ends.
    """
    yield from _descended(evidence, "Adam")


def _descended(evidence: Evidence, optimiser: str) -> Measured:
    table = evidence.found["optimisers"]
    rows = table[table["optimiser"] == optimiser]
    yield cases(rows["dataset"], rows["agreement"])
    same = rows["agreement"] == 1
    if len(rows):
        yield remark(f"the same partition from {share(int(same.sum()), len(same))} starts")


# Numerical stability, and what entmax-1.5 gains.


@claim(
    "softmax-unstable-as-written",
    kind=IDENTITY,
    where="Abstract",
    statement="Softmax as its formula is written is numerically unstable at low temperatures.",
    criterion=Criterion(">", 0, "data set and precision"),
    figure="stability",
)
def softmax_as_written(evidence: Evidence) -> Measured:
    """Largest σ between 2 and 1e-8 at which some responsibility is NaN, or 0; in float64 and float32."""
    yield from _largest_nan(evidence, "softmax, no shift")


@claim(
    "softmax-unstable-shifted",
    kind=IDENTITY,
    where="Abstract",
    statement="Softmax shifted by its largest score, as in libraries, is numerically unstable at low "
    "temperatures.",
    criterion=Criterion(">", 0, "data set and precision"),
    figure="stability",
)
def softmax_shifted(evidence: Evidence) -> Measured:
    """Largest σ between 2 and 1e-8 at which some responsibility is NaN, or 0; in float64 and float32."""
    yield from _largest_nan(evidence, "softmax")


@claim(
    "entmax-stable",
    kind=IDENTITY,
    where="Abstract",
    statement="Entmax-1.5 is stable at low temperatures.",
    criterion=Criterion("=", 0, "data set and precision"),
    figure="stability",
)
def entmax_breaks(evidence: Evidence) -> Measured:
    """Largest σ between 2 and 1e-8 at which some responsibility is NaN, or 0; in float64 and float32."""
    yield from _largest_nan(evidence, "entmax-1.5")


def _largest_nan(evidence: Evidence, name: str) -> Measured:
    table = stability_summary(evidence.found["stability"])
    for precision, rows in _by_precision(table, name):
        sigmas = rows["first_nan_sigma"]
        yield cases(rows["dataset"], sigmas.fillna(0), precision)
        if sigmas.notna().any():
            span = f"NaN from σ = {sigmas.max():.2g} down at the earliest, {sigmas.min():.2g} at the latest"
        else:
            span = "no NaN"
        yield remark(f"{precision}: {span}")


def _by_precision(table: pd.DataFrame, name: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each precision with its rows of one way to evaluate responsibilities."""
    if len(table):
        for precision in table["precision"].unique():
            yield precision, table[(table["map"] == name) & (table["precision"] == precision)]


@claim(
    "entmax-answers",
    kind=IDENTITY,
    where="Abstract",
    statement="Stable polynomial convergence is an advantage: entmax-1.5 still answers to the centroids at "
    "temperatures at which shifted softmax no longer does.",
    criterion=Criterion("≤", 1, "data set and precision"),
    figure="stability",
)
def vanishing_gradients(evidence: Evidence) -> Measured:
    """Largest σ at which all derivatives of entmax-1.5 are exactly 0, divided by the same σ of softmax.

    It is measured in float64 and in float32.
    """
    table = stability_summary(evidence.found["stability"])
    pairs = zip(_by_precision(table, "entmax-1.5"), _by_precision(table, "softmax"), strict=True)
    for (precision, entmax), (_, softmax) in pairs:
        sigmas = [rows.set_index("dataset")["first_zero_gradient_sigma"] for rows in (entmax, softmax)]
        ratio = (sigmas[0] / sigmas[1]).reindex(sigmas[0].index)
        yield cases(ratio.index, ratio, precision)
        yield remark(f"{precision}: {ratio.min():.1f} to {ratio.max():.1f} times as large")


@claim(
    "entmax-closer",
    where="Abstract",
    statement="Stable polynomial convergence is an advantage: at the same σ, entmax-1.5 is closer to K-means "
    "than softmax.",
    criterion=Criterion("≤", 1, "data set and σ", exceptions=MOST),
    figure="fig1",
)
def closer(evidence: Evidence) -> Measured:
    """Mean d_j of entmax-1.5 divided by that of softmax, wherever the latter is more than its error.

    The means are over all starts.
    """
    table = evidence.found["collapse"]
    faster = []
    for dataset in table["dataset"].unique():
        runs = of_protocol(table, dataset, "initialisation-wise")
        softmax, entmax = curves(runs)
        known = softmax.mean > softmax.error
        yield cases(dataset, entmax.mean[known] / softmax.mean[known])
        iterations = runs.groupby("method", observed=True)["n_iterations"].mean()
        faster.append(iterations["rbf-entmax15"] / iterations["rbf-softmax"])
    if faster:
        yield remark(
            f"entmax-1.5 takes {min(faster):.2g} to {max(faster):.2g} times the iterations of softmax "
            "to its fixed point"
        )


# Claims with a row for each data set.


def all_claims(datasets: Collection[str]) -> list[Claim[Evidence]]:
    """List every claim: those of all data, then the collapse and its monotony for each data set."""
    found = list(CLAIMS)
    for dataset in datasets:
        register(
            found,
            "paper2",
            f"collapse-{dataset}",
            kind=EMPIRICAL,
            where="Abstract, Figs. 1 and 2",
            statement=f"On {dataset}, soft centroids collapse onto those of K-means from the same start as σ "
            "goes to 0.",
            criterion=Criterion("≤", CLOSE, "run", exceptions=MOST),
            figure="fig1",
            dataset=dataset,
        )(ends)
    for protocol, dataset in product(PROTOCOLS, datasets):
        register(
            found,
            "paper2",
            f"monotone-{protocol}-{dataset}",
            kind=EMPIRICAL,
            where=f"Abstract, Fig. 1 ({protocol})",
            statement=f"On {dataset}, soft centroids collapse monotonically onto those of K-means as σ goes "
            "to 0.",
            criterion=Criterion("≤", 0.01, "method", tolerated=0.05),
            figure="fig1",
            dataset=dataset,
            protocol=protocol,
        )(drawups)
    return found


def ends(evidence: Evidence, dataset: str) -> Measured:
    """Largest d_j of a run at the smallest σ plus the run's error, with softmax and with entmax-1.5."""
    table = evidence.found["collapse"]
    runs = at_smallest_sigma(table[table["dataset"] == dataset])
    runs = runs.assign(furthest=runs["discrepancy"] + runs["error"])
    for method, name in NAMES.items():
        rows = runs[runs["method"] == method]
        furthest = rows.groupby("repeat")["furthest"].max()
        yield cases(dataset, furthest, name)
        if len(rows):
            met = share(int((furthest <= CLOSE).sum()), len(furthest))
            yield remark(f"{name} from {met} starts at σ = {rows['sigma'].min():.2g}")


def drawups(evidence: Evidence, dataset: str, protocol: str) -> Measured:
    """Largest rise of the mean d_j above its least value so far, as σ falls, divided by its total fall.

    Only what exceeds the runs' errors is a rise. The mean is over the centroids of one start in the
    sigma-wise protocol, and of all starts in the other.
    """
    known = of_protocol(evidence.found["exactness"], dataset, protocol)["predicted_sigma"].min()
    for curve in curves(of_protocol(evidence.found["collapse"], dataset, protocol)):
        name, rise, last = NAMES[curve.method], drawup(curve), last_rise(curve)
        yield cases(dataset, rise, name)
        if np.isnan(rise):
            yield remark(f"{name}: a run did not converge, so whether the mean rises is not known")
            continue
        below = "the mean never rises"
        if not np.isnan(last):
            below = f"the mean does not rise below σ = {last:.2g}"
            below += f", {last / known:.3g} times √Δ/2" if known > 0 else ""
        yield remark(
            f"{name}: the largest rise is {rise:.2g} of the fall; {below}; "
            f"{share_without_rise(curve):.0%} of the single d_j never rise"
        )
