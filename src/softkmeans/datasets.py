"""A data set, ready for use: from a mirror, from the embedded twin, or the user's own."""

import io
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from logging import getLogger
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pooch
from numpy.typing import NDArray

from . import catalogue
from .atomic import replacing
from .catalogue import DataSet
from .mirrors import DEFAULT_MIRRORS, LAYOUTS, Mirror
from .own import OwnData, read_own
from .parsing import DataError, canonical_digest
from .search import Found, Rejection, find_labels, find_points
from .twins import draw_twin

__all__ = [
    "DEFAULT_MIRRORS",
    "LAYOUTS",
    "SOURCES",
    "Data",
    "DataError",
    "Mirror",
    "OwnData",
    "Provenance",
    "load",
    "obtain",
    "save",
]

SOURCES = ("auto", "download", "twin")

_NO_OWN: Mapping[str, OwnData] = MappingProxyType({})
_MEND = "check the network and data.mirrors, or set data.source to twin"


@dataclass(frozen=True)
class Provenance:
    """Where points and labels came from.

    Attributes
    ----------
    source : str
        ``real``, ``twin`` or ``own``.
    url, labels_url : str or None
        What they were read from (for own data sets a path).
    sha256 : str
        Canonical digest of the points that are used.
    retrieved : str or None
        UTC time of the download of the points, ISO format.
    rejected : tuple of str
        One line for each source that was tried and failed, and why.
    """

    source: str
    url: str | None
    labels_url: str | None
    sha256: str
    retrieved: str | None = None
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Data:
    """Points with what is known of them.

    Attributes
    ----------
    name : str
    points : (n, d) array of float64
    n_clusters : int
    labels : (n,) array of int64 in 0 … K-1, or None without ground truth
    provenance : Provenance
    """

    name: str
    points: NDArray[np.float64]
    n_clusters: int
    labels: NDArray[np.int64] | None
    provenance: Provenance

    @property
    def true_centroids(self) -> NDArray[np.float64] | None:
        """Means of the points by label, (K, d); None without labels."""
        if self.labels is None:
            return None
        sums = np.zeros((self.n_clusters, self.points.shape[1]))
        np.add.at(sums, self.labels, self.points)
        return sums / np.bincount(self.labels, minlength=self.n_clusters)[:, None]

    @property
    def caption(self) -> str:
        """Short text for figures, that tells a twin from the real set."""
        match self.provenance.source:
            case "twin":
                return f"twin of {self.name} (a synthetic stand-in, not the real data)"
            case "own":
                return f"own data set {self.name}, sha256 {self.provenance.sha256[:8]}"
        citation = catalogue.lookup(self.name).citation
        return f"{self.name}, {citation}, sha256 {self.provenance.sha256[:8]}"


def obtain(
    name: str,
    *,
    source: str = "auto",
    mirrors: Sequence[Mirror] = DEFAULT_MIRRORS,
    cache: Path | None = None,
    own: Mapping[str, OwnData] = _NO_OWN,
    log: Callable[[str], None] = getLogger("softkmeans").info,
) -> Data:
    """Get a data set by name.

    Parameters
    ----------
    name : str
        Of the catalogue, or of `own`.
    source : str
        ``auto``: the mirrors in order, and the twin where none of them could be reached; ``download``:
        the mirrors or an error; ``twin``: no network.
    mirrors : sequence of Mirror
        Points and labels may come from different ones.
    cache : Path, optional
        Folder of verified downloads; default the environment variable SOFTKMEANS_CACHE, else the
        system's folder for caches.
    own : mapping of name to OwnData
        The user's own sets.
    log : callable
        Takes a line of text.

    Raises
    ------
    UnknownDataSetError
        No set has this name.
    DataError
        The set cannot be had: wrong content is never replaced by a twin.
    """
    if source not in SOURCES:
        raise DataError(f"data source {source!r} is unknown; give one of {', '.join(SOURCES)}")
    if name in own:
        if name in catalogue.CATALOGUE:
            raise DataError(f"own data set {name!r} has the name of a benchmark set; give it another")
        return _own(name, own[name])
    dataset = catalogue.lookup(name)
    if source == "twin":
        return _twin(dataset, ())
    folder = cache or Path(os.environ.get("SOFTKMEANS_CACHE") or pooch.os_cache("softkmeans"))
    points, rejected = find_points(dataset, mirrors, folder, log)
    if points is None:
        if source == "auto" and not any(rejection.reached for rejection in rejected):
            log(f"{name}: no source could be reached, so the embedded twin is used; it is not the real data")
            return _twin(dataset, rejected)
        raise _failure(dataset, "points", rejected)
    if dataset.labels_sha256 is None:
        return _real(dataset, points, None, rejected)
    labels, failed = find_labels(dataset, mirrors, folder, log, rejected)
    if labels is None:
        raise _failure(dataset, "labels", failed)
    return _real(dataset, points, labels, rejected + failed)


