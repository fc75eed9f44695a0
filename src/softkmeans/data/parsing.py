"""Bytes to integer arrays, strictly, and the digest that identifies their values."""

import hashlib
import re
from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from softkmeans.errors import DataError

_PLAIN = b"0123456789- \t\r\n"
_INTEGER = re.compile(rb"-?[0-9]+")
_MOST_DIGITS = 15  # so that every integer is also an exact float64


class ContentError(DataError):
    """A source was reached, but what it delivered is not what was asked for."""


def parse_points(data: bytes, shape: tuple[int, int]) -> NDArray[np.int64]:
    r"""Read points, one line each, decimal integers between white space.

    Parameters
    ----------
    data : bytes
        The text; blank lines are ignored.
    shape : (n, d)
        How many points of how many dimensions there must be.

    Returns
    -------
    (n, d) array of int64

    Raises
    ------
    ContentError
        Saying what was found instead.

    Examples
    --------
    >>> parse_points(b"1 2\n 3  -4\n", (2, 2)).tolist()
    [[1, 2], [3, -4]]
    """
    _refuse_foreign(data)
    if data.translate(None, _PLAIN):
        raise ContentError(_first_foreign_character(data))
    lines = data.splitlines()
    rows = [row for line in lines if (row := line.split())]
    if len(rows) != shape[0]:
        raise ContentError(f"has {len(rows)} rows where {shape[0]} were expected")
    if any(len(row) != shape[1] for row in rows):
        raise ContentError(_first_ragged_line(lines, shape[1]))
    return _integers(list(chain.from_iterable(rows))).reshape(shape)


def parse_labels(data: bytes, n_points: int, n_clusters: int) -> NDArray[np.int64]:
    """Read a ground-truth partition, one 1-based label a line, after any header.

    Serves both the ``.pa`` files of the original site (a header that ends in a line of dashes) and
    headerless label files: the labels are the last `n_points` integers.

    Returns
    -------
    (n,) array of int64 in 1 … K, every one of which occurs

    Raises
    ------
    ContentError
        Saying what was found instead.
    """
    _refuse_foreign(data)
    lines = [stripped for line in data.splitlines() if (stripped := line.strip())]
    end_of_header = max((i for i, line in enumerate(lines, 1) if not _INTEGER.fullmatch(line)), default=0)
    count = len(lines) - end_of_header
    # A header may itself end in integers (K and n), unless dashes close it.
    open_header = end_of_header > 0 and set(lines[end_of_header - 1]) != set(b"-")
    if count < n_points or (count > n_points and not open_header):
        raise ContentError(f"has {count} labels where {n_points} were expected")
    labels = _integers(lines[-n_points:])
    if labels.min() < 1 or labels.max() > n_clusters:
        raise ContentError(
            f"has labels {labels.min()} to {labels.max()} where 1 to {n_clusters} were expected"
        )
    if (found := np.unique(labels).size) != n_clusters:
        raise ContentError(f"has {found} different labels where {n_clusters} were expected")
    return labels


def canonical_digest(values: NDArray[np.int64] | NDArray[np.float64]) -> str:
    r"""Return the SHA-256 of the canonical text of points (n, d) or labels (n,).

    One line a point, decimal integers, one space between, a line feed after each line. Points that
    are not integers (only own data sets have such) are spelled as Python's shortest float.

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


def check_digest(found: str, expected: str | None) -> None:
    """Raise `ContentError` where an expected digest is known and `found` differs from it."""
    if expected is not None and found != expected:
        raise ContentError(
            f"values differ from the published ones (sha256 {found[:8]}… instead of {expected[:8]}…)"
        )


def _refuse_foreign(data: bytes) -> None:
    if not data.strip():
        raise ContentError("is empty")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise ContentError("begins like an HTML page")


def _first_foreign_character(data: bytes) -> str:
    found = re.search(rb"[^0-9 \t\r\n-]", data)
    assert found is not None
    line = len(data[: found.end()].splitlines())
    return f"line {line} has {found.group().decode('latin-1')!r}, which is no part of a decimal integer"


def _first_ragged_line(lines: Sequence[bytes], columns: int) -> str:
    number, found = next(
        (i, len(row)) for i, line in enumerate(lines, 1) if (row := line.split()) and len(row) != columns
    )
    return f"line {number} has {found} columns where {columns} were expected"


def _integers(words: list[bytes]) -> NDArray[np.int64]:
    if max(map(len, words)) > _MOST_DIGITS:
        raise ContentError(f"has a number of more than {_MOST_DIGITS} digits")
    try:
        return np.array(list(map(int, words)), dtype=np.int64)
    except ValueError:
        wrong = next(word for word in words if not _INTEGER.fullmatch(word))
        raise ContentError(f"has {wrong.decode('ascii')!r}, which is no decimal integer") from None
