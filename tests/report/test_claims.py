"""The ledger: each criterion can be met, and each fails where a wrong method is planted."""

import re
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from softkmeans import tables
from softkmeans.clustering.assignments import softmax
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.kernels import sum_over_points
from softkmeans.clustering.methods import METHODS, gradient, with_learning_rate
from softkmeans.data.dataset import load, save
from softkmeans.data.generated import generate
from softkmeans.paper1 import claims as paper1
from softkmeans.paper1.study import SOFT
from softkmeans.paper2 import claims as paper2
from softkmeans.paper2.collapse import collapse_tables
from softkmeans.paper2.problem import set_up
from softkmeans.paper2.table1 import table1
from softkmeans.paper2.theorems import theory_tables
from softkmeans.report.ledger import (
    EXCEPTIONS,
    FAILS,
    HOLDS,
    NOT_MEASURED,
    RELATIONS,
    Claim,
    Criterion,
    cases,
    make_ledger,
)
from softkmeans.report.pages import render
from softkmeans.runs.batch import run_batch
from softkmeans.runs.evaluation import evaluate
from softkmeans.runs.stored import size_of, study

TEMPERATURE = 1e9
STUDY = ("runs", "trace", "centroids")
PAPER2 = ("collapse", "rates", "bounds", "falls", "exactness", "gaps", "stability")
START = INITIALISATIONS["random-points"]
N_STARTS = 3
REAL_ONLY = {"9-iterations", "14-iterations", "sequential-finds-all", "sequential-coincides"}
"""Claims about one run on S1, which need not hold on its twin."""


def run_study(data, method, *, temperatures=(TEMPERATURE,), repeats=25, max_iterations=300, every=True):
    """Runs of paper 1's kind by one method."""
    batch = run_batch(
        data.points,
        dataset=data.name,
        n_clusters=data.n_clusters,
        method=METHODS[method],
        initialisations=[START, INITIALISATIONS["sequential"]],
        temperatures=temperatures,
        repeats=range(repeats),
        base_seed=2020,
        tolerance=1e-4,
        max_iterations=max_iterations,
        trace="all" if every else "final",
        every_iteration=every,
    )
    return {
        "runs": evaluate(batch.runs, batch.centroids, data),
        "trace": batch.trace,
        "centroids": batch.centroids,
    }


def write_study(folder, studies):
    """Write tables one under another, in row groups that batches do not fill."""
    paths = {}
    for name in STUDY:
        paths[name] = folder / f"{name}.parquet"
        table = tables.concatenate(study[name] for study in studies)
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, paths[name], row_group_size=1000)
    return paths


def relabelled(study, **columns):
    """The tables of a study with other values in columns of the key."""
    changed = {}
    for name, table in study.items():
        whole = {column: table[column] for column in table.schema.names}
        new = {
            column: np.full(len(table), value) if isinstance(value, float) else value
            for column, value in columns.items()
        }
        changed[name] = tables.make(name, len(table), whole | new)
    return changed


@pytest.fixture(scope="module")
def made(benchmark_set, tmp_path_factory):
    """What the pipeline would leave, in small: S1, a sweep of one set, and two geometries."""
    folder = tmp_path_factory.mktemp("results")
    s1, g2 = benchmark_set("s1"), benchmark_set("g2-2-60")
    moons, isotropic = generate("moons", 2020), generate("isotropic", 2020)
    files = {}
    for data in (s1, g2, moons, isotropic):
        files[data.name] = folder / f"{data.name}.npz"
        save(data, files[data.name])
    first = {method: run_study(s1, method) for method in ("kmeans", *SOFT)}
    sweep = {
        method: run_study(g2, method, temperatures=(100.0, 1000.0), repeats=4, every=False)
        for method in (*SOFT, "rbf-entmax15")
    }
    found = {name: [] for name in PAPER2}
    sigmas = np.geomspace(2, 0.005, 8)
    for data in (moons, isotropic):
        problem = set_up(data, START, N_STARTS, 2020)
        theory = theory_tables(problem, sigmas)
        collapses = [collapse_tables(problem, m, sigmas, None)[0] for m in paper2.MAPS]
        for name in PAPER2:
            found[name] += collapses if name == "collapse" else [theory[name]]
    paths = {}
    for name, parts in found.items():
        paths[name] = folder / f"paper2/{name}.parquet"
        tables.write(tables.concatenate(parts), paths[name])
    return SimpleNamespace(s1=s1, g2=g2, files=files, first=first, sweep=sweep, paper2=paths, folder=folder)


