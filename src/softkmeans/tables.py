"""The tables' schemas, and reading and writing them whole or not at all."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

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

KEY = [
    ("dataset", CATEGORY),
    ("method", CATEGORY),
    ("initialisation", CATEGORY),
    ("temperature", REAL),  # squared data units; 0 for a hard method
    ("repeat", pa.int32()),
]
"""What a run is."""

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
            ("cluster", pa.int32()),
            ("dimension", pa.int32()),
            ("value", REAL),
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
    "centroids": pa.schema(
        [
            *KEY,
            ("iteration", pa.int32()),
            ("cluster", pa.int32()),
            ("dimension", pa.int32()),
            ("value", REAL),  # data units
        ]
    ),
}
"""Name of a table -> its columns. A run's rows stand together, in order of iteration, cluster, dimension."""


def make(name: str, n_rows: int, columns: Mapping[str, object]) -> pa.Table:
    """Build the table `name` from its columns: arrays, or a string that all rows share.

    Columns not given are missing values.

    Raises
    ------
    ValueError
        If a column is not of the schema, or its values do not fit the column's type.
    """
    schema = SCHEMAS[name]
    unknown = set(columns) - set(schema.names)
    if unknown:
        raise ValueError(f"table {name!r} has no column {', '.join(sorted(unknown))}")
    arrays = []
    for field in schema:
        column = columns.get(field.name)
        if column is None:
            arrays.append(pa.nulls(n_rows, field.type))
        elif isinstance(column, str):
            arrays.append(pa.DictionaryArray.from_arrays(np.zeros(n_rows, dtype=np.int32), [column]))
        elif isinstance(column, pa.Array):
            arrays.append(column.cast(field.type))
        else:
            arrays.append(pa.array(column, from_pandas=True).cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def write(table: pa.Table, path: Path) -> None:
    """Write Parquet, or CSV where the path ends so."""
    with replacing(path) as unfinished:
        if path.suffix == ".csv":
            plain = [
                (f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type)
                for f in table.schema
            ]
            pyarrow.csv.write_csv(table.cast(pa.schema(plain)), unfinished)
        else:
            pq.write_table(table, unfinished, compression="zstd")


def read(name: str, path: Path) -> pa.Table:
    """Read the table `name`.

    Raises
    ------
    DataError
        If the file is damaged.
    ValueError
        If the file's columns are not those of the schema.
    """
    try:
        table = pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise DataError(f"{path} is damaged; remove it, and it is made anew ({error})") from error
    if table.schema.names != SCHEMAS[name].names:
        raise ValueError(f"{path} is not a table of {name}: its columns are {', '.join(table.schema.names)}")
    return table.cast(SCHEMAS[name])


def frame(table: pa.Table) -> "pd.DataFrame":
    """Convert to pandas: categories, and integers that may be missing."""
    import pandas as pd  # most of a second: only where it is used

    return table.to_pandas(types_mapper={pa.int16(): pd.Int16Dtype()}.get)


def concatenate(tables: Iterable[pa.Table]) -> pa.Table:
    """Put tables one under another, with one dictionary for each category column."""
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def unstack(centroids: pa.Table) -> tuple["pd.DataFrame", Floats]:
    """From a `centroids` table of one data set: a frame with a row for each set of centroids, and the sets.

    Returns
    -------
    keys : frame of the key columns and `iteration`
    centroids : array (rows, K, d)
    """
    n_clusters, n_dims = (
        int(pc.max(centroids[axis]).as_py()) + 1 if len(centroids) else 0 for axis in ("cluster", "dimension")
    )
    size = max(1, n_clusters * n_dims)
    first = centroids.select([name for name, _ in KEY] + ["iteration"]).take(
        np.arange(0, len(centroids), size)
    )
    return frame(first), centroids["value"].to_numpy().reshape(len(first), n_clusters, n_dims)
