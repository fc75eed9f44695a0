"""The ledger of the sweep: each claim holds on made-up runs, and fails where one thing is changed."""

import numpy as np
import pandas as pd
import pytest

from softkmeans.report.ledger import EMPIRICAL, FAILS, HOLDS, IDENTITY, NOT_MEASURED, joined, make_ledger
from softkmeans.sweep.claims import NO_GAIN, NO_PAIRS, Evidence, all_claims
from softkmeans.sweep.paired import compare_with_kmeans
from softkmeans.sweep.published import compare

N = 60
REPEAT = np.arange(N)
#: K-means finds everything from these starts, a soft method from 30 more.
HARD, MORE, FEWER = REPEAT < 20, REPEAT < 50, REPEAT < 4


def runs(dataset, method, ratio, found, objective=1.0):
    return pd.DataFrame(
        {
            "dataset": dataset,
            "method": method,
            "initialisation": "random-points",
            "temperature": 50 * ratio,
            "temperature_ratio": ratio,
            "repeat": np.arange(len(found)),
            "centroid_index": pd.array(np.where(found, 0, 2), dtype="Int16"),
            "objective": 1.0,
            "smooth_objective": -objective,
        }
    )


def published_runs(start, index, number=1000):
    return runs("s1", "kmeans", 0.0, np.zeros(number)).assign(
        initialisation=start, centroid_index=pd.array(np.resize(index, number), dtype="Int16")
    )


#: 1.8 clusters of S1 missed on average, as published, and 0.6 from maxmin.
FROM_POINTS, FROM_MAXMIN = [1, 2, 2, 2, 2], [0, 1, 1, 1, 0]


def evidence(
    *, cold=HARD, warm=MORE, lse=1.0, lse_found=HARD, points=FROM_POINTS, maxmin=FROM_MAXMIN, least=0
):
    """Evidence in which all claims hold, but for what is changed."""
    parts = [
        part
        for dataset in ("s1", "unbalance")
        for part in (
            runs(dataset, "kmeans", 0.0, HARD),
            runs(dataset, "entropy", 0.01, cold),
            runs(dataset, "entropy", 0.1, warm),
            runs(dataset, "lse", 0.01, lse_found[:2], lse),
        )
    ]
    spread = published_runs("maxmin", maxmin)
    spread.loc[::100, ["objective", "centroid_index"]] = 0.5, least  # the least J of each hundred
    table = pd.concat(parts, ignore_index=True)
    return Evidence(
        table,
        compare_with_kmeans(table),
        compare(pd.concat([published_runs("random-points", points), spread], ignore_index=True), {"s1": 15}),
    )


def verdict(found, name):
    (claim,) = (claim for claim in all_claims(["s1"], 2) if claim.id == name)
    return claim.criterion.verdict(joined(claim.measure(found)).values)


def note(found, name):
    (claim,) = (claim for claim in all_claims(["s1"], 2) if claim.id == name)
    return joined(claim.measure(found)).note


PLANTS = [
    ("temperature-helps", "as often as K-means", {"warm": HARD}),
    ("temperature-helps", "three more of 60", {"warm": REPEAT < 23}),
    ("temperature-helps", "it hurts", {"warm": FEWER}),
    ("temperature-misses-fewer", "as many as K-means", {"warm": HARD}),
    ("temperature-misses-fewer", "it hurts", {"warm": FEWER}),
    ("cold-does-no-harm", "it does", {"cold": FEWER}),
    ("no-temperature-harms", "the cold one does", {"cold": FEWER}),
    ("no-temperature-harms", "the warm one does", {"warm": FEWER}),
    ("equal-methods", "another J̃", {"lse": 1 + 1e-8}),
    ("published-s1", "half a cluster more", {"points": [2, 2, 2, 2, 3]}),
    ("published-s1", "half a cluster fewer", {"points": [1, 1, 1, 1, 2]}),
    ("published-s1", "two clusters from every start", {"points": [2]}),
    ("maxmin-helps", "worse than random points", {"maxmin": [2]}),
    ("repeats-help", "a cluster missed", {"least": 1}),
]


