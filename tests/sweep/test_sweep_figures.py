"""Figures of the sweep: what they plot, and on which page."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgba

from softkmeans.report.style import RED, applied, save_all
from softkmeans.sweep.figures import FIGURES, Known, Sweep, at_best_temperature, draw, restarted
from softkmeans.sweep.names import PER_PAGE, on_page, pages

DATASETS = ["s1", "birch3"]
MEASURES = ["success", "centroid_index", "n_iterations", "ari", "nmi", "objective"]


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with applied():
        yield


def summary() -> pd.DataFrame:
    """s1 with ground truth, birch3 without; three methods and an annealed one, two starts, two T."""
    rng = np.random.default_rng(0)
    rows = []
    for dataset in DATASETS:
        for method in ("kmeans", "lse", "mine", "annealed-lse"):
            for start in ("random-points", "kmeans++"):
                for ratio in (0.0,) if method == "kmeans" else (0.01, 1.0):
                    row = {
                        "dataset": dataset,
                        "method": method,
                        "initialisation": start,
                        "temperature": 10 * ratio,
                        "temperature_ratio": ratio,
                        "n": 10,
                    }
                    for name in MEASURES:
                        missing = dataset == "birch3" and name in ("success", "centroid_index", "ari", "nmi")
                        value = np.nan if missing else rng.random() + (name == "n_iterations")
                        row |= {name: value, f"{name}_error": 0.1}
                        row |= {f"{name}_low": value - 0.1, f"{name}_high": value + 0.1}
                    rows.append(row)
    return pd.DataFrame(rows)


def phases() -> pd.DataFrame:
    grid = [(d, r, level) for d in DATASETS for r in range(3) for level in range(4)]
    table = pd.DataFrame(grid, columns=["dataset", "repeat", "level"])
    return table.assign(
        method="annealed-lse",
        temperature=2.0 ** (1 - table["level"]) * 10,
        temperature_ratio=2.0 ** (1 - table["level"]),
        n_distinct=2 ** table["level"],
        due=2.0 ** (1 - table["level"]) * 12,
        first_due=10.0,
    )


def drawn(*names: str, source: str = "real") -> dict[str, tuple]:
    known = {"s1": Known("real", 15), "birch3": Known(source, 100)}
    published = pd.DataFrame(
        {"dataset": ["s1"], "published": [1.8], "n": [10], "mean": [1.7], "standard_error": [0.05]}
    )
    return dict(draw(names, Sweep(summary(), phases(), published, known)))


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_twice_the_same(tmp_path: Path, name: str) -> None:
    for folder in ("one", "two"):
        save_all(drawn(name).items(), tmp_path / folder)
    for suffix in (".pdf", ".png", ".csv"):
        one, two = (tmp_path / folder / f"{name}{suffix}" for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
        assert one.stat().st_size > 50


def test_curves_show_the_summary() -> None:
    figure, plotted = drawn("success")["success"]
    table = summary()
    assert set(plotted["method"]) == {"kmeans", "lse", "mine"}  # annealed runs have figures of their own
    panel = figure.axes[0]
    assert panel.get_title() == "random-points"
    line = next(line for line in panel.lines if line.get_linewidth() == 6.5)
    rows = table[(table["dataset"] == "s1") & (table["method"] == "lse")]
    expected = rows.loc[rows["initialisation"] == "random-points", "success"]
    np.testing.assert_array_equal(line.get_ydata(), expected)
    assert "no ground truth" in [text.get_text() for text in figure.axes[2].texts]


def test_twins_are_in_red() -> None:
    for source, red in (("real", False), ("twin", True)):
        figure, _ = drawn("iterations", source=source)["iterations"]
        text = figure._supxlabel
        assert (to_rgba(text.get_color()) == to_rgba(RED)) == red
        assert ("twins" in text.get_text()) == red


def test_best_temperature() -> None:
    rows = pd.DataFrame(
        {
            "dataset": "s1",
            "method": ["lse"] * 4 + ["entropy"] * 4 + ["none"] * 2,
            "temperature": [1.0, 2.0] * 5,
            "success": [0.1, 0.5, 0.3, 0.1, 0.2, 0.2, 0.4, 0.4, np.nan, np.nan],
        }
    )
    best = at_best_temperature(rows)
    assert best.groupby("method")["temperature"].unique().map(list).to_dict() == {
        "lse": [2.0],
        "entropy": [1.0],
        "none": [1.0],
    }


def test_restarts() -> None:
    x, y = restarted(0.25, 10, 1000)
    assert (x[0], x[-1]) == (10, pytest.approx(1000))
    np.testing.assert_allclose(y, 1 - 0.75 ** (x / 10))


@given(st.sampled_from(sorted(PER_PAGE)), st.integers(1, 300))
def test_pages_hold_each_data_set_once(figure: str, n: int) -> None:
    names = [f"d{i}" for i in range(n)]
    found = [on_page(page, names) for page in pages(figure, n)]
    assert {name for name, _ in found} == {figure}
    assert [name for _, shown in found for name in shown] == names
    sizes = [len(shown) for _, shown in found]
    assert max(sizes) <= PER_PAGE[figure]
    assert max(sizes) - min(sizes) <= 1
