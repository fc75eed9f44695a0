"""Curves of the discrepancy: what a rise is, and which runs a protocol has."""

import numpy as np
import pandas as pd
import pytest

from softkmeans.paper2.collapse import (
    runs_of,
)
from softkmeans.paper2.curves import curves, drawup, last_rise, of_protocol, rises, share_without_rise


def curve_of(values, errors=0.0, method="rbf-softmax"):
    """The curve of one start of two centroids that both have these values, by way of the table."""
    runs = pd.DataFrame({"sigma": np.arange(len(values), 0, -1.0), "discrepancy": values})
    runs = pd.concat([runs.assign(method=method, repeat=0, cluster=j, error=errors) for j in (0, 1)])
    (curve,) = curves(runs)
    return curve


def test_a_drawup_by_hand():
    curve = curve_of([3.0, 2.0, 2.5, 1.5, 1.75, 0.0])
    assert rises(curve.mean, curve.error).tolist() == [0, 0.5, 0, 0.25, 0]
    assert drawup(curve) == pytest.approx(0.5 / 3)
    assert last_rise(curve) == 2
    assert share_without_rise(curve) == 0
    slow = curve_of([3.0, 1.0, 1.2, 1.1, 1.4, 0.0])  # rises twice above the same least value
    assert drawup(slow) == pytest.approx(0.4 / 3)
    falling = curve_of([3.0, 2.0, 2.0, 0.0])
    assert (drawup(falling), share_without_rise(falling)) == (0, 1)
    assert np.isnan(last_rise(falling))
    assert drawup(curve_of([0.0, 1.0])) == np.inf
    assert np.isnan(drawup(curve_of([3.0, 2.0, 0.0], np.inf)))


def test_errors_are_taken_off_rises():
    curve = curve_of([3.0, 2.0, 2.5, 0.0], 0.1)
    assert rises(curve.mean, curve.error).tolist() == pytest.approx([0, 0.3, 0])
    assert drawup(curve) == pytest.approx(0.3 / 3)
    assert drawup(curve_of([3.0, 2.0, 2.5, 0.0], 0.25)) == 0


def test_the_error_of_a_mean_is_the_mean_of_the_errors():
    runs = pd.DataFrame(
        {"sigma": [2.0, 1.0], "discrepancy": [3.0, 1.0], "method": "rbf-softmax", "cluster": 0}
    )
    (curve,) = curves(pd.concat([runs.assign(repeat=0, error=0.1), runs.assign(repeat=1, error=0.5)]))
    np.testing.assert_allclose(curve.error, 0.3)


def test_protocols_use_the_runs_that_they_are_made_of():
    sigma, repeat = runs_of(np.array([4.0, 3.0, 2.0, 1.0]), 2, 3)
    table = pd.DataFrame({"dataset": "s1", "sigma": sigma, "repeat": repeat})
    assert of_protocol(table, "s1", "sigma-wise")["sigma"].tolist() == [4, 3, 2, 1]
    assert of_protocol(table, "s1", "initialisation-wise")["sigma"].tolist() == [4, 4, 1, 1]
    assert of_protocol(table, "a1", "initialisation-wise").empty
