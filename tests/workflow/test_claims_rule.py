"""The ledger as the pipeline makes it, in small and on twins."""

import csv

import pytest
from driving import digests, new_project, planned, succeed

from softkmeans import tables

LEDGER = "results/claims.csv"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder in which the ledger was made."""
    folder = new_project(tmp_path_factory.mktemp("claims"))
    succeed(folder, "--cores", "8", LEDGER)
    return folder


def rows(folder):
    with (folder / LEDGER).open(encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_every_claim_has_a_verdict_and_says_that_the_data_are_twins(made):
    found = rows(made)
    assert list(next(iter(found.values()))) == tables.SCHEMAS["claims"].names
    assert {row["verdict"] for row in found.values()} <= {"holds", "holds with exceptions", "fails"}
    assert found["lse-is-entropy"]["verdict"] == "holds"
    assert found["lse-is-entropy"]["data"] == "twin: s1, g2-2-60, unbalance"
    assert found["voronoi"]["data"] == "generated: moons; twin: unbalance"
    assert found["useful"]["data"] == "bundled: digits"
    assert {f"monotone-sigma-wise-{name}" for name in ("moons", "unbalance")} <= found.keys()


def test_the_page_has_every_claim_and_its_figures_are_made_by_the_pipeline(made):
    page = (made / "results/claims.html").read_text(encoding="utf-8")
    plan = succeed(made, "-n", "all")
    for name, row in rows(made).items():
        assert f'<tr id="{name}">' in page
        assert f"results/{row['figure']}" in plan


def test_the_log_has_the_verdicts(made):
    log = (made / "logs/claims.log").read_text(encoding="utf-8").splitlines()
    assert log == [f"{name}: {row['verdict']}" for name, row in rows(made).items()]


def test_the_ledger_is_the_same_whatever_the_cores_and_made_anew_with_its_tables_alone(made):
    before = digests(made)
    assert "Nothing to be done" in succeed(made, "-n", LEDGER)
    succeed(made, "--cores", "1", "--forcerun", "claims", "--", LEDGER)
    assert digests(made) == before
    assert planned(succeed(made, "-n", "--forcerun", "sweep_tables", "--", LEDGER)) == {
        "sweep_tables": 1,
        "claims": 1,
    }
