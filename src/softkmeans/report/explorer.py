"""The explorer: a page of its own on which each cell of the sweep is played, from its start to its end.

Bokeh draws it, since it is well maintained, brings its script in its wheel, and shows a page from a file
without a request. Its script is 1.3 MB, that of Plotly 4.8 MB; those of Vega are 2.2 MB, and the package that
puts them into a page, vl-convert, is 88 MB of compiled code. Bokeh draws on a canvas, which a screen reader
cannot see: so the controls are the browser's own, and what is drawn is also said in words and numbers.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bokeh.embed import json_item
from bokeh.layouts import column
from bokeh.models import BasicTickFormatter, ColumnDataSource, Range1d, Span
from bokeh.plotting import figure
from bokeh.resources import Resources

from softkmeans import tables
from softkmeans.arrays import Floats
from softkmeans.data.dataset import Dataset
from softkmeans.report.pages import page
from softkmeans.report.style import BLUE, GREY, ORANGE, RED, YELLOW

#: Most points of a data set that are drawn.
POINTS = 2500

#: Most iterations of a run whose centroids are drawn: the first ones, then some, and the last.
FRAMES = 60

#: A place is packed as two whole numbers from 0 to this, across and up the square that is shown.
STEPS = 2**16 - 1

#: What identifies a cell of the sweep.
CELL = ["dataset", "method", "initialisation", "temperature"]


@dataclass(frozen=True)
class View:
    """How a data set is seen: an affine map onto a plane, and the square of it that is shown.

    Attributes
    ----------
    centre : array (d,)
    axes : array (d, 2)
        Orthonormal: the coordinates themselves, or for d > 2 the first two principal axes.
    corner : array (2,)
        Lower left corner of the square, in the plane.
    side : float
        Length of the square's sides, data units.
    """

    centre: Floats
    axes: Floats
    corner: Floats
    side: float

    def packed(self, places: Floats) -> str:
        """Pack places (…, d) as whole numbers x, y of the square, 16 bits each."""
        steps = (self.flat(places) - self.corner) / self.side * STEPS
        return _base64(np.clip(np.rint(steps), 0, STEPS).astype("<u2"))

    def flat(self, places: Floats) -> Floats:
        """Map places (…, d) onto the plane, (…, 2)."""
        return (places - self.centre) @ self.axes


def view(points: Floats) -> View:
    """Choose the view of points (n, d): all of them, with a margin."""
    d = points.shape[1]
    centre = points.mean(axis=0) if d > 2 else np.zeros(d)
    if d > 2:
        _, vectors = np.linalg.eigh(np.cov(points.T))
        axes = vectors[:, :-3:-1]
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    else:
        axes = np.eye(d, 2)
    flat = (points - centre) @ axes
    side = 1.08 * float(np.ptp(flat, axis=0).max()) or 1.0
    return View(centre, axes, (flat.min(axis=0) + flat.max(axis=0) - side) / 2, side)


def explorer(
    data: Iterable[Dataset],
    paths: Mapping[str, Path],
    summary: pd.DataFrame,
    solver: Mapping[str, Any],
    labels: Mapping[str, str],
) -> str:
    """Make the page.

    Parameters
    ----------
    data : iterable of Dataset
        The data sets of the sweep.
    paths : mapping
        Paths of the tables `runs`, `trace` and `centroids` of one run of each cell of the sweep, with the
        centroids of every iteration. They are read a data set at a time.
    summary : frame
        The summary of the sweep, as `sweep.summary.summarise` gives it.
    solver : mapping
        ``tolerance`` and ``max_iterations`` of the runs.
    labels : mapping
        Method -> what the figures call it, where that is not its name.
    """
    cells = summary.set_index(CELL)
    shown = {
        "datasets": [_dataset(each, paths, cells) for each in data],
        "solver": {name: solver[name] for name in ("tolerance", "max_iterations")},
        "steps": STEPS,
        "labels": dict(labels),
    }
    resources = Resources(mode="inline", components=["bokeh"])
    return page("explore", shown=shown, plots=_plots(), library=resources.render_js())


def _dataset(data: Dataset, paths: Mapping[str, Path], cells: pd.DataFrame) -> dict[str, Any]:
    """What the page holds of a data set: points, true centroids, and the runs with their paths."""
    seen = view(data.points)
    n, d = data.points.shape
    drawn = np.random.default_rng(0).permutation(n)[:POINTS]
    read = {name: tables.frame(tables.read(name, path, dataset=data.name)) for name, path in paths.items()}
    trace, centroids = (
        read[name].groupby(tables.KEY, observed=True, sort=False) for name in ("trace", "centroids")
    )
    known: dict[str, int] = {}  # equivalent methods take the same path
    found = []
    for run in read["runs"].itertuples():
        key = tuple(getattr(run, name) for name in tables.KEY)
        steps = trace.get_group(key)
        places = tables.sets(centroids.get_group(key))
        frames = kept_frames(len(places))
        packed = seen.packed(places[frames])
        cell = cells.loc[tuple(getattr(run, name) for name in CELL)]
        found.append(
            {
                "method": run.method,
                "start": run.initialisation,
                "T": run.temperature,
                "ratio": _known(run.temperature_ratio),
                "seed": str(run.seed),  # JavaScript's numbers have 53 bits
                "index": _known(run.centroid_index),
                "path": known.setdefault(packed, len(known)),
                "frames": frames,
                "values": _base64(steps[["objective", "smooth_objective", "entropy"]].to_numpy("<f4")),
                "repeats": int(cell["n"]),
                "success": [_known(cell[name]) for name in ("success", "success_low", "success_high")],
                "mean_index": _interval(cell["centroid_index"], cell["centroid_index_error"]),
            }
        )
    truth = data.true_centroids
    return {
        "name": data.name,
        "source": data.origin.source,
        "caption": data.caption,
        "n": n,
        "d": d,
        "K": data.n_clusters,
        "corner": seen.corner.tolist(),
        "side": seen.side,
        "drawn": len(drawn),
        "points": seen.packed(data.points[np.sort(drawn)]),
        "truth": None if truth is None else seen.packed(truth),
        "paths": list(known),
        "runs": found,
    }


def kept_frames(n: int) -> list[int]:
    """Choose which of n iterations are drawn: all, or if there are too many, ever fewer towards the end.

    Examples
    --------
    >>> kept_frames(3)
    [0, 1, 2]
    >>> len(kept_frames(300)), kept_frames(300)[:4], kept_frames(300)[-1]
    (60, [0, 1, 2, 3], 299)
    """
    if n <= FRAMES:
        return list(range(n))
    first = FRAMES // 2
    later = np.geomspace(first, n - 1, FRAMES - first)
    chosen = np.maximum.accumulate(np.maximum(np.rint(later), np.arange(first, FRAMES))).astype(int)
    return [*range(first), *chosen.tolist()]


def _interval(mean: float, error: float) -> list[float | None]:
    """Mean, and the ends of its normal 95 % interval by its standard error."""
    return [_known(mean + z * error) if z else _known(mean) for z in (0, -1.96, 1.96)]


def _known(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _base64(values: np.ndarray) -> str:
    return b64encode(np.ascontiguousarray(values).tobytes()).decode()


def _plots() -> list[Any]:
    """The drawings, empty: the page's script fills the sources, which it finds by their names."""

    def source(name: str, *columns: str) -> ColumnDataSource:
        return ColumnDataSource({column: [] for column in columns}, name=name)

    tools = "pan,wheel_zoom,box_zoom,reset"
    plane = figure(
        name="plane",
        aspect_ratio=1,
        sizing_mode="stretch_width",
        tools=tools,
        active_drag=None,
        x_range=Range1d(0, 1),
        y_range=Range1d(0, 1),
        output_backend="canvas",
    )
    plane.scatter("x", "y", source=source("points", "x", "y"), size=2, color=GREY, alpha=0.45)
    plane.scatter(
        "x",
        "y",
        source=source("truth", "x", "y"),
        marker="square",
        size=11,
        fill_color=YELLOW,
        line_color="black",
        legend_label="true centre",
    )
    plane.multi_line("x", "y", source=source("trails", "x", "y"), color=RED, line_width=1.5)
    plane.scatter(
        "x",
        "y",
        source=source("start", "x", "y"),
        marker="circle",
        size=7,
        fill_color=None,
        line_color=BLUE,
        line_width=1.5,
        legend_label="start",
    )
    plane.scatter(
        "x",
        "y",
        source=source("centroids", "x", "y"),
        marker="x",
        size=12,
        color=RED,
        line_width=3,
        legend_label="centroid",
    )
    plane.legend.orientation = "horizontal"
    plane.add_layout(plane.legend[0], "above")  # within the plane it would cover points on a phone
    curves = figure(
        name="curves",
        height=230,
        sizing_mode="stretch_width",
        tools="",
        toolbar_location=None,
        y_axis_label="objective",
    )
    entropy = figure(
        name="entropy",
        height=190,
        sizing_mode="stretch_width",
        tools="",
        toolbar_location=None,
        x_range=curves.x_range,
        x_axis_label="iteration",
        y_axis_label="entropy",
    )
    values = source("values", "iteration", "J", "smooth", "entropy")
    values.data = {column: [0] for column in values.data}  # without values the axes would have no range
    curves.line("iteration", "J", source=values, color=ORANGE, line_width=2.5, legend_label="J")
    curves.line(
        "iteration", "smooth", source=values, color=BLUE, line_width=2.5, line_dash="dashed", legend_label="J̃"
    )
    entropy.line("iteration", "entropy", source=values, color="black", line_width=2)
    for axis, precision in ((plane.xaxis, 1), (plane.yaxis, 1), (curves.yaxis, 2)):
        axis.formatter = BasicTickFormatter(precision=precision)
    for plot in (curves, entropy):
        plot.add_layout(Span(name=f"now-{plot.name}", dimension="height", line_color=RED, line_width=2))
    plane.toolbar.logo = None
    beside = column(curves, entropy, sizing_mode="stretch_width")
    return [json_item(plane, "plane"), json_item(beside, "beside")]
