"""The profile for schedulers other than Slurm, by a stand-in for Grid Engine that runs what it is given."""

import os

from driving import new_project, succeed

QSUB = """\
#!/bin/bash
# Say the job's number, and run its script, the last argument.
echo "$$"
echo "$*" >> asked
bash "${@: -1}" > /dev/null 2>&1 &
"""


def test_jobs_are_submitted_with_what_they_need(tmp_path, monkeypatch):
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "qsub").write_text(QSUB)
    (commands / "qsub").chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    project = tmp_path / "project"
    project.mkdir()
    new_project(project)
    succeed(project, "--profile", "profiles/cluster", "--latency-wait", "5", "results/runs/engine.txt")
    assert (project / "results/runs/engine.txt").exists()
    (asked,) = (project / "asked").read_text().splitlines()
    assert "-N engine " in asked
    assert "h_vmem=1000M,h_rt=0:15:0" in asked
