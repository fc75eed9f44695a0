"""An autoencoder with K-means at finite temperature in its loss: the loss, its gradient by hand, and Adam.

All weights and biases, and behind them the centroids if there are any, stand in one vector, the parameters.
Everything is computed in the precision of the parameters, but for the clustering, which is in float64.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from softkmeans.arrays import Floats
from softkmeans.clustering.assignments import Assignment

#: Units of the input and of each layer, the last of which is the output.
SIZES = (64, 64, 8, 64, 64)

#: Number of the layer whose values are the code.
CODE = 2

#: Numbers of the layers with a ReLU; the code and the output are linear.
RECTIFIED = (1, 3)

#: Adam's decay rates of the two moments, and the number that keeps its quotient finite (Kingma & Ba 2015).
FIRST, SECOND, EPSILON = 0.9, 0.999, 1e-8

Array = NDArray[np.floating[Any]]

#: Weights (in, out) and biases (out,).
Layer = tuple[Array, Array]


@dataclass(frozen=True)
class Term:
    """What clustering adds to the loss: λ F_σ of the codes.

    Attributes
    ----------
    assignment : Assignment
    weight : float
        λ.
    temperature : float
        T = 2σ², in squared units of the code; a hard assignment ignores it.
    """

    assignment: Assignment
    weight: float
    temperature: float


def split(parameters: Array) -> tuple[list[Layer], Array]:
    """Give views of the layers, and of the centroids (K, 8), which may be none."""
    layers, start = [], 0
    for before, after in pairwise(SIZES):
        middle, end = start + before * after, start + (before + 1) * after
        layers.append((parameters[start:middle].reshape(before, after), parameters[middle:end]))
        start = end
    return layers, parameters[start:].reshape(-1, SIZES[CODE])


def draw(rng: np.random.Generator) -> Floats:
    """Draw the parameters of a new network: weights of variance 1/in (LeCun et al. 1998), biases of 0."""
    layers = [(rng.normal(size=(i, o)) / np.sqrt(i), np.zeros(o)) for i, o in pairwise(SIZES)]
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def forward(parameters: Array, points: Array) -> list[Array]:
    """Values of the input and of each layer, for points (n, 64)."""
    values = [points]
    for number, (weights, biases) in enumerate(split(parameters)[0], 1):
        value = values[-1] @ weights
        value += biases
        values.append(np.maximum(value, np.zeros_like(value)) if number in RECTIFIED else value)
    return values


def encode(parameters: Array, points: Array) -> Floats:
    """Codes of the points, (n, 8), in double precision."""
    return forward(parameters, points)[CODE].astype(float)


def free_energy(codes: Floats, centroids: Floats, term: Term) -> tuple[float, Floats, Floats]:
    """Give F_σ of the codes (n, 8) at centroids (K, 8), and its derivatives by both.

    They are 2 Σ_j r_ij (z_i − μ_j) and 2 Σ_i r_ij (μ_j − z_i), since F_σ is the least value that any
    responsibilities give (docs/paper2.md, B.11). At a hard assignment F_σ is J.
    """
    squares = scipy.spatial.distance.cdist(centroids, codes, "sqeuclidean")
    shares = term.assignment.at(squares, term.temperature)
    r = shares.responsibilities
    value = float((squares.min(axis=0) + term.temperature * shares.gain).sum())
    return value, 2 * (codes - r.T @ centroids), 2 * (r.sum(axis=1)[:, None] * centroids - r @ codes)


def loss(parameters: Array, points: Array, term: Term | None = None) -> tuple[float, Array]:
    """Give the joint loss and its gradient (P,).

    The loss is the mean over the points of ‖x − x̂‖² and, if there is a term, of λ F_σ (docs/paper2.md, B.11).

    Parameters
    ----------
    parameters : array (P,)
        With centroids if there is a term.
    points : array (n, 64)
    term : Term, optional
    """
    layers, centroids = split(parameters)
    gradient = np.zeros_like(parameters)
    slopes, pull = split(gradient)
    values = forward(parameters, points)
    slope = values[-1] - points
    total = float(np.square(slope).sum())
    slope *= 2
    for number in range(len(layers), 0, -1):  # `slope` is the derivative by the layer's values
        if number in RECTIFIED:
            slope *= values[number] > 0
        elif number == CODE and term is not None:
            found = free_energy(values[CODE].astype(float), centroids.astype(float), term)
            total += term.weight * found[0]
            slope += term.weight * found[1]
            pull += term.weight * found[2]
        by_weights, by_biases = slopes[number - 1]
        np.matmul(values[number - 1].T, slope, out=by_weights)
        slope.sum(axis=0, out=by_biases)
        if number > 1:
            slope = slope @ layers[number - 1][0].T
    gradient /= len(points)
    return total / len(points), gradient


def adam(
    parameters: Array, gradient: Callable[[Array, int], Array], n_steps: int, learning_rate: float
) -> Array:
    """Make steps of Adam (Kingma & Ba 2015) from the parameters (P,), and give those at the end.

    Parameters
    ----------
    parameters : array (P,)
    gradient : callable
        ``(parameters, number of the step from 0) -> gradient (P,)``.
    n_steps : int
    learning_rate : float
    """
    parameters = parameters.copy()
    mean, square = np.zeros_like(parameters), np.zeros_like(parameters)
    for step in range(n_steps):
        slope = gradient(parameters, step)
        mean += (1 - FIRST) * (slope - mean)
        square += (1 - SECOND) * (slope * slope - square)
        size = learning_rate / (1 - FIRST ** (step + 1))
        parameters -= size * mean / (np.sqrt(square / (1 - SECOND ** (step + 1))) + EPSILON)
    return parameters
