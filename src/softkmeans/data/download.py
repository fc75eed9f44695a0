"""Points and labels of the benchmark: from the cache, else from the first mirror that has the right ones."""

import hashlib
import io
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np
import pooch
from requests import exceptions as faults  # type: ignore[import-untyped, unused-ignore]

from softkmeans.arrays import Integers
from softkmeans.data import catalogue
from softkmeans.data.catalogue import Entry
from softkmeans.data.mirrors import Location, Mirror, labels_at, points_at
from softkmeans.data.parsing import ContentError, canonical_digest, parse_labels, parse_points, read_text
from softkmeans.errors import DataError, one_line
from softkmeans.files import remove_unfinished, replacing

#: The longest time to connect to a server, in seconds.
CONNECT_TIMEOUT = 5.0

#: The longest wait for the next bytes from a server, in seconds.
READ_TIMEOUT = 30.0

#: The most bytes of a number in a text, with the white space around it.
NUMBER = 24

#: The most bytes of a text's header.
HEADER = 2**16


class UnreachableError(DataError):
    """No source delivered anything. The arguments of the error are a line for each source."""

    def __str__(self) -> str:
        return "; ".join(self.args)


@dataclass(frozen=True)
class Found:
    """Points or labels that have been verified, and where they came from.

    Attributes
    ----------
    values : array
        Points (n, d) or 1-based labels (n,).
    url, retrieved : str or None
        Their source, and the UTC time of the download in ISO format.
    rejected : tuple of str
        A line for each source that was tried before, which says why it failed.
    """

    values: Integers
    url: str | None = None
    retrieved: str | None = None
    rejected: tuple[str, ...] = ()


def find_points(entry: Entry, mirrors: Sequence[Mirror], cache: Path, log: Callable[[str], None]) -> Found:
    """Find the points of a data set, (n, d).

    Where no digest is published, that of the first download is recorded in the cache, and later ones
    must have it.

    Raises
    ------
    UnreachableError
        No mirror delivered anything.
    ContentError
        What a mirror delivered is wrong, and no other has the right points.
    OSError
        The cache cannot be used.
    """
    record = cache / f"{entry.name}.sha256"
    recorded = record.read_text("utf-8").strip() if record.exists() else None

    def parse(text: bytes) -> Integers:
        points = parse_points(text, (entry.n_points, entry.n_dims))
        _check(points, entry.sha256, "the published ones")
        _check(points, recorded, f"the first download, whose digest is in {record}")
        return points

    found = _find(entry, [points_at(mirror, entry) for mirror in mirrors], parse, cache, log)
    if entry.sha256 is None and recorded is None:
        with replacing(record) as unfinished:
            unfinished.write_text(f"{canonical_digest(found.values)}\n", "utf-8")
    return found


def find_labels(entry: Entry, mirrors: Sequence[Mirror], cache: Path, log: Callable[[str], None]) -> Found:
    """Find the labels 1 … K of a data set that has some, (n,); raises as `find_points`."""
    if entry.family == "G2":  # there is no file: the labels are defined so
        return Found(np.repeat([1, 2], entry.n_points // 2))

    def parse(text: bytes) -> Integers:
        labels = parse_labels(text, entry.n_points)
        _check(labels, entry.labels_sha256, "the published ones")
        return labels

    return _find(entry, [labels_at(mirror, entry) for mirror in mirrors], parse, cache, log)


def _check(values: Integers, expected: str | None, whose: str) -> None:
    if expected is not None and (found := canonical_digest(values)) != expected:
        raise ContentError(f"has other values than {whose} (sha256 {found[:8]}… instead of {expected[:8]}…)")


def _find(
    entry: Entry,
    places: Iterable[Location | None],
    parse: Callable[[bytes], Integers],
    cache: Path,
    log: Callable[[str], None],
) -> Found:
    """Return the first content that `parse` accepts: of the cached copies, else of the places in order."""

    def read(path: Path, place: Location) -> Integers:
        with path.open("rb") as file:
            return parse(read_text(file, _most_bytes([entry]), place.member))

    # A download that is still running would have grown since then, or ended with a timeout.
    remove_unfinished(cache, unchanged_for=2 * READ_TIMEOUT)
    paths = {place: cache_path(cache, place.url) for place in places if place is not None}
    for place, path in paths.items():
        try:
            return Found(read(path, place), place.url, _retrieved(path))
        except FileNotFoundError:
            continue
        except ContentError as error:
            log(f"removed the cached copy of {place.url}, which {error}: {path}")
            path.unlink(missing_ok=True)
    family = [other for other in catalogue.CATALOGUE.values() if other.family == entry.family]
    rejected: list[str] = []
    reached = False
    for place, path in paths.items():
        try:
            with replacing(path) as unfinished:
                download(place.url, unfinished, _most_bytes(family if place.member else [entry]))
                values = read(unfinished, place)
            return Found(values, place.url, _retrieved(path), tuple(rejected))
        except (UnreachableError, ContentError) as error:
            reached = reached or isinstance(error, ContentError)
            rejected.append(f"{place.url} {error}")
            log(f"warning: {entry.name}: {rejected[-1]}")
    if reached:
        raise ContentError("; ".join(rejected))
    raise UnreachableError(*rejected or ["no mirror has a layout that includes it"])


def _most_bytes(entries: Iterable[Entry]) -> int:
    """The most bytes that the points and labels of data sets have in a text."""
    return HEADER + NUMBER * sum(entry.n_points * (entry.n_dims + 1) for entry in entries)


def cache_path(cache: Path, url: str) -> Path:
    """Return the path of the cached copy. It depends on the whole URL, so that mirrors do not collide."""
    return cache / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}-{url.rsplit('/', 1)[-1]}"


def _retrieved(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).isoformat(timespec="seconds")


class _BoundedFile(io.BufferedWriter):
    """A new file that refuses to grow beyond a number of bytes."""

    def __init__(self, path: Path, limit: int) -> None:
        super().__init__(io.FileIO(path, "x"))
        self._limit = limit

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self._limit:
            raise ContentError(f"has more than the {self._limit} bytes that were expected")
        return super().write(data)


def download(url: str, path: Path, limit: int) -> None:
    """Copy a file of at most `limit` bytes from an http, https or file URL to a new file.

    Raises
    ------
    UnreachableError
        No connection was made, or the server did not answer, or it answered with an HTTP error status.
    ContentError
        The answer is incomplete or larger than `limit`, or a local file cannot be read.
    OSError
        `path` cannot be written.
    """
    with ExitStack() as opened:
        file = opened.enter_context(_BoundedFile(path, limit))
        if url.startswith("file:"):
            try:
                source = opened.enter_context(Path(url2pathname(urlsplit(url).path)).open("rb"))
            except OSError as error:
                raise ContentError(f"cannot be read ({error.strerror})") from error
            return shutil.copyfileobj(source, file)
        get = pooch.HTTPDownloader(
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            # pooch leaves a response open if writing fails.
            hooks={"response": lambda response, **_: opened.enter_context(response)},
        )
        try:
            get(url, file, None)
        except faults.HTTPError as error:
            status = getattr(error.response, "status_code", "of an error")
            raise UnreachableError(f"answered HTTP status {status}") from error
        except (faults.ConnectionError, faults.Timeout) as error:
            if file.tell():
                raise ContentError(f"broke off after {file.tell()} bytes") from error
            raise UnreachableError(f"could not be reached ({type(error).__name__})") from error
        except (faults.RequestException, ValueError) as error:
            raise ContentError(f"cannot be downloaded ({one_line(error)})") from error
