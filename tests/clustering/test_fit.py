import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import reference
import scipy.sparse

import softkmeans
from softkmeans.clustering import compiled
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids, start_seed
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import Temperature, critical_temperature
from softkmeans.data.dataset import Dataset, Origin

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
        ({"method": None, "temperature": 1}, "unknown method None"),
        ({}, "'lse' needs a temperature, such as 1e9 or '0.1 Tc'"),
        ({"temperature": 0.0}, "must be positive and finite, not 0.0"),
        ({"temperature": "0 Tc"}, "must be positive and finite, not 0.0"),
        ({"temperature": "hot"}, "'hot' is not a temperature"),
        ({"temperature": np.inf}, "inf is not a temperature"),
        ({"method": "kmeans", "temperature": "hot"}, "'hot' is not a temperature"),
        ({"temperature": np.nan}, "nan is not a temperature"),
        ({"temperature": True}, "True is not a temperature"),
        ({"temperature": 1 + 0j}, "is not a temperature"),
        ({"temperature": np.array([1.0, 2.0])}, "array.* is not a temperature"),
        ({"temperature": "1e-324"}, "not 0.0"),
        ({"temperature": "1e-323 Tc", "points": POINTS / 1000}, "too near to 0"),
        ({"temperature": 1, "n_clusters": 0}, "n_clusters must be a whole number >= 1; got 0"),
        ({"temperature": 1, "n_clusters": 2.0}, "n_clusters must be a whole number >= 1; got 2.0"),
        ({"temperature": 1, "n_clusters": "2"}, "n_clusters must be a whole number >= 1; got '2'"),
        ({"temperature": 1, "n_clusters": None}, "n_clusters must be a whole number >= 1; got None"),
        ({"temperature": 1, "n_clusters": True}, "n_clusters must be a whole number >= 1; got True"),
        ({"temperature": 1, "n_clusters": 151}, "number of points 150; got 151"),
        ({"temperature": 1, "seed": None}, "seed must be a whole number >= 0; got None"),
        ({"temperature": 1, "seed": -1}, "seed must be a whole number >= 0; got -1"),
        ({"temperature": 1, "tolerance": -1}, "tolerance must be a finite number >= 0; got -1"),
        ({"temperature": 1, "tolerance": None}, "tolerance must be a finite number >= 0; got None"),
        ({"temperature": 1, "max_iterations": 0}, "max_iterations must be a whole number >= 1"),
        ({"temperature": 1, "max_iterations": 9.5}, "max_iterations must be a whole number >= 1"),
        ({"temperature": 1, "engine": "fast"}, "unknown engine 'fast'"),
        ({"temperature": 1, "initialisation": POINTS[:3]}, "shape \\(2, 2\\); got \\(3, 2\\)"),
        ({"temperature": 1, "initialisation": None}, "initial centroids must be"),
        ({"temperature": 1, "points": POINTS[0]}, "its shape is \\(2,\\)"),
        ({"temperature": 1, "points": POINTS[:0]}, "its shape is \\(0, 2\\)"),
        ({"temperature": 1, "points": np.where(POINTS > 8, np.nan, POINTS)}, "found NaN or infinity"),
        ({"temperature": 1, "points": np.ma.masked_greater(POINTS, 8)}, "points must not be masked"),
        ({"temperature": 1, "points": scipy.sparse.csr_array(POINTS)}, "points must be a dense array"),
        ({"temperature": 1, "points": POINTS + 0j}, "real numbers; its type is complex128"),
        ({"temperature": 1, "points": (POINTS + 0j).astype(object)}, "must be an array of real numbers"),
        ({"temperature": 1, "points": [["a", "b"]] * 9}, "real numbers; its type is <U1"),
        ({"temperature": 1, "points": [[1, 2], [3]]}, "must be an array of real numbers"),
        ({"temperature": 1, "points": None}, "its shape is \\(\\)"),
        ({"temperature": 1, "points": POINTS * 1e160}, "too large for float64; scale the points down"),
        ({"temperature": 1, "points": POINTS * 1e307}, "too large for float64; scale the points down"),
        ({"temperature": 1, "points": POINTS * 1e-170}, "too small for float64; scale the points up"),
        ({"temperature": "0.1 Tc", "points": np.ones((9, 2))}, "Tc is 0, so give an absolute temperature"),
    ],
)
def test_impossible_arguments_are_refused(keywords, message):
    with pytest.raises(ValueError, match=message):
        softkmeans.fit(**({"points": POINTS, "n_clusters": 2} | keywords))


