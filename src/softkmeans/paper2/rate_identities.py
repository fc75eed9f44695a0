"""What Theorems 3 and 4 of paper 2, or Part B.4 and B.5, say of rates: these claims test our code."""

from functools import partial

import numpy as np
import pandas as pd

from softkmeans.arrays import squared_distances
from softkmeans.clustering.assignments import entmax15
from softkmeans.paper2.problem import (
    ROUNDING,
    Evidence,
    kmeans_solutions,
    point_margins,
    temperature,
)
from softkmeans.report.ledger import IDENTITY, Claim, Criterion, Measured, cases, register, remark

#: Share of the cases that may break a claim before it fails.
MOST = 0.1

#: Points whose margin is that close to 2T, relative, are not asked on which side of it they are.
EDGE = 1e-9

CLAIMS: list[Claim[Evidence]] = []
claim = partial(register, CLAIMS, "paper2", kind=IDENTITY)


# Theorem 3.


@claim(
    "exponential-bound",
    where="Theorem 3",
    statement="Soft centroids converge exponentially: one step from the K-means solution stays within a "
    "bound in e^(−Δ*_j/T).",
    criterion=Criterion("≤", 1, "centroid and temperature"),
    figure="rates",
)
def bounded(evidence: Evidence) -> Measured:
    """Distance over the bound of Part B.4, wherever (K−1)e^(−Δ*_j/T) < 1."""
    table = evidence.found["bounds"].dropna(subset=["bound"])
    yield cases(table["dataset"], table["one_step"] / (table["bound"] + ROUNDING))


@claim(
    "exponential-rate",
    where="Theorem 3",
    statement="The rate of that convergence is the least of the margins in cell j and of the other points' "
    "δ_ij: log d_j against 1/T has the slope −Δ*_j.",
    criterion=Criterion("≤", 0.05, "centroid"),
    figure="rates",
)
def slopes(evidence: Evidence) -> Measured:
    """Distance of slope/(−Δ*_j) from 1, at Δ/T from 20 to 60 from all solutions without a tie."""
    table = evidence.found["rates"]
    clusters = (
        table.groupby(["dataset", "repeat", "cluster"], observed=True, sort=False)
        .first()
        .dropna(subset="temperature")
    )
    error, near = (np.abs(-clusters["slope"] / clusters[name] - 1) for name in ("margin", "near_margin"))
    note = f"with Δ_j, of the points alone that rank j first or second, {(near <= 0.05).sum()} of {len(near)}"
    yield cases(clusters.index.get_level_values("dataset"), error, note=note)


# Theorem 4, and the Voronoi partition.


@claim(
    "entmax-exact",
    where="Theorem 4",
    statement="With entmax-1.5 the deviation from K-means is exactly 0 from σ = √Δ/2 down.",
    criterion=Criterion("≤", 1e-3, "start", exceptions=MOST),
    figure="falls",
)
def exactness(evidence: Evidence) -> Measured:
    """Distance from 1 of the largest σ with the K-means solution bit for bit over √Δ/2 (searched to 3e-4)."""
    table = evidence.found["exactness"]
    yield cases(table["dataset"], np.abs(table["exact_sigma"] / table["predicted_sigma"] - 1))


@claim(
    "entmax-polynomial",
    where="Theorem 4",
    statement="Above √Δ/2 the deviation of entmax-1.5 is polynomial: quadratic in T − Δ/2 (Part B.5).",
    criterion=Criterion("≤", 0.2, "data set", exceptions=MOST),
    figure="falls",
)
def orders(evidence: Evidence) -> Measured:
    """Distance from 2 of the order of the largest d_j, fitted over Δ/2 < T ≤ 1.01 Δ/2."""
    further = []
    for dataset, table in evidence.found["falls"].groupby("dataset", observed=True, sort=False):
        near, far = (_order(table[(table["ratio"] > 1) & (table["ratio"] <= top)]) for top in (1.0101, 1.11))
        yield cases(dataset, abs(near - 2))
        further.append(far)
    if further:
        span = f"{min(further):.2f} to {max(further):.2f}"
        yield remark(f"fitted up to 1.1 Δ/2 instead, the orders are {span}")


def _order(table: pd.DataFrame) -> float:
    """Slope of log d against log (T − Δ/2); NaN without a deviation."""
    known = table[table["discrepancy"] > 0]
    if len(known) < 2:
        return np.nan
    return float(np.polyfit(np.log(known["ratio"] - 1), np.log(known["discrepancy"]), 1)[0])


@claim(
    "entmax-one-hot",
    where="Theorem 4",
    statement="Entmax-1.5 gives a point to one cluster alone if and only if its margin is at least 2T "
    "(Part B.5).",
    criterion=Criterion("=", 0, "σ"),
    figure="falls",
)
def one_hot(evidence: Evidence) -> Measured:
    """Points for which that is not so, at the K-means solution of the first start, at 20 σ from 2 to 1e-4."""
    for problem in evidence.problems:
        solution = kmeans_solutions(problem.points, problem.starts[:1])[0][0]
        squares, margins = (
            squared_distances(problem.points, solution),
            point_margins(problem.points, solution),
        )
        for level in temperature(np.geomspace(2, 1e-4, 20)).tolist():
            alone = (entmax15.at(squares, level).responsibilities > 0).sum(axis=0) == 1
            asked = np.abs(margins.values - 2 * level) > EDGE * level
            yield cases(problem.name, ((alone != (margins.values >= 2 * level)) & asked).sum())


@claim(
    "voronoi",
    where="Abstract",
    statement="Entmax-1.5 preserves the Voronoi partition: the nearest centroid has the largest "
    "responsibility.",
    criterion=Criterion("=", 0, "run"),
    figure="fig2-entmax",
)
def voronoi(evidence: Evidence) -> Measured:
    """Points for which that is not so at entmax-1.5's own fixed points, from all starts at all σ."""
    runs = evidence.found["collapse"].query("method == 'rbf-entmax15' and cluster == 0")
    yield cases(runs["dataset"], runs["not_nearest"])
