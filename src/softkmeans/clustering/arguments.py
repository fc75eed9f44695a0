"""Checks of the arguments that users give: each is right, or an error says what it must be."""

from numbers import Integral
from typing import Any

import numpy as np

from softkmeans.arrays import Floats
from softkmeans.clustering.kernels import ENGINES
from softkmeans.clustering.methods import Method
from softkmeans.clustering.temperatures import Temperature, critical_temperature, number
from softkmeans.errors import DataError, one_line


def whole(name: str, value: Any, least: int) -> int:
    """Give a whole number of at least `least`; raises ValueError for anything else, such as 2.0 or "2"."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise ValueError(f"{name} must be a whole number >= {least}; got {value!r}")
    return int(value)


def not_negative(name: str, value: Any) -> float:
    """Give a finite number >= 0; raises ValueError for anything else."""
    found = number(value)
    if found is None or found < 0:
        raise ValueError(f"{name} must be a finite number >= 0; got {value!r}")
    return float(found)


def known_engine(engine: Any) -> str:
    """Give the name of an engine; raises ValueError for any other."""
    if engine not in ENGINES:
        raise ValueError(f"unknown engine {engine!r} (known: {', '.join(ENGINES)})")
    return str(engine)


def real_array(name: str, values: Any) -> Floats:
    """Give real numbers as an array of float64.

    Raises
    ------
    ValueError
        If values are masked, the array is sparse, or it holds anything but real numbers.
    """
    if np.ma.is_masked(values):
        raise ValueError(f"{name} must not be masked; fill in or drop the masked values")
    if hasattr(values, "toarray"):
        raise ValueError(f"{name} must be a dense array; {type(values).__name__}.toarray() makes one")
    try:
        array = np.asarray(values)
        if array.dtype.kind in "biufO":
            return array.astype(np.float64, order="C")  # the rounding of sums depends on the order
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} must be an array of real numbers ({one_line(error)})") from None
    raise ValueError(f"{name} must be an array of real numbers; its type is {array.dtype}")


def absolute_temperature(temperature: Any, points: Floats, method: Method) -> float:
    """Give T in squared data units; 0 for a hard method, which has none.

    Raises
    ------
    ValueError
        If a soft method has none, it is not written as in the configuration, it is relative where all points
        are the same, or it is too near to 0 for float64.
    """
    if temperature is None and method.soft:
        raise ValueError(f"method {method.name!r} needs a temperature, such as 1e9 or '0.1 Tc'")
    parsed = None if temperature is None else Temperature.parse(temperature)
    if parsed is None or not method.soft:
        return 0.0
    try:
        absolute = parsed.absolute(critical_temperature(points)) if parsed.relative else parsed.value
    except DataError as error:
        raise ValueError(f"{error} (n_samples = {len(points)})") from None
    if absolute == 0:
        raise ValueError(f"temperature {temperature!r} is too near to 0 for float64; use method 'kmeans'")
    return absolute


def check_scale(points: Floats) -> None:
    """Raise ValueError where squares of the centred points (n, d) leave the range of float64."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        squares = np.square(points).sum()
    if not np.isfinite(squares):
        raise ValueError("the squares of the points are too large for float64; scale the points down")
    if squares == 0 and points.any():
        raise ValueError("the squares of the points are too small for float64; scale the points up")
