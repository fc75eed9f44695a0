"""Reading files of points and labels as arrays of integers, and the digest that identifies their values."""

import gzip
import hashlib
import io
import zipfile
from pathlib import PurePosixPath
from typing import BinaryIO

import numpy as np

from softkmeans.arrays import Floats, Integers
from softkmeans.errors import DataError, one_line


class ContentError(DataError):
    """A source was reached, but what it delivered is not what was asked for."""


def read_text(file: BinaryIO, limit: int, member: str | None = None) -> bytes:
    """Read a text, which may be gzipped.

    Parameters
    ----------
    file : file
        Opened for binary reading.
    limit : int
        The most bytes that the text may have.
    member : str, optional
        File name of the text in any folder of a zip archive.

    Raises
    ------
    ContentError
        The file is damaged, too large or a web page, or it lacks the member.
    """
    try:
        if member is not None:
            with zipfile.ZipFile(file) as archive, archive.open(_path_of(archive, member)) as opened:
                text = opened.read(limit + 1)
        elif file.read(2) == b"\x1f\x8b":  # a server may unpack a .gz file as it sends it
            file.seek(0)
            with gzip.open(file) as opened:
                text = opened.read(limit + 1)
        else:
            file.seek(0)
            text = file.read(limit + 1)
    except ContentError:
        raise
    except Exception as error:  # a damaged archive shows in many ways
        raise ContentError(f"is damaged ({one_line(error)})") from error
    if len(text) > limit:
        raise ContentError(f"has more than the {limit} bytes that were expected")
    if text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise ContentError("is a web page")
    return text


def _path_of(archive: zipfile.ZipFile, member: str) -> str:
    for path in archive.namelist():
        if PurePosixPath(path).name == member and ".." not in path:
            return path
    raise ContentError(f"has no member {member}")


def parse_points(text: bytes, shape: tuple[int, int]) -> Integers:
    r"""Read points (n, d): one a line, as decimal integers with white space between.

    Raises
    ------
    ContentError
        If the text is something else, or the points have another shape.

    Examples
    --------
    >>> parse_points(b"1 2\n 3  -4\n", (2, 2)).tolist()
    [[1, 2], [3, -4]]
    """
    points = _integers(text)
    if points.shape != shape:
        raise ContentError("has {} × {} numbers where {} × {} were expected".format(*points.shape, *shape))
    return points


def parse_labels(text: bytes, n_points: int) -> Integers:
    """Read a ground-truth partition (n,): the last n integers, after any header.

    Raises
    ------
    ContentError
        The text does not end in n integers.
    """
    words = text.split()
    if len(words) < n_points:
        raise ContentError(f"has {len(words)} labels where {n_points} were expected")
    return _integers(b"\n".join(words[-n_points:])).ravel()


def _integers(text: bytes) -> Integers:
    try:
        lines = text.decode("ascii")
        if not lines.strip():
            raise ContentError("is empty")
        return np.loadtxt(io.StringIO(lines), dtype=np.int64, comments=None, ndmin=2)
    except ValueError as error:
        raise ContentError(f"is not a table of integers ({one_line(error)})") from error


def canonical_digest(values: Integers | Floats) -> str:
    r"""Return the SHA-256 of the canonical text of points (n, d) or labels (n,).

    The text has a line for each point, of decimal integers with one space between. If some values are not
    integers, all are written as Python's shortest floats.

    Examples
    --------
    >>> canonical_digest(np.array([[1, 2], [3, 4]])) == hashlib.sha256(b"1 2\n3 4\n").hexdigest()
    True
    """
    if values.dtype.kind == "f" and np.all(values == np.rint(values)) and np.all(np.abs(values) < 2.0**53):
        values = values.astype(np.int64)
    rows = values.reshape(len(values), -1).tolist()
    text = "".join(" ".join(map(repr, row)) + "\n" for row in rows)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
