"""The plan of a sweep: which runs, in which jobs."""

import gzip
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import Temperature, cooling
from softkmeans.config import Annealed, Config, Phases, Published, SweepConfig, read
from softkmeans.data.catalogue import BENCHMARK, CATALOGUE
from softkmeans.data.own import OwnData
from softkmeans.sweep.names import ANNEALED
from softkmeans.sweep.plan import (
    MEGABYTES,
    PROCESS,
    SECONDS,
    SNAKEMAKE,
    START,
    Plan,
    Shape,
    Task,
    cut,
    estimate,
    estimated_size,
    megabytes,
    named_datasets,
    pack,
    plan,
    repeats_of,
    shape,
)

ROOT = Path(__file__).parents[2]


def relative(value: float) -> Temperature:
    return Temperature(value, relative=True)


CONFIG = SweepConfig(
    datasets=("s1", "birch"),
    methods=("all",),
    initialisations=("all",),
    temperatures=tuple(map(relative, (0.001, 0.01, 0.1))),
    repeats=10,
    repeats_of={"birch": 4, "birch2": 3},
    repeats_of_methods={"lse": 2},
    trace="final",
    centroids=2,
    annealed=Annealed(
        methods=("entropy",),
        highest=relative(8),
        lowest=relative(1),
        factor=0.5,
        tolerance=1e-6,
        repeats=5,
    ),
    phases=Phases(factor=0.9, tolerance=1e-4, max_iterations=2000, repeats=2),
    published=Published(repeats=1000, repeats_of={"birch": 200}),
)


def changed(**update: Any) -> SweepConfig:
    return CONFIG.model_copy(update=update)


def full() -> Config:
    """The configuration of the full sweep, as shipped."""
    files = [ROOT / "config.yaml", ROOT / "workflow/configs/full.yaml"]
    merged: dict[str, Any] = {}
    for file in files:
        update_config(merged, load_configfile(file))
    return read(merged, files)


SOFT = sum(method.soft for method in METHODS.values())


def of(found: Plan, dataset: str) -> list[Task]:
    """What is run on a data set, in the order of the jobs."""
    return [task for job in found.jobs if job.dataset == dataset for task in job.tasks]


def test_counts_every_run() -> None:
    found = plan(CONFIG, {})
    assert found.datasets == ("s1", "birch1", "birch2", "birch3")
    assert found.methods == tuple(METHODS)
    assert found.initialisations == tuple(INITIALISATIONS)
    for dataset, repeats in (("s1", 10), ("birch1", 4), ("birch2", 3), ("birch3", 4)):
        starts, few = 5 * repeats + 1, 5 * 2 + 1  # five random initialisations, and the sequential one
        n_runs = sum(task.n_runs for task in of(found, dataset))
        assert n_runs == (SOFT - 1) * 3 * starts + 3 * few + 1 * starts + min(5, repeats)
    assert {(task.dataset, task.method) for task in found.published} == {
        ("s1", "kmeans"),
        ("birch1", "kmeans"),
        ("birch2", "kmeans"),
    }
    assert sum(task.n_runs for task in found.published) == 2 * (1000 + 200 + 200)
    total = sum(job.n_runs for job in found.jobs) + 2800
    assert found.summary() == f"Sweep: {total} runs in {len(found.jobs) + 1} jobs on 4 data sets."


def test_one_job_a_data_set_where_that_is_enough() -> None:
    (job,) = plan(changed(datasets=("s1",)), {}).jobs
    assert (job.dataset, job.part) == ("s1", 1)
    assert [task.method for task in job.tasks] == [*METHODS, f"{ANNEALED}entropy"]
    assert {task.method: len(task.repeats) for task in job.tasks} == {
        **dict.fromkeys(METHODS, 10),
        "lse": 2,
        f"{ANNEALED}entropy": 5,
    }


