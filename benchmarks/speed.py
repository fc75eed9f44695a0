"""Ratios to peers, measured in alternation; and what an iteration of ours costs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from benchmarks import peers
from benchmarks.setting import Sets, alternate, random_points, row, seconds, truth, variance
from softkmeans.arrays import Floats
from softkmeans.clustering.kernels import Points, prepare, sum_over_points
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.solver import solve
from softkmeans.data.dataset import Dataset

DATASETS = ("s1", "a3", "birch1", "birch2", "dim1024")
FEW_STARTS = {"birch1": 5, "birch2": 5}
"""Starts of whole runs; elsewhere 100."""
RUNS_TEMPERATURE = 1e9
"""Of whole softmax runs: that of paper 1."""
TOLERANCE = 1e-4
"""Of whole softmax runs, ours and theirs; those of K-means go on until nothing changes."""
LEVEL, WARM_LEVEL = 2.0, 100.0
"""Temperatures of single iterations, in variances within clusters."""
FUZZY_ITERATIONS = 5
SAME = 1e-9
"""Centroids are the same where they differ by no more, in widths of the data."""

Run = Callable[[], Floats | None]
"""Something to time; it gives the centroids it ends with, (R, K, d), where they can be compared."""


@dataclass(frozen=True)
class Case:
    """A row: what is done, on what, against whom, and how many times as fast we mean to be."""

    work: str
    dataset: str
    peer: str
    make: Callable[[Dataset], tuple[Run, Run]]
    target: float = np.nan
    per_call: int = 1  # times that a call of the peer's does the work


def cases() -> Iterator[Case]:
    """All that can be measured with what is installed."""
    lloyd = {"s1": 4, "a3": 4, "birch1": 12, "birch2": 20, "dim1024": 1.5}
    for name in DATASETS:
        yield Case("hard runs", name, "scikit-learn", _hard_runs, lloyd[name])
    naive, product = peers.broadcast, peers.broadcast_distances
    yield Case("softmax runs", "s1", "numpy broadcast", partial(_softmax_runs, naive), 60)
    yield Case("softmax runs", "s1", "numpy, means by product", partial(_softmax_runs, product))
    for name in DATASETS:
        for peer, step in (("numpy broadcast", naive), ("numpy, means by product", product)):
            yield Case("softmax iteration", name, peer, partial(_softmax_iteration, step, LEVEL))
        if peers.has_scikit_fuzzy():
            target = 100 if name == "birch1" else np.nan
            yield Case("softmax iteration", name, "scikit-fuzzy", _fuzzy_iteration, target, FUZZY_ITERATIONS)
    for name in ("a3", "birch1", "birch2"):
        make = partial(_softmax_iteration, product, WARM_LEVEL)
        yield Case("warm softmax iteration", name, "numpy, means by product", make)
    for name in DATASETS if peers.has_entmax() else ():
        target = 300 if name == "birch1" else np.nan
        yield Case("entmax iteration", name, "entmax", partial(_entmax_iteration, None), target)
        yield Case("entmax iteration", name, "entmax, k=10", partial(_entmax_iteration, 10))


def ratios(sets: Sets, only: str, rounds: int) -> pd.DataFrame:
    """Measure every case whose work, data set and peer, so written, contain `only`."""
    rows = []
    for case in cases():
        if only not in f"{case.work} {case.dataset} {case.peer}":
            continue
        data = sets[case.dataset]
        ours, theirs = case.make(data)
        same = _compare(data, ours(), theirs())
        times = alternate(ours, theirs, rounds)
        ratio = times.ratio / case.per_call
        rows.append(
            row(
                work=case.work,
                dataset=case.dataset,
                data=data.origin.source,
                peer=case.peer,
                ours_ms=1e3 * times.ours,
                theirs_ms=1e3 * times.theirs / case.per_call,
                ratio=ratio,
                wall_ratio=times.wall_ratio / case.per_call,
                target=case.target,
                met="" if np.isnan(case.target) else "yes" if ratio >= case.target else "no",
                same=same,
            )
        )
    return pd.DataFrame(rows)


def _compare(data: Dataset, ours: Floats | None, theirs: Floats | None) -> str:
    """How many runs end with the same centroids."""
    if ours is None or theirs is None:
        return ""
    apart = np.abs(ours - theirs).max(axis=(1, 2)) / np.ptp(data.points, axis=0).max()
    return f"{np.count_nonzero(apart <= SAME)}/{len(ours)}"


def _hard_runs(data: Dataset) -> tuple[Run, Run]:
    starts = random_points(data, FEW_STARTS.get(data.name, 100))
    return (
        lambda: _solve(data, starts, "kmeans", 0.0, tolerance=0),
        lambda: peers.scikit_learn(data.points, starts),
    )


def _softmax_runs(step: peers.Step, data: Dataset) -> tuple[Run, Run]:
    starts = random_points(data, FEW_STARTS.get(data.name, 100))
    return (
        lambda: _solve(data, starts, "entropy", RUNS_TEMPERATURE, TOLERANCE),
        lambda: peers.naive_runs(step, data.points, starts, RUNS_TEMPERATURE, TOLERANCE),
    )


def _solve(data: Dataset, starts: Floats, method: str, temperature: float, tolerance: float) -> Floats:
    """Whole runs of ours, all that has to be prepared for them included."""
    solution = solve(
        prepare(data.points),
        starts,
        np.full(len(starts), temperature),
        METHODS[method],
        tolerance=tolerance,
        max_iterations=peers.MAX_ITERATIONS,
    )
    return solution.centroids


def _softmax_iteration(step: peers.Step, level: float, data: Dataset) -> tuple[Run, Run]:
    centroids, temperature = truth(data), level * variance(data)
    return (
        iteration("entropy", prepare(data.points), centroids[None], temperature),
        lambda: step(data.points, centroids, temperature)[0][None],
    )


def _fuzzy_iteration(data: Dataset) -> tuple[Run, Run]:
    memberships = np.random.default_rng(0).dirichlet(np.ones(data.n_clusters), len(data.points)).T
    return (
        iteration("entropy", prepare(data.points), truth(data)[None], LEVEL * variance(data)),
        lambda: peers.fuzzy_c_means(data.points, memberships, FUZZY_ITERATIONS),
    )


def _entmax_iteration(support: int | None, data: Dataset) -> tuple[Run, Run]:
    points = prepare(data.points)
    centroids, temperature = truth(data), LEVEL * variance(data)

    def theirs() -> Floats:
        new = peers.entmax15(points.values, centroids - points.centre, temperature, support)
        return new[None] + points.centre

    return iteration("rbf-entmax15", points, centroids[None], temperature), theirs


def iteration(method: str, points: Points, centroids: Floats, temperature: float) -> Callable[[], Floats]:
    """One pass and one update of ours, from centroids (R, K, d) in data units."""
    way = METHODS[method]
    state = way.start(centroids - points.centre)
    temperatures = np.full(len(centroids), temperature)

    def run() -> Floats:
        sums = sum_over_points(points, state, temperatures, way.assignment)
        return way.centroids(way.update(sums, state)) + points.centre

    return run


LEVELS = (0.01, 0.1, 1.0, 2.0, 10.0, 100.0, 1000.0)
"""Temperatures, in variances within clusters."""
BATCHES = {"birch1": 2, "birch2": 2}
"""Runs in the batches of `iterations`; elsewhere 32."""


def iterations(sets: Sets, only: str, rounds: int) -> pd.DataFrame:
    """Measure ms an iteration of a run: alone and in a batch, from random points and from the truth."""
    rows = []
    for dataset in DATASETS:
        data = sets[dataset]
        points = prepare(data.points)
        batch = BATCHES.get(dataset, 32)
        scattered, settled = random_points(data, batch), np.stack([truth(data)] * batch)
        for method in ("kmeans", "entropy", "rbf-entmax15"):
            for level in LEVELS if METHODS[method].soft else (0.0,):
                if only not in f"{dataset} {method} {level:g}":
                    continue
                cost = partial(_cost, rounds, method, points, level * variance(data))
                rows.append(
                    row(
                        dataset=dataset,
                        data=data.origin.source,
                        method=method,
                        T_over_v=level,
                        random_points_ms=cost(scattered[:1]),
                        truth_ms=cost(settled[:1]),
                        batch=batch,
                        random_points_batch_ms=cost(scattered),
                        truth_batch_ms=cost(settled),
                    )
                )
    return pd.DataFrame(rows)


def _cost(rounds: int, method: str, points: Points, temperature: float, centroids: Floats) -> float:
    """Milliseconds of an iteration of one of the runs."""
    return 1e3 * seconds(iteration(method, points, centroids, temperature), rounds) / len(centroids)
