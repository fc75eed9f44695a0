"""Means, errors and intervals, against hand computation and scipy."""

import numpy as np
import pandas as pd
from scipy import stats

from softkmeans.sweep.published import IN_ERROR, PUBLISHED, best_of, compare
from softkmeans.sweep.summary import summarise, timing_summary


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
    found = summarise(pd.concat([table([0, 1, 0, 3]), table([2], "kmeans")]))
    assert list(found["method"]) == ["lse", "kmeans"]
    assert list(found["n"]) == [4, 1]
    first, second = found.iloc[0], found.iloc[1]
    assert first["temperature_ratio"] == 0.5
    assert first["centroid_index"] == 1
    assert first["centroid_index_error"] == np.sqrt(2) / 2  # deviations 1, 0, 1, 2: variance 6/3
    assert first["success"] == 0.5
    assert first["objective"] == 2.5
    assert (first["n_iterations"], first["n_iterations_error"]) == (7, 0)
    interval = stats.binomtest(2, 4).proportion_ci(method="wilson")
    np.testing.assert_allclose(first[["success_low", "success_high"]].astype(float), interval)
    assert second["centroid_index"] == 2
    assert second["success"] == 0
    assert np.isnan(second["centroid_index_error"])
    interval = stats.binomtest(0, 1).proportion_ci(method="wilson")
    np.testing.assert_allclose(second[["success_low", "success_high"]].astype(float), interval)


def test_rows_of_a_group_need_not_stand_together() -> None:
    runs = pd.concat([table([0, 1, 0, 3]), table([2, 0], "kmeans")])
    mixed = runs.iloc[[0, 4, 1, 5, 2, 3]]
    pd.testing.assert_frame_equal(summarise(mixed), summarise(runs))


def test_without_ground_truth_it_stays_missing() -> None:
    runs = table([0, 0]).assign(centroid_index=pd.array([None, None], dtype="Int16"), ari=np.nan, nmi=np.nan)
    found = summarise(runs).iloc[0]
    for name in ("centroid_index", "ari", "nmi"):
        assert np.isnan(found[name])
        assert np.isnan(found[f"{name}_error"])
    assert found[["success", "success_low", "success_high"]].isna().all()
    assert found["objective"] == 1.5


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
    assert IN_ERROR == {"random_points": 0.15, "maxmin": 0.06, "restarted": 0.01}


def test_compares_with_the_published() -> None:
    runs = pd.concat(
        [
            table([1, 2, 3], "kmeans"),
            table([4], "kmeans", "a1"),
            table([0, 3], "kmeans").assign(initialisation="maxmin"),
        ]
    )
    found = compare(runs, {"s1": 15, "a1": 20})
    assert list(found["dataset"]) == ["s1", "a1"]
    assert list(found["published"]) == [1.8, 2.5]
    assert list(found["n"]) == [3, 1]
    assert list(found["mean"]) == [2, 4]
    np.testing.assert_allclose(found["standard_error"], [1 / np.sqrt(3), np.nan])
    np.testing.assert_allclose(found["random_points"], [2 / 15, 4 / 20])
    np.testing.assert_allclose(found["maxmin"], [1.5 / 15, np.nan])
    assert found["restarted"].isna().all()


def test_restarts_take_the_run_of_least_j() -> None:
    """In two parts of three repeats, J is least at index 1 and then at 5; the seventh is no whole part."""
    runs = table([1, 0, 2, 4, 5, 3, 0]).assign(objective=[1.0, 2, 3, 5, 4, 6, 0])
    assert best_of(runs, 3).to_dict() == {"s1": (1 + 5) / 2}
    assert best_of(pd.concat([runs.iloc[4:], runs.iloc[:4]]), 3).to_dict() == {"s1": 3}


def test_timings() -> None:
    timings = table([0, 0, 0]).assign(seconds=[1.0, 2.0, 6.0])
    found = timing_summary(timings).iloc[0]
    assert (found["runs"], found["total"], found["median"]) == (3, 9, 2)
