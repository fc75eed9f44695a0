"""Figures of the sweep: what annealing and restarts cost, and K-means beside published results."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from softkmeans.report.style import BLUE, GREY, RED, Drawn, legend, new_figure
from softkmeans.sweep.names import ANNEALED, HARD
from softkmeans.sweep.published import IN_ERROR
from softkmeans.sweep.shown import GROUP, Sweep, label_of, page, rate_axis, start_label, style_of

MARKERS = {
    "random-points": "o",
    "random-partition": "s",
    "kmeans++": "P",
    "greedy-kmeans++": "D",
    "maxmin": "^",
    "sequential": "X",
}

#: Initialisations that are restarted -> style of the line, and hatching of the band.
RESTARTED: Mapping[str, tuple[str, str]] = {"kmeans++": ("--", "////"), "greedy-kmeans++": (":", "")}

RATE = ["success", "success_low", "success_high"]


def annealing(sweep: Sweep) -> Drawn:
    """Success rate against iterations: annealed, at a fixed T, and K-means from each start and restarted."""
    rows = sweep.summary
    annealed = rows[rows["method"].str.startswith(ANNEALED)].assign(kind="annealed")
    soft = [name.removeprefix(ANNEALED) for name in annealed["method"].unique()]
    best = sweep.best[sweep.best["method"].isin(soft) & (sweep.best["initialisation"] == "random-points")]
    key = ["dataset", "method", "initialisation", "temperature"]
    fixed = best.merge(rows[[*key, "n_iterations"]], on=key).assign(kind="fixed")
    hard = rows[rows["method"] == HARD].assign(kind="once")
    shown = pd.concat([hard, fixed, annealed], ignore_index=True)[["kind", *GROUP, "n_iterations", *RATE]]
    limit = 2 * float(shown["n_iterations"].max())
    again = hard[hard["initialisation"].isin(RESTARTED)]
    bands = [restarted(row, limit) for _, row in again.iterrows()]
    shown = pd.concat([shown, *bands], ignore_index=True)

    def draw(panel: Axes, dataset: str) -> None:
        here = shown[shown["dataset"] == dataset]
        for start, band in here[here["kind"] == "restarted"].groupby("initialisation", sort=False):
            line, hatch = RESTARTED[str(start)]
            x = band["n_iterations"]
            panel.plot(
                x,
                band["success"],
                color=GREY,
                lw=1,
                ls=line,
                label=f"{start_label(str(start))} restarted",
                zorder=1.6,
            )
            panel.fill_between(
                x,
                band["success_low"],
                band["success_high"],
                color=GREY,
                alpha=0.25,
                lw=0,
                hatch=hatch,
                zorder=1.5,
            )
        for _, row in here[here["kind"] != "restarted"].iterrows():
            _mark(panel, row)
        panel.set(xscale="log", xlim=(0.8, limit))
        rate_axis(panel)

    figure = page(sweep, draw, labels=("iterations, mean of a run", "success rate"))
    handles: dict[str, Any] = {}
    for panel in figure.axes:
        handles |= {label: handle for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)}
    legend(figure, handles.values(), columns=3, fontsize=7.5)
    return figure, shown


def restarted(run: pd.Series, limit: float) -> pd.DataFrame:
    """Chance that at least one of n runs succeeds, 1 − (1 − p)ⁿ, against the iterations of all n.

    The ends of its interval follow in the same way from those of the rate p of one run.

    Parameters
    ----------
    run : row of the summary
    limit : float
        Iterations up to which the chance is given.
    """
    n = np.geomspace(1, max(1.0, limit / run["n_iterations"]), 60)
    rates = {name: 1 - (1 - run[name]) ** n for name in RATE}
    return pd.DataFrame([run[GROUP]] * len(n)).assign(
        kind="restarted", n_iterations=n * run["n_iterations"], **rates
    )


def _mark(panel: Axes, row: pd.Series) -> None:
    """Mark a success rate at its cost, with Wilson's interval."""
    method = row["method"].removeprefix(ANNEALED)
    style: dict[str, Any]
    if row["kind"] == "once":
        style = {"color": "0.2", "marker": MARKERS.get(row["initialisation"], "d"), "ms": 4}
        label = f"K-means from {start_label(row['initialisation'])}"
    elif row["kind"] == "fixed":
        style = {"color": style_of(method)["color"], "marker": "o", "ms": 6, "mfc": "none", "mew": 1.3}
        label = f"{label_of(method)} at its best T"
    else:
        style = {"color": style_of(method)["color"], "marker": "*", "ms": 9, "zorder": 3}
        label = f"annealed {label_of(method)}"
    if method != "entropy" and row["kind"] != "once":
        style |= {"marker": {"o": "s", "*": "p"}[style["marker"]]}  # so that they can be told apart in grey
    panel.plot([row["n_iterations"]], [row["success"]], ls="none", label=label, **style)
    panel.vlines(row["n_iterations"], row["success_low"], row["success_high"], color=style["color"], lw=0.8)


