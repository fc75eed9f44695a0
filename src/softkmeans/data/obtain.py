"""Getting a data set: generated, bundled, from a mirror, from its twin, or from the user's own files."""

import os
from collections.abc import Callable, Sequence
from logging import getLogger
from pathlib import Path
from typing import Literal

import numpy as np
import pooch

from softkmeans.data import catalogue
from softkmeans.data.bundled import DIGITS, load_digits
from softkmeans.data.catalogue import Entry
from softkmeans.data.dataset import Dataset, Origin
from softkmeans.data.download import UnreachableError, find_labels, find_points
from softkmeans.data.generated import GEOMETRIES, generate
from softkmeans.data.mirrors import DEFAULT_MIRRORS, Mirror
from softkmeans.data.own import OwnData, read_own
from softkmeans.data.parsing import ContentError, canonical_digest
from softkmeans.data.twins import draw_twin
from softkmeans.errors import DataError

Source = Literal["auto", "download", "twin"]

_LOG = getLogger("softkmeans").info


def obtain(
    name: str,
    *,
    source: Source = "auto",
    mirrors: Sequence[Mirror] = DEFAULT_MIRRORS,
    cache: Path | None = None,
    own: OwnData | None = None,
    seed: int = 0,
    log: Callable[[str], None] = _LOG,
) -> Dataset:
    """Get a data set by name.

    Parameters
    ----------
    name : str
        Name of a set of the catalogue, of a generated set, of the digits, or of the user's own set.
    source : str
        Where sets of the catalogue come from. ``auto``: the mirrors in order, and the twin where none of
        them can be reached for the points, or for the labels; ``download``: the mirrors or an error;
        ``twin``: no network.
    mirrors : sequence of Mirror
        Points and labels may come from different ones.
    cache : Path, optional
        Folder of verified downloads; `default_cache` by default.
    own : OwnData, optional
        Where the user's own set of this name is.
    seed : int
        Seed of a generated set.
    log : callable
        Takes a line of text.

    Raises
    ------
    DataError
        No set has this name, or it cannot be obtained. Wrong content is never replaced by a twin.
    """
    if own is not None:
        return _own(name, own, log)
    if name in GEOMETRIES:
        return generate(name, seed)
    if name == DIGITS:
        return load_digits()
    entry = catalogue.lookup(name)
    if source == "twin":
        return _twin(entry)
    folder = cache or default_cache()
    try:
        return _real(entry, mirrors, folder, log)
    except OSError as error:
        raise DataError(
            f"the cache folder {folder} cannot be used ({error.strerror or error}); "
            "set the environment variable SOFTKMEANS_CACHE to another"
        ) from error
    except (UnreachableError, ContentError) as error:
        if source == "download" or isinstance(error, ContentError):
            raise DataError(
                f"{name} could not be obtained: {error}; "
                "check the network and data.mirrors, or set data.source to twin"
            ) from error
        log(f"{name}: no source could be reached, so the embedded twin is used; it is not the real data")
        return _twin(entry, error.args)


def default_cache() -> Path:
    """Folder of verified downloads: the environment variable SOFTKMEANS_CACHE, else the system's folder."""
    return Path(os.environ.get("SOFTKMEANS_CACHE") or pooch.os_cache("softkmeans"))


def _own(name: str, own: OwnData, log: Callable[[str], None]) -> Dataset:
    read = read_own(own)
    for what, said in read.described().items():
        log(f"{name}: {what}: {said}")
    labels_url = None if own.labels is None else str(own.label_file or f"{own.path}, column {own.labels}")
    origin = Origin("own", str(own.path), labels_url, canonical_digest(read.points))
    return Dataset(name, read.points, own.n_clusters, read.labels, origin)


def _twin(entry: Entry, rejected: tuple[str, ...] = ()) -> Dataset:
    points, labels = draw_twin(entry)
    origin = Origin("twin", None, None, canonical_digest(points), None, rejected)
    return Dataset(entry.name, points.astype(np.float64), entry.n_clusters, labels, origin)


def _real(entry: Entry, mirrors: Sequence[Mirror], cache: Path, log: Callable[[str], None]) -> Dataset:
    points = find_points(entry, mirrors, cache, log)
    truth, labels_url, rejected = None, None, points.rejected
    if entry.labels_sha256 is not None:
        labels = find_labels(entry, mirrors, cache, log)
        truth, labels_url, rejected = labels.values - 1, labels.url, rejected + labels.rejected
    digest = canonical_digest(points.values)
    origin = Origin("real", points.url, labels_url, digest, points.retrieved, rejected)
    return Dataset(entry.name, points.values.astype(np.float64), entry.n_clusters, truth, origin)
