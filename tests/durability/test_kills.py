"""Runs that are killed at random moments and resumed: the same bytes, and no job done twice.

A short form, paper 1 alone, runs with the tests. The long one runs everything:

    KILLS=20 python3 -m pytest -s tests/durability/test_kills.py
"""

import os
import random
import time

import pytest
import yaml
from driving import (
    digests,
    finished,
    kill,
    new_project,
    planned,
    said,
    snakemake,
    start,
    succeed,
    wait_for,
    without_a_mirror,
)

KILLS = int(os.environ.get("KILLS", "0"))
TARGETS = () if KILLS else ("paper1",)
CORES = 2


@pytest.mark.parametrize("number", range(KILLS or 1))
def test_killed_and_resumed(tmp_path, finished_run, number):
    expected = digests(finished_run)
    folder = new_project(tmp_path / "project")
    (folder / "overlay.yaml").write_text(yaml.safe_dump(without_a_mirror()))
    jobs = sum(planned(succeed(folder, "-n", *TARGETS)).values())
    chance = random.Random(number)
    enough = chance.randrange(jobs - 3)
    process = start(folder, "--cores", str(CORES), *TARGETS)
    wait_for(lambda: len(finished(said(folder))) >= enough)
    time.sleep(chance.uniform(0, 1))
    assert process.poll() is None, "over before it was killed"
    kill(process)

    done = finished(said(folder))
    left = {name: digest for name, digest in digests(folder).items() if "/." not in name}
    assert left.items() <= expected.items()  # whole, or not there

    if (folder / ".snakemake" / "locks").exists() and any((folder / ".snakemake" / "locks").iterdir()):
        refused = snakemake(folder, "--cores", str(CORES), *TARGETS)
        assert refused.returncode != 0
        assert "--unlock" in refused.stdout
        succeed(folder, "--unlock")
    again = sum(planned(succeed(folder, "--cores", str(CORES), *TARGETS)).values())
    print(f"{len(done)} of {jobs} jobs done when killed, {again} run on resuming")
    # A job of each core may have ended without Snakemake having said so.
    assert jobs - len(done) - CORES <= again <= jobs - len(done)
    made = digests(folder)
    assert made.items() <= expected.items()
    assert made.keys() == expected.keys() or (TARGETS and "results/figures/paper1/fig8.png" in made)
