"""The "diverse synthetic geometries" of paper 2, as declared in docs/paper2.md, Part B.8."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from softkmeans.arrays import Floats
from softkmeans.data.dataset import Dataset, Origin
from softkmeans.data.parsing import canonical_digest

#: Number of points of each generated set.
N_POINTS = 600


@dataclass(frozen=True)
class Geometry:
    """A generated set.

    Attributes
    ----------
    n_clusters : int
    recipe : str
        What is generated, in words.
    generator : str
        Name of the function of ``sklearn.datasets``.
    options : mapping
        Its arguments beside the number of points and the seed.
    shear : (2, 2) array
        The matrix that the points are multiplied by, from the right.
    """

    n_clusters: int
    recipe: str
    generator: str
    options: Mapping[str, Any]
    shear: Floats = field(default_factory=lambda: np.eye(2))


_SHEAR = np.array([[0.6, -0.6], [-0.4, 0.8]])
_DEVIATIONS = [1.0, 2.5, 0.5]

GEOMETRIES = {
    "isotropic": Geometry(4, "4 blobs", "make_blobs", {"centers": 4}),
    "anisotropic": Geometry(3, "3 blobs, sheared", "make_blobs", {"centers": 3}, _SHEAR),
    "varied": Geometry(
        3, "3 blobs of deviations 1, 2.5, 0.5", "make_blobs", {"centers": 3, "cluster_std": _DEVIATIONS}
    ),
    "moons": Geometry(2, "2 half moons, noise 0.06", "make_moons", {"noise": 0.06}),
    "circles": Geometry(2, "2 circles, noise 0.05", "make_circles", {"factor": 0.5, "noise": 0.05}),
}


def generate(name: str, seed: int) -> Dataset:
    """Draw the points of a geometry, the same for the same seed."""
    from sklearn import datasets  # takes 2 s to import, and nothing else here needs it

    geometry = GEOMETRIES[name]
    draw = getattr(datasets, geometry.generator)
    points, labels = draw(N_POINTS, **geometry.options, random_state=seed)
    points = points @ geometry.shear
    origin = Origin("generated", f"scikit-learn: {geometry.recipe}", None, canonical_digest(points))
    return Dataset(name, points, geometry.n_clusters, labels.astype(np.int64), origin)
