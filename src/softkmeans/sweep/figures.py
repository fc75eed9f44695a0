"""Figures of the sweep.

Each function returns a figure and the values that it plots. Many data sets go on several pages.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator, PercentFormatter

from softkmeans.report.style import BLUE, GREY, ORANGE, RED, Drawn, note
from softkmeans.sweep.paging import on_page

WIDTH = 11.0
"""Inches of a page."""
LETTERS = 190
"""Of a line of a note."""
ANNEALED = "annealed-"

# lse, entropy, maxent and rbf-softmax are equivalent, so their curves lie one upon the other: each is drawn
# narrower than those below it.
STYLES: Mapping[str, Mapping[str, Any]] = {
    "kmeans": {"color": "black", "lw": 1.2},
    "lse": {"color": "#a9cdea", "lw": 6.5, "zorder": 2.1},
    "entropy": {"color": BLUE, "lw": 3.2, "zorder": 2.2},
    "maxent": {"color": "#ffd21f", "lw": 1.4, "zorder": 2.3},
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


def success(sweep: Sweep) -> Drawn:
    """Success rate against T/T_c."""
    return _curves(sweep, "success", "success rate")


def mean_centroid_index(sweep: Sweep) -> Drawn:
    """Mean centroid index against T/T_c."""
    return _curves(sweep, "centroid_index", "centroid index")


def iterations(sweep: Sweep) -> Drawn:
    """Iterations against T/T_c."""
    return _curves(sweep, "n_iterations", "iterations")


def _curves(sweep: Sweep, measure: str, label: str) -> Drawn:
    """A row of panels a data set, a column an initialisation, a curve a method."""
    rows = sweep.summary[~sweep.summary["method"].str.startswith(ANNEALED)]
    initialisations = list(rows["initialisation"].unique())
    figure = Figure(figsize=(WIDTH, 1.55 * len(sweep.datasets) + 1.4), layout="constrained")
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
            line[0].set(ylim=(-0.06, 1.06), yticks=[0, 0.5, 1])
            line[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        else:
            line[0].set_ylim(0, max(1.0, 1.08 * _top(rows[rows["dataset"] == dataset], measure)))
            line[0].yaxis.set_major_locator(MaxNLocator(4, integer=True))
    for panel, initialisation in zip(axes[0], initialisations, strict=True):
        panel.set_title(initialisation)
    for panel in axes[-1]:
        panel.set_xlabel("T/T$_c$")
    _legend(figure, [_handle(axes[0, 0], name) for name in rows["method"].unique()])
    columns = ["dataset", "method", "initialisation", "temperature", "temperature_ratio", "n", measure]
    return figure, rows[[*columns, f"{measure}_error", f"{measure}_low", f"{measure}_high"]]


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
    best = at_best_temperature(rows, ["dataset", "method"])
    columns = 3
    figure, axes = _panels(sweep.datasets, columns, height=2.9)
    for panel, dataset in zip(axes.flat, sweep.datasets, strict=False):
        here = best[best["dataset"] == dataset]
        methods, starts = here["method"].unique(), here["initialisation"].unique()
        cells = here.pivot(index="initialisation", columns="method", values="success").loc[starts, methods]
        panel.imshow(cells.to_numpy(), vmin=0, vmax=1, cmap="viridis", aspect="auto")
        for (i, j), value in np.ndenumerate(cells.to_numpy()):
            text = "–" if np.isnan(value) else f"{value:.0%}"
            panel.text(j, i, text, ha="center", va="center", color="w" if value <= 0.6 else "k", fontsize=8)
        ratios = here.groupby("method", sort=False)[["temperature", "temperature_ratio"]].first()
        levels = [f"{ratio:.2g}" if t > 0 else "–" for t, ratio in ratios.to_numpy(dtype=float)]
        labels = [f"{level}\n{_wrapped(name)}" for name, level in zip(methods, levels, strict=True)]
        panel.set_xticks(range(len(methods)), labels, fontsize=7)
        panel.set_yticks(range(len(starts)), starts, fontsize=7)
        panel.tick_params(length=0)
        panel.spines[:].set_visible(False)
        if panel not in axes[:, 0]:
            panel.tick_params(labelleft=False)
    kept = ["dataset", "method", "initialisation", "temperature", "temperature_ratio", "n", "success"]
    return figure, best[[*kept, "success_low", "success_high"]]


def at_best_temperature(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Keep, for each group, the temperature of the highest mean success rate; of equals the lowest."""
    mean = rows.groupby([*by, "temperature"], sort=False)["success"].mean().fillna(-1).reset_index()
    mean = mean.sort_values(["success", "temperature"], ascending=[False, True], kind="stable")
    return rows.merge(mean.groupby(by, sort=False).head(1)[[*by, "temperature"]], on=[*by, "temperature"])


