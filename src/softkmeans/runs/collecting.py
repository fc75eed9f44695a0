"""The tables of many jobs as one, of the same bytes however the runs were cut into jobs.

Rows stand in the order of data set, method, initialisation, repeat and temperature. The jobs of one data set
and method are its shards: each holds some of the repeats, in this order.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from softkmeans import tables
from softkmeans.arrays import Floats
from softkmeans.files import replacing

ROWS = 2**18
"""Of a row group."""


def by_method(files: Iterable[Path]) -> Iterator[list[Path]]:
    """Group files ``…/dataset/method/shard/table.parquet`` by data set and method, in their order."""
    for _, group in groupby(files, key=lambda file: file.parent.parent):
        yield list(group)


def all_in_order(name: str, files: Iterable[Path]) -> Iterator[pa.Table]:
    """Read tables of one kind and put them in order, one data set and method at a time."""
    for group in by_method(files):
        yield in_order([tables.read(name, file) for file in group])


def in_order(shards: Sequence[pa.Table]) -> pa.Table:
    """Put the shards of one data set and method together, a table of moderate size."""
    table = tables.concatenate(shards)
    column = table["initialisation"].combine_chunks()
    first = pc.unique(column.cast(pa.string()))  # the first shard has all of them
    rank = pc.index_in(column.cast(pa.string()), first)
    return table.take(pa.array(np.argsort(rank.to_numpy(), kind="stable")))


def centroids_in_order(runs: Sequence[Path], centroids: Sequence[Path]) -> Iterator[pa.Table]:
    """Put the shards' final centroids together, a part at a time.

    Parameters
    ----------
    runs, centroids : files of the same shards
    """
    counts = [_runs_of(file) for file in runs]
    readers = [_Rows(file) for file in centroids]
    sizes = [
        reader.n_rows // max(1, sum(count.values())) for reader, count in zip(readers, counts, strict=True)
    ]
    for initialisation in counts[0]:
        for reader, count, size in zip(readers, counts, sizes, strict=True):
            yield from reader.take(count.get(initialisation, 0) * size)


def final_centroids(file: Path, shape: tuple[int, int, int]) -> Floats:
    """Read nothing but the values of a table of final centroids: (R, K, d).

    Raises
    ------
    ValueError
        If the table does not hold as many.
    """
    values = pq.read_table(file, columns=["value"])["value"].to_numpy()
    if len(values) != np.prod(shape):
        raise ValueError(f"{file} holds {len(values)} values where {shape} are due")
    return values.reshape(shape)


def write(name: str, parts: Iterable[pa.Table], path: Path) -> None:
    """Write a table from its parts, which need not be in memory at once.

    Row groups and dictionaries go by the rows alone, so the same rows make the same bytes.
    """
    schema = tables.SCHEMAS[name]
    with replacing(path) as unfinished, pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
        for group in _regrouped(parts, ROWS):
            writer.write_table(_anew(group.cast(schema)))


def _regrouped(parts: Iterable[pa.Table], size: int) -> Iterator[pa.Table]:
    """Give the rows of the parts `size` at a time."""
    waiting: list[pa.Table] = []
    n_waiting = 0
    for part in parts:
        while len(part):
            piece = part.slice(0, size - n_waiting)
            part = part.slice(len(piece))
            waiting.append(piece)
            n_waiting += len(piece)
            if n_waiting == size:
                yield pa.concat_tables(waiting)
                waiting, n_waiting = [], 0
    if waiting:
        yield pa.concat_tables(waiting)


def _anew(table: pa.Table) -> pa.Table:
    """Give each category column the dictionary of its own values, in order of appearance."""
    columns = [
        column.cast(pa.string()).combine_chunks().dictionary_encode()
        if pa.types.is_dictionary(column.type)
        else column
        for column in table.columns
    ]
    return pa.Table.from_arrays(columns, schema=table.schema)


def _runs_of(file: Path) -> dict[str, int]:
    """Number of runs from each initialisation, in their order."""
    column = pq.read_table(file, columns=["initialisation"])["initialisation"].cast(pa.string())
    counts = pc.value_counts(column.combine_chunks())
    return {entry["values"]: entry["counts"] for entry in counts.to_pylist()}


class _Rows:
    """Reads a file's rows from the first to the last, little at a time."""

    def __init__(self, file: Path):
        self._file = pq.ParquetFile(file, pre_buffer=False)
        self.n_rows: int = self._file.metadata.num_rows
        self._batches = self._file.iter_batches(batch_size=2**16)
        self._left = self._file.schema_arrow.empty_table()

    def take(self, n_rows: int) -> Iterator[pa.Table]:
        """Give the next rows, in parts."""
        while n_rows > 0:
            if not len(self._left):
                self._left = pa.Table.from_batches([next(self._batches)])
            part = self._left.slice(0, n_rows)
            self._left = self._left.slice(len(part))
            n_rows -= len(part)
            yield part
