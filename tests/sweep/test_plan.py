"""The plan of a sweep: which runs, in which jobs."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import Temperature, cooling
from softkmeans.config import Annealed, Published, SweepConfig
from softkmeans.data.catalogue import BENCHMARK, CATALOGUE
from softkmeans.data.own import OwnData
from softkmeans.sweep.names import ANNEALED
from softkmeans.sweep.plan import (
    MEGABYTES,
    Job,
    Shape,
    cut,
    estimated_size,
    megabytes,
    named_datasets,
    plan,
    repeats_of,
    shape,
)


def relative(value: float) -> Temperature:
    return Temperature(value, relative=True)


CONFIG = SweepConfig(
    datasets=("s1", "birch"),
    methods=("all",),
    initialisations=("all",),
    temperatures=tuple(map(relative, (0.001, 0.01, 0.1))),
    repeats=10,
    repeats_of={"birch": 4, "birch2": 3},
    trace="final",
    annealed=Annealed(
        methods=("entropy",), highest=relative(8), lowest=relative(1), factor=0.5, tolerance=1e-6
    ),
    published=Published(repeats=1000, repeats_of={"birch": 200}),
)


def changed(**update: Any) -> SweepConfig:
    return CONFIG.model_copy(update=update)


SOFT = sum(method.soft for method in METHODS.values())


def test_counts_every_run() -> None:
    found = plan(CONFIG, {})
    assert found.datasets == ("s1", "birch1", "birch2", "birch3")
    assert found.methods == tuple(METHODS)
    assert found.initialisations == tuple(INITIALISATIONS)
    for dataset, repeats in (("s1", 10), ("birch1", 4), ("birch2", 3), ("birch3", 4)):
        starts = 4 * repeats + 1  # four random initialisations, and the sequential one
        n_runs = sum(job.n_runs for job in found.of(dataset))
        assert n_runs == SOFT * 3 * starts + 1 * starts + repeats
    assert {(job.dataset, job.method) for job in found.published} == {
        ("s1", "kmeans"),
        ("birch1", "kmeans"),
        ("birch2", "kmeans"),
    }
    assert sum(job.n_runs for job in found.published) == 1000 + 200 + 200
    total = sum(job.n_runs for job in found.jobs + found.published)
    assert f" {total} runs in {len(found.jobs) + len(found.published)} jobs" in found.summary(2)


def test_one_job_a_method_where_that_is_enough() -> None:
    jobs = plan(changed(datasets=("s1",)), {}).jobs
    assert [job.method for job in jobs] == [*METHODS, f"{ANNEALED}entropy"]
    assert {job.shard for job in jobs} == {"0-9"}


def test_the_full_sweep_fits() -> None:
    full = changed(datasets=("all",), temperatures=(relative(1),) * 8, repeats=20, repeats_of={"birch": 5})
    found = plan(full, {})
    assert found.datasets == BENCHMARK
    assert max(job.megabytes for job in found.jobs + found.published) <= MEGABYTES
    assert max(job.seconds for job in found.jobs + found.published) <= 180
    assert any(job.dataset == "dim1024" and job.shard != "0-19" for job in found.jobs)


def test_memory_has_some_to_spare() -> None:
    found = plan(changed(datasets=("s1", "dim1024"), repeats=1, temperatures=(relative(1),) * 100), {})
    job = next(job for job in found.jobs if job.dataset == "dim1024" and job.method == "lse")
    assert found.memory("dim1024", "lse", job.shard) >= 1.25 * job.megabytes > 500
    assert found.memory("s1", "lse", "0-0") == found.memory("no", "such", "job") == 500


def test_the_plan_of_a_data_set_does_not_depend_on_the_others() -> None:
    alone = plan(changed(datasets=("s1",), methods=("lse",)), {})
    jobs = plan(changed(datasets=("all",)), {}).of("s1")
    assert set(alone.jobs) <= set(jobs)


@given(
    st.integers(1, 500), st.integers(1, 50), st.integers(0, 20), st.sampled_from(["s1", "birch1", "dim1024"])
)
def test_shards_part_the_repeats(repeats: int, per_repeat: int, once: int, dataset: str) -> None:
    size = shape(dataset, {})
    jobs = cut(dataset, "rbf-entmax15", size, repeats, per_repeat, once)
    assert [repeat for job in jobs for repeat in job.repeats] == list(range(repeats))
    assert sum(job.n_runs for job in jobs) == repeats * per_repeat + once
    assert all(
        len(job.repeats) == 1 or job.megabytes <= MEGABYTES + megabytes_of_one(job, size) for job in jobs
    )


def megabytes_of_one(job: Job, size: Shape) -> float:
    """The memory that one repeat takes: shards are equal but for one."""
    return megabytes(size, job.n_runs) - megabytes(size, 0)


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
        n_points, n_dims = estimated_size(file)
        assert n_dims == 3
        assert 4000 <= n_points <= (15_000 if file.suffix == ".gz" else 6000)
    assert estimated_size(files[2]) == (5000, 3)
    assert shape("mine", {"mine": OwnData(files[2], 7)}) == Shape(5000, 3, 7)


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\n\n"])
def test_broken_files_are_planned_for_too(tmp_path: Path, content: bytes) -> None:
    """Their job will say what is wrong."""
    for name in ("a.csv", "a.csv.gz", "a.npy"):
        (tmp_path / name).write_bytes(content)
        assert min(estimated_size(tmp_path / name)) == 1
        own = {"mine": OwnData(tmp_path / name, 3)}
        assert plan(changed(datasets=("mine",)), own).jobs


def test_initialisations_that_are_not_random_need_one_repeat() -> None:
    found = plan(changed(initialisations=("sequential",), methods=("kmeans", "lse")), {})
    assert [(j.method, j.shard, j.n_runs) for j in found.of("s1")[:2]] == [
        ("kmeans", "0-0", 1),
        ("lse", "0-0", 3),
    ]