@dataclass(frozen=True)
class Evidence(paper1.Evidence, paper2.Evidence):
    """What the claims of both papers are measured on."""

    sources: dict


def all_claims(evidence):
    return paper1.CLAIMS + paper2.all_claims(evidence.datasets)


def ledger(evidence):
    return make_ledger(all_claims(evidence), evidence, evidence.sources)


def evidence_of(made, folder, first=None, sweep=None):
    """Evidence with some methods' runs replaced."""
    loaded = {name: load(file) for name, file in made.files.items()}
    sizes = {name: size_of(data) for name, data in loaded.items()}
    found = {name: tables.frame(tables.read(name, path)) for name, path in made.paper2.items()}
    names = found["collapse"]["dataset"].unique()
    return Evidence(
        data=loaded["s1"],
        n_clusters=15,
        first=study(write_study(folder / "first", (made.first | (first or {})).values()), sizes, SOFT),
        sweep=study(write_study(folder / "sweep", (made.sweep | (sweep or {})).values()), sizes, SOFT),
        problems=tuple(set_up(loaded[name], START, N_STARTS, 2020) for name in names),
        found=found,
        sources={name: data.origin.source for name, data in loaded.items()},
    )


@pytest.fixture(scope="module")
def evidence(made):
    return evidence_of(made, made.folder)


@pytest.fixture(scope="module")
def measured(evidence):
    """The verdicts without anything planted."""
    return {row["id"]: row for row in ledger(evidence).to_pylist()}


def verdict(evidence, name):
    (claim,) = (claim for claim in all_claims(evidence) if claim.id == name)
    return claim.criterion.verdict(claim.measure(evidence).values)


# Wrong methods. Each gives evidence of its own, or patches what the claims are measured by.


def wrong_runs(**changes):
    """Runs of one method in the place of another's, at another temperature, or stopped too early."""

    def plant(made, evidence, patch, folder):
        study = run_study(
            made.s1,
            changes.get("method", changes["of"]),
            temperatures=(changes.get("temperature", 1.0) * TEMPERATURE,),
            max_iterations=changes.get("max_iterations", 300),
        )
        names = changes.get("names", [changes["of"]])
        return evidence_of(
            made,
            folder,
            first={name: relabelled(study, method=name, temperature=TEMPERATURE) for name in names},
        )

    return plant


def wrong_sweep(made, evidence, patch, folder):
    study = run_study(made.g2, "lse", temperatures=(101.0, 1010.0), repeats=4, every=False)
    levels = study["runs"]["temperature"].to_numpy() / 1.01
    planted = {}
    for name, table in study.items():
        columns = {column: table[column] for column in table.schema.names}
        columns["temperature"] = table["temperature"].to_numpy() / 1.01
        planted[name] = tables.make(name, len(table), columns | {"method": "entropy"})
    assert sorted(set(np.round(levels))) == [100, 1000]
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


def reversed_runs(trace):
    keys = ["method", "initialisation", "repeat"]
    backwards = trace.groupby(keys, observed=True)["smooth_objective"].transform(lambda run: run[::-1].values)
    return trace.assign(smooth_objective=backwards)


def rising_entropy(trace):
    keys = ["method", "initialisation", "repeat"]
    rising = trace.groupby(keys, observed=True)["entropy"].transform(lambda run: np.sort(run.values))
    return trace.assign(entropy=rising)


def wrong_table(name, change):
    """A table of paper 2, changed."""

    def plant(made, evidence, patch, folder):
        return replace(evidence, found={**evidence.found, name: change(evidence.found[name].copy())})

    return plant


