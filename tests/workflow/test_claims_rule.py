"""The ledger as the pipeline makes it, in small and on twins."""

import csv

from driving import digests, planned, succeed

from softkmeans import tables

LEDGER = "results/claims.csv"


def rows(folder):
    with (folder / LEDGER).open(encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_every_claim_has_a_verdict_and_says_that_the_data_are_twins(finished_run):
    found = rows(finished_run)
    assert list(next(iter(found.values()))) == tables.SCHEMAS["claims"].names
    assert found["14-iterations"]["verdict"] == "not measured"  # 20 starts do not show 2.5 %
    measured = {row["verdict"] for name, row in found.items() if name != "14-iterations"}
    assert measured <= {"holds", "holds with exceptions", "fails", "not measured"}
    assert found["lse-is-entropy"]["verdict"] == "holds"
    assert found["lse-is-entropy"]["data"] == "twin: s1, g2-2-60, unbalance"
    assert found["voronoi"]["data"] == "generated: moons; twin: unbalance"
    assert found["useful"]["data"] == "bundled: digits"
    assert {f"monotone-sigma-wise-{name}" for name in ("moons", "unbalance")} <= found.keys()


def test_the_page_has_every_claim_and_its_figures_are_made_by_the_pipeline(finished_run):
    page = (finished_run / "results/claims.html").read_text(encoding="utf-8")
    for name, row in rows(finished_run).items():
        assert f'<tr id="claim-{name}"' in page
        assert (finished_run / f"results/{row['figure']}").exists()


def test_the_page_names_the_twins_before_anything_else(finished_run):
    page = (finished_run / "results/claims.html").read_text(encoding="utf-8")
    twins = page.index("TWINS, not the real data: ")
    assert "unbalance" in page[twins : twins + 100]
    assert twins < page.index("<table")


def test_the_log_has_the_verdicts(finished_run):
    log = (finished_run / "logs/claims.log").read_text(encoding="utf-8").splitlines()
    assert log == [f"{name}: {row['verdict']}" for name, row in rows(finished_run).items()]


def test_the_ledger_is_the_same_whatever_the_cores_and_made_anew_with_its_tables_alone(finished_copy):
    before = digests(finished_copy)
    assert "Nothing to be done" in succeed(finished_copy, "-n", LEDGER)
    succeed(finished_copy, "--cores", "1", "--forcerun", "claims", "--", LEDGER)
    assert digests(finished_copy) == before
    assert planned(succeed(finished_copy, "-n", "--forcerun", "sweep_tables", "--", LEDGER)) == {
        "sweep_tables": 1,
        "sweep_claims": 1,
        "paper1_claims_on_sweep": 1,
        "claims": 1,
    }
