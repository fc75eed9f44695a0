"""Paper 2's runs, tables and figures, on small data: by finite differences and plain loops."""

import numpy as np
import pandas as pd
import pytest
import reference

from softkmeans import tables
from softkmeans.arrays import standardise
from softkmeans.clustering.assignments import Assignment, entmax15, hard, softmax
from softkmeans.clustering.kernels import prepare, sum_over_points
from softkmeans.clustering.methods import METHODS, gradient_step, with_learning_rate
from softkmeans.clustering.solver import solve
from softkmeans.data.generated import GEOMETRIES, N_POINTS, generate
from softkmeans.paper2 import theorems
from softkmeans.paper2.collapse import (
    FOLLOWED,
    collapse,
    collapse_tables,
    compare,
    error_bound,
    measured_contraction,
    runs_of,
)
from softkmeans.paper2.optimisers import adam, constant, descend, shared
from softkmeans.paper2.problem import (
    MAPS,
    Problem,
    kmeans_solutions,
    point_margins,
    set_up,
    soft_centroids,
    temperature,
)
from softkmeans.paper2.rates import log_discrepancies
from softkmeans.paper2.table1 import stability_summary, table1

SIGMAS = np.geomspace(2, 0.005, 12)


@pytest.mark.parametrize("name", MAPS)
def test_the_step_lands_on_the_soft_centroid(blobs, name):
    """Theorem 2: a step of 1/(2Σr) along −∂F."""
    points, starts = blobs
    prepared, method = prepare(points), METHODS[name]
    centroids = starts - prepared.centre
    sums = sum_over_points(prepared, centroids, np.full(5, 0.3), method.assignment)
    landed = [soft_centroids(points, start, 0.3, method.assignment) for start in starts]
    np.testing.assert_allclose(gradient_step(sums, centroids) + prepared.centre, landed, atol=1e-13)


@pytest.mark.parametrize("name", MAPS)
def test_a_learning_rate_ends_at_the_same_fixed_point(blobs, name):
    points, starts = blobs
    ends = [
        solve(
            prepare(points), starts[:1], np.array([0.1]), method, shift_tolerance=1e-12, max_iterations=20000
        ).centroids
        for method in (METHODS[name], with_learning_rate(METHODS[name], 0.5))
    ]
    np.testing.assert_allclose(*ends, atol=1e-9)


def test_kmeans_solutions_are_fixed_points(blobs):
    points, starts = blobs
    solutions, _ = kmeans_solutions(points, starts)
    for centroids in solutions:
        np.testing.assert_allclose(reference.lloyd(points, centroids), centroids, atol=1e-14)


def test_the_trajectory_compares_the_same_iterations():
    """K-means goes on for longer than the soft run is followed as it comes."""
    rng = np.random.default_rng(5)
    points = standardise(rng.uniform(size=(4000, 2)))
    starts = points[None, :40]
    kmeans = kmeans_solutions(points, starts)[1].trace.centroids
    assert len(kmeans) > FOLLOWED + 1
    sigma = np.array([0.05])
    method = METHODS["rbf-softmax"]
    soft = solve(
        prepare(points),
        starts,
        temperature(sigma),
        method,
        shift_tolerance=0,
        max_iterations=FOLLOWED,
        every_iteration=True,
    ).trace.centroids
    expected = np.sqrt(np.square(soft - kmeans[: FOLLOWED + 1]).sum(axis=(1, 2))).max()
    assert collapse(points, starts, sigma, method).trajectory[0] == pytest.approx(expected, rel=1e-9)


def test_collapse_is_what_plain_runs_give(blobs):
    points, starts = blobs
    hard_centroids = kmeans_solutions(points, starts)[0]
    for name in MAPS:
        found = collapse(points, starts, SIGMAS, METHODS[name])
        assert found.converged.all()
        assert found.discrepancies.shape == (60, 3)
        s, m = 5, 2
        assert (found.sigma[5 * s + m], found.repeat[5 * s + m]) == (SIGMAS[s], m)
        plain = solve(
            prepare(points),
            starts[m : m + 1],
            temperature(SIGMAS[s : s + 1]),
            METHODS[name],
            shift_tolerance=1e-13,
            max_iterations=5000,
        )
        distances = np.linalg.norm(plain.centroids[0][:, None] - hard_centroids[m], axis=2)
        np.testing.assert_allclose(
            np.sort(found.discrepancies[5 * s + m]), np.sort(distances.min(axis=0)), atol=1e-4
        )
    exact = np.sqrt(min(point_margins(points, c).values.min() for c in hard_centroids)) / 2 > found.sigma
    same = found.trajectory < 1e-9
    assert (exact & same).any()
    assert (found.discrepancies[exact & same] == 0).all()  # of entmax
    assert (found.agreement[exact & same] == 1).all()


