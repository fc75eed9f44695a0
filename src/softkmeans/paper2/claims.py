"""The claims of Félix, Ucan-Puc, Astengo (2026)."""

from collections.abc import Collection, Sequence
from functools import partial
from itertools import pairwise, product

import numpy as np

from softkmeans.paper2 import identities
from softkmeans.paper2.collapse import is_monotone
from softkmeans.paper2.identities import CLOSE, MOST
from softkmeans.paper2.problem import Evidence, at_smallest_sigma
from softkmeans.paper2.table1 import PROTOCOLS, curves, of_protocol
from softkmeans.report.ledger import EMPIRICAL, Claim, Criterion, Measured, cases, register, remark

#: Names of the two ways to evaluate softmax, for the reader.
SOFTMAXES = {"softmax, no shift": "softmax as it is written", "softmax": "softmax, shifted"}

CLAIMS: list[Claim[Evidence]] = list(identities.CLAIMS)
claim = partial(register, CLAIMS, "paper2", kind=EMPIRICAL)


@claim(
    "collapse",
    where="Abstract, Figs. 1 and 2",
    statement="Soft centroids collapse onto those of K-means from the same start as σ goes to 0.",
    criterion=Criterion("≤", CLOSE, "run", exceptions=MOST),
    figure="fig2",
)
def ends(evidence: Evidence) -> Measured:
    """Largest d_j of a run at the smallest σ."""
    runs = at_smallest_sigma(evidence.found["collapse"])
    found = runs.groupby(["dataset", "method", "repeat"], observed=True)["discrepancy"].max().reset_index()
    yield cases(found["dataset"], found["discrepancy"], found["method"])


@claim(
    "exponential-rate",
    where="Theorem 3",
    statement="The rate of that convergence is the margin: log d_j against 1/T has the slope −Δ_j.",
    criterion=Criterion("≤", 0.05, "centroid", exceptions=MOST),
    figure="rates",
)
def slopes(evidence: Evidence) -> Measured:
    """Distance of slope/(−Δ_j) from 1, where float64 can tell it."""
    clusters = evidence.found["rates"].groupby(["dataset", "repeat", "cluster"], observed=True).first()
    told = clusters.dropna(subset=["slope"])
    note = f"{len(told)} of {len(clusters)} rates can be told in float64"
    error = np.abs(-told["slope"] / told["margin"] - 1)
    yield cases(told.index.get_level_values("dataset"), error, note=note)


@claim(
    "softmax-unstable",
    where="Abstract",
    statement="Softmax is numerically unstable at low temperatures.",
    criterion=Criterion(">", 0, "data set and evaluation", exceptions=0.5),
    figure="stability",
)
def softmax_breaks(evidence: Evidence) -> Measured:
    """Largest σ, of 2 to 1e-8, at which some responsibility is NaN, 0 if at none.

    As the formula is written, and shifted by the largest score.
    """
    yield from _largest_broken(evidence, ["softmax, no shift", "softmax"])


@claim(
    "entmax-stable",
    where="Abstract",
    statement="Entmax-1.5 is stable at low temperatures.",
    criterion=Criterion("=", 0, "data set"),
    figure="stability",
)
def entmax_breaks(evidence: Evidence) -> Measured:
    """Largest σ, of 2 to 1e-8, at which some responsibility is NaN, 0 if at none."""
    yield from _largest_broken(evidence, ["entmax-1.5"])


def _largest_broken(evidence: Evidence, maps: list[str]) -> Measured:
    """Largest σ with a NaN, and, as a note, those from which on nothing answers to the centroids."""
    table = evidence.found["stability"]
    broken, flat = [], []
    for (dataset, name), rows in table.groupby(["dataset", "map"], observed=True, sort=False):
        if name in maps:
            broken.append(rows.loc[rows["nan_share"] > 0, "sigma"].max())
            yield cases(dataset, np.nan_to_num(broken[-1]), SOFTMAXES.get(name, name))
            if name == maps[-1]:
                flat.append(rows.loc[rows["steepest"] == 0, "sigma"].max())
    yield remark(_span("NaN", broken))
    yield remark(_span(f"the derivative of {maps[-1]} is 0 in float64", flat))


def _span(what: str, sigmas: Sequence[float]) -> str:
    """Say from which σ on, falling, something is so; NaN is nowhere."""
    known = [sigma for sigma in sigmas if not np.isnan(sigma)]
    return f"{what} from σ = {max(known):.2g} to {min(known):.2g} down" if known else f"{what} nowhere"


def all_claims(datasets: Collection[str]) -> list[Claim[Evidence]]:
    """Every claim; the monotone collapse for each protocol and data set of the experiment."""
    found = list(CLAIMS)
    for protocol, dataset in product(PROTOCOLS, datasets):
        register(
            found,
            "paper2",
            f"monotone-{protocol}-{dataset}",
            kind=EMPIRICAL,
            where=f"Abstract, Fig. 1 ({protocol})",
            statement=f"On {dataset}, soft centroids collapse monotonically onto those of K-means as σ goes "
            "to 0.",
            criterion=Criterion("≤", 0, "step of σ"),
            figure="fig1",
            dataset=dataset,
            protocol=protocol,
        )(rises)
    return found


def rises(evidence: Evidence, dataset: str, protocol: str) -> Measured:
    """Rise of the mean d_j from one σ to the next, beyond the solver's error, with softmax and entmax-1.5.

    The mean is that of one start in the sigma-wise protocol, over all starts in the other.
    """
    single = []
    for method, each, mean in curves(of_protocol(evidence.found["collapse"], dataset, protocol)):
        steps = [0.0 if is_monotone(np.array(pair)) else pair[1] - pair[0] for pair in pairwise(mean)]
        yield cases(dataset, steps, method)
        single += [is_monotone(each[j].to_numpy()) for j in each]
    yield remark(f"{np.mean(single):.0%} of the {len(single)} single d_j never rise")
