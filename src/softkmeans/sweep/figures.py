"""Figures of the sweep.

Each function returns a figure and the values that it plots. Many data sets go on several pages.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator, PercentFormatter

from softkmeans.report.style import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    YELLOW,
    Drawing,
    Drawn,
    legend,
    new_figure,
    note,
    panels,
)
from softkmeans.sweep import phase_figure
from softkmeans.sweep.names import ANNEALED, on_page

#: Letters of a line of a note.
LETTERS = 125

#: Columns that say what a row of the summary is of.
GROUP = ["dataset", "method", "initialisation", "temperature", "temperature_ratio", "n"]

#: lse, entropy, maxent and rbf-softmax are equivalent, so their curves lie one upon the other: each is drawn
#: narrower than those below it.
STYLES: Mapping[str, Mapping[str, Any]] = {
    "kmeans": {"color": "black", "lw": 1.2},
    "lse": {"color": "#a9cdea", "lw": 6.5, "zorder": 2.1},
    "entropy": {"color": BLUE, "lw": 3.2, "zorder": 2.2},
    "maxent": {"color": YELLOW, "lw": 1.4, "zorder": 2.3},
    "rbf-softmax": {"color": RED, "lw": 0, "marker": "x", "ms": 5, "mew": 1.1, "zorder": 2.6},
    "rbf-entmax15": {"color": ORANGE, "lw": 1.4, "marker": "o", "ms": 3.2, "ls": "--", "zorder": 2.5},
}
MARKERS = {
    "random-points": "o",
    "random-partition": "s",
    "kmeans++": "P",
    "maxmin": "^",
    "sequential": "X",
}


@dataclass(frozen=True)
class Known:
    """Of a data set: its source (``real``, ``twin``, ``own`` or ``generated``) and K."""

    source: str
    n_clusters: int


@dataclass(frozen=True)
class Sweep:
    """What is drawn: the tables of the sweep, of the data sets of a page."""

    summary: pd.DataFrame
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
        summary, phases, published = (
            table[table["dataset"].isin(kept)] for table in (self.summary, self.phases, self.published)
        )
        return Sweep(summary, phases, published, self.known)


def curves(sweep: Sweep, measure: str, label: str) -> Drawn:
    """A measure against T/T_c: a row of panels a data set, a column an initialisation, a curve a method."""
    rows = sweep.summary[~sweep.summary["method"].str.startswith(ANNEALED)]
    initialisations = list(rows["initialisation"].unique())
    figure = new_figure(height=1.55 * len(sweep.datasets) + 1.4)
    axes = figure.subplots(
        len(sweep.datasets), len(initialisations), sharex=True, sharey="row", squeeze=False
    )
    reach = rows["temperature_ratio"].where(rows["temperature"] > 0)
    limits = (reach.min() / 1.5, reach.max() * 1.5) if reach.notna().any() else (0.5, 2.0)
    for line, dataset in zip(axes, sweep.datasets, strict=True):
        for panel, initialisation in zip(line, initialisations, strict=True):
            here = (rows["dataset"] == dataset) & (rows["initialisation"] == initialisation)
            panel.set(xscale="log", xlim=limits)
            if rows.loc[here, measure].isna().all():
                panel.text(0.5, 0.5, "no ground truth", transform=panel.transAxes, ha="center", color=GREY)
            for method, curve in rows[here].groupby("method", sort=False):
                _curve(panel, str(method), curve, measure)
            panel.xaxis.set_minor_locator(NullLocator())
        line[0].set_ylabel(f"{dataset}\n{label}")
        if measure == "success":
            _rate_axis(line[0])
        else:
            line[0].set_ylim(0, max(1.0, 1.08 * _top(rows[rows["dataset"] == dataset], measure)))
            line[0].yaxis.set_major_locator(MaxNLocator(4, integer=True))
    for panel, initialisation in zip(axes[0], initialisations, strict=True):
        panel.set_title(initialisation)
    for panel in axes[-1]:
        panel.set_xlabel("T/T$_c$")
    handles = [axes[0, 0].plot([], [], label=name, **_style(name))[0] for name in rows["method"].unique()]
    legend(figure, handles, columns=6)
    return figure, rows[GROUP + [f"{measure}{end}" for end in ("", "_error", "_low", "_high")]]


def _top(rows: pd.DataFrame, measure: str) -> float:
    """The highest that a curve and its intervals reach; 0 where nothing is known."""
    return float(np.nan_to_num(rows[[measure, f"{measure}_high"]].max().max()))


def _curve(panel: Axes, method: str, curve: pd.DataFrame, measure: str) -> None:
    """A method's mean with its 95 % interval: against T, or a line right across where it has no T."""
    style = _style(method)
    if (curve["temperature"] == 0).all():
        mean, low, high = curve[[measure, f"{measure}_low", f"{measure}_high"]].iloc[0]
        panel.axhline(mean, **style)
        if low < high:
            panel.axhspan(low, high, color=style["color"], alpha=0.1, lw=0)
        return
    x, y = curve["temperature_ratio"].to_numpy(), curve[measure].to_numpy()
    panel.plot(x, y, **style)
    if curve["n"].min() > 1:
        thin = {"color": style["color"], "zorder": style.get("zorder", 2), "lw": 0.8}
        panel.vlines(x, curve[f"{measure}_low"], curve[f"{measure}_high"], **thin)


