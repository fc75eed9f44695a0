"""Figures of the sweep against the temperature, and at the temperature that is best."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from softkmeans.report.style import GREY, Drawn, legend, new_figure
from softkmeans.sweep.paired import PLACE, verdict
from softkmeans.sweep.shown import GROUP, Sweep, curves_of, label_of, page, rate_axis, start_label, style_of

#: Verdict on a temperature -> its mark, and what the legend says.
MARKS = {1: ("^", "better than K-means"), -1: ("v", "worse")}

#: Rate above which a cell of the heat map is so light that black text reads better on it than white.
LIGHT = 0.45


def success(sweep: Sweep) -> Drawn:
    """Success rate against T/T_c with Wilson's intervals; marked where it differs from that of K-means."""
    rows = curves_of(sweep.summary)
    rows = rows.assign(low=rows["success_low"], high=rows["success_high"])
    return _curves(sweep, _judged(rows, sweep, "success"), "success", "success rate")


def centroid_index(sweep: Sweep) -> Drawn:
    """Clusters missed against T/T_c; marked where they are more or fewer than those of K-means."""
    rows = _with_errors(curves_of(sweep.summary), "centroid_index")
    return _curves(sweep, _judged(rows, sweep, "centroid_index"), "centroid_index", "clusters missed")


def iterations(sweep: Sweep) -> Drawn:
    """Iterations against T/T_c."""
    return _curves(
        sweep, _with_errors(curves_of(sweep.summary), "n_iterations"), "n_iterations", "iterations"
    )


def _with_errors(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Add the ends of two standard errors either way."""
    error = 2 * rows[f"{measure}_error"].fillna(0)
    return rows.assign(low=rows[measure] - error, high=rows[measure] + error)


def _judged(rows: pd.DataFrame, sweep: Sweep, measure: str) -> pd.DataFrame:
    """Add the verdict on each temperature as the column `against_kmeans`."""
    paired = sweep.paired[sweep.paired["measure"] == measure]
    judged = paired.assign(against_kmeans=verdict(paired))
    key = [*PLACE, "temperature"]
    return rows.merge(judged[[*key, "against_kmeans"]], on=key, how="left")


def _curves(sweep: Sweep, rows: pd.DataFrame, measure: str, label: str) -> Drawn:
    """Draw a row of panels for each data set, a column for each initialisation, a curve for each method."""
    initialisations = list(rows["initialisation"].unique())
    figure = new_figure(height=1.15 * len(sweep.datasets) + 1.2)
    axes = figure.subplots(
        len(sweep.datasets), len(initialisations), sharex=True, sharey="row", squeeze=False
    )
    reach = rows["temperature_ratio"].where(rows["temperature"] > 0)
    limits = (reach.min() / 1.5, reach.max() * 1.5) if reach.notna().any() else (0.5, 2.0)
    for line, dataset in zip(axes, sweep.datasets, strict=True):
        of_dataset = rows[rows["dataset"] == dataset]
        for panel, initialisation in zip(line, initialisations, strict=True):
            here = of_dataset[of_dataset["initialisation"] == initialisation]
            panel.set(xscale="log", xlim=limits)
            if here[measure].isna().all():
                panel.text(0.5, 0.5, "no ground truth", transform=panel.transAxes, ha="center", color=GREY)
            for method, curve in here.groupby("method", sort=False):
                _curve(panel, str(method), curve, measure)
            panel.xaxis.set_major_locator(LogLocator(numticks=4))
            panel.xaxis.set_minor_locator(NullLocator())
        line[0].set_ylabel(f"{dataset}\n{label}")
        if measure == "success":
            rate_axis(line[0])
        else:
            top = np.nan_to_num(of_dataset[[measure, "high"]].max().max())
            top = max(1.0, 1.08 * float(top))
            line[0].set_ylim(-0.04 * top, top)
            line[0].yaxis.set_major_locator(MaxNLocator(3, integer=True))
    for panel, initialisation in zip(axes[0], initialisations, strict=True):
        panel.set_title(start_label(initialisation))
    for panel in axes[-1]:
        panel.set_xlabel("T/T$_c$")
    handles = [Line2D([], [], label=label_of(name), **style_of(name)) for name in rows["method"].unique()]
    plotted = [*GROUP, measure, "low", "high"]
    if "against_kmeans" in rows:
        plotted.append("against_kmeans")
        handles += [
            Line2D([], [], ls="none", marker=mark, color=GREY, label=text) for mark, text in MARKS.values()
        ]
    legend(figure, handles, columns=5)
    return figure, rows[plotted]


def _curve(panel: Axes, method: str, curve: pd.DataFrame, measure: str) -> None:
    """Draw a method with its intervals against T; one without a T as a line and a band across the panel."""
    style = style_of(method)
    if (curve["temperature"] == 0).all():
        middle, low, high = curve[[measure, "low", "high"]].iloc[0]
        panel.axhline(middle, **style)
        if low < high:
            panel.axhspan(low, high, color=style["color"], alpha=0.13, lw=0)
        return
    x, y = curve["temperature_ratio"].to_numpy(), curve[measure].to_numpy()
    panel.plot(x, y, **style)
    bars = {"color": style["color"], "zorder": style.get("zorder", 2), "lw": 0.8}
    panel.vlines(x, curve["low"], curve["high"], **bars)
    for sign, (mark, _) in MARKS.items():
        here = curve.get("against_kmeans", pd.Series(dtype=float)).to_numpy() == sign
        if here.any():
            panel.plot(x[here], y[here], ls="none", marker=mark, ms=4, color=style["color"], zorder=2.6)


def heatmap(sweep: Sweep) -> Drawn:
    """Success rate by initialisation and method, each at the temperature that odd repeats choose."""
    best = curves_of(sweep.best)

    def draw(panel: Axes, dataset: str) -> None:
        here = best[best["dataset"] == dataset]
        if not len(here):
            panel.text(0.5, 0.5, "one repeat", transform=panel.transAxes, ha="center", color=GREY)
            return
        methods, starts = list(here["method"].unique()), list(here["initialisation"].unique())
        cells = here.pivot(index="initialisation", columns="method", values="success").loc[starts, methods]
        panel.imshow(cells.to_numpy(), vmin=0, vmax=1, cmap="viridis", aspect="auto")
        for _, row in here.iterrows():
            at: Mapping[str, Any] = {"ha": "center", "va": "center", "fontsize": 6.5}
            known = not np.isnan(row["success"])
            text = f"{row['success']:.0%}" if known else "–"
            if known and row["temperature"] > 0:
                text += f"\n{row['temperature_ratio']:.2g}"
            colour = "k" if known and row["success"] > LIGHT else "w"
            place = methods.index(row["method"]), starts.index(row["initialisation"])
            panel.text(*place, text, color=colour, **at)
        panel.set_xticks(range(len(methods)), [label_of(name) for name in methods], fontsize=7)
        panel.set_yticks(range(len(starts)), [start_label(start) for start in starts], fontsize=7)
        panel.tick_params(length=0, labelleft=sweep.datasets.index(dataset) % 3 == 0)
        panel.spines[:].set_visible(False)

    return page(sweep, draw), best[[*GROUP, "success", "success_low", "success_high"]]
