"""Regenerate the recipes of the twins from the real data.

    python tools/make_twins.py MIRROR

MIRROR is a folder that holds ``sipu/`` (file names of the original site) and ``gagolews/sipu/`` (those
of clustering-data-v1). The tool writes ``twins.csv`` (sets of two dimensions: a row for each cluster) and
``twins_dim.csv`` (the DIM sets: a row for each set) into ``src/softkmeans/data``, and prints the ratio of
each twin's ground-truth J to the real one. Birch3 has no ground truth: its recipe is the mixture of Gaussians
that expectation maximisation finds, and its J is that of the mixture's means.
"""

import argparse
import csv
import dataclasses
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.mixture import GaussianMixture

from softkmeans.arrays import label_means
from softkmeans.data.catalogue import BENCHMARK, lookup
from softkmeans.data.mirrors import Mirror
from softkmeans.data.obtain import obtain
from softkmeans.data.twins import Cluster, draw_clusters, draw_twin, generator

DATA = Path(__file__).parents[1] / "src" / "softkmeans" / "data"

#: Relative error of J that rounding alone causes in the narrowest set.
GOOD_ENOUGH = 1.2e-3

#: Exponents of the radii that are tried first.
EXPONENTS = [round(0.2 + 0.1 * i, 1) for i in range(29)]


def objective(points: NDArray[np.float64], means: NDArray[np.float64]) -> float:
    """Return J (Eq. 1)."""
    blocks = np.array_split(points, max(1, len(points) // 10_000))
    return float(sum(cdist(block, means, "sqeuclidean").min(axis=1).sum() for block in blocks))


def clusters_of(points: NDArray[np.float64], labels: NDArray[np.int64]) -> list[Cluster]:
    """Summarise clusters, in the order of the medians of their row numbers."""
    members = {label: np.flatnonzero(labels == label) for label in range(labels.max() + 1)}
    return [
        Cluster(
            label=label,
            size=len(rows),
            mean=points[rows].mean(axis=0),
            covariance=np.cov(points[rows].T, bias=True),
            exponent=1.0,
        )
        for label, rows in sorted(members.items(), key=lambda item: float(np.median(item[1])))
    ]


def mixture_of(points: NDArray[np.float64], n_clusters: int) -> list[Cluster]:
    """Summarise points without labels as a mixture of Gaussians of integer sizes."""
    mixture = GaussianMixture(n_clusters, random_state=0).fit(points)
    share = mixture.predict_proba(points).sum(axis=0)
    sizes = np.floor(share).astype(int)
    sizes[np.argsort(sizes - share)[: len(points) - sizes.sum()]] += 1  # the largest remainders
    return [
        Cluster(label, int(size), mean, covariance, exponent=1.0)
        for label, (size, mean, covariance) in enumerate(
            zip(sizes, mixture.means_, mixture.covariances_, strict=True)
        )
    ]


def fit_exponent(name: str, clusters: list[Cluster], target: float) -> list[Cluster]:
    """Find the exponent of the radii that brings the twin's objective nearest to `target`."""

    def with_exponent(exponent: float) -> list[Cluster]:
        return [dataclasses.replace(cluster, exponent=exponent) for cluster in clusters]

    def excess(exponent: float) -> float:
        points, labels = draw_clusters(with_exponent(exponent), generator(name))
        points = np.rint(points)
        return objective(points, label_means(points, labels, len(clusters))) / target - 1

    if abs(excess(1.0)) < GOOD_ENOUGH:
        return with_exponent(1.0)
    errors = [excess(exponent) for exponent in EXPONENTS]
    crossings = [i for i in range(len(errors) - 1) if errors[i] * errors[i + 1] <= 0]
    if not crossings:
        return with_exponent(min(zip(map(abs, errors), EXPONENTS, strict=True))[1])
    nearest = min(crossings, key=lambda i: abs(EXPONENTS[i] - 1))
    low, high = EXPONENTS[nearest], EXPONENTS[nearest + 1]
    sign = np.sign(errors[nearest])
    for _ in range(15):
        middle = round((low + high) / 2, 5)
        low, high = (middle, high) if np.sign(excess(middle)) == sign else (low, middle)
    return with_exponent(min(low, high, key=lambda exponent: abs(excess(exponent))))


def write(name: str, header: list[str], rows: Iterable[list[object]]) -> None:
    """Write a table of recipes."""
    with (DATA / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main() -> None:
    """Read the mirror, write the recipes, print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mirror", type=Path, help="folder with sipu/ and gagolews/sipu/")
    root = parser.parse_args().mirror.resolve()
    mirrors = [
        Mirror((root / "sipu").as_uri(), "sipu"),
        Mirror((root / "gagolews/sipu").as_uri(), "gagolews"),
    ]
    plane: list[list[object]] = []
    space: list[list[object]] = []
    real: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as cache:
        for name in BENCHMARK:
            data = obtain(name, source="download", mirrors=mirrors, cache=Path(cache))
            if lookup(name).family == "DIM":
                assert data.true_centroids is not None
                real[name] = objective(data.points, data.true_centroids)
                low, high = data.true_centroids.min(), data.true_centroids.max()
                space.append([name, round(low), round(high), real[name]])
                continue
            if data.labels is None:
                clusters = mixture_of(data.points, data.n_clusters)
            else:
                clusters = clusters_of(data.points, data.labels)
            real[name] = objective(data.points, np.array([cluster.mean for cluster in clusters]))
            fitted = fit_exponent(name, clusters, real[name])
            for c in fitted:
                values = (*c.mean, c.covariance[0, 0], c.covariance[0, 1], c.covariance[1, 1])
                plane.append([name, c.label, c.size, *(f"{value:.12g}" for value in values), c.exponent])
    header = ["name", "label", "size", "mean_x", "mean_y", "var_x", "cov_xy", "var_y", "exponent"]
    write("twins.csv", header, plane)
    write("twins_dim.csv", ["name", "low", "high", "scatter"], space)
    for name in BENCHMARK:
        print(f"{name:10} {compare(name, real[name]):.6f}")


def compare(name: str, target: float) -> float:
    """Return the ratio of the twin's J, as the package draws it, to the real one."""
    points, labels = draw_twin(dataclasses.replace(lookup(name), labels_sha256="any"))
    assert labels is not None
    values = points.astype(np.float64)
    return objective(values, label_means(values, labels, lookup(name).n_clusters)) / target


if __name__ == "__main__":
    main()
