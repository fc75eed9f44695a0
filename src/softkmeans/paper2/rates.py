"""How fast soft centroids approach those of K-means (paper 2, Theorems 3 and 4)."""

from contextlib import suppress

import numpy as np
import pyarrow as pa
from scipy.spatial import ConvexHull, QhullError

from softkmeans import tables
from softkmeans.arrays import Booleans, Floats, squared_distances
from softkmeans.clustering.assignments import entmax15, softmax
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.solver import solve
from softkmeans.paper2.problem import point_margins, soft_centroids, temperature

#: Δ_j/T at which rates are measured: past the other margins' part, and before float64's end.
EXPONENTS = np.linspace(8, 24, 17)

#: Discrepancies from here on are known to three digits in float64.
SMALLEST = 1e-12

#: A margin that the soft fixed point changes by more, relative, is that of another configuration.
STEADY = 0.01

#: The rate is Δ_j's once all points but the one of that margin weigh no more than this beside it.
REST = 0.1

#: Shift of the centroids at a fixed point, standardised units.
FINE = 1e-14

#: Iterations by which a fixed point close to the solution is reached.
QUICK = 60


def rates(dataset: str, points: Floats, repeat: int, hard_centroids: Floats) -> pa.Table:
    """Theorem 3: discrepancies next to a K-means solution (K, d), at 17 temperatures for each centroid.

    A rate is resolved where float64 can tell it: the fixed point is close, the discrepancy is not rounding,
    Δ_j is still what it was, and the point that has it outweighs the others.
    """
    method = METHODS["rbf-softmax"]
    n_clusters = len(hard_centroids)
    known = point_margins(points, hard_centroids)
    smallest = np.maximum(known.smallest(n_clusters), 1e-200)  # 0 for a tie
    levels = smallest[:, None] / EXPONENTS
    cluster = np.repeat(np.arange(n_clusters), len(EXPONENTS))
    solution = solve(
        prepare(points),
        np.tile(hard_centroids, (levels.size, 1, 1)),
        levels.ravel(),
        method,
        shift_tolerance=FINE,
        max_iterations=QUICK,
    )
    each = list(zip(solution.centroids, levels.ravel().tolist(), cluster.tolist(), strict=True))
    landed = [soft_centroids(points, end, level, method.assignment)[j] for end, level, j in each]
    fixed_point = np.linalg.norm(landed - hard_centroids[cluster], axis=1)
    told = solution.converged & (fixed_point >= SMALLEST)
    moved = np.full(levels.size, np.nan)
    moved[told] = [
        point_margins(points, end).of_cluster(j)[0] for (end, _, j), t in zip(each, told, strict=True) if t
    ]
    others = [known.of_cluster(j)[1:] for j in range(n_clusters)]
    rest = np.array([np.exp((smallest[j] - others[j]) / level).sum() for _, level, j in each])
    steady = np.abs(moved / smallest[cluster] - 1) < STEADY  # not where NaN
    resolved = steady & (rest <= REST)
    limits = [bound(points, hard_centroids, row)[:, j] for j, row in enumerate(levels)]
    slopes = [
        fit_slope(*row)
        for row in zip(levels, fixed_point.reshape(levels.shape), resolved.reshape(levels.shape), strict=True)
    ]
    columns = {
        "dataset": dataset,
        "method": method.name,
        "repeat": repeat,
        "cluster": cluster,
        "margin": smallest[cluster],
        "temperature": levels.ravel(),
        "fixed_point": fixed_point,
        "bound": np.concatenate(limits),
        "resolved": resolved,
        "slope": np.repeat(slopes, len(EXPONENTS)),
    }
    return tables.make("rates", columns)


def fit_slope(temperatures: Floats, discrepancies: Floats, resolved: Booleans) -> float:
    """Least-squares slope of log d against 1/T where it is resolved; NaN with less than four values."""
    if resolved.sum() < 4:
        return np.nan
    return float(np.polyfit(1 / temperatures[resolved], np.log(discrepancies[resolved]), 1)[0])


def one_step(points: Floats, hard_centroids: Floats, temperatures: Floats) -> Floats:
    """Distance of the softmax centroids at fixed μ, the solution's, to the solution, (T, K)."""
    landed = [soft_centroids(points, hard_centroids, level, softmax) for level in temperatures.tolist()]
    return np.asarray(np.linalg.norm(np.stack(landed) - hard_centroids, axis=-1))


def bound(points: Floats, hard_centroids: Floats, temperatures: Floats) -> Floats:
    """Bound on `one_step` (Part B.4), (T, K); NaN where there is none."""
    squares = squared_distances(points, hard_centroids)
    n, n_clusters = len(points), len(hard_centroids)
    sizes = np.bincount(squares.argmin(axis=0), minlength=n_clusters)
    low = np.exp(-point_margins(points, hard_centroids).values.min() / temperatures)[:, None]
    diameter = _diameter(points)
    with np.errstate(divide="ignore", invalid="ignore"):
        limit = (
            diameter * (sizes * (n_clusters - 1) + n - sizes) * low / (sizes * (1 - (n_clusters - 1) * low))
        )
    return np.where((n_clusters - 1) * low < 1, limit, np.nan)


def _diameter(points: Floats) -> float:
    """Largest distance between two points; in the plane it is between two corners of the convex hull."""
    corners = points
    if points.shape[1] == 2:
        with suppress(QhullError):  # all on a line
            corners = points[ConvexHull(points).vertices]
    return float(np.sqrt(max(squared_distances(corners, corner[None]).max() for corner in corners)))


def entmax_discrepancies(points: Floats, hard_centroids: Floats, levels: Floats) -> Floats:
    """Largest d_j of the entmax-1.5 fixed point next to a K-means solution at each temperature, (T,).

    0 if it is the solution, bit for bit.
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
    """Largest σ at which a K-means solution is a fixed point of entmax-1.5 itself, bit for bit.

    By closing in on it from between √Δ/4 and √Δ (Theorem 4 says √Δ/2), to a relative 3e-4 in three rounds;
    NaN if it is not exact at the one, or exact at the other; or with a tie, Δ = 0.
    """
    predicted = np.sqrt(point_margins(points, hard_centroids).values.min()) / 2
    if predicted == 0:
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
