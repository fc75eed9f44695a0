"""What the pages for newcomers say is so: paths, layers, the walk, code to copy, and what CI checks."""

import json
import re
import runpy
import tomllib
from importlib.metadata import version

import matplotlib
import numpy as np
import pytest
import yaml
from driving import ROOT

import softkmeans
from softkmeans.clustering import initialisations
from softkmeans.clustering.initialisations import initial_centroids
from softkmeans.provenance.code import needed

ARCHITECTURE, CONTRIBUTING, README = "docs/architecture.md", "CONTRIBUTING.md", "README.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def text(page):
    return (ROOT / page).read_text(encoding="utf-8")


def named_paths(page):
    """Paths below the repository's folders, names of files in code, and targets of links."""
    below = r"(?<![\w./-])(?:\.ci|benchmarks|docs|profiles|src|tests|tools|workflow)/[\w./-]*\w"
    named = re.findall(below, text(page)) + re.findall(
        r"`(Snakefile|[\w.-]+\.(?:cff|md|py|toml|yaml))`", text(page)
    )
    links = re.findall(r"\]\((?!http)([^)#]+)", text(page))
    return [ROOT / name for name in named] + [(ROOT / page).parent / target for target in links]


def walk():
    """The files of the newcomer's walk, in order."""
    return re.findall(r"^\d+\. `(\S+)`: ", text(ARCHITECTURE), re.MULTILINE)


def example(page, heading):
    """The first block of Python under a heading."""
    return re.search(rf"^##+ {heading}\n.*?```python\n(.*?)```", text(page), re.DOTALL | re.MULTILINE)[1]


def registered(module, *blocks):
    """What blocks of code register that are appended to a module."""
    found = []
    scope = vars(module) | {"register": found.append}
    for block in blocks:
        exec(block, scope)
    return found


@pytest.mark.parametrize("page", [README, CONTRIBUTING, ARCHITECTURE])
def test_every_file_that_is_named_exists(page):
    paths = named_paths(page)
    assert len(paths) > 10
    assert [str(path) for path in paths if not path.exists()] == []


def test_the_walk_has_each_file_once_and_each_is_used_by_a_script_before_it():
    files = walk()
    assert len(set(files)) == len(files) > 20
    reached = set()
    for file in files:
        if file.startswith("workflow/scripts/"):
            waiting = [ROOT / file]
            while waiting:
                new = needed(waiting.pop()) - reached
                reached |= new
                waiting += new
        elif file.endswith(".py"):
            assert ROOT / file in reached, file


def test_the_layers_are_those_that_are_checked():
    layers = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    assert re.findall(r"^    (\w+(?: \| \w+)*)  ", text(ARCHITECTURE), re.MULTILINE) == layers
    drawn = set(re.findall(r">(\w+)</text>", text("docs/architecture.svg")))
    assert drawn >= {name for layer in layers for name in layer.split(" | ")}


def test_the_initialisation_takes_the_first_points():
    (added,) = registered(initialisations, example(CONTRIBUTING, "Add an initialisation"))
    points = np.arange(10.0).reshape(5, 2)
    np.testing.assert_array_equal(initial_centroids(points, 3, added, seed=0), points[:3])


def test_the_page_of_public_names_has_been_written_from_their_docstrings():
    tool = runpy.run_path(str(ROOT / "tools/api.py"))
    assert text(tool["PAGE"]) == tool["page_text"](), "run python tools/api.py"
    named = {f"softkmeans.{name}" for name in softkmeans.__all__ if name != "__version__"}
    assert set(re.findall(r"^### `(\S+)`$", text(tool["PAGE"]), re.MULTILINE)) == named


def test_the_notebook_runs(tmp_path, monkeypatch):
    """Its cells, one after another, make what they say and raise nothing."""
    cells = json.loads(text("docs/example.ipynb"))["cells"]
    monkeypatch.chdir(tmp_path)
    scope = {}
    with matplotlib.rc_context({"backend": "agg"}):
        for cell in cells:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), scope)
    assert scope["search"].best_params_["temperature"] == "0.05 Tc"
    assert scope["read"].left_out == ("row names",)
    assert scope["repeated"].smooth_objective == scope["model"].smooth_objective_
    assert (tmp_path / "clusters.png").stat().st_size > 10_000


def test_the_hooks_and_make_check_run_the_linters_of_ci():
    ci = [line for line in text(".ci/run").splitlines() if re.match("ruff|snake|mypy|lint", line)]
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", text("Makefile"), re.MULTILINE)[1]
    assert recipe.replace("\t", "").splitlines() == ci
    (repository,) = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    assert [hook["entry"] for hook in repository["hooks"]] == ci


def test_the_version_to_cite_is_the_packages():
    cited = yaml.safe_load(text("CITATION.cff"))["version"]
    assert cited == PROJECT["project"]["version"] == version("softkmeans")
