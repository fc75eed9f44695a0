"""`anneal`: one annealed run from one call, which may repeat that of a row of the sweep's table `runs`."""

import numpy as np
from numpy.typing import ArrayLike

from softkmeans.clustering import annealing
from softkmeans.clustering.arguments import check_scale, known_engine, not_negative, real_array, whole
from softkmeans.clustering.fit import Fit, as_fit
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import Temperature, cooling, critical_temperature
from softkmeans.errors import DataError, look_up
from softkmeans.sweep.names import ANNEALED


def anneal(
    points: ArrayLike,
    n_clusters: int,
    *,
    method: str = "entropy",
    highest: float | str | Temperature = "5 Tc",
    lowest: float | str | Temperature = "0.001 Tc",
    factor: float = 0.8,
    initialisation: str = "random-points",
    seed: int = 0,
    tolerance: float = 0.03,
    max_iterations: int = 300,
    engine: str = "compiled",
) -> Fit:
    """Cluster points by one run at falling temperatures, each from where the last one ended.

    The run of a row of `runs` is repeated by the row's method, initialisation and seed, with the rest from
    the configuration's ``sweep.annealed`` and ``solver.max_iterations``.

    Parameters
    ----------
    points : array (n, d)
    n_clusters : int
        K, between 1 and n.
    method : str
        A key of `softkmeans.METHODS` that is soft; ``annealed-`` may stand before it, as in the table.
    highest, lowest : float or str
        In squared data units (`1e9`) or in critical temperatures (`"5 Tc"`).
    factor : float
        Each temperature over the one before, between 0 and 0.99.
    initialisation : str
        A key of `softkmeans.INITIALISATIONS`.
    seed : int
        Seed of the start.
    tolerance : float
        A temperature is left once the centroids move by no more than this times √T.
    max_iterations : int
        Most iterations at each temperature.
    engine : str
        As in `softkmeans.fit`.

    Returns
    -------
    Fit
        The end of the run, at the lowest temperature. Its iterations are those of all temperatures; its trace
        has no centroids.

    Raises
    ------
    ValueError
        If an argument is impossible; the message names it and what is allowed.

    Examples
    --------
    >>> import numpy as np, softkmeans
    >>> points = np.array([[0.0, 0.0], [0.0, 2.0], [10.0, 0.0], [10.0, 2.0]])
    >>> softkmeans.anneal(points, 2, lowest="0.01 Tc", seed=1).objective
    4.0
    """
    name = str(method).removeprefix(ANNEALED)
    chosen = look_up(METHODS, name, "method")
    if not chosen.soft:
        raise ValueError(f"method {name!r} has no temperature, so it cannot be annealed")
    if not 0 < not_negative("factor", factor) <= 0.99:
        raise ValueError(f"factor must be above 0 and at most 0.99; got {factor!r}")
    n_clusters, seed = whole("n_clusters", n_clusters, 1), whole("seed", seed, 0)
    points = real_array("points", points)
    with np.errstate(over="ignore", invalid="ignore"):
        prepared = prepare(points)
    check_scale(prepared.values)
    start = initial_centroids(
        points, n_clusters, look_up(INITIALISATIONS, initialisation, "initialisation"), seed
    )
    critical = critical_temperature(points)
    try:
        first, last = (Temperature.parse(end).absolute(critical) for end in (highest, lowest))
        if last > first:
            raise ValueError(f"lowest must be no more than highest; got {lowest!r} and {highest!r}")
        schedule = cooling(first, last, float(factor))
    except DataError as error:
        raise ValueError(str(error)) from None
    levels = annealing.anneal(
        prepared,
        start[None],
        schedule,
        chosen,
        [np.random.default_rng(seed)],
        annealing.first_split(chosen.assignment, n_clusters, critical),
        tolerance=not_negative("tolerance", tolerance),
        max_iterations=whole("max_iterations", max_iterations, 1),
        engine=known_engine(engine),
    )
    return as_fit(prepared, annealing.chain(list(levels)), chosen, schedule[-1], seed)
