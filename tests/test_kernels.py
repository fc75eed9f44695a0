from dataclasses import replace

import numpy as np
import pytest
import reference

from softkmeans.assignments import entmax15, hard, log_sum_exp_weights, softmax
from softkmeans.kernels import BLOCK, nearest, prepare, sum_over_points
from softkmeans.methods import fractions_from_origin, unit_sums


def problem(n, d, n_clusters, n_runs=3, scale=1e6, seed=0):
    rng = np.random.default_rng(seed)
    points = np.rint(rng.uniform(0, scale, (n, d)))
    return points, points[rng.integers(n, size=(n_runs, n_clusters))] + rng.normal(
        size=(n_runs, n_clusters, d)
    )


SHAPES = [(7, 1, 1), (BLOCK, 2, 5), (3 * BLOCK + 1, 2, 15), (400, 3, 4), (300, 9, 6), (200, 64, 16)]


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
@pytest.mark.parametrize(("n", "d", "n_clusters"), [(600, 2, 15), (300, 20, 16)])
def test_a_run_does_not_depend_on_its_batch_to_the_last_bit(assignment, n, d, n_clusters):
    points, centroids = problem(n, d, n_clusters, n_runs=23)
    temperatures = np.geomspace(1e-3, 10, 23) * points.var()
    prepared = prepare(points)
    together = sum_over_points(prepared, centroids - prepared.centre, temperatures, assignment)
    for r in (0, 7, 22):
        alone = sum_over_points(
            prepared, centroids[r : r + 1] - prepared.centre, temperatures[r : r + 1], assignment
        )
        for name in ("weights", "moments", "objective", "smooth_objective", "entropy"):
            np.testing.assert_array_equal(getattr(alone, name)[0], getattr(together, name)[r])


def test_fractions_are_centroids_of_the_memberships():
    rng = np.random.default_rng(1)
    centroids, origin = rng.normal(size=(3, 15, 2)), rng.normal(size=(3, 15, 2))
    state = unit_sums(centroids) * rng.uniform(1e-3, 1e3, (3, 15, 1))
    np.testing.assert_allclose(
        fractions_from_origin(state, origin), centroids - origin, rtol=1e-12, atol=1e-14
    )


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


def test_blocks_hold_every_point_once():
    for n, d in ((1, 1), (63, 2), (64, 2), (65, 2), (1000, 3), (700, 20)):
        points = np.random.default_rng(n).normal(size=(n, d))
        prepared = prepare(points)
        blocks = prepared.blocks
        held = blocks.local[:, :-1] + blocks.origin[:, :, None]
        held = held.transpose(0, 2, 1)[blocks.local[:, -1] == 1]
        np.testing.assert_allclose(
            np.sort(held, axis=0), np.sort(prepared.values, axis=0), rtol=1e-12, atol=1e-14
        )
        assert blocks.total[:, -1].sum() == n
        assert (np.abs(blocks.local[:, :-1]) <= blocks.half[:, :, None] + 1e-12).all()


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
