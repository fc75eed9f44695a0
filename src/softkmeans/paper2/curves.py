"""Curves of the discrepancy against falling σ, and whether they rise (paper 2, Fig. 1)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from softkmeans.arrays import Floats
from softkmeans.paper2.problem import MAPS

PROTOCOLS = ("sigma-wise", "initialisation-wise")


@dataclass(frozen=True)
class Curve:
    """A method's discrepancies at S falling σ.

    Attributes
    ----------
    method : str
    sigma : array (S,)
    single, single_error : array (S, M·K)
        d_j of each of the M starts and K centroids, and its error.
    mean, error : array (S,)
        Their means. The mean of the errors bounds the error of the mean.
    """

    method: str
    sigma: Floats
    single: Floats
    single_error: Floats
    mean: Floats
    error: Floats


def of_protocol(table: pd.DataFrame, dataset: str, protocol: str) -> pd.DataFrame:
    """Rows of a data set that a protocol uses.

    The sigma-wise protocol uses only the first start, at every σ. The initialisation-wise protocol uses all
    starts, at each σ at which all of them are run.
    """
    rows = table[table["dataset"] == dataset]
    if protocol == "sigma-wise":
        return rows[rows["repeat"] == 0]
    if "sigma" not in rows:
        return rows
    starts = rows.groupby("sigma")["repeat"].transform("nunique")
    return rows[starts == rows["repeat"].nunique()]


def curves(runs: pd.DataFrame) -> Iterator[Curve]:
    """Yield the curve of each method, from rows of the table `collapse` on one data set."""
    for method in [name for name in MAPS if (runs["method"] == name).any()]:
        rows = runs[runs["method"] == method]
        single, error = (
            rows.pivot_table(index="sigma", columns=["repeat", "cluster"], values=name).iloc[::-1]
            for name in ("discrepancy", "error")
        )
        values, errors = single.to_numpy(), error.to_numpy()
        yield Curve(method, single.index.to_numpy(), values, errors, values.mean(axis=1), errors.mean(axis=1))


def rises(values: Floats, errors: Floats) -> Floats:
    """How far values (S, …) rise from one σ to the next beyond their errors, (S − 1, …), or 0."""
    return np.maximum(np.diff(values, axis=0) - errors[1:] - errors[:-1], 0)


def drawup(curve: Curve) -> float:
    """Largest rise of the mean above its least value so far, beyond the errors, divided by its total fall.

    The total fall is from the largest σ to the smallest. The result is infinite if the mean does not fall,
    and NaN if a run has not converged.
    """
    if not np.isfinite(curve.error).all():
        return np.nan
    fall = curve.mean[0] - curve.mean[-1]
    if fall <= 0:
        return np.inf
    least = np.minimum.accumulate(curve.mean + curve.error)
    return float(np.maximum(curve.mean - curve.error - least, 0).max() / fall)


def last_rise(curve: Curve) -> float:
    """The σ below which the mean does not rise, beyond the errors; NaN if it never rises."""
    risen = np.flatnonzero(rises(curve.mean, curve.error))
    return float(curve.sigma[risen[-1] + 1]) if len(risen) else np.nan


def share_without_rise(curve: Curve) -> float:
    """Share of the single d_j that never rise beyond their errors."""
    return float((rises(curve.single, curve.single_error) == 0).all(axis=0).mean())
