"""Paper 1's figures: what is drawn is the CSV's columns, and these are the tables'."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color

from softkmeans import tables
from softkmeans.clustering.initialisations import sequential_labels
from softkmeans.clustering.temperatures import Temperature
from softkmeans.paper1.figures import draw
from softkmeans.paper1.study import INITIALISATIONS, SOFT, at_truth, monotonicity, shown
from softkmeans.report.style import BLUE, GREY, ORANGE, RED, YELLOW, applied, save_all
from softkmeans.runs.batch import run_batch

TEMPERATURE = 1e9
FIGURES = ["fig1", "fig2", "fig2-starts", "fig3", "fig4", "fig4-starts", "fig5", "fig6", "fig7", "fig8"]
REPEATS = 50
METHODS = ("kmeans", *SOFT)


@pytest.fixture(scope="module")
def experiment(benchmark_set):
    """Runs whose traces and centroids are scaled by a factor a method: a curve tells which one it is of."""
    data = benchmark_set("s1")
    made = [
        run_batch(
            data,
            method=method,
            n_clusters=15,
            initialisations=INITIALISATIONS,
            temperatures=[Temperature(TEMPERATURE)],
            repeats=range(REPEATS),
            seed=2020,
            tolerance=1e-4,
            max_iterations=300,
            every_iteration=True,
        )
        for method in METHODS
    ]
    frames = {name: tables.frame(tables.concatenate(batch[name] for batch in made)) for name in made[0]}
    factors = {method: 1 + 0.001 * k for k, method in enumerate(METHODS)}
    trace, centroids = frames["trace"], frames["centroids"]
    factor = trace["method"].astype(str).map(factors)
    for column in ("objective", "smooth_objective", "entropy"):
        trace[column] *= factor
    by_method = centroids["method"].astype(str).map(factors)
    centroids["coordinates"] = [f * row for f, row in zip(by_method, centroids["coordinates"], strict=True)]
    return SimpleNamespace(data=data, **frames)


def draw_all(experiment):
    with applied():
        return dict(draw(experiment.data, 15, experiment.runs, experiment.trace, experiment.centroids))


@pytest.fixture(scope="module")
def drawn(experiment):
    return draw_all(experiment)


@pytest.fixture(scope="module")
def repeat(experiment):
    return int(shown(experiment.runs, experiment.trace, experiment.data).run["repeat"])


@pytest.fixture(scope="module")
def truth(experiment):
    return at_truth(experiment.data, TEMPERATURE)


def rows(table, method, initialisation, repeat):
    here = (table["method"] == method) & (table["initialisation"] == initialisation)
    return table[here & (table["repeat"] == repeat)]


def x_y(line):
    return np.column_stack([line.get_xdata(), line.get_ydata()])


def places(plotted, what):
    return plotted.loc[plotted["what"] == what, ["x1", "x2"]].to_numpy()


def labelled(axes, label):
    (found,) = (each for each in axes.collections if each.get_label() == label)
    return found


def test_every_figure_is_drawn_at_page_width_and_says_what_its_data_and_start_are(drawn, experiment, repeat):
    assert list(drawn) == FIGURES
    for name, (figure, plotted) in drawn.items():
        note = figure.get_supxlabel()
        assert figure.get_figwidth() == 7
        assert experiment.data.caption in note
        assert "T = 1e+09 = 0.008" in note
        assert len(plotted)
        if name in {"fig1", "fig2", "fig3", "fig4"}:
            assert f"repeat {repeat} (the first is 0) of {REPEATS}" in note
            assert "it is ours, the paper's is not published" in note
            assert "hold with any tolerance from" in note
        elif name.endswith("starts"):
            assert f"starts: {REPEATS} sets of random points; they are ours" in note
        else:
            assert "start: 15 blocks of consecutive rows, updated by maxent" in note
        is_red = same_color(figure._supxlabel.get_color(), RED)
        assert is_red == (experiment.data.origin.source == "twin")


def test_no_text_is_smaller_than_6_points(drawn):
    for figure, _ in drawn.values():
        for text in figure.findobj(lambda artist: hasattr(artist, "get_fontsize")):
            assert text.get_fontsize() >= 6


def test_fig1_has_the_data_and_the_initial_centroids(drawn, experiment, repeat):
    figure, plotted = drawn["fig1"]
    (axes,) = figure.axes
    first = tables.sets(rows(experiment.centroids, "lse", "random-points", repeat))[0]
    for label, what, expected, colour in (
        ("data", "point", experiment.data.points, BLUE),
        ("initial centroids", "initial centroid", first, RED),
    ):
        found = labelled(axes, label)
        np.testing.assert_array_equal(found.get_offsets(), expected)
        np.testing.assert_array_equal(places(plotted, what), expected)
        assert same_color(found.get_facecolor()[0][:3], colour)
    assert len(plotted) == 5015


@pytest.mark.parametrize(
    ("name", "start", "of_smooth", "of_hard"),
    [("fig2", "random-points", "lse", "entropy"), ("fig6", "sequential", "maxent", "maxent")],
)
def test_objectives_are_the_traces_with_the_lines_of_the_caption(
    drawn, experiment, repeat, truth, name, start, of_smooth, of_hard
):
    figure, plotted = drawn[name]
    axes = figure.axes[0]
    smooth, hard = (
        rows(experiment.trace, method, start, repeat if name == "fig2" else 0)
        for method in (of_smooth, of_hard)
    )
    iterations = smooth["iteration"].tolist()
    assert plotted["iteration"].tolist() == iterations
    expected = {
        "smooth_objective": (smooth["smooth_objective"], BLUE, "-", "o", f"Eq. 6 ({of_smooth})"),
        "objective": (hard["objective"], ORANGE, "--", "o", f"Eq. 1 ({of_hard})"),
        "truth_smooth_objective": (2 * [truth.smooth_objective], BLUE, "-", "None", "at the ground truth"),
        "truth_objective": (2 * [truth.objective], YELLOW, "--", "None", "at the ground truth"),
    }
    for line, (column, given) in zip(axes.get_lines(), expected.items(), strict=True):
        values, colour, style, marker, label = given
        assert list(line.get_ydata()) == list(values), column
        assert plotted[column].tolist()[: len(values)] == list(values), column
        assert same_color(line.get_color(), colour)
        assert (line.get_linestyle(), line.get_marker()) == (style, marker)
        assert label in line.get_label()
        if marker == "o":
            assert list(line.get_xdata()) == iterations
    assert plotted["truth_objective"].nunique() == plotted["truth_smooth_objective"].nunique() == 1


@pytest.mark.parametrize(("name", "insets"), [("fig2", 1), ("fig6", 2)])
def test_insets_show_what_coincides(drawn, name, insets):
    figure, plotted = drawn[name]
    children = figure.axes[0].child_axes
    assert len(children) == insets
    gap = 100 * (1 - plotted["smooth_objective"] / plotted["objective"])
    np.testing.assert_allclose(plotted["gap"], gap, atol=1e-9)
    (line,) = children[0].get_lines()
    np.testing.assert_array_equal(x_y(line), plotted[["iteration", "gap"]])
    assert "% of" in children[0].get_title()
    if insets == 2:
        end = children[1]
        last = plotted["iteration"].iloc[-1]
        *lines, at_truth = end.get_lines()
        for line, name in zip(lines, ("smooth_objective", "objective"), strict=True):
            excess = 100 * (plotted[name] / plotted[f"truth_{name}"] - 1)
            np.testing.assert_allclose(plotted[f"{name}_excess"], excess, atol=1e-9)
            np.testing.assert_array_equal(x_y(line), plotted[["iteration", f"{name}_excess"]])
            assert end.get_ylim()[0] < excess.iloc[-1] < end.get_ylim()[1]
        assert list(at_truth.get_ydata()) == [0, 0]
        assert end.get_xlim()[0] < last - 1 < last < end.get_xlim()[1]
    else:
        assert "objective_excess" not in plotted


@pytest.mark.parametrize(
    ("name", "method", "start"), [("fig3", "lse", "random-points"), ("fig7", "maxent", "sequential")]
)
def test_obtained_centroids_are_the_last_within_larger_rings_of_the_truth(
    drawn, experiment, repeat, name, method, start
):
    figure, plotted = drawn[name]
    axes = figure.axes[0]
    steps = rows(experiment.centroids, method, start, repeat if name == "fig3" else 0)
    last = tables.sets(steps)[-1]
    true = experiment.data.true_centroids
    dots, rings = labelled(axes, "obtained centroids"), labelled(axes, "ground truth")
    for found, what, expected in ((dots, "obtained centroid", last), (rings, "ground truth", true)):
        np.testing.assert_array_equal(found.get_offsets(), expected)
        np.testing.assert_array_equal(places(plotted, what), expected)
    np.testing.assert_array_equal(places(plotted, "point"), experiment.data.points)
    np.testing.assert_array_equal(labelled(axes, "data").get_offsets(), experiment.data.points)
    assert same_color(dots.get_facecolor()[0], RED)
    assert not len(rings.get_facecolor())
    assert same_color(rings.get_edgecolor()[0], YELLOW)
    assert rings.get_sizes()[0] > 3 * dots.get_sizes()[0]
    assert f"after {steps['iteration'].max()} iterations" in axes.get_title()


@pytest.mark.parametrize(
    ("name", "method", "start"), [("fig4", "lse", "random-points"), ("fig8", "maxent", "sequential")]
)
def test_entropy_is_the_traces(drawn, experiment, repeat, name, method, start):
    figure, plotted = drawn[name]
    axes = figure.axes[0]
    trace = rows(experiment.trace, method, start, repeat if name == "fig4" else 0)
    line, *marks = axes.get_lines()
    np.testing.assert_array_equal(x_y(line), trace[["iteration", "entropy"]])
    np.testing.assert_array_equal(plotted[["iteration", "entropy"]], trace[["iteration", "entropy"]])
    assert axes.get_ylim()[0] == 0
    if name == "fig8":
        (mark,) = marks
        assert plotted["initial_entropy"].dropna().to_dict() == {plotted.index[0]: 0.0}
        np.testing.assert_array_equal(x_y(mark), plotted[["iteration", "initial_entropy"]])
        assert mark.get_markerfacecolor() == "none"
        assert "hard memberships" in axes.get_legend().get_texts()[1].get_text()
    else:
        assert not marks
        assert list(plotted) == ["iteration", "entropy"]


def test_fig5_has_a_colour_a_marker_and_a_number_for_each_block(drawn, experiment):
    figure, plotted = drawn["fig5"]
    axes = figure.axes[0]
    labels, points = sequential_labels(5000, 15), experiment.data.points
    assert len(axes.collections) == 15
    assert len({tuple(c.get_facecolor()[0]) for c in axes.collections}) == 15
    assert len({c.get_paths()[0].vertices.tobytes() for c in axes.collections}) == 15
    assert (plotted["cluster"] - 1).tolist() == labels.tolist()
    np.testing.assert_array_equal(plotted[["x1", "x2"]], points)
    for k, (block, text) in enumerate(zip(axes.collections, axes.texts, strict=True)):
        members = points[labels == k]
        np.testing.assert_array_equal(block.get_offsets(), members)
        assert block.get_label() == text.get_text() == str(k + 1)
        assert text.get_position() == pytest.approx(np.median(members, axis=0))


def test_iterations_of_all_random_starts_are_counted(drawn, experiment):
    figure, plotted = drawn["fig2-starts"]
    axes = figure.axes[0]
    runs = experiment.runs
    needed = runs[(runs["method"] == "lse") & (runs["initialisation"] == "random-points")]["n_iterations"]
    numbers = sorted(set(needed))
    assert plotted["n_iterations"].tolist() == numbers
    assert plotted["starts"].tolist() == [int((needed == n).sum()) for n in numbers]
    bars = axes.containers[0].patches
    assert [bar.get_x() + bar.get_width() / 2 for bar in bars] == pytest.approx(numbers)
    assert [bar.get_height() for bar in bars] == plotted["starts"].tolist()
    assert [same_color(bar.get_facecolor(), RED) for bar in bars] == [n == 14 for n in numbers]
    assert [bool(bar.get_hatch()) for bar in bars] == [n == 14 for n in numbers]
    (text,) = axes.texts
    as_many, at_least = (100 * share.mean() for share in (needed == 14, needed >= 14))
    assert f"{as_many:.1f} % of the starts need as many, {at_least:.1f} % at least as many" in text.get_text()
    low, high = np.quantile(needed, [0.025, 0.975], method="nearest")
    assert text.get_text().endswith(f"need {low} to {high}, the median {np.median(needed):g}")
    assert plotted["central"].tolist() == [low <= n <= high for n in numbers]
    (band,) = set(axes.patches) - set(bars)
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((low - 0.5, high + 0.5))


def test_kinds_of_entropy_of_all_random_starts_are_counted(drawn, experiment):
    figure, plotted = drawn["fig4-starts"]
    axes = figure.axes[0]
    trace = experiment.trace
    kinds = monotonicity(trace[(trace["method"] == "lse") & (trace["initialisation"] == "random-points")])
    names = ["never falls", "never rises", "rises and falls"]
    assert plotted["entropy"].tolist() == names
    assert plotted["starts"].tolist() == [int((kinds == name).sum()) for name in names]
    bars = axes.containers[0].patches
    assert [bar.get_width() for bar in bars] == plotted["starts"].tolist()
    assert [text.get_text().strip() for text in axes.texts] == [
        f"{n} ({100 * n / REPEATS:.1f} %)" for n in plotted["starts"]
    ]
    assert same_color(bars[0].get_facecolor(), GREY)
    assert [label.get_text() for label in axes.get_yticklabels()] == names


def test_without_ground_truth_nothing_is_drawn_of_it(experiment):
    columns = ["centroid_index", "ari", "nmi", "centroid_error"]
    blind = SimpleNamespace(
        data=replace(experiment.data, labels=None),
        runs=experiment.runs.assign(**dict.fromkeys(columns, pd.NA)),
        trace=experiment.trace,
        centroids=experiment.centroids,
    )
    found = draw_all(blind)
    assert len(found["fig6"][0].axes[0].get_lines()) == 2
    assert len(found["fig6"][0].axes[0].child_axes) == 1
    assert set(found["fig3"][1]["what"]) == {"point", "obtained centroid"}


def test_the_same_figures_are_the_same_bytes(experiment, tmp_path):
    some = ("fig2", "fig3")
    for folder in ("a", "b"):
        drawn = draw_all(experiment)
        with applied():
            save_all([(name, drawn[name]) for name in some], tmp_path / folder)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == sorted(f"{name}.{suffix}" for name in some for suffix in ("pdf", "png", "csv"))
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
