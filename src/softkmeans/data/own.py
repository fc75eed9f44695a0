"""Reading a user's own data set: text or CSV of numbers, plain, gzipped or ``.npy``."""

import gzip
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from softkmeans.arrays import Floats, Integers
from softkmeans.errors import DataError, one_line


@dataclass(frozen=True)
class OwnData:
    """Where an own data set is.

    Attributes
    ----------
    path : Path
        Points: numbers separated by comma, semicolon or white space, with or without a line of column
        names; plain or ``.gz``; or a ``.npy`` array (n, d).
    n_clusters : int
        K, between 1 and n.
    labels : Path or None
        Ground truth: one integer label a line, of K different values.
    """

    path: Path
    n_clusters: int
    labels: Path | None = None


def read_own(own: OwnData) -> tuple[Floats, Integers | None]:
    """Read points and labels of an own data set.

    Returns
    -------
    points : (n, d) array of float64
    labels : (n,) array of int64 in 0 … K-1 (in the order of the labels' values), or None

    Raises
    ------
    DataError
        A file cannot be read or is malformed, K does not fit, or the labels do not fit the points.
    """
    points = _read_points(own.path)
    if not 1 <= own.n_clusters <= len(points):
        raise DataError(f"{own.path} has {len(points)} points: n_clusters {own.n_clusters} is not in 1 … n")
    return points, None if own.labels is None else _read_labels(own.labels, len(points), own.n_clusters)


def _read_points(path: Path) -> Floats:
    points = _load_npy(path) if path.suffix == ".npy" else _parse_table(_read_text(path), path)
    if points.ndim != 2 or 0 in points.shape:
        raise DataError(f"{path} has shape {points.shape}; give points as rows, (n, d)")
    if not np.isfinite(points).all():
        row = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
        raise DataError(f"{path} has a value that is not finite in point {row + 1}; remove or mend it")
    return points


def _load_npy(path: Path) -> Floats:
    try:
        with path.open("rb") as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
    except Exception as error:  # a damaged header shows in many ways
        raise DataError(f"{path} cannot be read as .npy ({one_line(error)})") from error
    if array.dtype.kind not in "iuf":
        raise DataError(f"{path} does not hold an array of numbers")
    return array.astype(np.float64)


def _read_text(path: Path) -> str:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not text; give CSV, white-space separated text or .npy") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error})") from error
    except MemoryError as error:
        raise DataError(f"{path} is too large for this machine's memory") from error


def _parse_table(text: str, path: Path) -> Floats:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise DataError(f"{path} is empty")
    separator = next((mark for mark in (";", ",") if mark in text), None)
    if not any(map(_is_number, lines[0][1].strip().split(separator))):  # column names
        lines = lines[1:]
    if not lines:
        return np.empty((0, 0))
    try:
        return np.loadtxt([line for _, line in lines], comments=None, delimiter=separator, ndmin=2)
    except ValueError as error:
        raise DataError(f"{path}, {_first_fault(lines, separator) or error}") from None


def _first_fault(lines: list[tuple[int, str]], separator: str | None) -> str | None:
    """Say which line, by its number in the file, is not like the first or has a word that is no number."""
    columns = len(lines[0][1].strip().split(separator))
    for number, line in lines:
        row = line.strip().split(separator)
        if len(row) != columns:
            return f"line {number}: {len(row)} columns where {columns} were expected"
        if wrong := [word for word in row if not _is_number(word)]:
            return f"line {number}: {wrong[0]!r} is not a number"
    return None


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return word.isascii() and "_" not in word  # which Python would take as a digit separator


def _read_labels(path: Path, n_points: int, n_clusters: int) -> Integers:
    words = [line.strip() for line in _read_text(path).splitlines() if line.strip()]
    if wrong := [word for word in words if not re.fullmatch(r"[+-]?[0-9]{1,18}", word)]:
        raise DataError(f"{path}: {wrong[0]!r} is not a label; give one integer a line")
    if len(words) != n_points:
        raise DataError(f"{path} has {len(words)} labels for {n_points} points")
    values, labels = np.unique(np.array(words, dtype=np.int64), return_inverse=True)
    if len(values) != n_clusters:
        raise DataError(f"{path} has {len(values)} different labels where n_clusters is {n_clusters}")
    return labels.astype(np.int64)


def estimated_size(path: Path) -> tuple[int, int]:
    """Estimate (n, d) of a file of points: text, gzipped text or ``.npy``."""
    if path.suffix == ".npy":
        try:
            n_points, n_dims = np.load(path, mmap_mode="r", allow_pickle=False).shape
        except (OSError, EOFError, ValueError):  # its job will say what is wrong
            return 1, 1
        return max(1, n_points), max(1, n_dims)
    packed = path.suffix == ".gz"
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.read(2**16)
    except (OSError, EOFError):
        return 1, 1
    lines = [line for line in head.splitlines() if line.strip()]
    if not lines:
        return 1, 1
    n_points = path.stat().st_size * (4 if packed else 1) * len(lines) // len(head)
    return max(1, n_points), max(
        1, len([x for x in re.split(rb"[,;\s]+", lines[len(lines) // 2].strip()) if x])
    )
