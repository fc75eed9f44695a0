from dataclasses import replace

import numpy as np
import pytest
import reference

from softkmeans.clustering.assignments import entmax15, hard, log_sum_exp_weights, softmax
from softkmeans.clustering.kernels import nearest, prepare, sum_over_points
from softkmeans.clustering.methods import unit_sums

LEAF = 64  # points in a leaf of the compiled engine's tree


def problem(n, d, n_clusters, n_runs=3, scale=1e6, seed=0):
    rng = np.random.default_rng(seed)
    points = np.rint(rng.uniform(0, scale, (n, d)))
    return points, points[rng.integers(n, size=(n_runs, n_clusters))] + rng.normal(
        size=(n_runs, n_clusters, d)
    )


SHAPES = [
    (7, 1, 1),
    (LEAF, 2, 5),
    (33 * LEAF + 1, 2, 15),
    (5000, 2, 30),
    (400, 3, 4),
    (300, 9, 6),
    (200, 64, 16),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("relative_temperature", [1e-3, 0.1, 10.0])
@pytest.mark.parametrize("assignment", [softmax, log_sum_exp_weights])
def test_soft_sums_are_those_of_the_plain_formulas(shape, relative_temperature, assignment):
    points, centroids = problem(*shape)
    temperatures = relative_temperature * points.var() * np.array([0.5, 1, 2])
    prepared = prepare(points)
    sums = sum_over_points(prepared, centroids - prepared.centre, temperatures, assignment)
    for r, temperature in enumerate(temperatures):
        u = reference.memberships(points, centroids[r], temperature)
        np.testing.assert_allclose(sums.weights[r], u.sum(axis=0), rtol=1e-9)
        np.testing.assert_allclose(
            sums.moments[r], u.T @ (points - prepared.centre), rtol=1e-8, atol=1e-8 * points.max()
        )
        assert sums.objective[r] == pytest.approx(reference.objective(points, centroids[r]), rel=1e-12)
        expected = reference.smooth_objective(points, centroids[r], temperature)
        assert sums.smooth_objective[r] == pytest.approx(
            expected, rel=1e-12, abs=1e-12 * temperature * len(points)
        )
        assert sums.entropy[r] == pytest.approx(reference.entropy(u), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_hard_sums_are_those_of_the_plain_formulas(shape):
    points, centroids = problem(*shape)
    prepared = prepare(points)
    sums = sum_over_points(prepared, centroids - prepared.centre, np.zeros(3), hard)
    for r in range(3):
        labels = reference.squared_distances(points, centroids[r]).argmin(axis=1)
        assert sums.weights[r].tolist() == np.bincount(labels, minlength=shape[2]).tolist()
        found, squares = nearest(prepared, centroids[r] - prepared.centre)
        np.testing.assert_array_equal(found, labels)
        assert squares.sum() == pytest.approx(sums.objective[r], rel=1e-14)
        assert sums.smooth_objective[r] == sums.objective[r]
        assert sums.objective[r] == pytest.approx(reference.objective(points, centroids[r]), rel=1e-12)
        assert sums.entropy[r] == 0


@pytest.mark.parametrize("assignment", [hard, softmax, log_sum_exp_weights])
@pytest.mark.parametrize(
    ("n", "d", "n_clusters"),
    [(600, 2, 15), (1500, 2, 8), (300, 20, 16), (300, 20, 3), (999, 16, 7), (300, 9, 70)],
)
def test_a_run_does_not_depend_on_its_batch_to_the_last_bit(assignment, n, d, n_clusters):
    points, centroids = problem(n, d, n_clusters, n_runs=23)
    points = points + np.random.default_rng(1).normal(size=points.shape)  # sums that are not exact
    centroids[11] *= 1e6  # a neighbour far away
    temperatures = np.geomspace(1e-3, 10, 23) * points.var()
    prepared = prepare(points)
    together = sum_over_points(prepared, centroids - prepared.centre, temperatures, assignment)
    for r in range(23):
        alone = sum_over_points(
            prepared, centroids[r : r + 1] - prepared.centre, temperatures[r : r + 1], assignment
        )
        for name in ("weights", "moments", "objective", "smooth_objective", "entropy"):
            np.testing.assert_array_equal(getattr(alone, name)[0], getattr(together, name)[r])


def test_quotients_are_measured_like_centroids():
    """State (Σ u·x, Σ u): the sums are those at its quotients, and no bit is taken over from there."""
    points, centroids = problem(500, 2, 15)
    prepared = prepare(points)
    factors = np.random.default_rng(1).uniform(1e-3, 1e3, (3, 15, 1))
    state = unit_sums(centroids - prepared.centre) * factors
    temperatures = np.full(3, 1e-2 * points.var())
    a = sum_over_points(prepared, centroids - prepared.centre, temperatures, softmax)
    b = sum_over_points(prepared, state, temperatures, softmax)
    for name in ("weights", "moments", "objective", "smooth_objective", "entropy"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("d", [1, 2, 3, 8, 9])
@pytest.mark.parametrize("assignment", [hard, softmax, log_sum_exp_weights, entmax15])
@pytest.mark.parametrize("relative_temperature", [1e-6, 1e-4, 1e-2, 1.0])
def test_leaving_centroids_out_changes_nothing(d, assignment, relative_temperature):
    points, centroids = problem(2000, d, 12, n_runs=4, seed=d)
    prepared = prepare(points)
    temperatures = relative_temperature * points.var() * np.arange(1, 5)
    everything = replace(assignment, reach=np.inf)
    pruned, whole = (
        sum_over_points(prepared, centroids - prepared.centre, temperatures, a)
        for a in (assignment, everything)
    )
    for name in ("weights", "moments", "objective", "smooth_objective"):
        np.testing.assert_allclose(getattr(pruned, name), getattr(whole, name), rtol=1e-12, atol=1e-7)
    np.testing.assert_allclose(pruned.entropy, whole.entropy, rtol=1e-12, atol=2000 * 1e-12)


def test_a_faint_cluster_is_summed_over_all_points():
    """One cluster is beyond the reach of every point, yet its mean is that of all points."""
    points = np.random.default_rng(0).normal(size=(500, 2))
    far = np.array([[[0.0, 0.0], [12.0, 0.0]]])
    sums = sum_over_points(prepare(points), far - prepare(points).centre, np.ones(1), softmax)
    u = reference.memberships(points, far[0], 1.0)
    np.testing.assert_allclose(sums.weights[0], u.sum(axis=0), rtol=1e-10)
    assert sums.weights[0, 1] < 1e-10


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
def test_an_outliers_centroid_takes_no_point_from_the_others(order):
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(size=(300, 2)), 3 + rng.normal(size=(300, 2)), [[1e9, 0]]])
    centroids = np.array([[0.0, 0], [3, 3], [1e9, 0]])[order]
    prepared = prepare(points)
    sums = sum_over_points(prepared, (centroids - prepared.centre)[None], np.zeros(1), hard)
    labels = nearest(prepared, centroids - prepared.centre)[0]
    assert sums.weights[0].tolist() == np.bincount(labels, minlength=3).tolist()


@pytest.mark.parametrize("d", [2, 9, 20])
@pytest.mark.parametrize("far", [1e5, 1e7, 1e9])
def test_an_outlier_far_away_takes_no_digits_from_the_rest(far, d):
    rng = np.random.default_rng(0)
    outlier = far * np.eye(d)[:1]
    points = np.concatenate([rng.normal(size=(300, d)), 9 + rng.normal(size=(300, d)), outlier])
    centroids = np.concatenate([np.zeros((1, d)), np.full((1, d), 9.0), outlier])
    prepared = prepare(points)
    for assignment in (hard, softmax, entmax15):
        sums = sum_over_points(prepared, (centroids - prepared.centre)[None], np.full(1, 1e-3), assignment)
        shift = 1e-16 * far * 600 * 10  # of rounding x − centre
        assert sums.objective[0] == pytest.approx(
            reference.objective(points, centroids), rel=1e-12, abs=shift
        )


def test_integer_data_are_centred_exactly():
    points = np.array([[1e6, 3.0], [1e6 + 1, 8.0], [1e6 + 1, 5.0]])
    prepared = prepare(points)
    assert prepared.centre.tolist() == [1e6 + 1, 5]
    assert (prepared.values == np.rint(prepared.values)).all()


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros(3), "shape is \\(3,\\)"),
        (np.zeros((0, 2)), "shape is \\(0, 2\\)"),
        (np.array([[0.0, np.nan]]), "NaN or infinity"),
    ],
)
def test_impossible_points_are_refused(points, message):
    with pytest.raises(ValueError, match=message):
        prepare(points)


def test_hard_assignment_ignores_temperatures():
    prepared = prepare(np.array([[0.0, 0], [1, 0], [2, 0], [3, 0]]))
    state = np.array([[[0.4, 1e6], [1.6, 1e6]]]) - prepared.centre
    for temperature in (0.0, 1e20, np.inf):
        sums = sum_over_points(prepared, state, np.array([temperature]), hard)
        assert sums.weights[0].tolist() == [2, 2]
        assert sums.gain.tolist() == [0]


def test_quotients_of_next_to_nothing_are_distances_still():
    """A membership sum of 1e-200 has a square below float64."""
    points, centroids = problem(300, 2, 3, n_runs=1)
    prepared = prepare(points)
    state = unit_sums(centroids - prepared.centre)
    small = state * np.array([1.0, 1e-200, 1e200])[:, None]
    for reach in (softmax.reach, np.inf):
        a, b = (
            sum_over_points(prepared, s, np.array([points.var()]), replace(softmax, reach=reach))
            for s in (state, small)
        )
        np.testing.assert_allclose(a.weights, b.weights, rtol=1e-9)
        np.testing.assert_allclose(a.objective, b.objective, rtol=1e-9)
