"""Sums of ours against the same in 80-bit floating point, written plainly."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.setting import Sets, random_points, row, truth, variance
from softkmeans.arrays import Floats
from softkmeans.clustering.kernels import Points, prepare, sum_over_points
from softkmeans.clustering.methods import METHODS

Long = np.longdouble
Longs = NDArray[np.longdouble]

DATASETS = ("s1", "a3", "unbalance", "birch1", "birch2", "dim1024")
LEVELS = tuple(np.logspace(-4, 4, 17).tolist())
"""Temperatures, in variances within clusters."""
AT_ONCE = 500_000
"""Pairs of point and centroid worked off at once."""
METHODS_OF = {"hard": ("kmeans",), "softmax": ("entropy", "lse", "maxent"), "entmax-1.5": ("rbf-entmax15",)}
"""Assignments, and the methods that have them."""
LIMITS = {"J": 1e-12, "J_smooth": 1e-12, "entropy": 1e-9, "means": np.inf}
"""Errors allowed: relative; relative; absolute, a point; and, for the record, in widths of the data."""


class Reference(NamedTuple):
    """J, J̃, entropy, and the means of the clusters (K, d)."""

    objective: Long
    smooth_objective: Long
    entropy: Long
    means: Longs


def errors(sets: Sets, only: str) -> pd.DataFrame:
    """Worst errors of each assignment on each data set, over all temperatures and two sets of centroids."""
    rows = []
    for dataset in DATASETS:
        data = sets[dataset]
        points = prepare(data.points)
        for assignment, methods in METHODS_OF.items():
            if only not in f"{dataset} {assignment}":
                continue
            worst = np.max(
                [
                    _errors(points, data.points, centroids, level * variance(data), assignment, methods)
                    for level in ((0.0,) if assignment == "hard" else LEVELS)
                    for centroids in (truth(data), random_points(data, 1)[0])
                ],
                axis=0,
            )
            rows.append(
                row(
                    dataset=dataset,
                    data=data.origin.source,
                    assignment=assignment,
                    **dict(zip(LIMITS, worst.tolist(), strict=True)),
                    met="yes" if (worst <= list(LIMITS.values())).all() else "no",
                )
            )
    return pd.DataFrame(rows)


def _errors(
    points: Points,
    values: Floats,
    centroids: Floats,
    temperature: float,
    assignment: str,
    methods: Sequence[str],
) -> Floats:
    """Worst errors of the methods, in the order of `LIMITS`."""
    exact = reference(values, centroids, temperature, assignment)
    found = []
    for name in methods:
        method = METHODS[name]
        state = method.start(centroids[None] - points.centre)
        sums = sum_over_points(points, state, np.array([temperature]), method.assignment)
        means = sums.moments[0] / np.where(sums.weights[0] > 0, sums.weights[0], np.nan)[:, None]
        found.append(
            (
                abs(sums.objective[0] / exact.objective - 1),
                abs(sums.smooth_objective[0] / exact.smooth_objective - 1),
                abs(sums.entropy[0] - exact.entropy) / len(values),
                np.nanmax(np.abs(means + points.centre - exact.means)) / np.ptp(values, axis=0).max(),
            )
        )
    return np.max(found, axis=0).astype(np.float64)


def reference(points: Floats, centroids: Floats, temperature: float, assignment: str) -> Reference:
    """The sums over all pairs, with nothing left out."""
    objective = smooth = entropy = Long(0)
    weights, moments = np.zeros(len(centroids), Long), np.zeros(centroids.shape, Long)
    for part in np.array_split(points.astype(Long), -(-points.size * len(centroids) // AT_ONCE)):
        squares = np.square(part[:, None] - centroids.astype(Long)).sum(axis=2)
        smallest = squares.min(axis=1)
        u, gain, disorder = SHARES[assignment](squares - smallest[:, None], Long(temperature))
        objective += smallest.sum()
        smooth += (smallest + gain).sum()
        entropy += disorder.sum()
        weights += u.sum(axis=0)
        moments += u.T @ part
    with np.errstate(divide="ignore", invalid="ignore"):
        return Reference(objective, smooth, entropy, moments / weights[:, None])


def _hard(excess: Longs, temperature: Long) -> tuple[Longs, Longs, Longs]:
    u = (np.arange(excess.shape[1]) == excess.argmin(axis=1)[:, None]).astype(Long)
    zero = np.zeros(len(excess), Long)
    return u, zero, zero


def _softmax(excess: Longs, temperature: Long) -> tuple[Longs, Longs, Longs]:
    """Responsibilities (n, K) by Eq. 19, what Eq. 5 has below the smallest square, entropy by Eq. 20."""
    z = excess / temperature
    u = np.exp(-z)
    total = u.sum(axis=1)
    u /= total[:, None]
    return u, -temperature * np.log(total), np.log(total) + (u * z).sum(axis=1)


def _entmax15(excess: Longs, temperature: Long) -> tuple[Longs, Longs, Longs]:
    """[θ − d²/2T]²₊, Σ u·d² − T·H, and Tsallis's H = 4/3·Σ(u − u^1.5).

    Σ[θ − s]²₊ is convex in θ and at least 1 at θ = 1, so Newton's steps fall to where it is 1.
    """
    scores = excess / (2 * temperature)
    threshold = np.ones((len(scores), 1), Long)
    while True:
        roots = np.maximum(threshold - scores, 0)
        above = np.square(roots).sum(axis=1, keepdims=True) - 1
        lower = threshold - above / (2 * roots.sum(axis=1, keepdims=True))
        if not (lower < threshold).any():
            break
        threshold = np.minimum(lower, threshold)
    u = np.square(roots)
    entropy = (u - u * roots).sum(axis=1) * 4 / 3
    return u, (u * excess).sum(axis=1) - temperature * entropy, entropy


SHARES = {"hard": _hard, "softmax": _softmax, "entmax-1.5": _entmax15}
"""From the excess (n, K) of the squared distances over each smallest to (u (n, K), J̃ − J (n,), H (n,))."""
