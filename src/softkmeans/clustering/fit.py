"""`fit`: one run from one call, for a notebook."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np

from softkmeans.arrays import Floats, Integers, squared_distances
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids
from softkmeans.clustering.kernels import ENGINES, nearest, prepare
from softkmeans.clustering.methods import METHODS, Method
from softkmeans.clustering.solver import Trace, solve
from softkmeans.errors import look_up


@dataclass(frozen=True)
class Fit:
    """A run that has ended.

    Attributes
    ----------
    centroids : array (K, d)
    labels : array (n,)
        Nearest centroid of each point.
    objective, smooth_objective, entropy : float
        J (Eq. 1), J̃ (Eq. 6) and total entropy (Eq. 20) at `centroids`.
    n_iterations : int
    converged : bool
    trace : Trace
        What happened at each iteration.
    """

    centroids: Floats
    labels: Integers
    objective: float
    smooth_objective: float
    entropy: float
    n_iterations: int
    converged: bool
    trace: Trace
    _share: Callable[[], Floats] = field(repr=False)

    @cached_property
    def memberships(self) -> Floats:
        """Responsibilities at `centroids` (n, K), made when first asked for; one-hot for a hard method."""
        return self._share()


def fit(
    points: Floats,
    n_clusters: int,
    *,
    method: str = "lse",
    temperature: float | None = None,
    initialisation: str | Floats = "kmeans++",
    seed: int = 0,
    tolerance: float = 1e-4,
    max_iterations: int = 300,
    engine: str = "compiled",
) -> Fit:
    """Cluster points by one run of one method.

    Parameters
    ----------
    points : array (n, d)
    n_clusters : int
        K, between 1 and n.
    method : str
        A key of `softkmeans.METHODS`.
    temperature : float
        T > 0, in squared data units; not used by a hard method.
    initialisation : str or array
        A key of `softkmeans.INITIALISATIONS`, or centroids (K, d) to start from.
    seed : int
        Of the start.
    tolerance : float
        Stop at the first iteration in which the method's objective falls by no more than this, relative.
    max_iterations : int
    engine : str
        ``compiled``, or ``numpy`` for the plain definitions: slower, and any numpy function will do.

    Raises
    ------
    ValueError
        If an argument is impossible; the message names it and what is allowed.

    Examples
    --------
    >>> import numpy as np, softkmeans
    >>> points = np.array([[0.0, 0.0], [0.0, 2.0], [10.0, 0.0], [10.0, 2.0]])
    >>> run = softkmeans.fit(points, 2, method="lse", temperature=0.5, seed=1)
    >>> run.centroids[np.argsort(run.centroids[:, 0])]
    array([[ 0.,  1.],
           [10.,  1.]])
    >>> run.objective, run.converged
    (4.0, True)
    """
    chosen = look_up(METHODS, method, "method")
    if chosen.soft and not (temperature is not None and 0 < temperature < np.inf):
        raise ValueError(f"method {method!r} needs a finite temperature > 0; got {temperature!r}")
    if not tolerance >= 0 or max_iterations < 1:
        raise ValueError(
            f"tolerance must be >= 0 and max_iterations >= 1; got {tolerance!r} and {max_iterations!r}"
        )
    if engine not in ENGINES:
        raise ValueError(f"unknown engine {engine!r} (known: {', '.join(ENGINES)})")
    prepared = prepare(points)
    points = np.asarray(points, dtype=float)
    if isinstance(initialisation, str):
        start = initial_centroids(
            points, n_clusters, look_up(INITIALISATIONS, initialisation, "initialisation"), seed
        )
    else:
        start = np.asarray(initialisation, dtype=float)
        if start.shape != (n_clusters, points.shape[1]) or not np.isfinite(start).all():
            raise ValueError(
                f"initial centroids must be finite, shape {(n_clusters, points.shape[1])}; got {start.shape}"
            )
    temperatures = np.array([temperature if chosen.soft else 0.0], dtype=float)
    solution = solve(
        prepared,
        start[None],
        temperatures,
        chosen,
        tolerance=tolerance,
        max_iterations=max_iterations,
        every_iteration=True,
        engine=engine,
    )
    centred = solution.centroids[0] - prepared.centre
    return Fit(
        centroids=solution.centroids[0],
        labels=nearest(prepared, centred)[0],
        objective=float(solution.objective[0]),
        smooth_objective=float(solution.smooth_objective[0]),
        entropy=float(solution.entropy[0]),
        n_iterations=int(solution.n_iterations[0]),
        converged=bool(solution.converged[0]),
        trace=solution.trace,
        _share=partial(_memberships, prepared.values, centred, temperatures, chosen),
    )


def _memberships(points: Floats, centroids: Floats, temperatures: Floats, method: Method) -> Floats:
    """All responsibilities at once, (n, K)."""
    squares = squared_distances(points, centroids)
    return method.assignment.at(squares, temperatures).responsibilities.T
