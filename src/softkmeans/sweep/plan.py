"""Which runs the sweep needs, how they are cut into jobs, and about what they cost."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import n_levels
from softkmeans.config import SweepConfig
from softkmeans.data.catalogue import CATALOGUE, named, named_datasets
from softkmeans.data.generated import GEOMETRIES, N_POINTS
from softkmeans.data.own import OwnData, estimated_size
from softkmeans.sweep.names import ANNEALED
from softkmeans.sweep.published import PUBLISHED

#: No job needs more.
MEGABYTES = 400

#: About the longest that a job runs.
SECONDS = 150.0


@dataclass(frozen=True)
class Shape:
    """Size of a data set: n, d and K."""

    n_points: int
    n_dims: int
    n_clusters: int


@dataclass(frozen=True)
class Job:
    """Some repeats of one method on one data set, from all initialisations at all temperatures.

    Attributes
    ----------
    method : str
        A registered name, after `ANNEALED` where the runs are annealed.
    repeats : range
    n_runs : int
    seconds, megabytes : float
        About.
    """

    dataset: str
    method: str
    repeats: range
    n_runs: int
    seconds: float
    megabytes: float

    @property
    def shard(self) -> str:
        """Name of the job among those of its data set and method: first and last repeat."""
        return f"{self.repeats[0]}-{self.repeats[-1]}"


@dataclass(frozen=True)
class Plan:
    """The sweep, names and families written out.

    Attributes
    ----------
    datasets, methods, initialisations : tuple of str
    jobs : tuple of Job
        In order of data set, method (annealed ones last) and repeat.
    published : tuple of Job
        K-means from random points, on the data sets that have published results.
    """

    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    initialisations: tuple[str, ...]
    jobs: tuple[Job, ...]
    published: tuple[Job, ...]

    def of(self, dataset: str) -> tuple[Job, ...]:
        """Jobs of the sweep on a data set."""
        return tuple(job for job in self.jobs if job.dataset == dataset)

    def memory(self, dataset: str, method: str, shard: str) -> int:
        """Megabytes to ask a cluster for, with some to spare."""
        found = (j.megabytes for j in self.of(dataset) if (j.method, j.shard) == (method, shard))
        return max(500, math.ceil(1.25 * next(found, 0.0)))

    def summary(self, cores: int) -> str:
        """One line for the user: how many runs and jobs, and about how long."""
        jobs = self.jobs + self.published
        seconds = [job.seconds for job in jobs]
        wall = max([sum(seconds) / cores, *seconds])
        return (
            f"Sweep: {sum(job.n_runs for job in jobs)} runs in {len(jobs)} jobs on {len(self.datasets)} data "
            f"sets, about {duration(wall)} on {cores} core{'s' * (cores > 1)} if none of them is done yet."
        )


def plan(config: SweepConfig, own: Mapping[str, OwnData]) -> Plan:
    """Write a sweep out into jobs, by the sizes of its data sets alone."""
    datasets = named_datasets(config.datasets)
    methods = named(config.methods, METHODS)
    initialisations = named(config.initialisations, INITIALISATIONS)
    random = sum(INITIALISATIONS[name].random for name in initialisations)
    fixed = len(initialisations) - random
    jobs: list[Job] = []
    published: list[Job] = []
    for dataset in datasets:
        size = shape(dataset, own)
        repeats = repeats_of(dataset, config.repeats, config.repeats_of)
        for method in methods:
            levels = len(config.temperatures) if METHODS[method].soft else 1
            jobs += cut(dataset, method, size, repeats if random else 1, random * levels, fixed * levels)
        for method in config.annealed.methods:
            levels = n_levels(config.annealed.highest, config.annealed.lowest, config.annealed.factor)
            jobs += cut(dataset, ANNEALED + method, size, repeats, 1, 0, levels)
        repeats = repeats_of(dataset, config.published.repeats, config.published.repeats_of)
        if dataset in PUBLISHED and repeats:
            published += cut(dataset, "kmeans", size, repeats, 1, 0, to_fixed_point=True)
    return Plan(datasets, methods, initialisations, tuple(jobs), tuple(published))


def cut(
    dataset: str,
    method: str,
    size: Shape,
    repeats: int,
    per_repeat: int,
    once: int,
    levels: int = 1,
    *,
    to_fixed_point: bool = False,
) -> list[Job]:
    """Cut repeats into equal jobs that are neither too long nor too large.

    Parameters
    ----------
    per_repeat, once : int
        Runs of each repeat, and runs that the first repeat has besides.
    levels : int
        Temperatures that a run goes through.
    """
    each = run_seconds(size, method, to_fixed_point=to_fixed_point) * levels
    most = min(SECONDS / each, (MEGABYTES - megabytes(size, 0)) / (megabytes(size, 1) - megabytes(size, 0)))
    n_parts = math.ceil(repeats / max(1, (most - once) // max(1, per_repeat)))
    bounds = [repeats * part // n_parts for part in range(n_parts + 1)]
    jobs = []
    for first, end in pairwise(bounds):
        runs = (end - first) * per_repeat + (once if first == 0 else 0)
        jobs.append(Job(dataset, method, range(first, end), runs, START + runs * each, megabytes(size, runs)))
    return jobs


# The models of cost. They decide where jobs are cut and what the user is told, never what a run computes.

#: Seconds until a job computes.
START = 1.0

#: Bytes for each coordinate of the final centroids: their arrays, and the table while it is written.
BYTES_A_VALUE = 50

#: Megabytes of an interpreter with numpy and pyarrow, and of the solver's blocks.
PROCESS = 120.0

#: Nanoseconds per iteration and point–centroid pair; methods that are not listed cost `SOFTMAX`.
NANOSECONDS = {"kmeans": 0.5, "rbf-entmax15": 10.0}
SOFTMAX = 7.0

#: Nanoseconds more for each dimension.
DIMENSION = 0.1

#: Iterations of a run, and of one that goes on to its fixed point.
ITERATIONS, FIXED_POINT_ITERATIONS = 25, 40


def megabytes(size: Shape, n_runs: int) -> float:
    """Estimate the memory of a job: the data four times over, and the final centroids of its runs."""
    data = size.n_points * size.n_dims * 8 * 4
    return PROCESS + (data + n_runs * size.n_clusters * size.n_dims * BYTES_A_VALUE) / 1e6


def run_seconds(size: Shape, method: str, *, to_fixed_point: bool = False) -> float:
    """Estimate the time of one run, or of one temperature of an annealed one."""
    each = NANOSECONDS.get(method.removeprefix(ANNEALED), SOFTMAX) + DIMENSION * size.n_dims
    pairs = size.n_points * size.n_clusters
    iterations = FIXED_POINT_ITERATIONS if to_fixed_point else ITERATIONS
    return iterations * pairs * each * 1e-9


def duration(seconds: float) -> str:
    """Word a time, roughly.

    Examples
    --------
    >>> duration(42), duration(130), duration(9000)
    ('40 s', '2 min', '2.5 h')
    """
    if seconds < 90:
        return f"{max(10, round(seconds / 10) * 10)} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


# Names and sizes.


def repeats_of(dataset: str, repeats: int, exceptions: Mapping[str, int]) -> int:
    """Repeats on a data set: its own number, else its family's, else everyone's."""
    family = CATALOGUE[dataset].family.lower() if dataset in CATALOGUE else dataset
    return exceptions.get(dataset, exceptions.get(family, repeats))


def shape(dataset: str, own: Mapping[str, OwnData]) -> Shape:
    """Size of a data set; of the user's, as its file's first lines tell."""
    if dataset in CATALOGUE:
        known = CATALOGUE[dataset]
        return Shape(known.n_points, known.n_dims, known.n_clusters)
    if dataset in GEOMETRIES:
        return Shape(N_POINTS, 2, GEOMETRIES[dataset].n_clusters)
    return Shape(*estimated_size(own[dataset].path), own[dataset].n_clusters)
