"""Conformance: every registered method, unasked."""

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS, Method, register
from softkmeans.clustering.solver import solve

EVERY = pytest.mark.parametrize("method", METHODS.values(), ids=lambda m: m.name)
SOFT = pytest.mark.parametrize("method", [m for m in METHODS.values() if m.soft], ids=lambda m: m.name)

problems = st.tuples(
    st.integers(2, 40), st.integers(1, 4), st.integers(1, 6), st.floats(-4, 4), st.integers(0, 2**32)
)


def blobs(n=90, d=2, n_clusters=3, seed=0):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=(n, d)) + 6 * rng.normal(size=(n_clusters, d))[np.arange(n) * n_clusters // n]
    ) * 1000


def run(method, points, centroids, temperature, **keywords):
    keywords = {"tolerance": 1e-6, "max_iterations": 50, "every_iteration": True} | keywords
    return solve(prepare(points), np.asarray(centroids)[None], np.array([temperature]), method, **keywords)


def start(points, n_clusters, seed=0, name="random-points"):
    return initial_centroids(points, n_clusters, INITIALISATIONS[name], seed)


@EVERY
@given(problem=problems)
@settings(max_examples=60, deadline=None)
def test_own_objective_never_rises_and_values_are_finite(method, problem):
    n, d, n_clusters, log_temperature, seed = problem
    points = np.random.default_rng(seed).normal(size=(n, d))
    solution = run(method, points, start(points, min(n, n_clusters), seed), 10**log_temperature)
    trace = solution.trace
    own = trace.smooth_objective if method.soft else trace.objective
    assert (np.diff(own) <= 1e-12 * max(1, np.abs(own).max())).all()
    assert np.isfinite(trace.centroids).all()
    assert np.isfinite(trace.centroid_shift[1:]).all()
    assert (trace.entropy >= 0).all()


@EVERY
def test_clusters_in_another_order_give_the_same_run_in_that_order(method):
    points = blobs()
    centroids, order = start(points, 5), [3, 0, 4, 1, 2]
    a, b = run(method, points, centroids, 1e6), run(method, points, centroids[order], 1e6)
    assert a.n_iterations == b.n_iterations
    np.testing.assert_allclose(a.centroids[:, order], b.centroids, rtol=1e-9)


@EVERY
def test_points_in_another_order_give_the_same_run(method):
    points = blobs()
    centroids = start(points, 5)
    shuffled = np.random.default_rng(1).permutation(points)
    a, b = run(method, points, centroids, 1e6), run(method, shuffled, centroids, 1e6)
    assert a.n_iterations == b.n_iterations
    np.testing.assert_allclose(a.centroids, b.centroids, rtol=1e-9)


@EVERY
@pytest.mark.parametrize("scale", [1e-6, 1e5])
def test_scale_and_shift_of_the_data_do_not_matter(method, scale):
    points = blobs()
    centroids, shift = start(points, 5), 1e4 * scale * np.array([3.0, -7.0])
    a = run(method, points, centroids, 1e6)
    b = run(method, scale * points + shift, scale * centroids + shift, scale**2 * 1e6)
    assert a.n_iterations == b.n_iterations
    np.testing.assert_allclose(scale * a.centroids + shift, b.centroids, rtol=1e-8)
    assert b.objective == pytest.approx(scale**2 * a.objective, rel=1e-8)


@EVERY
def test_one_cluster_is_the_mean(method):
    points = blobs()
    solution = run(method, points, points[:1], 1e6)
    np.testing.assert_allclose(solution.centroids[0, 0], points.mean(axis=0), rtol=1e-12)
    assert solution.objective == pytest.approx(points.var(axis=0).sum() * len(points), rel=1e-12)
    assert solution.entropy == 0


@EVERY
def test_as_many_clusters_as_points_stay_where_they_start(method):
    points = blobs(n=12)
    solution = run(method, points, points, 1e-6)
    np.testing.assert_allclose(solution.centroids[0], points, rtol=1e-14)
    assert solution.objective == pytest.approx(0, abs=1e-15 * np.square(points).sum())


@EVERY
def test_points_that_are_all_the_same(method):
    points = np.full((10, 2), 7.0)
    solution = run(method, points, points[:3], 1.0)
    assert solution.converged.all()
    np.testing.assert_allclose(solution.centroids, 7)
    assert solution.objective == 0


