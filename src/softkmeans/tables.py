"""The tables' schemas, and reading and writing them whole or not at all."""

from collections.abc import Iterable, Mapping
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from softkmeans.arrays import Floats
from softkmeans.errors import DataError
from softkmeans.files import replacing

if TYPE_CHECKING:
    import pandas as pd

CATEGORY = pa.dictionary(pa.int32(), pa.string())
REAL = pa.float64()

#: Bytes of a row group, about.
GROUP = 2**24

#: What a run is.
KEY = [
    ("dataset", CATEGORY),
    ("method", CATEGORY),
    ("initialisation", CATEGORY),
    ("temperature", REAL),  # squared data units; 0 for a hard method
    ("repeat", pa.int32()),
]

#: A set of centroids, (K, d).
SET = [
    ("n_clusters", pa.int32()),
    ("coordinates", pa.list_(REAL)),  # data units, a centroid after the other
]

SET_NAMES = [name for name, _ in SET]

#: Name of a table -> its columns. A run's rows stand together, in the order of its iterations.
SCHEMAS = {
    "runs": pa.schema(
        [
            *KEY,
            ("temperature_ratio", REAL),  # T / T_c
            ("seed", pa.int64()),
            ("n_iterations", pa.int32()),
            ("converged", pa.bool_()),
            ("objective", REAL),  # J, Eq. 1
            ("smooth_objective", REAL),  # J̃, Eq. 6
            ("entropy", REAL),  # Eq. 20
            ("centroid_index", pa.int16()),  # this and the rest: missing without ground truth
            ("ari", REAL),
            ("nmi", REAL),
            ("centroid_error", REAL),
        ]
    ),
    "trace": pa.schema(
        [
            *KEY,
            ("iteration", pa.int32()),
            ("objective", REAL),
            ("smooth_objective", REAL),
            ("entropy", REAL),
            ("centroid_shift", REAL),  # missing at iteration 0
        ]
    ),
    "centroids": pa.schema([*KEY, ("iteration", pa.int32()), *SET]),
    # Wall time of the iterations alone: the one table that differs from run to run.
    "timings": pa.schema([*KEY, ("seconds", REAL)]),
    # Annealing: a row a level of a run.
    "phases": pa.schema(
        [
            ("dataset", CATEGORY),
            ("method", CATEGORY),
            ("initialisation", CATEGORY),
            ("repeat", pa.int32()),
            ("level", pa.int32()),
            ("temperature", REAL),
            ("temperature_ratio", REAL),  # T / T_c
            ("n_distinct", pa.int32()),  # centroids that are apart
            ("n_iterations", pa.int32()),
            ("objective", REAL),
            ("smooth_objective", REAL),
        ]
    ),
    "claims": pa.schema(
        [
            ("id", pa.string()),
            ("paper", pa.int32()),
            ("kind", pa.string()),
            ("where", pa.string()),
            ("claim", pa.string()),
            ("measured", pa.string()),
            ("data", pa.string()),
            ("number", REAL),  # of the case nearest to breaking the criterion, or furthest beyond
            ("cases", pa.int32()),
            ("met", pa.int32()),
            ("criterion", pa.string()),
            ("verdict", pa.string()),
            ("exceptions", pa.string()),
            ("note", pa.string()),
            ("figure", pa.string()),  # below results/
        ]
    ),
    # Paper 2, in standardised data units:
    "collapse": pa.schema(
        [
            ("dataset", CATEGORY),
            ("method", CATEGORY),
            ("sigma", REAL),
            ("repeat", pa.int32()),
            ("cluster", pa.int32()),
            ("discrepancy", REAL),  # d_j(σ)
            ("trajectory", REAL),  # of the run: largest distance to K-means' iterates
            ("converged", pa.bool_()),  # of the run
        ]
    ),
    "paths": pa.schema(
        [
            ("dataset", CATEGORY),
            ("method", CATEGORY),  # kmeans and start at sigma 0
            ("sigma", REAL),
            *SET,
        ]
    ),
    "rates": pa.schema(
        [
            ("dataset", CATEGORY),
            ("method", CATEGORY),
            ("repeat", pa.int32()),
            ("cluster", pa.int32()),
            ("margin", REAL),  # Δ_j
            ("temperature", REAL),
            ("fixed_point", REAL),  # discrepancy of the soft fixed point
            ("bound", REAL),  # on one step from the solution; missing where there is none
            ("resolved", pa.bool_()),  # whether it counts for the slope
            ("slope", REAL),  # of the cluster; missing where not resolved
        ]
    ),
    "bounds": pa.schema(
        [
            ("dataset", CATEGORY),
            ("repeat", pa.int32()),
            ("cluster", pa.int32()),
            ("temperature", REAL),
            ("one_step", REAL),  # discrepancy of the soft centroid at K-means' fixed point
            ("bound", REAL),  # missing where there is none
        ]
    ),
    "falls": pa.schema(
        [
            ("dataset", CATEGORY),
            ("ratio", REAL),  # T / (Δ/2)
            ("discrepancy", REAL),  # largest d_j of the entmax-1.5 fixed point
        ]
    ),
    "exactness": pa.schema(
        [
            ("dataset", CATEGORY),
            ("repeat", pa.int32()),
            ("margin", REAL),  # Δ
            ("predicted", REAL),  # √Δ/2
            ("measured", REAL),  # largest σ with the K-means solution bit for bit
        ]
    ),
    "gaps": pa.schema(
        [
            ("dataset", CATEGORY),
            ("sigma", REAL),
            ("weighted", REAL),  # sup |L_σ − J|
            ("weighted_bound", REAL),
            ("free", REAL),  # sup |F_σ − J|
            ("free_bound", REAL),
        ]
    ),
    "stability": pa.schema(
        [
            ("dataset", CATEGORY),
            ("map", CATEGORY),
            ("sigma", REAL),
            ("nan_share", REAL),
            ("steepest", REAL),
        ]
    ),
}


