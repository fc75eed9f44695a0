"""Theorems 3 and 4 of paper 2: margins, rates, bounds and exactness, by closed forms and plain runs."""

import numpy as np
import pytest

from softkmeans import tables
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.solver import solve
from softkmeans.paper2 import theorems
from softkmeans.paper2.problem import (
    decay_margins,
    kmeans_solutions,
    point_margins,
    temperature,
)
from softkmeans.paper2.rates import (
    bound,
    entmax_discrepancies,
    exact_from,
    fit_slope,
    log_discrepancies,
    one_step,
    rates,
)


def test_margins_by_hand():
    """Centroids 0, 4, 10: the point 1 has margin 9 − 1, the point 6 has 16 − 4, and δ = 36 − 4 to 0."""
    points, centroids = np.array([[1.0], [6.0]]), np.array([[0.0], [4.0], [10.0]])
    margins = point_margins(points, centroids)
    assert margins.values.tolist() == [8, 12]
    assert margins.near(3).tolist() == [8, 8, 12]
    assert decay_margins(points, centroids).tolist() == [8, 8, 12]
    third = np.array([[0.0], [4.0], [5.0]])  # the point 6 is 5's, the point 1 prefers 0 by 15
    assert point_margins(points, third).near(3).tolist() == [8, 3, 3]
    assert decay_margins(points, third).tolist() == [8, 3, 3]


def test_a_point_that_ranks_a_centroid_third_may_set_its_rate():
    """Centroids 0, 1, 1.2 and 50 of a point at 0.9: δ of 0 is 0.8, more than the margin of no other point."""
    points = np.array([[-9.0], [9.0], [0.9], [1.3], [50.0]])
    centroids = np.array([[0.0], [1.0], [1.2], [50.0]])
    assert decay_margins(points, centroids)[0] == pytest.approx(0.9**2 - 0.1**2)
    assert point_margins(points, centroids).near(4)[0] == pytest.approx(10**2 - 9**2)


def test_entmax_is_kmeans_bit_for_bit_below_half_the_root_of_the_margin(blobs):
    points, starts = blobs
    for centroids in kmeans_solutions(points, starts)[0]:
        predicted = np.sqrt(point_margins(points, centroids).values.min()) / 2
        below = entmax_discrepancies(points, centroids, temperature(predicted * np.array([0.1, 0.9, 0.999])))
        assert below.tolist() == [0, 0, 0]
        assert entmax_discrepancies(points, centroids, temperature(predicted * np.array([1.05]))) > 0
        assert (1 - 4.2e-4) * predicted <= exact_from(points, centroids) <= predicted


def test_entmax_falls_as_a_square_of_what_exceeds_its_exact_temperature(blobs):
    points, starts = blobs
    centroids = kmeans_solutions(points, starts)[0][0]
    exact = point_margins(points, centroids).values.min() / 2
    over = np.array([1e-5, 1e-4])
    low, high = entmax_discrepancies(points, centroids, exact * (1 + over))
    assert np.log(high / low) / np.log(over[1] / over[0]) == pytest.approx(2, rel=0.05)


def test_the_bound_holds_at_every_sigma(blobs):
    points, starts = blobs
    for centroids in kmeans_solutions(points, starts)[0]:
        levels = temperature(np.geomspace(2, 1e-3, 60))
        limit = bound(points, centroids, levels)
        known = np.isfinite(limit)
        assert known.any()
        assert (one_step(points, centroids, levels)[known] <= limit[known] + 1e-14).all()


def test_the_bound_by_hand():
    """Points 0, 1 and 4 about 0.5 and 4: D = 4, sizes 2 and 1, the least margin that of the point 1."""
    points, centroids = np.array([[0.0], [1.0], [4.0]]), np.array([[0.5], [4.0]])
    margin = (4 - 1) ** 2 - 0.5**2
    low = np.exp(-margin / 3.0)
    expected = [4 * (2 + 1) * low / (2 * (1 - low)), 4 * (1 + 2) * low / (1 - low)]
    np.testing.assert_allclose(bound(points, centroids, np.array([3.0]))[0], expected, rtol=1e-12)


def test_a_tie_has_no_rate_no_fall_and_no_exact_sigma():
    points = np.array([[-3.0, 1], [-3, -1], [0, 0], [2, 1], [2, -1]])
    centroids = np.array([[-2.0, 0], [2.0, 0]])
    assert np.isnan(exact_from(points, centroids))
    assert len(theorems.falls("ties", points, centroids)) == 0
    found = tables.frame(rates("ties", points, 0, centroids))
    assert found["slope"].isna().all()
    assert (found["near_margin"] == 0).all()


def test_log_discrepancies_are_those_of_runs_where_float64_tells_them(blobs):
    points, starts = blobs
    for centroids in kmeans_solutions(points, starts)[0]:
        levels = point_margins(points, centroids).values.min() / np.array([6.0, 9.0, 12.0])
        ends = solve(
            prepare(points),
            np.tile(centroids, (3, 1, 1)),
            levels,
            METHODS["rbf-softmax"],
            shift_tolerance=1e-15,
            max_iterations=500,
        ).centroids
        plain = np.linalg.norm(ends - centroids, axis=2)
        told = plain > 1e-9
        assert told.any()
        found = np.exp(log_discrepancies(points, centroids, levels))
        np.testing.assert_allclose(found[told], plain[told], rtol=1e-5)


def test_every_rate_is_told_and_is_the_least_exponent(blobs):
    points, starts = blobs
    solutions = kmeans_solutions(points, starts)[0]
    found = tables.frame(tables.concatenate(rates("blobs", points, r, c) for r, c in enumerate(solutions)))
    for (repeat, j), one in found.groupby(["repeat", "cluster"]):
        assert (one["margin"] == decay_margins(points, solutions[repeat])[j]).all()
        slope = np.polyfit(1 / one["temperature"], one["log_discrepancy"], 1)[0]
        np.testing.assert_allclose(one["slope"], slope)
        assert slope == pytest.approx(-one["margin"].iloc[0], rel=0.01)


def test_a_slope_needs_finite_values():
    levels = 1 / np.arange(1.0, 7.0)
    logs = -2.5 / levels
    assert fit_slope(levels, logs) == pytest.approx(-2.5)
    logs[0] = -np.inf
    assert np.isnan(fit_slope(levels, logs))