@EVERY
def test_an_empty_cluster_takes_the_point_furthest_from_its_centroid(method):
    """At T → 0, nothing is near the centroid at 1e6: it takes the 14, of which 10 is left with 11."""
    points = np.array([[0.0], [1.0], [10.0], [11.0], [14.0]])
    trace = run(method, points, [[0.0], [10.0], [1e6]], 1e-9).trace
    np.testing.assert_allclose(trace.centroids[1, :, 0], [0.5, 10.5, 14], rtol=1e-9)
    two = run(method, points, [[5.0], [1e6], [2e6]], 1e-9).trace
    np.testing.assert_allclose(two.centroids[1, :, 0], [11 / 3, 14, 11], rtol=1e-9)


@EVERY
def test_a_cluster_stays_where_it_is_if_every_point_has_its_centroid(method):
    points = np.array([[0.0], [0.0], [10.0]])
    solution = run(method, points, [[0.0], [10.0], [1e6]], 1e-9)
    np.testing.assert_allclose(solution.centroids[0, :, 0], [0, 10, 1e6], rtol=1e-9, atol=1e-9)


@SOFT
def test_a_very_low_temperature_gives_the_iterates_of_kmeans(method):
    points = blobs(n_clusters=4)
    centroids = start(points, 4, seed=2)
    soft = run(method, points, centroids, 1e-9, tolerance=0)
    hard = run(METHODS["kmeans"], points, centroids, 0.0, tolerance=0)
    assert soft.n_iterations == hard.n_iterations
    np.testing.assert_allclose(soft.trace.centroids, hard.trace.centroids, rtol=1e-12)


@SOFT
def test_a_very_high_temperature_puts_every_centroid_on_the_mean(method):
    points = blobs()
    solution = run(method, points, start(points, 4), 1e15, tolerance=0, max_iterations=20)
    np.testing.assert_allclose(
        solution.centroids[0], np.tile(points.mean(axis=0), (4, 1)), rtol=1e-6, atol=1e-3
    )


def test_kmeans_by_hand():
    """0, 1, 10, 14 from 0 and 1: the means go (0, 25/3), (0.5, 12), and stay; J 0.5 + 8."""
    points = np.array([[0.0], [1.0], [10.0], [14.0]])
    solution = run(METHODS["kmeans"], points, [[0.0], [1.0]], 0.0, tolerance=0)
    assert solution.trace.centroids[:, :, 0] == pytest.approx(
        np.array([[0, 1], [0, 25 / 3], [0.5, 12], [0.5, 12]])
    )
    assert solution.trace.objective.tolist() == pytest.approx(
        [0 + 0 + 81 + 169, 1 + 25 / 9 + 289 / 9, 8.5, 8.5]
    )
    assert solution.n_iterations == 3


def test_one_iteration_is_the_papers_equation():
    points = blobs()
    centroids, temperature = start(points, 5), 1e6
    trace = {name: run(METHODS[name], points, centroids, temperature).trace.centroids for name in METHODS}
    u = reference.memberships(points, centroids, temperature)
    np.testing.assert_allclose(trace["lse"][1], reference.eq8(points, centroids, temperature), rtol=1e-10)
    np.testing.assert_allclose(trace["entropy"][1], reference.means(points, u), rtol=1e-10)
    u = reference.eq24(points, u, temperature)
    np.testing.assert_allclose(trace["maxent"][2], reference.means(points, u), rtol=1e-10)
    np.testing.assert_allclose(trace["kmeans"][1], reference.lloyd(points, centroids), rtol=1e-10)


@SOFT
def test_ends_where_the_gradient_of_the_smooth_objective_vanishes(method):
    """Eq. 7 at the fixed point, by finite differences."""

    def smooth(centroids):
        squares = reference.squared_distances(points, centroids).T
        smallest = squares.min(axis=0)
        return (smallest + temperature * method.assignment.at(squares, temperature).gain).sum()

    points = blobs() / 1000
    temperature = 0.5
    found = run(method, points, start(points, 3), temperature, tolerance=0, max_iterations=500).centroids[0]
    step = 1e-4
    for index in np.ndindex(found.shape):
        up, down = found.copy(), found.copy()
        up[index] += step
        down[index] -= step
        slope = (smooth(up) - smooth(down)) / (2 * step)
        assert abs(slope) < 1e-5 * len(points)


def test_a_name_is_registered_once():
    with pytest.raises(ValueError, match="kmeans"):
        register(Method("kmeans", "again", METHODS["kmeans"].assignment, METHODS["kmeans"].update))
