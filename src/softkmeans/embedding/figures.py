"""Figures of clustering within a network: the ways compared, and the limit of joint training."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from softkmeans.embedding.gains import MEASURES
from softkmeans.embedding.study import BEFORE, FEW_EPOCHS, LONGER, RAW
from softkmeans.embedding.training import HARD, JOINT
from softkmeans.report.style import BLUE, GREY, ORANGE, Drawn, floored, legend, new_figure, note

#: What the ways to cluster are called in the figures.
NAMES = {
    RAW: "K-means of the pixels",
    BEFORE: "autoencoder, then K-means",
    LONGER: "the same, trained as long",
    HARD: "joint, hard",
    "joint-softmax": "joint, softmax",
    "joint-softmax-falling": "joint, softmax, T falls",
    "joint-entmax15": "joint, entmax-1.5",
    "joint-entmax15-falling": "joint, entmax-1.5, T falls",
}

#: Where a distance of exactly 0 is drawn.
FLOOR = 1e-8

#: Colour, marker and name of the soft ways in the limit.
CURVES = {"joint-softmax": (BLUE, "o", "softmax"), "joint-entmax15": (ORANGE, "^", "entmax-1.5")}


@dataclass(frozen=True)
class Shown:
    """What the figures show.

    Attributes
    ----------
    comparison, limits : the tables
    gains : frame
        What `gains.gains` returns.
    """

    comparison: pd.DataFrame
    gains: pd.DataFrame
    limits: pd.DataFrame


def comparison(shown: Shown) -> Drawn:
    """ARI of every way from every seed, and its gain over an autoencoder trained as long, then K-means."""
    table = shown.comparison[["method", "repeat", "ari", "ari_again"]]
    longer = table[table["method"] == LONGER].set_index("repeat")["ari"]
    table = table.assign(gain=table["ari"] - table["repeat"].map(longer))
    own, again = (
        shown.gains[(shown.gains["baseline"] == LONGER) & (shown.gains["measure"] == measure)]
        for measure in MEASURES
    )
    plotted = (
        table.merge(own[["method", "gain", "low", "high"]], "left", "method", suffixes=("", "_mean"))
        .merge(again[["method", "gain", "low", "high"]], "left", "method", suffixes=("", "_again"))
        .rename(columns={"gain_again": "gain_mean_again"})
    )
    figure = new_figure(height=3.6)
    left, right = figure.subplots(1, 2, sharey=True)
    for place, (method, rows) in enumerate(plotted.groupby("method", sort=False, observed=True)):
        colour = _colour(str(method))
        # The dots are spread in the order of the seeds, so that those of one seed are at one height.
        heights = place + np.linspace(-0.25, 0.25, len(rows))
        left.plot(rows["ari"], heights, ".", color=colour, ms=3, alpha=0.6)
        left.plot(rows["ari"].mean(), place, "|", color="black", ms=15, mew=1.5)
        if method != LONGER:
            right.plot(rows["gain"], heights, ".", color=colour, ms=3, alpha=0.6)
            for measure, marker, height in (("", "s", 0.0), ("_again", "D", 0.38)):
                if measure and method not in JOINT:
                    continue
                mean, low, high = (rows[f"{name}{measure}"].iloc[0] for name in ("gain_mean", "low", "high"))
                right.plot([low, high], [place + height] * 2, color="black", lw=1)
                fill = "white" if measure else "black"
                right.plot(mean, place + height, marker, color="black", mfc=fill, ms=3.5)
    right.axvline(0, color=GREY, lw=0.8, ls="--")
    left.set_yticks(range(len(NAMES)), list(NAMES.values()))
    left.invert_yaxis()
    left.locator_params(axis="x", nbins=5)
    left.set(xlabel="ARI against the digits", title="every seed, and the mean")
    right.set(xlabel="gain in ARI", title="gain over “the same, trained as long”")
    return figure, plotted


def _colour(method: str) -> str:
    return BLUE if "softmax" in method else ORANGE if "entmax" in method else GREY


def limit(shown: Shown) -> Drawn:
    """Distance between soft and hard joint training at their ends, over how far the hard one goes."""
    plotted = shown.limits[["method", "repeat", "temperature_ratio", "distance"]]
    figure = new_figure(height=2.8)
    axes: Axes = figure.subplots()
    for (method, repeat), rows in plotted.groupby(["method", "repeat"], sort=False, observed=True):
        colour, marker, name = CURVES[str(method)]
        style, drawn = "-" if repeat == 0 else "--", floored(rows["distance"], FLOOR)
        label = f"{name}, seed {repeat}"
        axes.plot(rows["temperature_ratio"], drawn, style, marker=marker, color=colour, label=label)
    axes.set(xscale="log", yscale="log", ylim=(FLOOR / 2, 10))
    powers = range(-7, 2, 2)
    axes.set_yticks([FLOOR, *(10.0**e for e in powers)], ["0", *(f"$10^{{{e}}}$" for e in powers)])
    axes.minorticks_off()
    axes.set(xlabel="T/T$_c$ of the codes", ylabel="distance to the hard training,\nover how far that goes")
    legend(figure)
    return figure, plotted


def draw(shown: Shown, caption: str) -> Iterator[tuple[str, Drawn]]:
    """Draw both figures: name, figure and values plotted; the caption says what the data are."""
    n = shown.comparison["repeat"].nunique()
    keys = {
        comparison: f"{n} seeds; bars: Student's 95 % interval of the paired gain, of the clusters that a "
        "way ends with (squares)\nand of K-means of its codes (diamonds)",
        limit: f"{FEW_EPOCHS} epochs of joint training from the same autoencoder by the same "
        "batches; a distance of 0 is drawn at the foot",
    }
    for function, key in keys.items():
        figure, plotted = function(shown)
        note(figure, caption, key, twin=False)
        yield function.__name__, (figure, plotted)
