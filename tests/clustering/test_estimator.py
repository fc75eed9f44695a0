"""The estimator is one of scikit-learn's, and computes what `fit` does."""

import numpy as np
import pandas as pd
import pytest
import reference
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import softkmeans
from softkmeans import SoftKMeans
from softkmeans.clustering.temperatures import critical_temperature

LABELS = np.repeat(np.arange(3), 50)
POINTS = np.random.default_rng(0).normal(size=(150, 2)) + 8 * np.eye(3, 2)[LABELS]
FRAME = pd.DataFrame(POINTS, columns=["x", "y"])


@parametrize_with_checks([SoftKMeans(), SoftKMeans(method="kmeans"), SoftKMeans(method="rbf-entmax15")])
def test_scikit_learns_own_checks(estimator, check):
    """All of them: none is expected to fail."""
    check(estimator)


def test_is_the_best_of_the_runs_from_its_starts():
    model = SoftKMeans(3, temperature="0.05 Tc", initialisation="random-points", n_init=5, random_state=1)
    labels = model.fit_predict(POINTS)
    seeds = np.random.RandomState(1).randint(np.iinfo(np.int32).max, size=5)
    options = {"temperature": "0.05 Tc", "initialisation": "random-points"}
    runs = [softkmeans.fit(POINTS, 3, seed=int(seed), **options) for seed in seeds]
    best = min(runs, key=lambda run: run.smooth_objective)
    assert (model.seed_, model.smooth_objective_, model.n_iter_) == (
        best.seed,
        best.smooth_objective,
        best.n_iterations,
    )
    assert model.temperature_ == pytest.approx(0.05 * critical_temperature(POINTS), rel=1e-15)
    np.testing.assert_array_equal(model.cluster_centers_, best.centroids)
    np.testing.assert_array_equal(labels, best.labels)
    np.testing.assert_array_equal(model.predict(POINTS), labels)


def test_answers_for_new_points():
    model = SoftKMeans(3, temperature=2.0, random_state=0).fit(POINTS)
    new = np.random.default_rng(1).normal(size=(20, 2)) * 5
    centres = model.cluster_centers_
    distances = np.linalg.norm(new[:, None] - centres, axis=2)
    np.testing.assert_allclose(model.transform(new), distances, rtol=1e-12)
    np.testing.assert_array_equal(model.predict(new), distances.argmin(axis=1))
    np.testing.assert_allclose(model.predict_proba(new), reference.memberships(new, centres, 2.0), rtol=1e-9)
    assert model.score(new) == pytest.approx(-reference.objective(new, centres), rel=1e-12)
    assert model.score(POINTS) == pytest.approx(-model.inertia_, rel=1e-12)


def test_kmeans_ends_where_scikit_learn_does():
    model = SoftKMeans(3, method="kmeans", initialisation=POINTS[[0, 60, 120]], tolerance=0).fit(POINTS)
    theirs = KMeans(3, init=POINTS[[0, 60, 120]], n_init=1, tol=0).fit(POINTS)
    np.testing.assert_allclose(model.cluster_centers_, theirs.cluster_centers_, rtol=1e-12)
    assert model.inertia_ == pytest.approx(theirs.inertia_, rel=1e-12)
    assert set(model.predict_proba(POINTS).ravel()) == {0, 1}


def test_a_pipeline_of_data_frames():
    pipeline = make_pipeline(StandardScaler(), SoftKMeans(3, random_state=0)).set_output(transform="pandas")
    distances = pipeline.fit_transform(FRAME)
    assert list(distances.columns) == ["softkmeans0", "softkmeans1", "softkmeans2"]
    assert adjusted_rand_score(LABELS, pipeline.predict(FRAME)) == 1
    assert list(pipeline[-1].feature_names_in_) == ["x", "y"]


def test_a_search_over_temperatures_and_methods():
    """Cold clusters are the three; above T_c there is one, so the search prefers the cold."""
    grid = {
        "temperature": ["0.02 Tc", 1e3],
        "method": ["lse", "rbf-entmax15"],
        "initialisation": ["kmeans++", "maxmin"],
    }
    for scoring in (None, make_scorer(adjusted_rand_score)):
        search = GridSearchCV(SoftKMeans(3, random_state=0), grid, cv=3, scoring=scoring)
        search.fit(FRAME.sample(frac=1, random_state=0), LABELS[FRAME.sample(frac=1, random_state=0).index])
        assert search.best_params_["temperature"] == "0.02 Tc"
    assert adjusted_rand_score(LABELS, search.predict(FRAME)) == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_clusters": 2.0}, "n_clusters must be a whole number >= 1; got 2.0"),
        ({"n_clusters": 151}, "n_samples=150 must be at least n_clusters=151"),
        ({"n_init": 0}, "n_init must be a whole number >= 1; got 0"),
        ({"temperature": None}, "needs a temperature"),
        ({"temperature": "0.1 TC"}, "'0.1 TC' is not a temperature"),
        ({"method": "lce"}, "did you mean 'lse'"),
        ({"initialisation": "maxmn"}, "did you mean 'maxmin'"),
        ({"initialisation": [[1.0, 2.0]]}, r"shape \(8, 2\); got \(1, 2\)"),
        ({"random_state": "one"}, "cannot be used to seed"),
    ],
)
def test_an_impossible_parameter_is_refused_when_it_is_fitted(parameters, message):
    model = clone(SoftKMeans().set_params(**parameters))
    with pytest.raises(ValueError, match=message):
        model.fit(POINTS)
