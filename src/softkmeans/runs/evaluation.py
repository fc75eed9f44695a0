"""Partitions that runs end in, against the ground truth's."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
from pandas import factorize

from softkmeans import tables
from softkmeans.clustering.kernels import nearest, prepare
from softkmeans.clustering.metrics import agreement
from softkmeans.data.dataset import Dataset


def evaluated(runs: Iterable[Path], centroids: Iterable[Path], data: Dataset) -> pa.Table:
    """Table `runs` of all jobs on a data set, with the columns `ari` and `nmi` filled in.

    Without ground truth they stay missing.

    Parameters
    ----------
    runs, centroids : files of the jobs
        The last set of centroids of a run is its end.
    data : Dataset
    """
    table = tables.concatenate(tables.read("runs", file) for file in runs)
    if data.labels is None:
        return table
    points = prepare(data.points)
    known: dict[bytes, tuple[float, float]] = {}  # equivalent methods end in the same partition
    found = []
    for file in centroids:
        rows = tables.frame(tables.read("centroids", file))
        ends = rows[~rows.duplicated(tables.KEY, keep="last")]
        for place in tables.sets(ends):
            partition = factorize(nearest(points, place - points.centre)[0])[0]  # in order of appearance
            digest = sha256(partition.tobytes()).digest()
            if digest not in known:
                known[digest] = agreement(partition, data.labels)
            found.append(known[digest])
    for name, values in zip(("ari", "nmi"), zip(*found, strict=True), strict=True):
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(values))
    return table
