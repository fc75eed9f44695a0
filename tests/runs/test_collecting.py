"""Tables of many jobs as one: the same bytes however the runs were cut."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from softkmeans.runs.collecting import (
    all_in_order,
    by_method,
    centroids_in_order,
    final_centroids,
    write,
)

from softkmeans import tables
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.runs import collecting
from softkmeans.runs.batch import run_batch

POINTS = np.random.default_rng(0).normal(size=(60, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 20, axis=0)
NAMES = ["runs", "trace", "centroids"]


def write_jobs(folder: Path, cuts: Sequence[range], methods: Sequence[str] = ("kmeans", "lse")) -> None:
    for method in methods:
        for repeats in cuts:
            batch = run_batch(
                POINTS,
                dataset="mine",
                n_clusters=3,
                method=METHODS[method],
                initialisations=list(INITIALISATIONS.values()),
                temperatures=[0.5, 5.0],
                repeats=repeats,
                base_seed=1,
                tolerance=1e-4,
                max_iterations=300,
                trace="all",
            )
            job = folder / "mine" / method / f"{repeats[0]}-{repeats[-1]}"
            for name in NAMES:
                tables.write(getattr(batch, name), job / f"{name}.parquet")


def files(folder: Path, name: str, cuts: Sequence[range]) -> list[Path]:
    return [
        folder / "mine" / method / f"{cut[0]}-{cut[-1]}" / f"{name}.parquet"
        for method in ("kmeans", "lse")
        for cut in cuts
    ]


def collect(folder: Path, cuts: Sequence[range]) -> dict[str, bytes]:
    for name in ("runs", "trace"):
        write(name, all_in_order(name, files(folder, name, cuts)), folder / f"{name}.parquet")
    groups = zip(
        by_method(files(folder, "runs", cuts)), by_method(files(folder, "centroids", cuts)), strict=True
    )
    parts = (part for runs, centroids in groups for part in centroids_in_order(runs, centroids))
    write("centroids", parts, folder / "centroids.parquet")
    return {name: (folder / f"{name}.parquet").read_bytes() for name in NAMES}


@pytest.mark.parametrize("cuts", [[range(0, 1), range(1, 5)], [range(0, 2), range(2, 4), range(4, 5)]])
def test_shards_change_no_byte(tmp_path: Path, cuts: list[range], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "ROWS", 50)  # so that row groups end within a shard
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    write_jobs(whole, [range(5)])
    write_jobs(cut, cuts)
    assert collect(cut, cuts) == collect(whole, [range(5)])


def test_order_and_content(tmp_path: Path) -> None:
    cuts = [range(0, 2), range(2, 5)]
    write_jobs(tmp_path, cuts)
    collect(tmp_path, cuts)
    runs = tables.frame(tables.read("runs", tmp_path / "runs.parquet"))
    key = [name for name, _ in tables.KEY]
    assert len(runs) == len(runs.drop_duplicates(key)) == 21 + 42
    place = {name: list(INITIALISATIONS).index(name) for name in INITIALISATIONS}
    order = [
        (method, place[initialisation], repeat, temperature)
        for _, method, initialisation, temperature, repeat in runs[key].itertuples(index=False)
    ]
    assert order == sorted(order)
    keys, sets = tables.unstack(tables.read("centroids", tmp_path / "centroids.parquet"))
    assert keys[key].to_numpy().tolist() == runs[key].to_numpy().tolist()
    for job in files(tmp_path, "runs", cuts):
        there = tables.frame(tables.read("runs", job))
        final = final_centroids(job.with_name("centroids.parquet"), (len(there), 3, 2))
        rows = runs.merge(there[key], on=key, how="left", indicator=True)["_merge"] == "both"
        np.testing.assert_array_equal(sets[rows.to_numpy()], final)


def test_row_groups_go_by_the_rows_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "ROWS", 7)
    schema = tables.SCHEMAS["timings"]
    n = 20
    whole = tables.make(
        "timings",
        n,
        {
            "dataset": "s1",
            "method": "lse",
            "initialisation": pa.array(["a", "b"] * 10).dictionary_encode(),
            "temperature": np.zeros(n),
            "repeat": np.arange(n),
            "seconds": np.arange(n) / 8,
        },
    )
    assert whole.schema == schema
    written = []
    for i, sizes in enumerate(([20], [1, 13, 6], [5] * 4)):
        starts = np.cumsum([0, *sizes])
        parts = [whole.slice(start, size) for start, size in zip(starts, sizes, strict=False)]
        write("timings", parts, tmp_path / f"{i}.parquet")
        written.append((tmp_path / f"{i}.parquet").read_bytes())
    assert len(set(written)) == 1
    found = pq.ParquetFile(tmp_path / "0.parquet").metadata
    assert [found.row_group(i).num_rows for i in range(found.num_row_groups)] == [7, 7, 6]
    assert tables.read("timings", tmp_path / "0.parquet").to_pylist() == whole.to_pylist()


def test_no_rows_are_a_table_too(tmp_path: Path) -> None:
    write("phases", [], tmp_path / "phases.parquet")
    assert len(tables.read("phases", tmp_path / "phases.parquet")) == 0


def test_missing_centroids_are_an_error(tmp_path: Path) -> None:
    write_jobs(tmp_path, [range(2)], methods=["kmeans"])
    with pytest.raises(ValueError, match="holds 54 values where"):
        final_centroids(tmp_path / "mine/kmeans/0-1/centroids.parquet", (10, 3, 2))
