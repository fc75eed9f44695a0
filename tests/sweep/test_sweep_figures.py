"""Figures of the sweep: what they plot, and on which page."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from softkmeans.report.style import RED, applied, save_all
from softkmeans.sweep.costs import restarted
from softkmeans.sweep.figures import FIGURES, draw
from softkmeans.sweep.names import PER_PAGE, on_page, pages
from softkmeans.sweep.published import IN_ERROR
from softkmeans.sweep.shown import GROUP, Known, Sweep, style_of
from softkmeans.sweep.summary import read_summary

DATASETS = ["s1", "birch3"]
RATIOS = (0.01, 0.1, 1.0)
STARTS = ("random-points", "kmeans++")
MEASURES = ["centroid_index", "n_iterations", "ari", "nmi", "objective", "smooth_objective"]


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with applied():
        yield


def summary() -> pd.DataFrame:
    """s1 with ground truth, birch3 without; all numbers differ, so that none can stand for another."""
    rng = np.random.default_rng(0)
    rows = []
    for dataset in DATASETS:
        for method in ("kmeans", "lse", "entropy", "mine", "annealed-entropy"):
            for start in STARTS:
                for ratio in (0.0,) if method == "kmeans" else RATIOS:
                    row = {
                        "dataset": dataset,
                        "method": method,
                        "initialisation": start,
                        "temperature": 10 * ratio,
                        "temperature_ratio": ratio,
                        "n": 10,
                    }
                    for name in MEASURES:
                        row |= {name: 1 + rng.random(), f"{name}_error": rng.random() / 10}
                    rate = 0.3 + 0.4 * rng.random()
                    row |= {"success": rate, "success_low": rate - 0.1, "success_high": rate + 0.2}
                    missing = ("success", "success_low", "success_high", "centroid_index", "ari", "nmi")
                    rows.append(row | dict.fromkeys(missing if dataset == "birch3" else (), np.nan))
    return pd.DataFrame(rows)


def paired() -> pd.DataFrame:
    """The first temperature helps, the second does nothing, the third hurts; clusters missed vice versa."""
    rows = [
        {"dataset": "s1", "method": "entropy", "initialisation": "random-points", "temperature": 10 * ratio}
        | {"measure": measure, "better": better, "worse": worse, "p_holm": p}
        for measure, better, worse in (
            ("success", (9, 9, 0), (0, 0, 9)),
            ("centroid_index", (0, 0, 9), (9, 9, 0)),
        )
        for ratio, better, worse, p in zip(RATIOS, better, worse, (0.01, 0.2, 0.01), strict=True)
    ]
    return pd.DataFrame(rows)


def best() -> pd.DataFrame:
    """Of each method and start one temperature, with rates of its own."""
    rows = summary()
    rows = rows[~rows["method"].str.startswith("annealed")]
    hard, soft = rows[rows["method"] == "kmeans"], rows[rows["temperature_ratio"] == RATIOS[1]]
    chosen = pd.concat([hard, soft])[[*GROUP, "success", "success_low", "success_high"]]
    rates = np.linspace(0.2, 0.9, len(chosen))
    return chosen.assign(n=5, success=rates, success_low=rates - 0.05, success_high=rates + 0.05)


def phases() -> pd.DataFrame:
    grid = [(d, r, level) for d in DATASETS for r in range(3) for level in range(4)]
    table = pd.DataFrame(grid, columns=["dataset", "repeat", "level"])
    return table.assign(
        method="annealed-entropy",
        temperature=2.0 ** (1 - table["level"]) * 10,
        temperature_ratio=2.0 ** (1 - table["level"]),
        n_distinct=2 ** table["level"],
        due=2.0 ** (1 - table["level"]) * 12,
        first_due=10.0,
    )


def published() -> pd.DataFrame:
    numbers = {"published": [1.8, 6.6], "n": [10, 20], "mean": [1.7, 6.4], "standard_error": [0.05, np.nan]}
    shares = {"random_points": [0.12, 0.066], "maxmin": [0.05, 0.03], "restarted": [0.01, np.nan]}
    return pd.DataFrame({"dataset": ["s1", "birch3"]} | numbers | shares)


def drawn(*names: str, source: str = "real") -> dict[str, tuple]:
    known = {"s1": Known("real", 15), "birch3": Known(source, 100)}
    return dict(draw(names, Sweep(summary(), paired(), best(), phases(), published(), known)))


@pytest.mark.parametrize("name", ["success", "phases"])
def test_a_figure_drawn_twice_has_the_same_bytes(tmp_path: Path, name: str) -> None:
    for folder in ("one", "two"):
        save_all(drawn(name).items(), tmp_path / folder)
    for suffix in (".pdf", ".png", ".csv"):
        one, two = (tmp_path / folder / f"{name}{suffix}" for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
        assert one.stat().st_size > 50


@pytest.mark.parametrize("name", FIGURES)
def test_figures_fit_a_page_and_can_be_read(name: str) -> None:
    figure, _ = drawn(name)[name]
    assert figure.get_figwidth() == 7
    figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if text.get_text().strip()]
    assert min(text.get_fontsize() for text in texts) >= 6


def of(table: pd.DataFrame, **wanted: str) -> pd.DataFrame:
    """Rows that have the wanted values."""
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Check that rows are the same, and in the same order."""
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))


