"""Sums of warm softmax runs over many points in the plane, at a cost that hardly depends on K.

Over a block of points that is small beside √T, exp(−‖x − c‖²/T) = g(x₁ − c₁)·g(x₂ − c₂) is smooth, and known
from its values on a grid: each factor is interpolated at P Chebyshev nodes, with an error of at most
s^P·2^(1−P/2)/√P!, where s is half the block's width over √T (the remainder of polynomial interpolation, and
Cramér's inequality for the derivatives of g). So K exponentials a point become a few small matrix products:

    Σ_k g g = L₁ (Σ_k G₁G₂ᵀ) L₂ᵀ,  and back,  Σ_i u_ik f_i = Σ_ab G₁ₐₖ G₂ᵦₖ (Σ_i L₁ᵢₐ L₂ᵢᵦ f_i/Σ_k g g),

where L are the nodes' basis polynomials at the points, the same at every temperature, and G are the factors
at the nodes. This is the idea of the fast Gauss transform (Greengard & Strain, SIAM Journal on Scientific and
Statistical Computing 12, 1991).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.polynomial import chebyshev

from softkmeans.arrays import Booleans, Floats
from softkmeans.clustering.leaves import Leaves

NODES = 18
"""P, along each axis."""
WIDEST = 0.6
"""Half of a block's width, in √T, up to which the error is no more than rounding: that bound is 5e-15."""
LEAVES = 8
"""Leaves of a block."""
CLUSTERS = 32
"""With fewer, exponentials are cheaper."""
LONELY = 1e-3
"""A run in which Σ_k exp(−‖x − c‖²/T) is smaller at some point has lost digits."""
AT_ONCE = 32
"""Blocks worked off at once."""


class Grids(NamedTuple):
    """G blocks of m points each.

    Attributes
    ----------
    middle, half : array (2, G)
        Of a block's box.
    scatter : array (G,)
        Σ ‖x − middle‖².
    bases : array (2, G, m, P)
        Value at each point of the polynomial that is 1 at a node and 0 at the others, along each axis.
    counted : array (G, m)
        1 for a point, 0 for what fills up.
    """

    middle: Floats
    half: Floats
    scatter: Floats
    bases: Floats
    counted: Floats


def draw(leaves: Leaves) -> Grids:
    """Lay grids over the leaves, which have to `serve`."""
    _, n_leaves, size = leaves.local.shape
    points = (leaves.local + leaves.middle[..., None]).reshape(2, n_leaves // LEAVES, -1)
    counted = leaves.counted.reshape(n_leaves // LEAVES, LEAVES * size)
    low = np.where(counted > 0, points, np.inf).min(axis=2)
    high = np.where(counted > 0, points, -np.inf).max(axis=2)
    empty = ~np.isfinite(low)
    low, high = np.where(empty, 0, low), np.where(empty, 0, high)
    middle, half = (low + high) / 2, (high - low) / 2
    local = (points - middle[..., None]) * counted
    return Grids(
        middle=middle,
        half=half,
        scatter=np.square(local).sum(axis=(0, 2)),
        bases=_bases(local / np.maximum(half, 1e-300)[..., None]),
        counted=counted,
    )


def _nodes() -> Floats:
    return np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)


def _bases(t: Floats) -> Floats:
    """The nodes' basis polynomials at t in [−1, 1]: 2/P·Σ'_j T_j(node) T_j(t)."""
    weights = np.full(NODES, 2 / NODES)
    weights[0] /= 2
    return np.asarray(
        chebyshev.chebvander(t, NODES - 1) @ (chebyshev.chebvander(_nodes(), NODES - 1) * weights).T
    )


def serve(leaves: Leaves, n_clusters: int) -> bool:
    """Whether grids are of use: in the plane, for blocks of points and clusters that are many."""
    return len(leaves.middle) == 2 and len(leaves.scatter) >= LEAVES and n_clusters >= CLUSTERS


def warm(grids: Grids, temperatures: Floats) -> Booleans:
    """Whether runs are warm enough, (R,)."""
    return np.asarray(grids.half.max() <= WIDEST * np.sqrt(temperatures))


class Sums(NamedTuple):
    """Of one run over all points.

    Attributes
    ----------
    moments : array (K, 3)
        Σ u·(x, 1).
    logs : float
        Σ_i log Σ_k exp(−‖x_i − c_k‖²/T).
    entropy : float
    """

    moments: Floats
    logs: float
    entropy: float


def sum_warm(
    grids: Grids, centroids: Floats, temperature: float, factor: Callable[[Floats], Floats]
) -> Sums | None:
    """Sum one run; None where some point is so far from all centroids that digits were lost.

    Parameters
    ----------
    centroids : array (K, 2)
    factor : callable
        From Σ_k exp(−‖x − c‖²/T) to what the exponentials are to be multiplied with.
    """
    n_clusters = len(centroids)
    moments = np.zeros((n_clusters, 3))
    logs = spread = 0.0
    for start in range(0, len(grids.scatter), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        middle = grids.middle[:, part]
        first, second = grids.bases[:, part]  # (B, m, P)
        local = centroids.T[:, None] - middle[..., None]  # (2, B, K)
        nodes = grids.half[:, part, None] * _nodes()  # (2, B, P)
        g_1, g_2 = np.exp(-np.square(nodes[..., None] - local[:, :, None]) / temperature)  # (B, P, K)
        total = np.vecdot(first @ (g_1 @ g_2.swapaxes(1, 2)), second)
        total = np.where(grids.counted[part] > 0, total, 1)
        if not total.min() > LONELY:
            return None
        logs += float(np.log(total).sum())
        shared = (grids.counted[part] * factor(total))[..., None] * second
        back = first.swapaxes(1, 2) @ shared  # (B, P, P)
        along_1, along_2 = nodes[..., None]  # x·g is as smooth as g
        inner = back.swapaxes(1, 2) @ g_1
        outer = back.swapaxes(1, 2) @ (along_1 * g_1)
        weights = _over_nodes(inner, g_2)
        sums = np.stack([_over_nodes(outer, g_2), _over_nodes(inner, along_2 * g_2)])
        spread += float(
            grids.scatter[part].sum()
            + (np.square(local).sum(axis=0) * weights).sum()
            - 2 * (local * sums).sum()
        )
        moments[:, 2] += weights.sum(axis=0)
        moments[:, :2] += (sums + weights * middle[..., None]).sum(axis=1).T
    return Sums(moments, logs, logs + spread / temperature)


def _over_nodes(a: Floats, b: Floats) -> Floats:
    """Σ over nodes (B, P, K): (B, K)."""
    return np.asarray(np.einsum("bpk,bpk->bk", a, b))