def make(name: str, columns: Mapping[str, Any]) -> pa.Table:
    """Build the table `name` from its columns.

    Parameters
    ----------
    columns : mapping
        Arrays, for `coordinates` of shape (rows, K, d), or single values that all rows share. Columns that
        are not given are missing values, and so is NaN.

    Raises
    ------
    ValueError
        If a column is not of the schema, or its values do not fit the column's type.
    """
    schema = SCHEMAS[name]
    unknown = set(columns) - set(schema.names)
    if unknown:
        raise ValueError(f"table {name!r} has no column {', '.join(sorted(unknown))}")
    n_rows = next((len(column) for column in columns.values() if not _is_single(column)), 1)
    return pa.Table.from_arrays(
        [_column(columns.get(field.name), field.type, n_rows) for field in schema], schema=schema
    )


def _is_single(values: Any) -> bool:
    return values is None or isinstance(values, str | int | float | np.generic)


def _column(values: Any, kind: pa.DataType, n_rows: int) -> pa.Array:
    if _is_single(values):
        values = pa.repeat(pa.scalar(values), n_rows)
    elif isinstance(values, np.ndarray) and values.ndim == 3:
        offsets = np.arange(n_rows + 1, dtype=np.int32) * values[:1].size
        values = pa.ListArray.from_arrays(offsets, values.ravel())
    elif not isinstance(values, pa.Array | pa.ChunkedArray):
        values = pa.array(values, from_pandas=True)
    return values.cast(kind)


def write(table: "pa.Table | pd.DataFrame", path: Path) -> None:
    """Write Parquet, or CSV where the path ends so; a frame as CSV only."""
    with replacing(path) as unfinished:
        if not isinstance(table, pa.Table):
            table.to_csv(unfinished, index=False, lineterminator="\n")
        elif path.suffix == ".csv":
            plain = [
                (f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type)
                for f in table.schema
            ]
            pyarrow.csv.write_csv(table.cast(pa.schema(plain)), unfinished)
        else:
            pq.write_table(table, unfinished, compression="zstd", row_group_size=_group_rows(table))


def gather(name: str, files: Iterable[Path], path: Path) -> None:
    """Put tables of one kind under one another in a file; only one of them is in memory at a time."""
    schema = SCHEMAS[name]
    with replacing(path) as unfinished, pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
        for file in files:
            table = read(name, file)
            writer.write_table(table, row_group_size=_group_rows(table))


def _group_rows(table: pa.Table) -> int:
    """Rows of a row group of about `GROUP` bytes."""
    return max(1, GROUP * len(table) // max(1, table.nbytes))


def read(name: str, path: Path, **wanted: str) -> pa.Table:
    """Read the table `name`: all of it, or the rows that have the wanted names in certain columns.

    The file may be larger than memory: one row group of it is looked at a time.

    Raises
    ------
    DataError
        If the file is damaged.
    ValueError
        If the file's columns are not those of the schema.
    """
    schema = SCHEMAS[name]
    try:
        with pq.ParquetFile(path) as file:
            if file.schema_arrow.names != schema.names:
                found = ", ".join(file.schema_arrow.names)
                raise ValueError(f"{path} is not a table of {name}: its columns are {found}")
            if not wanted:
                return file.read().cast(schema)
            parts = [schema.empty_table()]
            for group in range(file.num_row_groups):
                keys = file.read_row_group(group, columns=list(wanted))
                rows = reduce(pc.and_, (pc.equal(keys[column], value) for column, value in wanted.items()))
                if pc.any(rows).as_py():
                    parts.append(file.read_row_group(group).filter(rows).cast(schema))
    except pa.ArrowInvalid as error:
        raise DataError(f"{path} is damaged; remove it, and it is made anew ({error})") from error
    return concatenate(parts)


def frame(table: pa.Table) -> "pd.DataFrame":
    """Convert to pandas: categories, and integers that may be missing."""
    import pandas as pd  # most of a second: only where it is used

    return table.to_pandas(types_mapper={pa.int16(): pd.Int16Dtype()}.get)


def concatenate(tables: Iterable[pa.Table]) -> pa.Table:
    """Put tables one under another, with one dictionary for each category column."""
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def sets(rows: "pd.DataFrame") -> Floats:
    """Take the sets of centroids out of rows that have the same K and d, (rows, K, d)."""
    return np.stack(rows["coordinates"].tolist()).reshape(len(rows), rows["n_clusters"].iloc[0], -1)