def segments(panel: Axes, colour: str) -> set[tuple[float, ...]]:
    """(x, low, high) of the vertical bars of a colour."""
    found = [c for c in panel.collections if isinstance(c, LineCollection)]
    return {
        (float(line[0, 0]), *map(float, line[:, 1]))
        for bars in found
        if to_rgba(bars.get_color()[0]) == to_rgba(colour)
        for line in bars.get_segments()
    }


@pytest.mark.parametrize(
    ("name", "measure"),
    [("success", "success"), ("centroid-index", "centroid_index"), ("iterations", "n_iterations")],
)
def test_curves_are_the_csv_and_this_the_summary(name: str, measure: str) -> None:
    figure, plotted = drawn(name)[name]
    table = summary()
    if measure == "success":
        ends = table["success_low"], table["success_high"]
    else:
        ends = (table[measure] + sign * 2 * table[f"{measure}_error"] for sign in (-1, 1))
    table = table.assign(**dict(zip(("low", "high"), ends, strict=True)))
    kept = table[
        table["method"].isin(["kmeans", "entropy", "mine"])
    ]  # lse is entropy; annealed are elsewhere
    columns = [*GROUP, measure, "low", "high"]
    same(plotted[columns], kept[columns])
    panels = iter(figure.axes)
    for dataset in DATASETS:
        for start in STARTS:
            panel = next(panels)
            here = of(plotted, dataset=dataset, initialisation=start)
            if here[measure].isna().all():
                assert "no ground truth" in [text.get_text() for text in panel.texts]
                continue
            for method, style in (("entropy", style_of("entropy")), ("mine", style_of("mine"))):
                rows = of(here, method=method)
                line = next(
                    line
                    for line in panel.lines
                    if len(line.get_xdata()) == len(RATIOS)
                    and to_rgba(line.get_color()) == to_rgba(style["color"])
                    and line.get_linestyle() != "None"
                )
                np.testing.assert_array_equal(line.get_xdata(), rows["temperature_ratio"])
                np.testing.assert_array_equal(line.get_ydata(), rows[measure])
                bars = rows[["temperature_ratio", "low", "high"]].itertuples(index=False, name=None)
                assert segments(panel, style["color"]) == set(bars)
            hard = of(here, method="kmeans").iloc[0]
            assert hard[measure] in [line.get_ydata()[0] for line in panel.lines]
            (band,) = panel.patches
            assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx(
                (hard["low"], hard["high"])
            )


@pytest.mark.parametrize(
    ("name", "measure", "marks"),
    [("success", "success", "^v"), ("centroid-index", "centroid_index", "v^")],
)
def test_only_significant_temperatures_are_marked(name: str, measure: str, marks: str) -> None:
    figure, plotted = drawn(name)[name]
    entropy = of(plotted, dataset="s1", method="entropy", initialisation="random-points")
    assert entropy["against_kmeans"].tolist() == ([1, 0, -1] if name == "success" else [-1, 0, 1])
    marked = {line.get_marker(): line for line in figure.axes[0].lines if len(line.get_xdata()) == 1}
    places = {mark: line.get_xdata().tolist() for mark, line in marked.items()}
    assert places == {marks[0]: [0.01], marks[1]: [1.0]}
    assert marked[marks[0]].get_ydata()[0] == entropy[measure].iloc[0]
    assert not [line for line in figure.axes[1].lines if line.get_marker() in "^v" and len(line.get_xdata())]


def test_the_legend_names_the_curves() -> None:
    figure, _ = drawn("success")["success"]
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels == ["K-means", "softmax", "mine", "better than K-means", "worse"]


def test_heatmap_shows_the_table_of_best_temperatures() -> None:
    figure, plotted = drawn("heatmap")["heatmap"]
    expected = best()[lambda table: table["method"].isin(["kmeans", "entropy", "mine"])]
    same(plotted, expected)
    panel = figure.axes[0]
    cells = panel.images[0].get_array()
    for i, start in enumerate(STARTS):
        for j, method in enumerate(("kmeans", "entropy", "mine")):
            (row,) = of(plotted, dataset="s1", initialisation=start, method=method).itertuples()
            assert cells[i, j] == row.success
            text = next(text.get_text() for text in panel.texts if text.get_position() == (j, i))
            at = "" if method == "kmeans" else f"\n{row.temperature_ratio:.2g}"
            assert text == f"{row.success:.0%}{at}"
    assert [label.get_text() for label in panel.get_xticklabels()] == ["K-means", "softmax", "mine"]


