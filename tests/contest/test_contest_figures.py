"""Figures of the contest: what is drawn is the CSV, and the CSV is the standings."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from softkmeans.contest.contenders import CONTENDERS
from softkmeans.contest.figures import FIGURES, FLOOR, STYLES, draw
from softkmeans.contest.study import SHARES
from softkmeans.report.style import RED, applied

DATASETS = ["s1", "birch3"]
COLUMN = {"success": "success", "objective": "excess"}


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with applied():
        yield


def standings() -> pd.DataFrame:
    """s1 with ground truth, birch3 without; some excess of J is 0."""
    rng = np.random.default_rng(0)
    rows = []
    for dataset in DATASETS:
        for contender in CONTENDERS:
            for share in SHARES:
                row = {"dataset": dataset, "contender": contender, "share": share, "n": 20, "cost": share}
                for name, value in (("success", rng.random()), ("excess", max(0, rng.normal()))):
                    value = np.nan if dataset == "birch3" and name == "success" else value
                    row |= {name: value, f"{name}_low": value - 0.1, f"{name}_high": value + 0.1}
                rows.append(row)
    return pd.DataFrame(rows)


def test_every_contender_has_a_style_of_its_own() -> None:
    assert list(STYLES) == list(CONTENDERS)
    assert len({(style["color"], style["marker"]) for style in STYLES.values()}) == len(CONTENDERS)
    assert len({style["marker"] for style in STYLES.values()}) == len(CONTENDERS)


@pytest.mark.parametrize("name", FIGURES)
def test_curves_and_ends_are_those_of_the_table(name: str) -> None:
    table, column = standings(), COLUMN[name]
    figure, plotted = dict(draw(table, dict.fromkeys(DATASETS, "real")))[name]
    pd.testing.assert_frame_equal(plotted, table[list(plotted.columns)])
    assert {column, f"{column}_low", f"{column}_high"} <= set(plotted.columns)
    for dataset, panel in zip(DATASETS, figure.axes, strict=False):
        assert panel.get_title() == dataset
        bars = [(each.get_segments(), each.get_color()) for each in panel.collections]
        for place, contender in enumerate(CONTENDERS):
            rows = plotted[(plotted["dataset"] == dataset) & (plotted["contender"] == contender)]
            curve = next(line for line in panel.lines if line.get_label() == contender)
            assert to_rgba(curve.get_color()) == to_rgba(STYLES[contender]["color"])
            np.testing.assert_array_equal(curve.get_xdata(), rows["share"])
            expected = rows[column] if name == "success" else np.maximum(rows[column], FLOOR)
            np.testing.assert_array_equal(curve.get_ydata(), expected)
            alone = [line for line in panel.lines if len(line.get_xdata()) == 1]
            np.testing.assert_array_equal(alone[place].get_ydata(), list(expected)[-1:])
            segments, colour = bars[place]
            assert to_rgba(colour[0]) == to_rgba(STYLES[contender]["color"])
            ends = rows[[f"{column}_low", f"{column}_high"]].iloc[-1].to_numpy()
            ends = ends if name == "success" else np.maximum(ends, FLOOR)
            if np.isfinite(ends).all():
                np.testing.assert_array_equal(segments[0][:, 1], ends)


def test_a_set_without_ground_truth_says_so() -> None:
    figures = dict(draw(standings(), dict.fromkeys(DATASETS, "real")))
    for name, said in (("success", True), ("objective", False)):
        texts = [text.get_text() for text in figures[name][0].axes[1].texts]
        assert ("no ground truth" in texts) == said


def test_twins_are_in_red() -> None:
    for source, red in (("real", False), ("twin", True)):
        figure, _ = dict(draw(standings(), {"s1": "real", "birch3": source}))["success"]
        text = figure._supxlabel
        assert (to_rgba(text.get_color()) == to_rgba(RED)) == red
        assert ("twins" in text.get_text()) == red
