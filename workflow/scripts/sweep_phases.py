"""Slowly cooled runs on one data set, and where their clusters split."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.sweep.phases import run_phases

with logged(snakemake.log[0]):
    params = snakemake.params
    data = load(Path(snakemake.input.data))
    found = run_phases(data, repeats=range(params.repeats), **params.options)
    tables.write(found, Path(snakemake.output.phases))
