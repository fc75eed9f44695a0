"""Training an autoencoder on the digits, alone and jointly with clusters of its codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from softkmeans.arrays import Floats, Integers
from softkmeans.clustering.assignments import Assignment, entmax15, hard, softmax
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids
from softkmeans.clustering.kernels import nearest, prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.solver import solve
from softkmeans.clustering.temperatures import critical_temperature
from softkmeans.data.dataset import Dataset
from softkmeans.embedding.network import Array, Term, adam, draw, encode, forward, loss, split

#: The largest value of a pixel; points are divided by it.
WHITE = 16

#: Number of K-means runs, of which the one with the least J is taken.
RESTARTS = 10

#: Points of a batch, and Adam's learning rate.
BATCH, LEARNING_RATE = 128, 5e-3

#: Precision in which networks are trained.
PRECISION = np.float32

#: Joint training with hard assignment, with which each soft one is compared too.
HARD = "joint-hard"


@dataclass(frozen=True)
class Joint:
    """A way to train network and centroids together.

    Attributes
    ----------
    assignment : Assignment
    soft : bool
        Whether it has a temperature.
    falls : bool
        Whether T falls geometrically from step to step, or stays the same.
    """

    assignment: Assignment
    soft: bool = True
    falls: bool = False


JOINT = {
    HARD: Joint(hard, soft=False),
    "joint-softmax": Joint(softmax),
    "joint-softmax-falling": Joint(softmax, falls=True),
    "joint-entmax15": Joint(entmax15),
    "joint-entmax15-falling": Joint(entmax15, falls=True),
}


@dataclass(frozen=True)
class Candidate:
    """A way to train jointly, with the numbers that it leaves open.

    Attributes
    ----------
    method : str
        Of `JOINT`.
    weight : float
        λ.
    first, last : float
        T of the first step and of the last, over T_c of the codes; 0 for the hard one.
    """

    method: str
    weight: float
    first: float = 0.0
    last: float = 0.0


@dataclass(frozen=True)
class Setting:
    """What is tried.

    Attributes
    ----------
    pretraining, epochs : int
        Epochs of the autoencoder alone, and of each training that follows it.
    weights : sequence of float
        λ to choose from.
    temperatures : sequence of float
        T over T_c of the codes to choose from; where it falls, from the highest of them to the lowest.
    """

    pretraining: int
    epochs: int
    weights: Sequence[float]
    temperatures: Sequence[float]

    def candidates(self) -> list[Candidate]:
        """Every way with every λ, and with every T where that stays the same."""
        found = []
        for (method, way), weight in product(JOINT.items(), self.weights):
            spans = [(t, t) for t in self.temperatures] if way.soft else [(0.0, 0.0)]
            if way.falls:
                spans = [(max(self.temperatures), min(self.temperatures))]
            found += [Candidate(method, weight, *span) for span in spans]
        return found


@dataclass(frozen=True)
class Start:
    """A trained autoencoder, from which all trainings that follow begin.

    Attributes
    ----------
    repeat, seed : int
    parameters : array (P,)
    centroids : array (K, 8)
        Those of K-means on its codes.
    critical : float
        T_c of its codes.
    batches : array (steps, BATCH)
        Rows of the points for each step that follows.
    """

    repeat: int
    seed: int
    parameters: Array
    centroids: Floats
    critical: float
    batches: Integers


def scaled(data: Dataset) -> Array:
    """Give the pixels as the networks see them: from 0 to 1, in their precision."""
    return (data.points / WHITE).astype(PRECISION)


def draw_batches(n_points: int, n_epochs: int, rng: np.random.Generator) -> Integers:
    """Draw batches (steps, BATCH) for epochs in an order of their own; the points left over are not used."""
    whole = n_points // BATCH * BATCH
    orders = [rng.permutation(n_points)[:whole] for _ in range(n_epochs)]
    return np.reshape(orders, (-1, BATCH))


def train(
    parameters: Array, points: Array, batches: Integers, terms: Sequence[Term | None] | None = None
) -> Array:
    """Make one step of Adam for each batch, by the loss with the term of that step."""

    def gradient(parameters: Array, step: int) -> Array:
        return loss(parameters, points[batches[step]], terms[step] if terms else None)[1]

    return adam(parameters, gradient, len(batches), LEARNING_RATE)


def begin(data: Dataset, seed: int, repeat: int, n_epochs: int, n_after: int) -> Start:
    """Train an autoencoder for `n_epochs`, cluster its codes, and draw the batches of `n_after` epochs."""
    points, rng = scaled(data), np.random.default_rng(seed)
    alone, after = (draw_batches(len(points), number, rng) for number in (n_epochs, n_after))
    parameters = train(draw(rng).astype(PRECISION), points, alone)
    codes = encode(parameters, points)
    centroids, _ = cluster(codes, data.n_clusters, seed)
    return Start(repeat, seed, parameters, centroids, critical_temperature(codes), after)


def joined(start: Start) -> Array:
    """Give the parameters of a start with its centroids behind them."""
    return np.concatenate([start.parameters, start.centroids.ravel().astype(PRECISION)])


def train_jointly(points: Array, start: Start, chosen: Candidate) -> Array:
    """Train an autoencoder and the centroids of its codes together, and give the parameters of both."""
    first, last = start.critical * chosen.first, start.critical * chosen.last
    levels = np.geomspace(first, last, len(start.batches)) if last else np.zeros(len(start.batches))
    terms = [Term(JOINT[chosen.method].assignment, chosen.weight, t) for t in levels.tolist()]
    return train(joined(start), points, start.batches, terms)


def cluster(points: Floats, n_clusters: int, seed: int) -> tuple[Floats, Integers]:
    """Give the centroids and the partition of the best of several K-means runs from K-means++."""
    draws = [
        initial_centroids(points, n_clusters, INITIALISATIONS["kmeans++"], seed + i) for i in range(RESTARTS)
    ]
    found = solve(prepare(points), np.stack(draws), np.zeros(RESTARTS), METHODS["kmeans"], tolerance=0)
    centroids = found.centroids[found.objective.argmin()]
    return centroids, partition(points, centroids)


def partition(points: Floats, centroids: Floats) -> Integers:
    """Give each point the number of its nearest centroid."""
    prepared = prepare(points)
    return nearest(prepared, centroids - prepared.centre)[0]


def unexplained(parameters: Array, points: Array) -> float:
    """Squared error of the reconstruction over that of the mean of the points."""
    error = np.square(forward(parameters, points)[-1] - points).sum(dtype=float)
    return float(error / np.square(points - points.mean(axis=0)).sum(dtype=float))


def own_partition(parameters: Array, points: Array) -> Integers:
    """Give each point the nearest of the network's own centroids."""
    return partition(encode(parameters, points), split(parameters)[1].astype(float))
