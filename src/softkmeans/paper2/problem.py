"""Félix, Ucan-Puc, Astengo (2026): a data set with its starts, and what the experiments share.

All data are standardised, so that σ can be compared between data sets. T = 2σ² (docs/paper2.md).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Floats, Integers, squared_distances, standardise
from softkmeans.clustering.assignments import Assignment, hard
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids, start_seed
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.solver import Solution, solve
from softkmeans.data.dataset import Dataset

#: The methods of paper 2.
MAPS = ("rbf-softmax", "rbf-entmax15")

#: Rounding error of a centroid of standardised data.
ROUNDING = 1e-14

#: σ that stands for the limit σ → 0: its T is below nearly every margin.
LIMIT = 1e-6


@dataclass(frozen=True)
class Problem:
    """A data set of paper 2, standardised, and its starts.

    Attributes
    ----------
    name : str
    points : array (n, d)
    starts : array (M, K, d)
    """

    name: str
    points: Floats
    starts: Floats


@dataclass(frozen=True)
class Evidence:
    """What the paper's claims are measured on.

    Attributes
    ----------
    problems : tuple of Problem
        The data sets and their starts.
    found : mapping
        The paper's tables by name.
    """

    problems: tuple[Problem, ...]
    found: Mapping[str, pd.DataFrame]


def gather(problems: Iterable[Problem], found: Mapping[str, pd.DataFrame]) -> Evidence:
    """Gather the evidence. Data sets of a single cluster or of no extent are left out."""
    kept = tuple(p for p in problems if np.ptp(p.points) > 0 and p.starts.shape[1] > 1)
    names = [problem.name for problem in kept]
    return Evidence(kept, {name: table[table["dataset"].isin(names)] for name, table in found.items()})


def at_smallest_sigma(collapse: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table `collapse` at the smallest σ."""
    return collapse[collapse["sigma"] == collapse["sigma"].min()]


def set_up(data: Dataset, initialisation: str, n_starts: int, base_seed: int) -> Problem:
    """Standardise a data set and draw its starts."""
    points = standardise(data.points)
    seeds = [start_seed(base_seed, data.name, initialisation, repeat) for repeat in range(n_starts)]
    chosen = INITIALISATIONS[initialisation]
    starts = [initial_centroids(points, data.n_clusters, chosen, seed) for seed in seeds]
    return Problem(data.name, points, np.stack(starts))


def paths_table(dataset: str, method: str, sigmas: Floats, places: Floats) -> pa.Table:
    """Table `paths` of the centroids (S, K, d) at each of S values of σ."""
    key = {"dataset": dataset, "method": method, "sigma": sigmas}
    return tables.make("paths", key | {"n_clusters": places.shape[1], "coordinates": places})


def temperature(sigma: Floats) -> Floats:
    """Temperature of a width σ: T = 2σ²."""
    return 2 * np.square(sigma)


def soft_centroids(points: Floats, centroids: Floats, temperature: float, assignment: Assignment) -> Floats:
    """Σ_i r_ij x_i / Σ_i r_ij (Lemma 1), (K, d). A centroid without weight stays."""
    shares = assignment.at(squared_distances(points, centroids), temperature).responsibilities
    return means_of_shares(points, shares, centroids)


def means_of_shares(points: Floats, shares: Floats, centroids: Floats) -> Floats:
    """Σ_i r_ij x_i / Σ_i r_ij of responsibilities (K, n), (K, d). A centroid without weight stays.

    Equal responsibilities give equal centroids, to the last bit.
    """
    weights = shares.sum(axis=1)[:, None]
    return np.divide(shares @ points, weights, out=centroids.copy(), where=weights > 0)


@dataclass(frozen=True)
class Margins:
    """The points' margins: the second smallest squared distance to a centroid minus the smallest.

    Attributes
    ----------
    values : array (n,)
        The margins, in squared data units. The least of them is Δ.
    best, second : array (n,)
        Indices of the nearest and the second nearest centroid.
    """

    values: Floats
    best: Integers
    second: Integers

    def near(self, n_clusters: int) -> Floats:
        """Δ_j, (K,): the least margin among the points whose best or second-best centroid is j."""
        of = [self.values[(self.best == j) | (self.second == j)] for j in range(n_clusters)]
        return np.array([values.min(initial=np.inf) for values in of])


def point_margins(points: Floats, centroids: Floats) -> Margins:
    """Margins of the points at centroids (K, d); infinite where K = 1."""
    squares = squared_distances(points, centroids)
    columns = np.arange(len(points))
    best = squares.argmin(axis=0)
    smallest = squares[best, columns]
    squares[best, columns] = np.inf
    second = squares.argmin(axis=0)
    return Margins(squares[second, columns] - smallest, best, second)


def decay_margins(points: Floats, centroids: Floats) -> Floats:
    """Δ*_j (Part B.4), (K,): the least of the margins of cluster j's points and of the other points' δ_ij."""
    margins = point_margins(points, centroids)
    squares = squared_distances(points, centroids)
    excess = squares - squares.min(axis=0)
    excess[margins.best, np.arange(len(points))] = margins.values
    return np.asarray(excess.min(axis=1))


def kmeans_solutions(points: Floats, starts: Floats) -> tuple[Floats, Solution]:
    """Run K-means from each start (M, K, d) to its fixed point: its centroids (M, K, d), and the solution."""
    solution = solve(
        prepare(points),
        starts,
        np.zeros(len(starts)),
        METHODS["kmeans"],
        shift_tolerance=0,
        max_iterations=1000,
        every_iteration=True,
    )
    return np.stack([soft_centroids(points, c, 0.0, hard) for c in solution.centroids]), solution
