"""How fast soft centroids approach those of K-means (paper 2, Theorems 3 and 4)."""

from contextlib import suppress

import numpy as np
import pyarrow as pa
import scipy

from softkmeans import tables
from softkmeans.arrays import Floats, squared_distances
from softkmeans.clustering.assignments import entmax15, softmax
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.solver import solve
from softkmeans.paper2.problem import decay_margins, point_margins, soft_centroids, temperature

#: Δ/T at which rates are measured: large enough for each centroid's least exponent to outweigh the others.
EXPONENTS = np.linspace(20, 60, 5)

#: The soft fixed point is reached once d_j changes by at most this from one iteration to the next, relative.
SETTLED = 1e-12

#: Largest number of iterations to a soft fixed point. It is close to the solution, so they are few.
QUICK = 60

#: A fixed point is reached once the centroids move by at most this in an iteration, in standardised units.
FINE = 1e-14


def rates(dataset: str, points: Floats, repeat: int, hard_centroids: Floats) -> pa.Table:
    """Table `rates`: log d_j of the soft fixed point next to a K-means solution (K, d), and its slope in 1/T.

    This is for Theorem 3. Temperature, log d_j and slope are missing if the solution has a tie, or a single
    cluster.
    """
    n_clusters = len(hard_centroids)
    margins = point_margins(points, hard_centroids)
    least = margins.values.min()
    if 0 < least < np.inf:
        levels = least / EXPONENTS
        logs = log_discrepancies(points, hard_centroids, levels)
        slopes = [fit_slope(levels, column) for column in logs.T]
    else:
        levels, logs, slopes = np.full(1, np.nan), np.full((1, n_clusters), np.nan), [np.nan] * n_clusters
    columns = {
        "dataset": dataset,
        "method": "rbf-softmax",
        "repeat": repeat,
        "cluster": np.tile(np.arange(n_clusters), len(levels)),
        "margin": np.tile(decay_margins(points, hard_centroids), len(levels)),
        "near_margin": np.tile(margins.near(n_clusters), len(levels)),
        "temperature": np.repeat(levels, n_clusters),
        "log_discrepancy": logs.ravel(),
        "slope": np.tile(slopes, len(levels)),
    }
    return tables.make("rates", columns)


def fit_slope(temperatures: Floats, logs: Floats) -> float:
    """Least-squares slope of log d against 1/T; NaN if some log d is not finite."""
    return float(np.polyfit(1 / temperatures, logs, 1)[0]) if np.isfinite(logs).all() else np.nan


def log_discrepancies(points: Floats, hard_centroids: Floats, levels: Floats) -> Floats:
    """Log d_j of the softmax fixed point next to a K-means solution, at each of L temperatures, (L, K).

    Centroid j moves by Σ_i (r_ij − [i ∈ S_j])(x_i − c_j) / Σ_i r_ij. Its terms are summed in units of the
    largest weight |r_ij − [i ∈ S_j]|, so that no digit is lost, however small d_j is.
    """
    return np.stack([_log_discrepancy(points, hard_centroids, level) for level in levels.tolist()])


def _log_discrepancy(points: Floats, hard_centroids: Floats, level: float) -> Floats:
    before, moved = np.full(len(hard_centroids), -np.inf), np.zeros_like(hard_centroids)
    for _ in range(QUICK):
        logs, directions = _moves(points, hard_centroids, hard_centroids + moved, level)
        moved = np.exp(logs)[:, None] * directions
        with np.errstate(divide="ignore"):
            now = logs + np.log(np.linalg.norm(directions, axis=1))
        if (np.abs(now - before) <= SETTLED).all():
            break
        before = now
    return now


