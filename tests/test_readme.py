"""What the README tells a newcomer to write works as it stands there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from driving import ROOT, SMOKE, new_project, succeed

from softkmeans.cli import main

README = (ROOT / "README.md").read_text()


def block(heading, language):
    """Return the first block of code under a heading."""
    section = README.split(f"### {heading}\n", 1)[1]
    return re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)[1]


@pytest.fixture
def with_method(tmp_path):
    """An environment whose package has the README's method.

    All other modules stay where they are, and so does the compiled engine.
    """
    for part in ("softkmeans", "softkmeans/clustering"):
        (tmp_path / part).mkdir()
        text = (ROOT / "src" / part / "__init__.py").read_text()
        found_there = f"__path__.append({str(ROOT / 'src' / part)!r})\n"
        (tmp_path / part / "__init__.py").write_text(f"{text}\n{found_there}")
    (tmp_path / "softkmeans/data").symlink_to(ROOT / "src/softkmeans/data")  # its files are asked for
    methods = "softkmeans/clustering/methods.py"
    text = (ROOT / "src" / methods).read_text()
    (tmp_path / methods).write_text(f"{text}\n\n{block('Add a method', 'python')}")
    return {**os.environ, "PYTHONPATH": str(tmp_path)}


def test_the_method_is_about_ten_lines():
    assert len([line for line in block("Add a method", "python").splitlines() if line]) <= 11


def test_the_conformance_tests_take_the_method_unasked(with_method):
    arguments = "-q -n0 -p no:cacheprovider tests/clustering/test_methods.py -k sparsemax"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments.split()],
        cwd=ROOT,
        env=with_method,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 10


def test_the_sweep_runs_the_method_and_the_data_set(with_method, tmp_path, monkeypatch):
    project = tmp_path / "project"
    project.mkdir()
    overlay = yaml.safe_load(SMOKE.read_text())
    for key, value in yaml.safe_load(block("Add a data set", "yaml")).items():
        overlay[key] = overlay.get(key, {}) | value
    overlay["paper1"]["methods"] = ["sparsemax"]
    overlay["sweep"] |= {
        "datasets": ["mine"],
        "methods": ["kmeans", "sparsemax"],
        "temperatures": ["0.01 Tc"],
        "repeats": 1,
        "annealed": {"methods": ["sparsemax"], "factor": 0.3, "repeats": 1},
        "phases": {"factor": 0.3, "max_iterations": 100, "repeats": 1},
        "published": {"repeats": 0},
    }
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(overlay))
    new_project(project, tmp_path / "mine.yaml")
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(5), 30)
    np.savetxt(
        project / "mine.csv",
        rng.normal(size=(150, 2)) + 20 * np.eye(5, 2)[labels] * labels[:, None],
        delimiter=",",
    )
    np.savetxt(project / "labels.txt", labels, fmt="%d")
    for name, value in with_method.items():
        monkeypatch.setenv(name, value)
    succeed(project, "--cores", "2", "results/tables/sweep/summary.csv")
    summary = Path(project / "results/tables/sweep/summary.csv").read_text()
    assert re.search(r"mine.*,\W?sparsemax", summary)
    assert re.search(r"mine.*annealed-sparsemax", summary)


def commands():
    """Every line of a shell that the README shows."""
    lines = re.findall(r"^    ((?:python3|snakemake|softkmeans) .*)$", README, re.MULTILINE)
    return [re.sub(r"\s+#.*", "", line) for line in lines]


def tried(command, mirror):
    """The same command; where it would install, test or compute for long, only what it would do."""
    command = command.replace("pip install", "pip install --quiet --dry-run --no-deps")
    command = command.replace("data fetch", f"data fetch --mirror {mirror} sipu")
    parts = command.split(" && ")
    return " && ".join(
        f"{part} -n" if re.match("snakemake (?!--unlock|-n)", part) else part for part in parts
    )


@pytest.fixture(scope="module")
def reader(finished_run, tmp_path_factory):
    """A project that has run, with another beside it."""
    project = tmp_path_factory.mktemp("reader") / "project"
    shutil.copytree(finished_run, project)
    shutil.copytree(finished_run / "results", project.parent / "other" / "results")
    for name in ("pyproject.toml", "constraints.txt", "README.md", "src", "tests"):
        (project / name).symlink_to(ROOT / name)
    return project


@pytest.mark.parametrize("command", commands())
def test_every_shell_command_works(command, reader, mirror_folder, monkeypatch):
    monkeypatch.setenv("SOFTKMEANS_CACHE", str(reader.parent / "cache"))
    monkeypatch.setenv("PYTEST_ADDOPTS", "-n0 --collect-only -q tests/clustering")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    mirror = (mirror_folder / "sipu").resolve().as_uri()
    wanted = tried(command, mirror)
    if wanted.startswith("softkmeans "):  # in this process, whose catalogue may be that of a mirror of twins
        monkeypatch.chdir(reader)
        assert main(shlex.split(wanted)[1:]) == 0
        return
    done = subprocess.run(["bash", "-c", wanted], cwd=reader, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
