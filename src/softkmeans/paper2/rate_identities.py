"""Claims of Theorems 3 and 4 of paper 2 and Parts B.4 and B.5: they are proved, and test our code."""

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

#: A claim fails if a larger share of the cases breaks it.
MOST = 0.1

#: Points whose margin differs from 2T by at most this times T are left out, since rounding decides for them.
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
    """Distance to the K-means solution, divided by the bound of Part B.4, wherever (K−1)e^(−Δ*_j/T) < 1."""
    table = evidence.found["bounds"].dropna(subset=["bound"])
    yield cases(table["dataset"], table["one_step"] / (table["bound"] + ROUNDING))


@claim(
    "exponential-rate",
    where="Theorem 3",
    statement="The rate of that convergence is Δ*_j, the least of the margins in cell j and of the other "
    "points' δ_ij: log d_j against 1/T has the slope −Δ*_j.",
    criterion=Criterion("≤", 0.05, "centroid"),
    figure="rates",
)
def slopes(evidence: Evidence) -> Measured:
    """|slope/(−Δ*_j) − 1|, with the slope fitted at Δ/T from 20 to 60, for all solutions without a tie."""
    table = evidence.found["rates"]
    clusters = (
        table.groupby(["dataset", "repeat", "cluster"], observed=True, sort=False)
        .first()
        .dropna(subset="temperature")
    )
    error, near = (np.abs(-clusters["slope"] / clusters[name] - 1) for name in ("margin", "near_margin"))
    yield cases(clusters.index.get_level_values("dataset"), error)
    if len(near):
        kept = f"{(near <= 0.05).sum()} of {len(near)}"
        yield remark(f"with Δ_j in its place, which only counts points that rank j first or second: {kept}")


# Theorem 4, and the Voronoi partition.


@claim(
    "entmax-exact",
    where="Theorem 4",
    statement="With entmax-1.5 the deviation from K-means is exactly 0 from σ = √Δ/2 down.",
    criterion=Criterion("≤", 1e-3, "start", exceptions=MOST),
    figure="falls",
)
def exactness(evidence: Evidence) -> Measured:
    """|σ/(√Δ/2) − 1|, with σ the largest at which the deviation is exactly 0, found to a relative 4.2e-4."""
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
    """|order − 2|, with the order of the largest d_j in T − Δ/2 fitted over Δ/2 < T ≤ 1.01 Δ/2."""
    further = []
    for dataset, table in evidence.found["falls"].groupby("dataset", observed=True, sort=False):
        near, far = (_order(table[(table["ratio"] > 1) & (table["ratio"] <= top)]) for top in (1.0101, 1.11))
        yield cases(dataset, abs(near - 2))
        further.append(far)
    if further:
        span = f"{min(further):.2f} to {max(further):.2f}"
        yield remark(f"fitted up to T = 1.1 Δ/2 instead, the orders are {span}")


def _order(table: pd.DataFrame) -> float:
    """Slope of log d against log (T − Δ/2); NaN if fewer than two d are positive."""
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
    """Number of points for which this is wrong, at the K-means solution of the first start.

    It is counted at each of 20 σ from 2 to 1e-4.
    """
    for problem in evidence.problems:
        solution = kmeans_solutions(problem.points, problem.starts[:1])[0][0]
        squares = squared_distances(problem.points, solution)
        margins = point_margins(problem.points, solution).values
        for level in temperature(np.geomspace(2, 1e-4, 20)).tolist():
            alone = (entmax15.at(squares, level).responsibilities > 0).sum(axis=0) == 1
            clear = np.abs(margins - 2 * level) > EDGE * level
            yield cases(problem.name, ((alone != (margins >= 2 * level)) & clear).sum())


@claim(
    "voronoi",
    where="Abstract",
    statement="Entmax-1.5 preserves the Voronoi partition: the nearest centroid has the largest "
    "responsibility.",
    criterion=Criterion("=", 0, "run"),
    figure="fig2-entmax",
)
def voronoi(evidence: Evidence) -> Measured:
    """Number of points for which this is wrong at entmax-1.5's own fixed point, in each run."""
    runs = evidence.found["collapse"].query("method == 'rbf-entmax15' and cluster == 0")
    yield cases(runs["dataset"], runs["not_nearest"])
