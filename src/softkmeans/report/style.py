"""What all figures share: colours, sizes, a note on the data, and saving to the same bytes each time."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softkmeans.files import replacing

BLUE, ORANGE, RED, YELLOW = "#1f6fb4", "#ef7d0a", "#d1232a", "#ffd21f"
GREEN, GREY = "#2a9d4f", "#777777"
CLUSTER_COLOURS = [mpl.colormaps["tab20"](i) for i in (*range(0, 20, 2), *range(1, 20, 2))]
CLUSTER_MARKERS = "os^vD<>pP*XhHd8"

Drawn = tuple[Figure, pd.DataFrame]
"""A figure, and the values that it plots."""

PARAMETERS: dict[str, Any] = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.markersize": 4,
    "pdf.fonttype": 42,
    "savefig.dpi": 160,
    "figure.dpi": 100,
}


def applied() -> AbstractContextManager[None]:
    """Make figures within this context in the project's style, whatever the user's matplotlibrc says."""
    return mpl.rc_context({**mpl.rcParamsDefault, **PARAMETERS})  # type: ignore[dict-item]


def new_figure(title: str, *, size: tuple[float, float] = (5.2, 4.0)) -> tuple[Figure, Axes]:
    """Make a figure with one pair of axes."""
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    axes.set_title(title)
    return figure, axes


def note(figure: Figure, text: str, *, twin: bool) -> None:
    """Say below the axes what the data and the start are; in red where the data are a stand-in."""
    figure.supxlabel(text, fontsize=6.5, color=RED if twin else GREY, x=0.01, ha="left")


def save(figure: Figure, plotted: pd.DataFrame, stem: Path) -> None:
    """Write `stem`.pdf and .png, without dates, so always the same bytes; and what is plotted as .csv."""
    for suffix, metadata in ((".pdf", {"CreationDate": None}), (".png", {})):
        with replacing(stem.with_suffix(suffix)) as unfinished:
            figure.savefig(unfinished, metadata=metadata)
        figure.set_layout_engine("none")  # laid out once, which takes as long as drawing
    with replacing(stem.with_suffix(".csv")) as unfinished:
        plotted.to_csv(unfinished, index=False, lineterminator="\n")
