"""Runs of the sweep's tables are repeated from their rows, to the last bit."""

import numpy as np
import pytest

import softkmeans
from softkmeans import tables
from softkmeans.clustering.temperatures import Temperature
from softkmeans.data.dataset import Dataset, Origin
from softkmeans.runs.batch import run_batch
from softkmeans.sweep.annealing import run_annealed

POINTS = np.random.default_rng(0).normal(size=(300, 2)) + 7 * np.eye(4, 2)[np.repeat(np.arange(4), 75)]
DATA = Dataset("mine", POINTS, 4, None, Origin("own", None, None, ""))
COMMON = {"repeats": range(3), "seed": 2020, "max_iterations": 300, "trace": "all"}


def is_row(run, row, made):
    """Whether a run is that of a row of `runs`, in the bits of all that the tables tell of it."""
    for name in ("objective", "smooth_objective", "entropy", "n_iterations", "converged", "temperature"):
        assert getattr(run, name) == row[name], name
    of_run = (made["trace"]["repeat"] == row["repeat"]) & (
        made["trace"]["initialisation"] == row["initialisation"]
    )
    np.testing.assert_array_equal(run.trace.smooth_objective, made["trace"]["smooth_objective"][of_run])
    np.testing.assert_array_equal(run.trace.iteration, made["trace"]["iteration"][of_run])
    return True


@pytest.mark.parametrize("method", ["entropy", "rbf-entmax15"])
def test_an_annealed_run(method):
    made = run_annealed(
        DATA,
        method=method,
        initialisations=["random-points", "kmeans++"],
        temperatures=[Temperature(5.0, relative=True), Temperature(0.01, relative=True)],
        factor=0.6,
        tolerance=1e-5,
        **COMMON,
    )
    frames = {name: tables.frame(table) for name, table in made.items()}
    centroids = tables.sets(frames["centroids"])
    assert len(centroids) == 6
    for i, row in frames["runs"].iterrows():
        run = softkmeans.anneal(
            POINTS,
            4,
            method=row["method"],
            initialisation=row["initialisation"],
            seed=row["seed"],
            highest="5 Tc",
            lowest=row["temperature"],
            factor=0.6,
            tolerance=1e-5,
        )
        assert is_row(run, row, frames)
        np.testing.assert_array_equal(run.centroids, centroids[i])
        np.testing.assert_array_equal(run.labels, run.memberships.argmax(axis=1))


def test_a_run_at_one_temperature():
    made = run_batch(
        DATA,
        method="lse",
        initialisations=["random-points", "kmeans++"],
        temperatures=[Temperature(0.1, relative=True)],
        tolerance=1e-4,
        **COMMON,
    )
    frames = {name: tables.frame(table) for name, table in made.items()}
    for _, row in frames["runs"].iterrows():
        settings = {name: row[name] for name in ("method", "initialisation", "seed")}
        for temperature in ("0.1 Tc", row["temperature"]):
            assert is_row(softkmeans.fit(POINTS, 4, temperature=temperature, **settings), row, frames)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"method": "annealed-kmeans"}, "'kmeans' has no temperature"),
        ({"method": "annealed-lce"}, "unknown method 'lce'; did you mean 'lse'"),
        ({"factor": 1}, "factor must be above 0 and at most 0.99; got 1"),
        ({"factor": "slow"}, "factor must be a finite number >= 0; got 'slow'"),
        ({"engine": "fast"}, "unknown engine 'fast'"),
        (
            {"highest": "0.1 Tc", "lowest": "1 Tc"},
            "lowest must be no more than highest; got '1 Tc' and '0.1 Tc'",
        ),
        ({"highest": "hot"}, "'hot' is not a temperature"),
        ({"n_clusters": 2.0}, "n_clusters must be a whole number"),
        ({"tolerance": -1}, "tolerance must be a finite number >= 0"),
        ({"points": np.ones((5, 2))}, "all points are the same"),
        ({"points": POINTS * 1e200}, "too large for float64"),
    ],
)
def test_impossible_arguments_are_refused(keywords, message):
    with pytest.raises(ValueError, match=message):
        softkmeans.anneal(**({"points": POINTS, "n_clusters": 4} | keywords))
