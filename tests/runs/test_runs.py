"""Runs as tables: the same however they are cut into jobs, and what they say of the ground truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import reference
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from softkmeans import tables
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.temperatures import Temperature, critical_temperature
from softkmeans.data.dataset import Dataset, Origin
from softkmeans.runs.batch import run_batch
from softkmeans.runs.evaluation import evaluated

LABELS = np.repeat(np.arange(3), 20)
POINTS = np.random.default_rng(0).normal(size=(60, 2)) + np.array([[0, 0], [3, 0], [0, 4]])[LABELS]
DATA = Dataset("mine", POINTS, 3, LABELS, Origin("own", None, None, ""))
NAMES = ["runs", "trace", "centroids"]
KEY = tables.KEY


def batch(repeats=range(5), method="lse", data=DATA, n_clusters=None, **options):
    temperatures = [Temperature(5.0), Temperature(0.01, relative=True), Temperature(5.0)]
    given = {"temperatures": temperatures, "tolerance": 1e-4, "max_iterations": 300} | options
    starts = list(INITIALISATIONS)
    return run_batch(
        data, method=method, n_clusters=n_clusters, initialisations=starts, repeats=repeats, seed=1, **given
    )


@pytest.mark.parametrize("cuts", [[range(0, 1), range(1, 5)], [range(0, 2), range(2, 4), range(4, 5)]])
def test_jobs_hold_the_same_runs_however_they_are_cut(cuts):
    whole, parts = batch(), [batch(repeats) for repeats in cuts]
    for name in NAMES:
        order = [*KEY, "iteration"] if name != "runs" else KEY
        one, other = (
            tables.frame(table).astype(dict.fromkeys(KEY[:3], str)).sort_values(order).reset_index(drop=True)
            for table in (whole[name], tables.concatenate(part[name] for part in parts))
        )
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_every_start_is_run_at_every_temperature_once():
    runs = tables.frame(batch()["runs"])
    n_starts = sum(5 if initialisation.random else 1 for initialisation in INITIALISATIONS.values())
    assert len(runs) == len(runs.drop_duplicates(KEY)) == 2 * n_starts
    cold = 0.01 * critical_temperature(POINTS)
    assert sorted(runs["temperature"].unique()) == pytest.approx([cold, 5.0])
    assert (tables.frame(batch(method="kmeans")["runs"])["temperature"] == 0).all()


@pytest.mark.parametrize(("mode", "every"), [("all", True), ("every_2", False), ("final", False)])
def test_the_tables_belong_together(mode, every):
    made = {name: tables.frame(table) for name, table in batch(trace=mode, every_iteration=every).items()}
    runs = made["runs"].set_index(KEY)
    trace, sets = (made[name].groupby(KEY, observed=True, sort=False) for name in ("trace", "centroids"))
    ends, n = trace.last().loc[runs.index], runs["n_iterations"]
    assert (ends["iteration"] == n).all()
    assert (ends["objective"] == runs["objective"]).all()
    kept = {"all": n + 1, "every_2": n // 2 + 1 + n % 2, "final": 2}[mode]
    assert (trace.size().loc[runs.index] == kept).all()
    assert (sets.size().loc[runs.index] == (n + 1 if every else 1)).all()
    for place, row in zip(tables.sets(sets.last().loc[runs.index]), runs.itertuples(), strict=True):
        assert reference.objective(POINTS, place) == pytest.approx(row.objective, rel=1e-10)


@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize("method", ["kmeans", "lse"])
def test_ends_are_compared_with_the_ground_truth(method, every):
    made = batch(method=method, every_iteration=every)
    runs = tables.frame(evaluated(made["runs"], made["centroids"], DATA))
    rows = tables.frame(made["centroids"])
    ends = tables.sets(rows.groupby(KEY, observed=True, sort=False).last())
    for row, place in zip(runs.itertuples(), ends, strict=True):
        partition = reference.squared_distances(POINTS, place).argmin(axis=1)
        assert row.ari == pytest.approx(adjusted_rand_score(LABELS, partition))
        assert row.nmi == pytest.approx(normalized_mutual_info_score(LABELS, partition))
        partner = reference.squared_distances(DATA.true_centroids, place).argmin(axis=1)
        assert (row.centroid_index == 0) == (len(set(partner)) == 3)
        if row.centroid_index == 0:
            gaps = np.linalg.norm(place[partner] - DATA.true_centroids, axis=1)
            assert row.centroid_error == pytest.approx(gaps.mean())


def test_without_ground_truth_or_with_another_k_columns_stay_missing():
    unlabelled = replace(DATA, labels=None)
    made = batch(data=unlabelled)
    runs = tables.frame(evaluated(made["runs"], made["centroids"], unlabelled))
    assert runs[["centroid_index", "ari", "nmi", "centroid_error"]].isna().all(axis=None)
    runs = tables.frame(batch(n_clusters=2)["runs"])
    assert (runs["centroid_index"] > 0).all()
    assert runs["centroid_error"].isna().all()
