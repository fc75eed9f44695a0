"""`SoftKMeans`: an estimator for scikit-learn's pipelines and parameter searches."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from softkmeans.arrays import Floats, Integers, squared_distances
from softkmeans.clustering.arguments import whole
from softkmeans.clustering.fit import best_fit, memberships
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.kernels import nearest, prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import Temperature
from softkmeans.errors import look_up


class SoftKMeans(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):
    """K-means at a finite temperature.

    Parameters
    ----------
    n_clusters : int
        K.
    temperature : float or str
        T > 0, in squared data units (`1e9`) or in critical temperatures (`"0.1 Tc"`). A hard method has none.
    method : str
        A key of `softkmeans.METHODS`.
    initialisation : str or array
        A key of `softkmeans.INITIALISATIONS`, or centroids (K, d) to start from.
    n_init : int
        Number of starts. The run with the lowest J̃ is kept, or with the lowest J if the method is hard. One
        start is made where nothing is random.
    tolerance, max_iterations, engine
        As in `softkmeans.fit`.
    random_state : int, RandomState or None
        Determines the seeds of the starts.

    Attributes
    ----------
    cluster_centers_ : array (K, d)
    labels_ : array (n,)
        Nearest centroid of each point.
    inertia_ : float
        J (Eq. 1).
    smooth_objective_, entropy_ : float
        J̃ (Eq. 6) and total entropy (Eq. 20).
    temperature_ : float
        T in squared data units; 0 for a hard method.
    n_iter_ : int
        Number of iterations of the run that is kept.
    converged_ : bool
    seed_ : int
        Seed of its start: ``softkmeans.fit(X, K, seed=seed_, …)`` repeats the run.
    n_features_in_ : int
    feature_names_in_ : array (d,)
        The names of the columns, if the points had any.

    Examples
    --------
    >>> import numpy as np
    >>> from softkmeans import SoftKMeans
    >>> points = np.array([[0.0, 0.0], [0.0, 2.0], [10.0, 0.0], [10.0, 2.0]])
    >>> model = SoftKMeans(2, temperature="0.01 Tc", random_state=0).fit(points)
    >>> sorted(model.cluster_centers_.round(6).tolist())
    [[0.0, 1.0], [10.0, 1.0]]
    >>> model.predict_proba([[5.0, 1.0]])
    array([[0.5, 0.5]])
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        temperature: float | str | Temperature = "0.1 Tc",
        method: str = "lse",
        initialisation: str | ArrayLike = "kmeans++",
        n_init: int = 10,
        tolerance: float = 1e-4,
        max_iterations: int = 300,
        engine: str = "compiled",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.temperature = temperature
        self.method = method
        self.initialisation = initialisation
        self.n_init = n_init
        self.tolerance = tolerance
        self.max_iterations = max_iterations
        self.engine = engine
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Cluster points.

        Parameters
        ----------
        X : array or DataFrame (n, d)
        y : ignored

        Raises
        ------
        ValueError
            If a parameter or the points are impossible; the message says what is allowed.
        """
        X = validate_data(self, X, dtype=np.float64)
        if len(X) < whole("n_clusters", self.n_clusters, 1):
            raise ValueError(f"n_samples={len(X)} must be at least n_clusters={self.n_clusters}")
        start, n_starts = self.initialisation, whole("n_init", self.n_init, 1)
        random = isinstance(start, str) and look_up(INITIALISATIONS, start, "initialisation").random
        rng = check_random_state(self.random_state)
        seeds = rng.randint(np.iinfo(np.int32).max, size=n_starts if random else 1)
        best = best_fit(
            X,
            self.n_clusters,
            seeds.tolist(),
            method=self.method,
            temperature=self.temperature,
            initialisation=start,
            tolerance=self.tolerance,
            max_iterations=self.max_iterations,
            engine=self.engine,
        )
        self.cluster_centers_ = best.centroids
        self.labels_ = best.labels
        self.inertia_ = best.objective
        self.smooth_objective_ = best.smooth_objective
        self.entropy_ = best.entropy
        self.temperature_ = best.temperature
        self.n_iter_ = best.n_iterations
        self.converged_ = best.converged
        self.seed_ = best.seed
        self._n_features_out = len(best.centroids)
        return self

    def predict(self, X: Any) -> Integers:
        """Nearest centroid of each point, (n,)."""
        points = prepare(self._checked(X))
        return nearest(points, self.cluster_centers_ - points.centre)[0]

    def predict_proba(self, X: Any) -> Floats:
        """Responsibilities of the clusters for each point, (n, K); rows sum to 1."""
        X = self._checked(X)
        return memberships(X, self.cluster_centers_, self.temperature_, METHODS[self.method])

    def transform(self, X: Any) -> Floats:
        """Distances to the centroids, (n, K)."""
        return np.sqrt(squared_distances(self._checked(X), self.cluster_centers_)).T

    def score(self, X: Any, y: Any = None) -> float:
        """−J of points at the centroids (Eq. 1): it can be compared between temperatures, as −J̃ cannot."""
        return -float(squared_distances(self._checked(X), self.cluster_centers_).min(axis=0).sum())

    def _checked(self, X: Any) -> Floats:
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, dtype=np.float64, order="C", reset=False))