def test_every_repeat_of_every_method_is_run_once_and_in_order() -> None:
    found = plan(full().sweep, {})
    annealed = [ANNEALED + name for name in full().sweep.annealed.methods]
    for dataset in found.datasets:
        repeats = 5 if dataset.startswith("birch") else 200
        at_most = full().sweep.repeats_of_methods | dict.fromkeys(annealed, 50)
        done = [(task.method, repeat) for task in of(found, dataset) for repeat in task.repeats]
        assert done == [
            (method, repeat)
            for method in [*found.methods, *annealed]
            for repeat in range(min(repeats, at_most.get(method, repeats)))
        ]
        parts = [job.part for job in found.jobs if job.dataset == dataset]
        assert parts == list(range(1, len(parts) + 1))
    assert all(task.dataset == job.dataset for job in found.jobs for task in job.tasks)


def test_the_full_sweep_fits() -> None:
    found = plan(full().sweep, {})
    assert found.datasets == BENCHMARK
    assert max(job.megabytes for job in found.jobs) <= MEGABYTES
    assert max(job.seconds for job in found.jobs) <= SECONDS
    assert len(found.jobs) < 500
    assert any(job.dataset == "dim1024" and job.part > 1 for job in found.jobs)


@given(
    st.lists(
        st.tuples(st.floats(0.1, SECONDS - START), st.floats(1, MEGABYTES - PROCESS)), min_size=1, max_size=30
    )
)
def test_jobs_hold_as_much_as_fits(sizes: list[tuple[float, float]]) -> None:
    tasks = [Task("s1", "lse", range(i, i + 1), 1, *size) for i, size in enumerate(sizes)]
    jobs = pack(tasks)
    assert [task for job in jobs for task in job.tasks] == tasks
    assert all(len(job.tasks) == 1 or job.seconds <= SECONDS for job in jobs)
    assert all(len(job.tasks) == 1 or job.megabytes <= MEGABYTES for job in jobs)
    for job, after in pairwise(jobs):
        more = replace(job, tasks=(*job.tasks, after.tasks[0]))
        assert more.seconds > SECONDS or more.megabytes > MEGABYTES


def test_memory_has_some_to_spare() -> None:
    found = plan(changed(datasets=("s1", "dim1024"), repeats=1, temperatures=(relative(1),) * 100), {})
    for job in found.jobs:
        assert found.job(job.dataset, str(job.part)) is job
        assert found.memory(job.dataset, str(job.part)) >= 1.25 * (job.megabytes + SNAKEMAKE)
    largest = max(found.jobs, key=lambda job: job.megabytes)
    assert largest.dataset == "dim1024"
    assert found.memory("dim1024", str(largest.part)) > found.memory("s1", "1") > PROCESS


def test_the_plan_of_a_data_set_does_not_depend_on_the_others() -> None:
    alone = plan(changed(datasets=("s1",)), {}).jobs
    jobs = plan(changed(datasets=("all",)), {}).jobs
    assert alone == tuple(job for job in jobs if job.dataset == "s1")


def minutes(said: str) -> float:
    """The time that an estimate names."""
    number, unit = re.search(r"about ([\d.]+) (s|min|h) on", said).groups()
    return float(number) * {"s": 1 / 60, "min": 1, "h": 60}[unit]


def test_the_estimate_is_of_the_whole_run() -> None:
    config = full()
    found = plan(config.sweep, {})
    said = estimate(config, found, 1)
    assert said.startswith(found.summary())
    assert said.endswith(" on 1 core if nothing is done yet.")
    assert minutes(said) > found.seconds / 60
    assert minutes(estimate(config, found, 2)) == pytest.approx(minutes(said) / 2, rel=0.05)
    longest = max(job.seconds for job in found.jobs)
    assert minutes(estimate(config, found, 10_000)) == pytest.approx(longest / 60, rel=0.1)
    papers = config.model_copy(update={"paper2": config.paper2.model_copy(update={"starts": 2000})})
    assert minutes(estimate(papers, found, 1)) > minutes(said) + 10


