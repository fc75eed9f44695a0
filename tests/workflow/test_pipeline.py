"""The pipeline driven from end to end, in a copy of the repository's workflow with a small configuration."""

import os
import re
import shutil

import pytest
import yaml
from driving import ROOT, digests, new_project, planned, snakemake, succeed, without_a_mirror


@pytest.fixture
def project(tmp_path):
    """A folder with the workflow, configured small and without a network."""
    (tmp_path / "project").mkdir()
    return new_project(tmp_path / "project")


def configure(folder, **changes):
    """Change values of the small configuration, named by their path: sweep__repeats."""
    config = without_a_mirror()
    for path, value in changes.items():
        *parents, key = path.split("__")
        block = config
        for parent in parents:
            block = block.setdefault(parent, {})
        block[key] = value
    (folder / "overlay.yaml").write_text(yaml.safe_dump(config))


def test_one_command_makes_everything_the_same_whatever_the_cores(finished_run, project):
    configure(project)
    first = digests(finished_run)
    for i in range(1, 9):
        for suffix in ("pdf", "png", "csv"):
            assert f"results/figures/paper1/fig{i}.{suffix}" in first
    for name in ("fig1", "fig1-panels", "fig2", "fig2-entmax", "fixed-points"):
        assert f"results/figures/paper2/{name}.png" in first
    for name in ("rates", "falls", "gamma", "trajectories", "stability"):
        assert f"results/figures/paper2/{name}.png" in first
    assert "results/tables/paper2/table1.csv" in first
    assert (finished_run / "results/tables/paper2/table1.html").exists()
    some = ("sweep_tables", "contest")
    succeed(project, "--cores", "1", *some)
    again = digests(project)
    assert len(again) > 20
    assert again.items() <= first.items()
    assert "Nothing to be done" in succeed(project, "--cores", "8", *some)


def test_editing_the_code_makes_only_what_depends_on_it_out_of_date(finished_copy, monkeypatch):
    project = finished_copy
    shutil.copytree(ROOT / "src", project / "src", ignore=shutil.ignore_patterns("*.egg-info"))
    monkeypatch.setenv("PYTHONPATH", str(project / "src") + os.pathsep + os.environ.get("PYTHONPATH", ""))
    assert "Nothing to be done" in succeed(project, "-n")

    def out_of_date(file):
        path = project / "src" / "softkmeans" / file
        before = path.read_text()
        path.write_text(before + "\nADDED = 1\n")
        jobs = planned(succeed(project, "-n"))
        path.write_text(before)
        return {job for job in jobs if not re.search("claims|page|report|^all$|^manifest$", job)}

    def check(file, remade, kept):
        out = out_of_date(file)
        assert remade <= out, f"{file} does not remake {remade - out}"
        assert not kept & out, f"{file} remakes {kept & out}"

    runs = {"paper1_runs", "sweep_runs", "sweep_published", "paper2_collapse"}
    drawn = {"paper1_figures", "paper2_figures", "sweep_curves", "contest_figures", "embedding_figures"}
    check("report/style.py", drawn | {"explore"}, runs | {"contest_runs", "embedding_runs", "obtain"})
    check("clustering/engine.py", runs | {"engine", "contest_runs", "paper2_theory"}, {"obtain"})
    check("clustering/estimator.py", set(), runs | drawn | {"engine", "obtain"})

    def asked_otherwise(**changes):
        configure(project, **changes)
        return planned(succeed(project, "-n")).keys() - {"all", "manifest"}

    assert asked_otherwise() == set()
    assert {"paper1_runs", "sweep_runs"} <= asked_otherwise(solver__tolerance=7)
    lowest = asked_otherwise(sweep__annealed__lowest="0.01 Tc")
    assert "sweep_runs" in lowest
    assert not {"paper1_runs", "sweep_published"} & lowest
    other_engine = asked_otherwise(engine="numpy")
    assert {"engine", "paper1_runs", "paper2_collapse", "sweep_runs", "sweep_published"} <= other_engine


def test_a_bad_configuration_is_refused_before_any_job_with_every_error(project):
    configure(project, paper1__method=["lse"], paper1__temperature=-1, paper1__dataset="s11", sead=1)
    done = snakemake(project, "--cores", "2")
    assert done.returncode != 0
    for error in (
        "paper1.method: unknown key; did you mean 'methods'?",
        "paper1.temperature: a temperature must be positive",
        "paper1.dataset: must be a data set, got \"s11\"; did you mean 's1'?",
        "sead: unknown key; did you mean 'seed'?",
    ):
        assert re.search(rf"^overlay\.yaml:\d+: {re.escape(error)}", done.stdout, re.MULTILINE), done.stdout
    assert "Traceback" not in done.stdout
    assert not (project / "results").exists()


def test_overrides_are_checked_and_named(project):
    done = snakemake(project, "--cores", "2", "--config", "paper1={repeats: 0}")
    assert "--config: paper1.repeats: must be greater than or equal to 1, got" in done.stdout
    (project / "mine.yaml").write_text("solver:\n  tolerance: high\n")
    done = snakemake(project, "--cores", "2", "--configfile", "overlay.yaml", "mine.yaml")
    assert 'mine.yaml:2: solver.tolerance: must be a valid number, got "high"' in done.stdout


def test_data_that_cannot_be_had_end_in_one_line(project, tmp_path):
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "s1.txt").write_text("<!doctype html><html>moved</html>")
    url = (tmp_path / "mirror").as_uri()
    configure(project, data__source="auto", data__mirrors=[{"url": url, "layout": "sipu"}])
    done = snakemake(project, "--cores", "2", "results/data/s1.npz")
    assert done.returncode != 0
    assert f"{url}/s1.txt" in done.stdout
    assert "Traceback (most recent call last)" not in done.stdout
    assert not (project / "results" / "data" / "s1.npz").exists()


def test_a_data_set_of_ones_own(project):
    points = "\n".join(f"{x % 7 + 10 * (x % 2)},{x % 5}" for x in range(60))
    (project / "mine.csv").write_text(points)
    configure(
        project,
        data__own={"mine": {"path": "mine.csv", "n_clusters": 2}},
        paper1__dataset="mine",
        paper1__temperature="0.1 Tc",
    )
    succeed(project, "--cores", "2", "paper1_tables", "results/figures/paper1/fig1.png")
    runs = (project / "results" / "tables" / "paper1" / "runs.csv").read_text().splitlines()
    columns = runs[0].replace('"', "").split(",")
    assert columns[-4:] == ["centroid_index", "ari", "nmi", "centroid_error"]
    assert all(row.endswith(",,,,") for row in runs[1:])  # no ground truth: missing, not zero
