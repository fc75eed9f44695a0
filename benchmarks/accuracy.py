"""Our sums compared with plain sums in 80-bit floating point."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks import ours
from benchmarks.peers import random_starts
from benchmarks.setting import Setting, truth, variance
from softkmeans.arrays import Floats

Long = np.longdouble
Longs = NDArray[np.longdouble]

DATASETS = ("s1", "a3", "unbalance", "birch1", "birch2", "dim1024")

#: Temperatures, in variances within clusters, v.
LEVELS = np.logspace(-4, 4, 17).tolist()

#: Number of coordinates, of all pairs of a point and a centroid, that are worked on at once.
AT_ONCE = 500_000

#: Assignment -> the methods that have it.
METHODS_OF = {"hard": ("kmeans",), "softmax": ("entropy", "lse", "maxent"), "entmax-1.5": ("rbf-entmax15",)}


def accuracy(setting: Setting) -> pd.DataFrame:
    """Worst errors of a pass against sums over all pairs in `numpy.longdouble`, which has 80 bits on x86.

    Over 17 temperatures from 1e-4 v to 1e4 v, from the true centroids and from random points. Errors of J and
    J̃ are relative, those of entropy are absolute, per point. *softmax* is the worst of `entropy`, `lse` and
    `maxent`.
    """
    rows = []
    for name in setting.names(DATASETS):
        data = setting.data(name)
        points = ours.prepare(data.points)
        for assignment, methods in METHODS_OF.items():
            errors = []
            for level in setting.some(LEVELS) if assignment != "hard" else (0.0,):
                for centroids in (truth(data), random_starts(data, 1)[0]):
                    temperature = level * variance(data)
                    exact = reference(data.points, centroids, temperature, assignment)
                    found = [ours.iteration(points, centroids, way, temperature)() for way in methods]
                    errors += [
                        np.abs(each - exact) / [*np.abs(exact[:2]), len(points.values)] for each in found
                    ]
            worst = dict(zip(("J", "J̃", "entropy"), np.max(errors, axis=0).astype(float), strict=True))
            rows.append({"set": name, "assignment": assignment} | worst)
    return pd.DataFrame(rows)


def reference(points: Floats, centroids: Floats, temperature: float, assignment: str) -> Longs:
    """J, J̃ and the entropy, (3,), summed over all pairs with nothing left out."""
    sums = np.zeros(3, Long)
    for part in np.array_split(points.astype(Long), -(-points.size * len(centroids) // AT_ONCE)):
        squares = np.square(part[:, None] - centroids.astype(Long)).sum(axis=2)
        smallest = squares.min(axis=1)
        gain, entropy = SHARES[assignment](squares - smallest[:, None], Long(temperature))
        sums += smallest.sum(), (smallest + gain).sum(), entropy.sum()
    return sums


def _hard(excess: Longs, temperature: Long) -> tuple[Longs, Longs]:
    return np.zeros(len(excess), Long), np.zeros(len(excess), Long)


def _softmax(excess: Longs, temperature: Long) -> tuple[Longs, Longs]:
    """−T·log Σ exp(−excess/T), by Eq. 5, and the entropy by Eq. 20."""
    z = excess / temperature
    weights = np.exp(-z)
    total = weights.sum(axis=1)
    return -temperature * np.log(total), np.log(total) + (weights * z).sum(axis=1) / total


def _entmax15(excess: Longs, temperature: Long) -> tuple[Longs, Longs]:
    """Σ u·d² − T·H and Tsallis's H = 4/3·Σ(u − u^1.5), where u = [θ − d²/2T]²₊.

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
    return (u * excess).sum(axis=1) - temperature * entropy, entropy


#: Assignment -> function of the excess (n, K) of the squared distances over each point's smallest, and of T.
#: It gives each point's J̃ − J (n,) and entropy (n,).
SHARES = {"hard": _hard, "softmax": _softmax, "entmax-1.5": _entmax15}
