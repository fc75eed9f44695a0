"""Runs that are killed at random moments and resumed: the same bytes, and no job done twice.

A short form runs with the tests. The long one, with the smoke configuration:

    KILLS=20 python3 -m pytest -s tests/durability/test_kills.py
"""

import os
import random
import time

import pytest
from driving import (
    SMOKE,
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
)

KILLS = int(os.environ.get("KILLS", "0"))
SHORT = """\
data: {source: twin}
paper1: {methods: [kmeans, lse], repeats: 20}
"""
CORES = 2


@pytest.fixture(scope="module")
def overlay(tmp_path_factory):
    if KILLS:
        return SMOKE
    file = tmp_path_factory.mktemp("overlay") / "short.yaml"
    file.write_text(SHORT)
    return file


@pytest.fixture(scope="module")
def targets():
    return () if KILLS else ("paper1",)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, overlay, targets):
    """Digests, and number of jobs, of a run that nobody kills."""
    folder = new_project(tmp_path_factory.mktemp("undisturbed") / "project", overlay)
    output = succeed(folder, "--cores", str(CORES), *targets)
    return digests(folder), sum(planned(output).values())


@pytest.mark.parametrize("number", range(KILLS or 1))
def test_killed_and_resumed(tmp_path, overlay, targets, undisturbed, number):
    expected, jobs = undisturbed
    folder = new_project(tmp_path / "project", overlay)
    chance = random.Random(number)
    enough = chance.randrange(jobs - 3)
    process = start(folder, "--cores", str(CORES), *targets)
    wait_for(lambda: len(finished(said(folder))) >= enough)
    time.sleep(chance.uniform(0, 1))
    assert process.poll() is None, "over before it was killed"
    kill(process)

    done = finished(said(folder))
    left = {name: digest for name, digest in digests(folder).items() if "/." not in name}
    assert left.items() <= expected.items()  # whole, or not there

    if (folder / ".snakemake" / "locks").exists() and any((folder / ".snakemake" / "locks").iterdir()):
        refused = snakemake(folder, "--cores", str(CORES), *targets)
        assert refused.returncode != 0
        assert "--unlock" in refused.stdout
        succeed(folder, "--unlock")
    again = sum(planned(succeed(folder, "--cores", str(CORES), *targets)).values())
    print(f"{len(done)} of {jobs} jobs done when killed, {again} run on resuming")
    # A job of each core may have ended without Snakemake having said so.
    assert jobs - len(done) - CORES <= again <= jobs - len(done)
    assert digests(folder) == expected