def at_largest_sigma(column):
    """What was measured at the largest σ of each data set in place of what was at each."""

    def change(table):
        levels = table["sigma"] if "sigma" in table else table["temperature"]
        ordered = table.assign(level=levels).sort_values("level", kind="stable")
        keys = [key for key in ("dataset", "method", "repeat", "cluster") if key in table]
        return table.assign(
            **{column: ordered.groupby(keys, observed=True)[column].transform("last").reindex(table.index)}
        )

    return change


def patched(change):
    """Nothing but what `change(patch)` replaces."""

    def plant(made, evidence, patch, folder):
        change(patch)
        return evidence

    return plant


def at_the_truth(made, evidence, patch, folder):
    runs = evidence.first.runs
    truth = paper1.shown(evidence).truth
    ends = {"objective": truth.objective, "smooth_objective": truth.smooth_objective}
    return replace(evidence, first=replace(evidence.first, runs=runs.assign(**ends)))


def few_iterations(made, evidence, patch, folder):
    runs = evidence.first.runs
    stopped = runs["n_iterations"].clip(upper=5)
    return replace(evidence, first=replace(evidence.first, runs=runs.assign(n_iterations=stopped)))


def same_gap_always(patch):
    def at_one_temperature(points, state, temperatures, assignment):
        return sum_over_points(points, state, np.full_like(temperatures, temperatures[0]), assignment)

    patch.setattr(paper1, "sum_over_points", at_one_temperature)


def uphill(sums, state):
    step = METHODS["lse"].update(sums, state) - state
    return state - step


def furthest(squares, temperature):
    """Softmax of +d²/T, the wrong sign."""
    return softmax.at(squares.max(axis=0) - squares, temperature)


WRONG_SIGN = SimpleNamespace(at=furthest)

