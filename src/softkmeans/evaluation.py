"""Runs against the ground truth."""

import numpy as np
import pandas as pd
import pyarrow as pa

from softkmeans import tables
from softkmeans.datasets import Data
from softkmeans.kernels import nearest, prepare
from softkmeans.metrics import agreement, centroid_error, centroid_index

TRUTH_COLUMNS = ("centroid_index", "ari", "nmi", "centroid_error")


def evaluate(runs: pa.Table, centroids: pa.Table, data: Data) -> pa.Table:
    """Fill in the columns of `runs` that compare it with the ground truth.

    Parameters
    ----------
    runs, centroids : tables of one data set, runs in the same order
    data : Data
        Without labels, the columns stay missing; with another K than the truth's, `centroid_error` does.
    """
    truth = data.true_centroids
    if truth is None or data.labels is None:
        return runs
    keys, places = tables.unstack(centroids)
    final = places[~keys.duplicated([name for name, _ in tables.KEY], keep="last")]
    points = prepare(data.points)
    agreements: dict[bytes, tuple[float, float]] = {}  # different runs often end in the same partition
    rows = []
    for found in final:
        labels, _ = nearest(points, found - points.centre)
        partition = labels.tobytes()
        if partition not in agreements:
            agreements[partition] = agreement(labels, data.labels)
        error = centroid_error(found, truth) if found.shape == truth.shape else np.nan
        rows.append((centroid_index(found, truth), *agreements[partition], error))
    measured = pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))
    for name in TRUTH_COLUMNS:
        field = runs.schema.field(name)
        column = pa.array(measured[name], from_pandas=True).cast(field.type)
        runs = runs.set_column(runs.schema.get_field_index(name), field, column)
    return runs
