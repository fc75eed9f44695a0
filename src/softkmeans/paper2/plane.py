"""Centroids over the data, in the plane: the iterates of Fig. 2, and where they end as σ falls."""

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softkmeans import tables
from softkmeans.arrays import Floats, Integers
from softkmeans.paper2.shown import LINES, Shown, log_with_zero
from softkmeans.report.style import GREY, RED, Drawn, floored, in_plane, legend, new_figure, panels

#: Style of each line, by σ.
Lines = dict[float, dict[str, Any]]

START: dict[str, Any] = {"ls": "none", "marker": "o", "mfc": "w", "mec": "k", "mew": 0.7, "ms": 3.5}
END: dict[str, Any] = {"ls": "none", "marker": "o", "mec": "none", "ms": 2.8}
STAR: dict[str, Any] = {"ls": "none", "marker": "*", "mfc": RED, "mec": "k", "mew": 0.4, "ms": 6}
LLOYD: dict[str, Any] = {"ls": ":", "color": "k", "lw": 1.1}

#: Number of centroids that are drawn where there are more than `FEW`: those that K-means moves most.
MOVING = 4

#: Largest number of centroids whose iterates are all drawn.
FEW = 5

#: Fixed points are drawn of data sets with at most this many clusters. More paths cannot be told apart.
LEGIBLE = 10

#: Smaller distances to K-means are drawn as 0, since iterates end this close to their fixed points.
NEAREST = 1e-8


def iterates(shown: Shown, method: str) -> Drawn:
    """Fig. 2: the iterates of a method from the first start at each σ, and their distance to K-means' end."""
    plotted = pd.concat([_followed(shown.of("iterates", name), method) for name in shown.datasets])
    sigmas = plotted.loc[plotted["method"] == method, "sigma"].unique().tolist()
    shades = mpl.colormaps["viridis"](np.linspace(0, 0.88, len(sigmas)))
    lines = {sigma: {"color": shade, "lw": 1} for sigma, shade in zip(sigmas, shades, strict=True)}
    rows = -(-len(shown.datasets) // 4)
    figure = new_figure(height=2.85 * rows + 0.9)
    axes = figure.subplots(2 * rows, 4, gridspec_kw={"height_ratios": [1.75, 1] * rows}, squeeze=False)
    maps, below = axes[::2].ravel(), axes[1::2].ravel()
    for panel in axes.ravel():
        panel.set_visible(False)
    for place, beneath, dataset in zip(maps, below, shown.datasets, strict=False):
        here = plotted[plotted["dataset"] == dataset]
        place.set(title=dataset, visible=True)
        _map(place, shown.points[dataset], here, lines)
        beneath.set(visible=True, xlabel="iteration")
        _distances(beneath, here, lines)
    for i, beneath in enumerate(below):
        beneath.tick_params(labelleft=i % 4 == 0)
        beneath.set_ylabel("" if i % 4 else "distance to ★")
    _key(figure, lines)
    return figure, plotted


def _followed(rows: pd.DataFrame, method: str) -> pd.DataFrame:
    """One row per iteration and drawn centroid, of a method at each σ and of Lloyd's algorithm at σ = 0.

    `distance` is the mean distance of all centroids to where K-means ends.
    """
    kept = rows[rows["method"].isin(["kmeans", method])]
    kept = kept.sort_values(["sigma", "iteration"], ascending=[False, True], kind="stable")
    places = tables.sets(kept)
    lloyd = places[kept["sigma"] == 0]
    star = lloyd[-1]
    moved = np.linalg.norm(star - lloyd[0], axis=1)
    chosen = np.arange(len(star)) if len(star) <= FEW else np.sort(np.argsort(-moved, kind="stable")[:MOVING])
    long = _written_out(kept[["dataset", "method", "sigma", "iteration"]], chosen, places[:, chosen])
    distance = np.linalg.norm(places - star, axis=2).mean(axis=1)
    return long.assign(distance=np.repeat(distance, len(chosen)))


def _written_out(sets: pd.DataFrame, clusters: Integers, places: Floats) -> pd.DataFrame:
    """One row per centroid, with its coordinates in the plane, of sets of centroids (rows, K, d)."""
    x1, x2 = in_plane(places).reshape(-1, 2).T
    long = sets.loc[sets.index.repeat(len(clusters))].reset_index(drop=True)
    return long.assign(cluster=np.tile(clusters, len(sets)), x1=x1, x2=x2)


def _map(panel: Axes, points: Floats, here: pd.DataFrame, lines: Lines) -> None:
    """Draw the iterates over the data near them, from circles to dots, and Lloyd's from circles to stars."""
    _scatter(panel, points)
    for sigma, style in (lines | {0.0: LLOYD}).items():
        for _, path in here[here["sigma"] == sigma].groupby("cluster"):
            start, end = path[["x1", "x2"]].iloc[[0, -1]].to_numpy()
            panel.plot(path["x1"], path["x2"], **style)
            if sigma == 0:
                panel.plot(*start, **START)
                panel.plot(*end, **STAR)
            else:
                panel.plot(*end, **END | {"color": style["color"]})
    _frame(panel, here[["x1", "x2"]].to_numpy())


def _distances(panel: Axes, here: pd.DataFrame, lines: Lines) -> None:
    """Draw the distance to K-means' end against the iteration."""
    for sigma, style in (lines | {0.0: LLOYD}).items():
        each = here[here["sigma"] == sigma].drop_duplicates("iteration")
        panel.plot(each["iteration"], floored(each["distance"], NEAREST), **style)
    log_with_zero(panel, floor=NEAREST, step=4)
    panel.set_xscale("symlog", linthresh=1)
    panel.set_xlim(0)


def _scatter(panel: Axes, points: Floats) -> None:
    x, y = in_plane(points).T
    panel.scatter(x, y, s=1, lw=0, color="0.8", rasterized=True)


def _frame(panel: Axes, places: Floats) -> None:
    """Show the smallest square around places, with a margin. Both axes have the same scale."""
    low, high = places.min(axis=0), places.max(axis=0)
    half = 0.58 * (high - low).max()
    (left, right), (bottom, top) = ((at - half, at + half) for at in (low + high) / 2)
    panel.set(aspect="equal", xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])
    panel.spines[:].set(visible=True, color="0.8")


