"""Files of configuration that cannot be used, as Snakemake's user meets them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFUSED = "Nothing was run, since\n"


@pytest.fixture
def project(tmp_path):
    """A folder with the workflow and the configuration as shipped."""
    for name in ("workflow", "profiles"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def refusal(folder, *arguments):
    """What a dry run says that must not succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--dry-run", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"seed: [1\ndata: 2\n", "2: not valid YAML: expected ',' or ']', but got ':'"),
        (b"- seed\n", "1: must hold a mapping of keys to values"),
        (None, "1: cannot be read: No such file or directory"),
    ],
)
def test_unreadable_configuration_has_its_line(project, content, error):
    file = project / "config.yaml"
    file.unlink() if content is None else file.write_bytes(content)
    assert f"{REFUSED}config.yaml:{error}\n" in refusal(project)


def test_files_of_configuration_that_a_profile_names_answer_too(project):
    (project / "mine.yaml").write_text("paper1: {repeats: none}\n")
    with (project / "profiles/default/config.yaml").open("a") as profile:
        profile.write("configfile: mine.yaml\n")
    message = refusal(project, "--config", "seed=-1")
    assert f"{REFUSED}mine.yaml:1: paper1.repeats: " in message
    assert "\n--config: seed: " in message


def test_own_files_are_checked_before_any_job(project):
    (project / "mine.csv").write_text("1.5,2\n3,nan\n")
    (project / "mine.yaml").write_text("data:\n  own:\n    mine: {path: mine.csv, n_clusters: 2}\n")
    message = refusal(project, "--configfile", "mine.yaml")
    assert (
        f"{REFUSED}mine.yaml:3: data.own.mine.path: mine.csv: point 2 in column '2' has no finite value"
        in message
    )
