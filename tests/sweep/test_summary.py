"""Means, errors and intervals, against hand computation and scipy."""

import numpy as np
import pandas as pd
from scipy import stats

from softkmeans.sweep.published import PUBLISHED, compare
from softkmeans.sweep.summary import bootstrap_interval, summarise, timing_summary


def table(indices: list[float], method: str = "lse", dataset: str = "s1") -> pd.DataFrame:
    n = len(indices)
    return pd.DataFrame(
        {
            "dataset": dataset,
            "method": method,
            "initialisation": "random-points",
            "temperature": 2.0,
            "temperature_ratio": 0.5,
            "repeat": range(n),
            "objective": np.arange(n) + 1.0,
            "smooth_objective": np.arange(n) + 0.5,
            "centroid_index": pd.array(indices, dtype="Int16"),
            "ari": 0.5,
            "nmi": 0.25,
            "n_iterations": 7,
        }
    )


def test_against_hand_computation() -> None:
    found = summarise(pd.concat([table([0, 1, 0, 3]), table([2], "kmeans")]), seed=1)
    assert list(found["method"]) == ["lse", "kmeans"]
    assert list(found["n"]) == [4, 1]
    first, second = found.iloc[0], found.iloc[1]
    assert first["temperature_ratio"] == 0.5
    assert first["centroid_index"] == 1
    assert first["centroid_index_error"] == np.sqrt(2) / 2  # deviations 1, 0, 1, 2: variance 6/3
    assert first["success"] == 0.5
    assert first["success_error"] == np.sqrt(1 / 3) / 2
    assert first["objective"] == 2.5
    assert (first["n_iterations_low"], first["n_iterations_high"]) == (7, 7)
    assert (first["success_low"], first["success_high"]) == (0, 1)
    assert second["centroid_index"] == 2
    assert second["success"] == 0
    assert np.isnan(second[["success_error", "success_low", "success_high"]].astype(float)).all()


def test_rows_of_a_group_need_not_stand_together() -> None:
    runs = pd.concat([table([0, 1, 0, 3]), table([2, 0], "kmeans")])
    mixed = runs.iloc[[0, 4, 1, 5, 2, 3]]
    pd.testing.assert_frame_equal(summarise(mixed, seed=1), summarise(runs, seed=1))


def test_without_ground_truth_it_stays_missing() -> None:
    runs = table([0, 0]).assign(centroid_index=pd.array([None, None], dtype="Int16"), ari=np.nan, nmi=np.nan)
    found = summarise(runs, seed=1).iloc[0]
    for name in ("centroid_index", "success", "ari", "nmi"):
        for kind in ("", "_error", "_low", "_high"):
            assert np.isnan(found[name + kind])
    assert found["objective"] == 1.5


def test_interval_is_scipys() -> None:
    rng = np.random.default_rng(3)
    sample = rng.gamma(2.0, size=(5, 40, 3))
    low, high = bootstrap_interval(sample, seed=0)
    reference = stats.bootstrap(
        (sample,), np.mean, axis=1, method="percentile", n_resamples=20_000, rng=rng, batch=1000
    )
    width = reference.confidence_interval.high - reference.confidence_interval.low
    # The 2.5 % quantile of 1000 draws lies between those of 1.2 % and 4 % but once in a hundred.
    np.testing.assert_array_less(np.abs(low - reference.confidence_interval.low) / width, 0.1)
    np.testing.assert_array_less(np.abs(high - reference.confidence_interval.high) / width, 0.1)


def test_interval_covers_the_mean_as_often_as_it_says() -> None:
    sample = np.random.default_rng(4).normal(size=(2000, 50, 1))
    low, high = bootstrap_interval(sample, seed=0)
    assert 0.91 < np.mean((low < 0) & (high > 0)) < 0.97


def test_published_values() -> None:
    assert PUBLISHED == {
        "s1": 1.8,
        "s2": 1.4,
        "s3": 1.3,
        "s4": 0.9,
        "a1": 2.5,
        "a2": 4.5,
        "a3": 6.6,
        "unbalance": 3.9,
        "birch1": 6.6,
        "birch2": 16.6,
        "dim032": 3.6,
    }


def test_compares_with_the_published() -> None:
    found = compare(pd.concat([table([1, 2, 3], "kmeans"), table([4], "kmeans", "a1")]))
    assert list(found["dataset"]) == ["s1", "a1"]
    assert list(found["published"]) == [1.8, 2.5]
    assert list(found["mean"]) == [2, 4]
    np.testing.assert_allclose(found["standard_error"], [1 / np.sqrt(3), np.nan])


def test_timings() -> None:
    timings = table([0, 0, 0]).assign(seconds=[1.0, 2.0, 6.0])
    found = timing_summary(timings).iloc[0]
    assert (found["runs"], found["total"], found["median"]) == (3, 9, 2)
