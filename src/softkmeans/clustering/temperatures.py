"""Temperatures as users write them, and the critical temperature of data."""

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import Any, Self

import numpy as np

from softkmeans.arrays import Floats
from softkmeans.errors import DataError


@dataclass(frozen=True)
class Temperature:
    """A temperature > 0, in squared data units or in units of the data's critical temperature.

    Attributes
    ----------
    value : float
        The number.
    relative : bool
        Whether `value` counts critical temperatures.
    """

    value: float
    relative: bool = False

    def __post_init__(self) -> None:
        if not (0 < self.value < math.inf):
            raise ValueError(f"a temperature must be positive and finite, not {self.value}")

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read a temperature as `config.yaml` writes it.

        Parameters
        ----------
        value : str, float or Temperature
            Absolute (`1e9`) or relative to the critical temperature (`0.2 Tc`).

        Raises
        ------
        ValueError
            If it is not a temperature.

        Examples
        --------
        >>> Temperature.parse("1e9")
        Temperature(value=1000000000.0, relative=False)
        >>> Temperature.parse("0.2 Tc")
        Temperature(value=0.2, relative=True)
        """
        if isinstance(value, cls):
            return value
        relative = isinstance(value, str) and value.rstrip().endswith("Tc")
        parsed = number(value.rstrip().removesuffix("Tc") if isinstance(value, str) else value)
        if parsed is None:
            raise ValueError(
                f"{value!r} is not a temperature; write 1e9, or 0.2 Tc in units of the critical one"
            )
        return cls(float(parsed), relative)

    def written(self) -> str | float:
        """Give the temperature as `config.yaml` writes it."""
        return f"{self.value!r} Tc" if self.relative else self.value

    def absolute(self, critical: float) -> float:
        """Give the temperature in squared data units, for data whose critical temperature is `critical`.

        Raises
        ------
        DataError
            If it is relative to a critical temperature of 0.
        """
        if self.relative and not critical > 0:
            raise DataError("all points are the same: Tc is 0, so give an absolute temperature")
        return self.value * critical if self.relative else self.value


def number(value: Any) -> int | float | None:
    """Return the finite number that a value is or spells (YAML reads 1e9 as text), else None."""
    if isinstance(value, bool) or not isinstance(value, Real | str) or not str(value).isascii():
        return None
    try:
        if isinstance(value, str):
            value = int(value) if re.fullmatch(r"\s*[+-]?[0-9]+\s*", value) else float(value)
        return value if math.isfinite(value) else None
    except (ValueError, OverflowError):
        return None


def critical_temperature(points: Floats) -> float:
    """T_c = 2·λ_max of the covariance, squared data units. Above it, softmax centroids meet at the mean.

    It is rounded to 10 digits, since the last ones depend on the processor that the BLAS was made for. Where
    all points are the same, it is 0.

    Raises
    ------
    DataError
        If the squares of the data are not finite.

    References
    ----------
    K. Rose, "Deterministic annealing for clustering …", Proc. IEEE 86(11), 1998, section II-C.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        centred = points - points.mean(axis=0)
        covariance = centred.T @ centred / len(points)
    if not np.isfinite(covariance).all():
        raise DataError("the data's squares are too large for float64; scale the points down")
    return max(0.0, float(f"{2 * np.linalg.eigvalsh(covariance)[-1]:.10g}"))


def cooling(highest: float, lowest: float, factor: float) -> list[float]:
    """Temperatures that fall by a factor from the highest, and end at the lowest.

    Examples
    --------
    >>> cooling(8, 1.5, 0.5)
    [8.0, 4.0, 2.0, 1.5]
    """
    levels = [float(highest)]
    while levels[-1] * factor > lowest:
        levels.append(levels[-1] * factor)
    return [*levels, float(lowest)] if levels[-1] > lowest else levels


def n_levels(highest: Temperature, lowest: Temperature, factor: float) -> int:
    """Count the temperatures of an annealing. It is a guess if only one end is relative to T_c."""
    if highest.relative != lowest.relative:
        return 40
    return len(cooling(highest.value, lowest.value, factor))
