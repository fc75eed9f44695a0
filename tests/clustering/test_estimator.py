import numpy as np
import pytest
import reference

import softkmeans
from softkmeans.clustering import compiled
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids, start_seed

POINTS = np.random.default_rng(0).normal(size=(150, 2)) + 8 * np.repeat(np.eye(2), 75, axis=0)

#: Far from the origin, and in clusters that overlap.
BLURRED = np.random.default_rng(1).normal(size=(200, 2)) * [3, 1] + [40, -7]


def test_what_fit_returns_belongs_together():
    run = softkmeans.fit(POINTS, 2, method="entropy", temperature=1.0, seed=4)
    u = reference.memberships(POINTS, run.centroids, 1.0)
    np.testing.assert_allclose(run.memberships, u, rtol=1e-10)
    assert run.entropy == pytest.approx(reference.entropy(u), rel=1e-10)
    assert run.objective == pytest.approx(reference.objective(POINTS, run.centroids), rel=1e-12)
    assert run.smooth_objective == pytest.approx(reference.smooth_objective(POINTS, run.centroids, 1.0))
    np.testing.assert_array_equal(run.labels, run.memberships.argmax(axis=1))
    assert run.trace.iteration[-1] == run.n_iterations
    np.testing.assert_array_equal(run.trace.centroids[-1], run.centroids)


@pytest.mark.parametrize("method", ["kmeans", "lse", "maxent", "rbf-entmax15"])
def test_all_that_fit_returns_is_of_the_end(method):
    temperature = None if method == "kmeans" else 0.5
    run = softkmeans.fit(BLURRED, 5, method=method, temperature=temperature, seed=3)
    squares = reference.squared_distances(BLURRED, run.centroids)
    np.testing.assert_array_equal(run.labels, squares.argmin(axis=1))
    begun = reference.squared_distances(BLURRED, run.trace.centroids[0]).argmin(axis=1)
    assert (run.labels != begun).any()
    assert run.objective == pytest.approx(reference.objective(BLURRED, run.centroids), rel=1e-12)
    ends = run.trace.objective[-1], run.trace.smooth_objective[-1], run.trace.entropy[-1]
    assert (run.objective, run.smooth_objective, run.entropy) == ends
    if method in ("lse", "maxent"):
        smooth = reference.smooth_objective(BLURRED, run.centroids, 0.5)
        assert run.smooth_objective == pytest.approx(smooth, rel=1e-12)
        assert smooth < 0.99 * run.objective


def test_a_run_stops_by_its_tolerance_or_at_the_largest_number_of_iterations():
    runs = {t: softkmeans.fit(BLURRED, 5, temperature=0.5, seed=3, tolerance=t) for t in (1e-2, 1e-4, 1e-7)}
    assert len({run.n_iterations for run in runs.values()}) == 3
    for tolerance, run in runs.items():
        values = run.trace.smooth_objective
        falls = -np.diff(values) / np.abs(values[:-1])
        assert run.converged
        assert falls[-1] <= tolerance < falls[:-1].min()
    cut = softkmeans.fit(BLURRED, 5, temperature=0.5, seed=3, tolerance=0, max_iterations=4)
    assert (cut.n_iterations, cut.converged) == (4, False)


@pytest.mark.parametrize("initialisation", ["random-points", "kmeans++"])
def test_a_seed_gives_its_start(initialisation):
    for seed in (0, 5):
        run = softkmeans.fit(BLURRED, 5, temperature=0.5, initialisation=initialisation, seed=seed)
        start = initial_centroids(BLURRED, 5, INITIALISATIONS[initialisation], seed)
        np.testing.assert_allclose(run.trace.centroids[0], start, rtol=1e-12)


def test_the_numpy_engine_iterates_without_the_compiled_one(monkeypatch):
    right = softkmeans.fit(BLURRED, 5, temperature=0.5)

    def refuse(*_):
        raise RuntimeError("compiled")

    monkeypatch.setattr(compiled, "iterate", refuse)
    plain = softkmeans.fit(BLURRED, 5, temperature=0.5, engine="numpy")
    np.testing.assert_allclose(plain.centroids, right.centroids, rtol=1e-10)
    with pytest.raises(RuntimeError, match="compiled"):
        softkmeans.fit(BLURRED, 5, temperature=0.5)


def test_starts_from_given_centroids():
    run = softkmeans.fit(POINTS, 2, method="kmeans", initialisation=POINTS[[3, 100]], tolerance=0)
    np.testing.assert_allclose(run.trace.centroids[0], POINTS[[3, 100]], rtol=1e-14)
    assert set(run.memberships.ravel()) == {0, 1}


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"method": "entropi", "temperature": 1}, "unknown method 'entropi'; did you mean 'entropy'"),
        ({"initialisation": "kmeans+", "temperature": 1}, "did you mean 'kmeans\\+\\+'"),
        ({}, "'lse' needs a finite temperature > 0; got None"),
        ({"temperature": 0.0}, "got 0.0"),
        ({"temperature": np.inf}, "got inf"),
        ({"temperature": np.nan}, "got nan"),
        ({"temperature": 1, "n_clusters": 0}, "n_clusters must be between 1"),
        ({"temperature": 1, "n_clusters": 151}, "number of points 150; got 151"),
        ({"temperature": 1, "tolerance": -1}, "tolerance must be >= 0"),
        ({"temperature": 1, "max_iterations": 0}, "max_iterations >= 1"),
        ({"temperature": 1, "initialisation": POINTS[:3]}, "shape \\(2, 2\\); got \\(3, 2\\)"),
    ],
)
def test_impossible_arguments_are_refused(keywords, message):
    with pytest.raises(ValueError, match=message):
        softkmeans.fit(POINTS, **({"n_clusters": 2} | keywords))


def test_start_seeds_differ_by_what_they_should():
    seeds = {
        start_seed(base, dataset, initialisation, repeat)
        for base in (0, 1)
        for dataset in ("s1", "s2")
        for initialisation in softkmeans.INITIALISATIONS
        for repeat in range(50)
    }
    assert len(seeds) == 2 * 2 * len(softkmeans.INITIALISATIONS) * 50
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert start_seed(2020, "s1", "random-points", 3) == 19899472618409197
