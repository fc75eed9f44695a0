"""Figures of the contest: success and J of all contenders against what they cost."""

from collections.abc import Iterator, Mapping
from functools import partial
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator, PercentFormatter

from softkmeans.report.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    Drawing,
    Drawn,
    floored,
    legend,
    new_figure,
    note,
    panels,
)

#: Most characters in a line of a note.
LETTERS = 125

#: An excess of J below this is drawn at it.
FLOOR = 1e-5

#: Contenders that use a temperature have full lines, the others broken ones; markers tell them apart in grey.
STYLES: Mapping[str, Mapping[str, Any]] = {
    "annealed softmax": {"color": BLUE, "marker": "o"},
    "annealed entmax-1.5": {"color": ORANGE, "marker": "s"},
    "mass-constrained": {"color": "#7b3fa0", "marker": "D"},
    "K-means++": {"color": GREY, "marker": "P", "ls": "--"},
    "greedy K-means++": {"color": "black", "marker": "X", "ls": "--"},
    "maxmin": {"color": GREEN, "marker": "^", "ls": "--"},
    "random swap": {"color": RED, "marker": "v", "ls": "--"},
}

#: Where the last values stand, right of the curves: the first at this share of the budget, each of the others
#: at so many times the one before.
FIRST_PLACE, STEP = 1.55, 1.3


def curves(standings: pd.DataFrame, measure: str, label: str) -> Drawn:
    """A measure against the share of the budget spent, last values at the right; a panel for each set."""
    datasets = list(standings["dataset"].unique())
    contenders = list(standings["contender"].unique())
    columns = 3 if len(datasets) <= 9 else 4
    figure = new_figure(height=1.6 * -(-len(datasets) // columns) + 1.5)
    right = FIRST_PLACE * STEP ** len(contenders)

    def draw(panel: Axes, dataset: str) -> None:
        here = standings[standings["dataset"] == dataset]
        for place, contender in enumerate(contenders):
            rows, style = here[here["contender"] == contender], STYLES[contender]
            y, low, high = (_drawn(rows[f"{measure}{end}"], measure) for end in ("", "_low", "_high"))
            panel.plot(rows["share"], y, lw=1.1, ms=2.6, label=contender, **style)
            x = FIRST_PLACE * STEP**place
            panel.plot([x], y[-1:], ms=3.4, **{**style, "ls": "none"})
            panel.vlines(x, low[-1:], high[-1:], color=style["color"], lw=0.9)
        if here[measure].isna().all():
            panel.text(0.5, 0.5, "no ground truth", transform=panel.transAxes, ha="center", color=GREY)
        panel.axvline(1.2, color=GREY, lw=0.5)
        panel.set(xscale="log", xlim=(standings["share"].min() / 1.3, right))
        panel.set_xticks([1 / 64, 1 / 16, 1 / 4, 1], ["1/64", "1/16", "1/4", "1"])
        panel.xaxis.set_minor_locator(NullLocator())
        if measure == "success":
            panel.set(ylim=(-0.06, 1.06), yticks=[0, 0.5, 1])
            panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        else:
            panel.set(yscale="log", ylim=(FLOOR / 1.6, None))
            panel.yaxis.set_minor_locator(NullLocator())

    panels(figure, datasets, draw, labels=("share of the budget", label), columns=columns)
    legend(figure, columns=4)
    key = ["dataset", "contender", "share", "n", "cost"]
    return figure, standings[key + [f"{measure}{end}" for end in ("", "_low", "_high")]]


def _drawn(values: pd.Series, measure: str) -> np.ndarray:
    """Values as they are drawn: rates as they are, and an excess no lower than the floor."""
    return values.to_numpy() if measure == "success" else floored(values, FLOOR)


BUDGET = (
    "the budget counts pairs of a point and a centroid, and its unit is the mean cost of an annealed softmax "
    "run; all start again until it is spent, but random swap goes on; right of the line: at the whole "
    "budget, with 95 % intervals"
)

#: Name of a figure -> how to draw it.
FIGURES: Mapping[str, Drawing[pd.DataFrame]] = {
    "success": Drawing(
        partial(curves, measure="success", label="success rate"),
        f"success: the best J so far has every cluster, centroid index 0 (Wilson's intervals); {BUDGET}",
    ),
    "objective": Drawing(
        partial(curves, measure="excess", label="J / best J − 1"),
        "mean excess of J over the best that any contender found, drawn at 1e-5 where it is less (Student's "
        f"intervals); {BUDGET}",
    ),
}

#: Source of a data set -> what a note calls it.
KINDS = {"real": "real data", "twin": "twins, not the real data", "own": "own data", "generated": "generated"}


def draw(standings: pd.DataFrame, origins: Mapping[str, str]) -> Iterator[tuple[str, Drawn]]:
    """Draw each figure: name, figure and values plotted.

    Parameters
    ----------
    standings : frame
        What `study.standings` returns.
    origins : mapping
        Data set -> ``real``, ``twin``, ``own`` or ``generated``.
    """
    datasets = standings["dataset"].unique()
    kinds = {kind: [name for name in datasets if origins[name] == kind] for kind in KINDS}
    data = "; ".join(f"{KINDS[kind]}: {', '.join(names)}" for kind, names in kinds.items() if names)
    for name, drawing in FIGURES.items():
        figure, plotted = drawing.draw(standings)
        note(figure, *wrap(drawing.key, LETTERS), *wrap(data, LETTERS), twin=bool(kinds["twin"]))
        yield name, (figure, plotted)
