"""The table of methods, each from its own equations.

A method holds a state for every run, says which centroids and responsibilities follow from it, and turns
their sums over the points into the next state. To add one, register a `Method`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from softkmeans.assignments import Assignment, hard, log_sum_exp_weights, softmax
from softkmeans.kernels import Relative, Sums, from_origin
from softkmeans.typing import Floats

EMPTY = 1e-290
"""A cluster of no more total weight is empty: made of denormal numbers, it has no mean any more."""


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
        ``(sums, state (R, K, ·)) -> next state``. A cluster that is empty still keeps its state.
    soft : bool
        Whether it has a temperature; its own objective is then J̃, otherwise J.
    relative : callable
        ``(state (..., ·), origin (..., d)) -> centroids less the origin``.
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
    relative: Relative = from_origin
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
    """Σ_i u_ik x_i / Σ_i u_ik: Lloyd's cell means, the quotient of Eq. 8, or Eq. 16, as u is."""
    return fractions(sums.moments, sums.weights, centroids)


register(Method("kmeans", "Lloyd's algorithm for paper 1, Eq. 1", hard, means, soft=False))
register(Method("lse", "paper 1, Eq. 8, whose weights are those of Eq. 7", log_sum_exp_weights, means))
register(Method("entropy", "paper 1, Eqs. 19 and 16 in turn", softmax, means))

# maxent: the state is the memberships alone, as the two sums of them that Eq. 24 reads.


def membership_sums(sums: Sums, state: Floats) -> Floats:
    """(Σ_i u_ik x_i, Σ_i u_ik) of the new memberships: (R, K, d + 1)."""
    alive = (sums.weights > EMPTY)[..., None]
    return np.where(alive, np.concatenate([sums.moments, sums.weights[..., None]], axis=-1), state)


def fractions_from_origin(state: Floats, origin: Floats) -> Floats:
    """Σ u (x − origin) / Σ u: the fraction in Eq. 24, by the sums alone."""
    return (state[..., :-1] - state[..., -1:] * origin) / state[..., -1:]


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
        relative=fractions_from_origin,
        start=unit_sums,
        centroids=mean_of_memberships,
    )
)
