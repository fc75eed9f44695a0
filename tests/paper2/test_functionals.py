"""The soft functionals of paper 2: their gaps to J, their gradients and minimisers."""

import numpy as np
import pytest
import reference

from softkmeans import tables
from softkmeans.clustering.kernels import prepare
from softkmeans.paper2 import theorems
from softkmeans.paper2.functionals import (
    drawn_centroids,
    excess_of_minimiser,
    functionals,
    gap_bounds,
    gradients,
    largest_gaps,
    means_of_partitions,
    sharp_case,
)
from softkmeans.paper2.problem import (
    temperature,
)

SIGMAS = np.geomspace(2, 0.005, 12)


@pytest.mark.parametrize("n_clusters", [2, 5])
def test_gaps_lie_below_their_bounds_and_fall(blobs, n_clusters):
    points, _ = blobs
    found = tables.frame(theorems.gaps("blobs", points, n_clusters, SIGMAS, draws=51, seed=1))
    for gap, limit in ((found[name], found[f"{name}_bound"]) for name in ("weighted", "free")):
        assert (gap > 0).all()
        assert (gap <= limit * (1 + 1e-12)).all()  # two in one place reach that of F_σ
        assert (np.diff(gap) < 0).all()
        slope = np.diff(np.log(gap.iloc[-2:])) / np.diff(np.log(temperature(SIGMAS[-2:])))
        assert slope == pytest.approx(1, abs=0.02)


def test_gaps_are_those_of_the_plain_functionals(blobs):
    points, _ = blobs
    drawn = drawn_centroids(points, 3, 21, 0.2, seed=1)
    shares = [
        reference.memberships(points, mu, 0.2) * reference.squared_distances(points, mu) for mu in drawn
    ]
    hard_values = [reference.objective(points, mu) for mu in drawn]
    weighted = np.sum(shares, axis=(1, 2)) - hard_values
    free = np.subtract(hard_values, [reference.smooth_objective(points, mu, 0.2) for mu in drawn])
    assert largest_gaps(prepare(points), drawn, 0.2) == pytest.approx((weighted.max(), free.max()), rel=1e-9)


def test_centroids_are_drawn_apart_in_one_place_and_in_between(blobs):
    points, _ = blobs
    drawn = drawn_centroids(points, 4, 30, 0.01, seed=1)
    apart = np.linalg.norm(drawn[:, -1] - drawn[:, 0], axis=1)
    assert (apart[0::3] > 0.02).all()
    assert (apart[1::3] == 0).all()
    np.testing.assert_allclose(apart[2::3], 0.013)


def test_bounds_of_the_gaps_are_attained_and_not_exceeded():
    for n_clusters in (2, 3, 20):
        level = 0.37
        point, apart, together = sharp_case(n_clusters, level)
        weighted_bound, free_bound = gap_bounds(1, n_clusters, level)
        assert functionals(point, apart, level)[0] == pytest.approx(weighted_bound, rel=1e-12)
        assert 1 - functionals(point, together, level)[1] == pytest.approx(free_bound, rel=1e-12)
        squares = np.random.default_rng(0).uniform(0, 3, (3000, n_clusters))
        for row in np.sqrt(squares - squares.min(axis=1, keepdims=True)):
            assert functionals(point, row[:, None], level)[0] <= weighted_bound
        assert weighted_bound <= level * (n_clusters - 1) / np.e  # what B.2 had before


def test_gradients_of_both_functionals_against_finite_differences(blobs):
    points, starts = blobs
    step, level = 1e-6, 0.4
    found = gradients(points, starts[0], level)
    for which in (0, 1):
        expected = np.empty_like(starts[0])
        for place in np.ndindex(expected.shape):
            moved = np.zeros_like(expected)
            moved[place] = step
            ends = [functionals(points, starts[0] + sign * moved, level)[which] for sign in (1, -1)]
            expected[place] = (ends[0] - ends[1]) / (2 * step)
        np.testing.assert_allclose(found[which], expected, atol=1e-6)
    assert np.abs(found[0] - found[1]).max() > 0.1


def test_a_minimiser_of_two_points_by_hand():
    """Points ±1, K = 2, T_c = 2: above T_c all centroids are at 0, where J is 2, its minimum 0."""
    points = np.array([[-1.0], [1.0]])
    means = means_of_partitions(points)
    assert means.tolist() == [[[-1.0], [1.0]]]
    assert excess_of_minimiser(points, means, 2.1, 1) == pytest.approx(2, abs=1e-6)
    assert 0 < excess_of_minimiser(points, means, 1.9, 1) < 1.9
    assert excess_of_minimiser(points, means, 0.05, 1) == pytest.approx(0, abs=1e-8)
    assert excess_of_minimiser(points, means, 4.1, 0) == pytest.approx(2, abs=1e-6)
