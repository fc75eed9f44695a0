"""Figures of paper 2's theorems: rates, uniform convergence, and numerical stability."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator

from softkmeans.paper2.problem import temperature
from softkmeans.paper2.shown import FLOOR, Shown, log_with_zero, one_page
from softkmeans.paper2.table1 import stability_summary
from softkmeans.report.style import BLUE, GREEN, ORANGE, RED, Drawn, floored, legend, new_figure

#: Colour and label of each way to evaluate responsibilities.
EVALUATIONS = {
    "softmax, no shift": (RED, "softmax as written"),
    "softmax": (BLUE, "softmax, shifted"),
    "entmax-1.5": (ORANGE, "entmax-1.5"),
}


def rates(shown: Shown) -> Drawn:
    """Theorem 3: the exponential rate of each centroid's d_j with softmax, against Δ*_j."""
    key = ["dataset", "repeat", "cluster"]
    table = shown.found["rates"]
    plotted = table.groupby(key, sort=False, observed=True).first().reset_index()
    plotted = plotted[[*key, "margin", "near_margin", "slope"]]

    def draw(panel: Axes, dataset: str) -> None:
        here = plotted[plotted["dataset"] == dataset]
        other = here[here["near_margin"] != here["margin"]]
        panel.loglog(here["margin"], -here["slope"], "o", mfc="none", color=BLUE, ms=3.5, label="at Δ*$_j$")
        panel.loglog(
            other["near_margin"], -other["slope"], "x", color=RED, ms=4, label="at Δ$_j$, if that differs"
        )
        panel.axline((1e-3, 1e-3), (1, 1), ls="--", color="k", lw=0.8, zorder=1)
        ratio = (-here["slope"] / here["margin"]).dropna()
        text = f"rate/Δ*$_j$:\n{ratio.min():.3f}–{ratio.max():.3f}" if len(ratio) else "ties alone"
        panel.text(0.04, 0.82, text, transform=panel.transAxes, fontsize=6.5)
        panel.minorticks_off()

    return one_page(shown, draw, "Δ*$_j$, or Δ$_j$ (×)", "−slope of log $d_j$ in 1/T"), plotted


def falls(shown: Shown) -> Drawn:
    """Theorem 4: how entmax-1.5 leaves a K-means solution above T = Δ/2, beside a parabola."""
    plotted = shown.found["falls"]

    def draw(panel: Axes, dataset: str) -> None:
        fall = plotted[plotted["dataset"] == dataset]
        over, found = fall["ratio"].to_numpy() - 1, fall["discrepancy"].to_numpy()
        panel.plot(over, floored(found, FLOOR), "o-", color=ORANGE, ms=2.5, lw=1, label="largest $d_j$")
        above = over > 0
        square = found[above][:1] * (over[above] / over[above][:1]) ** 2
        panel.plot(over[above], square, "--", color="k", lw=1, label="a square")
        panel.set_xscale("symlog", linthresh=1e-3)
        panel.set_xticks([-0.1, 0, 0.01, 1], ["−0.1", "0", "0.01", "1"])
        log_with_zero(panel, step=6)

    return one_page(shown, draw, "T/(Δ/2) − 1", "max $d_j$"), plotted


def gamma(shown: Shown) -> Drawn:
    """Theorem 1: largest |L_σ − J| and |F_σ − J| over random μ against T, below their bounds."""
    plotted = shown.found["gaps"]

    def draw(panel: Axes, dataset: str) -> None:
        rows = plotted[plotted["dataset"] == dataset]
        t = temperature(rows["sigma"].to_numpy())
        for name, colour, marker, label in (
            ("weighted", BLUE, "o", "$|L_σ − J|$"),
            ("free", GREEN, "^", "$|F_σ − J|$"),
        ):
            panel.loglog(t, rows[name], marker, ms=2.5, mfc="none", mew=0.8, color=colour, label=label)
            dashes = "-" if name == "weighted" else "--"
            panel.loglog(t, rows[f"{name}_bound"], dashes, lw=1, color=colour, label="its bound")
        panel.xaxis.set_major_locator(LogLocator(numticks=4))
        panel.minorticks_off()

    return one_page(shown, draw, "T", "largest gap to $J$"), plotted


def stability(shown: Shown) -> Drawn:
    """The largest σ at which responsibilities are NaN, and the largest at which all derivatives are 0."""
    plotted = stability_summary(shown.found["stability"])
    lowest = shown.found["stability"]["sigma"].min()
    figure = new_figure(height=0.56 * len(shown.datasets) + 1.3)
    titles = {
        "first_nan_sigma": "some responsibility is NaN",
        "first_zero_gradient_sigma": "every derivative is exactly 0",
    }
    axes = figure.subplots(1, len(titles), sharex=True, sharey=True)
    for panel, (column, title) in zip(axes, titles.items(), strict=True):
        bars = plotted.dropna(subset=[column]).groupby(["map", "precision"], sort=False, observed=True)
        for i, ((name, precision), rows) in enumerate(bars):
            colour, label = EVALUATIONS[str(name)]
            offset = (i + 0.5) / bars.ngroups * 0.8 - 0.4
            y = [shown.datasets.index(dataset) + offset for dataset in rows["dataset"]]
            style: dict[str, Any] = (
                {"fc": colour} if precision == "float64" else {"fc": "w", "hatch": "//////"}
            )
            style |= {"left": lowest, "height": 0.8 / bars.ngroups, "ec": colour, "lw": 0.6}
            panel.barh(y, rows[column] - lowest, label=f"{label}, {precision}", **style)
            for at, sigma in zip(y, rows[column], strict=True):
                panel.text(sigma * 1.2, at, f"{sigma:.2g}", va="center", fontsize=6)
        panel.set(title=title, xscale="log", xlim=(lowest, 1), xlabel="σ")
    axes[0].set_yticks(range(len(shown.datasets)), shown.datasets)
    axes[0].yaxis.set_inverted(True)
    legend(figure, [handle for panel in axes for handle in panel.get_legend_handles_labels()[0]], columns=3)
    return figure, plotted
