"""Each temperature compared with K-means from the same starts, and the temperature that is best."""

import numpy as np
import pandas as pd

from softkmeans.runs.statistics import holm, mcnemar, wilson
from softkmeans.sweep.names import ANNEALED, HARD
from softkmeans.sweep.summary import with_success

#: A corrected p value of at most this counts as a difference.
SIGNIFICANT = 0.05

#: What is compared -> 1 where more is better, −1 where less is.
MEASURES = {"success": 1, "centroid_index": -1}

START = ["dataset", "initialisation", "repeat"]
PLACE = ["dataset", "method", "initialisation"]


def compare_with_kmeans(runs: pd.DataFrame) -> pd.DataFrame:
    """Compare each soft method at each temperature with K-means from the same starts.

    Parameters
    ----------
    runs : table of runs

    Returns
    -------
    frame
        One row for each measure, data set, method, initialisation and temperature that has more than one
        start. The `measure` is ``success`` (every cluster found), or ``centroid_index`` (clusters missed).
        The columns are `temperature_ratio`, the number of starts `n`, the mean of the measure `soft`, and of
        K-means `hard`; the numbers of starts from which the soft method ends `better` and `worse`; `p` of the
        exact McNemar test of these two, which for the centroid index is a sign test; and `p_holm`, which
        Holm's method corrects for all rows of the measure, data set and method. Without ground truth, or
        without K-means, there is no row.
    """
    pairs = _paired(runs)
    rows = []
    for measure, sign in MEASURES.items():
        for key, group in pairs.groupby([*PLACE, "temperature"], sort=False, observed=True):
            if len(group) > 1:
                soft, hard = (group[f"{measure}{end}"].to_numpy() for end in ("", "_hard"))
                better, worse = sign * soft > sign * hard, sign * soft < sign * hard
                means = group["temperature_ratio"].iloc[0], len(group), soft.mean(), hard.mean()
                rows.append([measure, *key, *means, better.sum(), worse.sum(), mcnemar(better, worse)])
    names = ["temperature", "temperature_ratio", "n", "soft", "hard", "better", "worse", "p"]
    found = pd.DataFrame(rows, columns=["measure", *PLACE, *names])
    together = found.groupby(["measure", "dataset", "method"], sort=False)["p"]
    return found.assign(p_holm=together.transform(lambda p: holm(p.to_numpy())).astype(float))


def _paired(runs: pd.DataFrame) -> pd.DataFrame:
    """Runs of the soft methods; columns ``…_hard`` have what K-means reaches from the same start."""
    runs = with_success(runs).dropna(subset=["success"])
    runs = runs.astype(dict.fromkeys(PLACE, str))
    hard = runs.loc[runs["method"] == HARD, [*START, *MEASURES]]
    soft = runs[(runs["temperature"] > 0) & ~runs["method"].str.startswith(ANNEALED)]
    return soft.merge(hard, on=START, suffixes=("", "_hard"))


def verdict(paired: pd.DataFrame) -> pd.Series:
    """Say of each row of `compare_with_kmeans` whether the temperature helps (1), hurts (−1) or neither."""
    sign = np.sign(paired["better"] - paired["worse"])
    return pd.Series(np.where(paired["p_holm"] <= SIGNIFICANT, sign, 0), paired.index, dtype=int)


def best_temperatures(runs: pd.DataFrame) -> pd.DataFrame:
    """Choose a temperature for each data set, method and initialisation, and see how good it is.

    It is chosen on the odd repeats and judged on the even ones, since the rate by which it was chosen is too
    high. Of temperatures that are equally good, the lowest is taken.

    Parameters
    ----------
    runs : table of runs

    Returns
    -------
    frame
        One row for each data set, method and initialisation: the `temperature` (0 for a hard method),
        `temperature_ratio`, the number of even repeats `n`, the rate of `success` over these, and the ends
        `success_low` and `success_high` of Wilson's 95 % interval. Annealed runs are left out, and so is what
        has only one repeat.
    """
    runs = with_success(runs[~runs["method"].astype(str).str.startswith(ANNEALED)])
    odd, even = (runs[runs["repeat"] % 2 == rest] for rest in (1, 0))
    by = [*PLACE, "temperature"]
    rates = odd.groupby(by, sort=False, observed=True)["success"].mean().fillna(-1).reset_index()
    rates = rates.sort_values(["success", "temperature"], ascending=[False, True])
    best = rates.groupby(PLACE, sort=False, observed=True).head(1).sort_index()[by]
    groups = even.merge(best, on=by).groupby(by, sort=False, observed=True)
    found = groups.agg(temperature_ratio=("temperature_ratio", "first"), n=("repeat", "size"))
    successes = groups["success"].sum(min_count=1)
    found["success"] = successes / found["n"]
    found["success_low"], found["success_high"] = wilson(successes.to_numpy(), found["n"].to_numpy(float))
    return found.reset_index()
