"""The first source that delivers the right thing: cached copies first, then the mirrors in order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from softkmeans.data import catalogue
from softkmeans.data.archives import gunzip, read_member
from softkmeans.data.catalogue import DataSet
from softkmeans.data.download import UnreachableError, cached, download
from softkmeans.data.mirrors import Location, Mirror, labels_at, points_at
from softkmeans.data.parsing import ContentError, canonical_digest, check_digest, parse_labels, parse_points
from softkmeans.data.recorded import record_digest, recorded_digest

_ARCHIVE_LIMIT = 512 * 2**20  # the site's archive of all G2 sets is the largest
_SLACK = 2**16
_WIDEST = 24  # bytes for one number with the white space about it

_Verify = Callable[[BinaryIO], NDArray[np.int64]]


@dataclass(frozen=True)
class Found:
    """Verified integers: points (n, d) or 1-based labels (n,), their URL and time of download."""

    values: NDArray[np.int64]
    url: str | None
    retrieved: str | None


@dataclass(frozen=True)
class Rejection:
    """A source that failed: the line that says why, whether it was reached, and its host if that is down."""

    line: str
    reached: bool
    host_down: str | None = None


def find_points(
    dataset: DataSet, mirrors: Sequence[Mirror], cache: Path, log: Callable[[str], None]
) -> tuple[Found | None, tuple[Rejection, ...]]:
    """Find the points of a set; None with the reasons if no source has them.

    Where no digest is published, that of the first download is recorded and enforced from then on.

    Raises
    ------
    DataError
        The cache cannot be used, or a URL is none.
    """
    expected = dataset.sha256 or recorded_digest(cache, dataset.name)
    shape = (dataset.n_points, dataset.n_dims)
    limit = _text_limit(shape[0] * shape[1])

    def verifier(location: Location) -> _Verify:
        def verify(file: BinaryIO) -> NDArray[np.int64]:
            points = parse_points(_text(file, location, limit), shape)
            digest = canonical_digest(points)
            _refuse_other_set(digest, dataset)
            check_digest(digest, expected)
            return points

        return verify

    locations = [place for mirror in mirrors if (place := points_at(mirror, dataset))]
    found, rejected = _first(dataset, locations, limit, verifier, cache, log, frozenset())
    if found is not None and expected is None:
        record_digest(cache, dataset.name, canonical_digest(found.values))
    return found, rejected


def find_labels(
    dataset: DataSet,
    mirrors: Sequence[Mirror],
    cache: Path,
    log: Callable[[str], None],
    failed: tuple[Rejection, ...] = (),
) -> tuple[Found | None, tuple[Rejection, ...]]:
    """Find the 1-based labels of a set that has some; hosts that were down in `failed` are left alone.

    Raises
    ------
    DataError
        The cache cannot be used, or a URL is none.
    """
    if dataset.family == "G2":  # by definition, there is no file
        return Found(np.repeat([1, 2], dataset.n_points // 2), None, None), ()
    limit = _text_limit(dataset.n_points)

    def verifier(location: Location) -> _Verify:
        def verify(file: BinaryIO) -> NDArray[np.int64]:
            labels = parse_labels(_text(file, location, limit), dataset.n_points, dataset.n_clusters)
            check_digest(canonical_digest(labels), dataset.labels_sha256)
            return labels

        return verify

    locations = [place for mirror in mirrors if (place := labels_at(mirror, dataset))]
    down = frozenset(rejection.host_down for rejection in failed if rejection.host_down)
    return _first(dataset, locations, limit, verifier, cache, log, down)


def _first(
    dataset: DataSet,
    locations: Sequence[Location],
    text_limit: int,
    verifier: Callable[[Location], _Verify],
    cache: Path,
    log: Callable[[str], None],
    down: frozenset[str],
) -> tuple[Found | None, tuple[Rejection, ...]]:
    limits = [_ARCHIVE_LIMIT if place.member else text_limit for place in locations]
    for place, limit in zip(locations, limits, strict=True):
        if copy := cached(place.url, limit, cache, verifier(place), log):
            return Found(copy[0], place.url, copy[1]), ()
    rejected: tuple[Rejection, ...] = ()
    for place, limit in zip(locations, limits, strict=True):
        host = urlsplit(place.url).netloc
        if host and host in down:
            rejected += (Rejection(f"{place.url} was not tried, since its host is down", reached=False),)
            continue
        try:
            values, retrieved = download(place.url, limit, cache, verifier(place))
            return Found(values, place.url, retrieved), rejected
        except UnreachableError as error:
            down |= {host} if error.host_down else frozenset()
            rejected += (Rejection(f"{place.url} {error}", False, host if error.host_down else None),)
        except ContentError as error:
            rejected += (Rejection(f"{place.url} {error}", reached=True),)
        log(f"warning: {dataset.name}: {rejected[-1].line}")
    return None, rejected


def _text(file: BinaryIO, location: Location, limit: int) -> bytes:
    if location.member is not None:
        return read_member(file, location.member, limit)
    data = file.read()
    # A server may already have unpacked the file on its way.
    packed = location.url.endswith(".gz") and data.startswith(b"\x1f\x8b")
    return gunzip(data, limit) if packed else data


def _text_limit(numbers: int) -> int:
    return numbers * _WIDEST + _SLACK


def _refuse_other_set(digest: str, dataset: DataSet) -> None:
    for other in catalogue.CATALOGUE.values():
        if other.sha256 == digest and other.name != dataset.name:
            raise ContentError(f"has the values of {other.name} instead")
