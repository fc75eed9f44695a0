"""The pipeline on a real Slurm of one node, undisturbed and disturbed: the same bytes, nothing done twice.

Run on demand, as root on a Debian with slurmctld, slurmd, slurm-client and munge, and with the extra `slurm`:

    python3 -m pytest tests/slurm/scenarios.py            # the smoke configuration, every scenario
    python3 -m pytest tests/slurm/scenarios.py -k brief   # one small run that meets every fault
"""

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from driving import (
    digests,
    finished,
    new_project,
    planned,
    said,
    snakemake,
    start,
    succeed,
    versions,
    wait_for,
)

HERE = Path(__file__).parent
NODE = socket.gethostname().split(".")[0]
SLURM = (
    *("--profile", "profiles/slurm"),
    *("--slurm-init-seconds-before-status-checks", "4", "--seconds-between-status-checks", "1"),
)
BRIEF = """\
data: {source: twin}
paper1: {methods: [kmeans, lse], repeats: 20}
sweep: {datasets: [s1], repeats: 2}
"""
#: Two jobs with runs, side by side, and one that follows.
TARGETS = ("results/tables/paper1/differences.csv", "results/runs/sweep/s1/1/runs.parquet")


@pytest.fixture(scope="module", autouse=True)
def _cluster() -> Iterator[None]:
    subprocess.run([HERE / "start.sh"], check=True)
    yield
    subprocess.run([HERE / "stop.sh"], check=True)


@dataclass(frozen=True)
class Local:
    """A run with --cores 2: digests of its results, number of its jobs."""

    digests: dict[str, str]
    jobs: int


def run_locally(folder: Path, *targets: str) -> Local:
    output = succeed(folder, "--cores", "2", *targets)
    return Local(digests(folder), sum(planned(output).values()))


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Local:
    began = time.monotonic()
    found = run_locally(new_project(tmp_path_factory.mktemp("local") / "project"))
    print(f"--cores 2: {found.jobs} jobs, {time.monotonic() - began:.0f} s")
    return found


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A project; no job of it is left behind."""
    yield new_project(tmp_path / "project")
    slurm("scancel", "--me")
    wait_for(lambda: not active())


def slurm(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def active(states: str = "PENDING,RUNNING,COMPLETING") -> list[str]:
    """Ids of the Slurm jobs that are not over."""
    return slurm("squeue", "--me", "--noheader", "--format=%i", f"--states={states}").split()


def scripts(folder: Path, name: str) -> list[psutil.Process]:
    """The processes of the project's jobs that run this script."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(
            word.startswith(f"{folder}/.snakemake/scripts/") and word.endswith(f".{name}.py")
            for word in process.info["cmdline"] or ()
        )
    ]


def node(state: str) -> None:
    slurm("scontrol", "update", f"nodename={NODE}", f"state={state}", "reason=test")


def submitted(output: str) -> int:
    return len(re.findall("has been submitted with SLURM jobid", output))


def under_way(folder: Path) -> subprocess.Popen[bytes]:
    """Start a run, and wait until a Slurm job of it, the engine's, is over and another is at work."""
    process = start(folder, *SLURM)
    wait_for(lambda: "engine" in finished(said(folder)))
    wait_for(lambda: scripts(folder, "paper2_collapse") or scripts(folder, "runs"))
    return process


def end(folder: Path, process: subprocess.Popen[bytes]) -> str:
    assert process.wait(timeout=600) == 0, said(folder)
    return said(folder)


def resume(folder: Path, jobs: int, *targets: str) -> None:
    """Run on where Snakemake was killed: at most the jobs whose end it had not seen are run, the rest stays.

    It is less where a job within a group had ended, which only that group's own Snakemake saw.
    """
    slurm("scancel", "--me")
    wait_for(lambda: not active())
    refused = snakemake(folder, *SLURM, *targets)
    assert refused.returncode != 0
    assert "--unlock" in refused.stdout
    succeed(folder, "--unlock")
    done = finished(said(folder))
    before = versions(folder)
    output = succeed(folder, *SLURM, *targets)
    again = planned(output)
    assert 0 < sum(again.values()) <= jobs - len(done)
    kept = [name for name, version in versions(folder).items() if before.get(name) == version]
    assert len(kept) >= len(done)
    print(f"{len(done)} of {jobs} jobs done when killed, {sum(again.values())} run on resuming")


def test_same_bytes(project: Path, local: Local) -> None:
    began = time.monotonic()
    output = succeed(project, *SLURM)
    print(f"Slurm: {submitted(output)} Slurm jobs, {time.monotonic() - began:.0f} s")
    assert len(finished(output)) == local.jobs
    assert digests(project) == local.digests


def test_cancelled_job(project: Path, local: Local) -> None:
    process = under_way(project)
    slurm("scancel", active("RUNNING")[0])
    output = end(project, process)
    assert output.count("Trying to restart job") == 1
    assert len(finished(output)) == local.jobs
    assert digests(project) == local.digests


def test_killed_process_of_a_job(project: Path, local: Local) -> None:
    process = under_way(project)
    (scripts(project, "paper2_collapse") or scripts(project, "runs"))[0].kill()
    output = end(project, process)
    assert output.count("Trying to restart job") == 1
    assert len(finished(output)) == local.jobs
    assert digests(project) == local.digests


def test_killed_snakemake(project: Path, local: Local) -> None:
    process = under_way(project)
    process.kill()
    process.wait()
    resume(project, local.jobs)
    assert digests(project) == local.digests


def test_drained_node(project: Path, local: Local) -> None:
    process = under_way(project)
    node("drain")
    wait_for(lambda: not active("RUNNING,COMPLETING"))
    node("resume")
    output = end(project, process)
    assert "Trying to restart job" not in output
    assert digests(project) == local.digests


def test_a_job_that_needs_more_memory_gets_it(project: Path) -> None:
    more = "paper1_runs:mem_mb=100*attempt*attempt*attempt"
    target = "results/tables/paper1/runs.parquet"
    output = succeed(project, *SLURM, "--set-resources", more, "--", target)
    assert 1 <= output.count("Trying to restart job") <= 2


def test_brief(project: Path, tmp_path: Path) -> None:
    """Every fault within one small run."""
    for folder in (project, tmp_path / "local"):
        folder.exists() or new_project(folder)
        (folder / "overlay.yaml").write_text(BRIEF)
    local = run_locally(tmp_path / "local", *TARGETS)

    process = start(project, *SLURM, *TARGETS)
    wait_for(lambda: len(active()) == 2 and scripts(project, "runs"))
    victim = scripts(project, "runs")[0]
    other = next(job for job in active() if job != victim.environ()["SLURM_JOB_ID"])
    victim.kill()
    slurm("scancel", other)
    node("drain")
    wait_for(lambda: not active("RUNNING,COMPLETING"))
    node("resume")
    wait_for(lambda: scripts(project, "paper1_tables"))
    assert said(project).count("Trying to restart job") == 2
    process.kill()  # Snakemake's
    process.wait()
    resume(project, local.jobs, *TARGETS)
    assert digests(project) == local.digests
