"""What figures of the sweep show, and the styles that they share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from softkmeans.report.style import BLUE, ORANGE, new_figure, panels
from softkmeans.sweep.names import ANNEALED, EQUAL, SOFTMAX

#: Columns that identify a row of the summary, with its number of runs.
GROUP = ["dataset", "method", "initialisation", "temperature", "temperature_ratio", "n"]

STYLES: Mapping[str, Mapping[str, Any]] = {
    "kmeans": {"color": "black", "lw": 1.0},
    "entropy": {"color": BLUE, "lw": 1.3, "zorder": 2.2},
    "rbf-entmax15": {"color": ORANGE, "lw": 1.3, "ls": "--", "zorder": 2.3},
}

LABELS = {"kmeans": "K-means", "entropy": "softmax", "rbf-entmax15": "entmax-1.5"}


@dataclass(frozen=True)
class Known:
    """A data set's source (``real``, ``twin``, ``own`` or ``generated``) and K."""

    source: str
    n_clusters: int


@dataclass(frozen=True)
class Sweep:
    """What is drawn: the tables of the sweep, for the data sets of a page."""

    summary: pd.DataFrame
    paired: pd.DataFrame
    best: pd.DataFrame
    phases: pd.DataFrame
    published: pd.DataFrame
    known: Mapping[str, Known]

    @property
    def datasets(self) -> list[str]:
        """Data sets, in order."""
        return list(self.summary["dataset"].unique())

    def of(self, datasets: Iterable[str]) -> "Sweep":
        """Keep some data sets."""
        kept = list(datasets)
        tables = {name: table for name, table in vars(self).items() if name != "known"}
        return replace(self, **{name: table[table["dataset"].isin(kept)] for name, table in tables.items()})


def curves_of(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out annealed runs and, where `SOFTMAX` is there, the methods that are equivalent to it."""
    methods = table["method"].unique()
    shown = [
        name
        for name in methods
        if not name.startswith(ANNEALED) and not (name in EQUAL and SOFTMAX in methods)
    ]
    return table[table["method"].isin(shown)]


def page(
    sweep: Sweep,
    draw: Callable[[Axes, str], None],
    *,
    labels: tuple[str, str] = ("", ""),
) -> Figure:
    """Make a page with a panel for each data set, three in a row."""
    figure = new_figure(height=2.0 * -(-len(sweep.datasets) // 3) + 1.2)
    panels(figure, sweep.datasets, draw, labels=labels, columns=3)
    return figure


def rate_axis(panel: Axes) -> None:
    """Make the axis of y one of success rates, in per cent."""
    panel.set(ylim=(-0.06, 1.06), yticks=[0, 0.5, 1])
    panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def style_of(method: str) -> Mapping[str, Any]:
    """A method's style; the colour of a method without a style of its own follows from its name."""
    other = mpl.colormaps["tab10"](sum(method.encode()) % 10)
    return STYLES.get(method, {"color": other, "lw": 1.2, "ls": "-."})


def start_label(initialisation: str) -> str:
    """Name an initialisation as the field does.

    Examples
    --------
    >>> start_label("random-points"), start_label("greedy-kmeans++")
    ('random points', 'greedy K-means++')
    """
    return initialisation.replace("-", " ").replace("kmeans", "K-means")


def label_of(method: str) -> str:
    """A method's name in a legend."""
    return LABELS.get(method, method)
