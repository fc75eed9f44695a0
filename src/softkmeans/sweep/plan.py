"""Which runs the sweep needs, how they are cut into jobs, and about what they cost."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import n_levels
from softkmeans.config import Config, SweepConfig
from softkmeans.data.catalogue import CATALOGUE, named, named_datasets
from softkmeans.data.generated import GEOMETRIES, N_POINTS
from softkmeans.data.own import OwnData, estimated_size
from softkmeans.sweep.names import ANNEALED
from softkmeans.sweep.published import PUBLISHED, STARTS

#: Largest memory of a job, in megabytes by estimate.
MEGABYTES = 480

#: Longest time of a job, in seconds by estimate.
SECONDS = 60.0


@dataclass(frozen=True)
class Shape:
    """Size of a data set: n, d and K."""

    n_points: int
    n_dims: int
    n_clusters: int


@dataclass(frozen=True)
class Task:
    """Some repeats of one method on one data set, from all initialisations at all temperatures.

    Attributes
    ----------
    method : str
        A registered name, after `ANNEALED` where the runs are annealed.
    repeats : range
    n_runs : int
    seconds, megabytes : float
        Rough estimates for the runs alone, without what the process itself takes.
    """

    dataset: str
    method: str
    repeats: range
    n_runs: int
    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Job:
    """Tasks on one data set that one process does in turn.

    Attributes
    ----------
    part : int
        Number of this job among those of its data set, from 1.
    """

    dataset: str
    part: int
    tasks: tuple[Task, ...]

    @property
    def n_runs(self) -> int:
        """Number of runs of all tasks."""
        return sum(task.n_runs for task in self.tasks)

    @property
    def seconds(self) -> float:
        """Estimate of the time that the job takes."""
        return START + sum(task.seconds for task in self.tasks)

    @property
    def megabytes(self) -> float:
        """Estimate of the memory that the job takes."""
        return PROCESS + sum(task.megabytes for task in self.tasks)


@dataclass(frozen=True)
class Plan:
    """A sweep as jobs, with its names and families of names written out.

    Attributes
    ----------
    datasets, methods, initialisations : tuple of str
    jobs : tuple of Job
        In order of data set. Their tasks are in order of method (annealed ones last) and repeat.
    published : tuple of Task
        K-means from `STARTS`, on the data sets that have published results: one job.
    """

    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    initialisations: tuple[str, ...]
    jobs: tuple[Job, ...]
    published: tuple[Task, ...]

    def job(self, dataset: str, part: str) -> Job:
        """Find a job by its data set and the number of its part."""
        return next(job for job in self.jobs if (job.dataset, str(job.part)) == (dataset, part))

    def memory(self, dataset: str, part: str) -> int:
        """Megabytes to ask a cluster for, a quarter more than the estimate."""
        return math.ceil(1.25 * (SNAKEMAKE + self.job(dataset, part).megabytes))

    @property
    def seconds(self) -> float:
        """Estimate of the time that all jobs take, one after another."""
        alone = START + sum(task.seconds for task in self.published)
        return sum(job.seconds for job in self.jobs) + (alone if self.published else 0.0)

    def summary(self) -> str:
        """Count runs and jobs in one line for the user."""
        n_runs = sum(job.n_runs for job in self.jobs) + sum(task.n_runs for task in self.published)
        n_jobs = len(self.jobs) + bool(self.published)
        return f"Sweep: {n_runs} runs in {n_jobs} jobs on {len(self.datasets)} data sets."


def plan(config: SweepConfig, own: Mapping[str, OwnData]) -> Plan:
    """Write out the jobs of a sweep; of its data sets only the sizes are needed."""
    datasets = named_datasets(config.datasets)
    methods = named(config.methods, METHODS)
    initialisations = named(config.initialisations, INITIALISATIONS)
    random = sum(INITIALISATIONS[name].random for name in initialisations)
    fixed = len(initialisations) - random
    jobs: list[Job] = []
    published: list[Task] = []
    for dataset in datasets:
        size = shape(dataset, own)
        repeats = repeats_of(dataset, config.repeats, config.repeats_of)
        tasks: list[Task] = []
        for method in methods:
            levels = len(config.temperatures) if METHODS[method].soft else 1
            number = min(repeats, config.repeats_of_methods.get(method, repeats)) if random else 1
            tasks += cut(dataset, method, size, number, random * levels, fixed * levels)
        for method in config.annealed.methods:
            levels = n_levels(config.annealed.highest, config.annealed.lowest, config.annealed.factor)
            number = min(repeats, config.annealed.repeats)
            tasks += cut(dataset, ANNEALED + method, size, number, 1, 0, levels)
        jobs += pack(tasks)
        repeats = repeats_of(dataset, config.published.repeats, config.published.repeats_of)
        if dataset in PUBLISHED and repeats:
            published += cut(dataset, "kmeans", size, repeats, len(STARTS), 0, to_fixed_point=True)
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
) -> list[Task]:
    """Cut repeats into equal tasks that are neither too long nor too large for a job.

    Parameters
    ----------
    per_repeat, once : int
        Runs of every repeat, and further runs of repeat 0 alone, from starts that are not random.
    levels : int
        Number of temperatures that a run goes through.
    to_fixed_point : bool
        Whether the runs go on to their fixed points.
    """
    each = run_seconds(size, method, to_fixed_point=to_fixed_point) * levels
    most = min((SECONDS - START) / each, (MEGABYTES - PROCESS - megabytes(size, 0)) / run_megabytes(size))
    n_parts = math.ceil(repeats / max(1, (most - once) // max(1, per_repeat)))
    bounds = [repeats * part // n_parts for part in range(n_parts + 1)]
    tasks = []
    for first, end in pairwise(bounds):
        runs = (end - first) * per_repeat + (once if first == 0 else 0)
        tasks.append(Task(dataset, method, range(first, end), runs, runs * each, megabytes(size, runs)))
    return tasks


def pack(tasks: Sequence[Task]) -> list[Job]:
    """Put tasks of one data set, in their order, into as few jobs as time and memory allow."""
    jobs: list[Job] = []
    for task in tasks:
        if jobs:
            last = replace(jobs[-1], tasks=(*jobs[-1].tasks, task))
            if last.seconds <= SECONDS and last.megabytes <= MEGABYTES:
                jobs[-1] = last
                continue
        jobs.append(Job(task.dataset, len(jobs) + 1, (task,)))
    return jobs


# The models of cost. They decide where jobs are cut and what the user is told, never what a run computes.

#: Seconds of a job besides its runs: Python, the libraries, the engine from its cache, and the tables.
START = 3.0

#: Bytes for each coordinate of the final centroids: their arrays, and the table while it is written.
BYTES_A_VALUE = 50

#: Megabytes of an interpreter with all libraries.
PROCESS = 330.0

#: Megabytes of Snakemake itself, which a job on a cluster starts again.
SNAKEMAKE = 250.0

#: Nanoseconds per iteration and point–centroid pair; methods that are not listed cost `SOFTMAX`.
NANOSECONDS = {"kmeans": 0.15}
SOFTMAX = 1.2

#: Further nanoseconds per dimension of the data.
DIMENSION = 0.05

#: Iterations of a run that stops by its tolerance, and of one that goes on to its fixed point.
ITERATIONS, FIXED_POINT_ITERATIONS = 25, 40


def megabytes(size: Shape, n_runs: int) -> float:
    """Estimate the memory of a task: the data four times over, and the final centroids of its runs."""
    return size.n_points * size.n_dims * 8 * 4 / 1e6 + n_runs * run_megabytes(size)


def run_megabytes(size: Shape) -> float:
    """Estimate the memory of one run's final centroids."""
    return size.n_clusters * size.n_dims * BYTES_A_VALUE / 1e6


