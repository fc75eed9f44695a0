"""Getting a data set: from a mirror, from the embedded twin, or the user's own files."""

import os
from collections.abc import Callable, Mapping, Sequence
from logging import getLogger
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pooch

from softkmeans.data import catalogue
from softkmeans.data.catalogue import DataSet
from softkmeans.data.dataset import Data, Provenance
from softkmeans.data.mirrors import DEFAULT_MIRRORS, Mirror
from softkmeans.data.own import OwnData, read_own
from softkmeans.data.parsing import canonical_digest
from softkmeans.data.search import Found, Rejection, find_labels, find_points
from softkmeans.data.twins import draw_twin
from softkmeans.errors import DataError

SOURCES = ("auto", "download", "twin")

_NO_OWN: Mapping[str, OwnData] = MappingProxyType({})
_LOG = getLogger("softkmeans").info
_MEND = "check the network and data.mirrors, or set data.source to twin"


def obtain(
    name: str,
    *,
    source: str = "auto",
    mirrors: Sequence[Mirror] = DEFAULT_MIRRORS,
    cache: Path | None = None,
    own: Mapping[str, OwnData] = _NO_OWN,
    log: Callable[[str], None] = _LOG,
) -> Data:
    """Get a data set by name.

    Parameters
    ----------
    name : str
        Of the catalogue, or of `own`.
    source : str
        ``auto``: the mirrors in order, and the twin where none of them could be reached for the points,
        or for the labels; ``download``: the mirrors or an error; ``twin``: no network.
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
    folder = cache or default_cache()
    points, rejected = find_points(dataset, mirrors, folder, log)
    if points is None:
        _take_twin(dataset, "points", source, rejected, log)
        return _twin(dataset, rejected)
    if dataset.labels_sha256 is None:
        return _real(dataset, points, None, rejected)
    labels, failed = find_labels(dataset, mirrors, folder, log, rejected)
    if labels is None:
        _take_twin(dataset, "labels", source, failed, log)
        return _twin(dataset, rejected + failed)
    return _real(dataset, points, labels, rejected + failed)


def default_cache() -> Path:
    """Folder of verified downloads: the environment variable SOFTKMEANS_CACHE, else the system's folder."""
    return Path(os.environ.get("SOFTKMEANS_CACHE") or pooch.os_cache("softkmeans"))


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


def _take_twin(
    dataset: DataSet, what: str, source: str, rejected: tuple[Rejection, ...], log: Callable[[str], None]
) -> None:
    """Log that the twin stands in for what could not be reached, or raise an error where it may not."""
    if source != "auto" or any(rejection.reached for rejection in rejected):
        reasons = "; ".join(_lines(rejected)) or "no mirror is of a layout that has them"
        raise DataError(f"the {what} of {dataset.name} could not be had: {reasons}; {_MEND}")
    log(
        f"{dataset.name}: no source of the {what} could be reached, so the embedded twin is used; "
        "it is not the real data"
    )
