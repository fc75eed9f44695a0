"""The ledger of both papers: each claim holds, and fails where a wrong method is planted."""

from collections import Counter
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from softkmeans import tables
from softkmeans.clustering.assignments import softmax
from softkmeans.clustering.methods import METHODS, gradient, with_learning_rate
from softkmeans.clustering.temperatures import Temperature
from softkmeans.data.generated import generate
from softkmeans.paper1 import claims as paper1
from softkmeans.paper1 import identities as proved1
from softkmeans.paper1.study import SOFT, gather, shown
from softkmeans.paper1.study import Evidence as Evidence1
from softkmeans.paper2 import claims as paper2
from softkmeans.paper2 import identities as proved2
from softkmeans.paper2.collapse import collapse_tables
from softkmeans.paper2.problem import MAPS, set_up
from softkmeans.paper2.problem import Evidence as Evidence2
from softkmeans.paper2.table1 import table1
from softkmeans.paper2.theorems import theory_tables
from softkmeans.report.ledger import (
    BY_CONSTRUCTION,
    EMPIRICAL,
    EXCEPTIONS,
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
SIGMAS = np.geomspace(2, 0.005, 8)
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
    geometries = [generate("moons", 2020), generate("isotropic", 2020)]
    problems = tuple(set_up(data, "random-points", 3, 2020) for data in geometries)
    parts = [theory_tables(problem, SIGMAS) for problem in problems]
    parts += [collapse_tables(problem, name, SIGMAS) for problem in problems for name in MAPS]
    names = {name for part in parts for name in part} - {"paths"}
    return SimpleNamespace(
        data={data.name: data for data in (s1, g2, *geometries)},
        first={method: run_study(s1, method, folder) for method in ("kmeans", *SOFT)},
        sweep={
            method: run_study(g2, method, folder, temperatures=(100.0, 1000.0), repeats=4, every=False)
            for method in (*SOFT, "rbf-entmax15")
        },
        problems=problems,
        found={n: tables.frame(tables.concatenate(p[n] for p in parts if n in p)) for n in sorted(names)},
        folder=folder,
    )


@dataclass(frozen=True)
class Evidence(Evidence1, Evidence2):
    """What the claims of both papers are measured on."""


def all_claims():
    return [*paper1.CLAIMS, *paper2.all_claims(["moons", "isotropic"])]


def ledger(made, evidence):
    return make_ledger(all_claims(), evidence, {n: data.origin.source for n, data in made.data.items()})


def evidence_of(made, folder, first=None, sweep=None):
    """Evidence with some methods' runs replaced."""
    one = write_study(folder / "first", (made.first | (first or {})).values())
    other = write_study(folder / "sweep", (made.sweep | (sweep or {})).values())
    found = gather(made.data, "s1", 15, one, other)
    return Evidence(made.problems, made.found, found.data, found.n_clusters, found.first, found.sweep)


@pytest.fixture(scope="module")
def evidence(made):
    return evidence_of(made, made.folder)


@pytest.fixture(scope="module")
def measured(made, evidence):
    """The rows without anything planted."""
    return {row["id"]: row for row in ledger(made, evidence).to_pylist()}


def verdict(evidence, name):
    (claim,) = (claim for claim in all_claims() if claim.id == name)
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


def same_gap_always(right, points, state, levels, rule):
    return right(points, state, np.full_like(levels, levels[0]), rule)


def too_warm(right, points, state, level, rule):
    return right(points, state, 1.01 * level, rule)


def constant_rate(method):
    return with_learning_rate(method, 0.5)


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
    uncertain = set() if made.data["s1"].origin.source == "real" else REAL_ONLY
    for name in verdicts.keys() - uncertain:
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
    source = made.data["s1"].origin.source
    assert measured["lse-is-entropy"]["data"] == f"{source}: s1, g2-2-60"
    assert measured["lse-is-entropy"]["cases"] == 26 + 2 * 5
    assert measured["gamma-limit"]["data"] == "generated: moons, isotropic"
    assert measured["same-iterations"]["number"] == 0
    assert "of 25" in measured["entropy-not-monotone"]["note"]
    assert measured["smooth-monotone"]["note"].startswith("the traces kept")
    assert measured["softmax-unstable"]["exceptions"] == "moons softmax, shifted; isotropic softmax, shifted"
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
    assert read["id"].tolist() == [claim.id for claim in all_claims()]


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
