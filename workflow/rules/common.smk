# The checked configuration, and what the other files of rules share.

import os
import re
import time
from pathlib import Path

from snakemake.exceptions import WorkflowError
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.config import read
from softkmeans.data.bundled import DIGITS
from softkmeans.data.catalogue import CATALOGUE
from softkmeans.data.generated import GEOMETRIES
from softkmeans.errors import ConfigError, DataError
from softkmeans.files import check_writable, read_yaml, remove_unfinished
from softkmeans.provenance.code import code_digest
from softkmeans.provenance.manifest import git_state

# Jobs run side by side; threads of BLAS within a job would cost time, and bits of the results.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

# The folder of the Snakefile, also where another workflow uses this one as a module.
ROOT = Path(workflow.current_basedir).parents[1]

try:
    if Path("config.yaml").exists() or not config:
        # Snakemake would not say which line is wrong.
        read_yaml(Path("config.yaml"))
    if workflow.is_main_process:
        for folder in ("results", "logs", ".snakemake"):
            check_writable(Path(folder))
except (ConfigError, DataError) as error:
    raise WorkflowError(f"Nothing was run, since\n{error}") from None


configfile: "config.yaml"


try:
    # Snakemake lists config.yaml last, after the files of --configfile, which override it.
    *overlays, base = map(Path, workflow.configfiles or ["config.yaml"])
    CONFIG = read(config, [file for file in (base, *overlays) if file.exists()])
except ConfigError as error:
    raise WorkflowError(f"Nothing was run, since\n{error}") from None


# When the run began: what is newer was made by it.
STARTED = time.time()

# Written once the engine has been compiled, which all jobs with runs wait for.
ENGINE = "results/runs/engine.txt"

# What runs of every study need.
SOLVER = {
    "seed": CONFIG.seed,
    "engine": CONFIG.engine,
    "tolerance": CONFIG.solver.tolerance,
    "max_iterations": CONFIG.solver.max_iterations,
}


wildcard_constraints:
    dataset="[a-z0-9][a-z0-9_-]*",
    part="[0-9]+",
    method="|".join(METHODS),
    initialisation="|".join(map(re.escape, INITIALISATIONS)),


# Params are plain values, or lists: Snakemake does not see a change in an object of another class.


def code(script):
    """A param that puts results out of date when code changes that their script depends on."""
    path = ROOT / "workflow" / "scripts" / script
    return lambda wildcards: code_digest(path)


def n_clusters(dataset):
    """K of a data set."""
    known = {**CATALOGUE, **GEOMETRIES, **CONFIG.data.own}
    return known[dataset].n_clusters


def tasks(planned):
    """What a job runs: data set, method, first repeat, and the one after the last."""
    return [
        [task.dataset, task.method, task.repeats.start, task.repeats.stop]
        for task in planned
    ]


def own_files(wildcards):
    """The files of a data set of the user's."""
    own = CONFIG.data.own.get(wildcards.dataset)
    return [file for file in (own.path, own.label_file) if file] if own else []


def asked_for(wildcards):
    """What `obtain` needs to know of a data set: a change in anything else does not make it anew."""
    name = wildcards.dataset
    if name in CONFIG.data.own:
        return {"own": CONFIG.data.own[name]}
    if name in GEOMETRIES:
        return {"seed": CONFIG.seed}
    if name == DIGITS:
        return {}
    return {"source": CONFIG.data.source, "mirrors": CONFIG.data.mirrors}
