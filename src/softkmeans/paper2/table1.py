"""Table 1 of paper 2, as defined in docs/paper2.md (Part B.9), and a table of numerical stability."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from softkmeans.paper2.curves import PROTOCOLS, curves, drawup, last_rise, of_protocol, share_without_rise
from softkmeans.paper2.problem import ROUNDING

#: Tables that Table 1 is made from.
SOURCES = ("collapse", "rates", "bounds", "exactness")


def table1(found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Table 1: one row per data set and protocol, from the tables named in `SOURCES`.

    Returns
    -------
    frame
        `margin`: the least Δ of the protocol's starts. `centroids`: number of centroids of solutions without
        a tie. `slope_ratio`, `slope_worst`: their exponential rate divided by Δ*_j, the median and the value
        farthest from 1. `bounds`, `bounds_hold`: how often the proved bound could be tested, and how often
        it held. `predicted_sigma`: √Δ/2. `exact_sigma`: largest σ at which the K-means solution from the
        start of least margin is a fixed point of entmax-1.5.

        For each method, `largest_…`: largest d_j at the smallest σ. `error_…`: largest bound on a run's
        distance to its fixed point. `drawup_…`: largest rise of the mean d_j as σ falls, divided by its total
        fall. `last_rise_…`: the σ below which the mean does not rise; missing if it never rises.
        `monotone_share_…`: share of the single d_j that never rise. `unconverged_…`: number of runs that did
        not reach a fixed point. Only what exceeds the runs' errors is a rise.
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
        "centroids": len(ratio),
        "slope_ratio": ratio.median(),
        "slope_worst": 1 + max(ratio - 1, key=abs, default=np.nan),
        "bounds": len(bounded),
        "bounds_hold": int((bounded["one_step"] <= bounded["bound"] + ROUNDING).sum()),
        "predicted_sigma": least["predicted_sigma"],
        "exact_sigma": least["exact_sigma"],
    }
    runs = here["collapse"]
    for curve in curves(runs):
        short = curve.method.removeprefix("rbf-")
        ends = (
            runs[runs["method"] == curve.method].groupby(["sigma", "repeat"])[["converged", "error"]].first()
        )
        row |= {
            f"largest_{short}": curve.single[-1].max(),
            f"error_{short}": ends["error"].max(),
            f"drawup_{short}": drawup(curve),
            f"last_rise_{short}": last_rise(curve),
            f"monotone_share_{short}": share_without_rise(curve),
            f"unconverged_{short}": int((~ends["converged"]).sum()),
        }
    return row


def stability_summary(table: pd.DataFrame) -> pd.DataFrame:
    """Largest σ with a NaN, and largest σ without one at which no responsibility answers to the centroids.

    There is one row per data set, way to evaluate and precision. A value is missing if there is no such σ.
    """
    rows = []
    key = ["dataset", "map", "precision"]
    for (dataset, name, precision), one in table.groupby(key, sort=False, observed=True):
        nan, flat = one["nan_share"] > 0, one["steepest"] == 0
        rows.append(
            {
                "dataset": dataset,
                "map": name,
                "precision": precision,
                "first_nan_sigma": one.loc[nan, "sigma"].max(),
                "first_zero_gradient_sigma": one.loc[flat & ~nan, "sigma"].max(),
            }
        )
    return pd.DataFrame(rows)
