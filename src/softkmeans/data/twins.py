"""Synthetic stand-ins for the benchmark sets, for machines without a network.

A twin has the sizes and the row order of the real set. For the benchmark's sets in the plane, it also has
the means and covariances of the real clusters, up to rounding to integers. Within a cluster, the points have
random directions, and radii whose tail is set by an exponent (1: Gaussian). Each set has one exponent, chosen
so that the objective J of the true labels is that of the real set too: real clusters that overlap have heavy
tails, and those cut off at the boundary to their neighbours have light ones. The twins of DIM and of the
other G2 sets follow the published recipes. No point of a real set is embedded.
"""

import csv
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

import numpy as np

from softkmeans.arrays import Floats, Integers
from softkmeans.data.catalogue import Entry

_SEED = 2020

#: Sets whose rows are in no order. In all others, the rows of a cluster stand together.
_SHUFFLED = ("birch1", "birch3")

#: Variance that rounding to integers adds.
_ROUNDING = 1 / 12


@dataclass(frozen=True)
class Cluster:
    """Recipe of one cluster in the plane: size, mean (2,), covariance (2, 2), exponent of its radii."""

    label: int
    size: int
    mean: Floats
    covariance: Floats
    exponent: float


@dataclass(frozen=True)
class Ball:
    """Recipe of a DIM set: range of the centres, and Σ of squared distances of points to cluster means."""

    low: float
    high: float
    scatter: float


def draw_twin(entry: Entry) -> tuple[Integers, Integers | None]:
    """Draw the twin of a catalogued set, the same at each call.

    Returns
    -------
    points : (n, d) array of int64
    labels : (n,) array of int64 in 0 … K-1; None where the real set has none

    Raises
    ------
    ValueError
        If the set is not of the benchmark's families.
    """
    rng = generator(entry.name)
    if clusters := list(_clusters(entry.name)):
        points, labels = draw_clusters(clusters, rng)
        if entry.name in _SHUFFLED:
            order = rng.permutation(len(points))
            points, labels = points[order], labels[order]
    elif entry.family == "G2":
        points, labels = _draw_g2(entry, rng)
    elif entry.family == "DIM":
        points, labels = _draw_balls(entry, _ball(entry.name), rng)
    else:
        raise ValueError(f"no recipe for a twin of {entry.name}")
    return np.rint(points).astype(np.int64), None if entry.labels_sha256 is None else labels


def generator(name: str) -> np.random.Generator:
    """Return the generator that the twin of a set is drawn with, at its fixed seed."""
    return np.random.default_rng([_SEED, zlib.crc32(name.encode())])


def draw_clusters(clusters: list[Cluster], rng: np.random.Generator) -> tuple[Floats, Integers]:
    """Draw clusters one after the other: points (n, 2), not yet rounded, and labels (n,)."""
    points = np.concatenate([_draw_cluster(cluster, rng) for cluster in clusters])
    return points, np.repeat([cluster.label for cluster in clusters], [cluster.size for cluster in clusters])


def _draw_cluster(cluster: Cluster, rng: np.random.Generator) -> Floats:
    sample = rng.standard_normal((cluster.size, 2))
    sample *= np.hypot(*sample.T)[:, None] ** (cluster.exponent - 1)
    target = cluster.covariance - _ROUNDING * np.eye(2)
    return cluster.mean + _standardise(sample) @ np.linalg.cholesky(target).T


def _standardise(sample: Floats) -> Floats:
    """Map a sample affinely to mean 0 and covariance 1, exactly."""
    centred = sample - sample.mean(axis=0)
    factor = np.linalg.cholesky(centred.T @ centred / len(centred))
    return np.asarray(np.linalg.solve(factor, centred.T).T)


def _draw_g2(entry: Entry, rng: np.random.Generator) -> tuple[Floats, Integers]:
    deviation = float(entry.name.rsplit("-", 1)[1])
    labels = np.repeat(np.arange(2), entry.n_points // 2)
    centres = np.array([500.0, 600.0])[labels, None]
    return centres + deviation * rng.standard_normal((entry.n_points, entry.n_dims)), labels


def _draw_balls(entry: Entry, ball: Ball, rng: np.random.Generator) -> tuple[Floats, Integers]:
    k, d = entry.n_clusters, entry.n_dims
    size = entry.n_points // k
    centres = rng.uniform(ball.low, ball.high, (k, 1, d))
    noise = rng.standard_normal((k, size, d))
    noise -= noise.mean(axis=1, keepdims=True)
    # Rounding adds to the scatter, but not exactly its average: find the scale by bisection.
    low, high = 0.0, 2 * float(np.sqrt(ball.scatter / np.sum(noise**2)))
    for _ in range(50):
        scale = (low + high) / 2
        drawn = np.rint(centres + scale * noise)
        scatter = np.sum((drawn - drawn.mean(axis=1, keepdims=True)) ** 2)
        low, high = (scale, high) if scatter < ball.scatter else (low, scale)
    return drawn.reshape(-1, d), np.repeat(np.arange(k), size)


def _rows(file: str, name: str) -> Iterator[dict[str, str]]:
    text = resources.files(__package__).joinpath(file).read_text(encoding="utf-8")
    return (row for row in csv.DictReader(text.splitlines()) if row["name"] == name)


def _clusters(name: str) -> Iterator[Cluster]:
    for row in _rows("twins.csv", name):
        xx, xy, yy = (float(row[key]) for key in ("var_x", "cov_xy", "var_y"))
        yield Cluster(
            label=int(row["label"]),
            size=int(row["size"]),
            mean=np.array([float(row["mean_x"]), float(row["mean_y"])]),
            covariance=np.array([[xx, xy], [xy, yy]]),
            exponent=float(row["exponent"]),
        )


def _ball(name: str) -> Ball:
    row = next(_rows("twins_dim.csv", name))
    return Ball(float(row["low"]), float(row["high"]), float(row["scatter"]))
