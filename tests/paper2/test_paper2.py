"""Paper 2's statements, on small data: by closed forms, finite differences and plain loops."""

import numpy as np
import pytest
import reference

from softkmeans import tables
from softkmeans.arrays import standardise
from softkmeans.clustering.assignments import entmax15, hard, softmax
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids
from softkmeans.clustering.kernels import prepare, sum_over_points
from softkmeans.clustering.methods import METHODS, gradient_step, with_learning_rate
from softkmeans.clustering.solver import solve
from softkmeans.data.generated import GEOMETRIES, N_POINTS, generate
from softkmeans.paper2 import theorems
from softkmeans.paper2.collapse import FOLLOWED, collapse, collapse_tables, is_monotone
from softkmeans.paper2.figures import FIGURES, FLOOR, draw
from softkmeans.paper2.problem import (
    MAPS,
    kmeans_solutions,
    point_margins,
    set_up,
    soft_centroids,
    temperature,
)
from softkmeans.paper2.rates import bound, entmax_discrepancies, exact_from, fit_slope, one_step, rates
from softkmeans.paper2.table1 import stability_summary, table1
from softkmeans.report.style import applied, save_all

SIGMAS = np.geomspace(2, 0.005, 12)


@pytest.fixture(scope="module")
def blobs():
    """Three blobs, standardised, and five starts."""
    rng = np.random.default_rng(0)
    points = standardise(rng.normal(size=(150, 2)) + 5 * rng.normal(size=(3, 2)).repeat(50, axis=0))
    starts = [initial_centroids(points, 3, INITIALISATIONS["random-points"], seed) for seed in range(5)]
    return points, np.stack(starts)


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


def test_margins_by_hand():
    """Centroids 0, 4, 10: the point 1 has margin 9 − 1, the point 6 has 16 − 4."""
    margins = point_margins(np.array([[1.0], [6.0]]), np.array([[0.0], [4.0], [10.0]]))
    assert margins.values.tolist() == [8, 12]
    assert margins.smallest(3).tolist() == [8, 8, 12]


def test_kmeans_solutions_are_fixed_points(blobs):
    points, starts = blobs
    solutions, _ = kmeans_solutions(points, starts)
    for centroids in solutions:
        np.testing.assert_allclose(reference.lloyd(points, centroids), centroids, atol=1e-14)


def test_entmax_is_kmeans_bit_for_bit_below_half_the_root_of_the_margin(blobs):
    points, starts = blobs
    for centroids in kmeans_solutions(points, starts)[0]:
        predicted = np.sqrt(point_margins(points, centroids).values.min()) / 2
        below = entmax_discrepancies(points, centroids, temperature(predicted * np.array([0.1, 0.9, 0.999])))
        assert below.tolist() == [0, 0, 0]
        assert entmax_discrepancies(points, centroids, temperature(predicted * np.array([1.05]))) > 0
        assert exact_from(points, centroids) == pytest.approx(predicted, rel=1e-3)


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


def test_a_tie_has_no_rate_and_no_exact_sigma():
    points = np.array([[-3.0, 1], [-3, -1], [0, 0], [2, 1], [2, -1]])
    centroids = np.array([[-2.0, 0], [2.0, 0]])
    assert np.isnan(exact_from(points, centroids))
    assert tables.frame(rates("ties", points, 0, centroids))["slope"].isna().all()


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
    assert collapse(points, starts, sigma, method).trajectory[0, 0] == pytest.approx(expected, rel=1e-9)


def test_the_rate_is_the_margin_where_it_can_be_told(blobs):
    points, starts = blobs
    solutions = kmeans_solutions(points, starts)[0]
    found = tables.frame(tables.concatenate(rates("blobs", points, r, c) for r, c in enumerate(solutions)))
    for (repeat, j), one in found.groupby(["repeat", "cluster"]):
        assert (one["margin"] == point_margins(points, solutions[repeat]).smallest(3)[j]).all()
        assert one["slope"].nunique(dropna=False) == 1
        known = one["resolved"]
        if known.sum() >= 4:
            slope = np.polyfit(1 / one["temperature"][known], np.log(one["fixed_point"][known]), 1)[0]
            np.testing.assert_allclose(one["slope"], slope)
    ratios = (-found["slope"] / found["margin"]).dropna()
    assert len(ratios)
    assert (np.abs(ratios - 1) < 0.05).all()


def test_a_slope_needs_four_values():
    levels = 1 / np.arange(1.0, 7.0)
    values, told = np.exp(-2.5 / levels), np.arange(6) < 4
    assert fit_slope(levels, values, told) == pytest.approx(-2.5)
    assert np.isnan(fit_slope(levels, values, np.arange(6) < 3))


@pytest.mark.parametrize("n_clusters", [2, 5])
def test_gaps_lie_below_their_bounds_and_fall(blobs, n_clusters):
    points, _ = blobs
    found = tables.frame(theorems.gaps("blobs", points, n_clusters, SIGMAS, draws=50, seed=1))
    for gap, limit in ((found[name], found[f"{name}_bound"]) for name in ("weighted", "free")):
        assert (gap > 0).all()
        assert (gap <= limit * (1 + 1e-12)).all()  # two in one place reach it
        assert (np.diff(gap) < 0).all()


