"""The contest: budget, best J so far, standings against hand-computed ones."""

from itertools import islice

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from softkmeans import tables
from softkmeans.contest.contenders import CONTENDERS, Rules, Step
from softkmeans.contest.study import PACEMAKER, at_share, compete, mean_interval, run_contest, standings
from softkmeans.data.dataset import Dataset, Origin

CENTRES = np.array([[0.0, 0], [9, 0], [0, 7], [40, 35]])
POINTS = np.random.default_rng(0).normal(size=(400, 2)) + np.repeat(CENTRES, 100, axis=0)
LABELS = np.repeat(np.arange(4), 100)
DATA = Dataset("mine", POINTS, 4, LABELS, Origin("own", None, None, ""))
RULES = Rules(1e-4, 300, 0.8, 0.001, 3e-2)


def steps(*costs_and_values):
    for pairs, value in costs_and_values:
        yield Step(pairs, value, np.full((1, 1), value))


def told(results):
    return [(each.attempt, each.pairs, each.objective) for each in results]


def test_the_best_so_far_counts_and_the_budget_is_kept():
    endless = ((10, value) for value in (5.0, 7.0, 4.0, 6.0, 1.0))
    assert told(compete(steps(*endless), 40)) == [(1, 10, 5.0), (3, 30, 4.0), (4, 40, 4.0)]


def test_the_first_attempt_counts_even_if_it_is_too_dear():
    assert told(compete(steps((50, 3.0), (50, 1.0)), 40)) == [(1, 50, 3.0), (1, 50, 3.0)]


def test_no_attempt_begins_that_would_not_end_in_time():
    assert told(compete(steps((30, 3.0), (30, 1.0)), 59)) == [(1, 30, 3.0), (1, 30, 3.0)]


@pytest.fixture(scope="module")
def made():
    found = run_contest(DATA, RULES, repeats=3, budget=1, seed=7)
    return {name: tables.frame(table) for name, table in found.items()}


def test_all_contenders_compete_within_the_mean_cost_of_the_pacemaker(made):
    results = made["contest"]
    assert list(results["contender"].unique()) == list(CONTENDERS)
    ends = results.groupby(["contender", "repeat"], observed=True).tail(1)
    budget = results["budget"].unique()
    first = results[(results["contender"] == PACEMAKER) & (results["attempt"] == 1)]
    costs = first.groupby("repeat")["pairs"].first()
    assert budget == [round(costs.mean())]
    for name in ("K-means++", "greedy K-means++", "maxmin", "random swap"):
        spent = ends.loc[ends["contender"] == name, "pairs"] / budget[0]
        assert spent.between(0.9, 1.05).all(), name
    objectives = results.groupby(["contender", "repeat"], observed=True)["objective"]
    assert (objectives.diff().dropna() <= 0).all()
    assert (made["contest_timings"]["seconds"] >= 0).all()
    assert len(made["contest_timings"]) == 3 * len(CONTENDERS)


def test_a_contest_is_the_same_again(made):
    again = tables.frame(run_contest(DATA, RULES, repeats=3, budget=1, seed=7)["contest"])
    pd.testing.assert_frame_equal(again, made["contest"], check_exact=True)


def test_the_index_is_that_of_the_best_solution(made):
    """All find the four far clusters but those that start badly; J tells which."""
    ends = at_share(made["contest"], 1)
    best = np.square(POINTS - np.stack([POINTS[k == LABELS].mean(axis=0) for k in range(4)])[LABELS]).sum()
    found = ends["objective"] < 1.01 * best
    assert found.any()
    assert ((ends["centroid_index"] == 0) == found).all()


def results():
    """Two contenders, two repeats, a budget of 64; the second is at its first solution after 32 pairs."""
    rows = [
        ("K-means++", 0, 1, 1, 12.0, 1),
        ("K-means++", 0, 40, 40, 10.0, 0),
        ("K-means++", 0, 64, 64, 10.0, 0),
        ("K-means++", 1, 1, 1, 15.0, 2),
        ("K-means++", 1, 64, 64, 15.0, 2),
        ("annealed softmax", 0, 1, 32, 10.0, 0),
        ("annealed softmax", 0, 1, 32, 10.0, 0),
        ("annealed softmax", 1, 1, 80, 10.0, 0),
        ("annealed softmax", 1, 1, 80, 10.0, 0),
    ]
    names = ["contender", "repeat", "attempt", "pairs", "objective", "centroid_index"]
    return pd.DataFrame(rows, columns=names).assign(dataset="mine", budget=64)


def test_standings_are_those_of_each_share():
    found = standings(results()).set_index(["contender", "share"])
    assert list(found.index.get_level_values(0).unique()) == ["annealed softmax", "K-means++"]
    cold, warm = found.loc["K-means++"], found.loc["annealed softmax"]
    assert (found["n"] == 2).all()
    assert cold.loc[[1 / 64, 1 / 2, 1], "success"].tolist() == [0, 0, 0.5]
    assert cold.loc[[1 / 64, 1 / 2, 1], "excess"].tolist() == pytest.approx([0.35, 0.35, 0.25])
    assert warm.loc[[1 / 64, 1 / 2, 1], "success"].tolist() == [0, 0.5, 1]
    assert warm["excess"].isna().tolist() == [True] * 6 + [False]
    assert warm.loc[1, "excess"] == 0
    assert warm.loc[1, "cost"] == pytest.approx((32 + 80) / 2 / 64)
    z2 = 1.959963985**2
    assert warm.loc[1, ["success_low", "success_high"]].tolist() == pytest.approx([2 / (2 + z2), 1])
    half = student.ppf(0.975, 1) * 0.25
    assert cold.loc[1, ["excess_low", "excess_high"]].tolist() == pytest.approx([0.25 - half, 0.25 + half])


def test_without_ground_truth_there_is_no_success():
    found = standings(results().assign(centroid_index=pd.array([pd.NA] * 9, dtype="Int16")))
    assert found["success"].isna().all()
    assert found["excess"].notna().any()


def test_a_mean_of_one_has_no_interval():
    assert mean_interval(np.array([3.0]))[0] == 3
    assert np.isnan(mean_interval(np.array([3.0]))[1])


def test_contenders_go_on_for_ever():
    from softkmeans.contest.contenders import Problem

    for contender in CONTENDERS.values():
        assert len(list(islice(contender(Problem(DATA, RULES), np.random.default_rng(0)), 4))) == 4
