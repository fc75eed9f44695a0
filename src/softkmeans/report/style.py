"""What all figures share: colours, sizes, panels, a note on the data, and saving to the same bytes."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure, FigureBase

from softkmeans import tables
from softkmeans.arrays import Floats
from softkmeans.files import replacing

BLUE, ORANGE, RED, YELLOW = "#1f6fb4", "#ef7d0a", "#d1232a", "#ffd21f"
GREEN, GREY = "#2a9d4f", "#777777"
CLUSTER_COLOURS = [mpl.colormaps["tab20"](i) for i in (*range(0, 20, 2), *range(1, 20, 2))]
CLUSTER_MARKERS = "os^vD<>pP*XhHd8"

#: Width of a page of panels, in inches.
WIDTH = 7.0

#: A figure, and the values that it plots.
Drawn = tuple[Figure, pd.DataFrame]

Shown = TypeVar("Shown")


@dataclass(frozen=True)
class Drawing(Generic[Shown]):
    """The function that draws a figure from what a study shows, and the text below it that explains it."""

    draw: Callable[[Shown], Drawn]
    key: str


PARAMETERS: dict[str, Any] = {
    "font.size": 7.5,
    "axes.titlesize": 8,
    "figure.titlesize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "lines.markersize": 4,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
    "figure.dpi": 100,
}


def applied() -> AbstractContextManager[None]:
    """Make figures within this context in the project's style, whatever the user's matplotlibrc says."""
    return mpl.rc_context({**mpl.rcParamsDefault, **PARAMETERS})  # type: ignore[dict-item]


def new_figure(*, height: float, width: float = WIDTH) -> Figure:
    """Make a figure of a height and width in inches, whose parts are laid out to fit."""
    return Figure(figsize=(width, height), layout="constrained")


def new_axes(title: str, *, width: float = 5.2, height: float = 4.0) -> tuple[Figure, Axes]:
    """Make a figure with one pair of axes; sizes are in inches."""
    figure = new_figure(width=width, height=height)
    axes = figure.subplots()
    axes.set_title(title)
    return figure, axes


def panels(
    figure: FigureBase,
    names: Sequence[str],
    draw: Callable[[Axes, str], None],
    *,
    labels: tuple[str, str] = ("", ""),
    columns: int = 4,
    shared: bool = False,
) -> None:
    """Draw a panel for each name, `columns` in a row, with the labels of x and y at the outer ones."""
    axes = figure.subplots(-(-len(names) // columns), columns, sharex=shared, sharey=shared, squeeze=False)
    for panel, name in zip(axes.flat, names, strict=False):
        panel.set_title(name)
        draw(panel, name)
    for panel in axes.flat[len(names) :]:
        panel.axis("off")
    for panel in axes[:, 0]:
        panel.set_ylabel(labels[1])
    for panel in axes.flat[max(0, len(names) - columns) : len(names)]:
        panel.set_xlabel(labels[0])
        panel.tick_params(labelbottom=True)


def legend(figure: Figure, handles: Iterable[Any] | None = None, *, columns: int = 4, **options: Any) -> None:
    """Put a legend above the panels: that of the first panel, or of the handles given."""
    if handles is None:
        handles = figure.axes[0].get_legend_handles_labels()[0]
    options = {"loc": "outside upper center"} | options
    figure.legend(handles=list(handles), ncols=columns, **options)


def note(figure: Figure, *lines: str, twin: bool) -> None:
    """Say below the axes what is drawn and from which data; in red where some are twins."""
    colour = RED if twin else GREY
    figure.supxlabel("\n".join(lines), fontsize=6.5, color=colour, x=0.01, ha="left")


def floored(values: Any, floor: float) -> np.ndarray:
    """Values for a logarithmic axis: what is below the floor, such as a zero, is drawn at it."""
    return np.maximum(np.asarray(values), floor)


def in_plane(places: Floats) -> Floats:
    """Return the first two coordinates of places (…, d), (…, 2); the second is 0 where d = 1."""
    return np.pad(places, [(0, 0)] * (places.ndim - 1) + [(0, 1)])[..., :2]


def save_all(drawn: Iterable[tuple[str, Drawn]], folder: Path) -> None:
    """Write each figure as .pdf and .png and its values as .csv, without dates, so the bytes never vary.

    ``savefig`` would draw each figure twice, and lay it out each time.
    """
    for name, (figure, plotted) in drawn:
        with replacing(folder / f"{name}.pdf") as unfinished:
            FigureCanvasPdf(figure).print_pdf(unfinished, metadata={"CreationDate": None})  # type: ignore[no-untyped-call]
        figure.set_layout_engine("none")
        figure.set_dpi(mpl.rcParams["savefig.dpi"])
        with replacing(folder / f"{name}.png") as unfinished:
            FigureCanvasAgg(figure).print_png(unfinished)  # type: ignore[no-untyped-call]
        tables.write(plotted, folder / f"{name}.csv")
