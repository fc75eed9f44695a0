import numpy as np
import pandas as pd
import pytest

from softkmeans import tables
from softkmeans.clustering.temperatures import Temperature
from softkmeans.data.dataset import Dataset, Origin
from softkmeans.sweep.annealing import count_distinct, run_annealed

RNG = np.random.default_rng(0)
CENTRES = np.array([[0.0, 0], [9, 0], [0, 7], [40, 35]])
POINTS = RNG.normal(size=(400, 2)) + np.repeat(CENTRES, 100, axis=0)
DATA = Dataset("mine", POINTS, 4, None, Origin("own", None, None, ""))


def annealed(highest, lowest, factor, repeats=range(4), name="entropy", trace="final"):
    """Tables of annealed runs; temperatures are in units of the critical one."""
    made = run_annealed(
        DATA,
        method=name,
        initialisations=["random-points"],
        temperatures=[Temperature(highest, relative=True), Temperature(lowest, relative=True)],
        factor=factor,
        repeats=repeats,
        seed=1,
        tolerance=1e-6,
        max_iterations=300,
        trace=trace,
    )
    return {name: tables.frame(table) for name, table in made.items()}


def test_one_cluster_above_the_critical_temperature_all_of_them_below():
    """Rose (1998): all centroids at the mean above T_c, the first split just below it."""
    phases = annealed(1.25, 0.001, 0.85)["phases"]
    distinct = phases.pivot(index="repeat", columns="level", values="n_distinct")
    assert phases["temperature_ratio"].unique()[:4] == pytest.approx([1.25, 1.0625, 0.903125, 0.76765625])
    assert phases["temperature_ratio"].iloc[-1] == pytest.approx(0.001)
    assert (distinct[[0, 1]] == 1).all(axis=None)
    assert (distinct[2] == 2).all()
    assert (distinct.iloc[:, -1] >= 3).all()


@pytest.mark.parametrize("name", ["entropy", "rbf-entmax15"])
def test_cold_annealing_ends_where_kmeans_stays(name):
    for centroids in tables.sets(annealed(1.5, 1e-4, 0.67, name=name)["centroids"]):
        labels = np.square(POINTS[:, None] - centroids).sum(axis=2).argmin(axis=1)
        means = np.stack([POINTS[labels == k].mean(axis=0) for k in np.unique(labels)])
        gap = np.linalg.norm(means[:, None] - centroids, axis=2).min(axis=1)
        assert gap.max() < 0.02


def test_iterations_and_trace_run_on_through_the_levels():
    found = annealed(0.5, 0.01, 0.2, trace="all")
    runs, trace, phases = found["runs"], found["trace"], found["phases"]
    assert set(runs["method"]) == {"annealed-entropy"}
    assert runs["temperature_ratio"].to_numpy() == pytest.approx(0.01)
    for _, run in runs.iterrows():
        steps = trace[trace["repeat"] == run["repeat"]]
        assert steps["iteration"].tolist() == list(range(run["n_iterations"] + 1))
        assert steps["objective"].iloc[-1] == run["objective"]
        assert phases.loc[phases["repeat"] == run["repeat"], "n_iterations"].sum() == run["n_iterations"]


def test_repeats_do_not_depend_on_the_shard():
    whole, part = annealed(0.5, 0.01, 0.2), annealed(0.5, 0.01, 0.2, range(2, 4))
    for name in ("runs", "phases"):
        rows = whole[name][whole[name]["repeat"] >= 2].reset_index(drop=True)
        assert len(rows) == len(part[name]) > 0
        pd.testing.assert_frame_equal(rows, part[name], check_categorical=False, check_exact=True)


def test_counts_distinct_centroids():
    line = np.array([[0.0, 0], [0.9, 0], [1.8, 0], [5, 0]])
    assert count_distinct(line, 1.0) == 2  # the first three by way of the one between
    assert count_distinct(line, 0.5) == 4
    assert count_distinct(line[:1], 1.0) == 1
