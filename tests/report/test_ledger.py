"""Criteria, and the ledger's rows."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from softkmeans.report.ledger import (
    EMPIRICAL,
    EXCEPTIONS,
    FAILS,
    HOLDS,
    NOT_MEASURED,
    RELATIONS,
    Criterion,
    cases,
    make_ledger,
    register,
    unless,
)


@given(
    relation=st.sampled_from(list(RELATIONS)),
    limit=st.floats(-10, 10),
    values=arrays(float, st.integers(1, 20), elements=st.floats(-20, 20)),
)
def test_the_number_given_breaks_the_criterion_if_any_does(relation, limit, values):
    criterion = Criterion(relation, limit, "case")
    worst = criterion.worst(values)
    assert worst in values
    assert bool(criterion.met(np.array([worst]))[0]) == bool(criterion.met(values).all())
    assert criterion.verdict(values) == (HOLDS if criterion.met(values).all() else FAILS)


@given(
    relation=st.sampled_from(list(RELATIONS)),
    limit=st.floats(-1, 1) | st.integers(-5, 5) | st.just(1 + 1e-12),
    values=arrays(float, 10, elements=st.floats(-2, 2)),
)
def test_the_text_is_what_is_checked(relation, limit, values):
    criterion = Criterion(relation, limit, "case")
    told, number = re.fullmatch(r"(≤|≥|>|=) (\S+) for every case", criterion.text).groups()
    operation = {"≤": "<=", "≥": ">=", ">": ">", "=": "=="}[told]
    values[0] = limit
    np.testing.assert_array_equal(criterion.met(values), eval(f"values {operation} {number}"))


@given(n=st.integers(1, 200), broken=st.integers(0, 200), share=st.sampled_from([0.0, 0.01, 0.1, 0.5]))
def test_exceptions_are_those_that_the_text_states(n, broken, share):
    broken = min(n, broken)
    criterion = Criterion("≤", 1, "run", exceptions=share)
    found = criterion.verdict(np.r_[np.full(broken, 2.0), np.zeros(n - broken)])
    assert found == (HOLDS if not broken else EXCEPTIONS if broken / n <= share else FAILS)
    assert (f"at most {share:.0%} break it" in criterion.text) == (share > 0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.5, 1.0], HOLDS),
        ([0.5, 1.5, 2.0], EXCEPTIONS),
        ([0.5, 2.5], FAILS),
        ([0.5, np.nan], FAILS),
        ([], NOT_MEASURED),
    ],
)
def test_a_second_limit_tolerates_any_number_of_exceptions_within_it(values, expected):
    criterion = Criterion("≤", 1, "curve", tolerated=2)
    assert criterion.verdict(np.array(values)) == expected
    assert criterion.text == "≤ 1 for every curve; with exceptions if all are ≤ 2"


def test_what_is_not_a_number_breaks_a_criterion_and_nothing_is_no_verdict():
    for relation in RELATIONS:
        criterion = Criterion(relation, 0, "case")
        assert criterion.verdict(np.array([np.nan])) == FAILS
        assert np.isnan(criterion.worst(np.array([np.nan])))
        assert criterion.verdict(np.array([])) == NOT_MEASURED


@pytest.mark.parametrize(("relation", "worst"), [("≤", 7.0), ("≥", -1.0), (">", -1.0), ("=", 7.0)])
def test_the_worst_value(relation, worst):
    assert Criterion(relation, 2, "case").worst(np.array([np.nan, 1.0, 7.0, -1.0, 2.0])) == worst


def test_a_claim_is_a_row():
    claims = []
    words = {"kind": EMPIRICAL, "where": "here", "statement": "So.", "figure": "fig1"}

    @register(claims, "paper1", "b", criterion=Criterion("≤", 1, "run", 0.9), detail="x", **words)
    def measure(evidence, detail):
        """What it is.

        And of what.
        """
        yield cases(["s1", "s1", "a1", "a1"], evidence, [detail, detail, "", ""], "noted")

    (row,) = make_ledger(claims, [0, 2, 3, 4], {"s1": "twin", "a1": "real"}).to_pylist()
    assert row == {
        "id": "b",
        "study": "paper1",
        "kind": "empirical",
        "where": "here",
        "claim": "So.",
        "measured": "What it is. And of what.",
        "data": "twin: s1; real: a1",
        "number": 4.0,
        "cases": 4,
        "met": 1,
        "criterion": "≤ 1 for every run; with exceptions if at most 90% break it",
        "verdict": EXCEPTIONS,
        "exceptions": "s1 x (1 of 2); a1 (2 of 2)",
        "note": "noted",
        "figure": "figures/paper1/fig1.png",
    }


def test_a_claim_is_not_measured_where_there_is_a_reason():
    claims = []
    words = {"kind": EMPIRICAL, "where": "here", "statement": "So.", "figure": "fig1"}

    @register(claims, "paper1", "one", criterion=Criterion("≤", 1, "run"), **words)
    @unless(lambda evidence: None if evidence == "s1" else "said of s1")
    def measure(evidence):
        """What it is."""
        yield cases(evidence, 1, note="seen")
        yield cases(evidence, 0)

    def row(evidence):
        return make_ledger(claims, evidence, {"s1": "real"}).to_pylist()[0]

    measured, left_out = row("s1"), row("s2")
    assert (measured["verdict"], measured["cases"], measured["note"]) == (HOLDS, 2, "seen")
    assert (left_out["verdict"], left_out["cases"], left_out["note"]) == (NOT_MEASURED, 0, "said of s1")
    assert left_out["measured"] == "What it is."
    assert left_out["number"] is None
    assert left_out["data"] == ""