def test_the_error_bounds_the_distance_to_the_fixed_point(blobs):
    points, starts = blobs
    for name in MAPS:
        found = collapse(points, starts, SIGMAS, METHODS[name])
        further = solve(
            prepare(points),
            found.centroids,
            temperature(found.sigma),
            METHODS[name],
            shift_tolerance=1e-15,
            max_iterations=2000,
        ).centroids
        rest = np.sqrt(np.square(found.centroids - further).sum(axis=(1, 2)))
        assert (rest <= found.error).all()
        assert found.error.max() < 1e-5
        near = found.discrepancies.max(axis=1) < 0.01
        assert found.error[near].max() < 1e-12
        assert (found.contraction < 1).all()
        assert found.contraction.max() > 0.5


def test_contraction_and_error_by_hand():
    shifts = 0.3 * 0.9 ** np.arange(50)
    assert measured_contraction(shifts) == pytest.approx(0.9)
    assert measured_contraction(np.append(shifts, [1e-12, 3e-12])) == pytest.approx(1e-12 / shifts[-1])
    assert measured_contraction(np.array([0.0])) == 0
    found = error_bound(np.full(4, 1e-8), np.array([0.9, 0.1, 1.0, 1.5]))
    np.testing.assert_allclose(found, [9e-8, 1e-8, np.inf, np.inf], rtol=1e-5)


def test_the_first_start_has_every_sigma_and_the_others_some():
    sigma, repeat = runs_of(np.array([4.0, 3.0, 2.0, 1.0]), 3, 3)
    assert sigma.tolist() == [4, 4, 4, 3, 2, 1, 1, 1]
    assert repeat.tolist() == [0, 1, 2, 0, 0, 0, 1, 2]
    assert runs_of(np.array([2.0, 1.0]), 2, 3)[0].tolist() == [2, 1, 1]


def test_ends_are_compared_whatever_the_order_of_their_centroids():
    points = np.array([[0.0], [1.0], [5.0], [6.0], [3.4]])
    means, labels = np.array([[5.5], [0.5]]), np.array([1, 1, 0, 0, 0])
    ends = np.array([[0.5], [5.5], [5.2]])
    landed, agreement, not_nearest = compare(points, ends[:2], 1e-6, softmax, means, labels)
    np.testing.assert_allclose(landed, [[14.4 / 3], [0.5]])
    assert (agreement, not_nearest) == (1, 0)
    assert compare(points, ends[[1, 0]], 1e-6, entmax15, means, labels)[1] == 1
    assert compare(points, ends[[0, 2]] + 1.5, 1e-6, hard, means, labels)[1] == pytest.approx(0.8)


def test_points_that_answer_to_another_than_their_nearest_centroid_are_counted():
    points, ends, labels = np.array([[0.0], [1.0], [5.0]]), np.array([[0.5], [5.0]]), np.array([0, 0, 1])
    turned = Assignment(lambda scores: softmax.shares(scores.max(axis=0) - scores))
    found = [compare(points, ends, 0.5, rule, ends, labels)[2] for rule in (hard, softmax, entmax15, turned)]
    assert found == [0, 0, 0, 3]


def test_runs_are_followed_for_as_long_as_plain_ones_and_closer_to_kmeans_further(blobs):
    points, starts = blobs
    method = METHODS["rbf-softmax"]
    warm = collapse(points, starts[:1], np.geomspace(2, 0.4, 12), method)
    plain = solve(
        prepare(points),
        starts[warm.repeat],
        temperature(warm.sigma),
        method,
        shift_tolerance=1e-8,
        max_iterations=5000,
    )
    assert warm.discrepancies.max(axis=1).min() > 0.01
    assert warm.n_iterations.tolist() == plain.n_iterations.tolist()
    assert warm.n_iterations.max() > FOLLOWED
    solution = kmeans_solutions(points, starts[:1])[0][0]
    level = point_margins(points, solution).values.min() / 16
    cold = collapse(points, starts[:1], np.array([np.sqrt(level / 2)]), method).discrepancies[0]
    expected = np.exp(log_discrepancies(points, solution, np.array([level]))[0])
    assert expected.max() < 1e-7
    np.testing.assert_allclose(cold, expected, rtol=0.01, atol=1e-15)


def test_paths_are_those_of_the_first_start(blobs):
    points, starts = blobs
    found = collapse_tables(Problem("blobs", points, starts[[3, 0, 1]]), "rbf-softmax", SIGMAS, every=4)
    places = tables.sets(tables.frame(found["paths"]))
    alone = collapse(points, starts[[3]], SIGMAS, METHODS["rbf-softmax"])
    np.testing.assert_array_equal(places, alone.centroids)
    assert tables.frame(found["paths"])["sigma"].tolist() == SIGMAS.tolist()


