"""The contest: each contender goes on until its budget is spent, and the best J so far is its result."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from time import process_time

import numpy as np
import pandas as pd
import pyarrow as pa
import scipy

from softkmeans import tables
from softkmeans.arrays import Floats
from softkmeans.clustering.initialisations import start_seed
from softkmeans.clustering.metrics import centroid_index
from softkmeans.contest.contenders import CONTENDERS, WARM, Problem, Rules, Step
from softkmeans.data.dataset import Dataset
from softkmeans.runs.statistics import LEVEL, wilson

#: The contender whose first attempts are made first: their mean cost is the unit of everyone's budget.
PACEMAKER = next(iter(WARM))

#: Shares of the budget at which the standings are given.
SHARES = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)


@dataclass(frozen=True)
class Result:
    """The best solution so far.

    Attributes
    ----------
    attempt : int
        Number of the step, from 1.
    pairs : int
        Pairs of a point and a centroid that were touched until then.
    objective : float
        J.
    centroids : array (K, d)
    """

    attempt: int
    pairs: int
    objective: float
    centroids: Floats


def compete(steps: Iterator[Step], budget: int) -> list[Result]:
    """Take steps until another like the last would exceed the budget; the first is always taken.

    Parameters
    ----------
    steps : iterator of Step
    budget : int
        Pairs that may be touched.

    Returns
    -------
    list of Result
        One whenever the best J falls, and one at the end, with the best J and all pairs.
    """
    results: list[Result] = []
    spent = 0
    for attempt, step in enumerate(steps, start=1):
        spent += step.pairs
        if not results or step.objective < results[-1].objective:
            results.append(Result(attempt, spent, step.objective, step.centroids))
        if spent + step.pairs > budget:
            break
    last = results[-1]
    return [*results, Result(attempt, spent, last.objective, last.centroids)]


def run_contest(
    data: Dataset,
    rules: Rules,
    *,
    repeats: int,
    budget: float,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, pa.Table]:
    """Let all contenders compete on a data set.

    All contenders of a repeat have the same seed, so both annealed methods and random swap first start from
    the same random points.

    Parameters
    ----------
    data : Dataset
    rules : Rules
    repeats : int
    budget : float
        Pairs that each may touch in a repeat, over the mean cost of an annealed softmax run.
    seed : int
        Base of the seeds of all repeats.
    progress : callable, optional
        ``(contenders done, contenders)``.

    Returns
    -------
    mapping
        The tables `contest`, with a row whenever a contender's best J falls and one at its end, and
        `contest_timings`, with the CPU seconds of each contender and repeat.
    """
    problem = Problem(data, rules)
    seeds = [start_seed(seed, data.name, "contest", repeat) for repeat in range(repeats)]

    def enter(name: str) -> list[Iterator[Step]]:
        return [CONTENDERS[name](problem, np.random.default_rng(each)) for each in seeds]

    begun = process_time()
    entered = enter(PACEMAKER)
    paces = [next(steps) for steps in entered]
    each_pace = (process_time() - begun) / repeats
    allowed = round(budget * float(np.mean([step.pairs for step in paces])))
    rows: list[dict[str, object]] = []
    seconds: list[dict[str, object]] = []
    for done, name in enumerate(CONTENDERS, start=1):
        first = name == PACEMAKER
        runs = [chain([p], s) for p, s in zip(paces, entered, strict=True)] if first else enter(name)
        for repeat, steps in enumerate(runs):
            begun = process_time()
            results = compete(steps, allowed)
            used = process_time() - begun + first * each_pace
            key = {"dataset": data.name, "contender": name, "repeat": repeat}
            seconds.append(key | {"seconds": used})
            rows += [key | _row(result, data, allowed) for result in results]
        if progress is not None:
            progress(done, len(CONTENDERS))
    found = {"contest": rows, "contest_timings": seconds}
    return {name: tables.from_rows(name, each) for name, each in found.items()}


def _row(result: Result, data: Dataset, budget: int) -> dict[str, object]:
    truth = data.true_centroids
    return {
        "budget": budget,
        "attempt": result.attempt,
        "pairs": result.pairs,
        "objective": result.objective,
        "centroid_index": None if truth is None else centroid_index(result.centroids, truth),
    }


def at_share(results: pd.DataFrame, share: float) -> pd.DataFrame:
    """Keep each contender's best result within a share of the budget: at most one row of each repeat.

    At the whole budget that is the end of the repeat, even where the first attempt cost more.
    """
    if share < 1:
        results = results[results["pairs"] <= share * results["budget"]]
    return results.groupby(["dataset", "contender", "repeat"], sort=False, observed=True).tail(1)


def standings(results: pd.DataFrame) -> pd.DataFrame:
    """How the contenders stand after each share of the budget.

    Parameters
    ----------
    results : frame
        Table `contest`.

    Returns
    -------
    frame
        A row for each data set, contender and share: the number of repeats `n`; the rate of `success` with
        Wilson's interval, where a repeat without a solution yet counts as no success (missing without ground
        truth); the mean `excess` J/J_best − 1 over the best J of any contender, with Student's interval
        (missing until all repeats have a solution); and the mean `cost`, the pairs spent over the budget.
    """
    best = results.groupby("dataset", observed=True)["objective"].min()
    entries = results.groupby(["dataset", "contender"], sort=False, observed=True)
    n_repeats = entries["repeat"].nunique()
    known = entries["centroid_index"].count() > 0
    rows = []
    for share in SHARES:
        there = at_share(results, share)
        for (dataset, contender), n in zip(n_repeats.index.tolist(), n_repeats.tolist(), strict=True):
            found = there[(there["dataset"] == dataset) & (there["contender"] == contender)]
            row = {"dataset": dataset, "contender": contender, "share": share, "n": n}
            won = float((found["centroid_index"] == 0).sum()) if known[dataset, contender] else np.nan
            low, high = wilson(np.array(won), np.array(float(n)))
            row |= {"success": won / n, "success_low": float(low), "success_high": float(high)}
            excess = found["objective"].to_numpy(dtype=float) / best[dataset] - 1
            mean, half = mean_interval(excess) if len(excess) == n else (np.nan, np.nan)
            row |= {"excess": mean, "excess_low": mean - half, "excess_high": mean + half}
            rows.append(row | {"cost": (found["pairs"] / found["budget"]).mean()})
    order = {name: i for i, name in enumerate(CONTENDERS)}
    table = pd.DataFrame(rows)
    sets = {name: i for i, name in enumerate(results["dataset"].unique())}
    keys = [table["dataset"].map(sets), table["contender"].map(order), table["share"]]
    return table.iloc[np.lexsort(keys[::-1])].reset_index(drop=True)


def mean_interval(values: Floats) -> tuple[float, float]:
    """Mean of values (n,), and half the width of Student's interval, which is NaN for n = 1."""
    n = len(values)
    if n < 2:
        return float(values.mean()), np.nan
    half = scipy.stats.t.ppf((1 + LEVEL) / 2, n - 1) * values.std(ddof=1) / np.sqrt(n)
    return float(values.mean()), float(half)


def timing_summary(timings: pd.DataFrame) -> pd.DataFrame:
    """Number of repeats, mean and total of their CPU seconds: a row for each data set and contender."""
    groups = timings.groupby(["dataset", "contender"], sort=False, observed=True)["seconds"]
    return groups.agg(repeats="size", mean="mean", total="sum").reset_index()
