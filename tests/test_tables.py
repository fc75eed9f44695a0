import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from softkmeans import tables
from softkmeans.errors import DataError

KEY = {
    "dataset": "s1",
    "method": "lse",
    "initialisation": "maxmin",
    "temperature": [1.0, 2.0],
    "repeat": [0, 0],
}
PLACES = np.random.default_rng(0).normal(size=(2, 3, 4))


def rows(name):
    """Two rows of a table: as much of a run's key as it has, and sets of centroids."""
    columns = KEY | {"n_clusters": 3, "coordinates": PLACES, "sigma": [1.0, 2.0], "note": ["a", "b"]}
    return {column: value for column, value in columns.items() if column in tables.SCHEMAS[name].names}


@pytest.mark.parametrize("name", tables.SCHEMAS)
def test_tables_survive_writing_and_reading(name, tmp_path):
    made = tables.make(name, rows(name))
    assert made.schema == tables.SCHEMAS[name]
    tables.write(made, tmp_path / "a" / "t.parquet")
    assert len(made) == (1 if all(np.ndim(value) == 0 for value in rows(name).values()) else 2)
    assert tables.read(name, tmp_path / "a" / "t.parquet").equals(made)
    assert [f.name for f in (tmp_path / "a").iterdir()] == ["t.parquet"]


def test_csv_holds_every_digit_and_leaves_missing_values_empty(tmp_path):
    made = tables.make("runs", KEY | {"objective": [0.1 + 0.2, 1e300 / 3], "ari": [np.nan, 1.0]})
    for table in (made, tables.frame(made)):
        tables.write(table, tmp_path / "t.csv")
        back = pd.read_csv(tmp_path / "t.csv")
        assert back["objective"].tolist() == [0.1 + 0.2, 1e300 / 3]
        assert back["centroid_index"].isna().all()
        assert back["ari"].isna().tolist() == [True, False]


def test_nan_is_missing_whether_given_for_each_row_or_for_all():
    made = tables.make("runs", KEY | {"ari": [np.nan, 1.0], "nmi": np.nan, "objective": np.float64("nan")})
    assert [made[name].null_count for name in ("ari", "nmi", "objective")] == [1, 2, 2]


def test_unknown_columns_and_wrong_values_are_refused():
    with pytest.raises(ValueError, match="no column speed"):
        tables.make("runs", KEY | {"speed": [1, 2]})
    with pytest.raises((ValueError, pa.ArrowInvalid)):
        tables.make("runs", KEY | {"repeat": [0.5, 1.0]})


def test_other_and_damaged_files_are_refused(tmp_path):
    tables.write(tables.make("trace", KEY), tmp_path / "t.parquet")
    with pytest.raises(ValueError, match="not a table of runs"):
        tables.read("runs", tmp_path / "t.parquet")
    (tmp_path / "t.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DataError, match=r"t\.parquet is damaged"):
        tables.read("trace", tmp_path / "t.parquet")


def test_sets_of_centroids_come_back(tmp_path):
    tables.write(tables.make("centroids", rows("centroids") | {"iteration": [5, 6]}), tmp_path / "t.parquet")
    back = tables.frame(tables.read("centroids", tmp_path / "t.parquet"))
    np.testing.assert_array_equal(tables.sets(back), PLACES)
    assert back["iteration"].tolist() == [5, 6]


def test_gathered_tables_are_read_whole_or_by_name_a_small_part_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "GROUP", 1000)
    made = []
    for i, method in enumerate(["lse", "kmeans", "lse"]):
        wide = np.random.default_rng(i).normal(size=(10, 5, 4 + i))
        columns = KEY | {"method": method, "temperature": np.arange(10.0), "repeat": i}
        made.append(tables.make("centroids", columns | {"n_clusters": 5, "coordinates": wide}))
        tables.write(made[-1], tmp_path / f"{i}.parquet")
    files = [tmp_path / f"{i}.parquet" for i in range(3)]
    tables.gather("centroids", files, tmp_path / "all.parquet")
    groups = pq.ParquetFile(tmp_path / "all.parquet").metadata
    assert max(groups.row_group(i).num_rows for i in range(groups.num_row_groups)) <= 6
    every = [row for table in made for row in table.to_pylist()]
    assert tables.read("centroids", tmp_path / "all.parquet").to_pylist() == every
    some = tables.read("centroids", tmp_path / "all.parquet", method="lse", dataset="s1")
    assert some.to_pylist() == [row for row in every if row["method"] == "lse"]
    assert len(tables.read("centroids", tmp_path / "all.parquet", method="none")) == 0
    before = (tmp_path / "all.parquet").read_bytes()
    tables.gather("centroids", files, tmp_path / "all.parquet")
    assert (tmp_path / "all.parquet").read_bytes() == before


def test_no_files_make_an_empty_table(tmp_path):
    tables.gather("phases", [], tmp_path / "phases.parquet")
    assert len(tables.read("phases", tmp_path / "phases.parquet")) == 0


def test_an_error_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "t.parquet"
    tables.write(tables.make("runs", KEY), path)
    before = path.read_bytes()
    with pytest.raises(AttributeError):
        tables.write(None, path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1
