"""Plain implementations, a few lines each, of what the package computes: the oracles of the tests."""

import numpy as np
from scipy.special import logsumexp


def squared_distances(points, centroids):
    """‖x_i − c_k‖², (n, K)."""
    return np.square(points[:, None] - centroids[None]).sum(axis=2)


def memberships(points, centroids, temperature):
    """Eq. 19, (n, K)."""
    z = -squared_distances(points, centroids) / temperature
    return np.exp(z - logsumexp(z, axis=1, keepdims=True))


def objective(points, centroids):
    """Eq. 1."""
    return squared_distances(points, centroids).min(axis=1).sum()


def smooth_objective(points, centroids, temperature):
    """Eq. 5."""
    return -temperature * logsumexp(-squared_distances(points, centroids) / temperature, axis=1).sum()


def entropy(u):
    """Eq. 20."""
    return -(u * np.log(np.where(u > 0, u, 1))).sum()


def means(points, u):
    """Eq. 16, (K, d)."""
    return (u.T @ points) / u.sum(axis=0)[:, None]


def eq8(points, centroids, temperature):
    """One update by Eq. 8, a centroid at a time."""
    squares = squared_distances(points, centroids)
    weights = np.exp(-(squares - squares.min(axis=1, keepdims=True)) / temperature)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.array([(w[:, None] * points).sum(axis=0) / w.sum() for w in weights.T])


def eq24(points, u, temperature):
    """One update of the memberships by Eq. 24, without centroids."""
    fractions = [(u[:, k, None] * points).sum(axis=0) / u[:, k].sum() for k in range(u.shape[1])]
    return memberships(points, np.array(fractions), temperature)


def lloyd(points, centroids):
    """Assign each point to its nearest centroid, take the means; an empty cluster stays."""
    labels = squared_distances(points, centroids).argmin(axis=1)
    return np.array(
        [points[labels == k].mean(axis=0) if (labels == k).any() else c for k, c in enumerate(centroids)]
    )
