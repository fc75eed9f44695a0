import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from softkmeans import tables

KEY = {
    "dataset": "s1",
    "method": "lse",
    "initialisation": "maxmin",
    "temperature": [1.0, 2.0],
    "repeat": [0, 0],
}


def rows(name):
    """Two rows of a table: as much of a run's key as it has."""
    return {column: value for column, value in KEY.items() if column in tables.SCHEMAS[name].names}


def test_schemas_have_integers_floats_booleans_and_categories_only():
    for name, schema in tables.SCHEMAS.items():
        kinds = {str(dtype) for dtype in tables.frame(schema.empty_table()).dtypes}
        text = {"str"} if name == "claims" else set()  # sentences
        assert kinds <= {"category", "float64", "int32", "int64", "Int16", "bool"} | text


@pytest.mark.parametrize("name", ["runs", "trace", "centroids"])
def test_rows_of_runs_begin_with_the_runs_key(name):
    assert tables.SCHEMAS[name].names[:5] == [column for column, _ in tables.KEY]


@pytest.mark.parametrize("name", tables.SCHEMAS)
def test_tables_survive_writing_and_reading(name, tmp_path):
    made = tables.make(name, 2, rows(name))
    tables.write(made, tmp_path / "a" / "t.parquet")
    assert tables.read(name, tmp_path / "a" / "t.parquet").equals(made)
    assert [f.name for f in (tmp_path / "a").iterdir()] == ["t.parquet"]


def test_csv_holds_every_digit_and_leaves_missing_values_empty(tmp_path):
    made = tables.make("runs", 2, KEY | {"objective": [0.1 + 0.2, 1e300 / 3]})
    tables.write(made, tmp_path / "t.csv")
    back = pd.read_csv(tmp_path / "t.csv")
    assert back["objective"].tolist() == [0.1 + 0.2, 1e300 / 3]
    assert back["centroid_index"].isna().all()


def test_the_same_rows_are_the_same_bytes(tmp_path):
    halves = [tables.make("runs", 2, KEY), tables.make("runs", 2, KEY | {"method": "kmeans"})]
    for name in ("a", "b"):
        tables.write(tables.concatenate(halves), tmp_path / f"{name}.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert tables.frame(tables.concatenate(halves))["method"].tolist() == ["lse", "lse", "kmeans", "kmeans"]


def test_unknown_columns_and_wrong_values_are_refused():
    with pytest.raises(ValueError, match="no column speed"):
        tables.make("runs", 2, KEY | {"speed": [1, 2]})
    with pytest.raises((ValueError, pa.ArrowInvalid)):
        tables.make("runs", 2, KEY | {"repeat": [0.5, 1.0]})


def test_a_file_of_another_table_is_refused(tmp_path):
    tables.write(tables.make("trace", 2, KEY), tmp_path / "t.parquet")
    with pytest.raises(ValueError, match="not a table of runs"):
        tables.read("runs", tmp_path / "t.parquet")


def test_an_error_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "t.parquet"
    tables.write(tables.make("runs", 2, KEY), path)
    before = path.read_bytes()
    with pytest.raises(AttributeError):
        tables.write(None, path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_unstack_gives_the_centroids_back():
    places = np.random.default_rng(0).normal(size=(2, 3, 4))
    run, cluster, dimension = (axis.ravel() for axis in np.indices(places.shape))
    long = {
        **KEY,
        "temperature": np.array(KEY["temperature"])[run],
        "repeat": np.zeros(24, int),
        "iteration": 5 + run,
        "cluster": cluster,
        "dimension": dimension,
        "value": places.ravel(),
    }
    keys, back = tables.unstack(tables.make("centroids", 24, long))
    np.testing.assert_array_equal(back, places)
    assert keys["iteration"].tolist() == [5, 6]
