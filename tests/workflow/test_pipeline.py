"""The pipeline driven from end to end, in a copy of the repository's workflow with a small configuration."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from softkmeans.cli import main

ROOT = Path(__file__).resolve().parents[2]
SNAKEMAKE = [sys.executable, "-m", "snakemake"]


@pytest.fixture
def project(tmp_path):
    """A folder with the workflow, configured small and without a network."""
    for name in ("workflow", "profiles"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "Snakefile", tmp_path)
    configure(tmp_path)
    return tmp_path


def configure(folder, **changes):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    config["data"]["source"] = "twin"
    config["paper1"]["repeats"] = 20
    config["paper2"] |= {"datasets": ["moons", "unbalance"], "starts": 2}
    config["paper2"]["sigmas"]["number"] = 4
    config["sweep"] |= {"datasets": ["unbalance"], "temperatures": ["0.1 Tc"], "repeats": 2}
    config["sweep"]["methods"] = ["kmeans", "entropy", "rbf-entmax15"]
    config["sweep"]["annealed"] |= {"methods": ["entropy"], "factor": 0.5}
    config["sweep"]["published"] = {"repeats": 10}
    config["embedding"] |= {"repeats": 2, "trials": 1, "pretraining": 1, "epochs": 1}
    for path, value in changes.items():
        *parents, key = path.split("__")
        block = config
        for parent in parents:
            block = block[parent]
        block[key] = value
    (folder / "config.yaml").write_text(yaml.safe_dump(config))


def snakemake(folder, *arguments, environment=None):
    return subprocess.run(
        [*SNAKEMAKE, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def succeed(folder, *arguments, **keywords):
    done = snakemake(folder, *arguments, **keywords)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for top in ("results/figures", "results/tables", "results/runs")
        for path in sorted((folder / top).rglob("*"))
        if path.is_file() and not path.name.startswith("timings")
    }


def jobs(output):
    """Rules that would run or ran, and how often, from the table of job statistics."""
    return {
        name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", output, re.MULTILINE) if name != "total"
    }


def test_one_command_makes_everything_the_same_whatever_the_cores(project, tmp_path_factory):
    succeed(project, "--cores", "8")
    first = digests(project)
    for i in range(1, 9):
        for suffix in ("pdf", "png", "csv"):
            assert f"results/figures/paper1/fig{i}.{suffix}" in first
    for name in ("fig1", "fig2", "table1", "rates", "gamma", "trajectories", "stability"):
        assert f"results/figures/paper2/{name}.png" in first
    assert "results/tables/paper2/table1.csv" in first
    assert "Nothing to be done" in succeed(project, "--cores", "8")

    other = tmp_path_factory.mktemp("other")
    shutil.copytree(
        project, other, dirs_exist_ok=True, ignore=shutil.ignore_patterns("results", ".snakemake")
    )
    succeed(other, "--cores", "1")
    assert digests(other) == first
    assert main(["verify", str(project / "results"), "--against", str(other / "results")]) == 0


def test_editing_the_code_makes_only_what_depends_on_it_out_of_date(project):
    shutil.copytree(ROOT / "src", project / "src", ignore=shutil.ignore_patterns("*.egg-info"))
    environment = {"PATH": str(Path(sys.executable).parent), "PYTHONPATH": str(project / "src")}
    environment["PATH"] += ":/usr/bin:/bin"
    succeed(project, "--cores", "2", environment=environment)

    def out_of_date(file):
        path = project / "src" / "softkmeans" / file
        before = path.read_text()
        path.write_text(before + "\nADDED = 1\n")
        planned = jobs(succeed(project, "-n", environment=environment))
        path.write_text(before)
        return set(planned) - {"all", "manifest", "claims"}

    drawn = {"paper2_figures", "paper2_figures_beside"}
    paper1 = {"paper1_runs", "paper1_tables", "paper1_figures"}
    paper2 = {"paper2_collapse", "paper2_theory", "paper2_tables", *drawn}
    sweep_drawn = {"sweep_curves", "sweep_others"}
    sweep = {"sweep_runs", "sweep_published", "sweep_tables", *sweep_drawn}
    assert out_of_date("report/style.py") == {"paper1_figures", *drawn, *sweep_drawn}
    assert out_of_date("runs/evaluation.py") == paper1 | sweep
    assert out_of_date("report/templates/page.html.j2") == {"sweep_tables", *sweep_drawn}
    assert out_of_date("paper2/theorems.py") == {"paper2_theory", "paper2_tables", *drawn}
    assert out_of_date("clustering/engine.py") == {"engine"} | paper1 | paper2 | sweep
    assert out_of_date("clustering/dense.py") >= paper1 | paper2 | sweep
    assert out_of_date("data/download.py") == {"obtain"} | paper1 | paper2 | sweep
    assert out_of_date("clustering/fit.py") == set()

    def asked_otherwise(**changes):
        configure(project, **changes)
        return set(jobs(succeed(project, "-n", environment=environment))) - {"all", "manifest"}

    assert asked_otherwise() == set()
    for key in ("tolerance", "max_iterations"):
        assert {"paper1_runs", "sweep_runs"} <= asked_otherwise(**{f"solver__{key}": 7})
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
        assert re.search(rf"^config\.yaml:\d+: {re.escape(error)}", done.stderr, re.MULTILINE), done.stderr
    assert "Traceback" not in done.stderr
    assert not (project / "results").exists()


def test_overrides_are_checked_and_named(project):
    done = snakemake(project, "--cores", "2", "--config", "paper1={repeats: 0}")
    assert "--config: paper1.repeats: must be greater than or equal to 1, got" in done.stderr
    (project / "mine.yaml").write_text("solver:\n  tolerance: high\n")
    done = snakemake(project, "--cores", "2", "--configfile", "mine.yaml")
    assert 'mine.yaml:2: solver.tolerance: must be a valid number, got "high"' in done.stderr


def test_data_that_cannot_be_had_end_in_one_line(project, tmp_path):
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "s1.txt").write_text("<!doctype html><html>moved</html>")
    url = (tmp_path / "mirror").as_uri()
    configure(project, data__source="auto", data__mirrors=[{"url": url, "layout": "sipu"}])
    done = snakemake(project, "--cores", "2")
    assert done.returncode != 0
    assert f"{url}/s1.txt" in done.stderr
    assert "Traceback (most recent call last)" not in done.stderr
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
    succeed(project, "--cores", "2", "paper1")
    runs = (project / "results" / "tables" / "paper1" / "runs.csv").read_text().splitlines()
    columns = runs[0].replace('"', "").split(",")
    assert columns[-4:] == ["centroid_index", "ari", "nmi", "centroid_error"]
    assert all(row.endswith(",,,,") for row in runs[1:])  # no ground truth: missing, not zero