def test_annealing_shows_rates_at_their_cost_and_restarts_as_a_band() -> None:
    figure, plotted = drawn("annealing")["annealing"]
    table, chosen = summary(), best()
    once, fixed, annealed = (of(plotted, kind=kind) for kind in ("once", "fixed", "annealed"))
    rate = ["success", "success_low", "success_high"]
    for found, expected in (
        (once, of(table, method="kmeans")),
        (annealed, of(table, method="annealed-entropy")),
    ):
        columns = [*GROUP, "n_iterations", *rate]
        same(found[columns], expected[columns])
    expected = of(chosen, method="entropy", initialisation="random-points")
    same(fixed[[*GROUP, *rate]], expected[[*GROUP, *rate]])
    costs = table.merge(expected[GROUP[:4]], on=GROUP[:4])["n_iterations"]
    np.testing.assert_array_equal(fixed["n_iterations"], costs)
    band = of(plotted, kind="restarted", dataset="s1")
    assert set(band["initialisation"]) == {"kmeans++"}
    run = of(once, dataset="s1", initialisation="kmeans++").iloc[0]
    for name in rate:
        n = band["n_iterations"] / run["n_iterations"]
        np.testing.assert_allclose(band[name], 1 - (1 - run[name]) ** n)

    panel = figure.axes[0]
    line = next(line for line in panel.lines if line.get_label() == "K-means++ restarted")
    np.testing.assert_array_equal(line.get_xydata(), band[["n_iterations", "success"]])
    (area,) = [c for c in panel.collections if not isinstance(c, LineCollection)]
    corners = {tuple(corner) for corner in area.get_paths()[0].vertices}
    for end in ("success_low", "success_high"):
        assert set(band[["n_iterations", end]].itertuples(index=False, name=None)) <= corners
    marks = {tuple(line.get_xydata()[0]) for line in panel.lines if line.get_linestyle() == "None"}
    single = of(plotted[plotted["kind"] != "restarted"], dataset="s1")
    assert marks == set(single[["n_iterations", "success"]].itertuples(index=False, name=None))


def test_restarts_by_hand() -> None:
    run = of(summary(), method="kmeans", dataset="s1").iloc[0].copy()
    run["n_iterations"] = 10.0
    run["success"], run["success_low"], run["success_high"] = 0.25, 0.1, 0.5
    band = restarted(run, 1000)
    assert (band["n_iterations"].iloc[0], band["n_iterations"].iloc[-1]) == (10, pytest.approx(1000))
    n = band["n_iterations"] / 10
    np.testing.assert_allclose(band["success"], 1 - 0.75**n)
    np.testing.assert_allclose(band["success_low"], 1 - 0.9**n)
    np.testing.assert_allclose(band["success_high"], 1 - 0.5**n)


def test_published_shows_its_table() -> None:
    figure, plotted = drawn("published")["published"]
    same(plotted, published())
    left, right = figure.axes
    heights = {bars.get_label(): [bar.get_height() for bar in bars] for bars in left.containers[:2]}
    assert heights == {
        "published (2018)": plotted["published"].tolist(),
        "ours, ± 3 standard errors": plotted["mean"].tolist(),
    }
    (error,) = [c for c in left.collections if isinstance(c, LineCollection)]
    np.testing.assert_allclose(error.get_segments()[0][:, 1], [1.7 - 0.15, 1.7 + 0.15])
    for bars, name in zip(right.containers, ("random_points", "maxmin", "restarted"), strict=True):
        expected = [*plotted[name], plotted[name].mean()]
        np.testing.assert_array_equal([bar.get_height() for bar in bars], expected)
    marks = [line.get_ydata()[0] for line in right.lines]
    assert marks == [IN_ERROR[name] for name in ("random_points", "maxmin", "restarted")]


def test_twins_are_in_red() -> None:
    for source, red in (("real", False), ("twin", True)):
        figure, _ = drawn("iterations", source=source)["iterations"]
        text = figure._supxlabel
        assert (to_rgba(text.get_color()) == to_rgba(RED)) == red
        assert ("twins" in text.get_text()) == red


@given(st.sampled_from(sorted(PER_PAGE)), st.integers(1, 300))
def test_pages_hold_each_data_set_once(figure: str, n: int) -> None:
    names = [f"d{i}" for i in range(n)]
    found = [on_page(page, names) for page in pages(figure, n)]
    assert {name for name, _ in found} == {figure}
    assert [name for _, shown in found for name in shown] == names
    sizes = [len(shown) for _, shown in found]
    assert max(sizes) <= PER_PAGE[figure]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("name", ["success", "centroid-index", "heatmap"])
def test_a_sweep_of_one_repeat_is_drawn_too(tmp_path: Path, name: str) -> None:
    """It has nothing to compare and no best temperature: tables without rows, which come from their CSV."""
    table = summary().assign(n=1)
    empty = []
    for one in (paired(), best()):
        one.iloc[:0].to_csv(tmp_path / "empty.csv", index=False)
        empty.append(read_summary(tmp_path / "empty.csv"))
    known = dict.fromkeys(DATASETS, Known("real", 15))
    ((_, (figure, plotted)),) = draw([name], Sweep(table, *empty, phases(), published(), known))
    figure.draw_without_rendering()
    if name == "heatmap":
        assert len(plotted) == 0
        assert [text.get_text() for text in figure.axes[0].texts] == ["one repeat"]
    else:
        assert plotted["against_kmeans"].isna().all()
