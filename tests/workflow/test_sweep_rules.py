"""A small sweep from end to end, and what a change of its configuration makes anew."""

import re

import pandas as pd
import pytest
import yaml
from driving import new_project, planned, succeed

from softkmeans import tables

SWEEP = {
    "datasets": ["g2-2-60", "unbalance"],
    "methods": ["kmeans", "lse", "rbf-entmax15"],
    "initialisations": ["kmeans++", "sequential"],
    "temperatures": ["0.01 Tc", "0.3 Tc"],
    "repeats": 3,
    "repeats_of": {"g2": 2},
    "repeats_of_methods": {"lse": 3},
    "trace": "every_2",
    "centroids": 1,
    "annealed": {
        "methods": ["lse"],
        "highest": "2 Tc",
        "lowest": "0.01 Tc",
        "factor": 0.3,
        "tolerance": 1e-4,
        "repeats": 3,
    },
    "phases": {"factor": 0.5, "tolerance": 1e-2, "max_iterations": 300, "repeats": 1},
    "published": {"repeats": 5},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project that has the tables of its sweep, and what Snakemake said."""
    folder = new_project(tmp_path_factory.mktemp("sweep"))
    configure(folder)
    return folder, succeed(folder, "--cores", "2", "sweep_tables")


def configure(folder, **changes):
    overlay = {"data": {"source": "twin"}, "sweep": SWEEP | changes}
    (folder / "overlay.yaml").write_text(yaml.safe_dump(overlay))


def table(folder, name):
    return tables.frame(tables.read(name, folder / f"results/tables/sweep/{name}.parquet"))


def test_every_run_is_there(project):
    folder, said = project
    runs = table(folder, "runs")
    # A soft method: 2 temperatures × (repeats from kmeans++, one sequential); K-means at none.
    assert runs.groupby("dataset", observed=True).size().to_dict() == {
        "g2-2-60": 2 * 2 * 3 + 3 + 2,
        "unbalance": 2 * 2 * 4 + 4 + 3,
    }
    counted = re.search(r"^Sweep: (\d+) runs in (\d+) jobs on 2 data sets\.", said, re.MULTILINE)
    assert int(counted[1]) == len(runs) + 2 * 5
    assert int(counted[2]) == 2 + 1
    assert list(runs["dataset"].unique()) == ["g2-2-60", "unbalance"]
    assert runs[["centroid_index", "ari", "nmi", "centroid_error"]].notna().all(axis=None)
    assert len(table(folder, "timings")) == len(runs)


def test_the_other_tables_belong_to_the_runs(project):
    folder, _ = project
    key = tables.KEY
    runs = table(folder, "runs")
    last = table(folder, "trace").groupby(key, observed=True, sort=False).last().reset_index()
    same = runs.merge(last, on=key, suffixes=("", "_last"))
    assert len(same) == len(runs)
    assert (same["iteration"] == same["n_iterations"]).all()
    assert (same["objective"] == same["objective_last"]).all()
    phases = table(folder, "phases")
    levels = phases.groupby(["dataset", "method", "repeat"], observed=True).size()
    # From 2 T_c to 0.01 T_c by halves: 2, 1, …, 2/128, and the last.
    assert levels.to_dict() == {(name, "annealed-lse", 0): 9 for name in SWEEP["datasets"]}
    centroids = table(folder, "centroids")
    assert set(centroids["repeat"]) == {0}
    assert len(centroids) == (runs["repeat"] == 0).sum()
    made = {
        name: pd.read_csv(folder / f"results/tables/sweep/{name}.csv")
        for name in ("summary", "paired", "best")
    }
    assert made["summary"]["n"].sum() == len(runs)
    # Two temperatures of two soft methods from kmeans++, by two measures, on two data sets.
    assert len(made["paired"]) == 2 * 2 * 2 * 2
    assert len(made["best"]) == 3 * 2
    assert list(pd.read_csv(folder / "results/tables/sweep/published.csv")["dataset"]) == ["unbalance"]


def test_only_jobs_of_what_is_added_are_run(project):
    """A data set has a job of its own, a method is run in the jobs of all data sets."""
    folder, _ = project
    assert "Nothing to be done" in succeed(folder, "-n", "sweep_tables")
    configure(folder, methods=["kmeans", "entropy", "lse", "rbf-entmax15"])
    jobs = planned(succeed(folder, "-n", "sweep_tables"))
    assert jobs["sweep_runs"] == 2
    assert not {"engine", "sweep_published", "obtain"} & jobs.keys()
    configure(folder, datasets=["g2-2-70", *SWEEP["datasets"]])
    jobs = planned(succeed(folder, "-n", "sweep_tables"))
    assert (jobs["obtain"], jobs["sweep_runs"]) == (1, 1)
    assert not {"engine", "sweep_published"} & jobs.keys()
    configure(folder)