def test_possible_arguments_of_all_kinds_are_right():
    plain = softkmeans.fit(POINTS, 2, temperature=0.1 * critical_temperature(POINTS), seed=3)
    for points in (POINTS.tolist(), pd.DataFrame(POINTS), np.ma.asarray(POINTS), POINTS.astype(object)):
        for temperature in ("0.1 Tc", Temperature(0.1, relative=True), np.float64(plain.temperature)):
            run = softkmeans.fit(points, np.int64(2), temperature=temperature, seed=np.uint64(3))
            assert run.temperature == plain.temperature
            np.testing.assert_array_equal(run.centroids, plain.centroids)
    single = softkmeans.fit(POINTS.astype(np.float32), 2, temperature=np.float32(plain.temperature), seed=3)
    np.testing.assert_allclose(single.centroids, plain.centroids, rtol=1e-4)
    constant = softkmeans.fit(np.ones((9, 2)), 2, temperature=1.0)
    np.testing.assert_array_equal(constant.centroids, np.ones((2, 2)))


def test_a_result_is_a_line_in_a_notebook():
    run = softkmeans.fit(POINTS, 2, method="entropy", temperature=1.0, seed=4)
    assert repr(run) == (
        f"Fit(method='entropy', temperature=1, seed=4, objective={run.objective:.6g}, "
        f"smooth_objective={run.smooth_objective:.6g}, entropy={run.entropy:.6g}, "
        f"n_iterations={run.n_iterations}, converged=True, centroids=array(2, 2), labels=array(150,))"
    )
    assert repr(run.trace).startswith(f"Trace(run=array({run.n_iterations + 1},)")
    data = Dataset("mine", POINTS, 2, None, Origin("own", "mine.csv", None, ""))
    assert repr(data).startswith("Dataset(name='mine', points=array(150, 2), n_clusters=2, labels=None")


def test_a_method_and_an_initialisation_are_registered(monkeypatch):
    for table in (softkmeans.METHODS, softkmeans.INITIALISATIONS):
        for name in ("sharp", "first"):
            monkeypatch.setitem(table, name, None)  # so that it is gone after the test
            del table[name]

    def sharp(scores):
        return METHODS["entropy"].assignment.shares(2 * scores)  # half the temperature

    assignment = softkmeans.Assignment(sharp)
    softkmeans.register_method(softkmeans.Method("sharp", "this test", assignment, METHODS["lse"].update))
    softkmeans.register_initialisation(
        softkmeans.Initialisation("first", lambda X, K, rng: X[:K], random=False)
    )
    run = softkmeans.fit(POINTS, 2, method="sharp", temperature=1.0, initialisation="first")
    same = softkmeans.fit(POINTS, 2, method="entropy", temperature=0.5, initialisation=POINTS[:2])
    np.testing.assert_allclose(run.memberships, same.memberships, atol=1e-6)
    with pytest.raises(ValueError, match="there is a method 'sharp' already"):
        softkmeans.register_method(softkmeans.METHODS["sharp"])


@pytest.mark.parametrize(
    ("name", "slow"), [("fit", "sklearn"), ("METHODS", "numba"), ("__version__", "numpy")]
)
def test_a_name_is_imported_when_it_is_asked_for(name, slow):
    there = "print({!r} in sys.modules)".format
    script = f"import sys, softkmeans; {there('numpy')}; softkmeans.{name}; {there(slow)}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
    assert name in dir(softkmeans)
    with pytest.raises(AttributeError, match="no attribute 'fitt'"):
        _ = softkmeans.fitt


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
