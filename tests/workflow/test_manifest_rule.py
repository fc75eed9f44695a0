"""The manifest of a run of the pipeline, here of paper 1 alone and of a rule that nobody told it of."""

import re
import shutil
import subprocess

import pytest
import yaml
from driving import SMOKE, new_project, planned, results, succeed

from softkmeans.cli import main
from softkmeans.config import Config
from softkmeans.provenance import manifest

SNAKEFILE = """
configfile: "config.yaml"

include: "workflow/rules/common.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/engine.smk"
include: "workflow/rules/paper1.smk"
include: "workflow/rules/paper2.smk"

rule addition:
    input: "results/runs/addition/{name}.txt"
    output: "results/tables/addition/{name}.txt"
    shell: "cp {input} {output}"

rule step:
    output: "results/runs/addition/{name}.txt", "results/tables/timings-{name}.txt"
    shell: "echo {wildcards.name} > {output[0]}; date +%N > {output[1]}"

rule all:
    default_target: True
    input:
        rules.paper1_runs.output,
        rules.paper1_tables.output,
        "results/data/s1.npz",
        "results/tables/addition/x.txt",
        "results/tables/timings-x.txt",
        "results/manifest.json"

include: "workflow/rules/manifest.smk"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder in which the pipeline has run."""
    folder = new_project(tmp_path_factory.mktemp("made"))
    (folder / "Snakefile").write_text(SNAKEFILE)
    succeed(folder, "--cores", "8")
    return folder


@pytest.fixture
def copy(made, tmp_path):
    """A copy of it, times of files included."""
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


def configure(folder, **blocks):
    """Change the small configuration."""
    (folder / "overlay.yaml").write_text(yaml.safe_dump(yaml.safe_load(SMOKE.read_text()) | blocks))


def read(folder):
    return manifest.read(folder / "results" / manifest.NAME)


def test_every_input_of_rule_all_is_listed(made):
    files = {file.relative_to(made / "results").as_posix() for file in results(made)}
    listed = {path for path in files if path.split("/")[0] not in ("runs", "benchmarks", manifest.NAME)}
    assert read(made).results.keys() == listed
    assert {"data/s1.npz", "tables/addition/x.txt", "tables/paper1/differences.csv"} < listed


def test_what_the_results_were_made_from(made):
    found = read(made)
    assert found.git is None
    assert found.config.keys() == Config.model_fields.keys()
    assert found.config["paper1"]["repeats"] == 20
    assert found.config["seed"] == 2020
    assert found.data.keys() == {"s1"}
    assert found.data["s1"]["origin"]["source"] == "twin"
    assert re.fullmatch("[0-9a-f]{64}", found.data["s1"]["origin"]["sha256"])


def test_what_is_no_result_of_this_run_is_extra(copy, capsys):
    (copy / "results/tables/old.csv").touch()
    succeed(copy, "--cores", "1", "--forcerun", "manifest")
    assert "tables/old.csv" not in read(copy).results
    assert main(["verify", str(copy / "results")]) == 1
    assert "extra       tables/old.csv\n" in capsys.readouterr().out


def test_the_manifest_is_remade_with_what_it_tells_of(copy):
    assert "Nothing to be done" in succeed(copy, "-n")
    before = read(copy)
    configure(copy, paper2={"starts": 3})
    assert planned(succeed(copy, "-n")).keys() == {"manifest", "all"}
    configure(copy)

    with (copy / "Snakefile").open("a") as snakefile:
        snakefile.write("use rule addition as other with:\n    output: 'results/tables/other/{name}.txt'\n")
    target = '"results/tables/addition/x.txt", "results/tables/other/x.txt"'
    text = (copy / "Snakefile").read_text().replace('"results/tables/addition/x.txt"', target)
    (copy / "Snakefile").write_text(text)
    succeed(copy, "--cores", "2")
    after = read(copy)
    assert after.results.keys() - before.results.keys() == {"tables/other/x.txt"}
    assert {path: after.results[path] for path in before.results} == before.results


def test_the_manifest_names_the_commit(copy):
    def git(*arguments):
        command = ["git", "-c", "user.name=n", "-c", "user.email=e", *arguments]
        return subprocess.run(command, cwd=copy, check=True, capture_output=True, text=True).stdout.strip()

    (copy / ".gitignore").write_text("/results\n/logs\n/.snakemake\n")
    git("init")
    git("add", ".")
    git("commit", "-m", "all")
    assert planned(succeed(copy, "--cores", "1")).keys() == {"manifest", "all"}
    assert read(copy).git == {"commit": git("rev-parse", "HEAD"), "dirty": False}
    assert "Nothing to be done" in succeed(copy, "-n")
