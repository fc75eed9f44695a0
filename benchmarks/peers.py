"""The peers: other libraries that do the same work, called as their documentation says.

A peer of hard K-means takes points (n, d), starts (R, K, d) and the number of iterations of each run (R,),
for those that need not stop by themselves. A peer that is not installed is left out.
"""

from collections.abc import Callable
from functools import cache, partial
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from sklearn.cluster import KMeans

from benchmarks import MAX_ITERATIONS
from softkmeans.arrays import Floats, Integers
from softkmeans.data.dataset import Dataset

#: Algorithms of the two libraries; mlpack's others take three times as long and more.
MLPACK = ("pelleg-moore", "dualtree", "hamerly")
GEOKMEANS = ("ball", "geo", "exponion", "annulus", "hamerly", "elkan", "lloyd")


class Ends(NamedTuple):
    """Where runs end, (R, K, d), and how many distances were evaluated, where a peer tells."""

    centroids: Floats
    distances: float = np.nan


Peer = Callable[[Floats, Floats, Integers], Ends]


@cache
def installed(module: str) -> bool:
    """Whether a peer can be imported; if not, say so once."""
    found = find_spec(module) is not None
    if not found:
        print(f"{module} is not installed, so it is left out", flush=True)
    return found


def exact_peers() -> dict[str, Peer]:
    """All installed peers by name; f32 marks those that compute in single precision."""
    peers: dict[str, Peer] = {
        f"scikit-learn {way}": partial(_scikit_learn, way) for way in ("lloyd", "elkan")
    }
    if installed("faiss"):
        peers["faiss f32"] = _faiss
    if installed("mlpack"):
        peers |= {f"mlpack {way}": partial(_mlpack, way) for way in MLPACK}
    if installed("geokmeans"):
        peers |= {f"geokmeans {way} f32": partial(_geokmeans, way) for way in GEOKMEANS}
    return peers


def scikit_learn(
    points: Floats, starts: Floats, way: str = "lloyd", most: int = MAX_ITERATIONS
) -> list[KMeans]:
    """Fit from each start until nothing changes, or for so many iterations at most."""
    options = {"n_init": 1, "tol": 0, "max_iter": most, "algorithm": way}
    return [KMeans(len(start), init=start, **options).fit(points) for start in starts]


def _scikit_learn(way: str, points: Floats, starts: Floats, _: Integers) -> Ends:
    return Ends(np.stack([run.cluster_centers_ for run in scikit_learn(points, starts, way)]))


def _faiss(points: Floats, starts: Floats, iterations: Integers) -> Ends:
    from faiss import Kmeans

    x, ends = points.astype(np.float32), []
    options = {"min_points_per_centroid": 1, "max_points_per_centroid": len(x)}
    for start, number in zip(starts.astype(np.float32), iterations.tolist(), strict=True):
        run = Kmeans(x.shape[1], len(start), niter=number, **options)
        run.train(x, init_centroids=start)
        ends.append(run.centroids.astype(np.float64))
    return Ends(np.stack(ends))


def _mlpack(way: str, points: Floats, starts: Floats, iterations: Integers) -> Ends:
    from mlpack import kmeans

    options = {"algorithm": way, "copy_all_inputs": True}  # else it writes into them
    runs = [
        kmeans(len(start), points, initial_centroids=start, max_iterations=number, **options)
        for start, number in zip(starts, iterations.tolist(), strict=True)
    ]
    return Ends(np.stack([run["centroid"] for run in runs]))


def _geokmeans(way: str, points: Floats, starts: Floats, _: Integers) -> Ends:
    runs = _geokmeans_fits(way, points, starts.shape[1], len(starts), MAX_ITERATIONS)
    distances = sum(run.n_distance_calculations_ for run in runs)
    return Ends(np.stack([run.cluster_centers_ for run in runs]), distances)


def _geokmeans_fits(way: str, points: Floats, n_clusters: int, number: int, most: int) -> list[Any]:
    from geokmeans import GeoKMeans

    options = {"algorithm": way, "tol": 0, "max_iter": most}
    return [GeoKMeans(n_clusters, random_state=seed, **options).fit(points) for seed in range(1, number + 1)]


def random_starts(data: Dataset, number: int) -> Floats:
    """Random points as starts (number, K, d).

    geokmeans cannot be given a start. But after 0 iterations it tells the one that it drew, so everyone takes
    the starts of geokmeans where it is installed.
    """
    if installed("geokmeans"):
        runs = _geokmeans_fits("lloyd", data.points, data.n_clusters, number, 0)
        return np.stack([run.cluster_centers_ for run in runs])
    rng = np.random.default_rng(0)
    return np.stack([rng.choice(data.points, data.n_clusters, replace=False) for _ in range(number)])


def naive_step(points: Floats, centroids: Floats, temperature: float) -> tuple[Floats, float]:
    """Eqs. 19, 16 and 5 in plain numpy with (n, K, d) arrays: new centroids (K, d), and J̃ of the old ones."""
    z = -np.square(points[:, None] - centroids[None]).sum(axis=2) / temperature
    shift = z.max(axis=1, keepdims=True)
    u = np.exp(z - shift)
    total = u.sum(axis=1, keepdims=True)
    u /= total
    smooth_objective = -temperature * float((np.log(total) + shift).sum())
    return (u[:, :, None] * points[:, None]).sum(axis=0) / u.sum(axis=0)[:, None], smooth_objective


def naive_runs(points: Floats, starts: Floats, temperature: float, tolerance: float) -> Floats:
    """Iterate from each start until J̃ falls by no more than `tolerance`, relative; the ends (R, K, d)."""
    ends = []
    for centroids in starts:
        following, value = naive_step(points, centroids, temperature)
        while True:
            centroids, previous = following, value
            following, value = naive_step(points, centroids, temperature)
            if previous - value <= tolerance * abs(previous):
                break
        ends.append(centroids)
    return np.stack(ends)


def fuzzy_c_means(points: Floats, memberships: Floats, iterations: int) -> None:
    """Some iterations of scikit-fuzzy with the usual exponent m = 2, from memberships (K, n)."""
    from skfuzzy.cluster import cmeans

    cmeans(points.T, len(memberships), m=2, error=0, maxiter=iterations, init=memberships)


def entmax15(points: Floats, centroids: Floats, temperature: float) -> None:
    """One iteration with the entmax package: the shares of all clusters, and the products around them."""
    import torch
    from entmax import entmax15 as share

    torch.set_num_threads(1)
    with torch.no_grad():
        x, c = torch.from_numpy(points), torch.from_numpy(centroids)
        u = share((2 * x @ c.T - x.square().sum(1, keepdim=True) - c.square().sum(1)) / temperature, dim=1)
        (u.T @ x) / u.sum(0)[:, None]
