"""The compiled engine beside the numpy definitions, which are its oracle."""

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softkmeans.clustering import compiled, methods
from softkmeans.clustering.assignments import Assignment, entmax15, hard, log_sum_exp_weights, softmax
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids
from softkmeans.clustering.kernels import nearest, prepare, sum_over_points
from softkmeans.clustering.methods import METHODS, Method, means
from softkmeans.clustering.solver import solve

EVERY = pytest.mark.parametrize("method", METHODS.values(), ids=lambda m: m.name)


@EVERY
@given(
    n=st.integers(1, 300),
    d=st.integers(1, 20),
    n_clusters=st.integers(1, 9),
    log_temperature=st.floats(-4, 4),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=40, deadline=None)
def test_runs_of_both_engines_agree(method, n, d, n_clusters, log_temperature, seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, d)) + 6 * rng.normal(size=(3, d))[rng.integers(3, size=n)]
    start = initial_centroids(points, min(n, n_clusters), INITIALISATIONS["random-points"], seed)
    temperature = np.array([10.0**log_temperature])
    one, other = (
        solve(
            prepare(points), start[None], temperature, method, max_iterations=12, tolerance=0, engine=engine
        )
        for engine in ("compiled", "numpy")
    )
    steps = min(len(one.trace.run), len(other.trace.run))  # rounding decides about the last ones
    assert steps >= max(len(one.trace.run), len(other.trace.run)) - 6
    for name in ("objective", "smooth_objective"):
        a, b = (getattr(solution.trace, name)[:steps] for solution in (one, other))
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12 * np.square(points).sum())
    np.testing.assert_allclose(one.trace.entropy[:steps], other.trace.entropy[:steps], atol=1e-9 * n)


@pytest.mark.parametrize(("n", "d"), [(1, 1), (64, 2), (65, 2), (129, 3), (1000, 2), (3000, 5), (200, 70)])
@pytest.mark.parametrize("assignment", [hard, softmax, log_sum_exp_weights, entmax15])
def test_sums_of_both_engines_agree_to_rounding(n, d, assignment):
    rng = np.random.default_rng(n)
    points = rng.normal(size=(n, d))
    prepared = prepare(points)
    centroids = points[rng.integers(n, size=(5, 7))] - prepared.centre
    temperatures = np.geomspace(1e-3, 1e3, 5) * d
    one, other = (
        sum_over_points(prepared, centroids, temperatures, assignment, engine)
        for engine in ("compiled", "numpy")
    )
    for name in ("weights", "moments", "objective", "entropy"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-11, atol=1e-11 * n)
    np.testing.assert_allclose(one.gain, other.gain, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("n", "d"), [(1, 1), (63, 2), (64, 2), (65, 2), (1000, 3), (20_000, 2), (300, 40)])
def test_the_tree_holds_every_point_once_and_its_boxes_what_is_in_them(n, d):
    points = np.random.default_rng(n).normal(size=(n, d))
    points[: n // 3] = points[0]  # many in one place
    tree = prepare(points).tree
    np.testing.assert_array_equal(np.sort(tree.order), np.arange(n))
    np.testing.assert_array_equal(tree.rows, prepare(points).values[tree.order])
    assert (tree.size[tree.leaf >= 0][:-1] == 64).all()
    assert tree.size[0] == n
    for node in range(len(tree.leaf)):
        leaves = tree.leaf[node : tree.after[node]]
        first = leaves[leaves >= 0].min() * 64
        inside = tree.rows[first : first + tree.size[node]]
        assert (np.abs(inside - tree.middle[node]) <= tree.half[node] * (1 + 1e-15)).all()
        assert (np.linalg.norm(inside - tree.middle[node], axis=1) <= tree.radius[node] * (1 + 1e-15)).all()
        np.testing.assert_allclose(tree.total[node], inside.sum(axis=0), atol=1e-13 * np.abs(inside).sum())
        scatter = np.square(inside - inside.mean(axis=0)).sum()
        np.testing.assert_allclose(tree.scatter[node], scatter, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3, 30])
