"""Paper 1's experiments: on the real S1 where it is to be had, else on its twin."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import reference
from matplotlib.colors import same_color

from softkmeans import tables
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids, sequential_labels
from softkmeans.clustering.temperatures import Temperature
from softkmeans.paper1 import study
from softkmeans.paper1.figures import draw
from softkmeans.paper1.study import INITIALISATIONS as STARTS
from softkmeans.paper1.study import PAPER_ITERATIONS, SOFT, at_truth, differences, monotonicity, shown
from softkmeans.report.style import BLUE, ORANGE, RED, YELLOW, applied, save_all
from softkmeans.runs.batch import run_batch

TEMPERATURE = 1e9
FIGURES = ["fig1", "fig2", "fig2-starts", "fig3", "fig4", "fig4-starts", "fig5", "fig6", "fig7", "fig8"]


def run(data, method, temperature=TEMPERATURE):
    return run_batch(
        data,
        method=method,
        n_clusters=15,
        initialisations=STARTS,
        temperatures=[Temperature(temperature)],
        repeats=range(30),
        seed=2020,
        tolerance=1e-4,
        max_iterations=300,
        every_iteration=True,
    )


@pytest.fixture(scope="module")
def experiment(benchmark_set):
    data = benchmark_set("s1")
    made = [run(data, method) for method in ("kmeans", *SOFT)]
    frames = {name: tables.frame(tables.concatenate(batch[name] for batch in made)) for name in made[0]}
    return SimpleNamespace(data=data, **frames)


def draw_all(experiment):
    with applied():
        return dict(draw(experiment.data, 15, experiment.runs, experiment.trace, experiment.centroids))


@pytest.fixture(scope="module")
def drawn(experiment):
    return draw_all(experiment)


def test_the_papers_numbers_of_iterations(experiment):
    found = shown(experiment.runs, experiment.data)
    assert found.run["method"] == "lse"
    assert len(found.random) == 30
    assert found.run["n_iterations"] == PAPER_ITERATIONS["random-points"] == 14
    assert found.run["centroid_index"] > 0
    assert found.run["objective"] > found.truth.objective
    runs = experiment.runs
    sequential = runs[(runs["initialisation"] == "sequential") & (runs["temperature"] > 0)]
    assert len(sequential) == 3
    if experiment.data.origin.source == "real":
        assert (sequential["n_iterations"] == PAPER_ITERATIONS["sequential"]).all()
        assert (sequential["centroid_index"] == 0).all()


def test_smooth_objective_never_rises_and_entropy_is_not_monotone(experiment):
    trace = experiment.trace[experiment.trace["temperature"] > 0]
    for _, run in trace.groupby(["method", "initialisation", "repeat"], observed=True):
        assert (np.diff(run["smooth_objective"]) <= 0).all()
    for start in STARTS:
        steps = trace[(trace["method"] == "maxent") & (trace["initialisation"] == start)]
        assert (monotonicity(steps) == "rises and falls").any()


def test_the_three_methods_are_equal_at_every_iteration(experiment):
    found = differences(experiment.centroids, float(np.ptp(experiment.data.points, axis=0).max()))
    assert set(found["pair"]) == {"lse – entropy", "lse – maxent", "entropy – maxent"}
    assert set(found["initialisation"]) == set(STARTS)
    assert found["largest"].max() < 1e-9
    assert (found["one_only"] == 0).all()
    assert found.loc[found["iteration"] == 0, "starts"].sum() == 3 * 31


def test_differences_see_a_method_that_is_wrong(experiment):
    """Plant lse centroids of another temperature under the name of entropy."""
    wrong = run(experiment.data, "lse", 1.01 * TEMPERATURE)["centroids"]
    columns = {name: wrong[name] for name in wrong.schema.names}
    planted = tables.make("centroids", columns | {"method": "entropy", "temperature": TEMPERATURE})
    right = experiment.centroids[experiment.centroids["method"] == "lse"]
    assert differences(pd.concat([right, tables.frame(planted)]), 1e6)["largest"].max() > 1e-6
    assert not len(differences(right, 1e6))


def test_runs_begin_at_their_starts(experiment):
    for row in list(experiment.runs.itertuples())[::17]:
        start = initial_centroids(experiment.data.points, 15, INITIALISATIONS[row.initialisation], row.seed)
        here = experiment.centroids[experiment.centroids["iteration"] == 0]
        for name in ("method", "initialisation", "repeat"):
            here = here[here[name] == getattr(row, name)]
        np.testing.assert_allclose(tables.sets(here), [start], rtol=1e-12)


def test_the_run_shown_is_the_one_most_like_the_papers(monkeypatch, experiment):
    monkeypatch.setattr(study, "at_truth", lambda *_: SimpleNamespace(objective=2.0))
    runs = pd.DataFrame(
        {
            "method": "entropy",
            "initialisation": "random-points",
            "temperature": TEMPERATURE,
            "repeat": [0, 1, 2, 3, 4],
            "n_iterations": [14, 13, 14, 14, 12],
            "objective": [1.0, 9.0, 9.0, 9.0, 9.0],
            "centroid_index": [0, 1, 1, 1, 1],
        }
    )

    def chosen(runs):
        return shown(runs, experiment.data).run["repeat"]

    assert chosen(runs) == 2
    assert chosen(runs[runs["n_iterations"] < 14]) == 1
    assert chosen(runs.head(1)) == 0
    assert shown(runs.assign(initialisation="sequential"), experiment.data) is None
    monkeypatch.setattr(study, "at_truth", lambda *_: None)
    assert chosen(runs) == 0


def test_the_ground_truths_objectives(experiment):
    data = experiment.data
    truth = at_truth(data, TEMPERATURE)
    assert truth.objective == pytest.approx(reference.objective(data.points, truth.centroids))
    smooth = reference.smooth_objective(data.points, truth.centroids, TEMPERATURE)
    assert truth.smooth_objective == pytest.approx(smooth)
    assert at_truth(replace(data, labels=None), TEMPERATURE) is None


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
    expected = [(BLUE, "-", "o"), (ORANGE, "--", "o"), (BLUE, "-", "None"), (YELLOW, "--", "None")]
    for line, (colour, style, marker) in zip(figure.axes[0].get_lines(), expected, strict=True):
        assert same_color(line.get_color(), colour)
        assert (line.get_linestyle(), line.get_marker()) == (style, marker)
    columns = ("smooth_objective", "objective", "truth_smooth_objective", "truth_objective")
    for line, column in zip(figure.axes[0].get_lines(), columns, strict=True):
        assert plotted[column].tolist()[: len(line.get_ydata())] == list(line.get_ydata())


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
            save_all(draw_all(experiment).items(), tmp_path / folder)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == sorted(f"{name}.{suffix}" for name in FIGURES for suffix in ("pdf", "png", "csv"))
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
