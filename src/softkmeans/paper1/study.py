"""Inoue & Hara (2020), section 3: what its figures and claims need from the runs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from softkmeans import tables
from softkmeans.arrays import Floats
from softkmeans.clustering.assignments import softmax
from softkmeans.clustering.kernels import prepare, sum_over_points
from softkmeans.data.dataset import Dataset
from softkmeans.runs.stored import Study, study

#: Initialisations of the first experiment (Figs. 1 to 4) and of the second (Figs. 5 to 8).
INITIALISATIONS = ("random-points", "sequential")

#: How many iterations the paper's two runs took (Figs. 3 and 7).
PAPER_ITERATIONS = {"random-points": 14, "sequential": 9}

#: The methods that the paper proves equivalent.
SOFT = ("lse", "entropy", "maxent")

#: What runs of different methods from the same start share, and an iteration of them.
START = ["initialisation", "temperature", "repeat"]
ITERATION = [*START, "iteration"]


@dataclass(frozen=True)
class Evidence:
    """What the claims are measured on.

    Attributes
    ----------
    data : Dataset
    n_clusters : int
        K of the paper's runs.
    first : Study
        The paper's own runs.
    sweep : Study or None
    """

    data: Dataset
    n_clusters: int
    first: Study
    sweep: Study | None

    @property
    def studies(self) -> tuple[Study, ...]:
        """The paper's runs, and those of the sweep if there is one."""
        return (self.first,) if self.sweep is None else (self.first, self.sweep)


def gather(
    data: Mapping[str, Dataset],
    dataset: str,
    n_clusters: int,
    first: Mapping[str, Path],
    sweep: Mapping[str, Path],
) -> Evidence:
    """Gather the evidence.

    Parameters
    ----------
    data : mapping
        All data sets by name.
    dataset, n_clusters
        The paper's data set, and K of its runs on it.
    first, sweep : mapping
        Paths of the tables `runs`, `trace` and `centroids`; no paths where there is no sweep.
    """
    own = {dataset: replace(data[dataset], n_clusters=n_clusters)}
    return Evidence(
        data[dataset], n_clusters, study(first, own, SOFT), study(sweep, data, SOFT) if sweep else None
    )


@dataclass(frozen=True)
class Truth:
    """The ground truth's centroids and their objectives: the lines without points in Figs. 2 and 6."""

    centroids: Floats
    objective: float
    smooth_objective: float


def at_truth(data: Dataset, temperature: float) -> Truth | None:
    """J (Eq. 1) and J̃ (Eq. 6) at the true centroids; None without ground truth."""
    centroids = data.true_centroids
    if centroids is None:
        return None
    prepared = prepare(data.points)
    state = (centroids - prepared.centre)[None]
    sums = sum_over_points(prepared, state, np.array([temperature]), softmax)
    return Truth(centroids, float(sums.objective[0]), float(sums.smooth_objective[0]))


@dataclass(frozen=True)
class Shown:
    """The run that stands in for the paper's first one, whose start is not published.

    Attributes
    ----------
    random : frame
        Runs from random points by the method that the figures show.
    run : series
        The one that is shown.
    truth : Truth or None
    """

    random: pd.DataFrame
    run: pd.Series
    truth: Truth | None


def shown(runs: pd.DataFrame, data: Dataset) -> Shown | None:
    """Choose the run to show; None where there is none by a soft method.

    It is the first that is most like the paper's: nearest to 14 iterations, ending in a local optimum above
    the ground truth's J wherever some run does.
    """
    runs = runs[(runs["initialisation"] == "random-points") & (runs["temperature"] > 0)]
    if not len(runs):
        return None
    names = [*SOFT, *runs["method"]]
    random = runs[runs["method"] == next(name for name in names if (runs["method"] == name).any())]
    truth = at_truth(data, float(random["temperature"].iloc[0]))
    distance = (random["n_iterations"] - PAPER_ITERATIONS["random-points"]).abs()
    stuck = np.zeros(len(random), dtype=bool)
    if truth is not None:
        above = (random["objective"] > truth.objective) & (random["centroid_index"] > 0)
        stuck = above.to_numpy(dtype=bool)
    order = np.lexsort((random["repeat"].to_numpy(), distance.to_numpy(), ~stuck))
    return Shown(random, random.iloc[order[0]], truth)


def gaps(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Largest distance of any coordinate between two methods, iteration by iteration from the same start.

    Parameters
    ----------
    one, other : rows of the table `centroids`

    Returns
    -------
    frame
        A row for each start and iteration that either method has; `gap` is NaN where only one has it.
    """
    places = tables.sets(one), tables.sets(other)
    a, b = (rows[ITERATION].assign(row=np.arange(len(rows))) for rows in (one, other))
    pair = a.merge(b, on=ITERATION, how="outer", suffixes=("_one", "_other")).assign(gap=np.nan)
    both = pair.dropna(subset=["row_one", "row_other"])
    apart = places[0][both["row_one"].astype(int)] - places[1][both["row_other"].astype(int)]
    pair.loc[both.index, "gap"] = np.abs(apart).max(axis=(1, 2))
    return pair


def differences(centroids: pd.DataFrame, scale: float) -> pd.DataFrame:
    """How far the soft methods are apart at each iteration.

    Parameters
    ----------
    centroids : frame
        Table `centroids` of every iteration.
    scale : float
        The data's; differences are given relative to it.

    Returns
    -------
    frame
        One row for each pair of soft methods, initialisation and iteration: `largest` over the starts that
        both methods still iterated on, `starts` their number, and `one_only` how many starts only one of
        them still iterated on. Without two soft methods there is no row.
    """
    rows = [pd.DataFrame(columns=["initialisation", "iteration", "largest", "starts", "one_only", "pair"])]
    of = {method: centroids[centroids["method"] == method] for method in SOFT}
    for one, other in combinations([method for method in SOFT if len(of[method])], 2):
        apart = gaps(of[one], of[other]).assign(gap=lambda pair: pair["gap"] / scale)
        grouped = apart.groupby(["initialisation", "iteration"], observed=True)["gap"]
        found = grouped.agg(largest="max", starts="count", one_only=lambda gap: int(gap.isna().sum()))
        rows.append(found.reset_index().assign(pair=f"{one} – {other}"))
    return pd.concat(rows[1:] or rows, ignore_index=True)


def monotonicity(trace: pd.DataFrame) -> pd.Series:
    """For each start, whether its entropy `never falls`, `never rises` or `rises and falls`."""

    def kind(entropy: pd.Series) -> str:
        steps = np.diff(entropy.to_numpy())
        if (steps >= 0).all():
            return "never falls"
        return "never rises" if (steps <= 0).all() else "rises and falls"

    return trace.groupby("repeat")["entropy"].agg(kind)
