import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special, stats

from softkmeans.assignments import hard, log_sum_exp_weights, softmax

SOFT = [softmax, log_sum_exp_weights]

excesses = arrays(float, (2, 4, 3), elements=st.floats(0, 1e12)).map(lambda d: d - d.min(axis=1)[:, None])
temperatures = arrays(float, 2, elements=st.floats(1e-6, 1e12))


@pytest.mark.parametrize("assignment", SOFT)
@given(excess=excesses, temperature=temperatures)
def test_soft_assignments_agree_with_scipy(assignment, excess, temperature):
    shares = assignment(excess, temperature)
    z = -excess / temperature[:, None, None]
    expected = special.softmax(z, axis=1)
    np.testing.assert_allclose(shares.responsibilities, expected, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(
        shares.gain / temperature[:, None], -special.logsumexp(z, axis=1), rtol=1e-14, atol=1e-15
    )
    np.testing.assert_allclose(shares.entropy, stats.entropy(expected, axis=1), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("assignment", [hard, *SOFT])
@given(excess=excesses, temperature=temperatures)
def test_responsibilities_are_probabilities(assignment, excess, temperature):
    u = assignment(excess, temperature).responsibilities
    assert (u >= 0).all()
    np.testing.assert_allclose(u.sum(axis=1), 1, rtol=1e-14)


def test_hard_takes_the_first_among_equals():
    excess = np.array([[[0.0, 3.0, 0.0], [0.0, 0.0, 1.0], [2.0, 0.0, 0.0]]])
    u = hard(excess, np.array([0.0])).responsibilities
    assert u[0].argmax(axis=0).tolist() == [0, 1, 0]
    assert u[0].sum(axis=0).tolist() == [1, 1, 1]


@pytest.mark.parametrize("assignment", SOFT)
@pytest.mark.parametrize("temperature", [5e-324, 1e-300])
def test_soft_assignments_become_hard_as_the_temperature_vanishes(assignment, temperature):
    excess = np.array([[[0.0], [1e-6], [1e12]]])
    shares = assignment(excess, np.array([temperature]))
    assert shares.responsibilities[0, :, 0].tolist() == [1, 0, 0]
    assert shares.entropy.item() == 0
    assert shares.gain.item() == 0


@pytest.mark.parametrize("assignment", SOFT)
def test_soft_assignments_become_uniform_as_the_temperature_grows(assignment):
    shares = assignment(np.array([[[0.0], [1.0], [1e6]]]), np.array([1e300]))
    np.testing.assert_allclose(shares.responsibilities, 1 / 3, rtol=1e-15)
    assert shares.entropy.item() == pytest.approx(np.log(3), rel=1e-15)
