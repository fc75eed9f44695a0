"""The autoencoder with clusters in its loss: by finite differences, closed forms and steps made by hand."""

import numpy as np
import pytest
from scipy.special import logsumexp

from softkmeans.clustering.assignments import entmax15, hard, softmax
from softkmeans.clustering.kernels import prepare, sum_over_points
from softkmeans.clustering.methods import gradient
from softkmeans.embedding.network import SIZES, Term, adam, draw, encode, free_energy, loss, split

ASSIGNMENTS = {"hard": hard, "softmax": softmax, "entmax-1.5": entmax15}
PARTS = [*((layer, part) for layer in range(4) for part in range(2)), "centroids"]


@pytest.fixture
def points():
    return np.random.default_rng(1).uniform(size=(50, 64))


@pytest.fixture
def parameters():
    rng = np.random.default_rng(2)
    found = np.concatenate([draw(rng), rng.normal(size=40)])  # of 5 centroids
    for _, biases in split(found)[0]:
        biases[:] = 0.1 * rng.normal(size=biases.shape)
    return found


def squares_of(codes, centroids):
    return np.array([[((code - centroid) ** 2).sum() for centroid in centroids] for code in codes])


@pytest.mark.parametrize("name", ASSIGNMENTS)
@pytest.mark.parametrize("part", PARTS, ids=str)
def test_the_gradient_is_that_of_finite_differences(points, parameters, name, part):
    term = Term(ASSIGNMENTS[name], 0.7, 0.8)
    direction = np.zeros_like(parameters)
    layers, centroids = split(direction)
    chosen = centroids if part == "centroids" else layers[part[0]][part[1]]
    chosen[:] = np.random.default_rng(3).normal(size=chosen.shape)
    step = 1e-6
    there, back = (loss(parameters + s * direction, points, term)[0] for s in (step, -step))
    slope = loss(parameters, points, term)[1] @ direction
    assert slope == pytest.approx((there - back) / (2 * step), rel=1e-6)
    assert abs(slope) > 1e-3


def test_the_loss_is_the_error_of_the_reconstruction_and_the_free_energy(points, parameters):
    ((w1, b1), (w2, b2), (w3, b3), (w4, b4)), centroids = split(parameters)
    assert [w.shape for w in (w1, w2, w3, w4)] == [(64, 64), (64, 8), (8, 64), (64, 64)]
    codes = np.maximum(points @ w1 + b1, 0) @ w2 + b2
    made = np.maximum(codes @ w3 + b3, 0) @ w4 + b4
    error = ((made - points) ** 2).sum(axis=1).mean()
    squares = squares_of(codes, centroids)
    np.testing.assert_allclose(encode(parameters, points), codes, rtol=1e-12)
    assert loss(parameters, points)[0] == pytest.approx(error, rel=1e-12)
    hard_one = error + 0.7 * squares.min(axis=1).mean()
    assert loss(parameters, points, Term(hard, 0.7, 0.0))[0] == pytest.approx(hard_one, rel=1e-12)
    soft = error - 0.7 * 0.8 * logsumexp(-squares / 0.8, axis=1).mean()
    assert loss(parameters, points, Term(softmax, 0.7, 0.8))[0] == pytest.approx(soft, rel=1e-12)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_pull_on_centroids_is_the_gradient_of_clustering(parameters, name):
    rng = np.random.default_rng(4)
    codes, centroids = rng.normal(size=(60, 8)), split(parameters)[1]
    _, on_codes, on_centroids = free_energy(codes, centroids, Term(ASSIGNMENTS[name], 1.0, 0.5))
    prepared = prepare(codes)
    state = (centroids - prepared.centre)[None]
    sums = sum_over_points(prepared, state, np.array([0.5]), ASSIGNMENTS[name])
    np.testing.assert_allclose(on_centroids, gradient(sums, state)[0], atol=1e-10)
    np.testing.assert_allclose(on_codes.sum(axis=0), -on_centroids.sum(axis=0), atol=1e-10)


def test_without_a_term_centroids_stay_where_they_are(points, parameters):
    assert not split(loss(parameters, points)[1])[1].any()
    assert len(split(parameters[:-40])[1]) == 0


def test_networks_are_drawn_with_weights_of_variance_one_over_in():
    layers, centroids = split(draw(np.random.default_rng(0)))
    for (weights, biases), before in zip(layers, SIZES, strict=False):
        assert weights.var() == pytest.approx(1 / before, rel=0.15)
        assert not biases.any()
    assert centroids.shape == (0, 8)


def test_steps_of_adam_by_hand():
    slopes = np.array([[2.0, -0.5], [1.0, 3.0]])
    start = np.array([1.0, 1.0])
    seen = []

    def slope(parameters, step):
        seen.append(parameters.copy())
        return slopes[step]

    end = adam(start, slope, 2, 0.1)
    first = start - 0.1 * slopes[0] / (np.abs(slopes[0]) + 1e-8)
    mean = (0.9 * 0.1 * slopes[0] + 0.1 * slopes[1]) / (1 - 0.9**2)
    square = (0.999 * 0.001 * slopes[0] ** 2 + 0.001 * slopes[1] ** 2) / (1 - 0.999**2)
    np.testing.assert_allclose(seen, [start, first], rtol=1e-12)
    np.testing.assert_allclose(end, first - 0.1 * mean / (np.sqrt(square) + 1e-8), rtol=1e-12)
    assert start.tolist() == [1, 1]


def test_training_stays_in_single_precision(points, parameters):
    single = parameters.astype(np.float32)
    value = loss(single, points.astype(np.float32), Term(softmax, 0.7, 0.8))
    assert value[1].dtype == np.float32
    assert value[0] == pytest.approx(loss(parameters, points, Term(softmax, 0.7, 0.8))[0], rel=1e-5)
    assert adam(single, lambda p, step: p, 1, 0.1).dtype == np.float32
    assert encode(single, points.astype(np.float32)).dtype == np.float64
