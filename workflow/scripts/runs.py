"""Runs of one method on one data set: each at a constant temperature, or annealed."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged, progress
from softkmeans.runs.batch import run_batch
from softkmeans.sweep.annealing import run_annealed
from softkmeans.sweep.names import ANNEALED

with logged(snakemake.log[0]) as log:
    data = load(Path(snakemake.input.data))
    method = snakemake.wildcards.method
    options = {name: value for name, value in snakemake.params.items() if name != "code"}
    options["repeats"] = range(*options["repeats"])
    if method.startswith(ANNEALED):
        say = progress(log, "temperatures have been passed")
        made = run_annealed(data, method=method.removeprefix(ANNEALED), progress=say, **options)
    else:
        made = run_batch(data, method=method, progress=progress(log), **options)
    for name, path in snakemake.output.items():
        tables.write(made[name], Path(path))