def test_trajectories_are_those_of_kmeans_at_a_vanishing_sigma(blobs):
    points, starts = blobs
    for name in MAPS:
        assert collapse(points, starts, np.array([1e-5]), METHODS[name]).trajectory.max() < 1e-12


def test_standardised_data_are_the_same_whatever_scale_and_shift():
    points = np.random.default_rng(0).normal(size=(50, 2))
    one, other = standardise(points), standardise(1e6 * points - 3e5)
    np.testing.assert_allclose(one, other, atol=1e-9)
    assert one.mean(axis=0) == pytest.approx([0, 0], abs=1e-15)
    assert one.var(axis=0).mean() == pytest.approx(1)


def test_softmax_without_a_shift_breaks_and_the_others_do_not(blobs):
    points, starts = blobs
    centroids = kmeans_solutions(points, starts)[0][0]
    sigmas = np.geomspace(2, 1e-8, 60)
    found = {
        how: tables.frame(theorems.stability("blobs", points, centroids, how, sigmas=sigmas))
        for how in theorems.EVALUATIONS
    }
    levels = temperature(sigmas)
    squares = reference.squared_distances(points, centroids)
    vanished = (squares.min(axis=1)[None] / levels[:, None] > 746).mean(axis=1)
    kept = (squares.min(axis=1)[None] / levels[:, None] > 744).mean(axis=1)
    shares = found["softmax, no shift"]["nan_share"].to_numpy()
    assert ((shares >= vanished) & (shares <= kept)).all()
    assert shares[-1] == 1
    assert found["softmax"]["nan_share"].max() == found["entmax-1.5"]["nan_share"].max() == 0
    margin = point_margins(points, centroids).values.min()
    np.testing.assert_array_equal(found["entmax-1.5"]["steepest"] > 0, levels > margin / 2)
    assert (found["softmax"]["steepest"][levels > margin / 690] > 0).all()
    assert (found["softmax"]["steepest"][levels < margin / 750] == 0).all()


def test_responses_against_finite_differences():
    squares = np.random.default_rng(0).uniform(0, 3, (4, 6))
    step, level = 1e-6, 0.8
    for name, assignment in (("softmax", softmax), ("entmax-1.5", entmax15)):
        _, slopes = theorems.responses(name, squares, level)
        for k in range(4):
            moved = []
            for sign in (1, -1):
                shifted = squares.copy()
                shifted[k] += sign * step
                moved.append(assignment.at(shifted, level).responsibilities[k])
            slope = -level * (moved[0] - moved[1]) / (2 * step)
            np.testing.assert_allclose(slopes[k], slope, atol=1e-6)


def test_float32_breaks_earlier_than_float64(blobs):
    points, starts = blobs
    centroids = kmeans_solutions(points, starts)[0][0]
    found = pd.concat(
        tables.frame(theorems.stability("blobs", points, centroids, how, precision))
        for how in theorems.EVALUATIONS
        for precision in theorems.PRECISIONS
    )
    summary = stability_summary(found).set_index(["map", "precision"])
    nan = summary["first_nan_sigma"]["softmax, no shift"]
    assert nan["float32"] / nan["float64"] == pytest.approx(np.sqrt(745 / 103), rel=0.26)
    vanishing = summary["first_zero_gradient_sigma"]
    assert vanishing["softmax", "float32"] > 2 * vanishing["softmax", "float64"]
    assert vanishing["entmax-1.5", "float32"] == vanishing["entmax-1.5", "float64"]


def test_adam_by_hand():
    """Two steps of Kingma & Ba's Algorithm 1 with gradients 1 and 3."""
    step = adam(0.1)
    np.testing.assert_allclose(step(np.ones((1, 1, 1))), -0.1, rtol=1e-6)
    mean, square = (0.9 * 0.1 + 0.1 * 3) / (1 - 0.81), (0.999 * 0.001 + 0.001 * 9) / (1 - 0.999**2)
    np.testing.assert_allclose(step(3 * np.ones((1, 1, 1))), -0.1 * mean / np.sqrt(square), rtol=1e-6)


def test_descent_with_a_constant_rate_ends_at_a_fixed_point(blobs):
    points, starts = blobs
    ends = descend(points, starts, 0.1, constant(0.5))
    for end in ends:
        np.testing.assert_allclose(soft_centroids(points, end, 0.1, softmax), end, atol=2e-3)


def test_shared_points_are_counted_whatever_the_order_of_the_clusters():
    points = np.array([[0.0], [1.0], [5.0], [6.0]])
    one, turned, other = np.array([[[0.5], [5.5]], [[5.5], [0.5]], [[0.2], [1.5]]])
    assert shared(points, one, turned) == 1
    assert shared(points, other, one) == 0.75