PLANTS = [
    ("lse-is-entropy", "wrong T", wrong_runs(of="entropy", temperature=1.01)),
    ("lse-is-entropy", "wrong T in the sweep alone", wrong_sweep),
    ("lse-is-entropy", "unconverged", wrong_runs(of="lse", max_iterations=6)),
    ("lse-is-entropy", "entmax in its place", wrong_runs(of="entropy", method="rbf-entmax15")),
    ("maxent-is-entropy", "wrong T", wrong_runs(of="maxent", temperature=1.01)),
    ("maxent-is-entropy", "unconverged", wrong_runs(of="maxent", max_iterations=6)),
    ("same-iterations", "wrong T", wrong_runs(of="maxent", temperature=1.5)),
    ("same-iterations", "unconverged", wrong_runs(of="lse", max_iterations=6)),
    (
        "maxent-lagrangian",
        "wrong sign of the entropy",
        patched(
            lambda patch: patch.setattr(
                paper1,
                "entropy_lagrangian",
                lambda *given, right=paper1.entropy_lagrangian: right(*given) * [-1, 1, 1],
            )
        ),
    ),
    (
        "maxent-lagrangian",
        "wrong T",
        patched(
            lambda patch: patch.setattr(
                paper1,
                "lagrangian",
                lambda u, squares, level, multipliers, right=paper1.lagrangian: right(
                    u, squares, 1.01 * level, multipliers
                ),
            )
        ),
    ),
    (
        "gradient",
        "wrong sign",
        patched(lambda patch: patch.setattr(paper1, "gradient", lambda *given: -gradient(*given))),
    ),
    (
        "gradient",
        "wrong T",
        patched(
            lambda patch: patch.setattr(
                paper1,
                "sum_over_points",
                lambda points, state, level, rule: sum_over_points(points, state, 1.01 * level, rule),
            )
        ),
    ),
    (
        "smooth-bounds",
        "wrong sign",
        wrong_trace(lambda t: t.assign(smooth_objective=2 * t["objective"] - t["smooth_objective"])),
    ),
    (
        "smooth-bounds",
        "wrong T",
        wrong_trace(
            lambda t: t.assign(
                smooth_objective=t["objective"] - 1e5 * (t["objective"] - t["smooth_objective"])
            )
        ),
    ),
    ("smooth-limit", "wrong T", patched(same_gap_always)),
    ("smooth-monotone", "wrong sign", wrong_trace(reversed_runs)),
    ("entropy-not-monotone", "a method that raises it", wrong_trace(rising_entropy)),
    ("14-iterations", "unconverged", few_iterations),
    ("local-optimum", "a run that ends at the truth", at_the_truth),
    ("9-iterations", "unconverged", few_iterations),
    ("9-iterations", "wrong T", wrong_runs(of="lse", names=SOFT, temperature=30.0)),
    ("sequential-finds-all", "wrong T", wrong_runs(of="lse", names=SOFT, temperature=100.0)),
    ("sequential-coincides", "wrong T", wrong_runs(of="lse", names=SOFT, temperature=30.0)),
    ("sequential-coincides", "unconverged", wrong_runs(of="lse", names=SOFT, max_iterations=3)),
    ("gamma-limit", "wrong T, L", wrong_table("gaps", at_largest_sigma("weighted"))),
    ("gamma-limit", "wrong T, F", wrong_table("gaps", at_largest_sigma("free"))),
    (
        "minimisers",
        "wrong T",
        patched(
            lambda patch: patch.setattr(
                paper2,
                "functionals",
                lambda points, places, _, right=paper2.functionals: right(points, places, 8.0),
            )
        ),
    ),
    (
        "minimisers",
        "wrong sign",
        patched(
            lambda patch: patch.setattr(
                paper2,
                "functionals",
                lambda points, places, level, right=paper2.functionals: [
                    -np.tanh(value / 100) for value in right(points, places, level)
                ],
            )
        ),
    ),
    (
        "soft-centroid",
        "wrong T",
        patched(
            lambda patch: patch.setattr(
                paper2,
                "soft_centroids",
                lambda points, places, level, rule, right=paper2.soft_centroids: right(
                    points, places, 1.01 * level, rule
                ),
            )
        ),
    ),
    (
        "gradient-step",
        "wrong sign",
        patched(
            lambda patch: patch.setitem(
                METHODS, "rbf-softmax", replace(METHODS["rbf-softmax"], update=uphill)
            )
        ),
    ),
    (
        "gradient-step",
        "a constant rate",
        patched(
            lambda patch: patch.setitem(
                METHODS, "rbf-softmax", with_learning_rate(METHODS["rbf-softmax"], 0.5)
            )
        ),
    ),
    ("identical-trajectories", "wrong T", patched(lambda patch: patch.setattr(paper2, "LIMIT", 0.3))),
    (
        "identical-trajectories",
        "a constant rate",
        patched(
            lambda patch: patch.setitem(
                METHODS, "rbf-entmax15", with_learning_rate(METHODS["rbf-entmax15"], 0.5)
            )
        ),
    ),
    ("collapse", "wrong T", wrong_table("collapse", at_largest_sigma("discrepancy"))),
    ("exponential-bound", "wrong T", wrong_table("bounds", at_largest_sigma("one_step"))),
    ("exponential-rate", "wrong sign", wrong_table("rates", lambda t: t.assign(slope=-t["slope"]))),
    ("exponential-rate", "σ² for T", wrong_table("rates", lambda t: t.assign(slope=t["slope"] / 2))),
    (
        "entmax-exact",
        "σ² for T",
        wrong_table("exactness", lambda t: t.assign(measured=np.sqrt(2) * t["measured"])),
    ),
    ("entmax-exact", "never exact", wrong_table("exactness", lambda t: t.assign(measured=np.nan))),
    (
        "entmax-polynomial",
        "linear",
        wrong_table("falls", lambda t: t.assign(discrepancy=(t["ratio"] - 1).clip(lower=0))),
    ),
    ("entmax-polynomial", "no deviation", wrong_table("falls", lambda t: t.assign(discrepancy=0.0))),
    ("entmax-one-hot", "softmax in its place", patched(lambda p: p.setattr(paper2, "entmax15", softmax))),
    ("voronoi", "wrong sign", patched(lambda p: p.setattr(paper2, "entmax15", WRONG_SIGN))),
    ("softmax-unstable", "never NaN", wrong_table("stability", lambda t: t.assign(nan_share=0.0))),
    ("entmax-stable", "NaN", wrong_table("stability", lambda t: t.assign(nan_share=1.0))),
    *(
        (f"monotone-{protocol}-{dataset}", what, wrong_table("collapse", change))
        for protocol in ("sigma-wise", "initialisation-wise")
        for dataset in ("moons", "isotropic")
        for what, change in (
            ("wrong sign", lambda t: t.assign(discrepancy=1 / t["sigma"])),
            ("one rise", lambda t: t.assign(discrepancy=np.abs(t["sigma"] - 0.01))),
        )
    ),
]