def heatmap(sweep: Sweep) -> Drawn:
    """Success rate by initialisation and method, each soft method at its best temperature."""
    rows = sweep.summary[~sweep.summary["method"].str.startswith(ANNEALED)]
    best = at_best_temperature(rows)

    def draw(panel: Axes, dataset: str) -> None:
        here = best[best["dataset"] == dataset]
        methods, starts = here["method"].unique(), here["initialisation"].unique()
        cells = here.pivot(index="initialisation", columns="method", values="success").loc[starts, methods]
        panel.imshow(cells.to_numpy(), vmin=0, vmax=1, cmap="viridis", aspect="auto")
        for (i, j), value in np.ndenumerate(cells.to_numpy()):
            text = "–" if np.isnan(value) else f"{value:.0%}"
            panel.text(j, i, text, ha="center", va="center", color="w" if value <= 0.6 else "k", fontsize=8)
        ratios = here.groupby("method", sort=False)[["temperature", "temperature_ratio"]].first()
        levels = [f"{ratio:.2g}" if t > 0 else "–" for t, ratio in ratios.to_numpy(dtype=float)]
        names = [name.replace("-", "-\n") for name in methods]
        labels = [f"{level}\n{name}" for level, name in zip(levels, names, strict=True)]
        panel.set_xticks(range(len(methods)), labels, fontsize=7)
        panel.set_yticks(range(len(starts)), starts, fontsize=7)
        first = sweep.datasets.index(dataset) % 3 == 0
        panel.tick_params(length=0, labelleft=first)
        panel.spines[:].set_visible(False)

    figure = _page(sweep, draw, height=2.9)
    return figure, best[[*GROUP, "success", "success_low", "success_high"]]