@pytest.mark.parametrize("name", GEOMETRIES)
def test_geometries_are_drawn_from_their_seed(name):
    data = generate(name, 1)
    assert data.points.shape == (N_POINTS, 2)
    assert len(np.unique(data.labels)) == data.n_clusters == GEOMETRIES[name].n_clusters
    np.testing.assert_array_equal(data.points, generate(name, 1).points)
    assert (data.points != generate(name, 2).points).any()
    assert "scikit-learn" in data.caption


@pytest.fixture(scope="module")
def found():
    data = [generate(name, 0) for name in ("moons", "varied")]
    parts = []
    for one in data:
        problem = set_up(one, "random-points", 2, 0)
        parts.append(theorems.theory_tables(problem))
        parts += [collapse_tables(problem, method, SIGMAS) for method in MAPS]
    names = {name for part in parts for name in part}
    whole = {n: tables.frame(tables.concatenate(p[n] for p in parts if n in p)) for n in names}
    return data, whole | {"table1": table1(whole)}


def test_table1_says_what_was_measured(found):
    _, whole = found
    table = whole["table1"]
    assert table["dataset"].tolist() == ["moons", "moons", "varied", "varied"]
    assert (table["bounds"] > 0).all()
    assert (table["bounds_hold"] == table["bounds"]).all()
    assert (table["unconverged_softmax"] == 0).all()
    np.testing.assert_allclose(table["exact_sigma"], table["predicted_sigma"], rtol=1e-3)
    runs = whole["collapse"]
    one = runs[(runs["dataset"] == "varied") & (runs["method"] == "rbf-softmax") & (runs["repeat"] == 0)]
    mean = one.groupby("sigma")["discrepancy"].mean().sort_index(ascending=False).to_numpy()
    risen = max(0, (mean - np.minimum.accumulate(mean)).max()) / (mean[0] - mean[-1])
    assert table.loc[2, "drawup_softmax"] == pytest.approx(risen, abs=1e-6)
    assert table.loc[2, "largest_softmax"] == one[one["sigma"] == SIGMAS.min()]["discrepancy"].max()


def test_table1_against_plain_sums(found):
    _, whole = found
    rows = {(row["dataset"], row["protocol"]): row for row in whole["table1"].to_dict("records")}
    row, runs = rows["varied", "sigma-wise"], whole["collapse"]
    here = runs[(runs["dataset"] == "varied") & (runs["method"] == "rbf-entmax15") & (runs["repeat"] == 0)]
    mean = here.groupby("sigma")["discrepancy"].mean().sort_index(ascending=False)
    risen = [s for before, (s, d) in zip(mean, list(mean.items())[1:], strict=False) if d > before + 1e-5]
    assert row["last_rise_entmax15"] == (
        pytest.approx(risen[-1]) if risen else pytest.approx(np.nan, nan_ok=True)
    )
    assert row["error_entmax15"] == here["error"].max() > 10 * here["error"].min()
    rate = whole["rates"][(whole["rates"]["dataset"] == "varied") & (whole["rates"]["repeat"] == 0)]
    ratio = np.sort((-rate["slope"] / rate["margin"]).iloc[:3])
    assert (row["centroids"], row["slope_ratio"]) == (3, ratio[1])
    assert row["slope_worst"] in ratio
    assert whole["bounds"]["bound"].notna().all()


def test_table1_tells_a_wrong_bound_and_a_rising_discrepancy(found):
    """Plant a bound of a trillionth of what it is, and discrepancies turned round."""
    _, whole = found
    bounds = whole["bounds"].assign(bound=whole["bounds"]["bound"] * 1e-12)
    turned = whole["collapse"].assign(sigma=1 / whole["collapse"]["sigma"])
    table = table1(whole | {"collapse": turned, "bounds": bounds})
    assert (table["bounds_hold"] < table["bounds"]).any()
    assert (table["drawup_softmax"] == np.inf).all()


def test_stability_summary_gives_the_first_sigma(found):
    summary = stability_summary(found[1]["stability"]).set_index(["dataset", "map", "precision"])
    for precision in ("float64", "float32"):
        here = summary.loc["moons"].xs(precision, level="precision")
        assert here.loc["softmax, no shift", "first_nan_sigma"] > 0
        assert np.isnan(here.loc["softmax", "first_nan_sigma"])
        vanishing = here["first_zero_gradient_sigma"]
        assert vanishing["entmax-1.5"] > vanishing["softmax"]


def test_soft_centroids_of_a_cluster_without_weight_stay():
    points, far = np.zeros((3, 2)), np.array([[0.0, 0.0], [9.0, 9.0]])
    np.testing.assert_array_equal(soft_centroids(points, far, 0.0, hard), far)