@pytest.mark.parametrize(("name", "what", "change"), PLANTS, ids=[f"{n}: {what}" for n, what, _ in PLANTS])
def test_one_thing_that_is_not_so_makes_a_claim_fail(name, what, change):
    assert verdict(evidence(), name) == HOLDS
    assert verdict(evidence(**change), name) == FAILS


def test_every_claim_has_something_planted():
    assert {name for name, *_ in PLANTS} == {claim.id for claim in all_claims(["s1"], 2)}


def test_rows_say_where_and_by_how_much():
    sources = {"s1": "real", "unbalance": "twin"}
    found = evidence(warm=FEWER)
    rows = {row["id"]: row for row in make_ledger(all_claims(["s1"], 2), found, sources).to_pylist()}
    harm = rows["no-temperature-harms"]
    assert (harm["verdict"], harm["cases"], harm["met"]) == (FAILS, 2, 0)
    assert harm["data"] == "real: s1; twin: unbalance"
    where = "unbalance, entropy: at 0.1 T_c, and most of all from random-points at 0.1 T_c"
    assert f"{where}: 33% → 7% (60 starts, p = 6e-05)" in harm["note"]
    assert rows["cold-does-no-harm"]["verdict"] == HOLDS
    assert rows["cold-does-no-harm"]["note"] == ""
    assert rows["temperature-helps"]["number"] == 0
    assert "ours 1.80 ± 0.01" in rows["published-s1"]["note"]
    assert "published 1.8" in rows["published-s1"]["note"]
    assert "from random points 12.0% here, 15% published; from maxmin" in rows["maxmin-helps"]["note"]
    assert {row["study"] for row in rows.values()} == {"sweep"}
    assert {name for name, row in rows.items() if row["kind"] == IDENTITY} == {"equal-methods"}
    assert {row["kind"] for row in rows.values()} == {IDENTITY, EMPIRICAL}


def test_the_note_has_the_range_and_the_largest_difference():
    assert note(evidence(cold=FEWER, warm=REPEAT < 10), "no-temperature-harms").startswith(
        "s1, entropy: at 0.01 to 0.1 T_c, and most of all from random-points at 0.01 T_c: 33% → 7%"
    )


def test_what_was_not_run_is_not_measured():
    empty = evidence()
    runs_alone = empty.runs[empty.runs["method"] == "kmeans"]
    nothing = Evidence(runs_alone, compare_with_kmeans(runs_alone), empty.published.iloc[:0])
    assert {verdict(nothing, claim.id) for claim in all_claims(["s1"], 2)} == {NOT_MEASURED}
    assert verdict(evidence(), "published-s1") == HOLDS
    assert note(nothing, "temperature-helps") == note(nothing, "cold-does-no-harm") == NO_PAIRS
    (a1,) = (claim for claim in all_claims(["a1"], 2) if claim.id == "published-a1")
    assert a1.criterion.verdict(joined(a1.measure(evidence())).values) == NOT_MEASURED


def test_where_kmeans_always_succeeds_there_is_nothing_to_gain():
    always = REPEAT >= 0
    table = pd.concat([runs("s1", "kmeans", 0.0, always), runs("s1", "entropy", 0.01, always)])
    found = Evidence(table, compare_with_kmeans(table), evidence().published)
    assert verdict(found, "temperature-helps") == verdict(found, "temperature-misses-fewer") == NOT_MEASURED
    assert note(found, "temperature-helps") == NO_GAIN
    assert verdict(found, "no-temperature-harms") == HOLDS


def test_without_a_cold_temperature_there_is_no_cold_harm():
    table = evidence().runs.query("temperature_ratio != 0.01")
    found = Evidence(table, compare_with_kmeans(table), evidence().published)
    assert verdict(found, "cold-does-no-harm") == NOT_MEASURED
    assert note(found, "cold-does-no-harm") == "no temperature up to 0.01 T_c was run"


def test_claims_point_to_figures_that_are_drawn():
    assert {claim.figure for claim in all_claims(["s1"], 2)} == {"success", "centroid-index", "published"}
    assert {claim.figure for claim in all_claims([], 27)} == {"success-1", "centroid-index-1"}
