import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special, stats

from softkmeans.clustering.assignments import entmax15, hard, log_sum_exp_weights, softmax

SOFT = [softmax, log_sum_exp_weights]

excesses = arrays(float, (4, 2, 3), elements=st.floats(0, 1e12)).map(lambda d: d - d.min(axis=0))
temperatures = arrays(float, (2, 1), elements=st.floats(1e-6, 1e12))


@pytest.mark.parametrize("assignment", SOFT)
@given(excess=excesses, temperature=temperatures)
def test_soft_assignments_agree_with_scipy(assignment, excess, temperature):
    shares = assignment.at(excess, temperature)
    z = -excess / temperature
    expected = special.softmax(z, axis=0)
    np.testing.assert_allclose(shares.responsibilities, expected, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(shares.gain, -special.logsumexp(z, axis=0), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(shares.entropy, stats.entropy(expected, axis=0), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("assignment", [hard, entmax15, *SOFT])
@given(excess=excesses, temperature=temperatures)
def test_responsibilities_are_probabilities(assignment, excess, temperature):
    u = assignment.at(excess, temperature).responsibilities
    assert (u >= 0).all()
    np.testing.assert_allclose(u.sum(axis=0), 1, rtol=1e-14)


def test_hard_takes_the_first_among_equals():
    excess = np.array([[0.0, 3.0, 0.0], [0.0, 0.0, 1.0], [2.0, 0.0, 0.0]])
    u = hard.at(excess, 0.0).responsibilities
    assert u.argmax(axis=0).tolist() == [0, 1, 0]
    assert u.sum(axis=0).tolist() == [1, 1, 1]


@pytest.mark.parametrize("assignment", SOFT)
@pytest.mark.parametrize("temperature", [5e-324, 1e-300])
def test_soft_assignments_become_hard_as_the_temperature_vanishes(assignment, temperature):
    excess = np.array([[0.0], [1e-6], [1e12]])
    shares = assignment.at(excess, temperature)
    assert shares.responsibilities[:, 0] == pytest.approx([1, 0, 0], abs=1e-300)
    assert shares.entropy.item() == pytest.approx(0, abs=1e-300)
    assert shares.gain.item() == pytest.approx(0, abs=1e-300)


@pytest.mark.parametrize("assignment", SOFT)
def test_soft_assignments_become_uniform_as_the_temperature_grows(assignment):
    shares = assignment.at(np.array([[0.0], [1.0], [1e6]]), 1e300)
    np.testing.assert_allclose(shares.responsibilities, 1 / 3, rtol=1e-15)
    assert shares.entropy.item() == pytest.approx(np.log(3), rel=1e-15)


def bisected(excess, temperature):
    """Entmax-1.5 by bisection for τ to 1e-15: [z/2 − τ]²₊ sums to 1, z = −excess/T, τ in [−1, 0]."""
    low, high = -1.0, 0.0
    while high - low > 1e-15:
        tau = (low + high) / 2
        if np.square(np.maximum(-excess / temperature / 2 - tau, 0)).sum() > 1:
            low = tau
        else:
            high = tau
    return np.square(np.maximum(-excess / temperature / 2 - low, 0))


@given(
    excess=arrays(float, st.integers(1, 9), elements=st.floats(0, 10)).map(lambda d: d - d.min()),
    temperature=st.floats(1e-3, 1e3),
)
@settings(max_examples=300)
def test_entmax_agrees_with_bisection(excess, temperature):
    shares = entmax15.at(excess[:, None], temperature)
    np.testing.assert_allclose(shares.responsibilities[:, 0], bisected(excess, temperature), atol=1e-14)


@pytest.mark.parametrize("s", [1e-9, 0.1, 0.5, 0.9, 0.999999])
def test_entmax_of_two_is_the_closed_form(s):
    """r₂ = ((−s + √(2 − s²))/2)² with s = δ/2T."""
    temperature = 3.0
    shares = entmax15.at(np.array([[0.0], [2 * temperature * s]]), temperature)
    expected = ((-s + np.sqrt(2 - s**2)) / 2) ** 2
    assert shares.responsibilities[1, 0] == pytest.approx(expected, rel=1e-9, abs=1e-15)


@given(
    excess=arrays(float, st.tuples(st.integers(2, 8), st.integers(1, 5)), elements=st.floats(0, 1e6)),
    temperature=st.floats(1e-4, 1e5),
)
@settings(max_examples=300)
def test_entmax_is_one_hot_exactly_where_the_margin_is_at_least_2t(excess, temperature):
    excess = excess - excess.min(axis=0)
    margin = np.sort(excess, axis=0)[1]
    assume(
        (np.abs(margin / (2 * temperature) - 1) > 1e-7).all()
    )  # nearer, float64 cannot tell the share from 0
    u = entmax15.at(excess, temperature).responsibilities
    one_hot = (u.max(axis=0) == 1) & ((u > 0).sum(axis=0) == 1)
    np.testing.assert_array_equal(one_hot, margin >= 2 * temperature)


@pytest.mark.parametrize("temperature", [1e-6, 0.3, 7.0, 1e9])
def test_entmax_is_one_hot_at_a_margin_of_2t_itself(temperature):
    u = entmax15.at(np.array([[0.0], [2 * temperature], [3 * temperature]]), temperature).responsibilities
    assert u[:, 0].tolist() == [1, 0, 0]


@given(excess=excesses, temperature=temperatures)
def test_entmax_maximises_its_entropy(excess, temperature):
    """T·gain = Σ u·excess − T·H(u), and no other sharing has less (Fenchel–Young)."""
    shares = entmax15.at(excess, temperature)
    u = shares.responsibilities

    def value(u):
        tsallis = 4 / 3 * (u - u**1.5).sum(axis=0)
        return (u * excess).sum(axis=0) - temperature * tsallis

    scale = temperature + (u * excess).sum(axis=0)
    np.testing.assert_allclose(temperature * shares.gain / scale, value(u) / scale, atol=1e-12)
    for other in (softmax.at(excess, temperature).responsibilities, np.full_like(u, 1 / len(u))):
        for weight in (0.01, 1):
            assert (value((1 - weight) * u + weight * other) >= value(u) - 1e-9 * scale).all()
