"""Reading a user's own data set: CSV or other text, plain or gzipped, Parquet, or ``.npy``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from softkmeans.arrays import Floats, Integers, brief
from softkmeans.data.layout import find_layout, positions, read_text
from softkmeans.errors import DataError, hint, one_line

if TYPE_CHECKING:
    import pandas as pd

#: Names of columns that are more likely to hold labels than coordinates.
LABELS = {"class", "cluster", "clusters", "label", "labels", "species", "target"}


@dataclass(frozen=True)
class OwnData:
    """Where a data set of the user's own is, and how it is to be read.

    Attributes
    ----------
    path : Path
        Points, one a line: text with commas, semicolons, tabs or blanks between, plain or ``.gz``; or a
        ``.parquet`` table; or a ``.npy`` array (n, d).
    n_clusters : int
        K, between 1 and n.
    labels : str or None
        Ground truth of K different values: a column of `path`, or a file with a label a line.
    columns : tuple of str or None
        The coordinates, by default all columns except row names and labels. Columns without names are called
        1, 2, ….
    header : bool or None
        Whether the first line of a text has the names of the columns; None where the file tells.
    """

    path: Path
    n_clusters: int
    labels: str | None = None
    columns: tuple[str, ...] | None = None
    header: bool | None = None

    @property
    def label_file(self) -> Path | None:
        """The file of labels; None where they are a column, or there are none."""
        return Path(self.labels) if self.labels is not None and Path(self.labels).is_file() else None

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that the options name."""
        in_column = self.labels is not None and self.label_file is None
        return (*(self.columns or ()), *([str(self.labels)] if in_column else []))


@dataclass(frozen=True, eq=False)
class OwnPoints:
    """The points that were read, and how the file was understood.

    Attributes
    ----------
    points : (n, d) array of float64
    columns : tuple of str
        Names of the coordinates.
    left_out : tuple of str
        Columns that were not used.
    labels : (n,) array of int64 or None
        In 0 … K-1, in the order of the labels' values.
    classes : tuple of str
        The K values of the labels in the file; empty without labels.
    """

    points: Floats
    columns: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    labels: Integers | None = None
    classes: tuple[str, ...] = ()

    __repr__ = brief

    def described(self) -> dict[str, str]:
        """Describe what was read, for the user to check: short headings, and a text for each."""
        said = {
            "data": "n = {}, d = {}".format(*self.points.shape),
            "columns": _few(self.columns) + (f"; left out: {_few(self.left_out)}" if self.left_out else ""),
            "first point": _few([f"{x:.6g}" for x in self.points[0]]),
        }
        if self.labels is not None:
            sizes = np.bincount(self.labels).tolist()
            said["labels"] = _few([f"{name} ({n})" for name, n in zip(self.classes, sizes, strict=True)])
        return said


def _few(words: Sequence[str], most: int = 8) -> str:
    more = f", … {len(words)} in all" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def read_own(own: OwnData) -> OwnPoints:
    """Read the points and labels of a data set of the user's own.

    Raises
    ------
    DataError
        A file cannot be read or is malformed, leaves in doubt what it holds, or does not fit K.
    """
    frame, unused = _read(own)
    names = [str(name) for name in frame.columns]
    for name in own.named:
        if name not in names:
            key, what = ("labels", "neither a file nor") if name == own.labels else ("columns", "not")
            raise DataError(f"{name!r} is {what} a column of {own.path}{hint(name, names)}", key=key)
    if own.columns is None:
        _check_doubts(frame, own)
    used = own.columns or tuple(name for name in names if name not in own.named)
    points = _numbers(frame, used, own.path)
    n_points = len(points)
    if points.size == 0:
        raise DataError(f"{own.path} has {n_points} points in {len(used)} dimensions; give a point a line")
    if not 1 <= own.n_clusters <= n_points:
        raise DataError(f"{own.path} has {n_points} points: n_clusters {own.n_clusters} is not in 1 … n")
    left_out = (*unused, *(name for name in names if name not in {*used, *own.named}))
    if own.labels is None:
        return OwnPoints(points, used, left_out)
    if own.label_file:
        column, where = _read_labels(own.label_file, n_points), str(own.label_file)
    else:
        column, where = frame[own.labels], f"{own.path}, column {own.labels!r},"
    return OwnPoints(points, used, left_out, *_labels(column, own.n_clusters, where))


def _check_doubts(frame: "pd.DataFrame", own: OwnData) -> None:
    """Refuse columns that look like labels or row numbers, unless the options say what they are."""
    import pandas as pd

    for name in frame.columns:
        if own.labels is None and name.casefold() in LABELS and pd.api.types.is_numeric_dtype(frame[name]):
            raise DataError(
                f"{own.path}: column {name!r} may hold labels; set the option labels to {name},"
                " or name all coordinates with the option columns"
            )
    if own.path.suffix != ".npy" and len(frame) > 2 and frame.shape[1] > 1 + (own.labels in frame.columns):
        first = frame.iloc[:, 0]
        counts = first - np.arange(len(first)) if pd.api.types.is_numeric_dtype(first) else first
        if (counts == 0).all() or (counts == 1).all():
            raise DataError(
                f"{own.path}: column {frame.columns[0]!r} counts the rows, so it may not be a coordinate;"
                " name the coordinates with the option columns"
            )


