"""Mass-constrained annealing: clusters with masses, from one to K (Rose 1998, section II-D).

A cluster's share of a point is ∝ p_j·exp(−‖x − c_j‖²/T). Its mass enters as −T·ln p_j beside the squared
distance, hence as a coordinate more: 0 for all points, √(T·ln(p_max/p_j)) for centroid j. So the engine's
softmax computes it.
"""

from dataclasses import dataclass

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

#: A cluster splits once its own T_c is that many times the temperature: nearer to it halves part too slowly.
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
    """Cool from one cluster at the mean; before each temperature, those split whose own T_c is above it.

    Halves that have not parted are one cluster again.

    A cluster's own T_c is 2·λ_max of the covariance of the points, weighted by its shares. Where more are
    due than are allowed, those with the highest T_c split. What is still missing at the end are copies of
    the first centroid, which K-means then puts on the furthest points.

    Parameters
    ----------
    points : Points
    n_clusters : int
        K, the most clusters.
    schedule : list of float
        Temperatures, falling from T_c.
    rng : generator
        Of the directions in which halves part.
    tolerance : float
        A temperature is left once the centroids move by no more than this times √T.
    max_iterations : int
        Of each temperature.
    """
    flat = _with_a_coordinate_more(points)
    n, centroids, masses, pairs = len(points.values), points.values.mean(axis=0)[None], np.ones(1), 0
    for before, temperature in zip([schedule[0], *schedule], schedule, strict=False):
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
    """Make one cluster of those that coincide: the mean of their centroids, and the sum of their masses."""
    clusters = soft_clusters(centroids, temperature) - 1
    sums = np.bincount(clusters, masses).astype(float)
    places = [np.bincount(clusters, masses * column) / sums for column in centroids.T]
    return np.stack(places, axis=1), sums


def mass_constrained(temperature: float) -> Method:
    """Softmax with masses at a temperature, whose state is the centroids with the coordinate more.

    `start` takes centroids with their masses in place of it, (R, K, d + 1).
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
