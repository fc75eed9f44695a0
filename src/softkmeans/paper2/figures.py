"""Figures 1 and 2 of Félix, Ucan-Puc, Astengo (2026), their Table 1, and four beside them.

Each function returns a figure and the values that it plots; a panel is a data set.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softkmeans import tables
from softkmeans.arrays import Floats, standardise
from softkmeans.data.dataset import Dataset
from softkmeans.paper2.curves import PROTOCOLS, of_protocol
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

COLOURS = {"rbf-softmax": BLUE, "rbf-entmax15": ORANGE}
NAMES = {"rbf-softmax": "softmax", "rbf-entmax15": "entmax-1.5"}

#: Where exact zeros are drawn on a logarithmic axis.
FLOOR = 1e-18


@dataclass(frozen=True)
class Shown:
    """What is drawn: the paper's tables by name, and each data set's points, standardised, in the plane."""

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


def discrepancies(shown: Shown) -> Drawn:
    """Fig. 1: d_j(σ) for both protocols; each centroid, or start, a thin line, their mean a thick one."""
    n_starts = shown.found["collapse"]["repeat"].nunique()
    protocols = (
        ("Sigma-wise: one start", "cluster", 1),
        (f"Initialisation-wise: mean over {n_starts} starts", "repeat", n_starts),
    )
    plotted = []

    def draw_protocol(half: Any, title: str, line: str, starts: int) -> None:
        def draw(panel: Axes, dataset: str) -> None:
            protocol = PROTOCOLS[int(starts > 1)]
            runs, known = (
                of_protocol(shown.found[table], dataset, protocol) for table in ("collapse", "exactness")
            )
            for method, colour in COLOURS.items():
                rows = runs[runs["method"] == method]
                single = rows.pivot_table(index="sigma", columns=line, values="discrepancy")
                mean = floored(single.mean(axis=1), FLOOR)
                panel.plot(single.index, floored(single, FLOOR), color=colour, lw=0.5, alpha=0.45)
                panel.plot(single.index, mean, color=colour, lw=1.8, label=NAMES[method])
                long = single.reset_index().melt(id_vars="sigma", var_name="line", value_name="discrepancy")
                plotted.append(long.assign(dataset=dataset, method=method, protocol=title.split(":")[0]))
            panel.axvline(known["predicted_sigma"].min(), color=GREY, ls=":", lw=1.2)
            _log_with_zero(panel)

        half.suptitle(title, fontsize=10)
        panels(half, shown.datasets, draw, labels=("σ", "$d_j(σ)$"), shared=True)

    figure = _two_halves(shown, draw_protocol, protocols)
    legend(figure, loc="outside upper right", columns=2)
    return figure, pd.concat(plotted, ignore_index=True)


def paths(shown: Shown) -> Drawn:
    """Fig. 2: paths of the centroids over the data as σ falls; a star is a centroid of K-means."""
    start: dict[str, Any] = {"ls": "none", "marker": "o", "mfc": "none", "mec": GREY, "ms": 4}
    star: dict[str, Any] = {"ls": "none", "marker": "*", "color": RED, "mec": "k", "mew": 0.4, "ms": 10}

    def draw(panel: Axes, dataset: str) -> None:
        x, y = shown.points[dataset].T
        panel.scatter(x, y, s=1, lw=0, color="0.75", rasterized=True)
        rows = shown.of("paths", dataset).sort_values("sigma", ascending=False, kind="stable")
        sets = {method: tables.sets(rows[rows["method"] == method]) for method in rows["method"].unique()}
        for method, colour in COLOURS.items():
            for way in sets[method].transpose(1, 2, 0):
                panel.plot(*way[:2], ".-", color=colour, lw=0.9, ms=2.5)
        panel.plot(*sets["start"][0].T[:2], **start)
        panel.plot(*sets["kmeans"][0].T[:2], **star, zorder=5)
        panel.set(aspect="equal", xticks=[], yticks=[])
        panel.spines[:].set_visible(False)

    figure = new_figure(height=6.2)
    panels(figure, shown.datasets, draw)
    first = figure.axes[0]
    handles = [first.plot([], [], ".-", color=c, label=NAMES[m])[0] for m, c in COLOURS.items()]
    handles += [first.plot([], [], **start, label="start")[0], first.plot([], [], **star, label="K-means")[0]]
    legend(figure, handles)
    return figure, _a_row_a_value(shown.found["paths"])


def _a_row_a_value(paths: pd.DataFrame) -> pd.DataFrame:
    """Write sets of centroids out: a row a coordinate."""
    n_dims = paths["coordinates"].str.len() // paths["n_clusters"]
    long = paths.drop(columns=tables.SET).join(paths["coordinates"].explode().rename("value"))
    place, n_dims = long.groupby(level=0).cumcount(), n_dims.loc[long.index]
    long.insert(3, "cluster", place // n_dims)
    long.insert(4, "dimension", place % n_dims)
    return long.astype({"value": float})


def rates(shown: Shown) -> Drawn:
    """Theorems 3 and 4: softmax's exponential rate beside Δ*_j; entmax's polynomial fall to an exact 0."""

    def draw_rates(panel: Axes, dataset: str) -> None:
        first = shown.of("rates", dataset).groupby(["repeat", "cluster"]).first()
        panel.loglog(first["margin"], -first["slope"], "o", mfc="none", color=BLUE, ms=3, lw=0.6)
        panel.axline((1, 1), (2, 2), ls="--", color=RED, lw=1)
        ratio = (-first["slope"] / first["margin"]).dropna()
        found = f"rate/Δ*$_j$: {ratio.min():.3f}–{ratio.max():.3f}"
        panel.text(0.03, 0.9, found if len(ratio) else "none", transform=panel.transAxes, fontsize=7)
        panel.minorticks_off()

    def draw_falls(panel: Axes, dataset: str) -> None:
        fall = shown.of("falls", dataset)
        x, y = fall["ratio"].to_numpy() - 1, fall["discrepancy"].to_numpy()
        panel.plot(x, floored(y, FLOOR), "o-", color=ORANGE, ms=3, lw=1)
        above = x > 0
        panel.plot(x[above], y[above][0] * (x[above] / x[above][0]) ** 2, "--", color=RED, lw=1)
        panel.set_xscale("symlog", linthresh=1e-3)
        panel.set(xticks=[-0.1, 0, 0.01, 1], xticklabels=["−0.1", "0", "0.01", "1"])
        _log_with_zero(panel, log_x=False)

    def draw_half(half: Any, title: str, draw: Any, labels: tuple[str, str]) -> None:
        half.suptitle(title, fontsize=10)
        panels(half, shown.datasets, draw, labels=labels, shared=True)

    soft = "softmax: exponential rate of each centroid's d$_j$, against Δ*$_j$"
    sparse = "entmax-1.5: largest discrepancy against T/(Δ/2) − 1; left of 0 it is exactly 0"
    halves = (
        (soft, draw_rates, ("Δ*$_j$", "−slope of log $d_j$ in 1/T")),
        (sparse, draw_falls, ("T/(Δ/2) − 1", "max $d_j$")),
    )
    return _two_halves(shown, draw_half, halves), shown.found["rates"]


def gamma(shown: Shown) -> Drawn:
    """Theorem 1: sup over random μ of |L_σ − J| and |F_σ − J| against T, below their bounds."""

    def draw(panel: Axes, dataset: str) -> None:
        rows = shown.of("gaps", dataset)
        t = 2 * rows["sigma"] ** 2
        for name, colour, label in (("weighted", BLUE, "$|L_σ − J|$"), ("free", GREEN, "$|F_σ − J|$")):
            panel.loglog(t, rows[name], "o-", ms=2.5, lw=1, color=colour, label=label)
            panel.loglog(t, rows[f"{name}_bound"], "--", lw=1, color=colour, label="its bound")
        panel.minorticks_off()

    return _one_page(shown, draw, "T", "largest gap to $J$"), shown.found["gaps"]


def trajectories(shown: Shown) -> Drawn:
    """Largest distance over the iterations to those of K-means from the same start, against σ."""
    key = ["dataset", "method", "sigma", "repeat"]
    runs = shown.found["collapse"]
    shared = [of_protocol(runs, dataset, PROTOCOLS[1]) for dataset in shown.datasets]
    table = pd.concat(shared)[[*key, "trajectory"]].drop_duplicates(key)

    def draw(panel: Axes, dataset: str) -> None:
        for method, colour in COLOURS.items():
            rows = table[(table["dataset"] == dataset) & (table["method"] == method)]
            single = rows.pivot(index="sigma", columns="repeat", values="trajectory")
            median = floored(single.median(axis=1), FLOOR)
            panel.plot(single.index, floored(single, FLOOR), color=colour, lw=0.4, alpha=0.35)
            panel.plot(single.index, median, color=colour, lw=1.8, label=NAMES[method])
        _log_with_zero(panel)

    return _one_page(shown, draw, "σ", "max$_t$ ‖μ$^t$(σ) − μ$^t$(K-means)‖"), table


def stability(shown: Shown) -> Drawn:
    """How responsibilities answer to the centroids as σ → 0, and from where on they are NaN."""
    colours = {"softmax, no shift": RED, "softmax": BLUE, "entmax-1.5": ORANGE}
    table = shown.found["stability"]

    def draw(panel: Axes, dataset: str) -> None:
        here = shown.of("stability", dataset)
        here = here[here["precision"] == "float64"]
        for name, colour in colours.items():
            rows = here[here["map"] == name]
            panel.plot(rows["sigma"], rows["steepest"], color=colour, lw=1.3, label=name)
            broken = rows.loc[rows["nan_share"] > 0, "sigma"]
            if len(broken):
                panel.axvspan(table["sigma"].min(), broken.max(), color=colour, alpha=0.1, lw=0)
        panel.set_xscale("log")
        panel.set_yscale("symlog", linthresh=1e-300)
        panel.set(ylim=(-1e-301, 10), yticks=[0, 1e-200, 1e-100, 1])
        panel.minorticks_off()

    return _one_page(shown, draw, "σ", "largest T·|∂r/∂d²|"), table


#: Columns of Table 1 as it is shown.
CELLS = {
    "data set": "{dataset}",
    "protocol": "{protocol}",
    "Δ": "{margin:.3g}",
    "rate/Δ*$_j$": "{slope_ratio:.3f} (worst {slope_worst:.3f})",
    "bound holds": "{bounds_hold}/{bounds}",
    "√Δ/2": "{predicted_sigma:.4g}",
    "exact from σ": "{exact_sigma:.4g}",
    "max d softmax": "{largest_softmax:.2g}",
    "max d entmax": "{largest_entmax15:.2g}",
    "unconverged": "{unconverged_softmax}, {unconverged_entmax15}",
    "drawup softmax": "{drawup_softmax:.2g} ({monotone_share_softmax:.0%})",
    "drawup entmax": "{drawup_entmax15:.2g} ({monotone_share_entmax15:.0%})",
}


def table1(shown: Shown) -> Drawn:
    """Table 1 as a picture."""
    table = shown.found["table1"]
    rows = table.to_dict("records")
    texts = [[form.format_map(row) for form in CELLS.values()] for row in rows]
    texts = [["–" if text.startswith("nan (") else text for text in row] for row in texts]
    figure = new_figure(width=13, height=0.24 * len(texts) + 0.9)
    axes = figure.subplots()
    axes.axis("off")
    drawn = axes.table(cellText=texts, colLabels=list(CELLS), loc="center", cellLoc="center")
    drawn.auto_set_font_size(False)
    drawn.set_fontsize(7.5)
    drawn.auto_set_column_width(list(range(len(CELLS))))
    for (row, _), cell in drawn.get_celld().items():
        cell.set(edgecolor="0.8", linewidth=0.5)
        if row == 0:
            cell.set_text_props(weight="bold")
    return figure, table


def _one_page(shown: Shown, draw: Callable[[Axes, str], None], x: str, y: str) -> Figure:
    """Make a figure of a panel a data set, with one legend."""
    figure = new_figure(height=5.4)
    panels(figure, shown.datasets, draw, labels=(x, y))
    legend(figure)
    return figure


def _two_halves(shown: Shown, draw: Callable[..., None], halves: Iterable[tuple[Any, ...]]) -> Figure:
    """Make a figure of two halves, by `draw(half, …)` with what is given for each."""
    figure = new_figure(height=2.4 * 2 * -(-len(shown.datasets) // 4) + 0.8)
    parts: Any = figure.subfigures(2, 1)
    for part, given in zip(parts, halves, strict=True):
        draw(part, *given)
    return figure


def _log_with_zero(panel: Axes, *, log_x: bool = True) -> None:
    """Give logarithmic axes whose lowest tick is 0."""
    if log_x:
        panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_ylim(FLOOR / 3, 10)
    powers = range(-15, 1, 3)
    panel.set_yticks([FLOOR, *(10.0**e for e in powers)], ["0", *(f"$10^{{{e}}}$" for e in powers)])
    panel.minorticks_off()


FIGURES: dict[str, Drawing[Shown]] = {
    "fig1": Drawing(
        discrepancies, "dotted: √Δ/2, below which K-means is a fixed point of entmax-1.5; 0 is at the foot"
    ),
    "fig2": Drawing(paths, "each path runs from the largest σ to the smallest; every σ from the same start"),
    "table1": Drawing(
        table1,
        "max d: largest discrepancy at the smallest σ; unconverged: runs of softmax, entmax; drawup: largest "
        "rise of the mean d$_j$ as σ falls\nover its total fall, beyond the solver's error, and the share of "
        "single d$_j$ that never rise",
    ),
    "rates": Drawing(
        rates,
        "above: a centroid of a solution each, dashed equality; below: dashed a square",
    ),
    "gamma": Drawing(
        gamma,
        "sup over 99 random μ in the data's box; in a third two centroids are in one place, in another "
        "about T apart",
    ),
    "trajectories": Drawing(
        trajectories, "thin: a start each; thick: their median; over the first 50 iterations"
    ),
    "stability": Drawing(
        stability, "shaded: some responsibilities of softmax without a shift are NaN; at K-means' centroids"
    ),
}


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
    shown = Shown(found, {one.name: standardise(one.points)[:, :2] for one in data})
    for name in names:
        figure, plotted = FIGURES[name].draw(shown)
        note(figure, *wrap(text, 200), FIGURES[name].key, twin=twin)
        yield name, (figure, plotted)
