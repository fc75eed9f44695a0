"""The ledger of paper 2: each claim holds, and fails where a wrong method is planted."""

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from softkmeans import tables
from softkmeans.clustering.assignments import softmax
from softkmeans.clustering.methods import METHODS, with_learning_rate
from softkmeans.data.generated import generate
from softkmeans.paper2 import claims as paper2
from softkmeans.paper2 import identities as proved2
from softkmeans.paper2.collapse import collapse_tables
from softkmeans.paper2.problem import MAPS, Evidence, set_up
from softkmeans.paper2.table1 import table1
from softkmeans.paper2.theorems import theory_tables
from softkmeans.report.ledger import (
    EMPIRICAL,
    EXCEPTIONS,
    FAILS,
    HOLDS,
    IDENTITY,
    joined,
    make_ledger,
)

SIGMAS = np.geomspace(2, 0.005, 8)


@pytest.fixture(scope="module")
def made():
    """What the pipeline would leave, in small: two geometries."""
    geometries = [generate("moons", 2020), generate("isotropic", 2020)]
    problems = tuple(set_up(data, "random-points", 3, 2020) for data in geometries)
    parts = [theory_tables(problem, SIGMAS) for problem in problems]
    parts += [collapse_tables(problem, name, SIGMAS) for problem in problems for name in MAPS]
    names = {name for part in parts for name in part} - {"paths"}
    return SimpleNamespace(
        data={data.name: data for data in geometries},
        problems=problems,
        found={n: tables.frame(tables.concatenate(p[n] for p in parts if n in p)) for n in sorted(names)},
    )


def all_claims():
    return paper2.all_claims(["moons", "isotropic"])


def ledger(made, evidence):
    return make_ledger(all_claims(), evidence, {n: data.origin.source for n, data in made.data.items()})


@pytest.fixture(scope="module")
def evidence(made):
    return Evidence(made.problems, made.found)


@pytest.fixture(scope="module")
def measured(made, evidence):
    """The rows without anything planted."""
    return {row["id"]: row for row in ledger(made, evidence).to_pylist()}


def verdict(evidence, name):
    (claim,) = (claim for claim in all_claims() if claim.id == name)
    return claim.criterion.verdict(joined(claim.measure(evidence)).values)


# Wrong methods. Each gives evidence of its own, or patches what the claims are measured by.


def wrong_table(name, **columns):
    """A table of paper 2, some columns changed."""

    def plant(made, evidence, patch, folder):
        return replace(evidence, found={**evidence.found, name: evidence.found[name].assign(**columns)})

    return plant


def at_largest(column):
    """What was measured at the largest σ, or T, of each data set in place of what was at each."""

    def change(table):
        levels = table["sigma"] if "sigma" in table else table["temperature"]
        ordered = table.assign(level=levels).sort_values("level", kind="stable")
        keys = [key for key in ("dataset", "method", "repeat", "cluster") if key in table]
        return ordered.groupby(keys, observed=True)[column].transform("last").reindex(table.index)

    return {column: change}


def instead(module, name, wrong):
    """Nothing but `wrong(right, …)` in the place of a function, or a value in that of another."""

    def plant(made, evidence, patch, folder):
        right = getattr(module, name)
        patch.setattr(module, name, (lambda *given: wrong(right, *given)) if callable(wrong) else wrong)
        return evidence

    return plant


def method_instead(name, change):
    def plant(made, evidence, patch, folder):
        patch.setitem(METHODS, name, change(METHODS[name]))
        return evidence

    return plant


def uphill(sums, state):
    return 2 * state - METHODS["lse"].update(sums, state)


def furthest(squares, temperature):
    """Softmax of +d²/T, the wrong sign."""
    return softmax.at(squares.max(axis=0) - squares, temperature)


def too_warm(right, points, state, level, rule):
    return right(points, state, 1.01 * level, rule)


def constant_rate(method):
    return with_learning_rate(method, 0.5)


