"""The contenders: what their steps cost, and that each does what its source says."""

from itertools import islice

import numpy as np
import pytest

from softkmeans.arrays import squared_distances
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.solver import solve
from softkmeans.clustering.temperatures import critical_temperature
from softkmeans.contest import contenders
from softkmeans.contest.contenders import CONTENDERS, Problem, Rules, random_swap, seeding_pairs
from softkmeans.contest.masses import cool_masses, mass_constrained, split_temperatures
from softkmeans.data.dataset import Dataset, Origin

CENTRES = np.array([[0.0, 0], [9, 0], [0, 7], [40, 35]])
POINTS = np.random.default_rng(0).normal(size=(400, 2)) + np.repeat(CENTRES, 100, axis=0)
DATA = Dataset("mine", POINTS, 4, np.repeat(np.arange(4), 100), Origin("own", None, None, ""))
RULES = Rules(1e-4, 300, 0.8, 0.001, 1e-2)


def objective(centroids):
    return squared_distances(POINTS, centroids).min(axis=0).sum()


@pytest.mark.parametrize("name", CONTENDERS)
def test_a_step_is_of_its_centroids_and_costs_what_the_iterations_touch(name, monkeypatch):
    """Pairs are n·K for each assignment: one an iteration, and one at the start; and those of the seeding."""
    touched = []

    def counting(points, starts, *args, **options):
        solution = solve(points, starts, *args, **options)
        touched.append((solution.n_iterations[0] + 1) * len(POINTS) * starts.shape[1])
        return solution

    monkeypatch.setattr(contenders, "solve", counting)
    monkeypatch.setattr("softkmeans.clustering.annealing.solve", counting)
    monkeypatch.setattr("softkmeans.contest.masses.solve", counting)
    checked = []
    monkeypatch.setattr(
        "softkmeans.contest.masses.split_temperatures",
        lambda points, centroids, *rest: (
            checked.append(len(points) * len(centroids)) or split_temperatures(points, centroids, *rest)
        ),
    )
    seeding = {"K-means++": 1600, "maxmin": 1600, "greedy K-means++": 400 * (1 + 3 * 3)}.get(name, 0)
    steps = CONTENDERS[name](Problem(DATA, RULES), np.random.default_rng(3))
    for step in islice(steps, 3):
        assert step.objective == pytest.approx(objective(step.centroids), rel=1e-12)
        assert step.pairs == sum(touched) + sum(checked) + seeding
        touched.clear()
        checked.clear()


def test_seeding_costs_a_distance_of_every_point_to_every_candidate():
    """Of K = 20 there are 2 + ⌊ln 20⌋ = 4 candidates at each of 19 draws, after the first point's n."""
    assert seeding_pairs("kmeans++", 100, 20) == 100 * 20
    assert seeding_pairs("maxmin", 100, 20) == 100 * 20
    assert seeding_pairs("greedy-kmeans++", 100, 20) == 100 * (1 + 4 * 19)


def test_random_swap_never_rises_and_finds_every_cluster():
    steps = list(islice(random_swap(Problem(DATA, RULES), np.random.default_rng(1)), 60))
    values = [step.objective for step in steps]
    assert values == sorted(values, reverse=True)
    assert {step.pairs for step in steps} == {3 * 1600}  # two iterations, and the J that they reach
    nearest = squared_distances(CENTRES, steps[-1].centroids).min(axis=0)
    assert nearest.max() < 0.5


def test_a_swap_that_raises_the_objective_is_undone(monkeypatch):
    """From the best centroids, every swap is worse."""
    best = np.stack([POINTS[i * 100 : (i + 1) * 100].mean(axis=0) for i in range(4)])
    monkeypatch.setattr(Problem, "start", lambda self, *_: best)
    steps = list(islice(random_swap(Problem(DATA, RULES), np.random.default_rng(1)), 20))
    np.testing.assert_allclose(steps[-1].centroids, best, atol=1e-9)


def test_both_annealed_methods_start_from_the_same_points(monkeypatch):
    started = []
    original = Problem.start
    monkeypatch.setattr(Problem, "start", lambda *a: started.append(original(*a)) or started[-1])
    for name in ("annealed softmax", "annealed entmax-1.5", "random swap"):
        next(CONTENDERS[name](Problem(DATA, RULES), np.random.default_rng(5)))
    np.testing.assert_array_equal(started[0], started[1])
    np.testing.assert_array_equal(started[0], started[2])