def published(sweep: Sweep) -> Drawn:
    """K-means beside Fränti & Sieranoja: mean centroid index (2018), and clusters in error (2019)."""
    table = sweep.published
    figure = new_figure(height=3.4)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.15])
    _beside(left, table)
    _in_error(right, table)
    return figure, table


def _beside(axes: Axes, table: pd.DataFrame) -> None:
    """Draw the mean centroid index from random points: published, and ours with three standard errors."""
    x = np.arange(len(table))
    pad = 0.015 * table[["published", "mean"]].max().max()
    axes.bar(x - 0.2, table["published"], 0.38, color="0.8", label="published (2018)")
    axes.bar(x + 0.2, table["mean"], 0.38, color=BLUE, alpha=0.85, label="ours, ± 3 standard errors")
    error = 3 * table["standard_error"].fillna(0)
    axes.errorbar(x + 0.2, table["mean"], yerr=error, fmt="none", ecolor="k", elinewidth=1, capsize=2)
    for at, row in zip(x, table.itertuples(), strict=True):
        small: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 6.5}
        axes.text(at - 0.22, row.published + pad, f"{row.published:g}", **small)
        axes.text(at + 0.22, row.mean + error.iloc[at] + pad, f"{row.mean:.2f}", **small)
    _name(axes, table["dataset"])
    numbers = dict.fromkeys(f"{n}" for n in table["n"])
    axes.set(ylabel="mean centroid index", title=f"from random points, {', '.join(numbers)} runs each")
    axes.margins(y=0.35)
    axes.legend(loc="upper left", fontsize=7)


def _in_error(axes: Axes, table: pd.DataFrame) -> None:
    """Draw the share of the clusters in error, of each data set and on average."""
    labels = {"random_points": "random points", "maxmin": "maxmin", "restarted": "maxmin, best of 100"}
    x = np.arange(len(table) + 1)
    for i, (name, colour) in enumerate(zip(labels, ("0.15", "#4c8dca", "#c6dcf0"), strict=True)):
        shares = np.append(table[name], table[name].mean())
        axes.bar(x + 0.27 * (i - 1), shares, 0.25, color=colour, label=labels[name])
        for at in x[:-1][table[name] == 0]:
            axes.text(at + 0.27 * (i - 1), 0, "0", ha="center", va="bottom", fontsize=6)
        mark: dict[str, Any] = {"ls": "none", "marker": "D", "ms": 4, "mfc": "w", "color": RED}
        axes.plot(
            x[-1] + 0.27 * (i - 1), IN_ERROR[name], **mark, label="published (2019)" if i == 2 else None
        )
    _name(axes, [*table["dataset"], "mean"])
    axes.set(ylabel="share of the clusters in error", title="random points, maxmin, and repeats")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.margins(y=0.35)
    axes.legend(loc="upper left", ncols=2, columnspacing=1, fontsize=7)


def _name(axes: Axes, names: Iterable[str]) -> None:
    """Put names at the bars, at an angle, so that many have room."""
    labels = list(names)
    axes.set_xticks(range(len(labels)), labels, fontsize=7, rotation=30, ha="right", rotation_mode="anchor")
