"""One method of paper 2 on one data set, from all starts at all sigmas."""

from pathlib import Path

import numpy as np

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.paper2.collapse import collapse_tables
from softkmeans.paper2.problem import set_up

with logged(snakemake.log[0]):
    params = snakemake.params
    data = load(Path(snakemake.input.data))
    problem = set_up(data, params.initialisation, params.starts, params.seed)
    method, sigmas = snakemake.wildcards.method, np.array(params.sigmas)
    for name, table in collapse_tables(problem, method, sigmas, params.learning_rate).items():
        tables.write(table, Path(snakemake.output[name]))
