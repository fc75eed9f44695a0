"""The ledger of paper 1: each claim holds, and fails where a wrong method is planted."""

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from softkmeans import tables
from softkmeans.clustering.methods import gradient
from softkmeans.clustering.temperatures import Temperature
from softkmeans.paper1 import claims as paper1
from softkmeans.paper1 import identities as proved1
from softkmeans.paper1.study import SOFT, gather, shown
from softkmeans.report.ledger import (
    BY_CONSTRUCTION,
    EMPIRICAL,
    FAILS,
    HOLDS,
    IDENTITY,
    NOT_MEASURED,
    joined,
    make_ledger,
)
from softkmeans.runs.batch import run_batch
from softkmeans.runs.evaluation import evaluated

TEMPERATURE = 1e9
STUDY = ("runs", "trace", "centroids")
REAL_ONLY = {"9-iterations", "14-iterations", "sequential-finds-all", "sequential-coincides"}
"""Claims about one run on S1, which need not hold on its twin."""


def run_study(
    data, method, folder, *, temperatures=(TEMPERATURE,), repeats=25, max_iterations=300, every=True
):
    """Runs of paper 1's kind by one method."""
    made = run_batch(
        data,
        method=method,
        initialisations=["random-points", "sequential"],
        temperatures=[Temperature(t) for t in temperatures],
        repeats=range(repeats),
        seed=2020,
        tolerance=1e-4,
        max_iterations=max_iterations,
        trace="all" if every else "final",
        every_iteration=every,
    )
    runs = evaluated(made["runs"], made["centroids"], data)
    return {"runs": runs, "trace": made["trace"], "centroids": made["centroids"]}


def write_study(folder, studies):
    """Write tables one under another."""
    paths = {name: folder / f"{name}.parquet" for name in STUDY}
    for name, path in paths.items():
        tables.write(tables.concatenate(study[name] for study in studies), path)
    return paths


def relabelled(study, **columns):
    """The tables of a study with other values in columns of the key."""
    return {
        name: tables.make(name, {column: table[column] for column in table.schema.names} | columns)
        for name, table in study.items()
    }


@pytest.fixture(scope="module")
def made(benchmark_set, tmp_path_factory):
    """What the pipeline would leave, in small: S1, a sweep of one set, and two geometries."""
    folder = tmp_path_factory.mktemp("results")
    s1, g2 = benchmark_set("s1"), benchmark_set("g2-2-60")
    return SimpleNamespace(
        data={data.name: data for data in (s1, g2)},
        first={method: run_study(s1, method, folder) for method in ("kmeans", *SOFT)},
        sweep={
            method: run_study(g2, method, folder, temperatures=(100.0, 1000.0), repeats=4, every=False)
            for method in (*SOFT, "rbf-entmax15")
        },
        folder=folder,
    )


def ledger(made, evidence):
    return make_ledger(paper1.CLAIMS, evidence, {n: data.origin.source for n, data in made.data.items()})


def evidence_of(made, folder, first=None, sweep=None):
    """Evidence with some methods' runs replaced."""
    one = write_study(folder / "first", (made.first | (first or {})).values())
    other = write_study(folder / "sweep", (made.sweep | (sweep or {})).values())
    return gather(made.data, "s1", 15, one, other)


@pytest.fixture(scope="module")
def evidence(made):
    return evidence_of(made, made.folder)


@pytest.fixture(scope="module")
def measured(made, evidence):
    """The rows without anything planted."""
    return {row["id"]: row for row in ledger(made, evidence).to_pylist()}


def verdict(evidence, name):
    (claim,) = (claim for claim in paper1.CLAIMS if claim.id == name)
    return claim.criterion.verdict(joined(claim.measure(evidence)).values)


# Wrong methods. Each gives evidence of its own, or patches what the claims are measured by.


def wrong_runs(of, method=None, names=None, temperature=1.0, **options):
    """Runs of one method in the place of others', at another temperature, or stopped too early."""

    def plant(made, evidence, patch, folder):
        levels = (temperature * TEMPERATURE,)
        study = run_study(made.data["s1"], method or of, folder, temperatures=levels, **options)
        planted = {n: relabelled(study, method=n, temperature=TEMPERATURE) for n in names or [of]}
        return evidence_of(made, folder, first=planted)

    return plant


def wrong_sweep(made, evidence, patch, folder):
    study = run_study(
        made.data["g2-2-60"], "lse", folder, temperatures=(101.0, 1010.0), repeats=4, every=False
    )
    planted = {}
    for name, table in study.items():
        levels = np.round(table["temperature"].to_numpy() / 1.01)
        planted |= relabelled({name: table}, temperature=levels, method="entropy")
    return evidence_of(made, folder, sweep={"entropy": planted})


