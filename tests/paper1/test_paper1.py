"""Paper 1's experiments: on the real S1 where it is to be had, else on its twin."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import reference
from matplotlib.colors import same_color

from softkmeans import tables
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids, sequential_labels
from softkmeans.clustering.methods import METHODS
from softkmeans.paper1.figures import draw
from softkmeans.paper1.study import INITIALISATIONS as STARTS
from softkmeans.paper1.study import (
    PAPER_ITERATIONS,
    SOFT,
    at_truth,
    choose_repeat,
    differences,
    monotonicity,
)
from softkmeans.report.style import BLUE, ORANGE, RED, YELLOW, applied, save
from softkmeans.runs.batch import run_batch
from softkmeans.runs.evaluation import evaluate

TEMPERATURE = 1e9
FIGURES = ["fig1", "fig2", "fig2-starts", "fig3", "fig4", "fig4-starts", "fig5", "fig6", "fig7", "fig8"]


@pytest.fixture(scope="module")
def experiment(benchmark_set):
    data = benchmark_set("s1")
    batches = [
        run_batch(
            data.points,
            dataset="s1",
            n_clusters=15,
            method=METHODS[method],
            initialisations=[INITIALISATIONS[name] for name in STARTS],
            temperatures=[TEMPERATURE],
            repeats=range(30),
            base_seed=2020,
            tolerance=1e-4,
            max_iterations=300,
            every_iteration=True,
        )
        for method in ("kmeans", *SOFT)
    ]
    centroids = tables.concatenate(b.centroids for b in batches)
    runs = evaluate(tables.concatenate(b.runs for b in batches), centroids, data)
    trace = tables.concatenate(b.trace for b in batches)
    return SimpleNamespace(data=data, runs=runs, trace=trace, centroids=centroids)


@pytest.fixture(scope="module")
def drawn(experiment):
    with applied():
        return dict(draw(experiment.data, 15, experiment.runs, experiment.trace, experiment.centroids))


def test_the_papers_numbers_of_iterations(experiment):
    runs = tables.frame(experiment.runs)
    sequential = runs[(runs["initialisation"] == "sequential") & (runs["temperature"] > 0)]
    random = runs[(runs["initialisation"] == "random-points") & (runs["method"] == "lse")]
    truth = at_truth(experiment.data.points, experiment.data.true_centroids, TEMPERATURE)
    chosen = random[random["repeat"] == choose_repeat(random, truth)]
    assert chosen["n_iterations"].item() == PAPER_ITERATIONS["random-points"] == 14
    assert chosen["centroid_index"].item() > 0
    assert chosen["objective"].item() > truth.objective
    assert len(sequential) == 3
    if experiment.data.origin.source == "real":
        assert (sequential["n_iterations"] == PAPER_ITERATIONS["sequential"]).all()
        assert (sequential["centroid_index"] == 0).all()
        assert (sequential["ari"] > 0.98).all()


def test_smooth_objective_never_rises_and_entropy_is_not_monotone(experiment):
    trace = tables.frame(experiment.trace)
    trace = trace[trace["temperature"] > 0]
    for _, run in trace.groupby(["method", "initialisation", "repeat"], observed=True):
        assert (np.diff(run["smooth_objective"]) <= 0).all()
    for start in STARTS:
        steps = trace[(trace["method"] == "maxent") & (trace["initialisation"] == start)]
        assert (monotonicity(steps) == "rises and falls").any()


def test_the_three_methods_are_equal_at_every_iteration(experiment):
    scale = float(np.ptp(experiment.data.points, axis=0).max())
    found = differences(experiment.centroids, scale)
    assert set(found["pair"]) == {"lse – entropy", "lse – maxent", "entropy – maxent"}
    assert set(found["initialisation"]) == set(STARTS)
    assert found["largest"].max() < 1e-9
    assert (found["one_only"] == 0).all()
    assert found.loc[found["iteration"] == 0, "starts"].sum() == 3 * 31


def test_differences_see_a_method_that_is_wrong(experiment):
    """Plant lse centroids of another temperature under the name of entropy."""
    wrong = run_batch(
        experiment.data.points,
        dataset="s1",
        n_clusters=15,
        method=METHODS["lse"],
        initialisations=[INITIALISATIONS["sequential"]],
        temperatures=[1.01 * TEMPERATURE],
        repeats=range(1),
        base_seed=2020,
        tolerance=1e-4,
        max_iterations=300,
        every_iteration=True,
    ).centroids
    columns = {name: wrong[name] for name in wrong.schema.names} | {"method": "entropy"}
    columns["temperature"] = np.full(len(wrong), TEMPERATURE)
    planted = tables.make("centroids", len(wrong), columns)
    right = tables.frame(experiment.centroids)
    keep = (right["method"] == "lse") & (right["initialisation"] == "sequential")
    both = tables.concatenate([experiment.centroids.filter(keep.to_numpy()), planted])
    assert differences(both, 1e6)["largest"].max() > 1e-6


def test_runs_table_agrees_with_the_plain_formulas(experiment):
    data, runs = experiment.data, tables.frame(experiment.runs)
    keys, places = tables.unstack(experiment.centroids)
    last = ~keys.duplicated([name for name, _ in tables.KEY], keep="last")
    final = places[last]
    assert len(final) == len(runs)
    for row, centroids in list(zip(runs.itertuples(), final, strict=True))[::17]:
        assert row.objective == pytest.approx(reference.objective(data.points, centroids), rel=1e-10)
        start = initial_centroids(data.points, 15, INITIALISATIONS[row.initialisation], row.seed)
        first = places[
            (keys["method"] == row.method)
            & (keys["initialisation"] == row.initialisation)
            & (keys["repeat"] == row.repeat)
            & (keys["iteration"] == 0)
        ]
        np.testing.assert_allclose(first[0], start, rtol=1e-12)


def test_the_chosen_repeat_is_the_one_most_like_the_papers():
    runs = pd.DataFrame(
        {
            "repeat": [0, 1, 2, 3, 4],
            "n_iterations": [14, 13, 14, 14, 12],
            "objective": [1.0, 9.0, 9.0, 9.0, 9.0],
            "centroid_index": [0, 1, 1, 1, 1],
        }
    )
    truth = SimpleNamespace(objective=2.0)
    assert choose_repeat(runs, truth) == 2
    assert choose_repeat(runs[runs["n_iterations"] < 14], truth) == 1
    assert choose_repeat(runs.head(1), truth) == 0
    assert choose_repeat(runs, None) == 0


def test_monotonicity_tells_the_three_kinds_apart():
    trace = pd.DataFrame({"repeat": [0, 0, 0, 1, 1, 2, 2, 2], "entropy": [1, 2, 2, 3, 1, 1, 2, 1.5]})
    assert monotonicity(trace).tolist() == ["never falls", "never rises", "rises and falls"]


def test_every_figure_is_drawn_and_says_what_its_data_are(drawn, experiment):
    assert list(drawn) == FIGURES
    for name, (figure, plotted) in drawn.items():
        note = figure.get_supxlabel()
        assert experiment.data.caption in note
        assert ("ours" in note) == (name in {"fig1", "fig2", "fig2-starts", "fig3", "fig4", "fig4-starts"})
        assert len(plotted)
        is_red = same_color(figure._supxlabel.get_color(), RED)
        assert is_red == (experiment.data.origin.source == "twin")


@pytest.mark.parametrize("name", ["fig2", "fig6"])
def test_objectives_have_the_lines_of_the_caption(drawn, experiment, name):
    figure, plotted = drawn[name]
    smooth, hard, true_smooth, true_hard = figure.axes[0].get_lines()
    assert (same_color(smooth.get_color(), BLUE), smooth.get_linestyle(), smooth.get_marker()) == (
        True,
        "-",
        "o",
    )
    assert (same_color(hard.get_color(), ORANGE), hard.get_linestyle(), hard.get_marker()) == (
        True,
        "--",
        "o",
    )
    assert (same_color(true_smooth.get_color(), BLUE), true_smooth.get_linestyle()) == (True, "-")
    assert (same_color(true_hard.get_color(), YELLOW), true_hard.get_linestyle()) == (True, "--")
    assert {true_smooth.get_marker(), true_hard.get_marker()} == {"None"}
    points, centroids = experiment.data.points, experiment.data.true_centroids
    assert true_hard.get_ydata()[0] == pytest.approx(reference.objective(points, centroids))
    assert true_smooth.get_ydata()[0] == pytest.approx(
        reference.smooth_objective(points, centroids, TEMPERATURE)
    )
    assert plotted["objective"].tolist() == hard.get_ydata().tolist()


def test_fig5_has_a_colour_and_a_marker_for_each_cluster(drawn, experiment):
    figure, plotted = drawn["fig5"]
    collections = figure.axes[0].collections
    assert len(collections) == 15
    assert len({tuple(c.get_facecolor()[0]) for c in collections}) == 15
    assert len({c.get_paths()[0].vertices.tobytes() for c in collections}) == 15
    assert (plotted["cluster"] - 1).tolist() == sequential_labels(len(experiment.data.points), 15).tolist()


def test_starts_beside_the_figures_are_all_counted(drawn):
    assert drawn["fig2-starts"][1]["starts"].sum() == 30
    assert drawn["fig4-starts"][1]["starts"].sum() == 30


def test_the_same_figures_are_the_same_bytes(experiment, tmp_path):
    for folder in ("a", "b"):
        with applied():
            for name, (figure, plotted) in draw(
                experiment.data, 15, experiment.runs, experiment.trace, experiment.centroids
            ):
                save(figure, plotted, tmp_path / folder / name)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == sorted(f"{name}.{suffix}" for name in FIGURES for suffix in ("pdf", "png", "csv"))
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
