"""`fit`: one run from one call, for a notebook; `best_fit`: the best of several."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from softkmeans.arrays import Floats, Integers, brief, squared_distances
from softkmeans.clustering.arguments import (
    absolute_temperature,
    check_scale,
    known_engine,
    not_negative,
    real_array,
    whole,
)
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids
from softkmeans.clustering.kernels import Points, nearest, prepare
from softkmeans.clustering.methods import METHODS, Method
from softkmeans.clustering.solver import Solution, Trace, solve
from softkmeans.clustering.temperatures import Temperature
from softkmeans.errors import look_up


@dataclass(frozen=True)
class Fit:
    """A run that has ended.

    Attributes
    ----------
    method : str
    temperature : float
        T in squared data units; 0 for a hard method.
    seed : int
        Seed of its start.
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

    method: str
    temperature: float
    seed: int
    objective: float
    smooth_objective: float
    entropy: float
    n_iterations: int
    converged: bool
    centroids: Floats
    labels: Integers
    trace: Trace = field(repr=False)
    _share: Callable[[], Floats] = field(repr=False)

    __repr__ = brief

    @cached_property
    def memberships(self) -> Floats:
        """Responsibilities at `centroids` (n, K), made when first asked for; one-hot for a hard method."""
        return self._share()


def fit(
    points: ArrayLike,
    n_clusters: int,
    *,
    method: str = "lse",
    temperature: float | str | Temperature | None = None,
    initialisation: str | ArrayLike = "kmeans++",
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
    temperature : float or str
        T > 0, in squared data units (`1e9`) or in critical temperatures (`"0.1 Tc"`). A hard method has none.
    initialisation : str or array
        A key of `softkmeans.INITIALISATIONS`, or centroids (K, d) to start from.
    seed : int
        Seed of the start.
    tolerance : float
        The run stops at the first iteration in which J̃, or J for a hard method, falls by no more than this,
        relatively.
    max_iterations : int
    engine : str
        ``compiled``, or ``numpy`` for the plain definitions of each method, which are slower.

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
    n_clusters, seed = whole("n_clusters", n_clusters, 1), whole("seed", seed, 0)
    tolerance = not_negative("tolerance", tolerance)
    max_iterations = whole("max_iterations", max_iterations, 1)
    points = real_array("points", points)
    with np.errstate(over="ignore", invalid="ignore"):  # `check_scale` reports these
        prepared = prepare(points)
    check_scale(prepared.values)
    absolute = absolute_temperature(temperature, points, chosen)
    if isinstance(initialisation, str):
        start = initial_centroids(
            points, n_clusters, look_up(INITIALISATIONS, initialisation, "initialisation"), seed
        )
    else:
        start = real_array("initial centroids", initialisation)
        if start.shape != (n_clusters, points.shape[1]) or not np.isfinite(start).all():
            raise ValueError(
                f"initial centroids must be finite, shape {(n_clusters, points.shape[1])}; got {start.shape}"
            )
    solution = solve(
        prepared,
        start[None],
        np.array([absolute]),
        chosen,
        tolerance=tolerance,
        max_iterations=max_iterations,
        every_iteration=True,
        engine=known_engine(engine),
    )
    return as_fit(prepared, solution, chosen, absolute, seed)


def best_fit(points: ArrayLike, n_clusters: int, seeds: Iterable[int], **options: Any) -> Fit:
    """Make a run from each seed, and return the one with the lowest J̃, or J if the method is hard.

    `options` are those of `fit`.
    """
    runs = (fit(points, n_clusters, seed=seed, **options) for seed in seeds)
    return min(runs, key=lambda run: run.smooth_objective)


def as_fit(points: Points, solution: Solution, method: Method, temperature: float, seed: int) -> Fit:
    """Turn the solution of a single run into a `Fit`."""
    centred = solution.centroids[0] - points.centre
    return Fit(
        method=method.name,
        temperature=temperature,
        seed=seed,
        objective=float(solution.objective[0]),
        smooth_objective=float(solution.smooth_objective[0]),
        entropy=float(solution.entropy[0]),
        n_iterations=int(solution.n_iterations[0]),
        converged=bool(solution.converged[0]),
        centroids=solution.centroids[0],
        labels=nearest(points, centred)[0],
        trace=solution.trace,
        _share=partial(memberships, points.values, centred, temperature, method),
    )


def memberships(points: Floats, centroids: Floats, temperature: float, method: Method) -> Floats:
    """Responsibilities (n, K) of points (n, d) at centroids (K, d); T is in squared data units."""
    squares = squared_distances(points, centroids)
    return method.assignment.at(squares, temperature).responsibilities.T