def _moves(points: Floats, hard_centroids: Floats, centroids: Floats, level: float) -> tuple[Floats, Floats]:
    """Move from K-means' centroids to the soft centroids of `centroids`, as exp(logs)·directions.

    `logs` is (K,), `directions` (K, d).
    """
    own = squared_distances(points, hard_centroids).argmin(axis=0), np.arange(len(points))
    squares = squared_distances(points, centroids)
    scores = (squares.min(axis=0) - squares) / level
    log_shares = scores - np.log(np.exp(scores).sum(axis=0))
    others = log_shares.copy()
    others[own] = -np.inf
    largest = others.max(axis=0)
    log_shares[own] = largest + np.log(np.exp(others - largest).sum(axis=0))  # log (1 − r) of the own cluster
    logs = log_shares.max(axis=1)
    weights = np.exp(log_shares - logs[:, None])
    weights[own] *= -1
    sums = weights.sum(axis=1)
    totals = np.bincount(own[0], minlength=len(centroids)) + np.exp(logs) * sums
    return logs, (weights @ points - sums[:, None] * hard_centroids) / totals[:, None]


def one_step(points: Floats, hard_centroids: Floats, temperatures: Floats) -> Floats:
    """Distance to a K-means solution after one softmax step from it, at each of L temperatures, (L, K)."""
    landed = [soft_centroids(points, hard_centroids, level, softmax) for level in temperatures.tolist()]
    return np.asarray(np.linalg.norm(np.stack(landed) - hard_centroids, axis=-1))


def bound(points: Floats, hard_centroids: Floats, temperatures: Floats) -> Floats:
    """Bound on `one_step` in exp(−Δ*_j/T) (Part B.4), (L, K); NaN where there is none."""
    squares = squared_distances(points, hard_centroids)
    n, n_clusters = len(points), len(hard_centroids)
    sizes = np.bincount(squares.argmin(axis=0), minlength=n_clusters)
    margins, diameter = decay_margins(points, hard_centroids), _diameter(points)
    with np.errstate(divide="ignore", invalid="ignore"):  # a tie, or a single cluster
        low = np.exp(-margins / temperatures[:, None])
        limit = (
            diameter * (sizes * (n_clusters - 1) + n - sizes) * low / (sizes * (1 - (n_clusters - 1) * low))
        )
    return np.where((n_clusters - 1) * low < 1, limit, np.nan)


def _diameter(points: Floats) -> float:
    """Largest distance between two points. In the plane only corners of the convex hull are compared."""
    corners = points
    if points.shape[1] == 2:
        with suppress(scipy.spatial.QhullError):  # all points are on a line
            corners = points[scipy.spatial.ConvexHull(points).vertices]
    return float(np.sqrt(max(squared_distances(corners, corner[None]).max() for corner in corners)))


def entmax_discrepancies(points: Floats, hard_centroids: Floats, levels: Floats) -> Floats:
    """Largest d_j of the entmax-1.5 fixed point next to a K-means solution, at each of L temperatures, (L,).

    It is 0 if the fixed point is the solution, bit for bit.
    """
    ends = solve(
        prepare(points),
        np.tile(hard_centroids, (len(levels), 1, 1)),
        levels,
        METHODS["rbf-entmax15"],
        shift_tolerance=FINE,
        max_iterations=100,
    ).centroids
    landed = [soft_centroids(points, *end, entmax15) for end in zip(ends, levels.tolist(), strict=True)]
    return np.asarray(np.linalg.norm(np.stack(landed) - hard_centroids, axis=2).max(axis=1))


def exact_from(points: Floats, hard_centroids: Floats, *, rounds: int = 3, at_once: int = 16) -> float:
    """Largest σ at which a K-means solution is a fixed point of entmax-1.5, bit for bit.

    Theorem 4 says √Δ/2. The search narrows the interval from √Δ/4 to √Δ, in three rounds to a relative
    4.2e-4. The result is NaN if the solution is not exact at √Δ/4 or still exact at √Δ, if it has a tie, or
    if there is a single cluster.
    """
    predicted = np.sqrt(point_margins(points, hard_centroids).values.min()) / 2
    if not 0 < predicted < np.inf:
        return np.nan
    low, high = predicted / 2, predicted * 2
    for _ in range(rounds):
        sigmas = np.geomspace(low, high, at_once)
        exact = [
            np.array_equal(soft_centroids(points, hard_centroids, level, entmax15), hard_centroids)
            for level in temperature(sigmas).tolist()
        ]
        if not exact[0] or exact[-1]:
            return np.nan
        last = int(np.flatnonzero(exact)[-1])
        low, high = sigmas[last], sigmas[last + 1]
    return float(low)
