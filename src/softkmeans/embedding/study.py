"""The digits clustered in every way: as pixels, by the codes of an autoencoder, and in joint training."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from softkmeans import tables
from softkmeans.arrays import Integers
from softkmeans.clustering.initialisations import start_seed
from softkmeans.clustering.metrics import agreement
from softkmeans.data.dataset import Dataset
from softkmeans.embedding.network import Array, encode, split
from softkmeans.embedding.training import (
    HARD,
    Candidate,
    Setting,
    Start,
    begin,
    cluster,
    joined,
    own_partition,
    scaled,
    train,
    train_jointly,
    unexplained,
)

#: Temperatures, over T_c of the codes, at which soft joint training is compared with hard joint training.
LADDER = np.geomspace(1, 1e-8, 9)

#: Epochs of each training of that comparison, and number of its seeds.
FEW_EPOCHS, FEW_REPEATS = 10, 2

#: Ways without joint training: K-means of the pixels, of an autoencoder's codes, and of the codes of one that
#: is trained as long as the joint networks.
RAW, BEFORE, LONGER = "raw", "autoencoder", "autoencoder-longer"


def judge(data: Dataset, start: Start, parameters: Array) -> dict[str, float]:
    """Compare a network's clusters with the digits: of its own centroids, or else of K-means of its codes."""
    points = scaled(data)
    _, again = cluster(encode(parameters, points), data.n_clusters, start.seed)
    own = own_partition(parameters, points) if len(split(parameters)[1]) else again
    return {"reconstruction": unexplained(parameters, points)} | _agreement(data, own, again)


def _agreement(data: Dataset, own: Integers, again: Integers) -> dict[str, float]:
    ari, nmi = agreement(own, _truth(data))
    return {"ari": ari, "nmi": nmi, "ari_again": agreement(again, _truth(data))[0]}


def _truth(data: Dataset) -> Integers:
    assert data.labels is not None  # every picture says which digit it is
    return data.labels


def try_all(data: Dataset, base_seed: int, n_trials: int, setting: Setting) -> pa.Table:
    """Train every candidate from each of `n_trials` seeds, and make the table `trials`."""
    points, rows = scaled(data), []
    for repeat in range(n_trials):
        seed = start_seed(base_seed, data.name, "trial", repeat)
        start = begin(data, seed, repeat, setting.pretraining, setting.epochs)
        for candidate in setting.candidates():
            parameters = train_jointly(points, start, candidate)
            ari = agreement(own_partition(parameters, points), _truth(data))[0]
            found = {"reconstruction": unexplained(parameters, points), "ari": ari}
            rows.append(_key(data, start, candidate) | found)
    return tables.from_rows("trials", rows)


def choose(trials: pd.DataFrame, setting: Setting) -> list[Candidate]:
    """Choose λ and T of each way by the mean ARI of its trials; among equals, the first."""
    means = trials.groupby(["method", "weight", "temperature_ratio"], observed=True)["ari"].mean()
    chosen: dict[str, Candidate] = {}
    for candidate in setting.candidates():
        best = chosen.setdefault(candidate.method, candidate)
        if means[_numbers(candidate)] > means[_numbers(best)]:
            chosen[candidate.method] = candidate
    return list(chosen.values())


def compare(
    data: Dataset,
    base_seed: int,
    n_repeats: int,
    setting: Setting,
    chosen: Sequence[Candidate],
    progress: Callable[[int, int], None] | None = None,
) -> pa.Table:
    """Cluster in every way from each of `n_repeats` other seeds, and make the table `comparison`."""
    points, rows = scaled(data), []
    for repeat in range(n_repeats):
        seed = start_seed(base_seed, data.name, "comparison", repeat)
        start = begin(data, seed, repeat, setting.pretraining, setting.epochs)
        raw = cluster(points.astype(float), data.n_clusters, start.seed)[1]
        rows.append(_key(data, start, Candidate(RAW, 0)) | _agreement(data, raw, raw))
        longer = train(start.parameters, points, start.batches)
        for name, parameters in ((BEFORE, start.parameters), (LONGER, longer)):
            rows.append(_key(data, start, Candidate(name, 0)) | judge(data, start, parameters))
        for candidate in chosen:
            found = judge(data, start, train_jointly(points, start, candidate))
            rows.append(_key(data, start, candidate) | found)
        if progress is not None:
            progress(repeat + 1, n_repeats)
    return tables.from_rows("comparison", rows)


def approach(data: Dataset, base_seed: int, setting: Setting, weight: float) -> pa.Table:
    """Measure how far soft joint training ends from hard, at falling temperatures: the table `limits`.

    The unit of distance is how far hard training itself goes.
    """
    points, rows = scaled(data), []
    for repeat in range(FEW_REPEATS):
        seed = start_seed(base_seed, data.name, "limit", repeat)
        start = begin(data, seed, repeat, setting.pretraining, FEW_EPOCHS)
        goal = train_jointly(points, start, Candidate(HARD, weight)).astype(float)
        way = np.linalg.norm(goal - joined(start))
        for method, ratio in product(("joint-softmax", "joint-entmax15"), LADDER.tolist()):
            candidate = Candidate(method, weight, ratio, ratio)
            distance = np.linalg.norm(train_jointly(points, start, candidate) - goal) / way
            rows.append(_key(data, start, candidate) | {"distance": float(distance)})
    return tables.from_rows("limits", rows)


def all_tables(
    data: Dataset,
    base_seed: int,
    n_trials: int,
    n_repeats: int,
    setting: Setting,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, pa.Table]:
    """Make the tables `trials`, `comparison` and `limits`.

    Parameters
    ----------
    data : Dataset
        The digits.
    base_seed : int
    n_trials, n_repeats : int
        Numbers of the seeds on which λ and T are chosen, and of others on which the ways are compared.
    setting : Setting
    progress : callable, optional
        ``(seeds done, seeds)``.
    """
    with threadpool_limits(1, "blas"):  # more threads add up in another order
        trials = try_all(data, base_seed, n_trials, setting)
        chosen = choose(tables.frame(trials), setting)
        (hard_one,) = (one for one in chosen if one.method == HARD)
        limits = approach(data, base_seed, setting, hard_one.weight)
        comparison = compare(data, base_seed, n_repeats, setting, chosen, progress)
    return {"trials": trials, "comparison": comparison, "limits": limits}


def _numbers(candidate: Candidate) -> tuple[str, float, float]:
    """Method, λ and last T/T_c, which identify a candidate in the tables."""
    return candidate.method, candidate.weight, candidate.last


def _key(data: Dataset, start: Start, candidate: Candidate) -> dict[str, Any]:
    names = ("method", "weight", "temperature_ratio")
    return {"dataset": data.name, "repeat": start.repeat} | dict(zip(names, _numbers(candidate), strict=True))
