"""The methods of paper 2 on one data set, from all starts at all sigmas."""

from pathlib import Path

import numpy as np

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.paper2.collapse import collapse_tables
from softkmeans.paper2.problem import MAPS, set_up

with logged(snakemake.log[0]):
    params = snakemake.params
    data = load(Path(snakemake.input.data))
    problem = set_up(data, params.initialisation, params.starts, params.seed)
    found = [
        collapse_tables(
            problem,
            method,
            np.array(params.sigmas),
            every=params.every,
            learning_rate=params.learning_rate,
            engine=params.engine,
        )
        for method in MAPS
    ]
    for name, path in snakemake.output.items():
        tables.write(tables.concatenate(each[name] for each in found), Path(path))
