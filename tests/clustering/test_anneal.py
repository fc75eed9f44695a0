"""Annealing: how long a level is, and where theory lets clusters split, against hand-computed cases."""

import numpy as np
import pytest

from softkmeans.clustering.annealing import (
    anneal,
    first_split,
    next_split,
    patience,
    soft_clusters,
    split_temperature,
)
from softkmeans.clustering.assignments import entmax15, softmax
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import critical_temperature


def test_centroids_of_one_soft_cluster_coincide():
    line = np.array([[0.0, 0], [0.9, 0], [1.8, 0], [5, 0]])
    assert soft_clusters(line, 2 * 10.0**2).tolist() == [1, 1, 1, 2]  # σ = 10: the first three by way of one
    assert len(set(soft_clusters(line, 2 * 5.0**2))) == 4
    assert soft_clusters(line[:1], 1.0).tolist() == [1]


@pytest.mark.parametrize("n_clusters", [2, 9, 100])
def test_the_first_split_is_at_the_critical_temperature_or_root_k_times_it(n_clusters):
    assert first_split(softmax, n_clusters, 7.0) == pytest.approx(7, rel=1e-5)
    assert first_split(entmax15, n_clusters, 7.0) == pytest.approx(7 * np.sqrt(n_clusters), rel=1e-4)
    assert first_split(entmax15, 1, 7.0) == 7


@pytest.mark.parametrize(("assignment", "factor"), [(softmax, 1), (entmax15, 2)])
def test_the_next_split_of_all_centroids_at_the_mean_is_the_first(assignment, factor):
    """The points 0, 0, 3, 3 have variance 9/4, so T_c = 9/2; of four centroids √4 times as much."""
    points = np.array([[0.0, 0], [0, 0], [3, 0], [3, 0]])
    found = next_split(points, np.full((4, 2), [1.5, 0]), 5.0 * factor, assignment)
    assert found == pytest.approx(4.5 * factor, rel=1e-4)


def test_the_next_split_is_that_of_the_widest_soft_cluster():
    """Two centroids in each of two far clusters of variance 1 and 4: 2·4 = 8 is due first, then 2·1."""
    points = np.array([[-1.0], [1], [998], [1002]])
    wide = next_split(points, np.array([[0.0], [0], [1000], [1000]]), 9.0, softmax)
    assert wide == pytest.approx(8, rel=1e-5)
    narrow = next_split(points, np.array([[0.0], [0], [998], [1002]]), 3.0, softmax)
    assert narrow == pytest.approx(2, rel=1e-5)
    assert np.isnan(next_split(points, np.array([[-1.0], [1], [998], [1002]]), 1.0, softmax))


@pytest.mark.parametrize("name", ["entropy", "rbf-entmax15"])
def test_centroids_part_just_below_the_first_split_and_not_above(name):
    points = np.random.default_rng(0).normal(size=(2000, 2)) * [5, 1]
    split = first_split(METHODS[name].assignment, 4, critical_temperature(points))
    for temperature, apart in ((1.05 * split, False), (0.95 * split, True)):
        (level,) = anneal(
            prepare(points),
            np.tile(points.mean(axis=0), (1, 4, 1)),
            [temperature],
            METHODS[name],
            [np.random.default_rng(1)],
            split,
            tolerance=1e-3,
            max_iterations=1000,
        )
        assert (len(set(soft_clusters(level.centroids[0], temperature))) > 1) == apart
        assert level.n_iterations[0] >= patience(temperature, split)


@pytest.mark.parametrize("n_dims", [2, 64, 65, 200])
def test_a_split_is_at_twice_the_largest_variance_in_few_and_many_dimensions(n_dims):
    rng = np.random.default_rng(0)
    points, weights = rng.normal(size=(150, n_dims)) * rng.uniform(1, 3, n_dims), rng.uniform(size=150)
    centre = np.average(points, axis=0, weights=weights)
    covariance = np.cov(points.T, aweights=weights, ddof=0)
    found = split_temperature(points, centre, weights, weights.sum())
    assert found == pytest.approx(2 * np.linalg.eigvalsh(covariance)[-1], rel=1e-7)