def _numbers(frame: "pd.DataFrame", names: Sequence[str], path: Path) -> Floats:
    """Columns of numbers as an array, (n, d); refuses values that are not finite numbers."""
    import pandas as pd

    values = np.empty((len(frame), len(names)))
    for j, name in enumerate(names):
        column = frame[name]
        plain = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        numbers = column if plain else pd.to_numeric(column.astype(str), errors="coerce")
        values[:, j] = numbers.to_numpy(np.float64, na_value=np.nan)
        if not np.isfinite(values[:, j]).all():
            i = int(np.flatnonzero(~np.isfinite(values[:, j]))[0])
            place, found = f"{path}: point {i + 1} in column {name!r}", column.iloc[i]
            if column.isna().iloc[i] or not np.isnan(values[i, j]):
                raise DataError(f"{place} has no finite value; remove the point or correct it")
            raise DataError(
                f"{place}: {str(found)[:40]!r} is not a number; correct it, or leave the column out with the"
                " option columns, or name it with the option labels"
            )
    return values


def _labels(column: "pd.Series", n_clusters: int, where: str) -> tuple[Integers, tuple[str, ...]]:
    """Labels 0 … K-1 of the points, (n,), and the values that they stand for."""
    import pandas as pd

    if column.isna().any():
        raise DataError(f"{where} has no label for point {int(np.flatnonzero(column.isna())[0]) + 1}")
    if pd.api.types.is_float_dtype(column):
        if len(wrong := column[(column != column.round()) | (column.abs() > 2**53)]):
            raise DataError(f"{where}: '{wrong.iloc[0]}' is not a label; labels are integers or names")
        column = column.astype(np.int64)
    text = not pd.api.types.is_numeric_dtype(column)
    values, labels = np.unique(column.astype(str) if text else column, return_inverse=True)
    if len(values) != n_clusters:
        raise DataError(f"{where} has {len(values)} different labels where n_clusters is {n_clusters}")
    return labels.astype(np.int64), tuple(map(str, values))


# Files.


def _read(own: OwnData) -> tuple["pd.DataFrame", tuple[str, ...]]:
    """Read a table whose columns are named by texts; also return the names of what was left out."""
    import pandas as pd

    if own.path.suffix == ".npy":
        array = _load_npy(own.path)
        if array.ndim != 2:
            raise DataError(f"{own.path} has shape {array.shape}; give points as rows, (n, d)")
        return pd.DataFrame(array, columns=positions(array.shape[1])), ()
    if own.path.suffix == ".parquet":
        try:
            frame = pd.read_parquet(own.path)
        except Exception as error:  # a damaged file shows in many ways
            raise DataError(f"{own.path} cannot be read as Parquet ({one_line(error)})") from error
        plain = isinstance(frame.index, pd.RangeIndex)
        return frame.reset_index(drop=True).rename(columns=str), () if plain else ("row names",)
    layout = find_layout(own.path, own.named, own.header)
    frame = read_text(own.path, layout)
    return (frame.iloc[:, 1:], ("row names",)) if layout.row_names else (frame, ())


def _load_npy(path: Path) -> np.ndarray:
    try:
        with path.open("rb") as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
    except Exception as error:  # a damaged header shows in many ways
        raise DataError(f"{path} cannot be read as .npy ({one_line(error)})") from error
    if array.dtype.kind not in "iuf":
        raise DataError(f"{path} does not hold an array of numbers")
    return array


def _read_labels(path: Path, n_points: int) -> "pd.Series":
    """Read a file with one label a line; its first line is a header if there is one line too many."""
    import pandas as pd

    if path.suffix == ".npy":
        column = pd.Series(_load_npy(path).ravel())
    else:
        layout = find_layout(path, header=False)
        if layout.separator == r"\s+":  # a name may have blanks
            layout = layout._replace(separator=",", names=("1",))
        frame = read_text(path, layout)
        named = len(frame) == n_points + 1
        if frame.shape[1] != 1 + (named and bool(frame.isna().iloc[0, 0])):
            raise DataError(f"{path} has {frame.shape[1]} columns; give one label a line")
        column = frame.iloc[int(named) :, -1].reset_index(drop=True)
        numbers = pd.to_numeric(column.astype(str), errors="coerce")
        column = column if numbers.isna().any() else numbers
    if len(column) != n_points:
        raise DataError(f"{path} has {len(column)} labels for {n_points} points")
    return column


def estimated_size(own: OwnData) -> tuple[int, int]:
    """Estimate (n, d) of a data set of the user's own: (1, 1) if it is wrong, which its job will report."""
    try:
        if own.path.suffix == ".npy":
            n_points, width = np.load(own.path, mmap_mode="r", allow_pickle=False).shape
        elif own.path.suffix == ".parquet":
            from pyarrow.parquet import read_metadata

            metadata = read_metadata(own.path)
            n_points, width = metadata.num_rows, metadata.num_columns
        else:
            layout = find_layout(own.path, own.named, own.header)
            packed = 4 if own.path.suffix == ".gz" else 1
            n_points = int(own.path.stat().st_size * packed / layout.line_bytes)
            width = len(layout.names) - layout.row_names
    except Exception:  # the reader refuses it later, with the reason
        return 1, 1
    labels = len(own.named) - len(own.columns or ())
    return max(1, n_points), max(1, len(own.columns or ()) or width - labels)
