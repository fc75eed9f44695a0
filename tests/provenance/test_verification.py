"""Results of two runs whose bytes differ: whether their numbers do."""

import pandas as pd
import pytest

from softkmeans.provenance.verification import Difference, weigh

TABLE = pd.DataFrame(
    {
        "method": pd.Categorical(["lse", "lse", "kmeans"]),
        "repeat": [0, 1, 2],
        "objective": [1.5e13, 2.0, float("nan")],
        "centroids": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
    }
)
LIST = {"centroids": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.000001]]}


def scaled(factor):
    return {
        "objective": TABLE["objective"] * factor,
        "centroids": [[x * factor for x in row] for row in TABLE["centroids"]],
    }


def found(tmp_path, write, changed, suffix):
    """What is found of a file that one run wrote of TABLE, and another of TABLE with changes."""
    for run, table in (("here", TABLE), ("there", changed)):
        (tmp_path / run).mkdir()
        write(table, tmp_path / run)
        (tmp_path / run / "fig1.png").write_text(run)
    different = [Difference("different", f"fig1{suffix}"), Difference("only here", "other.csv")]
    (weighed, kept) = weigh(different, tmp_path / "here", tmp_path / "there", 1e-9, ["Intel", "AMD"])
    assert kept == different[1]
    return weighed


@pytest.mark.parametrize(
    ("changes", "apart"),
    [
        (scaled(1 + 1e-10), None),
        (scaled(1 + 1e-8), "objective, centroids"),
        (LIST, "centroids"),
        ({"objective": [1.5e13, 2.0, 3.0]}, "objective"),
        ({"repeat": [0, 1, 3]}, "repeat"),
        ({"method": pd.Categorical(["lse", "kmeans", "kmeans"])}, "method"),
    ],
)
def test_tables_are_compared_by_their_values(tmp_path, changes, apart):
    weighed = found(
        tmp_path,
        lambda table, folder: table.to_parquet(folder / "fig1.parquet"),
        TABLE.assign(**changes),
        ".parquet",
    )
    if apart is None:
        assert weighed.kind == "equal"
        assert weighed.note == "numerically equal; bytes differ, made on Intel and on AMD"
    else:
        assert (weighed.kind, weighed.note) == ("different", f"by more than 1e-09 in {apart}")


@pytest.mark.parametrize("changed", [TABLE.rename(columns={"repeat": "start"}), TABLE.iloc[:2]])
def test_tables_of_another_shape_differ(tmp_path, changed):
    weighed = found(
        tmp_path, lambda table, folder: table.to_parquet(folder / "fig1.parquet"), changed, ".parquet"
    )
    assert weighed.note == "in its columns or the number of its rows"


@pytest.mark.parametrize(("factor", "kind"), [(1 + 1e-10, "equal"), (1 + 1e-8, "different")])
@pytest.mark.parametrize("suffix", [".csv", ".png"])
def test_a_figure_is_as_its_csv_is(tmp_path, factor, kind, suffix):
    def write(table, folder):
        table.drop(columns="centroids").to_csv(folder / "fig1.csv")

    assert found(tmp_path, write, TABLE.assign(**scaled(factor)), suffix).kind == kind


def test_a_figure_without_a_csv_differs(tmp_path):
    assert found(tmp_path, lambda *_: None, TABLE, ".png") == Difference(
        "different", "fig1.png", "in its bytes"
    )
