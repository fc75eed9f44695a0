from functools import partial

import numpy as np
import pytest
import reference
from sklearn.cluster import KMeans

from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids
from softkmeans.clustering.kernels import ENGINES, prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.solver import solve

POINTS = np.random.default_rng(3).normal(size=(200, 2))


@pytest.mark.parametrize("name", ["s1", "s2", "s3", "s4", "a1", "a2", "a3", "unbalance"])
def test_kmeans_makes_scikit_learns_iterates(benchmark_set, name):
    data = benchmark_set(name)
    starts = [
        initial_centroids(data.points, data.n_clusters, INITIALISATIONS["random-points"], seed)
        for seed in range(10)
    ]
    ours = solve(prepare(data.points), np.stack(starts), np.zeros(10), METHODS["kmeans"], tolerance=0)
    for r, start in enumerate(starts):
        theirs = KMeans(data.n_clusters, init=start, n_init=1, tol=0, algorithm="lloyd").fit(data.points)
        assert ours.n_iterations[r] == theirs.n_iter_
        np.testing.assert_allclose(ours.centroids[r], theirs.cluster_centers_, rtol=1e-9)
        assert ours.objective[r] == pytest.approx(theirs.inertia_, rel=1e-9)


@pytest.mark.parametrize("name", ["lse", "entropy", "maxent"])
def test_soft_methods_make_the_iterates_of_the_plain_equation(name):
    start, temperature = POINTS[:5], 0.5
    levels = np.array([temperature])
    solution = solve(
        prepare(POINTS), start[None], levels, METHODS[name], tolerance=1e-8, every_iteration=True
    )
    trace = solution.trace
    assert len(trace.centroids) == solution.n_iterations[0] + 1
    centroids = start
    for t, found in enumerate(trace.centroids):
        np.testing.assert_allclose(found, centroids, rtol=1e-9, atol=1e-12)
        u = reference.memberships(POINTS, centroids, temperature)
        assert trace.objective[t] == pytest.approx(reference.objective(POINTS, centroids), rel=1e-10)
        assert trace.smooth_objective[t] == pytest.approx(
            reference.smooth_objective(POINTS, centroids, temperature), rel=1e-10
        )
        assert trace.entropy[t] == pytest.approx(reference.entropy(u), rel=1e-9)
        if t:
            assert trace.centroid_shift[t] == pytest.approx(
                np.linalg.norm(centroids - trace.centroids[t - 1]), rel=1e-6
            )
        centroids = reference.eq8(POINTS, centroids, temperature)
    assert np.isnan(trace.centroid_shift[0])
    assert trace.iteration.tolist() == list(range(len(trace.iteration)))


@pytest.mark.parametrize("name", METHODS)
def test_a_run_does_not_depend_on_the_runs_beside_it(name):
    starts = np.stack([initial_centroids(POINTS, 4, INITIALISATIONS["random-points"], s) for s in range(9)])
    temperatures = np.geomspace(0.01, 5, 9)
    recorded = partial(solve, prepare(POINTS), method=METHODS[name], every_iteration=True)
    together = recorded(starts, temperatures)
    for r in range(9):
        alone = recorded(starts[r : r + 1], temperatures[r : r + 1])
        rows = together.trace.run == r
        assert alone.n_iterations[0] == together.n_iterations[r]
        np.testing.assert_array_equal(alone.trace.centroids, together.trace.centroids[rows])
        np.testing.assert_array_equal(alone.trace.smooth_objective, together.trace.smooth_objective[rows])
        np.testing.assert_array_equal(alone.entropy[0], together.entropy[r])


def test_stops_at_the_first_fall_below_the_tolerance():
    for tolerance in (1e-2, 1e-4, 1e-6):
        solution = solve(
            prepare(POINTS), POINTS[None, :4], np.array([0.1]), METHODS["lse"], tolerance=tolerance
        )
        values = solution.trace.smooth_objective
        falls = -np.diff(values) / np.abs(values[:-1])
        assert (falls[:-1] > tolerance).all()
        assert falls[-1] <= tolerance
        assert solution.converged.all()


def test_kmeans_comes_to_a_standstill_to_the_last_bit():
    """What is recalled is added up in the same order as ever; else the centroids would tremble."""
    rng = np.random.default_rng(1)
    points = (rng.normal(size=(4000, 2)) + 8 * rng.uniform(size=(12, 2)).repeat(4000, axis=0)[::12]) / 3
    starts = points[rng.integers(len(points), size=(20, 12))]
    solution = solve(prepare(points), starts, np.zeros(20), METHODS["kmeans"], shift_tolerance=0)
    assert solution.converged.all()


def test_stops_at_the_largest_number_of_iterations():
    solution = solve(
        prepare(POINTS), POINTS[None, :4], np.zeros(1), METHODS["kmeans"], tolerance=0, max_iterations=2
    )
    assert solution.n_iterations.tolist() == [2]
    assert not solution.converged.any()
    assert len(solution.trace.run) == 3


def test_a_faint_cluster_of_maxent_is_no_nan():
    points = np.array([[0.0], [0.5], [1.0]])
    start = np.array([[[0.0], [1.0], [21.0]]])
    found = {name: solve(prepare(points), start, np.ones(1), METHODS[name]) for name in ("entropy", "maxent")}
    assert found["maxent"].converged.all()
    assert found["maxent"].objective == pytest.approx(found["entropy"].objective, rel=1e-9)


@pytest.mark.parametrize("name", ["entropy", "lse", "maxent", "rbf-softmax"])
def test_filling_an_empty_cluster_leaves_no_other_outside_the_data(name):
    """The point that is given away was all of its cluster: what is left of that is rounding."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        x, level = rng.uniform(3, 9), rng.uniform(0.2, 3)
        points = np.array([[0.0], [0.3], [x]]) + 100
        start = np.array([[[100.1], [x + 100 + rng.uniform(-1, 1)], [1e5]]])
        ends = solve(prepare(points), start, np.array([level]), METHODS[name], max_iterations=1).centroids
        assert (ends >= 99).all()
        assert (ends <= x + 101).all()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("stop", [{"tolerance": 1.0}, {"shift_tolerance": 1e9}])
def test_no_run_stops_as_converged_before_the_least_number_of_iterations(engine, stop):
    for least in (0, 1, 7):
        solution = solve(
            prepare(POINTS),
            POINTS[None, :4],
            np.ones(1),
            METHODS["entropy"],
            min_iterations=least,
            engine=engine,
            **stop,
        )
        assert solution.n_iterations.tolist() == [max(least, 1)]
        assert solution.converged.all()
