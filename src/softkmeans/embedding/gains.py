"""What one way to cluster gains over another from the same seeds."""

from itertools import product

import numpy as np
import pandas as pd
import scipy

from softkmeans.embedding.study import LONGER, RAW
from softkmeans.embedding.training import HARD
from softkmeans.runs.statistics import LEVEL

#: What every way is compared with.
BASELINES = (LONGER, HARD, RAW)

#: Columns with the ARI of the clusters that a way ends with, and of K-means of its codes.
MEASURES = ("ari", "ari_again")


def gains(comparison: pd.DataFrame) -> pd.DataFrame:
    """Compare each way with each baseline, seed by seed.

    Parameters
    ----------
    comparison : table `comparison`

    Returns
    -------
    frame
        A row for each measure, baseline and method: the method's `mean`, the number of seeds `n`, the mean
        `gain`, the ends of Student's 95 % interval, `low` and `high`, how often it is better (`wins`) and
        worse (`losses`), and the `p_value` of the exact sign test, two-sided.
    """
    rows = []
    for measure, baseline in product(MEASURES, BASELINES):
        values = comparison.pivot(index="repeat", columns="method", values=measure)
        for method in comparison["method"].unique():
            if method != baseline:
                found = paired((values[method] - values[baseline]).to_numpy())
                mean = float(values[method].mean())
                rows.append(
                    {"measure": measure, "baseline": baseline, "method": method, "mean": mean} | found
                )
    return pd.DataFrame(rows)


def paired(differences: np.ndarray) -> dict[str, float]:
    """Give the mean of paired differences (n,), its interval, and the sign test.

    Where all differences are equal, as for n = 1, both ends of the interval are the mean.
    """
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    mean = float(differences.mean())
    low = high = mean
    if np.ptp(differences) > 0:
        low, high = map(float, scipy.stats.ttest_1samp(differences, 0).confidence_interval(LEVEL))
    p = float(scipy.stats.binomtest(wins, wins + losses).pvalue) if wins + losses else 1.0
    return {
        "n": len(differences),
        "gain": mean,
        "low": low,
        "high": high,
        "wins": wins,
        "losses": losses,
        "p_value": p,
    }