def phases(sweep: Sweep) -> Drawn:
    """Number of different centroids while T falls: where clusters split."""
    table = sweep.phases
    figure, axes = _panels(sweep.datasets, 3, height=2.6)
    for panel, dataset in zip(axes.flat, sweep.datasets, strict=False):
        here = table[table["dataset"] == dataset]
        for method, runs in here.groupby("method", sort=False, observed=True):
            style = _style(str(method).removeprefix(ANNEALED))
            lines = runs.pivot(index="level", columns="repeat", values="n_distinct")
            x = runs.groupby("level")["temperature_ratio"].first()
            panel.step(x, lines, where="post", color=style["color"], lw=0.5, alpha=0.4)
            panel.step(x, lines.median(axis=1), where="post", color=style["color"], lw=2.2, label=method)
            first = np.sqrt(sweep.known[dataset].n_clusters) if "entmax15" in str(method) else 1
            panel.axvline(first, color=style["color"], lw=1, ls=":")
        panel.axhline(sweep.known[dataset].n_clusters, color=GREY, lw=0.8, ls="--")
        panel.set(xscale="log", yscale="log")
        top = max(2, here["n_distinct"].max())
        ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if tick <= top]
        panel.set_yticks(ticks, [str(tick) for tick in ticks])
        panel.yaxis.set_minor_locator(NullLocator())
        panel.xaxis.set_inverted(True)
    _outer(axes, sweep.datasets, "T/T$_c$, falling", "different centroids")
    _legend(figure, axes.flat[0].get_legend_handles_labels()[0])
    return figure, table


def annealing(sweep: Sweep) -> Drawn:
    """Success rate against iterations spent: annealed, at a fixed T, and K-means from each initialisation."""
    rows = sweep.summary
    annealed = rows[rows["method"].str.startswith(ANNEALED)]
    soft = [name.removeprefix(ANNEALED) for name in annealed["method"].unique()]
    from_points = rows["initialisation"] == "random-points"
    fixed = at_best_temperature(rows[rows["method"].isin(soft) & from_points], ["dataset", "method"])
    hard = rows[rows["method"] == "kmeans"]
    limit = 2 * float(rows["n_iterations"].max())
    figure, axes = _panels(sweep.datasets, 3, height=2.6)
    for panel, dataset in zip(axes.flat, sweep.datasets, strict=False):
        for table, kind in ((hard, "kmeans"), (fixed, "fixed"), (annealed, "annealed")):
            for _, row in table[table["dataset"] == dataset].iterrows():
                _mark(panel, row, kind)
        spread = hard[(hard["dataset"] == dataset) & (hard["initialisation"] == "kmeans++")]
        if len(spread):
            x, y = restarted(spread["success"].iloc[0], spread["n_iterations"].iloc[0], limit)
            panel.plot(x, y, color=GREY, lw=1, ls="--", label="K-means++ restarted", zorder=1.5)
        panel.set(xscale="log", ylim=(-0.06, 1.06), yticks=[0, 0.5, 1], xlim=(0.8, limit))
        panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    _outer(axes, sweep.datasets, "iterations, mean of a run", "success rate")
    handles: dict[str, Any] = {}
    for panel in axes.flat:
        handles |= {label: handle for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)}
    _legend(figure, list(handles.values()), columns=5)
    measures = [f"{name}{end}" for name in ("success", "n_iterations") for end in ("", "_low", "_high")]
    kept = ["dataset", "method", "initialisation", "temperature", "temperature_ratio", "n", *measures]
    return figure, pd.concat([hard, fixed, annealed], ignore_index=True)[kept]


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
    figure = Figure(figsize=(WIDTH, 4.2), layout="constrained")
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


