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
TEXT, REAL, INTEGER, FLAG = pa.string(), pa.float64(), pa.int32(), pa.bool_()

#: Every column's type. A column has one meaning in all tables. A comment says where values may be missing.
COLUMNS = {
    # Runs, in the data's own units.
    "dataset": CATEGORY,
    "method": CATEGORY,
    "initialisation": CATEGORY,
    "temperature": REAL,  # squared data units; 0 for a hard method
    "temperature_ratio": REAL,  # T / T_c; missing where all points are the same
    "repeat": INTEGER,
    "seed": pa.int64(),
    "iteration": INTEGER,
    "n_iterations": INTEGER,
    "converged": FLAG,
    "objective": REAL,  # J, Eq. 1
    "smooth_objective": REAL,  # J̃, Eq. 6
    "entropy": REAL,  # Eq. 20
    "centroid_index": pa.int16(),  # this and the next three: missing without ground truth
    "ari": REAL,
    "nmi": REAL,
    "centroid_error": REAL,
    "centroid_shift": REAL,  # missing at iteration 0
    "seconds": REAL,  # wall time of the iterations
    "n_clusters": INTEGER,
    "coordinates": pa.list_(REAL),  # of a set of centroids (K, d), one centroid after the other
    "level": INTEGER,  # of an annealed run
    "n_distinct": INTEGER,  # number of soft clusters: centroids that coincide count once
    "due": REAL,  # temperature in theory of a split at this level; missing where no soft cluster split
    "first_due": REAL,  # temperature of the first split in theory: T_c, or √K·T_c with entmax-1.5
    # The contest.
    "contender": CATEGORY,
    "attempt": INTEGER,  # number of the attempt, from 1; of random swap: of the swap
    "budget": pa.int64(),  # pairs of a point and a centroid that may be touched
    "pairs": pa.int64(),  # pairs that have been touched
    # Paper 2, in standardised data units.
    "sigma": REAL,
    "cluster": INTEGER,
    "discrepancy": REAL,  # d_j, or the largest d_j where there is no cluster
    "trajectory": REAL,  # of a run: largest distance to K-means' iterates
    "contraction": REAL,  # of a run: ρ, a shift over the one before, at its end
    "error": REAL,  # of a run: bound on how far the centroids are from the fixed point
    "agreement": REAL,  # of a run: share of the points that are in the same cluster as by K-means
    "not_nearest": INTEGER,  # of a run: points whose largest responsibility is not their nearest centroid's
    "margin": REAL,  # Δ*_j, or Δ where there is no cluster
    "near_margin": REAL,  # Δ_j: the least margin of a point whose best or second-best centroid is j
    "log_discrepancy": REAL,  # log d_j of the soft fixed point, where d_j may be too small for float64
    "one_step": REAL,  # discrepancy of the soft centroid at K-means' fixed point
    "bound": REAL,  # upper bound on `one_step`; missing where theory has none
    "slope": REAL,  # of log d_j against 1/T; missing where Δ = 0
    "optimiser": CATEGORY,
    "ratio": REAL,  # T / (Δ/2)
    "predicted_sigma": REAL,  # √Δ/2
    "exact_sigma": REAL,  # largest σ at which the K-means solution is a fixed point, bit for bit
    "weighted": REAL,  # sup |L_σ − J|
    "weighted_bound": REAL,
    "free": REAL,  # sup |F_σ − J|
    "free_bound": REAL,
    "map": CATEGORY,  # a way to evaluate responsibilities
    "precision": CATEGORY,  # float64 or float32
    "nan_share": REAL,  # share of points with a NaN among their responsibilities
    "steepest": REAL,  # largest T·|∂r/∂d²|; 0 once no responsibility depends on the centroids
    # Networks with clusters.
    "weight": REAL,  # λ; 0 without a clustering term
    "reconstruction": REAL,  # share of the variance that is not reconstructed; missing without a network
    "ari_again": REAL,  # ARI of K-means on the codes, where the network has centroids of its own
    "distance": REAL,  # between parameters of soft and hard training, over how far the hard one moves them
    # The ledger.
    "id": TEXT,
    "study": TEXT,
    "kind": TEXT,
    "where": TEXT,
    "claim": TEXT,
    "measured": TEXT,
    "data": TEXT,
    "number": REAL,  # the worst case: the value closest to the limit, or farthest past it
    "cases": INTEGER,
    "met": INTEGER,
    "criterion": TEXT,
    "verdict": TEXT,
    "exceptions": TEXT,
    "note": TEXT,
    "figure": TEXT,  # below results/
}

_RUN = "dataset method initialisation temperature repeat"
_CENTROIDS = "n_clusters coordinates"

#: The columns that identify a run, and those that hold a set of centroids.
KEY, SET = _RUN.split(), _CENTROIDS.split()

