"""Where gradient descent ends with other steps than paper 2's: a constant rate, and Adam."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Floats, squared_distances
from softkmeans.clustering.assignments import softmax
from softkmeans.clustering.kernels import prepare, sum_over_points
from softkmeans.clustering.methods import gradient
from softkmeans.clustering.metrics import match
from softkmeans.paper2.problem import LIMIT, Problem, kmeans_solutions, temperature

#: A function of the gradients of the mean loss F_σ/n, (R, K, d), that gives the move of the centroids.
Step = Callable[[Floats], Floats]

#: Largest number of steps of gradient descent.
LONGEST = 500

#: Descent ends once no coordinate moves by more than this, in standardised units. K-means goes on from there.
STILL = 1e-4


def constant(rate: float) -> Step:
    """Gradient descent with a constant rate."""
    return lambda gradients: -rate * gradients


def adam(rate: float, betas: tuple[float, float] = (0.9, 0.999), epsilon: float = 1e-8) -> Step:
    """Adam with the constants that its authors propose (Kingma & Ba 2015, Algorithm 1).

    The step keeps running means, so each descent needs a new one.
    """
    t, first, second = 0, np.zeros(1), np.zeros(1)

    def step(gradients: Floats) -> Floats:
        nonlocal t, first, second
        t += 1
        first = betas[0] * first + (1 - betas[0]) * gradients
        second = betas[1] * second + (1 - betas[1]) * np.square(gradients)
        mean, square = first / (1 - betas[0] ** t), second / (1 - betas[1] ** t)
        return np.asarray(-rate * mean / (np.sqrt(square) + epsilon))

    return step


#: Optimisers by their names in the tables. A constant rate of 0.05 ends where 0.5 does.
OPTIMISERS: dict[str, Callable[[], Step]] = {
    "constant rate": lambda: constant(0.5),
    "Adam": lambda: adam(0.01),
}


def descend(points: Floats, starts: Floats, level: float, step: Step) -> Floats:
    """Descend on F_σ/n from all starts (M, K, d) until none moves, for at most `LONGEST` steps."""
    prepared = prepare(points)
    centroids = starts - prepared.centre
    levels = np.full(len(starts), level)
    for _ in range(LONGEST):
        sums = sum_over_points(prepared, centroids, levels, softmax)
        move = step(gradient(sums, centroids) / len(points))
        centroids = centroids + move
        if np.abs(move).max() <= STILL:
            break
    return centroids + prepared.centre


def optimisers(problem: Problem, solutions: Floats) -> pa.Table:
    """Table `optimisers`: how far each optimiser's ends agree with those of K-means, at σ = `LIMIT`.

    `solutions` (M, K, d) are those of K-means from the same starts. A descent ends near a fixed point, and
    K-means goes on from there.
    """
    points, level = problem.points, float(temperature(np.array(LIMIT)))
    made = []
    for name, make in OPTIMISERS.items():
        ends, _ = kmeans_solutions(points, descend(points, problem.starts, level, make()))
        shares = [shared(points, *pair) for pair in zip(ends, solutions, strict=True)]
        columns = {"optimiser": name, "repeat": np.arange(len(ends)), "agreement": shares}
        made.append(tables.make("optimisers", {"dataset": problem.name} | columns))
    return tables.concatenate(made)


def shared(points: Floats, centroids: Floats, others: Floats) -> float:
    """Share of the points that two matched sets of centroids (K, d) put into the same cluster."""
    labels = squared_distances(points, centroids[match(centroids, others)]).argmin(axis=0)
    return float((labels == squared_distances(points, others).argmin(axis=0)).mean())