def _key(figure: Figure, lines: Lines) -> None:
    """Explain the colours of σ and the marks above the panels."""
    colours = [(f"σ = {sigma:.3g}", style | {"lw": 2}) for sigma, style in lines.items()]
    marks = [
        ("start", START),
        ("end at this σ", END | {"color": GREY}),
        ("Lloyd's path", LLOYD),
        ("K-means' end", STAR),
    ]
    first = figure.axes[0]
    legend(
        figure, [first.plot([], [], label=label, **style)[0] for label, style in colours + marks], columns=6
    )


def fixed_points(shown: Shown) -> Drawn:
    """Where the centroids of the first start end, joined from the largest σ to the smallest."""
    datasets = [name for name in shown.datasets if shown.of("paths", name)["n_clusters"].max() <= LEGIBLE]
    datasets = datasets or shown.datasets
    parts = []
    for name in datasets:
        rows = shown.of("paths", name).sort_values("sigma", ascending=False, kind="stable")
        places = tables.sets(rows)
        clusters = np.arange(places.shape[1])
        parts.append(_written_out(rows[["dataset", "method", "sigma"]], clusters, places))
    plotted = pd.concat(parts, ignore_index=True)

    def draw(panel: Axes, dataset: str) -> None:
        _scatter(panel, shown.points[dataset])
        here = plotted[plotted["dataset"] == dataset]
        for method, style in LINES.items():
            for _, path in here[here["method"] == method].groupby("cluster"):
                panel.plot(path["x1"], path["x2"], marker=".", ms=2.5, lw=0.9, **style)
        for method, style in (("start", START), ("kmeans", STAR)):
            ends = here[here["method"] == method]
            panel.plot(ends["x1"], ends["x2"], **style)
        _frame(panel, in_plane(shown.points[dataset]))

    figure = new_figure(height=2.3 * -(-len(datasets) // 3) + 1)
    panels(figure, datasets, draw, columns=3)
    first = figure.axes[0]
    marks = {"start": START, "K-means": STAR}
    handles = [first.plot([], [], **style)[0] for style in LINES.values()]
    handles += [first.plot([], [], label=label, **style)[0] for label, style in marks.items()]
    legend(figure, handles)
    return figure, plotted
