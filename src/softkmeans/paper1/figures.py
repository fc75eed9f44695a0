"""Figures 1 to 8 of Inoue & Hara (2020), and two beside them.

Each function returns a figure and the values that it plots; `draw` makes all of them from the tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from softkmeans import tables
from softkmeans.arrays import Floats, Integers
from softkmeans.clustering.initialisations import sequential_labels
from softkmeans.data.dataset import Dataset
from softkmeans.paper1.study import PAPER_ITERATIONS, Truth, monotonicity, shown
from softkmeans.report.style import (
    BLUE,
    CLUSTER_COLOURS,
    CLUSTER_MARKERS,
    GREY,
    ORANGE,
    RED,
    YELLOW,
    Drawn,
    legend,
    new_axes,
    note,
)

#: Inches of a figure of the plane.
MAP = {"width": 4.6, "height": 5.0}


@dataclass(frozen=True)
class Run:
    """The run that a group of figures shows.

    Attributes
    ----------
    points : array (n, d)
    first, last : array (K, d)
        Centroids at iteration 0 and at the end.
    smooth, hard : frame
        Traces of the run by the method that J̃ is read from, and J.
    truth : Truth or None
    note : str
        What the data and the start are.
    twin : bool
    """

    points: Floats
    first: Floats
    last: Floats
    smooth: pd.DataFrame
    hard: pd.DataFrame
    truth: Truth | None
    note: str
    twin: bool


def initial_centroids(run: Run) -> Drawn:
    """Fig. 1: the data in blue, the initial centroids in red."""
    figure, axes = new_axes("Data and initial centroids", **MAP)
    _scatter_points(axes, run.points)
    _scatter(axes, run.first, RED, "initial centroids", 26)
    _finish_map(figure, axes, run)
    return figure, _places({"point": run.points, "initial centroid": run.first})


def objectives(run: Run, methods: tuple[str, str]) -> Drawn:
    """Figs. 2 and 6: J̃ solid blue and J broken orange, with points; the ground truth's, without."""
    figure, axes = new_axes("Objective function values")
    smooth, hard = run.smooth[["iteration", "smooth_objective"]], run.hard[["iteration", "objective"]]
    label = f"$\\tilde{{J}}$, Eq. 6 ({methods[0]})"
    axes.plot(*smooth.to_numpy().T, "o-", color=BLUE, lw=2.6, ms=6.5, label=label)
    axes.plot(*hard.to_numpy().T, "o--", color=ORANGE, ms=3.5, label=f"$J$, Eq. 1 ({methods[1]})")
    plotted = smooth.merge(hard, on="iteration", how="outer")
    if run.truth is not None:
        axes.axhline(run.truth.smooth_objective, color=BLUE, lw=2, label="$\\tilde{J}$ at the ground truth")
        axes.axhline(run.truth.objective, color=YELLOW, lw=1.2, ls="--", label="$J$ at the ground truth")
        plotted = plotted.assign(
            truth_smooth_objective=run.truth.smooth_objective, truth_objective=run.truth.objective
        )
    if axes.get_ylim()[0] > 0:
        axes.set_ylim(bottom=0)
    _finish_trace(figure, axes, run, "objective function value")
    axes.legend()
    return figure, plotted


def obtained_centroids(run: Run) -> Drawn:
    """Figs. 3 and 7: the ground truth in yellow, the obtained centroids in red over it."""
    n_iterations = int(run.smooth["iteration"].iloc[-1])
    figure, axes = new_axes(f"Ground truth and centroids after {n_iterations} iterations", **MAP)
    _scatter_points(axes, run.points)
    places = {"point": run.points, "obtained centroid": run.last}
    if run.truth is not None:
        _scatter(axes, _plane(run.truth.centroids), YELLOW, "ground truth", 26)
        places["ground truth"] = _plane(run.truth.centroids)
    _scatter(axes, run.last, RED, "obtained centroids", 26)
    _finish_map(figure, axes, run)
    return figure, _places(places)


def entropy(run: Run) -> Drawn:
    """Figs. 4 and 8: total entropy against the number of iterations."""
    figure, axes = new_axes("Total entropy")
    plotted = run.smooth[["iteration", "entropy"]]
    axes.plot(plotted["iteration"], plotted["entropy"], "o-", color=BLUE)
    axes.set_ylim(bottom=0)
    _finish_trace(figure, axes, run, "total entropy, Eq. 20 (nats)")
    return figure, plotted


def initial_memberships(run: Run, labels: Integers) -> Drawn:
    """Fig. 5: the initial assignment, a colour and a marker for each cluster."""
    figure, axes = new_axes("Classification by initial memberships")
    for k in range(int(labels.max()) + 1):
        style = {
            "color": CLUSTER_COLOURS[k % len(CLUSTER_COLOURS)],
            "marker": CLUSTER_MARKERS[k % len(CLUSTER_MARKERS)],
        }
        members = run.points[labels == k]
        axes.scatter(members[:, 0], members[:, 1], s=9, lw=0, alpha=0.8, label=str(k + 1), **style)
    _finish_map(figure, axes, run, named=False)
    figure.legend(loc="outside right center", title="cluster", markerscale=1.8, fontsize=7)
    return figure, _places({"point": run.points}).assign(cluster=labels + 1)


