"""Runs against the ground truth."""

from collections.abc import Mapping
from hashlib import sha256

import numpy as np
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Floats, Integers
from softkmeans.clustering.kernels import nearest, prepare
from softkmeans.clustering.metrics import agreement, centroid_error, centroid_index
from softkmeans.data.dataset import Dataset

TRUTH_COLUMNS = ("centroid_index", "ari", "nmi", "centroid_error")


def evaluate(runs: pa.Table, centroids: pa.Table, data: Dataset) -> pa.Table:
    """Fill in the columns of `runs` that compare it with the ground truth.

    Parameters
    ----------
    runs, centroids : tables of one data set, runs in the same order
    data : Dataset
        Without labels, the columns stay missing; with another K than the truth's, `centroid_error` does.
    """
    keys, places = tables.unstack(centroids)
    final = places[~keys.duplicated([name for name, _ in tables.KEY], keep="last")]
    return fill(runs, Comparison(data)(final))


class Comparison:
    """Compares final centroids with one data set's ground truth; a partition is compared once."""

    def __init__(self, data: Dataset):
        self._data = data
        self._truth = data.true_centroids
        self._points = prepare(data.points)
        self._agreements: dict[bytes, tuple[float, float]] = {}  # runs often end in the same partition

    def __call__(self, final: Floats) -> dict[str, Floats]:
        """Give `TRUTH_COLUMNS` of final centroids (R, K, d), each (R,); nothing without ground truth."""
        truth, labels = self._truth, self._data.labels
        if truth is None or labels is None:
            return {}
        rows = []
        for found in final:
            partition = in_order_of_appearance(
                nearest(self._points, found - self._points.centre)[0], len(found)
            )
            digest = sha256(partition.tobytes()).digest()
            if digest not in self._agreements:
                self._agreements[digest] = agreement(partition, labels)
            error = centroid_error(found, truth) if found.shape == truth.shape else np.nan
            rows.append((centroid_index(found, truth), *self._agreements[digest], error))
        columns = np.reshape(rows, (len(rows), len(TRUTH_COLUMNS))).T
        return dict(zip(TRUTH_COLUMNS, columns, strict=True))


def in_order_of_appearance(labels: Integers, n_labels: int) -> Integers:
    """Rename the labels 0 … K-1 so that equal partitions are equal arrays, (n,)."""
    first = np.full(n_labels, len(labels))
    first[labels[::-1]] = np.arange(len(labels))[::-1]  # of what is written twice the last stays
    return np.argsort(np.argsort(first, kind="stable"))[labels]


def fill(runs: pa.Table, columns: Mapping[str, Floats]) -> pa.Table:
    """Put columns in the place of those of the same name; NaN is a missing value."""
    for name, values in columns.items():
        field = runs.schema.field(name)
        column = pa.array(values, from_pandas=True).cast(field.type)
        runs = runs.set_column(runs.schema.get_field_index(name), field, column)
    return runs
