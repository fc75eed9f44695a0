"""Figures 1 and 2 of Félix, Ucan-Puc, Astengo (2026), their Table 1, and four beside them.

Each function returns a figure and the values that it plots; a panel is a data set.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softkmeans.arrays import Floats, standardise
from softkmeans.data.dataset import Dataset
from softkmeans.paper2.table1 import table1
from softkmeans.report.style import BLUE, GREEN, GREY, ORANGE, RED, Drawn, note

COLOURS = {"rbf-softmax": BLUE, "rbf-entmax15": ORANGE}
NAMES = {"rbf-softmax": "softmax", "rbf-entmax15": "entmax-1.5"}
FLOOR = 1e-18
"""Where exact zeros are drawn on a logarithmic axis."""


def discrepancies(collapse: pd.DataFrame, exactness: pd.DataFrame, text: str, *, twin: bool) -> Drawn:
    """Fig. 1: d_j(σ) for both protocols; each centroid, or start, a thin line, their mean a thick one."""
    datasets = list(collapse["dataset"].unique())
    columns = 4
    rows = -(-len(datasets) // columns)
    figure = Figure(figsize=(11, 2.4 * 2 * rows + 0.8), layout="constrained")
    halves: Any = figure.subfigures(2, 1)
    protocols = {
        "Sigma-wise: one start": collapse["repeat"] == 0,
        f"Initialisation-wise: mean over {collapse['repeat'].nunique()} starts": collapse["repeat"] >= 0,
    }
    plotted = []
    for half, (title, rows_of) in zip(halves, protocols.items(), strict=True):
        half.suptitle(title, fontsize=10)
        axes = half.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for panel, dataset in zip(axes.flat, datasets, strict=False):
            runs = collapse[rows_of & (collapse["dataset"] == dataset)]
            for method, colour in COLOURS.items():
                line = "cluster" if title.startswith("Sigma") else "repeat"
                single = runs[runs["method"] == method].pivot_table(
                    index="sigma", columns=line, values="discrepancy"
                )
                panel.plot(single.index, _drawn(single.to_numpy()), color=colour, lw=0.5, alpha=0.45)
                panel.plot(
                    single.index,
                    _drawn(single.mean(axis=1).to_numpy()),
                    color=colour,
                    lw=1.8,
                    label=NAMES[method],
                )
                plotted.append(_long(single, dataset, method, title.split(":")[0]))
            known = exactness[(exactness["dataset"] == dataset)]
            if title.startswith("Sigma"):
                known = known[known["repeat"] == 0]
            panel.axvline(known["predicted"].min(), color=GREY, ls=":", lw=1.2)
            panel.set_title(dataset)
            _log_with_zero(panel)
        _label_outer(axes, "σ", "$d_j(σ)$")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2)
    note(
        figure,
        f"{text}\ndotted: √Δ/2, below which K-means is a fixed point of entmax-1.5; 0 is at the foot",
        twin=twin,
    )
    return figure, pd.concat(plotted, ignore_index=True)


def paths(table: pd.DataFrame, points: Mapping[str, Floats], text: str, *, twin: bool) -> Drawn:
    """Fig. 2: paths of the centroids over the data as σ falls; a star is a centroid of K-means."""

    def draw(panel: Axes, dataset: str) -> None:
        places = points[dataset]
        panel.scatter(places[:, 0], places[:, 1], s=1, lw=0, color="0.75", rasterized=True)
        rows = table[table["dataset"] == dataset]
        ends = {
            name: rows[rows["method"] == name].pivot(index="cluster", columns="dimension", values="value")
            for name in ("start", "kmeans")
        }
        for method, colour in COLOURS.items():
            run = rows[rows["method"] == method]
            for j in run["cluster"].unique():
                way = run[run["cluster"] == j].pivot(index="sigma", columns="dimension", values="value")
                way = way.sort_index(ascending=False).to_numpy()
                panel.plot(way[:, 0], way[:, 1], ".-", color=colour, lw=0.9, ms=2.5)
        panel.plot(*ends["start"].to_numpy().T[:2], "o", mfc="none", mec=GREY, ms=4)
        panel.plot(*ends["kmeans"].to_numpy().T[:2], "*", color=RED, mec="k", mew=0.4, ms=10, zorder=5)
        panel.set(aspect="equal", xticks=[], yticks=[])
        panel.spines[:].set_visible(False)

    figure, _ = _panels(list(points), draw, size=(11, 6.2))
    handles = [
        *(figure.axes[0].plot([], [], ".-", color=c, label=NAMES[m])[0] for m, c in COLOURS.items()),
        figure.axes[0].plot([], [], "o", mfc="none", mec=GREY, label="start")[0],
        figure.axes[0].plot([], [], "*", color=RED, mec="k", mew=0.4, ms=10, label="K-means")[0],
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
    note(
        figure,
        f"{text}\neach path runs from the largest σ to the smallest; every σ from the same start",
        twin=twin,
    )
    return figure, table


def rates(found: pd.DataFrame, falls: pd.DataFrame, text: str, *, twin: bool) -> Drawn:
    """Theorems 3 and 4: softmax's exponential rate beside −Δ_j; entmax's polynomial fall to an exact 0."""
    datasets = list(found["dataset"].unique())
    columns = 4
    rows = -(-len(datasets) // columns)
    figure = Figure(figsize=(11, 2.4 * 2 * rows + 0.8), layout="constrained")
    halves: Any = figure.subfigures(2, 1)
    upper, lower = halves
    upper.suptitle("softmax: discrepancy of the fixed point against Δ$_j$/T", fontsize=10)
    lower.suptitle(
        "entmax-1.5: largest discrepancy against T/(Δ/2) − 1; left of 0 it is exactly 0", fontsize=10
    )
    axes = upper.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for panel, dataset in zip(axes.flat, datasets, strict=False):
        runs = found[(found["dataset"] == dataset) & (found["repeat"] == 0)]
        for _, one in runs.groupby("cluster"):
            x = one["margin"] / one["temperature"]
            panel.plot(x, _drawn(one["fixed_point"].to_numpy()), color=GREY, lw=0.5, alpha=0.6)
            panel.plot(x, one["bound"], ":", color=RED, lw=0.8, alpha=0.6)
            known = one["resolved"] & one["slope"].notna()
            panel.plot(x[known], one["fixed_point"][known], color=BLUE, lw=1.3)
        x = np.linspace(8, 24, 2)
        panel.plot(x, np.exp(-x), "--", color=RED, lw=1)
        panel.set(yscale="log", ylim=(1e-17, 1e3), title=dataset)
        first = runs.groupby("cluster").first()
        ratio = (-first["slope"] / first["margin"]).dropna()
        text_ = "none resolved"
        if len(ratio):
            text_ = (
                f"slope/(−Δ$_j$): {ratio.min():.3f}–{ratio.max():.3f}\n{len(ratio)} of {len(first)} resolved"
            )
        panel.text(0.03, 0.04, text_, transform=panel.transAxes, fontsize=7)
    _label_outer(axes, "Δ$_j$/T", "$d_j$")
    axes = lower.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for panel, dataset in zip(axes.flat, datasets, strict=False):
        fall = falls[falls["dataset"] == dataset]
        x, y = fall["ratio"] - 1, fall["discrepancy"].to_numpy()
        panel.plot(x, _drawn(y), "o-", color=ORANGE, ms=3, lw=1)
        above = x > 0
        guide = y[above.to_numpy()][0] * (x[above] / x[above].iloc[0]) ** 2
        panel.plot(x[above], guide, "--", color=RED, lw=1)
        panel.set_xscale("symlog", linthresh=1e-3)
        panel.set(title=dataset, xticks=[-0.1, 0, 0.01, 1], xticklabels=["−0.1", "0", "0.01", "1"])
        _log_with_zero(panel, log_x=False)
    _label_outer(axes, "T/(Δ/2) − 1", "max $d_j$")
    key = "above: blue where the rate is resolved, dashed exp(−Δ$_j$/T), dotted the bound on one step"
    note(figure, f"{text}\n{key}; below: dashed a square", twin=twin)
    return figure, found


def gamma(gaps: pd.DataFrame, text: str, *, twin: bool) -> Drawn:
    """Theorem 1: sup over random μ of |L_σ − J| and |F_σ − J| against T, below their bounds."""

    def draw(panel: Axes, dataset: str) -> None:
        rows = gaps[gaps["dataset"] == dataset]
        t = 2 * rows["sigma"] ** 2
        for name, colour, label in (("weighted", BLUE, "$|L_σ − J|$"), ("free", GREEN, "$|F_σ − J|$")):
            panel.loglog(t, rows[name], "o-", ms=2.5, lw=1, color=colour, label=label)
            panel.loglog(t, rows[f"{name}_bound"], "--", lw=1, color=colour, label="its bound")

    figure, axes = _panels(list(gaps["dataset"].unique()), draw, size=(11, 5.4))
    _label_outer(axes, "T", "largest gap to $J$")
    _legend(figure)
    note(
        figure,
        f"{text}\nsup over 200 random μ in the data's box, half of them with two centroids in one place",
        twin=twin,
    )
    return figure, gaps


def trajectories(collapse: pd.DataFrame, text: str, *, twin: bool) -> Drawn:
    """Largest distance over the iterations to those of K-means from the same start, against σ."""
    key = ["dataset", "method", "sigma", "repeat"]
    table = collapse[[*key, "trajectory"]].drop_duplicates(key)

    def draw(panel: Axes, dataset: str) -> None:
        for method, colour in COLOURS.items():
            rows = table[(table["dataset"] == dataset) & (table["method"] == method)]
            single = rows.pivot(index="sigma", columns="repeat", values="trajectory")
            panel.plot(single.index, _drawn(single.to_numpy()), color=colour, lw=0.4, alpha=0.35)
            median = single.median(axis=1).to_numpy()
            panel.plot(single.index, _drawn(median), color=colour, lw=1.8, label=NAMES[method])
        _log_with_zero(panel)

    figure, axes = _panels(list(table["dataset"].unique()), draw, size=(11, 5.4))
    _label_outer(axes, "σ", "max$_t$ ‖μ$^t$(σ) − μ$^t$(K-means)‖")
    _legend(figure)
    note(figure, f"{text}\nthin: a start each; thick: their median; over the first 50 iterations", twin=twin)
    return figure, table


def stability(table: pd.DataFrame, text: str, *, twin: bool) -> Drawn:
    """How responsibilities answer to the centroids as σ → 0, and from where on they are NaN."""
    colours = {"softmax, no shift": RED, "softmax": BLUE, "entmax-1.5": ORANGE}

    def draw(panel: Axes, dataset: str) -> None:
        for name, colour in colours.items():
            rows = table[(table["dataset"] == dataset) & (table["map"] == name)]
            panel.plot(rows["sigma"], rows["steepest"], color=colour, lw=1.3, label=name)
            broken = rows.loc[rows["nan_share"] > 0, "sigma"]
            if len(broken):
                panel.axvspan(table["sigma"].min(), broken.max(), color=colour, alpha=0.1, lw=0)
        panel.set_xscale("log")
        panel.set_yscale("symlog", linthresh=1e-300)
        panel.set(ylim=(-1e-301, 10), yticks=[0, 1e-200, 1e-100, 1])

    figure, axes = _panels(list(table["dataset"].unique()), draw, size=(11, 5.4))
    _label_outer(axes, "σ", "largest T·|∂r/∂d²|")
    _legend(figure)
    note(
        figure,
        f"{text}\nshaded: some responsibilities of softmax without a shift are NaN; at K-means' centroids",
        twin=twin,
    )
    return figure, table


def rendered_table(table: pd.DataFrame, text: str, *, twin: bool) -> Drawn:
    """Table 1 as a picture."""
    shown = pd.DataFrame(
        {
            "data set": table["dataset"],
            "protocol": table["protocol"],
            "Δ": table["margin"].map("{:.3g}".format),
            "slope/(−Δ$_j$)": [_spread(row) for row in table.itertuples()],
            "resolved": [f"{row.resolved}/{row.centroids}" for row in table.itertuples()],
            "bound holds": [f"{row.bounds_hold}/{row.bounds}" for row in table.itertuples()],
            "√Δ/2": table["predicted_sigma"].map("{:.4g}".format),
            "exact from σ": table["exact_sigma"].map("{:.4g}".format),
            "max d softmax": table["largest_softmax"].map("{:.2g}".format),
            "max d entmax": table["largest_entmax15"].map("{:.2g}".format),
            "unconverged": [
                f"{row.unconverged_softmax}, {row.unconverged_entmax15}" for row in table.itertuples()
            ],
            "monotone softmax": [_monotone(row, "softmax") for row in table.itertuples()],
            "monotone entmax": [_monotone(row, "entmax15") for row in table.itertuples()],
        }
    )
    figure = Figure(figsize=(13, 0.24 * len(shown) + 0.9), layout="constrained")
    axes = figure.subplots()
    axes.axis("off")
    drawn = axes.table(
        cellText=shown.to_numpy().tolist(), colLabels=list(shown.columns), loc="center", cellLoc="center"
    )
    drawn.auto_set_font_size(False)
    drawn.set_fontsize(7.5)
    drawn.auto_set_column_width(list(range(shown.shape[1])))
    for (row, _), cell in drawn.get_celld().items():
        cell.set(edgecolor="0.8", linewidth=0.5)
        if row == 0:
            cell.set_text_props(weight="bold")
    key = (
        "max d: largest discrepancy at the smallest σ; unconverged: runs of softmax, entmax; monotone: "
        "whether the mean d$_j$ never rises\nas σ falls, by more than the solver's error (1e-12; 1e-4 above "
        "0.01), and the share of single d$_j$ that do not"
    )
    note(figure, f"{text}\n{key}", twin=twin)
    return figure, table


def _spread(row: object) -> str:
    median, worst = row.slope_ratio, row.slope_worst  # type: ignore[attr-defined]
    return f"{median:.3f} (worst {worst:.3f})" if np.isfinite(median) else "–"


def _monotone(row: object, name: str) -> str:
    return f"{_yes(getattr(row, f'monotone_{name}'))} ({getattr(row, f'monotone_share_{name}'):.0%})"


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _panels(
    datasets: list[str], draw: Callable[[Axes, str], None], *, size: tuple[float, float]
) -> tuple[Figure, np.ndarray]:
    """Make a panel a data set, four in a row."""
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(-(-len(datasets) // 4), 4, squeeze=False)
    for panel, dataset in zip(axes.flat, datasets, strict=False):
        draw(panel, dataset)
        panel.set_title(dataset)
        panel.minorticks_off()
    for panel in axes.flat[len(datasets) :]:
        panel.axis("off")
    return figure, axes


def _log_with_zero(panel: Axes, *, log_x: bool = True) -> None:
    """Give logarithmic axes whose lowest tick is 0."""
    if log_x:
        panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_ylim(FLOOR / 3, 10)
    panel.set_yticks(
        [FLOOR, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1], ["0", *(f"$10^{{{e}}}$" for e in range(-15, 1, 3))]
    )
    panel.minorticks_off()


def _drawn(values: Floats) -> Floats:
    """Values to draw on a logarithmic axis: zeros at its foot."""
    return np.where(values > 0, values, FLOOR)


def _label_outer(axes: np.ndarray, x: str, y: str) -> None:
    for panel in axes[-1]:
        panel.set_xlabel(x)
    for panel in axes[:, 0]:
        panel.set_ylabel(y)


def _legend(figure: Figure) -> None:
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4)


def _long(single: pd.DataFrame, dataset: str, method: str, protocol: str) -> pd.DataFrame:
    """One row a value of a frame of lines (columns) by sigmas."""
    long = single.reset_index().melt(id_vars="sigma", var_name="line", value_name="discrepancy")
    return long.assign(dataset=dataset, method=method, protocol=protocol)


def draw(
    names: Iterable[str], data: Sequence[Dataset], found: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[str, Drawn]]:
    """Draw figures of paper 2, or its table: name, figure and values plotted.

    Parameters
    ----------
    names : of `FIGURES`
    data : the data sets, in the order of the panels
    found : the tables of `workflow/rules/paper2.smk` by name
    """
    twin = any(one.origin.source == "twin" for one in data)
    real = [one.caption for one in data if one.origin.source != "generated"]
    made = [one.name for one in data if one.origin.source == "generated"]
    text = f"data, standardised: {'; '.join(real)}; generated by scikit-learn: {', '.join(made)}"
    text = "\n".join(wrap(text, 200))
    points = {one.name: standardise(one.points)[:, :2] for one in data}
    for name in names:
        yield name, FIGURES[name](found, points, text, twin)


def _table1(found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return table1(found["collapse"], found["rates"], found["bounds"], found["exactness"])


FIGURES: dict[str, Callable[[Mapping[str, pd.DataFrame], Mapping[str, Floats], str, bool], Drawn]] = {
    "fig1": lambda found, _, text, twin: discrepancies(
        found["collapse"], found["exactness"], text, twin=twin
    ),
    "fig2": lambda found, points, text, twin: paths(found["paths"], points, text, twin=twin),
    "table1": lambda found, _, text, twin: rendered_table(_table1(found), text, twin=twin),
    "rates": lambda found, _, text, twin: rates(found["rates"], found["falls"], text, twin=twin),
    "gamma": lambda found, _, text, twin: gamma(found["gaps"], text, twin=twin),
    "trajectories": lambda found, _, text, twin: trajectories(found["collapse"], text, twin=twin),
    "stability": lambda found, _, text, twin: stability(found["stability"], text, twin=twin),
}
"""Name of a figure -> how to draw it, from the tables, the points of each data set, and the note."""