def iteration_counts(runs: pd.DataFrame, run: Run) -> Drawn:
    """Beside Fig. 2: how many iterations the random starts need, and where the paper's stands."""
    paper = PAPER_ITERATIONS["random-points"]
    needed = runs["n_iterations"]
    counts = needed.value_counts().sort_index()
    at, at_least = (needed == paper).mean(), (needed >= paper).mean()
    figure, axes = new_axes(f"Iterations from {len(runs)} random starts")
    axes.bar(counts.index, counts, color=[RED if n == paper else BLUE for n in counts.index], width=0.85)
    axes.annotate(
        f"the paper's run: {paper} iterations\n{at:.1%} of the starts need as many, {at_least:.1%} at least",
        xy=(paper, counts.get(paper, 0)),
        xytext=(0.99, 0.8),
        textcoords="axes fraction",
        ha="right",
        arrowprops={"arrowstyle": "->", "color": RED},
        color=RED,
        fontsize=8,
    )
    axes.set(xlabel="number of iterations", ylabel="starts")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    note(figure, run.note, f"median {needed.median():g} iterations", twin=run.twin)
    return figure, pd.DataFrame({"n_iterations": counts.index, "starts": counts.to_numpy()})


def entropy_kinds(trace: pd.DataFrame, run: Run) -> Drawn:
    """Beside Fig. 4: in how many of the random starts total entropy is monotone."""
    kinds = monotonicity(trace).value_counts()
    kinds = kinds.reindex(["never falls", "never rises", "rises and falls"], fill_value=0)
    figure, axes = new_axes(f"Total entropy over the iterations, {kinds.sum()} random starts", height=2.4)
    bars = axes.barh(kinds.index, kinds, color=[GREY, GREY, BLUE])
    axes.bar_label(bars, [f" {n} ({n / kinds.sum():.1%})" for n in kinds], fontsize=8)
    axes.set(xlabel="starts", xlim=(0, 1.25 * kinds.max()))
    axes.invert_yaxis()
    note(figure, run.note, twin=run.twin)
    return figure, pd.DataFrame({"entropy": kinds.index, "starts": kinds.to_numpy()})


def draw(
    data: Dataset, n_clusters: int, runs: pd.DataFrame, steps: pd.DataFrame, centroids: pd.DataFrame
) -> Iterator[tuple[str, Drawn]]:
    """Draw every figure of paper 1: its name and what the function above returned.

    Parameters
    ----------
    data : Dataset
    n_clusters : int
        K of the runs.
    runs, steps, centroids : frames
        Tables `runs`, `trace` and `centroids` of the paper's runs.
    """
    found = shown(runs, data)
    assert found is not None, "the configuration asks for a soft method"
    temperature, ratio = found.run[["temperature", "temperature_ratio"]]

    def run(initialisation: str, repeat: int, methods: tuple[str, str], start: str) -> Run:
        def of(table: pd.DataFrame, method: str) -> pd.DataFrame:
            here = (table["initialisation"] == initialisation) & (table["repeat"] == repeat)
            return table[here & (table["method"] == method)]

        places = tables.sets(of(centroids, methods[0]))
        return Run(
            points=_plane(data.points),
            first=_plane(places[0]),
            last=_plane(places[-1]),
            smooth=of(steps, methods[0]),
            hard=of(steps, methods[1]),
            truth=found.truth,
            note=f"data: {data.caption}; T = {temperature:.4g} = {ratio:.3g} $T_c$\n{start}",
            twin=data.origin.source == "twin",
        )

    smooth, chosen = found.run["method"], int(found.run["repeat"])
    available = set(runs["method"])
    hard, memberships = (name if name in available else smooth for name in ("entropy", "maxent"))
    ours = (
        f"start: random points, repeat {chosen} of {len(found.random)}, seed {found.run['seed']};\n"
        "it is ours, the paper's is not published"
    )
    first = run("random-points", chosen, (smooth, hard), ours)
    starts = steps[(steps["method"] == smooth) & (steps["initialisation"] == "random-points")]
    yield "fig1", initial_centroids(first)
    yield "fig2", objectives(first, (smooth, hard))
    yield "fig2-starts", iteration_counts(found.random, first)
    yield "fig3", obtained_centroids(first)
    yield "fig4", entropy(first)
    yield "fig4-starts", entropy_kinds(starts, first)
    blocks = f"start: {n_clusters} blocks of consecutive rows, updated by {memberships}"
    second = run("sequential", 0, (memberships, memberships), blocks)
    yield "fig5", initial_memberships(second, sequential_labels(len(data.points), n_clusters))
    yield "fig6", objectives(second, (memberships, memberships))
    yield "fig7", obtained_centroids(second)
    yield "fig8", entropy(second)


def _plane(places: Floats) -> Floats:
    """Return the first two coordinates, the second 0 where there is none."""
    return np.pad(places, ((0, 0), (0, 1)))[:, :2]


def _scatter_points(axes: Axes, points: Floats) -> None:
    axes.scatter(points[:, 0], points[:, 1], s=3, lw=0, color=BLUE, alpha=0.6, label="data")


def _scatter(axes: Axes, places: Floats, colour: str, label: str, size: float) -> None:
    axes.scatter(
        places[:, 0], places[:, 1], s=size, color=colour, edgecolors="k", lw=0.4, label=label, zorder=3
    )


def _finish_map(figure: Figure, axes: Axes, run: Run, *, named: bool = True) -> None:
    axes.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    if named:
        legend(figure, columns=3, markerscale=1.5, handletextpad=0.2, columnspacing=1)
    note(figure, run.note, twin=run.twin)


def _finish_trace(figure: Figure, axes: Axes, run: Run, ylabel: str) -> None:
    axes.set(xlabel="number of iterations", ylabel=ylabel)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    note(figure, run.note, twin=run.twin)


def _places(places: dict[str, Floats]) -> pd.DataFrame:
    """Long form of named sets of places in the plane."""
    return pd.concat(
        [
            pd.DataFrame({"what": np.repeat(name, len(p)), "x1": p[:, 0], "x2": p[:, 1]})
            for name, p in places.items()
        ],
        ignore_index=True,
    )
