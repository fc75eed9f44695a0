"""Rates, bounds, exactness, gaps, stability and optimisers on one data set."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.paper2.problem import set_up
from softkmeans.paper2.theorems import theory_tables

with logged(snakemake.log[0]):
    params = snakemake.params
    data = load(Path(snakemake.input.data))
    problem = set_up(data, params.initialisation, params.starts, params.seed)
    for name, table in theory_tables(problem).items():
        tables.write(table, Path(snakemake.output[name]))