def wrong_trace(change):
    """Traces of all methods, changed."""

    def plant(made, evidence, patch, folder):
        studies = {}
        for name, found in made.first.items():
            changed = change(tables.frame(found["trace"]))
            trace = pa.Table.from_pandas(changed, tables.SCHEMAS["trace"], preserve_index=False)
            studies[name] = found | {"trace": trace}
        return evidence_of(made, folder, first=studies)

    return plant


def of_each_run(column, change):
    """A column of the trace, changed run by run."""
    keys = ["method", "initialisation", "repeat"]
    return wrong_trace(
        lambda trace: trace.assign(
            **{
                column: trace.groupby(keys, observed=True)[column].transform(
                    lambda run: change(run.to_numpy())
                )
            }
        )
    )


def wrong_ends(change):
    """What the runs of paper 1 ended with, changed."""

    def plant(made, evidence, patch, folder):
        changed = change(evidence.first.runs, evidence)
        return replace(evidence, first=replace(evidence.first, runs=evidence.first.runs.assign(**changed)))

    return plant


def at_the_truth(runs, evidence):
    truth = shown(runs, evidence.data).truth
    return {"objective": truth.objective, "smooth_objective": truth.smooth_objective}


def few_iterations(runs, evidence):
    return {"n_iterations": runs["n_iterations"].clip(upper=5)}


def instead(module, name, wrong):
    """Nothing but `wrong(right, …)` in the place of a function, or a value in that of another."""

    def plant(made, evidence, patch, folder):
        right = getattr(module, name)
        patch.setattr(module, name, (lambda *given: wrong(right, *given)) if callable(wrong) else wrong)
        return evidence

    return plant


def same_gap_always(right, points, state, levels, rule):
    return right(points, state, np.full_like(levels, levels[0]), rule)


def too_warm(right, points, state, level, rule):
    return right(points, state, 1.01 * level, rule)


PLANTS = [
    ("lse-is-entropy", "wrong T", wrong_runs("entropy", temperature=1.01)),
    ("lse-is-entropy", "wrong T in the sweep alone", wrong_sweep),
    ("lse-is-entropy", "unconverged", wrong_runs("lse", max_iterations=6)),
    ("lse-is-entropy", "entmax in its place", wrong_runs("entropy", method="rbf-entmax15")),
    ("maxent-is-entropy", "wrong T", wrong_runs("maxent", temperature=1.01)),
    ("maxent-is-entropy", "unconverged", wrong_runs("maxent", max_iterations=6)),
    ("same-iterations", "wrong T", wrong_runs("maxent", temperature=1.5)),
    ("same-iterations", "unconverged", wrong_runs("lse", max_iterations=6)),
    (
        "maxent-lagrangian",
        "wrong sign of the entropy",
        instead(proved1, "entropy_lagrangian", lambda right, *given: right(*given) * [-1, 1, 1]),
    ),
    ("maxent-lagrangian", "wrong T", instead(proved1, "lagrangian", too_warm)),
    ("gradient", "wrong sign", instead(proved1, "gradient", lambda _, *given: -gradient(*given))),
    ("gradient", "wrong T", instead(proved1, "sum_over_points", too_warm)),
    (
        "smooth-bounds",
        "wrong sign",
        wrong_trace(lambda t: t.assign(smooth_objective=2 * t["objective"] - t["smooth_objective"])),
    ),
    (
        "smooth-bounds",
        "wrong T",
        wrong_trace(
            lambda t: t.assign(smooth_objective=1e5 * t["smooth_objective"] - (1e5 - 1) * t["objective"])
        ),
    ),
    ("smooth-limit", "wrong T", instead(proved1, "sum_over_points", same_gap_always)),
    ("smooth-monotone", "wrong sign", of_each_run("smooth_objective", lambda run: run[::-1])),
    ("entropy-not-monotone", "a method that raises it", of_each_run("entropy", np.sort)),
    ("14-iterations", "unconverged", wrong_ends(few_iterations)),
    ("local-optimum", "a run that ends at the truth", wrong_ends(at_the_truth)),
    ("9-iterations", "unconverged", wrong_ends(few_iterations)),
    ("9-iterations", "wrong T", wrong_runs("lse", names=SOFT, temperature=30.0)),
    ("sequential-finds-all", "wrong T", wrong_runs("lse", names=SOFT, temperature=100.0)),
    ("sequential-coincides", "wrong T", wrong_runs("lse", names=SOFT, temperature=30.0)),
    ("sequential-coincides", "unconverged", wrong_runs("lse", names=SOFT, max_iterations=3)),
]


