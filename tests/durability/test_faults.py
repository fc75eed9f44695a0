"""Faults that a run can meet: each gives a clear line, costs only itself, and leaves no trace once mended."""

import os
import re
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from driving import digests, finished, kill, new_project, said, snakemake, start, succeed, wait_for

OVERLAY = """\
data: {source: twin}
paper1: {methods: [kmeans, lse], repeats: 20}
sweep: {datasets: [s1], methods: [kmeans, lse], temperatures: [0.01 Tc], repeats: 2, annealed: {methods: []}}
"""
TARGET = "results/tables/paper1/differences.csv"
RUN = ("--cores", "2", TARGET)


def can_mount():
    """Whether this is root of a system where file systems can be mounted."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0


needs_mount = pytest.mark.skipif(
    not can_mount(), reason="only root may mount a small or read-only file system"
)


@pytest.fixture(scope="module")
def overlay(tmp_path_factory):
    file = tmp_path_factory.mktemp("overlay") / "overlay.yaml"
    file.write_text(OVERLAY)
    return file


@pytest.fixture(scope="module")
def expected(tmp_path_factory, overlay):
    folder = new_project(tmp_path_factory.mktemp("undisturbed") / "project", overlay)
    succeed(folder, *RUN)
    return digests(folder)


@pytest.fixture
def project(tmp_path, overlay):
    return new_project(tmp_path / "project", overlay)


@contextmanager
def mounted(folder: Path, *options: str):
    """Have a file system in memory at `folder`."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def refused(folder, *arguments):
    """What a run says that must fail; it is no traceback."""
    done = snakemake(folder, *arguments)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout, done.stdout
    return done.stdout


@needs_mount
def test_full_disk(project, expected):
    """What was written before stays, nothing is truncated, and the run goes on once there is space."""
    with mounted(project / "results", "-o", "size=2m"):
        ballast = project / "results" / "ballast"
        ballast.write_bytes(bytes(2**21 - 200 * 2**10))
        output = refused(project, *RUN, "--keep-going")
        assert re.search(r"^error: .*No space left on device", output, re.MULTILINE)
        ballast.unlink()
        left = digests(project)
        assert left.items() <= expected.items()
        assert 0 < len(left) < len(expected)
        for file in (project / "results").rglob("*.parquet"):
            pq.read_table(file)
        done = finished(output)
        again = finished(succeed(project, *RUN))
        assert sorted(done + again) == sorted(["engine", "obtain", "paper1_runs", "paper1_tables"])
        assert digests(project) == expected


@needs_mount
@pytest.mark.parametrize("name", ["results", "logs", ".snakemake"])
def test_read_only_folder(project, name):
    with mounted(project / name, "-o", "ro"):
        output = refused(project, *RUN)
    assert f"Nothing was run, since\n{name} cannot be written to: Read-only file system\n" in output


def test_second_call_in_the_same_folder(project, expected):
    process = start(project, *RUN)
    wait_for(lambda: "Select jobs to execute" in said(project))
    os.killpg(process.pid, signal.SIGSTOP)  # it would be over before a second one is up
    try:
        output = refused(project, *RUN)
    finally:
        os.killpg(process.pid, signal.SIGCONT)
    assert "cannot be locked" in output
    assert "no other Snakemake process" in output
    assert process.wait() == 0
    assert digests(project) == expected


def test_killed_run_leaves_a_lock_that_says_how_to_go_on(project, expected):
    process = start(project, *RUN)
    wait_for(lambda: finished(said(project)))
    kill(process)
    assert "--unlock" in refused(project, *RUN)
    succeed(project, "--unlock")
    succeed(project, *RUN)
    assert digests(project) == expected


def test_failed_job_costs_only_itself(project, expected):
    """Those beside it go on, and its outputs, which are there, do not count."""
    script = project / "workflow" / "scripts" / "runs.py"
    sound = script.read_text()
    script.write_text(f"{sound}\nimport sys\nif 'paper1' in snakemake.output[0]:\n    sys.exit(1)\n")
    beside = "results/runs/sweep/s1/1/runs.parquet"
    output = refused(project, *RUN, beside, "--keep-going")
    assert sorted(finished(output)) == ["engine", "obtain", "sweep_runs"]
    script.write_text(sound)
    again = finished(succeed(project, *RUN, beside, "--rerun-triggers", "mtime"))
    assert sorted(again) == ["paper1_runs", "paper1_tables"]
    made = digests(project)
    assert {name: digest for name, digest in made.items() if "/sweep/" not in name} == expected


@pytest.mark.parametrize(
    ("file", "target"),
    [
        ("results/data/s1.npz", "results/tables/paper1/runs.parquet"),
        ("results/tables/paper1/runs.parquet", TARGET),
        ("results/tables/paper1/centroids.parquet", "results/figures/paper1/fig1.png"),
    ],
)
def test_unreadable_input(finished_copy, file, target):
    """A result that something else has damaged: the job that reads it says so in a line."""
    path = finished_copy / file
    path.write_bytes(path.read_bytes()[:-20])
    output = refused(finished_copy, "--cores", "2", target, "--rerun-triggers", "mtime")
    assert re.search(rf"^error: .*{re.escape(file)}", output, re.MULTILINE), output


def test_a_job_of_the_sweep_asks_for_more_memory_when_tried_again(finished_copy):
    (finished_copy / "results/data/unbalance.npz").write_bytes(b"damaged")
    target = "results/runs/sweep/unbalance/1/runs.parquet"
    output = refused(finished_copy, "--cores", "2", target, "--rerun-triggers", "mtime", "--retries", "1")
    first, second = map(int, re.findall(r"mem_mb=(\d+)", output))
    assert second == 2 * first > 0


def test_data_are_asked_for_again(project):
    dead = 'data={source: download, mirrors: [{url: "http://127.0.0.1:9/", layout: sipu}]}'
    output = refused(project, "--cores", "1", "results/data/s1.npz", "--config", dead)
    assert output.count("Trying to restart job") == 2
