"""What the contest's ledger says: each verdict on planted results."""

import numpy as np
import pandas as pd
import pytest

from softkmeans.contest.claims import BEST_OF_TEN, BREATHING, CLAIMS, Evidence
from softkmeans.contest.contenders import COLD, CONTENDERS, WARM
from softkmeans.report.ledger import FAILS, HOLDS, NOT_MEASURED, joined, make_ledger

N = 20


def results(success=None, objective=None, dataset="s1", truth=True):
    """Ends of N repeats: the number of each contender that succeed, by default half; J is 1, else 2."""
    rows = []
    for name in CONTENDERS:
        n_good = (success or {}).get(name, N // 2)
        for repeat in range(N):
            good = repeat < n_good
            value = (objective or {}).get(name, 1.0 if good else 2.0)
            row = {"dataset": dataset, "contender": name, "repeat": repeat, "budget": 100, "attempt": 10}
            rows.append(row | {"pairs": 100, "objective": value, "centroid_index": 0 if good else 1})
    table = pd.DataFrame(rows)
    if not truth:
        table["centroid_index"] = pd.array([pd.NA] * len(table), dtype="Int16")
    return table


def row(claim_id, table):
    ledger = make_ledger(CLAIMS, Evidence(table), {"s1": "real", "birch1": "real"})
    return next(each for each in ledger.to_pylist() if each["id"] == claim_id)


@pytest.mark.parametrize("warm", WARM)
def test_a_contender_wins_loses_or_neither(warm):
    name = warm.replace(" ", "-")
    best = results({warm: N} | dict.fromkeys(COLD, 2))
    assert row(f"{name}-wins", best)["verdict"] == HOLDS
    assert row(f"{name}-wins", best)["number"] == pytest.approx(0.9)
    assert row(f"{name}-wins", best)["note"] == "of 4: won 4, lost 0, undecided 0"
    even = results()
    assert row(f"{name}-wins", even)["verdict"] == FAILS
    assert row(f"{name}-unbeaten", even)["verdict"] == HOLDS
    beaten = results(dict.fromkeys(COLD, 3) | {warm: 3, "maxmin": N})
    found = row(f"{name}-unbeaten", beaten)
    assert found["verdict"] == FAILS
    assert found["exceptions"] == "s1 against maxmin"
    assert found["number"] == pytest.approx(-0.85)
    assert row(f"{name}-lowest-objective", best)["verdict"] == HOLDS
    assert row(f"{name}-lowest-objective", beaten)["exceptions"] == "s1 against maxmin"
    assert row(f"{name}-lowest-objective", beaten)["number"] == pytest.approx(1 - 1.85, rel=1e-3)


def test_what_is_not_significant_after_holms_correction_does_not_count():
    """Six of six discordant repeats have p = 2/64 = 0.031, and four times that is 0.125."""
    some = results({"annealed softmax": 4} | dict.fromkeys(COLD, 10))
    assert row("annealed-softmax-unbeaten", some)["verdict"] == HOLDS
    assert "undecided 4" in row("annealed-softmax-unbeaten", some)["note"]
    more = results({"annealed softmax": 0} | dict.fromkeys(COLD, 10))
    assert row("annealed-softmax-unbeaten", more)["verdict"] == FAILS


def test_objectives_that_are_alike_count_for_none():
    values = dict.fromkeys(COLD, 1.0)
    near = results(objective=values | dict.fromkeys(WARM, 1.0005))
    far = results(objective=values | dict.fromkeys(WARM, 1.005))
    assert row("annealed-softmax-lowest-objective", near)["verdict"] == HOLDS
    assert row("annealed-softmax-lowest-objective", far)["verdict"] == FAILS


@pytest.mark.parametrize(
    ("name", "contender"),
    [("masses-help", "mass-constrained"), ("entmax-anneals-as-well", "annealed entmax-1.5")],
)
def test_masses_and_entmax_against_softmax(name, contender):
    assert row(name, results({contender: N, "annealed softmax": 2}))["verdict"] == HOLDS
    assert row(name, results({contender: 2, "annealed softmax": N}))["verdict"] == FAILS


def test_published_numbers_of_birch1():
    good = results(objective=dict.fromkeys(CONTENDERS, BREATHING), dataset="birch1")
    bad = results(objective={"maxmin": 1.01 * BREATHING} | dict.fromkeys(WARM, BREATHING), dataset="birch1")
    bad.loc[bad["objective"] < 10, "objective"] = BREATHING
    assert row("birch1-breathing", good)["verdict"] == HOLDS
    assert row("birch1-breathing", bad)["verdict"] == FAILS
    assert row("birch1-breathing", bad)["exceptions"] == "birch1 maxmin"
    one_bad = good.assign(objective=good["objective"].where(good.index % N > 0, 1.005 * BREATHING))
    assert row("birch1-breathing", one_bad)["verdict"] == HOLDS  # the mean of the repeats counts
    ten = results(objective=dict.fromkeys(CONTENDERS, 1.005 * BEST_OF_TEN), dataset="birch1")
    assert row("birch1-greedy", ten)["verdict"] == HOLDS
    later = ten[ten["contender"] == "greedy K-means++"].assign(attempt=11, objective=BREATHING)
    assert row("birch1-greedy", pd.concat([ten, later]))["verdict"] == HOLDS  # the eleventh does not count
    assert row("birch1-greedy", good)["verdict"] == FAILS
    nine = ten.assign(attempt=9)
    assert row("birch1-greedy", nine)["verdict"] == NOT_MEASURED
    assert row("birch1-greedy", nine)["note"] == "the budget is too small for ten runs"
    some = ten.assign(attempt=ten["attempt"].where(ten["repeat"] > 0, 9))
    assert row("birch1-greedy", some)["note"] == f"n = {N - 1}"


def test_claims_about_birch1_are_not_measured_elsewhere():
    for name in ("birch1-breathing", "birch1-greedy"):
        found = row(name, results())
        assert found["verdict"] == NOT_MEASURED
        assert found["note"] == "Birch1 is not among the data sets of this run"


def test_without_ground_truth_only_objectives_are_compared():
    table = results(truth=False)
    for each in CLAIMS:
        measured = len(joined(each.measure(Evidence(table))).values) > 0
        assert measured == each.id.endswith("-lowest-objective"), each.id


def test_ids_are_unique():
    ids = [each.id for each in CLAIMS]
    assert len(set(ids)) == len(ids) == 13
    assert np.all([each.study == "contest" for each in CLAIMS])