def test_masses_enter_the_shares_as_factors():
    """One step of the fixed point, against p_j exp(−d²/T) written out."""
    centroids, masses, temperature = np.array([[0.0, 1], [8, 2], [30, 30]]), np.array([0.6, 0.3, 0.1]), 50.0
    u = masses[:, None] * np.exp(-squared_distances(POINTS, centroids) / temperature)
    u /= u.sum(axis=0)
    method = mass_constrained(temperature)
    lifted = np.concatenate([POINTS, np.zeros((400, 1))], axis=1)
    start = np.concatenate([centroids, masses[:, None]], axis=1)
    points = prepare(lifted)
    end = solve(points, start[None], np.array([temperature]), method, max_iterations=1)
    found = end.centroids[0]
    np.testing.assert_allclose(found[:, :2], u @ POINTS / u.sum(axis=1)[:, None], rtol=1e-9)
    expected = u.sum(axis=1) / len(POINTS)
    shares = np.exp(-np.square(found[:, 2]) / temperature)
    np.testing.assert_allclose(shares / shares.sum(), expected, rtol=1e-9)


def test_a_cluster_splits_at_twice_the_largest_variance_of_its_share():
    """Of all points T_c; of far clusters of variance 1 and 4 it is 2 and 8, whatever their masses."""
    one = split_temperatures(POINTS, POINTS.mean(axis=0)[None], np.ones(1), 1e6)
    assert one[0] == pytest.approx(critical_temperature(POINTS), rel=1e-8)
    line = np.array([[-1.0], [1], [998], [1002]])
    found = split_temperatures(line, np.array([[0.0], [1000]]), np.array([0.2, 0.8]), 10.0)
    assert found == pytest.approx([2, 8])


@pytest.mark.parametrize("n_clusters", [1, 2, 3, 4])
def test_mass_constrained_clusters_grow_to_k_and_no_further(n_clusters):
    critical = critical_temperature(POINTS)
    schedule = [critical * 0.8**k for k in range(31)]
    end = cool_masses(
        prepare(POINTS), n_clusters, schedule, np.random.default_rng(0), tolerance=1e-3, max_iterations=300
    )
    assert end.centroids.shape == (n_clusters, 2)
    if n_clusters == 4:
        assert squared_distances(CENTRES, end.centroids).min(axis=0).max() < 0.5
    assert end.pairs > len(POINTS) * len(schedule)


def test_the_t_c_of_a_cluster_is_of_the_points_weighted_by_its_mass_and_distance():
    rng = np.random.default_rng(0)
    points, temperature = rng.normal(size=(200, 2)) * [2, 1], 3.0
    centroids, masses = np.array([[-1.0, 0.0], [1.5, 0.5]]), np.array([0.9, 0.1])
    found = split_temperatures(points, centroids, masses, temperature)
    squares = np.square(points[:, None] - centroids).sum(axis=2)
    shares = masses * np.exp(-squares / temperature)
    shares /= shares.sum(axis=1, keepdims=True)
    for k in range(2):
        away, weights = points - centroids[k], shares[:, k]
        covariance = (weights[:, None] * away).T @ away / weights.sum()
        assert found[k] == pytest.approx(2 * np.linalg.eigvalsh(covariance)[-1], rel=1e-9)


def test_no_more_clusters_split_than_are_allowed():
    """Two clusters are due at once, and only one may split."""
    half = np.random.default_rng(0).normal(size=(100, 2)) + np.repeat([[100.0, 10], [100, -10]], 50, axis=0)
    points = np.concatenate([half, half * [-1, 1]])
    schedule = [critical_temperature(points) * 0.5**k for k in range(14)]
    rng = np.random.default_rng(0)
    end = cool_masses(prepare(points), 3, schedule, rng, tolerance=1e-3, max_iterations=500)
    assert end.centroids.shape == (3, 2)
    np.testing.assert_allclose(np.sort(np.abs(end.centroids[:, 1])).round(), [0, 10, 10])