def test_the_nearest_centroid_is_the_first_among_equals(d):
    rng = np.random.default_rng(d)
    points = rng.integers(-9, 9, size=(700, d)).astype(float)
    centroids = rng.integers(-9, 9, size=(12, d)).astype(float)
    centroids[7] = centroids[3]
    prepared = prepare(points)
    labels, squares = nearest(prepared, centroids - prepared.centre)
    exact = np.square(points[:, None] - centroids).sum(axis=2)
    np.testing.assert_array_equal(labels, exact.argmin(axis=1))
    np.testing.assert_array_equal(squares, exact.min(axis=1))


def test_exponentials_are_within_a_unit_in_the_last_place():
    exponents = -np.concatenate([np.linspace(0, 1, 2000), np.geomspace(1e-300, 700, 3000)])
    engine = compiled.load()
    found = np.array([engine._exp(x) for x in exponents])
    exact = np.array([math.exp(x) for x in exponents])
    assert (np.abs(found - exact) <= 1.5 * np.spacing(exact)).all()
    assert engine._exp(0.0) == 1


def test_constants_stand_once_in_meaning():
    assert compiled.load().EMPTY == methods.EMPTY


@EVERY
def test_a_run_does_not_depend_on_the_runs_beside_it(method):
    rng = np.random.default_rng(3)
    points = rng.normal(size=(700, 3))
    starts, temperatures = points[rng.integers(700, size=(9, 6))], np.geomspace(1e-3, 10, 9)
    together = solve(prepare(points), starts, temperatures, method)
    for r in range(9):
        alone = solve(prepare(points), starts[r : r + 1], temperatures[r : r + 1], method)
        np.testing.assert_array_equal(alone.centroids[0], together.centroids[r])
        assert alone.smooth_objective[0] == together.smooth_objective[r]
        assert alone.n_iterations[0] == together.n_iterations[r]


def of_the_readme():
    """The functions that README shows under "Add a method"."""
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    section = text.split("### Add a method\n")[1].split("\n### ")[0]
    blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    names = {"np": np, "Floats": np.ndarray, **vars(methods)}
    names["register"] = lambda method: None
    for block in blocks:
        exec(block, names)
    return names["sparsemax"], names["sparsemax_loops"]


@pytest.mark.parametrize("d", [2, 12])
def test_the_readmes_loops_are_compiled_and_run_as_its_numpy_function(d):
    plain, loops = of_the_readme()
    rng = np.random.default_rng(0)
    points = rng.normal(size=(500, d))
    starts, temperatures = points[None, :7].repeat(3, axis=0), np.array([0.01, 1.0, 30.0]) * d
    one, other = (
        solve(prepare(points), starts, temperatures, Method("sparsemax", "README", assignment, means))
        for assignment in (Assignment(plain, 1.0, loops), Assignment(plain, 1.0))
    )
    np.testing.assert_array_equal(one.n_iterations, other.n_iterations)
    np.testing.assert_allclose(one.centroids, other.centroids, rtol=1e-9, atol=1e-12)
    for name in ("objective", "smooth_objective", "entropy"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-11, atol=1e-10)


def test_an_update_of_ones_own_runs_on_compiled_passes():
    def halfway(sums, centroids):
        return (centroids + means(sums, centroids)) / 2

    method = replace(METHODS["entropy"], update=halfway)
    rng = np.random.default_rng(0)
    points = rng.normal(size=(500, 2))
    one, other = (
        solve(prepare(points), points[None, :5], np.array([0.5]), method, engine=engine)
        for engine in ("compiled", "numpy")
    )
    np.testing.assert_allclose(one.centroids, other.centroids, rtol=1e-10)
    assert one.n_iterations == other.n_iterations > 2
