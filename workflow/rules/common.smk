# The checked configuration, and what the other files of rules share.

import re
from pathlib import Path

from snakemake.exceptions import WorkflowError
from softkmeans.catalogue import CATALOGUE
from softkmeans.config import ConfigError, read
from softkmeans.initialisations import INITIALISATIONS
from softkmeans.methods import METHODS
from softkmeans.provenance import code_digest

try:
    CONFIG = read(
        config,
        [Path("config.yaml"), *map(Path, workflow.overwrite_configfiles)],
        Path(workflow.basedir) / "workflow/schemas/config.schema.yaml",
        datasets={
            name: (dataset.n_points, dataset.n_clusters)
            for name, dataset in CATALOGUE.items()
        },
        methods=METHODS,
        initialisations=INITIALISATIONS,
    )
except ConfigError as error:
    raise WorkflowError(
        f"The configuration is wrong, so nothing was run:\n{error}"
    ) from None


wildcard_constraints:
    dataset="[a-z0-9][a-z0-9_-]*",
    method="|".join(METHODS),
    initialisation="|".join(map(re.escape, INITIALISATIONS)),


def code(*modules):
    """A param that puts results out of date when the code changes that they depend on."""
    return lambda wildcards: code_digest(*modules)


def n_clusters(dataset):
    """K of a data set."""
    own = CONFIG.data.own.get(dataset)
    return own.n_clusters if own else CATALOGUE[dataset].n_clusters


def own_files(wildcards):
    """The files of a data set of the user's."""
    own = CONFIG.data.own.get(wildcards.dataset)
    return [file for file in (own.path, own.labels) if file] if own else []