def at_best_temperature(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep, for each data set and method, the T of the highest mean success rate; of equals the lowest."""
    group = ["dataset", "method"]
    mean = rows.groupby([*group, "temperature"], sort=False)["success"].mean().fillna(-1).reset_index()
    mean = mean.sort_values(["success", "temperature"], ascending=[False, True], kind="stable")
    best = mean.groupby(group, sort=False).head(1)[[*group, "temperature"]]
    return rows.merge(best, on=[*group, "temperature"])


def phases(sweep: Sweep) -> Drawn:
    """The splits of slowly cooled runs."""
    return phase_figure.phases(sweep.phases, {name: one.n_clusters for name, one in sweep.known.items()})


def compared_splits(sweep: Sweep) -> Drawn:
    """Each split beside theory."""
    return phase_figure.compared(sweep.phases)


def annealing(sweep: Sweep) -> Drawn:
    """Success rate against iterations spent: annealed, at a fixed T, and K-means from each initialisation."""
    rows = sweep.summary
    annealed = rows[rows["method"].str.startswith(ANNEALED)]
    soft = [name.removeprefix(ANNEALED) for name in annealed["method"].unique()]
    from_points = rows["initialisation"] == "random-points"
    fixed = at_best_temperature(rows[rows["method"].isin(soft) & from_points])
    hard = rows[rows["method"] == "kmeans"]
    limit = 2 * float(rows["n_iterations"].max())

    def draw(panel: Axes, dataset: str) -> None:
        for table, kind in ((hard, "kmeans"), (fixed, "fixed"), (annealed, "annealed")):
            for _, row in table[table["dataset"] == dataset].iterrows():
                _mark(panel, row, kind)
        spread = hard[(hard["dataset"] == dataset) & (hard["initialisation"] == "kmeans++")]
        if len(spread):
            x, y = restarted(spread["success"].iloc[0], spread["n_iterations"].iloc[0], limit)
            panel.plot(x, y, color=GREY, lw=1, ls="--", label="K-means++ restarted", zorder=1.5)
        panel.set(xscale="log", xlim=(0.8, limit))
        _rate_axis(panel)

    figure = _page(sweep, draw, labels=("iterations, mean of a run", "success rate"))
    handles: dict[str, Any] = {}
    for panel in figure.axes:
        handles |= {label: handle for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)}
    legend(figure, handles.values(), columns=5)
    measures = [f"{name}{end}" for name in ("success", "n_iterations") for end in ("", "_low", "_high")]
    return figure, pd.concat([hard, fixed, annealed], ignore_index=True)[GROUP + measures]


def restarted(success: float, n_iterations: float, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Iterations spent, and the chance that one at least of as many restarts succeeds."""
    n = np.geomspace(1, max(1.0, limit / n_iterations), 60)
    return n * n_iterations, 1 - (1 - success) ** n


def _mark(panel: Axes, row: pd.Series, kind: str) -> None:
    """A method's success rate at its cost, with 95 % interval."""
    method = row["method"].removeprefix(ANNEALED)
    style: dict[str, Any]
    if kind == "kmeans":
        style = {"color": "0.25", "marker": MARKERS.get(row["initialisation"], "D"), "ms": 5.5}
        label = f"kmeans, {row['initialisation']}"
    else:
        style = {"color": _style(method)["color"], "marker": "*" if kind == "annealed" else "o"}
        style |= {"ms": 12, "zorder": 3} if kind == "annealed" else {"ms": 7, "mfc": "none", "mew": 1.4}
        label = row["method"] if kind == "annealed" else f"{method} at its best T"
    x, y = row["n_iterations"], row["success"]
    panel.plot([x], [y], ls="none", label=label, **style)
    panel.vlines(x, row["success_low"], row["success_high"], color=style["color"], lw=0.8)


def published(sweep: Sweep) -> Drawn:
    """Mean centroid index of K-means from random points: published, and ours with three standard errors."""
    table = sweep.published
    figure = new_figure(height=4.2)
    axes = figure.subplots()
    x = np.arange(len(table))
    pad = 0.015 * table[["published", "mean"]].max().max()
    axes.bar(x - 0.2, table["published"], 0.38, color="0.8", label="Fränti & Sieranoja (2018)")
    axes.bar(x + 0.2, table["mean"], 0.38, color=BLUE, alpha=0.85, label="ours, with three standard errors")
    error = 3 * table["standard_error"].fillna(0)
    axes.errorbar(x + 0.2, table["mean"], yerr=error, fmt="none", ecolor="k", elinewidth=1, capsize=3)
    for at, row in zip(x, table.itertuples(), strict=True):
        axes.text(at - 0.2, row.published + pad, f"{row.published:g}", ha="center", va="bottom", fontsize=8)
        top = row.mean + error.iloc[at] + pad
        axes.text(at + 0.2, top, f"{row.mean:.2f}", ha="center", va="bottom", fontsize=8)
    labels = [f"{row.dataset}\n{row.n} runs" for row in table.itertuples()]
    axes.set_xticks(x, labels)
    axes.set(ylabel="mean centroid index", title="K-means from random points")
    axes.legend()
    return figure, table


def _page(
    sweep: Sweep,
    draw: Callable[[Axes, str], None],
    *,
    labels: tuple[str, str] = ("", ""),
    height: float = 2.6,
) -> Figure:
    """Make a page of a panel a data set."""
    figure = new_figure(height=height * -(-len(sweep.datasets) // 3) + 1.2)
    panels(figure, sweep.datasets, draw, labels=labels, columns=3)
    return figure


def _rate_axis(panel: Axes) -> None:
    """Give an axis of success rates."""
    panel.set(ylim=(-0.06, 1.06), yticks=[0, 0.5, 1])
    panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _style(method: str) -> Mapping[str, Any]:
    """A method's style; one that was registered later takes a colour by its name."""
    other = mpl.colormaps["tab10"](sum(method.encode()) % 10)
    return STYLES.get(method, {"color": other, "lw": 1.4, "marker": "D", "ms": 3})


INTERVALS = "bars and band: 95 % bootstrap intervals of the mean over the repeats"
CURVES = (
    f"kmeans has no T: a line; {INTERVALS}; lse, entropy, maxent and rbf-softmax are equivalent: where they "
    "agree they lie one upon the other"
)
success = partial(curves, measure="success", label="success rate")
centroid_index = partial(curves, measure="centroid_index", label="centroid index")
iterations = partial(curves, measure="n_iterations", label="iterations")

#: Name of a figure -> how to draw it.
FIGURES: dict[str, Drawing[Sweep]] = {
    "success": Drawing(success, f"success: every cluster found, centroid index 0; {CURVES}"),
    "centroid-index": Drawing(centroid_index, f"number of clusters missed or doubled; {CURVES}"),
    "iterations": Drawing(
        iterations, f"until the objective falls by no more than the tolerance, relative; {CURVES}"
    ),
    "heatmap": Drawing(
        heatmap,
        "success: every cluster found, centroid index 0; above a method's name is the T/T$_c$ that it is "
        "shown at, that of its highest rate over all initialisations, of equals the lowest",
    ),
    "phases": Drawing(
        phases,
        "thin: single runs; thick: their median; dashed: K; dotted: where the first split is due, T$_c$ with "
        "softmax, √K T$_c$ with entmax-1.5; marks: where each split is due, 2 λ$_{max}$ of the covariance of "
        "the soft cluster just before it",
    ),
    "splits": Drawing(
        compared_splits,
        "a bar: from the temperature at which the soft cluster was still whole down to that at which it had "
        "split, over that at which this is due: first T$_c$ or √K T$_c$, then 2 λ$_{max}$ of its weighted "
        "covariance; theory is right where the bar crosses 1",
    ),
    "annealing": Drawing(
        annealing,
        "annealed: from random points, iterations of all temperatures; at its best T: from random points, "
        "the T of the highest rate; restarted: the chance that of the K-means++ runs which so many "
        "iterations pay for one at least succeeds; bars: 95 % bootstrap intervals",
    ),
    "published": Drawing(
        published, "ours: seeded runs of K-means from random points, each to its fixed point"
    ),
}


def draw(names: Iterable[str], sweep: Sweep) -> Iterator[tuple[str, Drawn]]:
    """Draw pages of figures of the sweep: name, figure and values plotted.

    Parameters
    ----------
    names : of `softkmeans.sweep.names`, and ``published``
    sweep : Sweep
        All of it.
    """
    for name in names:
        figure_name, datasets = on_page(name, sweep.datasets)
        drawing = FIGURES[figure_name]
        shown = sweep.of(datasets)
        if figure_name == "published":
            datasets = list(sweep.published["dataset"])
        figure, plotted = drawing.draw(shown)
        twin = any(sweep.known[dataset].source == "twin" for dataset in datasets)
        origins = _data_text(datasets, sweep.known)
        note(figure, *wrap(drawing.key, LETTERS), *wrap(origins, LETTERS), twin=twin)
        yield name, (figure, plotted)


KINDS = {
    "real": "real data, Fränti & Sieranoja (2018)",
    "twin": "twins, synthetic stand-ins, not the real data",
    "own": "own data",
    "generated": "generated by scikit-learn",
}


def _data_text(datasets: list[str], known: Mapping[str, Known]) -> str:
    """Say which data sets are real."""
    kinds = {kind: [name for name in datasets if known[name].source == kind] for kind in KINDS}
    parts = [f"{KINDS[kind]}: {', '.join(found)}" for kind, found in kinds.items() if found]
    return "; ".join(parts)
