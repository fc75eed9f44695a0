"""The methods of paper 2 on one data set: their ends from all starts at all sigmas, and some iterates."""

from pathlib import Path

import numpy as np

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.paper2.collapse import collapse_tables
from softkmeans.paper2.iterates import iterates
from softkmeans.paper2.problem import MAPS, set_up

with logged(snakemake.log[0]):
    params = snakemake.params
    data = load(Path(snakemake.input.data))
    problem = set_up(data, params.initialisation, params.starts, params.seed)
    parts = [
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
    found = {name: tables.concatenate(part[name] for part in parts) for name in ("collapse", "paths")}
    found["iterates"] = iterates(problem, learning_rate=params.learning_rate, engine=params.engine)
    for name, path in snakemake.output.items():
        tables.write(found[name], Path(path))
