"""Inoue & Hara (2020), section 3: what its figures need from the runs."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Floats
from softkmeans.clustering.assignments import softmax
from softkmeans.clustering.kernels import prepare, sum_over_points

INITIALISATIONS = ("random-points", "sequential")
"""Of the first experiment (Figs. 1 to 4) and the second (Figs. 5 to 8)."""

PAPER_ITERATIONS = {"random-points": 14, "sequential": 9}
"""How many iterations the paper's two runs took (Figs. 3 and 7)."""

SOFT = ("lse", "entropy", "maxent")
"""The methods that the paper proves equivalent."""


@dataclass(frozen=True)
class Truth:
    """The ground truth's centroids and their objectives: the lines without points in Figs. 2 and 6."""

    centroids: Floats
    objective: float
    smooth_objective: float


def at_truth(points: Floats, centroids: Floats, temperature: float) -> Truth:
    """J (Eq. 1) and J̃ (Eq. 6) at the true centroids (K, d)."""
    prepared = prepare(points)
    state = (centroids - prepared.centre)[None]
    sums = sum_over_points(prepared, state, np.array([temperature]), softmax)
    return Truth(centroids, float(sums.objective[0]), float(sums.smooth_objective[0]))


def choose_repeat(runs: pd.DataFrame, truth: Truth | None) -> int:
    """Pick the random start to show in place of the paper's, which is not published.

    The first that is most like the paper's: nearest to 14 iterations, ending in a local optimum above the
    ground truth's J wherever some run does.

    Parameters
    ----------
    runs : the runs of one soft method from `random-points`.
    """
    distance = (runs["n_iterations"] - PAPER_ITERATIONS["random-points"]).abs()
    stuck = np.zeros(len(runs), dtype=bool)
    if truth is not None:
        stuck = ((runs["objective"] > truth.objective) & (runs["centroid_index"] > 0)).to_numpy(dtype=bool)
    order = np.lexsort((runs["repeat"].to_numpy(), distance.to_numpy(), ~stuck))
    return int(runs["repeat"].iloc[order[0]])


def differences(centroids: pa.Table, scale: float) -> pd.DataFrame:
    """Largest distance of any coordinate between two methods at an iteration from the same start.

    Parameters
    ----------
    centroids : table of every iteration
    scale : float
        The data's; differences are given relative to it.

    Returns
    -------
    frame
        One row for each pair of soft methods, initialisation and iteration: `largest` over the starts that
        both methods still iterated on, `starts` their number, and `one_only` how many starts only one of
        them still iterated on. Without two soft methods there is no row.
    """
    keys, places = tables.unstack(centroids)
    keys["row"] = np.arange(len(keys))
    same_start = ["initialisation", "temperature", "repeat", "iteration"]
    rows = []
    for one, other in combinations([m for m in SOFT if (keys["method"] == m).any()], 2):
        pair = keys[keys["method"] == one].merge(
            keys[keys["method"] == other], on=same_start, how="outer", suffixes=("_one", "_other")
        )
        both = pair.dropna(subset=["row_one", "row_other"])
        gap = places[both["row_one"].astype(int)] - places[both["row_other"].astype(int)]
        pair.loc[both.index, "gap"] = np.abs(gap).max(axis=(1, 2)) / scale
        grouped = pair.groupby(["initialisation", "iteration"], observed=True)["gap"]
        found = grouped.agg(largest="max", starts="count", one_only=lambda gaps: int(gaps.isna().sum()))
        rows.append(found.reset_index().assign(pair=f"{one} – {other}"))
    none = pd.DataFrame(columns=["initialisation", "iteration", "largest", "starts", "one_only", "pair"])
    return pd.concat(rows, ignore_index=True) if rows else none


def monotonicity(trace: pd.DataFrame) -> pd.Series:
    """For each start, whether its entropy `never falls`, `never rises` or `rises and falls`."""

    def kind(entropy: pd.Series) -> str:
        steps = np.diff(entropy.to_numpy())
        if (steps >= 0).all():
            return "never falls"
        return "never rises" if (steps <= 0).all() else "rises and falls"

    return trace.groupby("repeat")["entropy"].agg(kind)