@pytest.mark.parametrize(("name", "what", "plant"), PLANTS, ids=[f"{n}: {what}" for n, what, _ in PLANTS])
def test_a_wrong_method_fails(made, evidence, monkeypatch, tmp_path, name, what, plant):
    assert verdict(plant(made, evidence, monkeypatch, tmp_path), name) == FAILS


def test_every_claim_has_a_wrong_method_planted(evidence):
    assert {name for name, *_ in PLANTS} == {claim.id for claim in all_claims(evidence)}


def test_without_anything_planted_the_claims_hold(measured, made):
    verdicts = {name: row["verdict"] for name, row in measured.items()}
    uncertain = set() if made.s1.origin.source == "real" else REAL_ONLY
    for name in verdicts.keys() - uncertain:
        if name == "softmax-unstable":
            assert verdicts[name] == EXCEPTIONS
        elif not name.startswith("monotone-"):
            assert verdicts[name] == HOLDS, measured[name]


def test_a_monotone_collapse_holds(made, evidence):
    ideal = wrong_table("collapse", lambda t: t.assign(discrepancy=t["sigma"]))(made, evidence, None, None)
    for claim in paper2.collapse_claims(["moons", "isotropic"]):
        assert verdict(ideal, claim.id) == HOLDS


def test_monotone_collapses_are_those_of_table_1(evidence, measured):
    found = evidence.found
    table = table1(found["collapse"], found["rates"], found["bounds"], found["exactness"])
    for row in table.itertuples():
        holds = row.monotone_softmax and row.monotone_entmax15
        assert measured[f"monotone-{row.protocol}-{row.dataset}"]["verdict"] == (HOLDS if holds else FAILS)


def test_rows_say_what_was_measured_on_which_data(measured, made):
    source = made.s1.origin.source
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
        assert row["figure"].startswith(f"figures/paper{row['paper']}/")
        assert row["met"] <= row["cases"]


def test_the_same_evidence_gives_the_same_ledger(evidence, measured):
    assert ledger(evidence).to_pylist() == list(measured.values())


def test_the_ledger_survives_its_csv(evidence, tmp_path):
    tables.write(ledger(evidence), tmp_path / "claims.csv")
    read = pd.read_csv(tmp_path / "claims.csv")
    assert list(read) == tables.SCHEMAS["claims"].names
    assert read["id"].tolist() == [claim.id for claim in all_claims(evidence)]


def test_what_the_experiment_has_no_case_of_is_not_measured(made, evidence, tmp_path):
    """Without a ground truth, and with one soft method only."""
    files = made.files | {"s1": tmp_path / "s1.npz"}
    save(replace(made.s1, labels=None), files["s1"])
    first = {"lse": made.first["lse"]}
    runs = first["lse"]["runs"]
    blank = {column: runs[column] for column in runs.schema.names[:-4]}
    first["lse"] = first["lse"] | {"runs": tables.make("runs", len(runs), blank)}
    found = evidence_of(
        SimpleNamespace(**{**vars(made), "files": files, "first": first}), tmp_path, sweep=None
    )
    found = replace(found, sweep=None)
    rows = {row["id"]: row for row in ledger(found).to_pylist()}
    without = {name for name, row in rows.items() if row["verdict"] == NOT_MEASURED}
    assert without == {
        "lse-is-entropy",
        "maxent-is-entropy",
        "same-iterations",
        "local-optimum",
        "sequential-finds-all",
        "sequential-coincides",
    }
    assert rows["local-optimum"]["note"] == "no ground truth"
    assert rows["local-optimum"]["data"] == ""
    assert rows["lse-is-entropy"]["number"] is None or np.isnan(rows["lse-is-entropy"]["number"])
    assert "not measured" in render(ledger(found))


