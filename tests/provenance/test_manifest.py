"""The manifest, and what checking results against it finds."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, replace
from importlib import metadata

import numpy as np
import pytest

from softkmeans.data.dataset import Dataset, Origin, save
from softkmeans.errors import DataError
from softkmeans.provenance import manifest
from softkmeans.provenance.manifest import git_state
from softkmeans.provenance.verification import Difference, check, circumstances, compare

NAME = manifest.NAME
PATHS = ["data/s1.npz", "tables/sweep/runs.csv", "tables/sweep/timings.csv"]
S1 = Dataset(
    "s1", np.zeros((3, 2)), 1, None, Origin("real", "http://a/s1.txt", None, "12", "today", ("b is down",))
)


@pytest.fixture
def results(tmp_path):
    """A folder of results with its manifest."""
    folder = tmp_path / "results"
    for path in PATHS:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"content of {path}\n")
    save(S1, folder / "data/s1.npz")
    manifest.write(manifest.make(folder, PATHS, {"seed": 7, "paper1": {"repeats": 2}}, None), folder / NAME)
    return folder


def test_what_is_written_is_what_was_found(results):
    found = manifest.read(results / NAME)
    assert found.git is None
    assert found.config == {"seed": 7, "paper1": {"repeats": 2}}
    origin = asdict(S1.origin) | {"rejected": ["b is down"]}
    assert found.data == {"s1": {"n_points": 3, "n_dims": 2, "n_clusters": 1, "origin": origin}}
    assert found.results == {
        path: hashlib.sha256((results / path).read_bytes()).hexdigest() for path in PATHS
    }


def test_versions_and_machine(results):
    found = manifest.read(results / NAME)
    for name in ("numpy", "scipy", "pyarrow", "pandas", "matplotlib", "scikit-learn", "snakemake"):
        assert found.versions[name] == metadata.version(name)
    assert {"python", "softkmeans"} < found.versions.keys()
    assert "pytest" not in found.versions
    assert found.machine["cpu"]
    assert found.machine["n_cpus"] >= 1


def test_the_machine_is_what_runs_not_what_numpy_was_built_with():
    """OpenBLAS and Numba can be told to take the CPU for another: then the manifest says so."""
    script = "from softkmeans.provenance import manifest; import json; print(json.dumps(manifest.machine()))"
    environment = os.environ | {"OPENBLAS_CORETYPE": "Nehalem", "NUMBA_CPU_NAME": "generic"}
    command = [sys.executable, "-c", script]
    machine = json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
    assert machine["numba"] == "generic"
    if platform.machine() == "x86_64":
        assert [library.split()[0] for library in machine["blas"]] == ["openblas"]
        assert machine["blas"][0].endswith(" Nehalem")


def test_results_as_they_were_made(results):
    (results / ".gitkeep").touch()
    for folder in ("runs", "benchmarks"):  # what the tables were made from, and what that cost
        (results / folder).mkdir()
        (results / folder / "a.tsv").touch()
    assert check(results, manifest.read(results / NAME)) == []


def test_each_kind_of_difference_is_found(results):
    (results / "tables/sweep/runs.csv").write_text("content of tables/sweep/runs.csw\n")
    (results / "tables/sweep/timings.csv").unlink()
    (results / "tables/old.csv").touch()
    (results / "data/s1.npz").unlink()
    (results / "data/s1.npz").mkdir()
    assert check(results, manifest.read(results / NAME)) == [
        Difference("unreadable", "data/s1.npz"),
        Difference("changed", "tables/sweep/runs.csv"),
        Difference("missing", "tables/sweep/timings.csv"),
        Difference("extra", "tables/old.csv"),
    ]


def test_two_runs_are_compared_but_for_what_holds_times(results):
    here = manifest.read(results / NAME)
    for path in ("tables/sweep/timings.csv", "tables/sweep/runs.csv"):
        (results / path).write_text("another")
    (results / "tables/new.csv").touch()
    there = manifest.make(results, [*PATHS[1:], "tables/new.csv"], {"seed": 8}, None)
    assert compare(here, here) == circumstances(here, here) == []
    assert compare(here, there) == [
        Difference("only here", "data/s1.npz"),
        Difference("only there", "tables/new.csv"),
        Difference("different", "tables/sweep/runs.csv"),
    ]
    assert circumstances(here, there) == ["config"]


@pytest.mark.parametrize(
    ("change", "differs"), [({"retrieved": "tomorrow"}, False), ({"sha256": "34"}, True)]
)
def test_data_sets_are_compared_by_their_values_not_their_time(results, change, differs):
    here = manifest.read(results / NAME)
    save(replace(S1, origin=replace(S1.origin, **change)), results / "data/s1.npz")
    there = manifest.make(results, PATHS, {"seed": 7}, None)
    assert compare(here, there) == [Difference("different", "data/s1.npz")] * differs


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: len(text) // 2], "is damaged: not valid JSON"),
        (lambda text: text.encode("utf-16"), "is damaged: not valid JSON"),
        (lambda text: text.replace('"seed": 7', '"seed": 8', 1), "was changed after it was made"),
        (lambda text: text.replace("sweep/runs", "sweep/run", 1), "was changed after it was made"),
        (lambda text: "[1, 2]", "is not a manifest"),
        (lambda text: '{"sha256": "0"}', "is not a manifest"),
    ],
)
def test_a_damaged_manifest_is_one_line(results, damage, message):
    damaged = damage((results / NAME).read_text("utf-8"))
    (results / NAME).write_bytes(damaged.encode() if isinstance(damaged, str) else damaged)
    with pytest.raises(DataError, match=message) as error:
        manifest.read(results / NAME)
    assert "\n" not in str(error.value)


def test_a_manifest_of_another_format_is_refused(results, monkeypatch):
    found = manifest.read(results / NAME)
    monkeypatch.setattr(manifest, "FORMAT", 2)
    manifest.write(found, results / NAME)
    monkeypatch.undo()
    with pytest.raises(DataError, match="another version"):
        manifest.read(results / NAME)


def test_white_space_of_a_manifest_does_not_count(results):
    (results / NAME).write_text(json.dumps(json.loads((results / NAME).read_text("utf-8")), indent=4))
    assert manifest.read(results / NAME).config["seed"] == 7


def git(folder, *arguments):
    identity = ["-c", "user.name=n", "-c", "user.email=e"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_git_state(tmp_path):
    (tmp_path / "Snakefile").write_text("1")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "Snakefile").touch()
    git(tmp_path, "init")
    assert git_state(tmp_path) is None  # a repository that does not keep the Snakefile
    git(tmp_path, "add", "Snakefile")
    git(tmp_path, "commit", "-m", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert git_state(tmp_path / "elsewhere") is None
    assert git_state(tmp_path) == {"commit": commit, "dirty": False}
    (tmp_path / "Snakefile").write_text("2")
    assert git_state(tmp_path) == {"commit": commit, "dirty": True}


@pytest.mark.parametrize(
    ("path", "dirty"),
    [
        ("points.csv", False),
        ("build/lib/softkmeans/arrays.py", False),
        ("src/softkmeans/new.py", True),
        ("workflow/rules/new.smk", True),
    ],
)
def test_a_new_file_makes_the_code_dirty_if_it_is_code(tmp_path, path, dirty):
    (tmp_path / "Snakefile").write_text("1")
    git(tmp_path, "init")
    git(tmp_path, "add", "Snakefile")
    git(tmp_path, "commit", "-m", "first")
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).touch()
    assert git_state(tmp_path)["dirty"] is dirty


@pytest.mark.parametrize("page", ["index.html", "paper1.html", "report.html", "claims.html", "explore.html"])
def test_a_page_that_is_changed_is_found(results, page):
    (results / page).write_text("the page")
    manifest.write(manifest.make(results, [*PATHS, page], {}, None), results / NAME)
    (results / page).write_text("another")
    assert check(results, manifest.read(results / NAME)) == [Difference("changed", page)]


def test_pages_that_say_when_they_were_made_are_not_compared(results):
    pages = ["index.html", "paper1.html", "report.html", "claims.html", "explore.html"]
    runs = []
    for run in ("one", "other"):
        for page in pages:
            (results / page).write_text(run)
        runs.append(manifest.make(results, pages, {}, None))
    assert compare(*runs) == [Difference("different", "claims.html"), Difference("different", "explore.html")]


def test_no_git_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "Snakefile").touch()
    assert git_state(tmp_path) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state(tmp_path) is None
