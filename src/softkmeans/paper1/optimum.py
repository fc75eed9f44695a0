"""The fixed point that iterations of Eq. 8 converge to, and whether it is a strict minimum of J̃ (Eq. 6)."""

from dataclasses import dataclass

import numpy as np

from softkmeans.arrays import Floats, squared_distances
from softkmeans.clustering.assignments import softmax
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.solver import solve

#: A fixed point is reached once the centroids' shift in an iteration is at most this, in units of √T.
ARRIVED = 1e-10

#: Largest number of iterations to the fixed point. A contraction by 0.99 takes about 2500.
PATIENCE = 10_000


@dataclass(frozen=True)
class Optimum:
    """A fixed point of Eq. 8.

    Attributes
    ----------
    centroids : array (K, d)
    objective, smooth_objective : float
        J and J̃ there.
    gradient : float
        Largest component of ∂J̃/∂c_k / (2 Σ_i u_ik √T): how far the next update would move, in units of √T.
    contraction : float
        Spectral radius of the Jacobian of the update. If it is below 1, the fixed point attracts and is a
        strict local minimum of J̃.
    """

    centroids: Floats
    objective: float
    smooth_objective: float
    gradient: float
    contraction: float


def settle(points: Floats, centroids: Floats, temperature: float) -> list[Optimum]:
    """Iterate Eq. 8 from each set of centroids (R, K, d) until it no longer moves."""
    ended = solve(
        prepare(points),
        centroids,
        np.full(len(centroids), temperature),
        METHODS["lse"],
        shift_tolerance=ARRIVED * np.sqrt(temperature),
        max_iterations=PATIENCE,
    )
    return [
        Optimum(
            place,
            float(ended.objective[r]),
            float(ended.smooth_objective[r]),
            float(np.abs(updated(points, place, temperature) - place).max() / np.sqrt(temperature)),
            float(np.abs(np.linalg.eigvalsh(scaled_jacobian(points, place, temperature))).max()),
        )
        for r, place in enumerate(ended.centroids)
    ]


def updated(points: Floats, centroids: Floats, temperature: float) -> Floats:
    """Update centroids (K, d) by Eq. 8: c_k − ∂J̃/∂c_k / (2 Σ_i u_ik)."""
    u = softmax.at(squared_distances(points, centroids), temperature).responsibilities
    return np.asarray((u @ points) / u.sum(axis=1)[:, None])


def scaled_jacobian(points: Floats, centroids: Floats, temperature: float) -> Floats:
    """Jacobian (Kd, Kd) of Eq. 8 at a fixed point, W^½ ∂M/∂c W^−½, which is symmetric.

    W is diagonal and holds Σ_i u_ik for each coordinate of c_k. Since
    ∂u_ik/∂c_l = 2/T · u_ik (δ_kl − u_il)(x_i − c_l), the block (k, l) of W ∂M/∂c is
    2/T · Σ_i u_ik (δ_kl − u_il)(x_i − c_k)(x_i − c_l)ᵀ. The Hessian of J̃ is 2(W − W ∂M/∂c). It is positive
    definite where all eigenvalues are below 1.
    """
    u = softmax.at(squared_distances(points, centroids), temperature).responsibilities
    offsets = points - centroids[:, None]
    shared = u[..., None] * offsets
    n_clusters, n_points, d = offsets.shape
    columns = shared.transpose(1, 0, 2).reshape(n_points, n_clusters * d)
    found = -columns.T @ columns
    for k in range(n_clusters):
        block = slice(k * d, (k + 1) * d)
        found[block, block] += shared[k].T @ offsets[k]
    roots = np.sqrt(np.repeat(u.sum(axis=1), d))
    return np.asarray(2 / temperature * found / np.outer(roots, roots))
