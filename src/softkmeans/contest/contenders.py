"""The contenders: ways to a low J, each a generator that goes on for as long as it is asked.

The cost of a step is the number of pairs of a point and a centroid that the algorithm's definition has: n·K
for each assignment, whatever the engine leaves out. So the count is the same on every machine.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from softkmeans.arrays import Floats
from softkmeans.clustering.annealing import anneal, first_split
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids, n_candidates
from softkmeans.clustering.kernels import Points, prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.solver import Solution, solve
from softkmeans.clustering.temperatures import cooling, critical_temperature
from softkmeans.contest.masses import cool_masses
from softkmeans.data.dataset import Dataset

#: K-means iterations after each random swap: P. Fränti, "Efficiency of random swap clustering", Journal of
#: Big Data 5, 2018.
ITERATIONS_A_SWAP = 2

#: The first temperature of an annealing, over that of the first split.
ABOVE = 1.1


@dataclass(frozen=True)
class Rules:
    """How contenders iterate and cool.

    Attributes
    ----------
    tolerance, max_iterations
        Of K-means, as in `solver.solve`; `max_iterations` also limits each temperature of an annealing.
    factor : float
        Each temperature over the one before.
    lowest : float
        The last temperature, over the critical one.
    shift_tolerance : float
        A temperature is left once the centroids move by no more than this times √T.
    engine : str
    """

    tolerance: float
    max_iterations: int
    factor: float
    lowest: float
    shift_tolerance: float
    engine: str = "compiled"


@dataclass(frozen=True)
class Problem:
    """A data set, and the rules."""

    data: Dataset
    rules: Rules

    @cached_property
    def points(self) -> Points:
        """The points, prepared."""
        return prepare(self.data.points)

    @cached_property
    def critical(self) -> float:
        """T_c."""
        return critical_temperature(self.data.points)

    @property
    def pairs(self) -> int:
        """Pairs of an assignment, n·K."""
        return len(self.data.points) * self.data.n_clusters

    def start(self, initialisation: str, rng: np.random.Generator) -> Floats:
        """Draw a start, (K, d)."""
        chosen = INITIALISATIONS[initialisation]
        return initial_centroids(self.data.points, self.data.n_clusters, chosen, int(rng.integers(2**62)))

    def descend(self, start: Floats, iterations: int | None = None) -> Solution:
        """Run K-means to its end, or for so many iterations."""
        return solve(
            self.points,
            start[None],
            np.zeros(1),
            METHODS["kmeans"],
            tolerance=self.rules.tolerance,
            max_iterations=self.rules.max_iterations if iterations is None else iterations,
            min_iterations=iterations or 0,
            engine=self.rules.engine,
        )

    def schedule(self, highest: float) -> list[float]:
        """Temperatures from a highest one down to the lowest."""
        return cooling(highest, self.rules.lowest * self.critical, self.rules.factor)


@dataclass(frozen=True)
class Step:
    """A solution that a contender reaches.

    Attributes
    ----------
    pairs : int
        Pairs of a point and a centroid that were touched since the step before.
    objective : float
        J.
    centroids : array (K, d)
    """

    pairs: int
    objective: float
    centroids: Floats


Contender = Callable[[Problem, np.random.Generator], Iterator[Step]]


def restarts(initialisation: str, problem: Problem, rng: np.random.Generator) -> Iterator[Step]:
    """Run K-means again and again, each time from a new start."""
    n_points, n_clusters = len(problem.data.points), problem.data.n_clusters
    while True:
        end = problem.descend(problem.start(initialisation, rng))
        yield _step(problem, end, seeding_pairs(initialisation, n_points, n_clusters))


def seeding_pairs(initialisation: str, n_points: int, n_clusters: int) -> int:
    """Pairs that a start touches: each point with each centroid, or with each candidate for one.

    Examples
    --------
    >>> seeding_pairs("kmeans++", 10, 3), seeding_pairs("greedy-kmeans++", 10, 3)
    (30, 70)
    """
    candidates = n_candidates(n_clusters) if initialisation == "greedy-kmeans++" else 1
    return n_points * (1 + candidates * (n_clusters - 1))


def random_swap(problem: Problem, rng: np.random.Generator) -> Iterator[Step]:
    """Put a random centroid on a random point, iterate twice, and stay there if J has fallen (Fränti 2018).

    A swap costs three assignments: of two iterations, and for the J that they reach.
    """
    best = problem.descend(problem.start("random-points", rng), ITERATIONS_A_SWAP)
    yield _step(problem, best)
    while True:
        swapped = best.centroids[0].copy()
        swapped[rng.integers(len(swapped))] = problem.data.points[rng.integers(len(problem.data.points))]
        end = problem.descend(swapped, ITERATIONS_A_SWAP)
        if end.objective[0] < best.objective[0]:
            best = end
        yield Step(_pairs(problem, end), float(best.objective[0]), best.centroids[0])


def annealed(method: str, problem: Problem, rng: np.random.Generator) -> Iterator[Step]:
    """Cool a soft method from random points, again and again, and end with K-means."""
    split = first_split(METHODS[method].assignment, problem.data.n_clusters, problem.critical)
    while True:
        levels = anneal(
            problem.points,
            problem.start("random-points", rng)[None],
            problem.schedule(ABOVE * split),
            METHODS[method],
            [rng],
            split,
            tolerance=problem.rules.shift_tolerance,
            max_iterations=problem.rules.max_iterations,
            engine=problem.rules.engine,
        )
        pairs = 0
        for level in levels:
            pairs += _pairs(problem, level)
        yield _step(problem, problem.descend(level.centroids[0]), pairs)


def mass_constrained(problem: Problem, rng: np.random.Generator) -> Iterator[Step]:
    """Cool clusters with masses from one to K (Rose 1998), again and again, and end with K-means."""
    rules = problem.rules
    while True:
        end = cool_masses(
            problem.points,
            problem.data.n_clusters,
            problem.schedule(problem.critical),
            rng,
            tolerance=rules.shift_tolerance,
            max_iterations=rules.max_iterations,
            engine=rules.engine,
        )
        yield _step(problem, problem.descend(end.centroids), end.pairs)


def _pairs(problem: Problem, end: Solution) -> int:
    """Pairs of a run with K centroids: one assignment per iteration, and one at the start."""
    return int(end.n_iterations[0] + 1) * problem.pairs


def _step(problem: Problem, end: Solution, before: int = 0) -> Step:
    """Make a step of the end of a K-means run, which follows on work of `before` pairs."""
    return Step(before + _pairs(problem, end), float(end.objective[0]), end.centroids[0])


#: The contenders that use a temperature. The cost of the first is the unit of everyone's budget.
WARM: Mapping[str, Contender] = {
    "annealed softmax": partial(annealed, "entropy"),
    "annealed entmax-1.5": partial(annealed, "rbf-entmax15"),
    "mass-constrained": mass_constrained,
}

#: The contenders that use no temperature.
COLD: Mapping[str, Contender] = {
    "K-means++": partial(restarts, "kmeans++"),
    "greedy K-means++": partial(restarts, "greedy-kmeans++"),
    "maxmin": partial(restarts, "maxmin"),
    "random swap": random_swap,
}
CONTENDERS: Mapping[str, Contender] = {**WARM, **COLD}