def save(data: Data, npz_path: Path, json_path: Path) -> None:
    """Write points and labels to `npz_path`, everything else to `json_path`: whole or not at all.

    The same values make the same bytes.
    """
    arrays = {"points": data.points} | ({} if data.labels is None else {"labels": data.labels})
    record = {
        "name": data.name,
        "caption": data.caption,
        "n_points": data.points.shape[0],
        "n_dims": data.points.shape[1],
        "n_clusters": data.n_clusters,
        "provenance": asdict(data.provenance),
    }
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    with replacing(npz_path) as file:
        file.write(buffer.getvalue())
    with replacing(json_path) as file:
        file.write((json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode())


def load(npz_path: Path, json_path: Path) -> Data:
    """Read what `save` wrote.

    Raises
    ------
    DataError
        The files are missing or damaged.
    """
    try:
        record = json.loads(json_path.read_text(encoding="utf-8"))
        provenance = record["provenance"] | {"rejected": tuple(record["provenance"]["rejected"])}
        with np.load(npz_path, allow_pickle=False) as arrays:
            labels = arrays["labels"] if "labels" in arrays else None
            return Data(
                record["name"], arrays["points"], record["n_clusters"], labels, Provenance(**provenance)
            )
    except Exception as error:  # a damaged zip or JSON shows in many ways
        raise DataError(f"{npz_path} and {json_path} cannot be read ({error}); make them anew") from error


def _own(name: str, own: OwnData) -> Data:
    points, labels = read_own(own)
    labels_url = None if own.labels is None else str(own.labels)
    return Data(
        name,
        points,
        own.n_clusters,
        labels,
        Provenance("own", str(own.path), labels_url, canonical_digest(points)),
    )


def _twin(dataset: DataSet, rejected: tuple[Rejection, ...]) -> Data:
    points, labels = draw_twin(dataset)
    provenance = Provenance("twin", None, None, canonical_digest(points), None, _lines(rejected))
    return Data(dataset.name, points.astype(np.float64), dataset.n_clusters, labels, provenance)


def _real(dataset: DataSet, points: Found, labels: Found | None, rejected: tuple[Rejection, ...]) -> Data:
    provenance = Provenance(
        source="real",
        url=points.url,
        labels_url=None if labels is None else labels.url,
        sha256=canonical_digest(points.values),
        retrieved=points.retrieved,
        rejected=_lines(rejected),
    )
    partition = None if labels is None else labels.values - 1
    return Data(dataset.name, points.values.astype(np.float64), dataset.n_clusters, partition, provenance)


def _lines(rejected: tuple[Rejection, ...]) -> tuple[str, ...]:
    return tuple(rejection.line for rejection in rejected)


def _failure(dataset: DataSet, what: str, rejected: tuple[Rejection, ...]) -> DataError:
    reasons = "; ".join(_lines(rejected)) or "no mirror is of a layout that has them"
    return DataError(f"the {what} of {dataset.name} could not be had: {reasons}; {_MEND}")
