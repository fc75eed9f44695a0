"""The benchmarks run with what is always installed, and both sides of a comparison do the same work."""

import re
import subprocess
import sys

import pytest
from driving import ROOT


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """What a quick run on twins prints."""
    config = tmp_path_factory.mktemp("benchmarks") / "twins.yaml"
    config.write_text("data: {source: twin}")
    tables = ["sets", "algorithms", "blobs", "soft", "accuracy"]
    command = [sys.executable, "-m", "benchmarks", "--quick", "--configfile", str(config), *tables]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(page, table):
    """Rows of a table, as mappings of column to cell."""
    lines = re.findall(r"^\| (.*) \|$", page.split(f"## {table}\n")[1].split("\n## ")[0], re.MULTILINE)
    header, _, *cells = [line.split(" | ") for line in lines]
    return [dict(zip(header, each, strict=True)) for each in cells]


def test_our_runs_end_with_scikit_learns_centroids(page):
    (row,) = rows(page, "sets")
    assert (row["set"], row["n, d, K"], row["same"]) == ("s1", "5000, 2, 15", "2/2")
    assert float(row["× scikit-learn"].split()[0]) > 0


def test_scikit_learns_algorithms_count_as_exact(page):
    (row,) = rows(page, "algorithms")
    assert {"scikit-learn lloyd", "scikit-learn elkan"} <= set(row)
    assert "†" not in row["scikit-learn lloyd"] + row["scikit-learn elkan"]


def test_our_soft_runs_end_where_plain_numpy_does(page):
    assert [row["same"] for row in rows(page, "soft") if row["work"].startswith("softmax runs")] == ["2/2"]


def test_every_comparison_has_two_times(page):
    compared = rows(page, "blobs") + rows(page, "soft")
    assert {"scikit-learn lloyd", "numpy"} <= {row["peer"] for row in compared}
    assert all(float(row["ours, ms"]) > 0 and float(row["theirs, ms"]) > 0 for row in compared)


def test_a_pass_agrees_with_80_bits(page):
    found = rows(page, "accuracy")
    assert [row["assignment"] for row in found] == ["hard", "softmax", "entmax-1.5"]
    for row in found:
        assert float(row["J"]) < 1e-12
        assert float(row["J̃"]) < 1e-12
        assert float(row["entropy"]) < 1e-9


def test_the_page_says_what_was_measured_with(page):
    assert re.search(r"Measured on .*Python 3\..*numpy .*scikit-learn .*data sets: twin", page)
