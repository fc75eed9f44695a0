"""Inoue & Hara (2020), section 3: what its figures and claims need from the runs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
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

#: Data set, K and T (squared data units) of the paper's two runs.
PAPER_EXAMPLE = ("s1", 15, 1e9)

#: Relative falls of J̃ below this are rounding errors.
ROUNDING = 1e-16

#: Columns that name a start, and columns that name an iteration of the run from it, whatever the method.
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

    @cached_property
    def shown(self) -> "Shown | None":
        """The run that Figs. 1 to 4 show; None if there is none by a soft method."""
        return shown(self.first.runs, self.first.trace(self.data.name), self.data)


def gather(
    data: Mapping[str, Dataset],
    dataset: str,
    n_clusters: int,
    first: Mapping[str, Path],
    sweep: Mapping[str, Path],
) -> Evidence:
    """Gather the evidence. Runs on data whose points are all the same are left out.

    Parameters
    ----------
    data : mapping
        All data sets by name.
    dataset, n_clusters
        The paper's data set, and K of its runs on it.
    first, sweep : mapping
        Paths of the tables `runs`, `trace` and `centroids`. `sweep` is empty if there is no sweep.
    """
    wide = {name: each for name, each in data.items() if np.ptp(each.points, axis=0).max() > 0}
    own = {name: replace(wide[name], n_clusters=n_clusters) for name in wide.keys() & {dataset}}
    return Evidence(
        data[dataset], n_clusters, study(first, own, SOFT), study(sweep, wide, SOFT) if sweep else None
    )


def without_runs(evidence: Evidence) -> str | None:
    """Say why a claim about all runs cannot be measured; None if it can."""
    if any(len(study.runs) for study in evidence.studies):
        return None
    return f"no runs by {', '.join(SOFT)} on data that have an extent"


@dataclass(frozen=True)
class Truth:
    """The ground truth's centroids (K, d), and J and J̃ there: the lines without points in Figs. 2 and 6."""

    centroids: Floats
    objective: float
    smooth_objective: float


def at_truth(data: Dataset, temperature: float) -> Truth | None:
    """J (Eq. 1) and J̃ (Eq. 6) at the true centroids; None if there is no ground truth."""
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
        Runs from random points by the method that the figures show, with columns `low` and `high` from
        `tolerances`.
    run : series
        The row of `random` that is shown.
    truth : Truth or None
    """

    random: pd.DataFrame
    run: pd.Series
    truth: Truth | None

    @property
    def tolerances(self) -> str:
        """Range of the tolerances with which the run shown takes the same number of iterations."""
        return f"{self.run['low']:.2g} to {self.run['high']:.2g}"


def tolerances(trace: pd.DataFrame) -> pd.DataFrame:
    """Find the tolerances with which each run would have stopped where it did.

    Parameters
    ----------
    trace : frame
        Rows of the table `trace` with every iteration, of one soft method from one initialisation.

    Returns
    -------
    frame
        A row for each repeat: it stops where it did with any tolerance from `low` to below `high`.
    """
    before = trace.groupby("repeat")["smooth_objective"].shift()
    fall = (before - trace["smooth_objective"]) / before.abs()
    last = ~trace.duplicated("repeat", keep="last")
    falls = pd.DataFrame({"repeat": trace["repeat"], "low": fall.where(last), "high": fall.where(~last)})
    return falls.groupby("repeat").min().fillna({"high": np.inf}).reset_index()


def shown(runs: pd.DataFrame, trace: pd.DataFrame, data: Dataset) -> Shown | None:
    """Choose the run to show, the one most like the paper's; None if there is none by a soft method.

    Runs that end above the ground truth's J and miss a cluster come first, then those whose number of
    iterations is nearest to 14. The paper does not give its stopping rule, so ties are broken by how little
    that number depends on it: by the widest range of tolerances with which both this run and the run from
    blocks take the number of iterations that they take here.
    """
    runs = runs[runs["temperature"] > 0]
    random = runs[runs["initialisation"] == "random-points"]
    if not len(random):
        return None
    names = [*SOFT, *random["method"]]
    method = next(name for name in names if (random["method"] == name).any())
    steps = trace[trace["method"] == method]
    window, blocks = (
        tolerances(steps[steps["initialisation"] == start]) for start in ("random-points", "sequential")
    )
    random = random[random["method"] == method].merge(window, on="repeat")
    low = np.maximum(random["low"], blocks["low"].max() if len(blocks) else 0)
    high = np.minimum(random["high"], blocks["high"].min() if len(blocks) else np.inf)
    width = np.log(np.maximum(high, ROUNDING)) - np.log(np.maximum(low, ROUNDING))
    truth = at_truth(data, float(random["temperature"].iloc[0]))
    distance = (random["n_iterations"] - PAPER_ITERATIONS["random-points"]).abs()
    stuck = np.zeros(len(random), dtype=bool)
    if truth is not None:
        above = (random["objective"] > truth.objective) & (random["centroid_index"] > 0)
        stuck = above.to_numpy(dtype=bool)
    order = np.lexsort((random["repeat"], -width, distance, ~stuck))
    return Shown(random, random.iloc[order[0]], truth)


def gaps(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Largest difference of any coordinate between two methods, at each iteration from the same start.

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
    """Find how far the soft methods are apart at each iteration.

    Parameters
    ----------
    centroids : frame
        Table `centroids` of every iteration.
    scale : float
        Extent of the data; differences are given relative to it.

    Returns
    -------
    frame
        One row for each pair of soft methods, initialisation and iteration. `largest` is the largest
        difference over the starts from which both methods have this iteration, `starts` is the number of
        these starts, and `one_only` is the number of starts from which only one method has it. There is no
        row without two soft methods.
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
    """Tell for each start whether its entropy `never falls`, `never rises` or `rises and falls`."""

    def kind(entropy: pd.Series) -> str:
        steps = np.diff(entropy.to_numpy())
        if (steps >= 0).all():
            return "never falls"
        return "never rises" if (steps <= 0).all() else "rises and falls"

    return trace.groupby("repeat")["entropy"].agg(kind)
