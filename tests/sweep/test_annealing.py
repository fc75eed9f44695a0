import numpy as np
import pandas as pd
import pytest

from softkmeans import tables
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import critical_temperature
from softkmeans.sweep.annealing import count_distinct, run_annealed

RNG = np.random.default_rng(0)
CENTRES = np.array([[0.0, 0], [9, 0], [0, 7], [40, 35]])
POINTS = RNG.normal(size=(400, 2)) + np.repeat(CENTRES, 100, axis=0)
CRITICAL = critical_temperature(POINTS)


def annealed(schedule, repeats=range(4), name="entropy", **keywords):
    return run_annealed(
        POINTS,
        dataset="points",
        n_clusters=4,
        method=METHODS[name],
        initialisation=INITIALISATIONS["random-points"],
        schedule=schedule,
        repeats=repeats,
        base_seed=1,
        **{"tolerance": 1e-6, "max_iterations": 300} | keywords,
    )


def test_one_cluster_above_the_critical_temperature_all_of_them_below():
    """Rose (1998): all centroids at the mean above T_c, the first split just below it."""
    found = annealed(np.array([1.5, 1.05, 0.9, 0.001]) * CRITICAL)
    phases = tables.frame(found.phases)
    distinct = phases.pivot(index="repeat", columns="level", values="n_distinct")
    assert (distinct[[0, 1]] == 1).all(axis=None)
    assert (distinct[2] == 2).all()
    assert (distinct[3] >= 3).all()
    assert phases["temperature_ratio"].unique() == pytest.approx([1.5, 1.05, 0.9, 0.001])


@pytest.mark.parametrize("name", ["entropy", "rbf-entmax15"])
def test_cold_annealing_ends_where_kmeans_stays(name):
    found = annealed(np.geomspace(1.5, 1e-4, 25) * CRITICAL, name=name).batch
    for centroids in found.centroids["value"].to_numpy().reshape(-1, 4, 2):
        labels = np.square(POINTS[:, None] - centroids).sum(axis=2).argmin(axis=1)
        means = np.stack([POINTS[labels == k].mean(axis=0) for k in np.unique(labels)])
        gap = np.linalg.norm(means[:, None] - centroids, axis=2).min(axis=1)
        assert gap.max() < 0.02


def test_iterations_and_trace_run_on_through_the_levels():
    found = annealed(np.array([0.5, 0.1, 0.01]) * CRITICAL, trace="all")
    runs, trace, phases = map(tables.frame, (found.batch.runs, found.batch.trace, found.phases))
    assert set(runs["method"]) == {"annealed-entropy"}
    assert runs["temperature_ratio"].to_numpy() == pytest.approx(0.01)
    for _, run in runs.iterrows():
        steps = trace[trace["repeat"] == run["repeat"]]
        assert steps["iteration"].tolist() == list(range(run["n_iterations"] + 1))
        assert steps["objective"].iloc[-1] == run["objective"]
        assert phases.loc[phases["repeat"] == run["repeat"], "n_iterations"].sum() == run["n_iterations"]


def test_repeats_do_not_depend_on_the_shard():
    schedule = np.array([0.5, 0.1, 0.01]) * CRITICAL
    whole, part = annealed(schedule), annealed(schedule, range(2, 4))
    for one, other in ((whole.batch.runs, part.batch.runs), (whole.phases, part.phases)):
        a, b = tables.frame(one), tables.frame(other)
        rows = a[a["repeat"] >= 2].reset_index(drop=True)
        assert len(rows) == len(b) > 0
        pd.testing.assert_frame_equal(rows, b, check_categorical=False, check_exact=True)


def test_counts_distinct_centroids():
    line = np.array([[0.0, 0], [0.9, 0], [1.8, 0], [5, 0]])
    assert count_distinct(line, 1.0) == 2  # the first three by way of the one between
    assert count_distinct(line, 0.5) == 4
    assert count_distinct(line[:1], 1.0) == 1