@pytest.mark.parametrize(("name", "what", "plant"), PLANTS, ids=[f"{n}: {what}" for n, what, _ in PLANTS])
def test_a_wrong_method_fails(made, evidence, monkeypatch, tmp_path, name, what, plant):
    assert verdict(plant(made, evidence, monkeypatch, tmp_path), name) == FAILS


def test_every_claim_has_a_wrong_method_planted():
    assert {name for name, *_ in PLANTS} == {claim.id for claim in paper1.CLAIMS}


def test_without_anything_planted_the_claims_hold(measured, made):
    verdicts = {name: row["verdict"] for name, row in measured.items()}
    uncertain = set() if made.data["s1"].origin.source == "real" else REAL_ONLY
    for name in verdicts.keys() - uncertain:
        assert verdicts[name] == HOLDS, measured[name]


def test_rows_say_what_was_measured_on_which_data(measured, made):
    source = made.data["s1"].origin.source
    assert measured["lse-is-entropy"]["data"] == f"{source}: s1, g2-2-60"
    assert measured["lse-is-entropy"]["cases"] == 26 + 2 * 5
    assert measured["same-iterations"]["number"] == 0
    assert "of 25" in measured["entropy-not-monotone"]["note"]
    assert measured["smooth-monotone"]["note"].startswith("the traces kept")
    if source == "real":
        assert measured["14-iterations"]["number"] == 14
        assert measured["9-iterations"]["number"] == 9
    for row in measured.values():
        assert row["figure"].startswith(f"figures/{row['study']}/")
        assert row["met"] <= row["cases"]
        assert row["measured"].endswith(".")


def test_each_claim_is_of_a_kind(measured):
    kinds = Counter(row["kind"] for row in measured.values())
    assert kinds.keys() == {IDENTITY, BY_CONSTRUCTION, EMPIRICAL}
    for name in ("14-iterations", "local-optimum"):
        assert measured[name]["kind"] == BY_CONSTRUCTION


def test_the_same_evidence_gives_the_same_ledger_and_it_survives_its_csv(made, evidence, measured, tmp_path):
    again = ledger(made, evidence)
    assert again.to_pylist() == list(measured.values())
    tables.write(again, tmp_path / "claims.csv")
    read = pd.read_csv(tmp_path / "claims.csv")
    assert list(read) == tables.SCHEMAS["claims"].names
    assert read["id"].tolist() == [claim.id for claim in paper1.CLAIMS]


def test_what_the_experiment_has_no_case_of_is_not_measured(made, tmp_path):
    """Without a ground truth, and with one soft method only."""
    data = made.data | {"s1": replace(made.data["s1"], labels=None)}
    runs = made.first["lse"]["runs"]
    blank = {column: runs[column] for column in runs.schema.names[:-4]}
    first = {"lse": made.first["lse"] | {"runs": tables.make("runs", blank)}}
    small = SimpleNamespace(**vars(made) | {"data": data, "first": first})
    rows = {r["id"]: r for r in ledger(made, replace(evidence_of(small, tmp_path), sweep=None)).to_pylist()}
    assert {name for name, row in rows.items() if row["verdict"] == NOT_MEASURED} == {
        "lse-is-entropy",
        "maxent-is-entropy",
        "same-iterations",
        "local-optimum",
        "sequential-finds-all",
        "sequential-coincides",
    }
    assert rows["local-optimum"]["note"] == "no ground truth"
    assert rows["local-optimum"]["data"] == ""
    assert rows["lse-is-entropy"]["number"] is None


def test_runs_of_no_equivalent_method_leave_paper_1_unmeasured(made, tmp_path):
    study = relabelled(made.first["lse"], method="rbf-softmax")
    found = evidence_of(SimpleNamespace(**vars(made) | {"first": {"rbf-softmax": study}}), tmp_path)
    of_data_alone = {"maxent-lagrangian", "gradient", "smooth-limit"}
    for claim in paper1.CLAIMS:
        if claim.id not in of_data_alone:
            assert verdict(replace(found, sweep=None), claim.id) == NOT_MEASURED, claim.id


def test_annealed_runs_are_left_out(made, tmp_path, measured):
    """They end elsewhere than the method whose name they bear."""
    annealed = relabelled(made.sweep["rbf-entmax15"], method="annealed-entropy")
    found = evidence_of(made, tmp_path, sweep={"annealed-entropy": annealed})
    for row in ledger(made, found).to_pylist():
        if row["study"] == "paper1":
            assert row == measured[row["id"]]
