import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.cluster import kmeans_plusplus

from softkmeans.arrays import label_means
from softkmeans.clustering.initialisations import (
    INITIALISATIONS,
    Initialisation,
    initial_centroids,
    register,
    sequential_labels,
)

POINTS = np.random.default_rng(5).normal(size=(60, 2))
EVERY = pytest.mark.parametrize("initialisation", INITIALISATIONS.values(), ids=lambda i: i.name)


@EVERY
@given(n=st.integers(1, 30), seed=st.integers(0, 2**32), data=st.data())
@settings(max_examples=40)
def test_every_start_is_k_finite_centroids_within_the_data(initialisation, n, seed, data):
    n_clusters = data.draw(st.integers(1, n))
    points = np.random.default_rng(seed).integers(0, 4, (n, 2)).astype(float)  # with duplicates
    centroids = initial_centroids(points, n_clusters, initialisation, seed)
    assert centroids.shape == (n_clusters, 2)
    assert (centroids >= points.min(axis=0) - 1e-12).all()
    assert (centroids <= points.max(axis=0) + 1e-12).all()
    start = initialisation.start(points, n_clusters, np.random.default_rng(seed))
    if start.ndim == 1:
        means = [points[start == k].mean(axis=0) for k in range(n_clusters)]
        np.testing.assert_allclose(centroids, means, rtol=1e-12)
    else:
        np.testing.assert_array_equal(centroids, start)


@EVERY
def test_every_start_follows_from_its_seed(initialisation):
    a, b, c = (initial_centroids(POINTS, 5, initialisation, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any() == initialisation.random


@EVERY
@pytest.mark.parametrize("n_clusters", [0, 61])
def test_an_impossible_number_of_clusters_is_refused(initialisation, n_clusters):
    with pytest.raises(ValueError, match="between 1 and the number of points 60"):
        initial_centroids(POINTS, n_clusters, initialisation, 0)


def test_sequential_blocks_are_the_papers():
    assert np.bincount(sequential_labels(5000, 15)).tolist() == [338] + [333] * 14
    assert (np.diff(sequential_labels(5000, 15)) >= 0).all()


def test_random_points_are_different_points():
    centroids = initial_centroids(POINTS, 60, INITIALISATIONS["random-points"], 3)
    assert len(np.unique(centroids, axis=0)) == 60


def test_maxmin_takes_the_furthest_point_each_time():
    line = np.array([[0.0], [1.0], [2.0], [10.0]])
    centroids = initial_centroids(line, 3, INITIALISATIONS["maxmin"], 0)
    first = centroids[0, 0]
    expected = {0.0: [10, 2], 1.0: [10, 0], 2.0: [10, 0], 10.0: [0, 2]}[first]
    assert centroids[1:, 0].tolist() == expected


def test_kmeans_plus_plus_draws_by_squared_distance():
    """From a start at 0: probabilities 1/10 and 9/10 for the points at 1 and 3."""
    line = np.array([[0.0], [1.0], [3.0]])
    starts = [initial_centroids(line, 2, INITIALISATIONS["kmeans++"], seed)[:, 0] for seed in range(6000)]
    second = np.array([s[1] for s in starts if s[0] == 0])
    assert abs((second == 3).mean() - 0.9) < 4 * np.sqrt(0.09 / len(second))


def test_greedy_kmeans_plus_plus_takes_the_better_of_two_draws():
    """From a start at 0, the points at 1 and 3 are drawn with 1/10 and 9/10, and J is then 4 and 1.

    So the point at 1 is taken only where both of the 2 + ⌊ln 2⌋ = 2 candidates are it: in 1/100.
    """
    line = np.array([[0.0], [1.0], [3.0]])
    greedy = INITIALISATIONS["greedy-kmeans++"]
    starts = [initial_centroids(line, 2, greedy, seed)[:, 0] for seed in range(6000)]
    second = np.array([s[1] for s in starts if s[0] == 0])
    assert abs((second == 1).mean() - 0.01) < 4 * np.sqrt(0.0099 / len(second))


@pytest.mark.parametrize("n_clusters", [8, 30])  # with 4 and 5 candidates, scikit-learn's default
@pytest.mark.parametrize(("name", "n_candidates"), [("kmeans++", 1), ("greedy-kmeans++", None)])
def test_kmeans_plus_plus_is_distributed_as_scikit_learns(name, n_candidates, n_clusters):
    """J of the start: its mean over many seeds within four standard errors, and its whole distribution."""
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(size=(50, 2)) + centre for centre in 8 * rng.normal(size=(8, 2))])
    options = {"n_clusters": n_clusters, "n_local_trials": n_candidates}
    ours, theirs = [], []
    for seed in range(300):
        ours.append(initial_centroids(points, n_clusters, INITIALISATIONS[name], seed))
        theirs.append(kmeans_plusplus(points, random_state=seed, **options)[0])
    one, other = (
        np.square(points[:, None] - np.array(starts)[:, None]).sum(axis=3).min(axis=2).sum(axis=1)
        for starts in (ours, theirs)
    )
    assert abs(one.mean() - other.mean()) < 4 * np.sqrt((one.var() + other.var()) / 300)
    assert ks_2samp(one, other).pvalue > 1e-3


def test_labels_that_leave_a_cluster_empty_have_no_means():
    with pytest.raises(ValueError, match="each of 0 … 2"):
        label_means(POINTS, np.repeat([0, 2], 30), 3)


def test_a_name_is_registered_once():
    with pytest.raises(ValueError, match="maxmin"):
        register(Initialisation("maxmin", INITIALISATIONS["maxmin"].start))
