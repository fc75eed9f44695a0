"""Figures of the sweep.

Each function returns a figure and the values that it plots. Many data sets go on several pages.
"""

from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from softkmeans.report.style import GREY, Drawing, Drawn, legend, note
from softkmeans.sweep.costs import annealing, published
from softkmeans.sweep.curves import centroid_index, heatmap, iterations, success
from softkmeans.sweep.names import ANNEALED, on_page
from softkmeans.sweep.shown import Known, Sweep, page, style_of

#: Letters of a line of a note.
LETTERS = 125


def phases(sweep: Sweep) -> Drawn:
    """Number of different centroids while T falls: where clusters split."""

    def draw(panel: Axes, dataset: str) -> None:
        here, n_clusters = sweep.phases[sweep.phases["dataset"] == dataset], sweep.known[dataset].n_clusters
        for method, runs in here.groupby("method", sort=False, observed=True):
            colour = style_of(str(method).removeprefix(ANNEALED))["color"]
            lines = runs.pivot(index="level", columns="repeat", values="n_distinct")
            x = runs.groupby("level")["temperature_ratio"].first()
            panel.step(x, lines, where="post", color=colour, lw=0.5, alpha=0.4)
            panel.step(x, lines.median(axis=1), where="post", color=colour, lw=2.2, label=method)
            first = np.sqrt(n_clusters) if "entmax15" in str(method) else 1
            panel.axvline(first, color=colour, lw=1, ls=":")
        panel.axhline(n_clusters, color=GREY, lw=0.8, ls="--")
        panel.set(xscale="log", yscale="log")
        top = max(2, here["n_distinct"].max())
        ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if tick <= top]
        panel.set_yticks(ticks, [str(tick) for tick in ticks])
        panel.yaxis.set_minor_locator(NullLocator())
        panel.xaxis.set_inverted(True)

    figure = page(sweep, draw, labels=("T/T$_c$, falling", "different centroids"))
    legend(figure, columns=6)
    return figure, sweep.phases


CURVES = (
    "K-means has no T: a line with a band; softmax is the method entropy; lse, maxent and rbf-softmax are "
    "the same, and not drawn"
)
MARKED = (
    "marked where it differs from K-means from the same starts (McNemar's exact test, for the centroid index "
    "a sign test; p ≤ 0.05 after Holm's correction for all temperatures and initialisations of data set and "
    "method)"
)
ERRORS = "bars and band: two standard errors of the mean either way"

#: Name of a figure -> how to draw it.
FIGURES: dict[str, Drawing[Sweep]] = {
    "success": Drawing(
        success,
        f"success: every cluster found, centroid index 0; {CURVES}; bars and band: Wilson's 95 % intervals; "
        f"{MARKED}",
    ),
    "centroid-index": Drawing(
        centroid_index, f"missed: clusters missed or doubled, centroid index; {CURVES}; {ERRORS}; {MARKED}"
    ),
    "iterations": Drawing(
        iterations,
        f"until the objective falls by no more than the tolerance, relative; {CURVES}; {ERRORS}",
    ),
    "heatmap": Drawing(
        heatmap,
        "success: every cluster found, centroid index 0, in the even repeats; below it the T/T$_c$ it is "
        "shown at, that of the highest rate in the odd repeats, of equals the lowest",
    ),
    "phases": Drawing(
        phases,
        "thin: single runs; thick: their median; dashed: K; dotted: where one centroid must split, T$_c$ "
        "with softmax, √K T$_c$ with entmax-1.5",
    ),
    "annealing": Drawing(
        annealing,
        "annealed: from random points, iterations of all temperatures; at its best T: from random points, "
        "the T that the odd repeats choose, and the rate of the even ones; restarted: the chance that of the "
        "runs which so many iterations pay for one at least succeeds; bars and bands: Wilson's 95 % "
        "intervals; drawing a start is not counted",
    ),
    "published": Drawing(
        published,
        "ours: seeded runs of K-means, each to its fixed point; published: Fränti & Sieranoja (2018, 2019), "
        "in 2019 a mean over more data sets than ours; best of 100: the run of least J",
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