#: Name of a table -> its columns. A run's rows stand together, in the order of its iterations.
SCHEMAS = {
    name: pa.schema([(column, COLUMNS[column]) for column in columns.split()])
    for name, columns in {
        "runs": f"{_RUN} temperature_ratio seed n_iterations converged objective smooth_objective entropy "
        "centroid_index ari nmi centroid_error",
        "trace": f"{_RUN} iteration objective smooth_objective entropy centroid_shift",
        "centroids": f"{_RUN} iteration {_CENTROIDS}",
        "timings": f"{_RUN} seconds",  # the one table that differs from run to run
        "phases": "dataset method repeat level temperature temperature_ratio n_distinct due first_due "
        "n_iterations objective smooth_objective",
        "contest": "dataset contender repeat budget attempt pairs objective centroid_index",
        "contest_timings": "dataset contender repeat seconds",  # it differs from run to run, too
        "collapse": "dataset method sigma repeat cluster discrepancy trajectory n_iterations converged "
        "contraction error agreement not_nearest",
        "paths": f"dataset method sigma {_CENTROIDS}",  # of K-means, and of the start, at sigma 0
        "iterates": f"dataset method sigma iteration {_CENTROIDS}",  # of the first start; K-means' at sigma 0
        "rates": "dataset method repeat cluster margin near_margin temperature log_discrepancy slope",
        "bounds": "dataset repeat cluster temperature one_step bound",
        "falls": "dataset ratio discrepancy",
        "exactness": "dataset repeat margin predicted_sigma exact_sigma",
        "gaps": "dataset sigma weighted weighted_bound free free_bound",
        "stability": "dataset map precision sigma nan_share steepest",
        "optimisers": "dataset optimiser repeat agreement",
        "trials": "dataset method repeat weight temperature_ratio reconstruction ari",
        "comparison": "dataset method repeat weight temperature_ratio reconstruction ari nmi ari_again",
        "limits": "dataset method repeat weight temperature_ratio distance",
        "claims": "id study kind where claim measured data number cases met criterion verdict exceptions "
        "note figure",
    }.items()
}

#: Approximate size of a row group, in bytes.
GROUP = 2**24


def make(name: str, columns: Mapping[str, Any]) -> pa.Table:
    """Build the table `name` from its columns.

    Parameters
    ----------
    columns : mapping
        Arrays, for `coordinates` of shape (rows, K, d), or single values that all rows share. NaN stands for
        a missing value (except in `coordinates`), and all values of a column that is not given are missing.

    Raises
    ------
    ValueError
        If a column is not in the schema, or its values do not fit the column's type.
    """
    schema = SCHEMAS[name]
    unknown = set(columns) - set(schema.names)
    if unknown:
        raise ValueError(f"table {name!r} has no column {', '.join(sorted(unknown))}")
    n_rows = next((len(column) for column in columns.values() if not _is_single(column)), 1)
    return pa.Table.from_arrays(
        [_column(columns.get(field.name), field.type, n_rows) for field in schema], schema=schema
    )


def from_rows(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Build the table `name` from its rows; what a row does not have is missing."""
    rows = list(rows)
    return make(name, {column: [row.get(column) for row in rows] for column in SCHEMAS[name].names})


def _is_single(values: Any) -> bool:
    return values is None or isinstance(values, str | int | float | np.generic)


def _column(values: Any, kind: pa.DataType, n_rows: int) -> pa.Array:
    if _is_single(values):
        values = pa.repeat(pa.scalar(values, from_pandas=True), n_rows)
    elif isinstance(values, np.ndarray) and values.ndim == 3:
        offsets = np.arange(n_rows + 1, dtype=np.int32) * values[:1].size
        values = pa.ListArray.from_arrays(offsets, values.ravel())
    elif not isinstance(values, pa.Array | pa.ChunkedArray):
        values = pa.array(values, from_pandas=True)
    return values.cast(kind)


def write(table: "pa.Table | pd.DataFrame", path: Path) -> None:
    """Write a table as Parquet, or as CSV if the path ends in ``.csv``; a data frame always as CSV."""
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
    """Join files that hold the table `name` into one; only some of them are in memory at a time."""
    schema, waiting = SCHEMAS[name], [SCHEMAS[name].empty_table()]
    with replacing(path) as unfinished, pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:

        def write_waiting() -> None:
            table = concatenate(waiting)
            writer.write_table(table, row_group_size=_group_rows(table))
            del waiting[1:]

        for file in files:
            waiting.append(read(name, file))
            if sum(table.nbytes for table in waiting) > GROUP:
                write_waiting()
        write_waiting()


def _group_rows(table: pa.Table) -> int:
    """Number of rows in a row group of about `GROUP` bytes."""
    return max(1, GROUP * len(table) // max(1, table.nbytes))


def read(name: str, path: Path, **wanted: str) -> pa.Table:
    """Read the table `name`: all of it, or the rows whose columns have the `wanted` values.

    The file may be larger than memory: its row groups are filtered one at a time.

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
    """Convert to pandas, with categories, and with a type for integers that may be missing."""
    import pandas as pd  # its import takes most of a second

    return table.to_pandas(types_mapper={pa.int16(): pd.Int16Dtype()}.get)


def concatenate(tables: Iterable[pa.Table]) -> pa.Table:
    """Put tables one under another, with one dictionary for each category column."""
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def sets(rows: "pd.DataFrame") -> Floats:
    """Take the sets of centroids out of rows that have the same K and d, (rows, K, d)."""
    return np.stack(rows["coordinates"].tolist()).reshape(len(rows), rows["n_clusters"].iloc[0], -1)
