"""A data set, ready for use: points, ground truth, and where they came from."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from softkmeans.arrays import Floats, Integers, brief, label_means
from softkmeans.data import catalogue
from softkmeans.errors import DataError, one_line
from softkmeans.files import replacing


@dataclass(frozen=True)
class Origin:
    """Where points and labels came from.

    Attributes
    ----------
    source : str
        ``real``, ``twin``, ``own``, ``generated`` or ``bundled`` with a library.
    url, labels_url : str or None
        What they were read from: for own data sets a path, for generated and bundled ones a few words.
    sha256 : str
        Canonical digest of the points.
    retrieved : str or None
        UTC time of the download of the points, ISO format.
    rejected : tuple of str
        A line for each source that was tried and failed, which says why.
    """

    source: str
    url: str | None
    labels_url: str | None
    sha256: str
    retrieved: str | None = None
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Description:
    """What is known of a data set without its points: name, n, d, K and origin."""

    name: str
    n_points: int
    n_dims: int
    n_clusters: int
    origin: Origin


@dataclass(frozen=True, eq=False)
class Dataset:
    """Points with what is known of them.

    Attributes
    ----------
    name : str
    points : (n, d) array of float64
    n_clusters : int
    labels : (n,) array of int64 in 0 … K-1, or None without ground truth
    origin : Origin
    """

    name: str
    points: Floats
    n_clusters: int
    labels: Integers | None
    origin: Origin

    __repr__ = brief

    @property
    def true_centroids(self) -> Floats | None:
        """Means of the points by label, (K, d); None without labels."""
        if self.labels is None:
            return None
        return label_means(self.points, self.labels, self.n_clusters)

    @property
    def caption(self) -> str:
        """Short text for figures, which tells a twin from the real set."""
        match self.origin.source:
            case "twin":
                return f"twin of {self.name} (a synthetic stand-in, not the real data)"
            case "generated":
                return f"{self.name}, {self.origin.url}"
            case "bundled":
                return f"{self.name}, {self.origin.url}, sha256 {self.origin.sha256[:8]}"
            case "own":
                return f"own data set {self.name}, sha256 {self.origin.sha256[:8]}"
        return f"{self.name}, {catalogue.lookup(self.name).citation}, sha256 {self.origin.sha256[:8]}"


def save(dataset: Dataset, path: Path) -> None:
    """Write a data set to an ``.npz``, whole or not at all; the same values make the same bytes."""
    n_points, n_dims = dataset.points.shape
    description = Description(dataset.name, n_points, n_dims, dataset.n_clusters, dataset.origin)
    arrays = {"description": np.array(json.dumps(asdict(description))), "points": dataset.points}
    if dataset.labels is not None:
        arrays["labels"] = dataset.labels
    with replacing(path) as unfinished, unfinished.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load(path: Path) -> Dataset:
    """Read what `save` wrote.

    Raises
    ------
    DataError
        The file is missing or damaged.
    """
    with _opened(path) as (description, arrays):
        return Dataset(
            description.name,
            arrays["points"],
            description.n_clusters,
            arrays.get("labels"),
            description.origin,
        )


def describe(path: Path) -> Description:
    """Read what `save` wrote, without the points and labels; raises as `load` does."""
    with _opened(path) as (description, _):
        return description


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Description, NpzFile]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            fields = json.loads(arrays["description"].item())
            origin = fields.pop("origin")
            origin["rejected"] = tuple(origin["rejected"])
            yield Description(**fields, origin=Origin(**origin)), arrays
    except Exception as error:  # a damaged zip shows in many ways
        raise DataError(f"{path} cannot be read ({one_line(error)}); make it anew") from error
