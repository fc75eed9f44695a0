"""The table of methods, each from its own equations.

A method holds a state for every run, says which centroids and responsibilities follow from it, and turns
their sums over the points into the next state. To add one, register a `Method`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from softkmeans.arrays import Floats
from softkmeans.clustering.assignments import Assignment, Sums, entmax15, hard, log_sum_exp_weights, softmax

#: A cluster whose total weight is at most this is empty: denormal numbers are too coarse for a mean.
EMPTY = 1e-290


def same(state: Floats) -> Floats:
    """Return centroids as they are: the state of a method that keeps centroids."""
    return state


@dataclass(frozen=True)
class Method:
    """A way to iterate.

    Attributes
    ----------
    name : str
    source : str
        The equation it is written from.
    assignment : Assignment
        From the excess of squared distances to responsibilities.
    update : callable
        ``(sums, state (R, K, ·)) -> next state``. A cluster that is still empty keeps its state.
    soft : bool
        Whether it has a temperature; its own objective is then J̃, otherwise J.
    start : callable
        ``centroids (R, K, d) -> state``.
    centroids : callable
        ``state -> centroids (R, K, d)``.
    """

    name: str
    source: str
    assignment: Assignment
    update: Callable[[Sums, Floats], Floats]
    soft: bool = True
    start: Callable[[Floats], Floats] = same
    centroids: Callable[[Floats], Floats] = same


METHODS: dict[str, Method] = {}


def register(method: Method) -> Method:
    """Make a method known by its name to the pipeline, to `fit` and to the conformance tests."""
    if method.name in METHODS:
        raise ValueError(f"there is a method {method.name!r} already")
    METHODS[method.name] = method
    return method


def fractions(numerators: Floats, denominators: Floats, otherwise: Floats) -> Floats:
    """Numerators (R, K, d) / denominators (R, K), and `otherwise` where a cluster is empty."""
    alive = (denominators > EMPTY)[..., None]
    return np.divide(numerators, denominators[..., None], out=otherwise.copy(), where=alive)


def means(sums: Sums, centroids: Floats) -> Floats:
    """Σ_i u_ik x_i / Σ_i u_ik: Lloyd's cell means, Eq. 8 or Eq. 16, depending on what u is."""
    return fractions(sums.moments, sums.weights, centroids)


register(Method("kmeans", "Lloyd's algorithm for paper 1, Eq. 1", hard, means, soft=False))
register(Method("lse", "paper 1, Eq. 8, whose weights are those of Eq. 7", log_sum_exp_weights, means))
register(Method("entropy", "paper 1, Eqs. 19 and 16 in turn", softmax, means))

# maxent: the state is the memberships alone, by way of the two sums of them that Eq. 24 needs. From these
# the numpy engine computes ‖x − Σux/Σu‖² without forming a centroid.


def membership_sums(sums: Sums, state: Floats) -> Floats:
    """(Σ_i u_ik x_i, Σ_i u_ik) of the new memberships: (R, K, d + 1)."""
    alive = (sums.weights > EMPTY)[..., None]
    return np.where(alive, np.concatenate([sums.moments, sums.weights[..., None]], axis=-1), state)


def unit_sums(centroids: Floats) -> Floats:
    """Sums whose fractions are the given centroids, so that the first update is Eq. 19."""
    return np.concatenate([centroids, np.ones((*centroids.shape[:2], 1))], axis=-1)


def mean_of_memberships(state: Floats) -> Floats:
    """Σ u x / Σ u, the fraction in Eq. 24 (and Eq. 16)."""
    return state[..., :-1] / state[..., -1:]


register(
    Method(
        "maxent",
        "paper 1, Eq. 24",
        softmax,
        membership_sums,
        start=unit_sums,
        centroids=mean_of_memberships,
    )
)


# RBF network: a gradient step on F_σ, with T = 2σ².


def gradient(sums: Sums, centroids: Floats) -> Floats:
    """∂F_σ/∂μ_j = 2 Σ_i r_ij (μ_j − x_i), exactly (derived in docs/paper2.md, Part B.3), (R, K, d)."""
    return 2 * (sums.weights[..., None] * centroids - sums.moments)


def gradient_step(sums: Sums, centroids: Floats) -> Floats:
    """Step of size 1/(2Σr) along −∂F_σ (paper 2, Theorem 2)."""
    sizes = fractions(np.ones_like(centroids), 2 * sums.weights, np.zeros_like(centroids))
    return centroids - sizes * gradient(sums, centroids)


def with_learning_rate(method: Method, rate: float) -> Method:
    """Give a gradient method a constant step on the mean loss F_σ/n instead; rates below 1 are stable."""

    def update(sums: Sums, centroids: Floats) -> Floats:
        n_points = sums.weights.sum(axis=1)[:, None, None]
        return centroids - rate * gradient(sums, centroids) / n_points

    return replace(method, update=update)


register(Method("rbf-softmax", "paper 2, Theorem 2", softmax, gradient_step))
register(Method("rbf-entmax15", "paper 2, Theorem 4", entmax15, gradient_step))
