"""Mass-constrained annealing: clusters with masses, from one to K (Rose 1998, section II-D).

The share of cluster j, with mass p_j, in a point is ∝ p_j·exp(−‖x − c_j‖²/T). So a mass adds −T·ln p_j to
the squared distance. So does one more coordinate that is 0 for all points and √(T·ln(p_max/p_j)) for centroid
j, but for a term that all clusters share. With that coordinate, the engine's softmax computes the shares.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from softkmeans.arrays import Floats
from softkmeans.clustering.annealing import (
    JITTER,
    patience,
    responsibilities,
    soft_clusters,
    split_temperature,
)
from softkmeans.clustering.assignments import Sums, softmax
from softkmeans.clustering.kernels import Points
from softkmeans.clustering.methods import EMPTY, Method, means
from softkmeans.clustering.solver import solve

#: A cluster splits once its own T_c is this many times the temperature. Nearer to it, halves part too slowly.
DUE = 1.1


@dataclass(frozen=True)
class Cooled:
    """Where a mass-constrained annealing ended.

    Attributes
    ----------
    centroids : array (K, d)
    pairs : int
        Pairs of a point and a centroid that were touched.
    """

    centroids: Floats
    pairs: int


def cool_masses(
    points: Points,
    n_clusters: int,
    schedule: list[float],
    rng: np.random.Generator,
    *,
    tolerance: float,
    max_iterations: int,
    engine: str = "compiled",
) -> Cooled:
    """Cool from one cluster at the mean to K clusters with masses (Rose 1998, section II-D).

    Before each temperature, every cluster splits whose own T_c is more than `DUE` times as high. After it,
    halves that have not parted become one cluster again. A cluster's own T_c is 2·λ_max of the covariance of
    the points, weighted by its shares. Where more clusters are due than K allows, those with the highest T_c
    split. Clusters that are still missing at the end are copies of the first centroid, which K-means then
    puts on the furthest points.

    Parameters
    ----------
    points : Points
    n_clusters : int
        K, the most clusters.
    schedule : list of float
        Temperatures, falling from T_c.
    rng : generator
        Draws the directions in which halves part.
    tolerance : float
        A temperature is left once the centroids move by no more than this times √T.
    max_iterations : int
        Most iterations at each temperature.
    engine : str
        As in `solver.solve`.
    """
    flat = _with_a_coordinate_more(points)
    n, centroids, masses, pairs = len(points.values), points.values.mean(axis=0)[None], np.ones(1), 0
    for before, temperature in pairwise([schedule[0], *schedule]):
        iterations = 0
        if len(centroids) < n_clusters:
            due = split_temperatures(points.values, centroids, masses, before)
            pairs += n * len(centroids)
            order = np.argsort(-due, kind="stable")[: n_clusters - len(centroids)]
            parting = order[due[order] > DUE * temperature]
            iterations = patience(temperature, due[parting].min(initial=np.inf))
            moves = JITTER * np.sqrt(temperature / 2) * rng.normal(size=(len(parting), centroids.shape[1]))
            masses[parting] /= 2
            masses = np.concatenate([masses, masses[parting]])
            centroids = np.concatenate([centroids, centroids[parting] + moves])
            centroids[parting] -= moves
        end = solve(
            flat,
            np.concatenate([centroids, masses[:, None]], axis=1)[None] + flat.centre,
            np.array([temperature]),
            mass_constrained(temperature),
            shift_tolerance=tolerance * np.sqrt(temperature),
            min_iterations=iterations,
            max_iterations=max_iterations,
            engine=engine,
        )
        pairs += n * len(centroids) * int(end.n_iterations[0] + 1)
        centroids, lifted = end.centroids[0, :, :-1] - points.centre, end.centroids[0, :, -1]
        masses = np.exp(-np.minimum(np.square(lifted) / temperature, 600))
        centroids, masses = merged(centroids, masses / masses.sum(), temperature)
    missing = np.repeat(centroids[:1], n_clusters - len(centroids), axis=0)
    return Cooled(np.concatenate([centroids, missing]) + points.centre, pairs)


def merged(centroids: Floats, masses: Floats, temperature: float) -> tuple[Floats, Floats]:
    """Merge clusters that coincide: the mean of their centroids, weighted by mass, and the sum of masses."""
    clusters = soft_clusters(centroids, temperature) - 1
    sums = np.bincount(clusters, masses).astype(float)
    places = [np.bincount(clusters, masses * column) / sums for column in centroids.T]
    return np.stack(places, axis=1), sums


def mass_constrained(temperature: float) -> Method:
    """Softmax with masses, as a method at one temperature.

    Its state is the centroids with one more coordinate; `start` takes the masses in that coordinate's place,
    (R, K, d + 1).
    """

    def lift(masses: Floats) -> Floats:
        return np.sqrt(temperature * np.log(masses.max(axis=-1, keepdims=True) / masses))

    def start(centroids: Floats) -> Floats:
        return np.concatenate([centroids[..., :-1], lift(centroids[..., -1])[..., None]], axis=-1)

    def update(sums: Sums, state: Floats) -> Floats:
        moved = means(sums, state)
        moved[..., -1] = lift(np.maximum(sums.weights, EMPTY))
        return moved

    return Method("mass-constrained", "Rose (1998)", softmax, update, start=start)


def split_temperatures(points: Floats, centroids: Floats, masses: Floats, temperature: float) -> Floats:
    """T_c of each cluster (K,): 2·λ_max of the covariance of the points (n, d), weighted by its shares."""
    shares = responsibilities(points, centroids, temperature, softmax, -temperature * np.log(masses))
    found = [
        split_temperature(points, centre, share, max(share.sum(), EMPTY))
        for centre, share in zip(centroids, shares, strict=True)
    ]
    return np.array([float(f"{each:.10g}") for each in found])


def _with_a_coordinate_more(points: Points) -> Points:
    """The points with a last coordinate of 0."""
    zero = np.zeros((len(points.values), 1))
    return Points(np.concatenate([points.values, zero], axis=1), np.append(points.centre, 0.0))
