"""Table 1 of paper 2, as declared in docs/paper2.md, Part B.9, and that of numerical stability."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from softkmeans.paper2.collapse import is_monotone
from softkmeans.paper2.problem import MAPS, ROUNDING

#: Tables that Table 1 is made from.
SOURCES = ("collapse", "rates", "bounds", "exactness")

PROTOCOLS = ("sigma-wise", "initialisation-wise")


def of_protocol(table: pd.DataFrame, dataset: str, protocol: str) -> pd.DataFrame:
    """Rows of a data set, of the first start only where the protocol is of one start."""
    rows = table[table["dataset"] == dataset]
    return rows[rows["repeat"] == 0] if protocol == "sigma-wise" else rows


def curves(runs: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, pd.Series]]:
    """For each method: its name, each d_j and their mean for falling σ, of rows of the table `collapse`."""
    for method in MAPS:
        rows = runs[runs["method"] == method]
        single = rows.pivot_table(index="sigma", columns=["repeat", "cluster"], values="discrepancy")
        single = single.sort_index(ascending=False)
        yield method, single, single.mean(axis=1)


def table1(found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a data set and protocol, from the tables named in `SOURCES`.

    Returns
    -------
    frame
        `margin`: Δ, the least over the starts of the protocol. `slope_ratio`: fitted exponential slope over
        −Δ_j, the median over the centroids whose rate is resolved (`resolved`, of `centroids`), and the one
        furthest from 1, `slope_worst`. `bounds_hold`, of `bounds`: how often the proved bound was there to be
        tested, and held. `predicted_sigma`: √Δ/2, and `exact_sigma`, from which the entmax-1.5 fixed point
        next to the K-means solution is it (at the start of least margin). `largest_…`: largest d_j at the
        smallest σ. `monotone_…`: whether the mean d_j never rises as σ falls by more than the solver's error,
        and the share of single d_j that do not. `unconverged_…`: runs that did not end at a fixed point.
    """
    rows = []
    for dataset in found["collapse"]["dataset"].unique():
        for protocol in PROTOCOLS:
            here = {name: of_protocol(found[name], dataset, protocol) for name in SOURCES}
            rows.append({"dataset": dataset, "protocol": protocol} | _row(here))
    return pd.DataFrame(rows)


def _row(here: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    clusters = here["rates"].groupby(["repeat", "cluster"]).first()
    ratio = (-clusters["slope"] / clusters["margin"]).dropna()
    least = here["exactness"].sort_values("margin").iloc[0]
    bounded = here["bounds"].dropna(subset=["bound"])
    row: dict[str, object] = {
        "margin": least["margin"],
        "centroids": len(clusters),
        "resolved": len(ratio),
        "slope_ratio": ratio.median(),
        "slope_worst": 1 + max(ratio - 1, key=abs, default=np.nan),
        "bounds": len(bounded),
        "bounds_hold": int((bounded["one_step"] <= bounded["bound"] + ROUNDING).sum()),
        "predicted_sigma": least["predicted_sigma"],
        "exact_sigma": least["exact_sigma"],
    }
    runs = here["collapse"]
    for method, single, mean in curves(runs):
        short = method.removeprefix("rbf-")
        ends = runs[runs["method"] == method].groupby(["sigma", "repeat"])["converged"].first()
        row |= {
            f"largest_{short}": single.iloc[-1].max(),
            f"monotone_{short}": is_monotone(mean.to_numpy()),
            f"monotone_share_{short}": np.mean([is_monotone(single[j].to_numpy()) for j in single]),
            f"unconverged_{short}": int((~ends).sum()),
        }
    return row


def stability_summary(table: pd.DataFrame) -> pd.DataFrame:
    """First σ, falling, with a NaN, and first at which no responsibility answers to the centroids."""
    rows = []
    for (dataset, name), one in table.groupby(["dataset", "map"], sort=False, observed=True):
        nan, flat = one["nan_share"] > 0, one["steepest"] == 0
        rows.append(
            {
                "dataset": dataset,
                "map": name,
                "first_nan_sigma": one.loc[nan, "sigma"].max(),
                "first_zero_gradient_sigma": one.loc[flat & ~nan, "sigma"].max(),
            }
        )
    return pd.DataFrame(rows)
