"""One method of paper 2 on one data set, from all starts at all sigmas."""

from pathlib import Path

import numpy as np

from softkmeans import tables
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.paper2.collapse import collapse_tables
from softkmeans.paper2.problem import set_up

with logged(snakemake.log[0]):
    params = snakemake.params
    data = load(Path(snakemake.input.data))
    problem = set_up(data, INITIALISATIONS[params.initialisation], params.starts, params.seed)
    collapse, paths = collapse_tables(
        problem, snakemake.wildcards.method, np.array(params.sigmas), params.learning_rate
    )
    tables.write(collapse, Path(snakemake.output.collapse))
    tables.write(paths, Path(snakemake.output.paths))
