import numpy as np
import pandas as pd
import pytest

from softkmeans import tables
from softkmeans.clustering.temperatures import Temperature
from softkmeans.data.dataset import Dataset, Origin
from softkmeans.sweep.annealing import run_annealed

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
        tolerance=1e-3,
        max_iterations=300,
        trace=trace,
    )
    return {name: tables.frame(table) for name, table in made.items()}


@pytest.mark.parametrize("name", ["entropy", "rbf-entmax15"])
def test_cold_annealing_ends_where_kmeans_stays(name):
    for centroids in tables.sets(annealed(1.5, 1e-4, 0.67, name=name)["centroids"]):
        labels = np.square(POINTS[:, None] - centroids).sum(axis=2).argmin(axis=1)
        means = np.stack([POINTS[labels == k].mean(axis=0) for k in np.unique(labels)])
        gap = np.linalg.norm(means[:, None] - centroids, axis=2).min(axis=1)
        assert gap.max() < 0.02


def test_iterations_and_trace_run_on_through_the_levels():
    found = annealed(0.5, 0.01, 0.2, trace="all")
    runs, trace = found["runs"], found["trace"]
    assert set(runs["method"]) == {"annealed-entropy"}
    assert runs["temperature_ratio"].to_numpy() == pytest.approx(0.01)
    for _, run in runs.iterrows():
        steps = trace[trace["repeat"] == run["repeat"]]
        assert steps["iteration"].tolist() == list(range(run["n_iterations"] + 1))
        assert steps["objective"].iloc[-1] == run["objective"]
        assert trace["temperature"].unique() == pytest.approx(run["temperature"])


def test_repeats_do_not_depend_on_the_shard():
    whole, part = annealed(0.5, 0.01, 0.2), annealed(0.5, 0.01, 0.2, range(2, 4))
    for name in ("runs", "trace", "centroids"):
        rows = whole[name][whole[name]["repeat"] >= 2].reset_index(drop=True)
        assert len(rows) == len(part[name]) > 0
        pd.testing.assert_frame_equal(rows, part[name], check_categorical=False, check_exact=True)