@given(
    st.integers(1, 500), st.integers(1, 50), st.integers(0, 20), st.sampled_from(["s1", "birch1", "dim1024"])
)
def test_tasks_part_the_repeats(repeats: int, per_repeat: int, once: int, dataset: str) -> None:
    size = shape(dataset, {})
    tasks = cut(dataset, "rbf-entmax15", size, repeats, per_repeat, once)
    assert [repeat for task in tasks for repeat in task.repeats] == list(range(repeats))
    assert sum(task.n_runs for task in tasks) == repeats * per_repeat + once
    room = MEGABYTES - PROCESS
    assert all(
        len(task.repeats) == 1 or task.megabytes <= room + megabytes_of_its_runs(task, size) for task in tasks
    )


def megabytes_of_its_runs(task: Task, size: Shape) -> float:
    """The memory that the runs of a task take: tasks of a method are equal but for one repeat."""
    return megabytes(size, task.n_runs) - megabytes(size, 0)


def test_repeats_of_a_data_set_go_before_its_familys() -> None:
    exceptions = {"s": 3, "s2": 4, "mine": 5}
    assert [repeats_of(name, 9, exceptions) for name in ("s1", "s2", "a1", "mine")] == [3, 4, 9, 5]


def test_names_once_each_in_the_order_given() -> None:
    assert named_datasets(["s2", "s", "mine"]) == ("s2", "s1", "s3", "s4", "mine")
    assert named_datasets(["all"]) == BENCHMARK


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1), st.floats(0.05, 0.99))
def test_cooling_falls_to_its_end(highest: float, share: float, factor: float) -> None:
    lowest = highest * share
    levels = cooling(highest, lowest, factor)
    assert levels[0] == highest
    assert levels[-1] == pytest.approx(lowest)
    assert all(np.diff(levels) < 0)
    np.testing.assert_allclose(np.divide(levels[1:-1], levels[:-2]), factor)
    assert len(levels) < 2 or levels[-1] / levels[-2] >= factor * (1 - 1e-12)


def test_sizes_are_the_catalogues() -> None:
    assert shape("dim064", {}) == Shape(1024, 64, 16)
    assert shape("moons", {}).n_dims == 2
    assert all(shape(name, {}).n_points == CATALOGUE[name].n_points for name in BENCHMARK)


def test_sizes_of_own_files_are_near(tmp_path: Path) -> None:
    points = np.random.default_rng(0).normal(size=(5000, 3))
    text = "x,y,z\n" + "".join(",".join(f"{x:+.6f}" for x in row) + "\n" for row in points)
    files = [tmp_path / name for name in ("a.csv", "b.txt.gz", "c.npy")]
    files[0].write_text(text)
    files[1].write_bytes(gzip.compress(text.replace(",", " ").encode()))
    np.save(files[2], points)
    for file in files:
        n_points, n_dims = estimated_size(OwnData(file, 7))
        assert n_dims == 3
        assert 4000 <= n_points <= (15_000 if file.suffix == ".gz" else 6000)
    assert estimated_size(OwnData(files[2], 7)) == (5000, 3)
    assert shape("mine", {"mine": OwnData(files[2], 7)}) == Shape(5000, 3, 7)


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\n\n"])
def test_broken_files_are_planned_for_too(tmp_path: Path, content: bytes) -> None:
    """Their job will say what is wrong."""
    for name in ("a.csv", "a.csv.gz", "a.npy"):
        (tmp_path / name).write_bytes(content)
        assert min(estimated_size(OwnData(tmp_path / name, 3))) == 1
        own = {"mine": OwnData(tmp_path / name, 3)}
        assert plan(changed(datasets=("mine",)), own).jobs


def test_initialisations_that_are_not_random_need_one_repeat() -> None:
    found = plan(changed(initialisations=("sequential",), methods=("kmeans", "lse")), {})
    assert [(task.method, task.repeats, task.n_runs) for task in of(found, "s1")[:2]] == [
        ("kmeans", range(1), 1),
        ("lse", range(1), 3),
    ]
