"""Table 1 of paper 2, as declared in docs/paper2.md, Part B.9, and that of numerical stability."""

import numpy as np
import pandas as pd

from softkmeans.paper2.collapse import is_monotone

ROUNDING = 1e-14
"""Of a centroid of standardised data."""

PROTOCOLS = ("sigma-wise", "initialisation-wise")


def table1(
    collapse: pd.DataFrame, rates: pd.DataFrame, bounds: pd.DataFrame, exactness: pd.DataFrame
) -> pd.DataFrame:
    """One row a data set and protocol.

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
    for dataset in collapse["dataset"].unique():
        for protocol in PROTOCOLS:
            parts = (t[t["dataset"] == dataset] for t in (collapse, rates, bounds, exactness))
            if protocol == "sigma-wise":
                parts = (t[t["repeat"] == 0] for t in parts)
            rows.append({"dataset": dataset, "protocol": protocol} | _row(*parts))
    return pd.DataFrame(rows)


def _row(
    collapse: pd.DataFrame, rates: pd.DataFrame, bounds: pd.DataFrame, exactness: pd.DataFrame
) -> dict[str, object]:
    clusters = rates.groupby(["repeat", "cluster"]).first()
    ratio = (-clusters["slope"] / clusters["margin"]).dropna()
    least = exactness.sort_values("margin").iloc[0]
    bounded = bounds.dropna(subset=["bound"])
    row: dict[str, object] = {
        "margin": least["margin"],
        "centroids": len(clusters),
        "resolved": len(ratio),
        "slope_ratio": ratio.median(),
        "slope_worst": 1 + max(ratio - 1, key=abs, default=np.nan),
        "bounds": len(bounded),
        "bounds_hold": int((bounded["one_step"] <= bounded["bound"] + ROUNDING).sum()),
        "predicted_sigma": least["predicted"],
        "exact_sigma": least["measured"],
    }
    for method, short in (("rbf-softmax", "softmax"), ("rbf-entmax15", "entmax15")):
        runs = collapse[collapse["method"] == method]
        single = runs.pivot_table(index="sigma", columns=["repeat", "cluster"], values="discrepancy")
        single = single.sort_index(ascending=False)
        ends = runs.groupby(["sigma", "repeat"])["converged"].first()
        row |= {
            f"largest_{short}": single.iloc[-1].max(),
            f"monotone_{short}": is_monotone(single.mean(axis=1).to_numpy()),
            f"monotone_share_{short}": np.mean([is_monotone(single[j].to_numpy()) for j in single]),
            f"unconverged_{short}": int((~ends).sum()),
        }
    return row


def stability_summary(table: pd.DataFrame) -> pd.DataFrame:
    """First σ, falling, with a NaN, and first at which no responsibility answers to the centroids."""
    rows = []
    for (dataset, name), one in table.groupby(["dataset", "map"], sort=False, observed=True):
        rows.append(
            {
                "dataset": dataset,
                "map": name,
                "first_nan_sigma": one.loc[one["nan_share"] > 0, "sigma"].max(),
                "first_zero_gradient_sigma": one.loc[
                    (one["steepest"] == 0) & (one["nan_share"] == 0), "sigma"
                ].max(),
            }
        )
    return pd.DataFrame(rows)
