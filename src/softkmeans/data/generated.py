"""The "diverse synthetic geometries" of paper 2, as declared in docs/paper2.md, Part B.8."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from softkmeans.arrays import Floats, Integers
from softkmeans.data.dataset import Data, Provenance
from softkmeans.data.parsing import canonical_digest

N_POINTS = 600
"""Of each generated set."""


@dataclass(frozen=True)
class Geometry:
    """A generated set: its number of clusters, the generator's call in words, and the call."""

    n_clusters: int
    recipe: str
    make: Callable[[int], tuple[Floats, Integers]]


def _isotropic(seed: int) -> tuple[Floats, Integers]:
    from sklearn.datasets import make_blobs  # 2 s to import, and only this job needs it

    return make_blobs(N_POINTS, centers=4, cluster_std=1.0, random_state=seed)


def _anisotropic(seed: int) -> tuple[Floats, Integers]:
    from sklearn.datasets import make_blobs

    points, labels = make_blobs(N_POINTS, centers=3, cluster_std=1.0, random_state=seed)
    return points @ np.array([[0.6, -0.6], [-0.4, 0.8]]), labels


def _varied(seed: int) -> tuple[Floats, Integers]:
    from sklearn.datasets import make_blobs

    return make_blobs(N_POINTS, centers=3, cluster_std=[1.0, 2.5, 0.5], random_state=seed)


def _moons(seed: int) -> tuple[Floats, Integers]:
    from sklearn.datasets import make_moons

    return make_moons(N_POINTS, noise=0.06, random_state=seed)


def _circles(seed: int) -> tuple[Floats, Integers]:
    from sklearn.datasets import make_circles

    return make_circles(N_POINTS, factor=0.5, noise=0.05, random_state=seed)


GEOMETRIES = {
    "isotropic": Geometry(4, "4 blobs", _isotropic),
    "anisotropic": Geometry(3, "3 blobs, sheared", _anisotropic),
    "varied": Geometry(3, "3 blobs of deviations 1, 2.5, 0.5", _varied),
    "moons": Geometry(2, "2 half moons, noise 0.06", _moons),
    "circles": Geometry(2, "2 circles, noise 0.05", _circles),
}


def generate(name: str, seed: int) -> Data:
    """Draw a geometry by scikit-learn's generators."""
    geometry = GEOMETRIES[name]
    points, labels = geometry.make(seed)
    return Data(
        name=name,
        points=np.asarray(points, dtype=float),
        n_clusters=geometry.n_clusters,
        labels=np.asarray(labels, dtype=np.int64),
        provenance=Provenance(
            "generated", f"scikit-learn: {geometry.recipe}", None, canonical_digest(points)
        ),
    )
