"""The iterates of Fig. 2, against plain loops."""

from itertools import pairwise

import numpy as np
import pytest
import reference

from softkmeans import tables
from softkmeans.arrays import standardise
from softkmeans.clustering.assignments import entmax15
from softkmeans.paper2.collapse import collapse_tables
from softkmeans.paper2.iterates import ITERATED, iterates
from softkmeans.paper2.problem import MAPS, Problem

SIGMAS = np.array([0.8, 0.2])


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    points = standardise(rng.normal(size=(90, 2)) + 4 * rng.normal(size=(3, 2)).repeat(30, axis=0))
    return Problem("blobs", points, np.stack([points[:3], points[40:43]]))


@pytest.fixture(scope="module")
def found(problem):
    return tables.frame(iterates(problem, SIGMAS))


def update(method, points, centroids, sigma):
    if method == "kmeans":
        return reference.lloyd(points, centroids)
    if method == "rbf-softmax":
        shares = reference.memberships(points, centroids, 2 * sigma**2)
    else:
        squares = reference.squared_distances(points, centroids).T
        shares = entmax15.at(squares, 2 * sigma**2).responsibilities.T
    return reference.means(points, shares)


@pytest.mark.parametrize(
    ("method", "sigma"), [("kmeans", 0.0), *((name, sigma) for name in MAPS for sigma in SIGMAS)]
)
def test_each_row_is_an_update_of_the_one_before_from_the_first_start(problem, found, method, sigma):
    rows = found[(found["method"] == method) & (found["sigma"] == sigma)]
    places = tables.sets(rows)
    np.testing.assert_allclose(places[0], problem.starts[0], atol=1e-14)
    assert rows["iteration"].tolist() == list(range(len(rows)))
    for before, after in pairwise(places):
        np.testing.assert_allclose(after, update(method, problem.points, before, sigma), atol=1e-9)
    assert len(rows) > 3
    np.testing.assert_allclose(places[-1], places[-2], atol=1e-8)


def test_the_methods_end_where_the_collapse_says(problem, found):
    for method in MAPS:
        ends = tables.frame(collapse_tables(problem, method, SIGMAS)["paths"])
        for sigma in SIGMAS:
            rows = found[(found["method"] == method) & (found["sigma"] == sigma)]
            expected = tables.sets(ends[ends["sigma"] == sigma])[0]
            last = tables.sets(rows)[-1]
            apart = np.linalg.norm(last[:, None] - expected[None], axis=2)
            assert (apart.min(axis=0) < 1e-6).all()


def test_a_constant_rate_is_another_way_to_the_same_end(problem, found):
    other = tables.frame(iterates(problem, SIGMAS, learning_rate=0.5))
    assert len(other) > len(found)
    for method in MAPS:
        for sigma in SIGMAS:
            ends = [
                tables.sets(t[(t["method"] == method) & (t["sigma"] == sigma)])[-1] for t in (found, other)
            ]
            np.testing.assert_allclose(*ends, atol=1e-5)


def test_sigma_is_halved_seven_times():
    np.testing.assert_allclose(ITERATED[:-1] / ITERATED[1:], 2)
    assert len(ITERATED) == 8
