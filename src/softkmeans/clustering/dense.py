"""The numpy engine: the definition of every method, dense and plain."""

from collections.abc import Callable

import numpy as np

from softkmeans.arrays import Floats
from softkmeans.clustering.assignments import Assignment
from softkmeans.clustering.stretch import Stop, Stretch

#: The most elements of an array over centroids and points that is held at once: 32 MB of float64.
BLOCK = 2**22


def iterate(
    points: Floats,
    assignment: Assignment,
    update: Callable[..., Floats],
    state: Floats,
    temperature: float,
    stop: Stop,
    t: int,
    rows: Floats,
    places: Floats,
) -> Stretch:
    """Make one pass over the centred points; see `kernels.iterate`. The caller makes the update."""
    d = points.shape[1]
    weights, moments = np.zeros(len(state)), np.zeros((len(state), d))
    objective = gain = entropy = 0.0
    step = max(1, BLOCK // len(state))
    for start in range(0, len(points), step):
        block = points[start : start + step]
        squares = squared_distances(block, state)
        shares = assignment.at(squares, temperature)
        u = shares.responsibilities
        weights += u.sum(axis=1)
        moments += u @ block
        objective += squares.min(axis=0).sum()
        gain += shares.gain.sum()
        entropy += shares.entropy.sum()
    rows[t, :3] = objective, temperature * gain, entropy
    if len(places):
        places[t] = state if state.shape[1] == d else state[:, :-1] / state[:, -1:]
    own = rows[: t + 1, 0] + (rows[: t + 1, 1] if stop.soft else 0)
    if stop.shift_tolerance >= 0:
        converged = rows[t, 3] <= stop.shift_tolerance
    else:
        converged = t > 0 and own[t - 1] - own[t] <= stop.tolerance * abs(own[t - 1])
    return Stretch(t, bool(converged) and t >= stop.first, weights, moments)


def squared_distances(points: Floats, state: Floats) -> Floats:
    """Squared distances (K, n) to centroids (K, d), or to the quotients of sums (K, d + 1).

    Eq. 24 of paper 1 has the memberships u in place of centroids. The quotients are not taken: a squared
    distance is ‖x·Σu − Σu·x‖²/(Σu)². The sums are first scaled by a power of two, so that no square
    underflows.
    """
    d = points.shape[1]
    if state.shape[1] == d:
        sums, weights = state, np.ones((len(state), 1))
    else:
        state = np.ldexp(state, -np.frexp(state[:, -1:])[1])
        sums, weights = state[:, :-1], state[:, -1:]
    squares = np.zeros((len(state), len(points)))
    with np.errstate(over="ignore"):
        for j in range(d):
            squares += np.square(points[:, j] * weights - sums[:, j : j + 1])
        return squares / np.square(weights)
