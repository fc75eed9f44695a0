import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from softkmeans.clustering.metrics import agreement, centroid_error, centroid_index, match
from softkmeans.clustering.temperatures import critical_temperature

TRUTH = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (TRUTH + 0.4, 0),
        (TRUTH[::-1], 0),
        ([[0, 0], [0.2, 0], [0, 10], [10, 10]], 1),  # one cluster twice, one missed
        ([[0, 0], [0.2, 0], [0.1, 10], [0, 10]], 2),
        ([[0, 0]] * 4, 3),
        ([[0, 0], [10, 0], [0, 10]], 1),  # one centroid too few
        ([*TRUTH, [9, 9]], 1),  # one too many
    ],
)
def test_centroid_index(found, expected):
    assert centroid_index(np.array(found, dtype=float), TRUTH) == expected
    assert centroid_index(TRUTH, np.array(found, dtype=float)) == expected


def test_centroid_error_is_the_mean_distance_after_the_best_matching():
    rng = np.random.default_rng(0)
    found = rng.permutation(TRUTH) + rng.normal(size=TRUTH.shape)
    rows, columns = linear_sum_assignment(cdist(TRUTH, found) ** 2)
    expected = cdist(TRUTH, found)[rows, columns].mean()
    assert centroid_error(found, TRUTH) == pytest.approx(expected)
    assert centroid_error(TRUTH[[2, 0, 3, 1]], TRUTH) == 0
    assert match(TRUTH[[2, 0, 3, 1]], TRUTH).tolist() == [1, 3, 0, 2]


def test_centroids_of_another_number_cannot_be_matched():
    with pytest.raises(ValueError, match="cannot match 3 centroids to 4"):
        centroid_error(TRUTH[:3], TRUTH)


def test_agreement_by_hand():
    """2 and 1 pairs together of 6, 1 in both; entropies log 2 and 1.5 log 2, log 2 of it shared."""
    a, b = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])
    ari, nmi = agreement(a, b)
    assert agreement(a, a) == (1, 1)
    assert ari == pytest.approx((1 - 2 * 1 / 6) / (1.5 - 2 * 1 / 6))
    assert nmi == pytest.approx(np.log(2) / ((np.log(2) + 1.5 * np.log(2)) / 2))


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), min_size=1, max_size=80),
    st.booleans(),
)
def test_agreement_is_scikit_learns(pairs, same):
    truth, labels = np.array(pairs).T
    labels = truth if same else labels
    expected = adjusted_rand_score(truth, labels), normalized_mutual_info_score(truth, labels)
    assert agreement(labels, truth) == pytest.approx(expected, abs=1e-12)


def test_critical_temperature_is_twice_the_largest_variance():
    points = np.random.default_rng(1).normal(size=(5000, 2)) @ np.diag([3.0, 1.0])
    assert critical_temperature(points) == pytest.approx(
        2 * np.linalg.norm(points - points.mean(0), 2) ** 2 / 5000
    )
    assert critical_temperature(points[:, :1]) == pytest.approx(2 * points[:, 0].var())
