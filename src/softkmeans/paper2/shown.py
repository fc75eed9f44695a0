"""What the figures of paper 2 show, and the style that they share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softkmeans.arrays import Floats
from softkmeans.report.style import BLUE, ORANGE, legend, new_figure, panels

#: Label and style of each method's lines. The dashes tell the methods apart without colour.
LINES: dict[str, dict[str, Any]] = {
    "rbf-softmax": {"label": "softmax", "color": BLUE},
    "rbf-entmax15": {"label": "entmax-1.5", "color": ORANGE, "ls": "--"},
}

#: Exact zeros are drawn at this value on a logarithmic axis.
FLOOR = 1e-18


@dataclass(frozen=True)
class Shown:
    """What is drawn: the paper's tables by name, and each data set's points, standardised."""

    found: Mapping[str, pd.DataFrame]
    points: Mapping[str, Floats]

    @property
    def datasets(self) -> list[str]:
        """Names of the data sets, in the order of the panels."""
        return list(self.points)

    def of(self, table: str, dataset: str) -> pd.DataFrame:
        """Rows of a table that are of a data set."""
        rows = self.found[table]
        return rows[rows["dataset"] == dataset]


def one_page(shown: Shown, draw: Callable[[Axes, str], None], x: str, y: str) -> Figure:
    """Make a figure with one panel per data set, four in a row, and one legend."""
    figure = new_figure(height=1.75 * -(-len(shown.datasets) // 4) + 0.9)
    panels(figure, shown.datasets, draw, labels=(x, y), shared=True)
    legend(figure)
    return figure


def log_with_zero(panel: Axes, *, floor: float = FLOOR, step: int = 3) -> None:
    """Make the y axis logarithmic, with 0 at its foot and a tick every `step` powers of ten."""
    panel.set_yscale("log")
    panel.set_ylim(floor / 3, 10)
    powers = range(0, int(np.log10(floor)), -step)
    panel.set_yticks([floor, *(10.0**e for e in powers)], ["0", *(f"$10^{{{e}}}$" for e in powers)])
    panel.minorticks_off()