def test_runs_of_no_equivalent_method_leave_paper_1_unmeasured(made, tmp_path):
    study = relabelled(made.first["lse"], method="rbf-softmax")
    found = evidence_of(replace_first(made, {"rbf-softmax": study}), tmp_path)
    for claim in paper1.CLAIMS[:3] + paper1.CLAIMS[8:]:
        values = claim.measure(replace(found, sweep=None)).values
        assert claim.criterion.verdict(values) == NOT_MEASURED


def replace_first(made, first):
    return SimpleNamespace(**(vars(made) | {"first": first}))


def test_annealed_runs_are_left_out(made, tmp_path, measured):
    """They end elsewhere than the method whose name they bear."""
    annealed = relabelled(made.sweep["rbf-entmax15"], method="annealed-entropy")
    found = evidence_of(made, tmp_path, sweep={"annealed-entropy": annealed})
    for row in make_ledger(paper1.CLAIMS, found, found.sources).to_pylist():
        assert row == measured[row["id"]]


def test_centroids_are_read_whole_across_row_groups(made, evidence):
    keys, places = evidence.first.places("s1", "maxent", "random-points")
    table = made.first["maxent"]["centroids"]
    expected_keys, expected = tables.unstack(table)
    rows = (expected_keys["initialisation"] == "random-points").to_numpy()
    np.testing.assert_array_equal(places, expected[rows])
    for name in keys:
        np.testing.assert_array_equal(keys[name], expected_keys.loc[rows, name])


# Criteria.


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
    values = np.r_[np.full(broken, 2.0), np.zeros(n - broken)]
    found = criterion.verdict(values)
    if not broken:
        assert found == HOLDS
    else:
        assert found == (EXCEPTIONS if broken / n <= share else FAILS)
    assert (f"at most {share:.0%} break it" in criterion.text) == (share > 0)


def test_what_is_not_a_number_breaks_a_criterion_and_nothing_is_no_verdict():
    for relation in RELATIONS:
        criterion = Criterion(relation, 0, "case")
        assert criterion.verdict(np.array([np.nan])) == FAILS
        assert np.isnan(criterion.worst(np.array([np.nan])))
        assert criterion.verdict(np.array([])) == NOT_MEASURED


@pytest.mark.parametrize(("relation", "worst"), [("≤", 7.0), ("≥", -1.0), (">", -1.0), ("=", 7.0)])
def test_the_worst_value(relation, worst):
    assert Criterion(relation, 2, "case").worst(np.array([np.nan, 1.0, 7.0, -1.0, 2.0])) == worst


def test_exceptions_are_named_and_counted():
    claim = Claim("a", 1, "here", "So.", "what", Criterion("≤", 1, "run", 0.9), "fig1", None)
    found = cases(["s1", "s1", "a1", "a1"], [0, 2, 3, 4], ["x", "x", "", ""], "noted")
    row = make_ledger(
        [replace(claim, measure=lambda _: found)], None, {"s1": "twin", "a1": "real"}
    ).to_pylist()[0]
    assert row["exceptions"] == "s1 x (1 of 2); a1 (2 of 2)"
    assert row["data"] == "twin: s1; real: a1"
    assert (row["verdict"], row["number"], row["met"], row["cases"]) == (EXCEPTIONS, 4, 1, 4)


# The page.


def test_the_page_is_complete_and_needs_nothing_from_elsewhere(evidence, measured):
    page = render(ledger(evidence))
    assert "http:" not in page
    assert "https:" not in page
    assert " src=" not in page
    for row in measured.values():
        assert f'<tr id="{row["id"]}">' in page
        assert f'href="{row["figure"]}"' in page
    for text in (HOLDS, EXCEPTIONS):
        assert f">{text}</span>" in page
    assert f"{len(measured)} claims: " in page


def test_the_page_shows_signs_as_they_are():
    claim = Claim(
        "a", 1, "here", "1 < 2 & so", "<b>", Criterion("≤", 1, "run"), "fig1", lambda _: cases("s1", 0)
    )
    page = render(make_ledger([claim], None, {"s1": "real"}))
    assert "1 &lt; 2 &amp; so" in page
    assert "&lt;b&gt;" in page
    assert '1 <span class="verdict holds">holds</span>' in page
