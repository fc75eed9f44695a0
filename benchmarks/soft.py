"""Soft runs and passes beside naive numpy, scikit-fuzzy, the entmax package and an earlier checkout."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from benchmarks import hard, ours, peers
from benchmarks.alone import used
from benchmarks.setting import Setting, compared, in_turn, truth, variance
from softkmeans.arrays import Floats
from softkmeans.clustering.temperatures import critical_temperature
from softkmeans.data.dataset import Dataset

#: Temperature of whole runs, which is that of paper 1, and the relative fall of J̃ at which they stop.
RUNS_TEMPERATURE, TOLERANCE = 1e9, 1e-4

FUZZY_ITERATIONS = 5


def soft(setting: Setting) -> pd.DataFrame:
    """Soft K-means: whole runs from 100 random starts, and single iterations from the true centroids.

    *numpy* is the equations with (n, K, d) arrays. scikit-fuzzy's fuzzy C-means has m = 2; its time is a
    fifth of that of five iterations. *entmax* is `entmax15` of that package, with the products around it, in
    float64. *same* counts the runs that end with the same centroids, to 1e-9 of the data's width.
    """
    runs = [_restarts(setting, name) for name in setting.names(("s1",))]
    return pd.DataFrame(_passes(setting) + runs).fillna("")


def _restarts(setting: Setting, name: str) -> dict[str, object]:
    data = setting.data(name)
    starts = peers.random_starts(data, setting.number(100))

    def mine() -> Floats:
        return ours.runs(ours.prepare(data.points), starts, "entropy", RUNS_TEMPERATURE, TOLERANCE)

    theirs = partial(peers.naive_runs, data.points, starts, RUNS_TEMPERATURE, TOLERANCE)
    alike = hard.same(data.points, mine(), theirs())
    row: dict[str, object] = {"set": name, "work": "softmax runs, T = 1e9", "peer": "numpy"}
    row |= compared(*in_turn([mine, theirs], setting.rounds))
    return row | {"same": f"{alike.sum()}/{len(starts)}"}


def _passes(setting: Setting) -> list[dict[str, object]]:
    rows = []
    for name in setting.names(("s1", "birch1")):
        data = setting.data(name)
        levels = {"2 v": 2 * variance(data), "T_c": critical_temperature(data.points)}
        for method in ("entropy", "rbf-entmax15"):
            for level, temperature in levels.items():
                mine = ours.iteration(ours.prepare(data.points), truth(data), method, temperature)
                work = {"set": name, "work": f"{method} pass, {level}"}
                for peer, (theirs, calls) in _peers(data, method, temperature).items():
                    seconds = in_turn([mine, theirs], setting.rounds) / [[1], [calls]]
                    rows.append(work | {"peer": peer} | compared(*seconds))
                if setting.against:
                    passes = partial(used, "earlier", data.points, truth(data)[None], method, temperature)
                    pairs = [
                        (in_turn([mine], 1)[0, 0], passes(setting.against)[0]) for _ in range(setting.rounds)
                    ]
                    rows.append(work | {"peer": "the earlier checkout"} | compared(*np.array(pairs).T))
    return rows


def _peers(data: Dataset, method: str, temperature: float) -> dict[str, tuple[Callable[[], object], int]]:
    """Name of a peer -> a call that makes passes, and how many it makes."""
    points, centroids = data.points, truth(data)
    found: dict[str, tuple[Callable[[], object], int]] = {}
    if method == "entropy":
        found["numpy"] = partial(peers.naive_step, points, centroids, temperature), 1
        if peers.installed("skfuzzy"):
            u = np.random.default_rng(0).dirichlet(np.ones(len(centroids)), len(points)).T
            several = partial(peers.fuzzy_c_means, points, u, FUZZY_ITERATIONS)
            found["scikit-fuzzy"] = several, FUZZY_ITERATIONS
    elif peers.installed("entmax") and peers.installed("torch"):
        centre = points.mean(axis=0)
        found["entmax"] = partial(peers.entmax15, points - centre, centroids - centre, temperature), 1
    return found
