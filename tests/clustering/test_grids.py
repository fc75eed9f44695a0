import numpy as np
import pytest
import reference

from softkmeans.clustering import grids
from softkmeans.clustering.assignments import entmax15, log_sum_exp_weights, softmax
from softkmeans.clustering.kernels import prepare, sum_over_points
from softkmeans.clustering.methods import unit_sums

RNG = np.random.default_rng(0)
POINTS = np.concatenate([RNG.normal(size=(3000, 2)), 4 + RNG.normal(size=(1500, 2)), [[30.0, -20.0]]])
PREPARED = prepare(POINTS)
CENTROIDS = RNG.uniform(-2, 6, size=(40, 2))
WARM = float(np.square(PREPARED.grids.half.max() / grids.WIDEST))
NAMES = ("weights", "moments", "objective", "smooth_objective", "entropy")


def sums_at(temperature, assignment=softmax, centroids=CENTROIDS):
    return sum_over_points(PREPARED, centroids[None] - PREPARED.centre, np.array([temperature]), assignment)


@pytest.fixture
def calls(monkeypatch):
    """How many runs are summed by grids, and with what result."""
    seen = []
    actual = grids.sum_warm

    def counted(*arguments):
        seen.append(actual(*arguments))
        return seen[-1]

    monkeypatch.setattr(grids, "sum_warm", counted)
    return seen


@pytest.mark.parametrize("assignment", [softmax, log_sum_exp_weights])
@pytest.mark.parametrize("factor", [1.0, 1.5, 10.0, 1e3, 1e6])
def test_sums_by_grids_are_those_of_the_plain_formulas(assignment, factor, calls):
    temperature = factor * WARM
    sums = sums_at(temperature, assignment)
    assert len(calls) == 1
    assert calls[0] is not None
    u = reference.memberships(POINTS, CENTROIDS, temperature)
    np.testing.assert_allclose(sums.weights[0], u.sum(axis=0), rtol=1e-13)
    np.testing.assert_allclose(sums.moments[0], u.T @ (POINTS - PREPARED.centre), rtol=1e-13, atol=1e-10)
    assert sums.objective[0] == pytest.approx(reference.objective(POINTS, CENTROIDS), rel=1e-13)
    assert sums.smooth_objective[0] == pytest.approx(
        reference.smooth_objective(POINTS, CENTROIDS, temperature), rel=1e-13
    )
    assert sums.entropy[0] == pytest.approx(reference.entropy(u), rel=1e-12)


def test_bases_are_one_at_their_node_and_interpolate():
    np.testing.assert_allclose(grids._bases(grids._nodes()), np.eye(grids.NODES), atol=1e-14)
    t = np.linspace(-1, 1, 7)
    np.testing.assert_allclose(grids._bases(t) @ grids._nodes() ** 5, t**5, atol=1e-14)


def test_blocks_hold_their_points():
    drawn = PREPARED.grids
    assert drawn.counted.sum() == len(POINTS)
    np.testing.assert_allclose(drawn.bases.sum(axis=-1), 1, atol=1e-13)  # also those of what fills up
    total = (drawn.scatter + drawn.counted.sum(axis=1) * np.square(drawn.middle).sum(axis=0)).sum()
    t = drawn.bases @ grids._nodes() * drawn.counted  # where the points are, in half widths
    local = drawn.half[..., None] * t
    total += 2 * (drawn.middle * local.sum(axis=2)).sum()
    assert total == pytest.approx(np.square(PREPARED.values).sum(), rel=1e-12)


def test_not_where_it_is_cold_or_clusters_are_few_or_weights_no_exponentials(calls):
    sums_at(0.9 * WARM)
    sums_at(2 * WARM, centroids=CENTROIDS[: grids.CLUSTERS - 1])
    sums_at(2 * WARM, entmax15)
    assert not calls


def test_far_points_and_faint_clusters_are_summed_plainly(calls):
    temperature = 1.01 * WARM
    far = CENTROIDS + np.array([0, 9 * np.sqrt(temperature)])  # from all points
    faint = np.concatenate([CENTROIDS[:-1], [[0, 12 * np.sqrt(temperature)]]])
    for centroids in (far, faint):
        sums = sums_at(temperature, centroids=centroids)
        u = reference.memberships(POINTS, centroids, temperature)
        np.testing.assert_allclose(sums.weights[0], u.sum(axis=0), rtol=1e-9)
    assert calls[0] is None
    assert calls[1].moments[-1, -1] < 0.5


def test_a_run_does_not_depend_on_its_batch_and_quotients_are_centroids():
    temperatures = WARM * np.geomspace(1e-3, 1e3, 13)
    state = CENTROIDS + RNG.normal(size=(13, 40, 2)) - PREPARED.centre
    together = sum_over_points(PREPARED, state, temperatures, softmax)
    for r in range(13):
        alone = sum_over_points(PREPARED, state[r : r + 1], temperatures[r : r + 1], softmax)
        for name in NAMES:
            np.testing.assert_array_equal(getattr(alone, name)[0], getattr(together, name)[r])
    quotients = sum_over_points(PREPARED, unit_sums(state) * 3, temperatures, softmax)
    for name in NAMES:
        np.testing.assert_allclose(getattr(quotients, name), getattr(together, name), rtol=1e-9, atol=1e-6)