PLANTS = [
    ("gamma-limit", "wrong T, L", wrong_table("gaps", **at_largest("weighted"))),
    ("gamma-limit", "wrong T, F", wrong_table("gaps", **at_largest("free"))),
    ("minimisers", "wrong T", instead(proved2, "functionals", lambda right, x, c, _: right(x, c, 8.0))),
    (
        "minimisers",
        "wrong sign",
        instead(proved2, "functionals", lambda right, *given: [-np.tanh(v / 100) for v in right(*given)]),
    ),
    ("soft-centroid", "wrong T", instead(proved2, "soft_centroids", too_warm)),
    ("gradient-step", "wrong sign", method_instead("rbf-softmax", lambda m: replace(m, update=uphill))),
    ("gradient-step", "a constant rate", method_instead("rbf-softmax", constant_rate)),
    ("identical-trajectories", "wrong T", instead(proved2, "LIMIT", 0.3)),
    ("identical-trajectories", "a constant rate", method_instead("rbf-entmax15", constant_rate)),
    ("collapse", "wrong T", wrong_table("collapse", **at_largest("discrepancy"))),
    ("exponential-bound", "wrong T", wrong_table("bounds", **at_largest("one_step"))),
    ("exponential-rate", "wrong sign", wrong_table("rates", slope=lambda t: -t["slope"])),
    ("exponential-rate", "σ² for T", wrong_table("rates", slope=lambda t: t["slope"] / 2)),
    (
        "entmax-exact",
        "σ² for T",
        wrong_table("exactness", exact_sigma=lambda t: np.sqrt(2) * t["exact_sigma"]),
    ),
    ("entmax-exact", "never exact", wrong_table("exactness", exact_sigma=np.nan)),
    (
        "entmax-polynomial",
        "linear",
        wrong_table("falls", discrepancy=lambda t: (t["ratio"] - 1).clip(lower=0)),
    ),
    ("entmax-polynomial", "no deviation", wrong_table("falls", discrepancy=0.0)),
    ("entmax-one-hot", "softmax in its place", instead(proved2, "entmax15", SimpleNamespace(at=softmax.at))),
    ("voronoi", "wrong sign", instead(proved2, "entmax15", SimpleNamespace(at=furthest))),
    ("softmax-unstable", "never NaN", wrong_table("stability", nan_share=0.0)),
    ("entmax-stable", "NaN", wrong_table("stability", nan_share=1.0)),
    *(
        (f"monotone-{protocol}-{dataset}", what, wrong_table("collapse", discrepancy=change))
        for protocol in ("sigma-wise", "initialisation-wise")
        for dataset in ("moons", "isotropic")
        for what, change in (
            ("wrong sign", lambda t: 1 / t["sigma"]),
            ("one rise", lambda t: np.abs(t["sigma"] - 0.01)),
        )
    ),
]


@pytest.mark.parametrize(("name", "what", "plant"), PLANTS, ids=[f"{n}: {what}" for n, what, _ in PLANTS])
def test_a_wrong_method_fails(made, evidence, monkeypatch, tmp_path, name, what, plant):
    assert verdict(plant(made, evidence, monkeypatch, tmp_path), name) == FAILS


def test_every_claim_has_a_wrong_method_planted():
    assert {name for name, *_ in PLANTS} == {claim.id for claim in all_claims()}


def test_without_anything_planted_the_claims_hold(measured, made):
    verdicts = {name: row["verdict"] for name, row in measured.items()}
    for name in verdicts:
        if name == "softmax-unstable":
            assert verdicts[name] == EXCEPTIONS
        elif not name.startswith("monotone-"):
            assert verdicts[name] == HOLDS, measured[name]


def test_a_monotone_collapse_holds(made, evidence):
    ideal = wrong_table("collapse", discrepancy=lambda t: t["sigma"])(made, evidence, None, None)
    assert {verdict(ideal, claim.id) for claim in all_claims() if claim.id.startswith("monotone-")} == {HOLDS}


def test_monotone_collapses_are_those_of_table_1(made, measured):
    for row in table1(made.found).itertuples():
        holds = row.monotone_softmax and row.monotone_entmax15
        assert measured[f"monotone-{row.protocol}-{row.dataset}"]["verdict"] == (HOLDS if holds else FAILS)


def test_rows_say_what_was_measured_on_which_data(measured, made):
    assert measured["gamma-limit"]["data"] == "generated: moons, isotropic"
    assert measured["softmax-unstable"]["exceptions"] == "moons softmax, shifted; isotropic softmax, shifted"
    for row in measured.values():
        assert row["figure"].startswith(f"figures/{row['study']}/")
        assert row["met"] <= row["cases"]
        assert row["measured"].endswith(".")


def test_each_claim_is_of_a_kind(measured):
    kinds = Counter(row["kind"] for row in measured.values())
    assert kinds.keys() == {IDENTITY, EMPIRICAL}


def test_the_same_evidence_gives_the_same_ledger_and_it_survives_its_csv(made, evidence, measured, tmp_path):
    again = ledger(made, evidence)
    assert again.to_pylist() == list(measured.values())
    tables.write(again, tmp_path / "claims.csv")
    read = pd.read_csv(tmp_path / "claims.csv")
    assert list(read) == tables.SCHEMAS["claims"].names
    assert read["id"].tolist() == [claim.id for claim in all_claims()]
