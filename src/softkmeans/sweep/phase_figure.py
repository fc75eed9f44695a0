"""Figures of the phases: the splits while T falls, and each beside the temperature at which it is due."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from softkmeans.report.style import BLUE, GREY, ORANGE, Drawn, legend, new_figure, panels
from softkmeans.sweep.names import ANNEALED
from softkmeans.sweep.phases import splits
from softkmeans.sweep.shown import label_of

#: Data sets in a row.
COLUMNS = 3

#: Colour, line and marker of each method in turn.
STYLES = [(BLUE, "-", "o"), (ORANGE, "--", "s"), ("#7b3fa0", "-.", "D")]

#: Numbers of centroids at which there may be ticks.
TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def phases(table: pd.DataFrame, n_clusters: Mapping[str, int]) -> Drawn:
    """Number of different centroids while T falls, and where theory puts the splits.

    Parameters
    ----------
    table : frame
        Table `phases`.
    n_clusters : mapping
        K of each data set.
    """
    datasets, found = list(table["dataset"].unique()), splits(table)

    def draw(panel: Axes, dataset: str) -> None:
        here = table[table["dataset"] == dataset]
        for method, (colour, line, marker) in _styles(table):
            runs = here[here["method"] == method]
            critical = (runs["temperature"] / runs["temperature_ratio"]).median()
            lines = runs.pivot(index="level", columns="repeat", values="n_distinct")
            x = runs.groupby("level")["temperature_ratio"].first()
            panel.step(x, lines, where="post", color=colour, lw=0.5, alpha=0.4)
            label = named(method)
            median = lines.quantile(axis=1, interpolation="lower")
            panel.step(x, median, where="post", color=colour, lw=1.6, ls=line, label=label)
            split = found[(found["dataset"] == dataset) & (found["method"] == method)]
            if len(runs):
                panel.axvline(runs["first_due"].iloc[0] / critical, color=colour, lw=0.9, ls=":")
            panel.plot(
                split["due"] / critical,
                split["n_after"],
                ls="none",
                marker=marker,
                ms=3.2,
                mfc="none",
                mew=0.8,
                color=colour,
                label=f"{label}: split due",
            )
        panel.axhline(n_clusters[dataset], color=GREY, lw=0.8, ls="--")
        panel.set(xscale="log", yscale="log")
        top = max(2, here["n_distinct"].max())
        ticks = [tick for tick in TICKS if tick <= top]
        panel.set_yticks(ticks, [str(tick) for tick in ticks])
        panel.yaxis.set_minor_locator(NullLocator())
        panel.xaxis.set_inverted(True)

    figure = new_figure(height=1.9 * -(-len(datasets) // COLUMNS) + 1.3)
    panels(figure, datasets, draw, labels=("T/T$_c$, falling", "different centroids"), columns=COLUMNS)
    legend(figure, columns=4)
    return figure, table


def compared(table: pd.DataFrame) -> Drawn:
    """The temperatures between which every split was seen, over that at which theory has it due."""
    found = splits(table)
    critical = (table["temperature"] / table["temperature_ratio"]).groupby(table["dataset"]).median()
    scale = found["dataset"].map(critical).astype(float)
    plotted = found.assign(
        due_ratio=found["due"] / scale, low=found["below"] / found["due"], high=found["above"] / found["due"]
    )
    figure = new_figure(height=3.6)
    axes = figure.subplots()
    for method, (colour, line, marker) in _styles(table):
        for first in (True, False):
            rows = plotted[(plotted["method"] == method) & (plotted["first"] == first)]
            axes.vlines(rows["due_ratio"], rows["low"], rows["high"], color=colour, lw=1.0, ls=line)
            style: dict[str, Any] = {"color": colour, "marker": marker, "ls": "none", "mew": 0.8}
            style |= {"ms": 7} if first else {"ms": 3.2, "mfc": "white"}
            label = f"{named(method)}: {'first split' if first else 'later splits'}"
            axes.plot(rows["due_ratio"], np.sqrt(rows["low"] * rows["high"]), label=label, **style)
    axes.axhline(1, color=GREY, lw=0.8, ls="--", zorder=1)
    axes.set(xscale="log", xlabel="temperature at which the split is due, T/T$_c$")
    axes.set_ylabel("temperature at which it is seen,\nover the one at which it is due")
    axes.xaxis.set_inverted(True)
    legend(figure, columns=4)
    return figure, plotted


def named(method: str) -> str:
    """Name an annealed method as the field does: `entropy` is softmax.

    Examples
    --------
    >>> named("annealed-entropy"), named("annealed-rbf-entmax15"), named("annealed-mine")
    ('softmax', 'entmax-1.5', 'mine')
    """
    return label_of(method.removeprefix(ANNEALED))


def _styles(table: pd.DataFrame) -> list[tuple[str, tuple[str, str, str]]]:
    """Methods of the table, each with its colour, line and marker."""
    return list(zip(map(str, table["method"].unique()), cycle(STYLES), strict=False))
