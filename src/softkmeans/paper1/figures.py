"""Figures 1 to 8 of Inoue & Hara (2020), and two more beside them.

Each function returns a figure and the values that it plots; `draw` makes all of them from the tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
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
    WIDTH,
    YELLOW,
    Drawn,
    in_plane,
    legend,
    new_axes,
    note,
)

#: Size of a figure that shows the plane, in inches.
MAP = {"width": WIDTH, "height": 5.5}

#: An inset shows the end of a run whose J ends within this relative distance of the ground truth's.
NEAR = 0.05

#: Quantiles between which the central 95 % of the starts lie.
CENTRAL = (0.025, 0.975)


@dataclass(frozen=True)
class Run:
    """The run that a group of figures shows.

    Attributes
    ----------
    points : array (n, d)
    first, last : array (K, d)
        Centroids at iteration 0 and at the end.
    smooth, hard : frame
        Traces of the run by the method that gives J̃, and by the method that gives J.
    truth : Truth or None
    data, start : str
        Lines of the note: the data and the temperature, and the start.
    twin : bool
        Whether the data are a synthetic stand-in.
    """

    points: Floats
    first: Floats
    last: Floats
    smooth: pd.DataFrame
    hard: pd.DataFrame
    truth: Truth | None
    data: str
    start: str
    twin: bool


def initial_centroids(run: Run) -> Drawn:
    """Fig. 1: the data in blue, the initial centroids in red."""
    figure, axes = new_axes("Data and initial centroids", **MAP)
    _scatter_points(axes, run.points)
    _scatter(axes, run.first, "initial centroids")
    _finish_map(figure, axes, run)
    return figure, _places({"point": run.points, "initial centroid": run.first})


def objectives(run: Run, methods: tuple[str, str]) -> Drawn:
    """Figs. 2 and 6: J̃ (solid blue) and J (dashed orange) with points, those of the ground truth without.

    The insets show what the lines hide: J − J̃, and an end close to the ground truth's lines.
    """
    figure, axes = new_axes("Objective function values", width=WIDTH, height=4.6)
    smooth, hard = run.smooth[["iteration", "smooth_objective"]], run.hard[["iteration", "objective"]]
    plotted = smooth.merge(hard, on="iteration", how="outer")
    label = f"$\\tilde{{J}}$, Eq. 6 ({methods[0]})"
    axes.plot(*smooth.to_numpy().T, "o-", color=BLUE, lw=2.6, ms=6.5, label=label)
    axes.plot(*hard.to_numpy().T, "o--", color=ORANGE, ms=3.5, label=f"$J$, Eq. 1 ({methods[1]})")
    plotted["gap"] = 100 * (plotted["objective"] - plotted["smooth_objective"]) / plotted["objective"]
    inset = _inset(axes, 0.36, "$J - \\tilde{J}$, % of $J$")
    inset.plot(plotted["iteration"], plotted["gap"], "o-", color="k", ms=2.5, lw=1)
    inset.set_ylim(bottom=0)
    if run.truth is not None:
        axes.axhline(run.truth.smooth_objective, color=BLUE, lw=2, label="$\\tilde{J}$ at the ground truth")
        axes.axhline(run.truth.objective, color=YELLOW, lw=1.2, ls="--", label="$J$ at the ground truth")
        plotted = plotted.assign(
            truth_smooth_objective=run.truth.smooth_objective, truth_objective=run.truth.objective
        )
        excess = {
            f"{name}_excess": 100 * (plotted[name] / plotted[f"truth_{name}"] - 1)
            for name in ("smooth_objective", "objective")
        }
        if abs(excess["objective_excess"].iloc[-1]) < 100 * NEAR:
            plotted = plotted.assign(**excess)
            _draw_end(_inset(axes, 0.71, "the end, % over the ground truth's"), plotted)
    if axes.get_ylim()[0] > 0:
        axes.set_ylim(bottom=0)
    _finish_trace(figure, axes, run, "objective function value")
    legend(figure)
    return figure, plotted


def _inset(axes: Axes, left: float, title: str) -> Axes:
    """Make small axes within others, `left` of their width from the left, above where the curves end."""
    inset = axes.inset_axes((left, 0.5, 0.27, 0.4))
    inset.set_title(title, fontsize=7.5)
    inset.tick_params(labelsize=6.5)
    inset.xaxis.set_major_locator(MaxNLocator(integer=True))
    return inset


def _draw_end(inset: Axes, plotted: pd.DataFrame) -> None:
    """Draw the last iterations, and the ground truth's line at 0."""
    columns = ("smooth_objective_excess", "objective_excess")
    for column, style, colour, width in zip(columns, ("o-", "o--"), (BLUE, ORANGE), (2, 1.2), strict=True):
        inset.plot(plotted["iteration"], plotted[column], style, color=colour, lw=width, ms=3.5)
    inset.axhline(0, color="k", lw=0.8)
    last, ends = plotted["iteration"].iloc[-1], [plotted[column].iloc[-1] for column in columns]
    reach = 1.6 * max(map(abs, ends)) or 1
    inset.set(xlim=(last - 2.2, last + 0.2), ylim=(-reach, reach))


