"""Phases: the splits that are measured, the verdicts on them, and what the figures draw."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from softkmeans import tables
from softkmeans.clustering.temperatures import Temperature, critical_temperature
from softkmeans.data.dataset import Dataset, Origin
from softkmeans.report.ledger import FAILS, HOLDS, NOT_MEASURED, make_ledger
from softkmeans.report.style import applied
from softkmeans.sweep.phase_claims import CLAIMS, Evidence
from softkmeans.sweep.phase_figure import compared, named, phases
from softkmeans.sweep.phases import run_phases, splits

CENTRES = np.array([[0.0, 0], [9, 0], [0, 7], [40, 35]])
POINTS = np.random.default_rng(0).normal(size=(400, 2)) + np.repeat(CENTRES, 100, axis=0)
DATA = Dataset("mine", POINTS, 4, None, Origin("own", None, None, ""))


def run(data, highest, lowest, factor, repeats=2, methods=("entropy", "rbf-entmax15")):
    found = run_phases(
        data,
        methods=methods,
        temperatures=[Temperature(highest, relative=True), Temperature(lowest, relative=True)],
        factor=factor,
        repeats=range(repeats),
        seed=2020,
        tolerance=2e-4,
        max_iterations=2000,
    )
    return tables.frame(found)


@pytest.fixture(scope="module")
def made():
    return run(DATA, 3, 0.001, 0.9)


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with applied():
        yield


def test_s1_is_two_at_0_95_and_four_at_0_84_of_the_critical_temperature(benchmark_set):
    """Runs that stop by the fall of their objective show one centroid there."""
    found = run(benchmark_set("s1"), 0.95, 0.84, 0.8, methods=["entropy"])
    assert found["temperature_ratio"].unique() == pytest.approx([0.95, 0.84])
    distinct = found.pivot(index="repeat", columns="level", values="n_distinct")
    assert distinct.to_numpy().tolist() == [[2, 4], [2, 4]]


def test_the_first_split_is_where_theory_has_it(made):
    found = splits(made)
    first = found[found["first"].astype(bool)].set_index(["method", "repeat"])
    critical = critical_temperature(POINTS)
    assert len(first) == 4
    for method, expected in (("annealed-entropy", critical), ("annealed-rbf-entmax15", 2 * critical)):
        rows = first.loc[method]
        assert rows["due"].to_numpy() == pytest.approx(expected, rel=1e-4)
        assert (rows["below"] < expected).all()
        assert (rows["above"] >= expected * 0.999).all()


def test_a_row_a_level_and_a_due_temperature_a_rise(made):
    assert made.groupby(["method", "repeat"], observed=True).size().nunique() == 1
    rises = made.groupby(["method", "repeat"], observed=True)["n_distinct"].diff() > 0
    assert (made["due"].notna() == rises).all()
    assert made["n_distinct"].max() == 4


def table(counts, due=(np.nan, 0.92, np.nan, 0.79), first_due=1.0):
    """One run at the temperatures 1.05, 0.95, 0.85, 0.75."""
    return pd.DataFrame(
        {
            "dataset": "mine",
            "method": "annealed-entropy",
            "repeat": 0,
            "level": range(4),
            "temperature": [1.05, 0.95, 0.85, 0.75],
            "temperature_ratio": [1.05, 0.95, 0.85, 0.75],
            "n_distinct": counts,
            "due": due,
            "first_due": first_due,
        }
    )


def test_splits_of_a_hand_made_run():
    found = splits(table([1, 2, 1, 4]))
    assert found[["first", "n_before", "n_after"]].to_numpy().tolist() == [[True, 1, 2], [False, 2, 4]]
    assert found[["above", "below", "due"]].to_numpy().tolist() == [[1.05, 0.95, 1.0], [0.85, 0.75, 0.79]]


def verdicts(rows):
    ledger = make_ledger(CLAIMS, Evidence(rows, {"mine": 4}), {"mine": "own"})
    return {each["id"]: each["verdict"] for each in ledger.to_pylist()}


GOOD = {
    "first-split-softmax": HOLDS,
    "first-split-entmax": NOT_MEASURED,
    "later-splits": HOLDS,
    "from-one-to-all": HOLDS,
}


@pytest.mark.parametrize(
    ("rows", "broken"),
    [
        (table([1, 2, 2, 4]), None),
        (table([1, 1, 2, 4]), "first-split-softmax"),  # too late
        (table([1, 2, 2, 4], first_due=1.1), "first-split-softmax"),  # due before
        (table([1, 2, 2, 4], due=(np.nan, 0.92, np.nan, 0.95)), "later-splits"),  # due a level before
        (table([1, 2, 2, 4], due=(np.nan, 0.92, np.nan, 0.6)), "later-splits"),  # not due yet
        (table([1, 2, 2, 3]), "from-one-to-all"),
    ],
)
def test_verdicts(rows, broken):
    assert verdicts(rows) == GOOD | ({broken: FAILS} if broken else {})


def test_a_run_that_is_apart_above_the_first_split_breaks_two_claims():
    rows = table([2, 2, 2, 4], due=(np.nan, np.nan, np.nan, 0.79))
    assert verdicts(rows) == GOOD | {"first-split-softmax": FAILS, "from-one-to-all": FAILS}


def test_the_first_split_of_entmax_has_a_row_of_its_own():
    rows = table([1, 1, 2, 4]).assign(method="annealed-rbf-entmax15")
    found = verdicts(rows)
    assert (found["first-split-softmax"], found["first-split-entmax"]) == (NOT_MEASURED, FAILS)


def test_the_phases_that_are_drawn_are_the_tables(made):
    figure, plotted = phases(made, {"mine": 4})
    pd.testing.assert_frame_equal(plotted, made)
    panel, found = figure.axes[0], splits(made)
    critical = critical_temperature(POINTS)
    for method in made["method"].unique():
        runs = made[made["method"] == method].pivot(index="level", columns="repeat", values="n_distinct")
        median = next(line for line in panel.lines if line.get_label() == named(method))
        middle = (runs.shape[1] - 1) // 2
        np.testing.assert_array_equal(median.get_ydata(), np.sort(runs.to_numpy(), axis=1)[:, middle])
        ratios = made[made["method"] == method].groupby("level")["temperature_ratio"].first()
        np.testing.assert_array_equal(median.get_xdata(), ratios)
        marks = next(line for line in panel.lines if line.get_label() == f"{named(method)}: split due")
        due = found.loc[found["method"] == method]
        np.testing.assert_allclose(marks.get_xdata(), due["due"] / critical)
        np.testing.assert_array_equal(marks.get_ydata(), due["n_after"])
        vertical = [line.get_xdata()[0] for line in panel.lines if line.get_linestyle() == ":"]
        expected = {"annealed-entropy": 1.0, "annealed-rbf-entmax15": 2.0}[method]
        assert np.abs(np.array(vertical) - expected).min() < 1e-3


def test_the_splits_that_are_drawn_are_those_measured(made):
    figure, plotted = compared(made)
    (axes,) = figure.axes
    found, critical = splits(made), critical_temperature(POINTS)
    np.testing.assert_allclose(plotted["due_ratio"], found["due"] / critical)
    np.testing.assert_allclose(plotted["low"], found["below"] / found["due"])
    np.testing.assert_allclose(plotted["high"], found["above"] / found["due"])
    for method in made["method"].unique():
        for first, word in ((True, "first split"), (False, "later splits")):
            line = next(line for line in axes.lines if line.get_label() == f"{named(method)}: {word}")
            rows = plotted[(plotted["method"] == method) & (plotted["first"] == first)]
            np.testing.assert_array_equal(line.get_xdata(), rows["due_ratio"])
            np.testing.assert_allclose(line.get_ydata(), np.sqrt(rows["low"] * rows["high"]))
    bars = np.concatenate([each.get_segments() for each in axes.collections])
    np.testing.assert_allclose(np.sort(bars[:, 0, 1]), np.sort(plotted["low"]))
    np.testing.assert_allclose(np.sort(bars[:, 1, 1]), np.sort(plotted["high"]))
