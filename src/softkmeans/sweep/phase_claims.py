"""How slowly cooled runs agree with the theory of phase transitions: claims of our own."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from softkmeans.report.ledger import EMPIRICAL, Claim, Criterion, Measured, cases, register, remark
from softkmeans.sweep.names import ANNEALED
from softkmeans.sweep.phases import splits

#: Share of the cases that may break a claim which still holds with exceptions.
MOST = 0.05


@dataclass(frozen=True)
class Evidence:
    """What the claims are measured on.

    Attributes
    ----------
    phases : frame
        Table `phases`.
    n_clusters : mapping
        K of each data set.
    """

    phases: pd.DataFrame
    n_clusters: dict[str, int]


CLAIMS: list[Claim[Evidence]] = []
claim = partial(register, CLAIMS, "sweep", kind=EMPIRICAL, where="ours, after Rose (1998), section II-C")


def outside(split: pd.DataFrame) -> np.ndarray:
    """Relative distance (n,) of the temperature of theory from the two between which each split is seen.

    It is 0 where that temperature lies between the two.
    """
    due = split["due"].to_numpy(dtype=float)
    beyond = np.maximum(due / split["above"].to_numpy() - 1, split["below"].to_numpy() / due - 1)
    return np.maximum(beyond, 0)


def _first_split(name: str, method: str, where: str) -> None:
    @claim(
        name,
        statement=f"Cooled centroids are one down to {where}, and then part.",
        criterion=Criterion("≤", 0, "run", exceptions=MOST),
        figure="splits",
    )
    def first(evidence: Evidence) -> Measured:
        """Relative distance of that temperature from the two levels between which the centroids part.

        Where they are apart at the highest temperature already, it is how far that one lies above, relative.
        """
        phases = evidence.phases[evidence.phases["method"] == ANNEALED + method]
        found = splits(phases)
        ones = found[found["first"].astype(bool)]
        yield cases(ones["dataset"], outside(ones))
        groups = phases.groupby(["dataset", "method", "repeat"], sort=False, observed=True)
        tops = groups.first().reset_index()
        apart = tops[(tops["n_distinct"] > 1) & (tops["temperature"] > tops["first_due"])]
        yield cases(apart["dataset"], apart["temperature"] / apart["first_due"] - 1)
        yield remark(f"{len(ones)} first splits of {len(tops)} runs; {len(apart)} are apart from the start")


_first_split("first-split-softmax", "entropy", "T_c with softmax")
_first_split("first-split-entmax", "rbf-entmax15", "√K·T_c with entmax-1.5")


@claim(
    "later-splits",
    statement="A soft cluster splits once T falls below 2·λ_max of its weighted covariance.",
    criterion=Criterion("≤", 0.1, "split", exceptions=MOST),
    figure="splits",
)
def later(evidence: Evidence) -> Measured:
    """Relative distance of that temperature from the two levels between which the split is seen."""
    found = splits(evidence.phases)
    found = found[~found["first"].astype(bool)]
    told = found[found["due"].notna()]
    yield cases(told["dataset"], outside(told), told["method"])
    inside = int((outside(told) == 0).sum())
    yield remark(f"{inside} of {len(told)} splits lie between the two levels themselves")


@claim(
    "from-one-to-all",
    statement="A cooled run goes from one centroid to K different ones.",
    criterion=Criterion("=", 1, "run", exceptions=MOST),
    figure="phases",
)
def whole_way(evidence: Evidence) -> Measured:
    """1 where a run starts with one distinct centroid and ends with K, else 0."""
    groups = evidence.phases.groupby(["dataset", "method", "repeat"], sort=False, observed=True)["n_distinct"]
    ends = groups.agg(["first", "last"]).reset_index()
    n_clusters = ends["dataset"].astype(str).map(evidence.n_clusters)
    good = (ends["first"] == 1) & (ends["last"] == n_clusters)
    yield cases(ends["dataset"], good.astype(float), ends["method"])
    starts, finals = (ends["first"] != 1).sum(), (ends["last"] != n_clusters).sum()
    yield remark(f"of {len(ends)} runs {starts} start with more than one, {finals} end with fewer than K")