def obtained_centroids(run: Run) -> Drawn:
    """Figs. 3 and 7: the ground truth as yellow rings, the obtained centroids in red."""
    n_iterations = int(run.smooth["iteration"].iloc[-1])
    figure, axes = new_axes(f"Ground truth and centroids after {n_iterations} iterations", **MAP)
    _scatter_points(axes, run.points)
    places = {"point": run.points, "obtained centroid": run.last}
    if run.truth is not None:
        places["ground truth"] = in_plane(run.truth.centroids)
        _scatter_rings(axes, places["ground truth"], "ground truth")
    _scatter(axes, run.last, "obtained centroids")
    _finish_map(figure, axes, run)
    return figure, _places(places)


def entropy(run: Run, *, memberships: bool = False) -> Drawn:
    """Figs. 4 and 8: total entropy against the number of iterations.

    Where the run starts from hard memberships, an open mark shows their entropy, which is 0.
    """
    figure, axes = new_axes("Total entropy", width=WIDTH)
    plotted = run.smooth[["iteration", "entropy"]]
    axes.plot(plotted["iteration"], plotted["entropy"], "o-", color=BLUE, label="by Eq. 19 at the centroids")
    if memberships:
        plotted = plotted.assign(initial_entropy=np.where(plotted["iteration"] == 0, 0.0, np.nan))
        axes.plot(
            plotted["iteration"],
            plotted["initial_entropy"],
            "o",
            color=ORANGE,
            mfc="none",
            ms=9,
            clip_on=False,
            label="of the hard memberships that the run starts from: 0",
        )
        axes.legend()
    axes.set_ylim(bottom=0)
    _finish_trace(figure, axes, run, "total entropy, Eq. 20 (nats)")
    return figure, plotted


def initial_memberships(run: Run, labels: Integers) -> Drawn:
    """Fig. 5: the initial assignment, with a colour, a marker and a number for each cluster."""
    figure, axes = new_axes("Classification by initial memberships", **MAP)
    for k in range(int(labels.max()) + 1):
        style = {
            "color": CLUSTER_COLOURS[k % len(CLUSTER_COLOURS)],
            "marker": CLUSTER_MARKERS[k % len(CLUSTER_MARKERS)],
        }
        members = run.points[labels == k]
        axes.scatter(members[:, 0], members[:, 1], s=9, lw=0, alpha=0.8, label=str(k + 1), **style)
        halo = [withStroke(linewidth=3, foreground="white")]
        x, y = np.median(members, axis=0)
        axes.text(x, y, str(k + 1), weight="bold", ha="center", va="center", path_effects=halo)
    _finish_map(figure, axes, run, named=False)
    figure.legend(loc="outside right center", title="cluster", markerscale=1.8, fontsize=7)
    return figure, _places({"point": run.points}).assign(cluster=labels + 1)


def iteration_counts(runs: pd.DataFrame, run: Run) -> Drawn:
    """Beside Fig. 2: how many iterations the random starts need, and where the paper's run is among them."""
    paper = PAPER_ITERATIONS["random-points"]
    needed = runs["n_iterations"]
    counts = needed.value_counts().sort_index()
    at, at_least = (needed == paper).mean(), (needed >= paper).mean()
    low, high = needed.quantile(CENTRAL, interpolation="nearest")
    figure, axes = new_axes(f"Iterations from {len(runs)} random starts", width=WIDTH)
    axes.axvspan(low - 0.5, high + 0.5, color=GREY, alpha=0.15, lw=0)
    colours, hatches = zip(*((RED, "////") if n == paper else (BLUE, "") for n in counts.index), strict=True)
    axes.bar(counts.index, counts, color=colours, hatch=hatches, ec="w", lw=0, width=0.85)
    axes.annotate(
        f"the paper's run: {paper} iterations\n"
        f"{100 * at:.1f} % of the starts need as many, {100 * at_least:.1f} % at least as many;\n"
        f"the central 95 % (grey) need {low:g} to {high:g}, the median {needed.median():g}",
        xy=(paper, counts.get(paper, 0)),
        xytext=(0.99, 0.75),
        textcoords="axes fraction",
        ha="right",
        arrowprops={"arrowstyle": "->", "color": RED},
        color=RED,
        fontsize=8,
    )
    axes.set(xlabel="number of iterations", ylabel="starts")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _note_starts(figure, run, len(runs))
    central = (counts.index >= low) & (counts.index <= high)
    return figure, pd.DataFrame(
        {"n_iterations": counts.index, "starts": counts.to_numpy(), "central": central}
    )


def entropy_kinds(trace: pd.DataFrame, run: Run) -> Drawn:
    """Beside Fig. 4: from how many of the random starts total entropy is monotone."""
    kinds = monotonicity(trace).value_counts()
    kinds = kinds.reindex(["never falls", "never rises", "rises and falls"], fill_value=0)
    title = f"Total entropy over the iterations, {kinds.sum()} random starts"
    figure, axes = new_axes(title, width=WIDTH, height=2.4)
    bars = axes.barh(kinds.index, kinds, color=[GREY, GREY, BLUE])
    axes.bar_label(bars, [f" {n} ({100 * n / kinds.sum():.1f} %)" for n in kinds], fontsize=8)
    axes.set(xlabel="starts", xlim=(0, 1.25 * kinds.max()))
    axes.invert_yaxis()
    _note_starts(figure, run, kinds.sum())
    return figure, pd.DataFrame({"entropy": kinds.index, "starts": kinds.to_numpy()})