def test_gaps_are_those_of_the_plain_functionals(blobs):
    points, _ = blobs
    sigma = np.sqrt(np.array([0.1]))  # T = 0.2
    found = tables.frame(theorems.gaps("blobs", points, 3, sigma, draws=20, seed=1)).iloc[0]
    drawn = np.random.default_rng(1).uniform(points.min(axis=0), points.max(axis=0), (20, 3, 2))
    drawn[1::2, -1] = drawn[1::2, 0]
    shares = [
        (reference.memberships(points, mu, 0.2) * reference.squared_distances(points, mu)) for mu in drawn
    ]
    hard_values = [reference.objective(points, mu) for mu in drawn]
    weighted = np.sum(shares, axis=(1, 2)) - hard_values
    free = np.subtract(hard_values, [reference.smooth_objective(points, mu, 0.2) for mu in drawn])
    bounds = 150 * 2 * 0.2 / np.e, 150 * 0.2 * np.log(3)
    assert found["weighted":].tolist() == pytest.approx(
        [weighted.max(), bounds[0], free.max(), bounds[1]], rel=1e-9
    )


def test_collapse_is_what_plain_runs_give(blobs):
    points, starts = blobs
    hard_centroids = kmeans_solutions(points, starts)[0]
    for name in MAPS:
        found = collapse(points, starts, SIGMAS, METHODS[name])
        assert found.converged.all()
        assert found.discrepancies.shape == (12, 5, 3)
        s, m = 5, 2
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
            np.sort(found.discrepancies[s, m]), np.sort(distances.min(axis=0)), atol=1e-4
        )
    exact = np.sqrt(min(point_margins(points, c).values.min() for c in hard_centroids)) / 2 > SIGMAS
    assert exact.any()
    ends = found.discrepancies[exact]  # of entmax
    assert (ends[:, found.trajectory[-1] < 1e-9] == 0).all()


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
        how: tables.frame(theorems.stability("blobs", points, centroids, how, sigmas))
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


def test_monotone_means_never_rising_as_sigma_falls():
    assert is_monotone(np.array([3.0, 2.0, 2.0, 0.0]))
    assert not is_monotone(np.array([3.0, 2.0, 2.1, 0.0]))
    assert is_monotone(np.array([3.0, 2.0, 2.0000001, 0.0]))
    assert not is_monotone(np.array([3.0, 0.002, 0.00200001, 0.0]))


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
        parts.append(theorems.theory_tables(problem, SIGMAS))
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
    assert table.loc[2, "monotone_softmax"] == bool((np.diff(mean) <= 1e-4).all())
    assert table.loc[2, "largest_softmax"] == one[one["sigma"] == SIGMAS.min()]["discrepancy"].max()


def test_table1_tells_a_wrong_bound_and_a_rising_discrepancy(found):
    """Plant a bound of a trillionth of what it is, and discrepancies turned round."""
    _, whole = found
    bounds = whole["bounds"].assign(bound=whole["bounds"]["bound"] * 1e-12)
    turned = whole["collapse"].assign(sigma=1 / whole["collapse"]["sigma"])
    table = table1(whole | {"collapse": turned, "bounds": bounds})
    assert (table["bounds_hold"] < table["bounds"]).any()
    assert not table["monotone_softmax"].any()


def test_stability_summary_gives_the_first_sigma(found):
    summary = stability_summary(found[1]["stability"]).set_index(["dataset", "map"])
    assert summary.loc[("moons", "softmax, no shift"), "first_nan_sigma"] > 0
    assert np.isnan(summary.loc[("moons", "softmax"), "first_nan_sigma"])
    assert (
        summary.loc[("moons", "entmax-1.5"), "first_zero_gradient_sigma"]
        > summary.loc[("moons", "softmax"), "first_zero_gradient_sigma"]
    )


def test_figures_are_drawn_to_the_same_bytes_with_their_zeros(found, tmp_path):
    data, whole = found
    for folder in ("a", "b"):
        with applied():
            drawn = dict(draw(FIGURES, data, whole))
            save_all(drawn.items(), tmp_path / folder)
    assert list(drawn) == ["fig1", "fig2", "table1", "rates", "gamma", "trajectories", "stability"]
    figure, plotted = drawn["fig1"]
    assert min(line.get_ydata().min() for axes in figure.axes for line in axes.get_lines()[:-1]) == FLOOR
    assert (plotted["discrepancy"] == 0).any()
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_the_values_of_fig2_are_the_paths(found):
    data, whole = found
    _, plotted = next(draw(["fig2"], data, whole))[1]
    for row in whole["paths"].itertuples():
        here = plotted[(plotted["dataset"] == row.dataset) & (plotted["method"] == row.method)]
        here = here[here["sigma"] == row.sigma]
        sets = here.pivot(index="cluster", columns="dimension", values="value").to_numpy()
        np.testing.assert_array_equal(sets, np.reshape(row.coordinates, (row.n_clusters, -1)))


def test_soft_centroids_of_a_cluster_without_weight_stay():
    points, far = np.zeros((3, 2)), np.array([[0.0, 0.0], [9.0, 9.0]])
    np.testing.assert_array_equal(soft_centroids(points, far, 0.0, hard), far)