def _panels(datasets: list[str], columns: int, height: float) -> tuple[Figure, np.ndarray]:
    """Make a panel a data set."""
    rows = -(-len(datasets) // columns)
    figure = Figure(figsize=(WIDTH, height * rows + 1.2), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for panel, dataset in zip(axes.flat, datasets, strict=False):
        panel.set_title(dataset)
    for panel in axes.flat[len(datasets) :]:
        panel.axis("off")
    return figure, axes


def _outer(axes: np.ndarray, datasets: list[str], x: str, y: str) -> None:
    """Label the left column, and the lowest panel of each column."""
    for panel in axes[:, 0]:
        panel.set_ylabel(y)
    columns = axes.shape[1]
    for panel in axes.flat[max(0, len(datasets) - columns) : len(datasets)]:
        panel.set_xlabel(x)


def _wrapped(name: str) -> str:
    """Break a method's name after its hyphens."""
    return name.replace("-", "-\n")


def _style(method: str) -> Mapping[str, Any]:
    """A method's style; one that was registered later takes a colour by its name."""
    other = mpl.colormaps["tab10"](sum(method.encode()) % 10)
    return STYLES.get(method, {"color": other, "lw": 1.4, "marker": "D", "ms": 3})


def _handle(panel: Axes, method: str) -> Any:
    return panel.plot([], [], label=method, **_style(method))[0]


def _legend(figure: Figure, handles: list[Any], columns: int = 6) -> None:
    figure.legend(handles=handles, loc="outside upper center", ncols=columns)


@dataclass(frozen=True)
class Drawing:
    """A figure's function, and the line below it."""

    draw: Callable[[Sweep], Drawn]
    key: str


INTERVALS = "bars and band: 95 % bootstrap intervals of the mean over the repeats"
CURVES = (
    f"kmeans has no T: a line; {INTERVALS}; lse, entropy, maxent and rbf-softmax are equivalent: where they "
    "agree they lie one upon the other"
)
FIGURES = {
    "success": Drawing(success, f"success: every cluster found, centroid index 0; {CURVES}"),
    "centroid-index": Drawing(mean_centroid_index, f"number of clusters missed or doubled; {CURVES}"),
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
        "thin: single runs; thick: their median; dashed: K; dotted: where one centroid must split, T$_c$ "
        "with softmax, √K T$_c$ with entmax-1.5",
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
"""Name of a figure -> how to draw it."""


def draw(
    names: Iterable[str],
    summary: pd.DataFrame,
    phases: pd.DataFrame,
    published: pd.DataFrame,
    known: Mapping[str, Known],
) -> Iterator[tuple[str, Drawn]]:
    """Draw pages of figures of the sweep: name, figure and values plotted.

    Parameters
    ----------
    names : of `softkmeans.sweep.paging`, and ``published``
    summary, phases, published : tables of the sweep
    known : mapping of str to Known
        By data set.
    """
    sweep = Sweep(summary, phases, published, known)
    for name in names:
        figure_name, datasets = on_page(name, sweep.datasets)
        drawing = FIGURES[figure_name]
        shown = sweep.of(datasets)
        if figure_name == "published":
            datasets = list(published["dataset"])
        figure, plotted = drawing.draw(shown)
        twin = any(known[dataset].source == "twin" for dataset in datasets)
        lines = [*wrap(drawing.key, LETTERS), *wrap(_data_text(datasets, known), LETTERS)]
        note(figure, "\n".join(lines), twin=twin)
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