def draw(
    data: Dataset, n_clusters: int, runs: pd.DataFrame, steps: pd.DataFrame, centroids: pd.DataFrame
) -> Iterator[tuple[str, Drawn]]:
    """Draw every figure of paper 1: yield its name, the figure and the values that it plots.

    Parameters
    ----------
    data : Dataset
    n_clusters : int
        K of the runs.
    runs, steps, centroids : frames
        Tables `runs`, `trace` and `centroids` of the paper's runs.
    """
    found = shown(runs, steps, data)
    assert found is not None, "the configuration asks for a soft method"
    temperature, ratio = found.run[["temperature", "temperature_ratio"]]

    def run(initialisation: str, repeat: int, methods: tuple[str, str], start: str) -> Run:
        def of(table: pd.DataFrame, method: str) -> pd.DataFrame:
            here = (table["initialisation"] == initialisation) & (table["repeat"] == repeat)
            return table[here & (table["method"] == method)]

        places = tables.sets(of(centroids, methods[0]))
        return Run(
            points=in_plane(data.points),
            first=in_plane(places[0]),
            last=in_plane(places[-1]),
            smooth=of(steps, methods[0]),
            hard=of(steps, methods[1]),
            truth=found.truth,
            data=f"data: {data.caption}; T = {temperature:.4g} = {ratio:.3g} $T_c$",
            start=f"start: {start}",
            twin=data.origin.source == "twin",
        )

    smooth, chosen = found.run["method"], int(found.run["repeat"])
    available = set(runs["method"])
    hard, memberships = (name if name in available else smooth for name in ("entropy", "maxent"))
    ours = (
        f"random points, repeat {chosen} (the first is 0) of {len(found.random)}, seed {found.run['seed']}; "
        f"it is ours, the paper's is not published;\n"
        f"its {found.run['n_iterations']} iterations hold with any tolerance from {found.tolerances}"
    )
    first = run("random-points", chosen, (smooth, hard), ours)
    starts = steps[(steps["method"] == smooth) & (steps["initialisation"] == "random-points")]
    yield "fig1", initial_centroids(first)
    yield "fig2", objectives(first, (smooth, hard))
    yield "fig2-starts", iteration_counts(found.random, first)
    yield "fig3", obtained_centroids(first)
    yield "fig4", entropy(first)
    yield "fig4-starts", entropy_kinds(starts, first)
    blocks = f"{n_clusters} blocks of consecutive rows, updated by {memberships}"
    second = run("sequential", 0, (memberships, memberships), blocks)
    yield "fig5", initial_memberships(second, sequential_labels(len(data.points), n_clusters))
    yield "fig6", objectives(second, (memberships, memberships))
    yield "fig7", obtained_centroids(second)
    yield "fig8", entropy(second, memberships=True)


def _scatter_points(axes: Axes, points: Floats) -> None:
    axes.scatter(points[:, 0], points[:, 1], s=3, lw=0, color=BLUE, alpha=0.6, label="data")


def _scatter(axes: Axes, places: Floats, label: str) -> None:
    """Draw centroids: red dots."""
    axes.scatter(places[:, 0], places[:, 1], s=26, color=RED, edgecolors="k", lw=0.4, label=label, zorder=4)


def _scatter_rings(axes: Axes, places: Floats, label: str) -> None:
    """Draw true centroids: yellow rings with a black rim, wide enough for a dot within."""
    x, y = places.T
    for colour, width, name in (("k", 3.2, None), (YELLOW, 1.8, label)):
        axes.scatter(x, y, s=130, facecolors="none", edgecolors=colour, lw=width, label=name, zorder=3)


def _finish_map(figure: Figure, axes: Axes, run: Run, *, named: bool = True) -> None:
    axes.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    if named:
        legend(figure, columns=1, loc="outside right center", markerscale=1.2)
    note(figure, run.data, run.start, twin=run.twin)


def _finish_trace(figure: Figure, axes: Axes, run: Run, ylabel: str) -> None:
    axes.set(xlabel="number of iterations", ylabel=ylabel)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    note(figure, run.data, run.start, twin=run.twin)


def _note_starts(figure: Figure, run: Run, n: int) -> None:
    note(figure, run.data, f"starts: {n} sets of random points; they are ours", twin=run.twin)


def _places(places: dict[str, Floats]) -> pd.DataFrame:
    """Put named sets of places (rows, 2) into one table with a row for each place."""
    return pd.concat(
        [
            pd.DataFrame({"what": np.repeat(name, len(p)), "x1": p[:, 0], "x2": p[:, 1]})
            for name, p in places.items()
        ],
        ignore_index=True,
    )
