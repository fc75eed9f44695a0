"""Figures of Félix, Ucan-Puc, Astengo (2026), and figures of its theorems beside them.

Each function returns a figure and the values that it plots. Figures that show the data are in `plane.py`,
and those of the theorems in `theorem_figures.py`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from softkmeans.arrays import standardise
from softkmeans.data.dataset import Dataset
from softkmeans.paper2.curves import PROTOCOLS, curves, of_protocol, rises
from softkmeans.paper2.plane import FEW, LEGIBLE, MOVING, NEAREST, fixed_points, iterates
from softkmeans.paper2.problem import MAPS
from softkmeans.paper2.shown import FLOOR, LINES, Shown, log_with_zero, one_page
from softkmeans.paper2.theorem_figures import falls, gamma, rates, stability
from softkmeans.paper2.theorems import DRAWS
from softkmeans.report.style import (
    GREY,
    RED,
    Drawing,
    Drawn,
    floored,
    legend,
    new_figure,
    note,
    panels,
)

#: Largest number of characters in a line of a note.
LETTERS = 135

#: Colours and markers of the data sets' lines in Fig. 1, in turn (Okabe & Ito 2008, without their yellow).
SETS = [
    ("#000000", "o"),
    ("#e69f00", "s"),
    ("#56b4e9", "D"),
    ("#009e73", "v"),
    ("#0072b2", "P"),
    ("#d55e00", "X"),
    ("#cc79a7", "*"),
    ("#777777", "h"),
]


def _collapse(shown: Shown) -> pd.DataFrame:
    """The mean of d_j(σ) and its quartiles for each data set, protocol, method and falling σ.

    Quartiles are over the centroids of one start (sigma-wise), or over the starts' means
    (initialisation-wise). `ratio` is σ in units of √Δ/2, with Δ the least margin over the protocol's starts;
    it is missing after a tie (Δ = 0) and for one cluster. `rises` tells whether the mean has risen from the σ
    before by more than the runs' errors.
    """
    parts = []
    for protocol in PROTOCOLS:
        for dataset in shown.datasets:
            exact = _exact(shown, dataset, protocol)
            runs = of_protocol(shown.found["collapse"], dataset, protocol)
            n_starts = runs["repeat"].nunique()
            for curve in curves(runs):
                single = curve.single.reshape(len(curve.sigma), n_starts, -1)
                spread = single[:, 0] if protocol == "sigma-wise" else single.mean(axis=2)
                lower, upper = np.quantile(spread, [0.25, 0.75], axis=1)
                columns = {
                    "protocol": protocol,
                    "dataset": dataset,
                    "method": curve.method,
                    "sigma": curve.sigma,
                    "ratio": curve.sigma / exact if 0 < exact < np.inf else np.nan,
                    "mean": curve.mean,
                    "rises": np.append(False, rises(curve.mean, curve.error) > 0),
                    "lower": lower,
                    "upper": upper,
                }
                parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _exact(shown: Shown, dataset: str, protocol: str) -> float:
    """√Δ/2 of the start of least margin. Below it K-means is a fixed point of entmax-1.5 from every start."""
    return float(of_protocol(shown.found["exactness"], dataset, protocol)["predicted_sigma"].min())


def discrepancies(shown: Shown) -> Drawn:
    """Fig. 1: the mean d_j(σ) against σ/(√Δ/2), one line per data set.

    There is one column of panels per protocol and one row per method.
    """
    plotted = _collapse(shown).drop(columns=["lower", "upper"])
    figure = new_figure(height=5.6)
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    for row, method in zip(axes, MAPS, strict=True):
        for panel, protocol in zip(row, PROTOCOLS, strict=True):
            rows = plotted[(plotted["method"] == method) & (plotted["protocol"] == protocol)]
            _draw_means(panel, rows, shown.datasets)
            panel.set_title(f"{LINES[method]['label']}, {protocol}: {_starts(shown, protocol)}")
            panel.set(xscale="log", xlim=(0.1, 1.2 * plotted["ratio"].fillna(1).max()))
            log_with_zero(panel, floor=NEAREST)
        row[0].set_ylabel("mean $d_j$")
    for panel in axes[-1]:
        panel.set_xlabel("σ/(√Δ/2)")
    legend(figure, columns=5)
    return figure, plotted


def _draw_means(panel: Axes, rows: pd.DataFrame, datasets: Sequence[str]) -> None:
    """Draw one line per data set, and a mark wherever one rises."""
    for i, dataset in enumerate(datasets):
        one = rows[rows["dataset"] == dataset]
        colour, marker = SETS[i % len(SETS)]
        style: dict[str, Any] = {"color": colour, "marker": marker, "ms": 4, "mfc": "w", "mew": 0.8, "lw": 1}
        apart = max(1, len(one) // 8)
        style["markevery"] = (i * apart // len(SETS), apart)
        panel.plot(one["ratio"], floored(one["mean"], NEAREST), label=dataset, **style)
    risen = rows[rows["rises"]]
    style = {"ls": "none", "marker": "^", "color": RED, "mec": "k", "mew": 0.3, "ms": 3}
    panel.plot(risen["ratio"], floored(risen["mean"], NEAREST), label="rises", **style)
    panel.axvline(1, color=GREY, ls=":", lw=1.2)


def _starts(shown: Shown, protocol: str) -> str:
    n_starts = shown.found["collapse"]["repeat"].nunique()
    return "one start" if protocol == "sigma-wise" else f"{n_starts} starts"


def discrepancy_panels(shown: Shown) -> Drawn:
    """Beside Fig. 1: mean and quartiles of d_j(σ), one panel per data set and protocol."""
    plotted = _collapse(shown).drop(columns=["ratio", "rises"])
    figure = new_figure(height=3.2 * -(-len(shown.datasets) // 4) + 1.2)
    halves: Any = figure.subfigures(2, 1)
    for half, protocol in zip(halves, PROTOCOLS, strict=True):

        def draw(panel: Axes, dataset: str, protocol: str = protocol) -> None:
            here = plotted[(plotted["dataset"] == dataset) & (plotted["protocol"] == protocol)]
            for method, style in LINES.items():
                one = here[here["method"] == method]
                lower, upper = (floored(one[name], FLOOR) for name in ("lower", "upper"))
                # The rim keeps the band visible where both quartiles are the same.
                inside, rim = ((style["color"], alpha) for alpha in (0.25, 0.6))
                panel.fill_between(one["sigma"], lower, upper, fc=inside, ec=rim, lw=0.6)
                panel.plot(one["sigma"], floored(one["mean"], FLOOR), lw=1.3, **style)
            panel.axvline(_exact(shown, dataset, protocol), color=GREY, ls=":", lw=1.2)
            panel.set_xscale("log")
            log_with_zero(panel, step=6)

        over = "centroids of " if protocol == "sigma-wise" else ""
        half.suptitle(f"{protocol}: mean, and quartiles over the {over}{_starts(shown, protocol)}")
        panels(half, shown.datasets, draw, labels=("σ", "$d_j$"), shared=True)
    legend(figure, columns=2)
    return figure, plotted


def trajectories(shown: Shown) -> Drawn:
    """Largest distance of the iterates to those of K-means from the same start, against σ."""
    key = ["dataset", "method", "sigma", "repeat"]
    runs = (of_protocol(shown.found["collapse"], name, PROTOCOLS[1]) for name in shown.datasets)
    plotted = pd.concat(runs)[[*key, "trajectory"]].drop_duplicates(key)

    def draw(panel: Axes, dataset: str) -> None:
        here = plotted[plotted["dataset"] == dataset]
        for method, style in LINES.items():
            single = here[here["method"] == method].pivot(
                index="sigma", columns="repeat", values="trajectory"
            )
            thin = {"color": style["color"], "lw": 0.4, "alpha": 0.35}
            panel.plot(single.index, floored(single, FLOOR), **thin)
            panel.plot(single.index, floored(single.median(axis=1), FLOOR), lw=1.5, **style)
        panel.set_xscale("log")
        log_with_zero(panel, step=6)

    return one_page(shown, draw, "σ", "max$_t$ ‖μ$^t$(σ) − μ$^t$(K-means)‖"), plotted


#: What notes say of the smallest distances: in Figs. 1 and 2, and in the other figures.
NEAR = f"0: below $10^{{{np.log10(NEAREST):.0f}}}$"
ZERO = "0 is at the foot"

ITERATES = f"where K > {FEW}, the {MOVING} centroids that K-means moves most; distance: mean over all; {NEAR}"

FIGURES: dict[str, Drawing[Shown]] = {
    "fig1": Drawing(
        discrepancies,
        "Δ: least margin over the starts; left of the dotted line K-means is a fixed point of entmax-1.5; "
        f"triangles: the mean rises as σ falls, by more than the runs' errors; {NEAR}",
    ),
    "fig1-panels": Drawing(
        discrepancy_panels, f"dotted: √Δ/2, below which K-means is a fixed point of entmax-1.5; {ZERO}"
    ),
    "fig2": Drawing(partial(iterates, method="rbf-softmax"), f"softmax; {ITERATES}"),
    "fig2-entmax": Drawing(partial(iterates, method="rbf-entmax15"), f"entmax-1.5; {ITERATES}"),
    "fixed-points": Drawing(
        fixed_points,
        "each path joins where a centroid of the first start ends, from the largest σ to the smallest; data "
        f"sets of at most {LEGIBLE} clusters",
    ),
    "rates": Drawing(rates, "each mark is a centroid of a solution; dashed: equality"),
    "falls": Drawing(falls, f"left of 0, at T ≤ Δ/2, the discrepancy is exactly 0; {ZERO}"),
    "gamma": Drawing(
        gamma,
        f"sup over {DRAWS} random μ in the data's box; in a third of them two centroids are in one place, in "
        "another third about T apart",
    ),
    "trajectories": Drawing(
        trajectories,
        "thin: one start each; thick: their median; over the first 50 iterations; about 1e-15 is float64's "
        "rounding",
    ),
    "stability": Drawing(
        stability,
        "at K-means' centroids, for σ from 2 to 1e-8; no bar: at no σ; softmax as written is NaN before its "
        "derivative is 0",
    ),
}


def draw(
    names: Iterable[str], data: Sequence[Dataset], found: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[str, Drawn]]:
    """Draw figures of paper 2: yield the name, the figure and the values that it plots.

    Parameters
    ----------
    names : iterable of str
        Names in `FIGURES`.
    data : sequence of Dataset
        The data sets, in the order of the panels.
    found : mapping
        The tables of `workflow/rules/paper2.smk` by name.
    """
    shown = Shown(found, {one.name: standardise(one.points) for one in data})
    for name in names:
        figure, plotted = FIGURES[name].draw(shown)
        here = [one for one in data if one.name in set(plotted["dataset"])]
        twin = any(one.origin.source == "twin" for one in here)
        note(figure, *wrap(_data_text(here), LETTERS), *wrap(FIGURES[name].key, LETTERS), twin=twin)
        yield name, (figure, plotted)


def _data_text(data: Sequence[Dataset]) -> str:
    """Name the data sets that are drawn: first those with a caption of their own, then the generated ones."""
    real = [one.caption for one in data if one.origin.source != "generated"]
    made = [one.name for one in data if one.origin.source == "generated"]
    parts = ["; ".join(real), f"generated by scikit-learn: {', '.join(made)}" if made else ""]
    return f"data, standardised: {'; '.join(filter(None, parts))}"
