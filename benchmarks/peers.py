"""What we are measured against: the same work, done as their documentation says."""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from sklearn.cluster import KMeans

from softkmeans.arrays import Floats

MAX_ITERATIONS = 10_000


def scikit_learn(points: Floats, starts: Floats) -> Floats:
    """Lloyd's algorithm from each start until nothing changes, (R, K, d)."""
    return np.stack(
        [
            KMeans(len(start), init=start, n_init=1, tol=0, max_iter=MAX_ITERATIONS, algorithm="lloyd")
            .fit(points)
            .cluster_centers_
            for start in starts
        ]
    )


Step = Callable[[Floats, Floats, float], tuple[Floats, float]]
"""From points (n, d), centroids (K, d) and a temperature to new centroids (K, d), and J̃ of the old."""


def broadcast(points: Floats, centroids: Floats, temperature: float) -> tuple[Floats, float]:
    """Eqs. 19, 16 and 5 in plain numpy: (n, K, d) arrays for the distances and for the means."""
    u, smooth_objective = _memberships(points, centroids, temperature)
    return (u[:, :, None] * points[:, None]).sum(axis=0) / u.sum(axis=0)[:, None], smooth_objective


def broadcast_distances(points: Floats, centroids: Floats, temperature: float) -> tuple[Floats, float]:
    """Do the same with a matrix product for the means: as good as numpy gets in a few lines."""
    u, smooth_objective = _memberships(points, centroids, temperature)
    return (u.T @ points) / u.sum(axis=0)[:, None], smooth_objective


def _memberships(points: Floats, centroids: Floats, temperature: float) -> tuple[Floats, float]:
    z = -np.square(points[:, None] - centroids[None]).sum(axis=2) / temperature
    shift = z.max(axis=1, keepdims=True)
    weights = np.exp(z - shift)
    total = weights.sum(axis=1, keepdims=True)
    return weights / total, -temperature * float((np.log(total) + shift).sum())


def naive_runs(step: Step, points: Floats, starts: Floats, temperature: float, tolerance: float) -> Floats:
    """Iterate from each start until J̃ falls by no more than `tolerance`, relative, (R, K, d)."""
    ends = []
    for centroids in starts:
        following, previous = step(points, centroids, temperature)
        while True:
            centroids = following
            following, value = step(points, centroids, temperature)
            if previous - value <= tolerance * abs(previous):
                break
            previous = value
        ends.append(centroids)
    return np.stack(ends)


def has_scikit_fuzzy() -> bool:
    """Whether it is installed."""
    return find_spec("skfuzzy") is not None


def fuzzy_c_means(points: Floats, memberships: Floats, iterations: int) -> None:
    """Some iterations of scikit-fuzzy with the usual exponent m = 2, from memberships (K, n)."""
    from skfuzzy.cluster import cmeans

    cmeans(points.T, len(memberships), m=2, error=0, maxiter=iterations, init=memberships)


def has_entmax() -> bool:
    """Whether the entmax package and torch are installed."""
    return find_spec("torch") is not None and find_spec("entmax") is not None


def entmax15(points: Floats, centroids: Floats, temperature: float, support: int | None = None) -> Floats:
    """One iteration with the entmax package, which sorts all scores or the largest `support`, (K, d)."""
    import torch
    from entmax import entmax15 as share

    torch.set_num_threads(1)
    with torch.no_grad():
        x, c = torch.from_numpy(points), torch.from_numpy(centroids)
        squares = x.square().sum(1, keepdim=True) - 2 * x @ c.T + c.square().sum(1)
        u = share(-squares / temperature, dim=1, k=support)
        new: Floats = ((u.T @ x) / u.sum(0)[:, None]).numpy()
        return new