def run_seconds(size: Shape, method: str, *, to_fixed_point: bool = False) -> float:
    """Estimate the time of one run, or of one temperature of an annealed one."""
    each = NANOSECONDS.get(method.removeprefix(ANNEALED), SOFTMAX) + DIMENSION * size.n_dims
    pairs = size.n_points * size.n_clusters
    iterations = FIXED_POINT_ITERATIONS if to_fixed_point else ITERATIONS
    return iterations * pairs * each * 1e-9


#: The contest: assignments that each contender makes, number of contenders, and nanoseconds per pair.
PASSES, CONTENDERS, CONTEST_PAIR = 400, 7, 2.0

#: Iterations of a slowly cooled run of the phases.
PHASES_ITERATIONS = 4000

#: Seconds that the data, tables, figures, claims and the report take.
REST = 60.0

#: Paper 2: mean number of iterations of a run, and the work of the theorems over that of the runs.
COLLAPSE_ITERATIONS, THEOREMS = 180, 0.7

#: Seconds that an epoch of an autoencoder takes, roughly.
EPOCH = 4e-3


def expected(config: Config, planned: Plan, cores: int) -> float:
    """Estimate the seconds that the whole run takes if nothing of it is there yet."""
    first = config.paper1
    runs = len(first.methods) * first.repeats * run_seconds(shape(first.dataset, config.data.own), "lse")
    second = config.paper2
    steps = 2 * second.starts * second.sigmas.number * COLLAPSE_ITERATIONS
    for dataset in second.datasets:
        size = shape(dataset, config.data.own)
        runs += (1 + THEOREMS) * steps * size.n_points * size.n_clusters * SOFTMAX * 1e-9
    third = config.embedding
    tried = len(third.weights) * (3 + 2 * len(third.temperatures))
    epochs = third.trials * (third.pretraining + tried * third.epochs)
    epochs += third.repeats * (third.pretraining + 6 * third.epochs)
    runs += EPOCH * epochs
    jobs = [job.seconds for job in planned.jobs]
    for dataset in planned.datasets:
        pairs = pairs_of(dataset, config.data.own)
        cooled = config.sweep.phases
        n_runs = len(config.sweep.annealed.methods) * repeats_of(dataset, cooled.repeats, cooled.repeats_of)
        runs += n_runs * PHASES_ITERATIONS * pairs * SOFTMAX * 1e-9
    contested = named_datasets(config.contest.datasets)
    for dataset in contested:
        repeats = repeats_of(dataset, config.contest.repeats, config.contest.repeats_of)
        passes = repeats * config.contest.budget * PASSES * CONTENDERS
        runs += passes * pairs_of(dataset, config.data.own) * CONTEST_PAIR * 1e-9
    started = START * (1 + 2 * len(second.datasets) + len(planned.datasets) + len(contested))
    return max([(planned.seconds + runs + started + REST) / cores, REST / 2, *jobs])


def estimate(config: Config, planned: Plan, cores: int) -> str:
    """Say how long the whole run takes if nothing of it is there yet."""
    wall = duration(expected(config, planned, cores))
    return (
        f"{planned.summary()} With both papers, figures, claims and the report about {wall} on "
        f"{cores} core{'s' * (cores > 1)} if nothing is done yet."
    )


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


def pairs_of(dataset: str, own: Mapping[str, OwnData]) -> int:
    """Pairs of a point and a centroid, n·K."""
    size = shape(dataset, own)
    return size.n_points * size.n_clusters


def shape(dataset: str, own: Mapping[str, OwnData]) -> Shape:
    """Size of a data set; that of a user's own is estimated from the first lines of its file."""
    if dataset in CATALOGUE:
        known = CATALOGUE[dataset]
        return Shape(known.n_points, known.n_dims, known.n_clusters)
    if dataset in GEOMETRIES:
        return Shape(N_POINTS, 2, GEOMETRIES[dataset].n_clusters)
    return Shape(*estimated_size(own[dataset]), own[dataset].n_clusters)
